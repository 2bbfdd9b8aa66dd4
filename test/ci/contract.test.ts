import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { decodeJwt } from 'jose';
import { openCi, systems } from '../../src/ci/index.ts';
import type { CiSystem, Env } from '../../src/ci/system.ts';
import { type Emulator, startEmulator } from '../../src/emulator/index.ts';
import { failureOf, noon, openTestWorld } from '../world.ts';

const audience = 'https://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/x';

/** What a system must do, and how it is seen to do it. */
interface Fixture {
  /** What a job of it finds in its environment. */
  readonly env: (emulator: Emulator) => Env;
  /** Lines in which it hides a secret; none where it cannot. */
  readonly masked: readonly string[];
  readonly annotated: readonly string[];
  readonly debugged: readonly string[];
  /** Where outputs and the summary go; none where nothing takes them. */
  readonly files?: { readonly output: string; readonly summary: string };
  /** Whether a job of it can have an OIDC token. */
  readonly hasOidc: boolean;
}

// @actions/core reads these of the process itself, and its summary keeps the first path that it was given.
const folder = mkdtempSync(join(tmpdir(), 'iap-auth-'));
const files = { output: join(folder, 'output'), summary: join(folder, 'summary') };
const before = { ...process.env };

const fixtures: Readonly<Record<string, Fixture>> = {
  github: {
    env: (emulator) => ({
      GITHUB_ACTIONS: 'true',
      GITHUB_OUTPUT: files.output,
      GITHUB_STEP_SUMMARY: files.summary,
      ...emulator.githubEnv(),
    }),
    masked: ['::add-mask::s3cret'],
    annotated: ['::error title=the-code::it is ***', '::warning title=iap-auth::careful'],
    debugged: ['::debug::detail'],
    files,
    hasOidc: true,
  },
  shell: {
    env: () => ({ HOME: '/home/user', RUNNER_DEBUG: '1' }),
    masked: [],
    annotated: ['error: it is ***', 'warning: careful'],
    debugged: ['debug: detail'],
    hasOidc: false,
  },
};

let emulator: Emulator;

beforeAll(async () => {
  emulator = await startEmulator({ now: () => noon });
  Object.assign(process.env, { GITHUB_OUTPUT: files.output, GITHUB_STEP_SUMMARY: files.summary });
});
afterAll(async () => {
  process.env = { ...before };
  rmSync(folder, { recursive: true });
  await emulator.close();
});
beforeEach(() => {
  for (const path of Object.values(files)) writeFileSync(path, '');
});

const fixtureOf = (name: string): Fixture => {
  const fixture = fixtures[name];
  if (fixture === undefined) throw new Error(`the CI system ${name} has no fixture in ${import.meta.url}`);
  return fixture;
};

function open(name: string): { ci: CiSystem; lines: string[] } {
  const lines: string[] = [];
  return { ci: openCi(fixtureOf(name).env(emulator), (line) => lines.push(line)), lines };
}

describe.each(systems.map((row) => [row.name, row] as const))('the CI system %s', (name, row) => {
  it('has a fixture', () => {
    expect(Object.keys(fixtures)).toContain(name);
  });

  it('is told from the others by its environment', () => {
    const { env } = fixtureOf(name);
    expect(row.detect(env(emulator))).toBe(true);
    expect(openCi(env(emulator), () => undefined).name).toBe(name);
    const earlier = systems.slice(0, systems.indexOf(row));
    expect(earlier.filter(({ detect }) => detect(env(emulator)))).toEqual([]);
  });

  it('calls itself what its row says', () => {
    expect(row.open({}, () => undefined).name).toBe(name);
  });

  it('says nothing when it is opened', () => {
    expect(open(name).lines).toEqual([]);
  });

  it('masks, and shows no more of a secret from then on', () => {
    const { ci, lines } = open(name);
    ci.mask('s3cret');
    expect(lines).toEqual(fixtureOf(name).masked);
    lines.length = 0;
    ci.annotate('error', 'the-code', 'it is s3cret');
    ci.warn('careful');
    expect(lines).toEqual(fixtureOf(name).annotated);
  });

  it('writes lines and debug lines', () => {
    const { ci, lines } = open(name);
    ci.info('Minted.');
    ci.debug('detail');
    expect(lines).toEqual(['Minted.', ...fixtureOf(name).debugged]);
  });

  it('lets no text start a command', () => {
    const { ci, lines } = open(name);
    ci.info('a\n::error::b ##[error]c');
    expect(lines).toEqual(['a\n: :error::b # #[error]c']);
  });

  it('hands values on, as they are', () => {
    const { ci, lines } = open(name);
    ci.output('token', 'a\nb');
    expect(lines).toEqual([]);
    const { files: given } = fixtureOf(name);
    const written = readFileSync(files.output, 'utf8');
    if (given === undefined) expect(written).toBe('');
    else expect(written).toMatch(/^token<<(\S+)\na\nb\n\1\n$/);
  });

  it('sums up', async () => {
    const { ci, lines } = open(name);
    await ci.summary('### Done');
    expect(lines).toEqual([]);
    expect(readFileSync(files.summary, 'utf8')).toBe(fixtureOf(name).files === undefined ? '' : '### Done\n');
  });

  it('gives an OIDC token of that audience, or says why it has none', async () => {
    const { ci } = open(name);
    const world = openTestWorld(emulator);
    const work = () => ci.subjectToken(audience, world);
    if (fixtureOf(name).hasOidc) {
      const jwt = await work();
      expect(decodeJwt(jwt).aud).toBe(audience);
      expect(world.masks).toEqual(expect.arrayContaining([jwt, jwt.split('.')[2]]));
    } else {
      const error = await failureOf(work);
      expect(error.code).toBe('oidc-unavailable');
      expect(error.hint).toMatch(/.{20,}/);
    }
  });

  it('has no OIDC token in an environment without one, and says so', async () => {
    const error = await failureOf(() => row.open({}, () => undefined).subjectToken(audience, openTestWorld(emulator)));
    expect(error).toMatchObject({ code: 'oidc-unavailable', retry: 'no' });
  });
});

describe('the table of CI systems', () => {
  it('ends in one that is always there', () => {
    expect(systems.at(-1)?.detect({})).toBe(true);
    expect(systems.slice(0, -1).filter(({ detect }) => detect({}))).toEqual([]);
  });

  it('has one row a name', () => {
    expect(new Set(systems.map(({ name }) => name)).size).toBe(systems.length);
  });

  it('has a row for each fixture', () => {
    expect(Object.keys(fixtures).sort()).toEqual(systems.map(({ name }) => name).sort());
  });
});
