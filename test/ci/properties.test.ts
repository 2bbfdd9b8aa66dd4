import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { openCi, systems } from '../../src/ci/index.ts';
import type { CiSystem, Env } from '../../src/ci/system.ts';
import { type OutputName, outputs } from '../../src/config.ts';
import { temporaryFolder } from '../folder.ts';
import { fc, hostile, runs } from '../fuzz.ts';

const folder = temporaryFolder();
const place = join(folder, 'job');
beforeEach(() => {
  rmSync(place, { recursive: true, force: true });
  mkdirSync(place);
});

const nothing = () => undefined;
const names = Object.keys(outputs) as OutputName[];
const value = fc.oneof(
  hostile,
  fc.string({ unit: 'binary' }),
  fc.json(),
  fc.constantFrom('', 'passed', '200', 'ci@p.iam.gserviceaccount.com', "'; id #", '$(id)', 'x='),
  fc.integer({ min: 1, max: 20_000 }).map((length) => 'x'.repeat(length)),
);
const sets = fc.array(fc.tuple(fc.constantFrom(...names), value), { maxLength: 4 });
const isToken = (name: OutputName) => name === 'token' || name === 'id_token';
const isLocal = (name: OutputName) => isToken(name) || name === 'header_file';
const read = (path: string) => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
};
/** What a file in UTF-8 holds of a text. */
const kept = (text: string) => Buffer.from(text).toString('utf8');

/** The last value of each output that is not the token. */
const lastOf = (all: readonly (readonly [OutputName, string])[]): [string, string][] =>
  [...new Map(all.filter(([name]) => !isLocal(name)))].map(([name, text]) => [`IAP_${name.toUpperCase()}`, kept(text)]);

describe("GitLab's file of variables", () => {
  it('has a line for each, the last value of it, never the token, and is never too large', () => {
    const path = join(place, 'iap-auth.env');
    fc.assert(
      fc.property(sets, (all) => {
        rmSync(path, { force: true });
        const ci = openCi({ GITLAB_CI: 'true', CI_PROJECT_DIR: place }, nothing);
        for (const [name, text] of all) ci.output(name, text);
        const text = read(path);
        expect(Buffer.byteLength(text)).toBeLessThanOrEqual(5 * 1024);
        const lines = text.split('\n').filter((line) => line !== '');
        const given = all.map(([name, one]) => `IAP_${name.toUpperCase()}=${kept(one)}`);
        expect(lines.filter((line) => !given.includes(line))).toEqual([]);
        const keys = lines.map((line) => line.slice(0, line.indexOf('=')));
        expect(new Set(keys).size).toBe(keys.length);
        expect(keys).not.toEqual(expect.arrayContaining(['IAP_TOKEN']));
        expect(keys).not.toEqual(expect.arrayContaining(['IAP_ID_TOKEN']));
        const fits = lastOf(all).filter(([, one]) => one.length < 200 && !/[\r\n]|=$|^$/.test(one));
        // What would make it too large is left out, whatever comes later.
        if (all.join('').length < 1500)
          expect(lines).toEqual(expect.arrayContaining(fits.map((pair) => pair.join('='))));
      }),
    );
  });
});

describe("Bitbucket's file of variables", () => {
  it('has lines that need no quotes, and never the token', () => {
    const path = join(place, 'variables');
    fc.assert(
      fc.property(sets, (all) => {
        rmSync(path, { force: true });
        const ci = openCi({ BITBUCKET_BUILD_NUMBER: '1', BITBUCKET_PIPELINES_VARIABLES_PATH: path }, nothing);
        for (const [name, text] of all) ci.output(name, text);
        const lines = read(path).split('\n').slice(0, -1);
        const isPlain = (text: string) => /^[\w@.:/+-]+$/.test(text);
        const expected = all.filter(([name, text]) => !isLocal(name) && isPlain(text));
        expect(lines).toEqual(expected.map(([name, text]) => `IAP_${name.toUpperCase()}=${text}`));
      }),
    );
  });
});

/** What a shell makes of a word in single quotes: https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html#tag_19_02 */
function wordsOf(script: string): [name: string, value: string][] {
  const words: [string, string][] = [];
  const line = /export (\w+)=((?:'[^']*'|\\')+)\n/y;
  while (line.lastIndex < script.length) {
    const [, name = '', quoted = ''] = line.exec(script) ?? [];
    if (name === '') throw new Error('the script holds something else than variables');
    words.push([name, quoted.replace(/'([^']*)'|\\'/g, (_, inner?: string) => inner ?? "'")]);
  }
  return words;
}

describe("CircleCI's BASH_ENV", () => {
  const path = join(place, 'bash_env');
  const env = { CIRCLECI: 'true', BASH_ENV: path };

  it('sets each variable to its value, and does nothing else', () => {
    fc.assert(
      fc.property(sets, value, (all, token) => {
        rmSync(path, { force: true });
        const ci = openCi(env, nothing);
        for (const [name, text] of all) ci.output(name, text);
        expect(ci.exportVariable('MY_TOKEN', token)).toBe(true);
        const isShort = (text: string) => Buffer.byteLength(text) <= 16 * 1024;
        const expected = all
          .filter(([name]) => !isToken(name))
          .map(([name, text]) => [`IAP_${name.toUpperCase()}`, isShort(text) ? kept(text) : '']);
        expect(wordsOf(read(path))).toEqual([...expected, ['MY_TOKEN', kept(token)]]);
      }),
    );
  });

  it('is read by bash as it was meant', () => {
    const most = fc.array(
      value.map((text) => kept(text).replaceAll('\0', '').slice(0, 200)),
      {
        minLength: 100,
        maxLength: 100,
      },
    );
    fc.assert(
      fc.property(most, (all) => {
        rmSync(path, { force: true });
        const ci = openCi(env, nothing);
        for (const [index, text] of all.entries()) expect(ci.exportVariable(`V_${index}`, text)).toBe(true);
        const print = all.map((_, index) => `printf '%s\\0' "$V_${index}"`).join('\n');
        const { PATH } = process.env;
        // With a socket for its stdin, bash may take itself for a remote shell, which reads other files.
        const { stdout, stderr } = spawnSync('bash', ['-c', print], {
          env: { PATH, BASH_ENV: path },
          stdio: ['ignore', 'pipe', 'pipe'],
          encoding: 'utf8',
        });
        expect({ read: stdout.split('\0').slice(0, -1), stderr }).toEqual({ read: all, stderr: '' });
      }),
      { numRuns: Math.ceil(runs / 100) },
    );
  });
});

// Of the form that they have.
const secrets = [
  'eyJhbGciOiJSUzI1NiJ9.eyJhdWQiOiJodW50ZXIyIn0.aHVudGVyMmh1bnRlcjJodW50ZXIy',
  'aHVudGVyMmh1bnRlcjJodW50ZXIy',
  `ya29.d.${'hunter2-'.repeat(6)}`,
  'MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7/+==',
];
/** What turns each system on, and nothing that it could write to. */
const environments: Readonly<Record<string, Env>> = {
  github: { GITHUB_ACTIONS: 'true' },
  gitlab: { GITLAB_CI: 'true' },
  circleci: { CIRCLECI: 'true' },
  buildkite: { BUILDKITE: 'true', PATH: '/nowhere' },
  azure: { TF_BUILD: 'True' },
  bitbucket: { BITBUCKET_BUILD_NUMBER: '1' },
  jenkins: { JENKINS_URL: 'https://ci.example' },
  shell: {},
};

describe('a log', () => {
  const text = fc
    .array(
      fc.oneof({ weight: 4, arbitrary: hostile }, fc.constantFrom(...secrets, ...secrets.map((one) => `x${one}y`))),
      {
        maxLength: 4,
      },
    )
    .map((parts) => parts.join(''));
  const calls: Readonly<Record<string, (ci: CiSystem, one: string) => void>> = {
    info: (ci, one) => ci.info(one),
    warn: (ci, one) => ci.warn(one),
    debug: (ci, one) => ci.debug(one),
    group: (ci, one) => ci.group(one, [one, one]),
    error: (ci, one) => ci.annotate('error', one, one),
  };
  const called = fc.array(fc.tuple(fc.constantFrom(...Object.keys(calls)), text), { maxLength: 5 });

  /** The commands that a system's runner would obey, by their beginnings. */
  const commandsOf: Readonly<Record<string, RegExp>> = {
    github: /^[\s\u0085]*::([\w-]+)|##\[(\w+)/gmu,
    azure: /##(?:vso)?\[([\w.]+)/gi,
    buildkite: /^(---|\+\+\+|~~~|\^\^\^)\s/gm,
  };
  // What each call may start of these.
  const ours: Readonly<Record<string, Readonly<Record<string, number>>>> = {
    github: { warn: 1, debug: 1, group: 2, error: 1 },
    azure: { warn: 1, debug: 1, group: 2, error: 1 },
    buildkite: { group: 1, error: 1 },
  };

  it.each(systems.map(({ name }) => name))('of %s shows no secret, and starts no command but our own', (name) => {
    expect(Object.keys(environments)).toContain(name);
    const env = { ...environments[name], RUNNER_DEBUG: '1', CI_DEBUG_TRACE: 'true' };
    const written: string[] = [];
    const ci = openCi(env, (line) => void written.push(line));
    expect(ci.name).toBe(name);
    for (const secret of secrets) ci.mask(secret);
    fc.assert(
      fc.property(called, (all) => {
        written.length = 0;
        for (const [kind, one] of all) calls[kind]?.(ci, one);
        const log = written.join('\n');
        expect(secrets.filter((secret) => log.includes(secret))).toEqual([]);
        expect(log).not.toMatch(/[\u2028\u2029\u202e\0]/);
        const commands = commandsOf[name] === undefined ? [] : [...log.matchAll(commandsOf[name])];
        const most = all.reduce((sum, [kind]) => sum + (ours[name]?.[kind] ?? 0), 0);
        expect(commands.length).toBe(most);
      }),
    );
  });
});
