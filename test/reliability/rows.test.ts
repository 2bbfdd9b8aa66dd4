import { execFile } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeEach, describe, expect, it } from '@jest/globals';
import { openCi, systems } from '../../src/ci/index.ts';
import { type Agent, installAgent } from '../ci/machine.ts';
import { temporaryFolder } from '../folder.ts';
import { commandsIn, payloads } from './commands.ts';

const folder = temporaryFolder();
const at = (name: string) => join(folder, name);
const owned = '/tmp/iap-auth-owned';
const agents: Agent[] = [];
afterAll(() => {
  for (const agent of agents) agent.remove();
});
beforeEach(() => {
  for (const path of [at('bash'), at('variables'), at('iap-auth.env'), owned]) rmSync(path, { force: true });
});

/** What makes each row be chosen, with the files that it writes. */
const surroundings: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  gitlab: { GITLAB_CI: 'true', CI_PROJECT_DIR: folder, CI_DEBUG_TRACE: 'true' },
  circleci: { CIRCLECI: 'true', BASH_ENV: at('bash') },
  azure: { TF_BUILD: 'True', AGENT_TEMPDIRECTORY: folder },
  bitbucket: { BITBUCKET_BUILD_NUMBER: '1', BITBUCKET_PIPELINES_VARIABLES_PATH: at('variables') },
  jenkins: { JENKINS_URL: 'https://ci.example.com' },
  shell: {},
};
const all = Object.entries(payloads).concat([['everything', Object.values(payloads).join('\n')]]);
const names = ['principal', 'report', 'status'];

function open(row: string) {
  const written: string[] = [];
  const ci = openCi(surroundings[row] ?? {}, (line) => written.push(line));
  expect(ci.name).toBe(row);
  return { ci, log: () => written.join('\n') };
}

const linesOf = (path: string) =>
  existsSync(path)
    ? readFileSync(path, 'utf8')
        .split('\n')
        .filter((line) => line !== '')
    : [];

/** The variables that a shell has after it read the file, by what `env -0` prints. */
async function source(path: string): Promise<Map<string, string>> {
  const script = 'set -e; [ ! -f "$1" ] || . "$1"; env -0';
  const { stdout } = await promisify(execFile)('bash', ['--norc', '--noprofile', '-c', script, 'bash', path], {
    env: { PATH: process.env['PATH'] ?? '' },
  });
  const pairs = stdout
    .split('\0')
    .filter((one) => one !== '')
    .map((one): [string, string] => [one.slice(0, one.indexOf('=')), one.slice(one.indexOf('=') + 1)]);
  return new Map(pairs.filter(([name]) => !['PATH', 'PWD', 'SHLVL', '_', 'OLDPWD'].includes(name)));
}

it('knows every row', () => {
  expect(systems.map(({ name }) => name).sort()).toEqual(['github', 'buildkite', ...Object.keys(surroundings)].sort());
});

const section = /\p{Cc}\[0Ksection_(start|end):\d+:iap_auth_\d+(\[collapsed=true\])?\r\p{Cc}\[0K/gu;

describe.each(Object.keys(surroundings))('what people read on %s', (row) => {
  it.each(all)('holds no command: %s', async (_, payload) => {
    const { ci, log } = open(row);
    ci.info(payload);
    ci.warn(payload);
    ci.debug(payload);
    ci.annotate('error', payload, payload);
    ci.annotate('warning', payload, payload);
    ci.group(payload, payload.split('\n'));
    await ci.summary(payload);
    const ours = [
      '##vso[task.logissue type=error]',
      '##vso[task.logissue type=warning]',
      '##vso[task.debug]',
      '##vso[task.uploadsummary]',
      '##[group]',
      '##[endgroup]',
    ];
    const lines = log().split(/[\r\n\u0085\u2028\u2029\v\f]/);
    const rest = lines.map((line) =>
      row === 'azure' ? line.slice(ours.find((one) => line.startsWith(one))?.length ?? 0) : line,
    );
    expect(commandsIn(rest.join('\n'))).toEqual([]);
    if (row === 'azure')
      expect(lines.filter((line) => /^##(vso)?\[/.test(line)).map((line) => line.replace(/\].*/s, ']'))).toEqual([
        ours[1],
        ours[2],
        ours[0],
        ours[1],
        ours[4],
        ours[5],
        ours[3],
      ]);
    // GitLab's sections are of our own.
    const clean = row === 'gitlab' ? log().replace(section, '') : log();
    expect(/(?!\n)\p{Cc}|\p{Cf}/u.exec(clean)).toBeNull();
    if (row === 'gitlab') expect(log().match(section)).toHaveLength(2);
  });
});

describe('what later steps read', () => {
  it.each(all)('in a shell on CircleCI is the value, and nothing else: %s', async (_, payload) => {
    const { ci } = open('circleci');
    for (const name of names) ci.output(name, payload);
    expect(ci.exportVariable('IAP_TOKEN', payload)).toBe(true);
    const variables = await source(at('bash'));
    // A shell's values hold no NUL.
    const value = Buffer.from(payload).toString().replaceAll('\0', '');
    const isLong = Buffer.byteLength(payload) > 16 * 1024;
    expect(Object.fromEntries(variables)).toEqual({
      ...(isLong ? {} : { IAP_PRINCIPAL: value, IAP_REPORT: value, IAP_STATUS: value }),
      IAP_TOKEN: value,
    });
    expect(existsSync(owned)).toBe(false);
  });

  it('on CircleCI is apart from what somebody wrote before, and did not end', async () => {
    writeFileSync(at('bash'), 'export OTHER=1');
    open('circleci').ci.output('principal', 'a@example.com');
    expect(Object.fromEntries(await source(at('bash')))).toEqual({ OTHER: '1', IAP_PRINCIPAL: 'a@example.com' });
  });

  it.each(all)('from GitLab’s file is a line each, of our names: %s', (_, payload) => {
    const { ci } = open('gitlab');
    writeFileSync(at('iap-auth.env'), 'OTHER=1\n');
    for (const name of [...names, 'token', 'id_token']) ci.output(name, payload);
    const found = linesOf(at('iap-auth.env')).map((line) => line.slice(0, line.indexOf('=')));
    expect(found.filter((name) => !['OTHER', 'IAP_PRINCIPAL', 'IAP_REPORT', 'IAP_STATUS'].includes(name))).toEqual([]);
    expect(new Set(found).size).toBe(found.length);
    expect(found).toContain('OTHER');
  });

  it.each(all)('from Bitbucket’s file is a line each, of our names and plain values: %s', (_, payload) => {
    const { ci } = open('bitbucket');
    for (const name of [...names, 'token', 'id_token']) ci.output(name, payload);
    for (const line of linesOf(at('variables'))) expect(line).toMatch(/^IAP_(PRINCIPAL|REPORT|STATUS)=[\w@.:/+-]+$/);
  });

  it.each(all)('on Azure is what was set, and nothing else: %s', (_, payload) => {
    const { ci, log } = open('azure');
    for (const name of ['principal', 'token']) ci.output(name, payload);
    ci.exportVariable('IAP_TOKEN', payload);
    ci.mask(payload);
    // The agent reads line by line, as .NET does.
    const commands = log()
      .split(/\r\n|\r|\n/)
      .map((line) => /^##vso\[([^\]]*)\](.*)$/s.exec(line)?.slice(1) ?? ['no command', line]);
    const value = (text = '') => text.replaceAll('%0D', '\r').replaceAll('%0A', '\n').replaceAll('%AZP25', '%');
    const isLong = Buffer.byteLength(payload) > 16 * 1024;
    expect(commands.map(([name]) => name)).toEqual([
      ...(isLong
        ? []
        : ['task.setvariable variable=IAP_PRINCIPAL', 'task.setvariable variable=IAP_PRINCIPAL;isOutput=true']),
      'task.setvariable variable=IAP_TOKEN;issecret=true',
      'task.setvariable variable=IAP_TOKEN;issecret=true',
      'task.setsecret',
    ]);
    expect(commands.map(([, text]) => value(text))).toEqual(commands.map(() => payload));
  });

  it.each(['jenkins', 'shell'])('on %s is nothing', (row) => {
    const { ci, log } = open(row);
    ci.output('token', 'x');
    ci.output('report', '::error::x');
    ci.keep('headerFile', 'x');
    ci.mask('a secret');
    expect([ci.exportVariable('IAP_TOKEN', 'x'), log()]).toEqual([false, '']);
  });
});

describe('Buildkite', () => {
  it.each(all.filter(([name]) => /everything|sections|shell|Markdown|fence|start/.test(name)))(
    'gets hostile text on stdin alone, and no group of its own: %s',
    (_, payload) => {
      const agent = installAgent();
      agents.push(agent);
      agent.answer('env', 'echo \'{"IAP_TOKEN":"x"}\'');
      const written: string[] = [];
      const ci = openCi({ BUILDKITE: 'true', PATH: agent.path }, (line) => written.push(line));
      ci.info(payload);
      ci.group(payload, payload.split('\n'));
      ci.output('report', payload);
      ci.exportVariable('IAP_TOKEN', payload);
      ci.annotate('error', payload, payload);
      const calls = agent.calls();
      expect(calls.map(({ args }) => args.slice(0, 2))).toEqual([
        ['meta-data', 'set'],
        ['env', 'set'],
        ['annotate', '--style'],
      ]);
      for (const { args } of calls) expect(args.join(' ')).not.toMatch(/owned|127\.0\.0\.2/);
      expect(calls[0]?.stdin).toBe(Buffer.from(payload).toString());
      const variables = JSON.parse(calls[1]?.stdin ?? '') as object;
      expect(Object.keys(variables)).toEqual(['IAP_TOKEN']);
      const marks = written
        .join('\n')
        .split('\n')
        .filter((line) => /^(---|\+\+\+|~~~|\^\^\^)\s/.test(line));
      expect(marks.map((line) => line.slice(0, 7))).toEqual([expect.stringMatching(/^--- /), '^^^ +++']);
      expect(commandsIn(written.join('\n'))).toEqual([]);
      expect(existsSync(owned)).toBe(false);
    },
  );
});
