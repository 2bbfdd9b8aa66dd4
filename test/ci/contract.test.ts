import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { decodeJwt } from 'jose';
import { openCi, systems } from '../../src/ci/index.ts';
import type { CiSystem, Env } from '../../src/ci/system.ts';
import { openCredential } from '../../src/sources/index.ts';
import { openEmulator } from '../emulated.ts';
import { temporaryFolder } from '../folder.ts';
import { failureOf, openTestWorld, sourceConfig } from '../world.ts';
import { type Agent, type AzureEndpoint, installAgent, startAzure } from './machine.ts';

const account = 'deploy@project.iam.gserviceaccount.com';
const azureAudience = 'api://AzureADTokenExchange';

/** What a system must do, and how it is seen to do it. */
interface Fixture {
  /** What a job of it finds in its environment. */
  readonly env: () => Env;
  /** Lines in which it hides a secret; none where it cannot. */
  readonly masked?: readonly string[];
  readonly annotated?: readonly string[];
  readonly debugged?: readonly string[];
  readonly grouped?: readonly (string | RegExp)[];
  /** What it does with the output `principal`, `a@b`. */
  readonly handedOn?: RegExp;
  /** How it hands on the token itself; only where it can hide it. */
  readonly tokenHandedOn?: RegExp;
  /** How it sets `IAP_X` to `s3cret` for later steps, where it can. */
  readonly exported?: RegExp;
  /** Where the summary goes. */
  readonly summarised?: RegExp;
  /** `aud` of its OIDC token; undefined: the one that was asked for. false: it has no OIDC token. */
  readonly audience?: string | false;
  /** How a job says that its token is for `https://a.example`; undefined where that is asked for, or no job has one. */
  readonly declared?: RegExp;
}

// @actions/core reads these of the process itself, and its summary keeps the first path that it was given.
const folder = temporaryFolder();
const files = ['output', 'summary', 'env', 'bash', 'variables'].map((name) => join(folder, name));
const [output = '', summary = '', exports = '', bash = '', variables = ''] = files;
const before = { ...process.env };

const emulator = await openEmulator();
let agent: Agent;
let azure: AzureEndpoint;
/** The token of the CI's issuer that a job finds. */
let held: string;

const fixtures: Readonly<Record<string, Fixture>> = {
  github: {
    env: () => ({
      GITHUB_ACTIONS: 'true',
      GITHUB_OUTPUT: output,
      GITHUB_ENV: exports,
      GITHUB_STEP_SUMMARY: summary,
      ...emulator.githubEnv(),
    }),
    masked: ['::add-mask::s3cret'],
    annotated: ['::error title=the-code::it is ***', '::warning title=iap-auth::careful'],
    debugged: ['::debug::detail'],
    grouped: ['::group::A title', 'one', '::endgroup::'],
    handedOn: /^principal<<(\S+)\na@b\n\1\n$/,
    tokenHandedOn: /^token<<(\S+)\ns3cret\n\1\n$/,
    exported: /^IAP_X<<(\S+)\ns3cret\n\1\n$/,
    summarised: /^### Done\n$/,
  },
  gitlab: {
    env: () => ({ GITLAB_CI: 'true', CI_PROJECT_DIR: folder, RUNNER_DEBUG: '1', GITLAB_OIDC_TOKEN: held }),
    grouped: [
      /^␛\[0Ksection_start:\d{10}:iap_auth_1␍␛\[0KA title$/,
      'one',
      /^␛\[0Ksection_end:\d{10}:iap_auth_1␍␛\[0K$/,
    ],
    handedOn: /^IAP_PRINCIPAL=a@b\n$/,
    declared: /\nid_tokens:\n {2}GITLAB_OIDC_TOKEN:\n {4}aud: https:\/\/a\.example\n/,
  },
  circleci: {
    env: () => ({ CIRCLECI: 'true', BASH_ENV: bash, CIRCLE_OIDC_TOKEN_V2: held, RUNNER_DEBUG: '1' }),
    handedOn: /^export IAP_PRINCIPAL='a@b'\n$/,
    exported: /^export IAP_X='s3cret'\n$/,
    audience: '5a1c1a1e-0000-4000-8000-000000000001',
    declared: /^$/,
  },
  buildkite: {
    env: () => ({ BUILDKITE: 'true', PATH: agent.path, RUNNER_DEBUG: '1' }),
    annotated: ['^^^ +++', 'error: it is ***', 'warning: careful'],
    grouped: ['--- A title', 'one'],
    handedOn: /^meta-data set iap-auth-principal < a@b\n$/,
    exported: /^env set --input-format=json --output-format=json - < \{"IAP_X":"s3cret"\}\n$/,
    summarised: /^annotate --style success --context iap-auth < ### Done\n$/,
  },
  azure: {
    env: () => ({ ...azure.env, AGENT_TEMPDIRECTORY: folder }),
    masked: ['##vso[task.setsecret]s3cret'],
    annotated: ['##vso[task.logissue type=error]it is ***', '##vso[task.logissue type=warning]careful'],
    debugged: ['##vso[task.debug]detail'],
    grouped: ['##[group]A title', 'one', '##[endgroup]'],
    handedOn:
      /^##vso\[task\.setvariable variable=IAP_PRINCIPAL\]a@b\n##vso\[task\.setvariable variable=IAP_PRINCIPAL;isOutput=true\]a@b\n$/,
    tokenHandedOn: /^##vso\[task\.setvariable variable=IAP_TOKEN;issecret=true\]s3cret\n$/,
    exported: /^##vso\[task\.setvariable variable=IAP_X;issecret=true\]s3cret\n$/,
    summarised: /^##vso\[task\.uploadsummary\]\S+iap-auth\.md\n### Done$/,
    audience: azureAudience,
    declared: /^$/,
  },
  bitbucket: {
    env: () => ({
      BITBUCKET_BUILD_NUMBER: '7',
      BITBUCKET_PIPELINES_VARIABLES_PATH: variables,
      BITBUCKET_STEP_OIDC_TOKEN: held,
      RUNNER_DEBUG: '1',
    }),
    handedOn: /^IAP_PRINCIPAL=a@b\n$/,
    audience: 'ari:cloud:bitbucket::workspace/5a1c1a1e-0000-4000-8000-000000000001',
    declared: /\n {6}audiences:\n {8}- https:\/\/a\.example\n/,
  },
  jenkins: {
    env: () => ({ JENKINS_URL: 'https://ci.example.com/', RUNNER_DEBUG: '1' }),
    audience: false,
    declared: /with the audience\nhttps:\/\/a\.example\n/,
  },
  shell: { env: () => ({ HOME: '/home/user', RUNNER_DEBUG: '1' }), audience: false },
};

beforeAll(async () => {
  agent = installAgent();
  agent.answer('env', `echo '{"added":["IAP_X"],"updated":[]}'`);
  azure = await startAzure(() => emulator.signCiToken({ aud: azureAudience }));
  Object.assign(process.env, { GITHUB_OUTPUT: output, GITHUB_ENV: exports, GITHUB_STEP_SUMMARY: summary });
});
afterAll(async () => {
  process.env = { ...before };
  agent.remove();
  await azure.close();
});
beforeEach(() => {
  for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true });
  for (const path of files) writeFileSync(path, '');
  agent.calls();
});

const fixtureOf = (name: string): Fixture => {
  const fixture = fixtures[name];
  if (fixture === undefined) throw new Error(`the CI system ${name} has no fixture in ${import.meta.url}`);
  return fixture;
};

const audienceOf = (name: string): string =>
  fixtureOf(name).audience || `https://iam.googleapis.com/${emulator.provider}`;

/** Puts the token where a job of this system finds it. */
async function hold(name: string): Promise<void> {
  held = await emulator.signCiToken({ aud: audienceOf(name) });
  agent.answer('oidc', `printf '%s\\n' '${held}'`);
}

function open(name: string): { ci: CiSystem; lines: string[] } {
  const lines: string[] = [];
  return { ci: openCi(fixtureOf(name).env(), (line) => lines.push(line)), lines };
}

/** A line with its controls as signs. */
const shown = (line: string) => line.replaceAll('\u001b', '␛').replaceAll('\r', '␍');

/** All that left the process: lines, files and what the agent was told. */
function traceOf(lines: readonly string[]): string {
  const calls = agent.calls().map(({ args, stdin }) => `${args.join(' ')} < ${stdin}`);
  const written = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'));
  const said = [...lines, ...calls].map((line) => `${line}\n`).join('');
  return said + written.join('');
}

describe.each(systems.map((row) => [row.name, row] as const))('the CI system %s', (name, row) => {
  beforeAll(async () => {
    await hold(name);
  });

  it('has a fixture', () => {
    expect(Object.keys(fixtures)).toContain(name);
  });

  it('is told from the others by its environment', () => {
    const { env } = fixtureOf(name);
    expect(row.detect(env())).toBe(true);
    expect(openCi(env(), () => undefined).name).toBe(name);
    const earlier = systems.slice(0, systems.indexOf(row));
    expect(earlier.filter(({ detect }) => detect(env()))).toEqual([]);
  });

  it('says nothing when it is opened', () => {
    expect(open(name).lines).toEqual([]);
  });

  it('masks, and shows no more of a secret from then on', () => {
    const { masked = [], annotated = ['error: it is ***', 'warning: careful'] } = fixtureOf(name);
    const { ci, lines } = open(name);
    ci.mask('s3cret');
    expect(lines).toEqual(masked);
    lines.length = 0;
    ci.annotate('error', 'the-code', 'it is s3cret');
    ci.warn('careful');
    expect(lines).toEqual(annotated);
  });

  it('writes lines and debug lines', () => {
    const { ci, lines } = open(name);
    ci.info('Minted.');
    ci.debug('detail');
    expect(lines).toEqual(['Minted.', ...(fixtureOf(name).debugged ?? ['debug: detail'])]);
  });

  it('keeps lines together', () => {
    const { ci, lines } = open(name);
    ci.group('A title', ['one']);
    const { grouped = ['A title', '  one'] } = fixtureOf(name);
    expect(lines.map(shown)).toEqual(
      grouped.map((line) => (typeof line === 'string' ? line : expect.stringMatching(line))),
    );
  });

  it('lets no text start a command', () => {
    const { ci, lines } = open(name);
    const text = 'a\n::error::b ##[error]c ##vso[task.complete]d\n\u001b[0Ksection_start:1:x\r\u001b[0Ke';
    const harmless = 'a\n: :error::b # #[error]c # #vso[task.complete]d\n [0Ksection_start:1:x\n [0Ke';
    ci.info(text);
    expect(lines).toEqual([harmless]);
    ci.group(text, [text]);
    ci.annotate('warning', text, text);
    ci.debug(text);
    // Of each line the command that the row itself made is left out.
    const rest = lines.map((line) =>
      shown(line).replace(/^(::|##\[|##vso\[task\.(logissue|debug)|␛\[0Ksection_.*?␍␛\[0K)/, ''),
    );
    for (const line of rest.flatMap((one) => one.split('\n'))) expect(line).not.toMatch(/^::|##\[|##vso|[␛␍]/);
  });

  it('hands an output on', () => {
    const { ci, lines } = open(name);
    ci.output('principal', 'a@b');
    expect(traceOf(lines)).toMatch(fixtureOf(name).handedOn ?? /^$/);
  });

  it('hands the token itself on only where it is hidden', () => {
    const { ci, lines } = open(name);
    ci.output('token', 's3cret');
    expect(traceOf(lines)).toMatch(fixtureOf(name).tokenHandedOn ?? /^$/);
  });

  it('sets a variable for later steps, or says that it cannot', () => {
    const { ci, lines } = open(name);
    const { exported } = fixtureOf(name);
    expect(ci.exportVariable('IAP_X', 's3cret')).toBe(exported !== undefined);
    expect(traceOf(lines)).toMatch(exported ?? /^$/);
  });

  it('writes no secret anywhere but where it hides it', async () => {
    const { ci, lines } = open(name);
    ci.mask('s3cret');
    lines.length = 0;
    const told = agent.calls();
    expect(told.flatMap(({ args }) => args).join(' ')).not.toContain('s3cret');
    ci.output('principal', 's3cret@b');
    ci.output('report', '{"a": "s3cret"}');
    ci.group('s3cret', ['s3cret']);
    ci.annotate('error', 's3cret', 's3cret');
    ci.info('s3cret');
    ci.debug('s3cret');
    await ci.summary('s3cret');
    expect(traceOf(lines)).not.toContain('s3cret');
  });

  it('sums up', async () => {
    const { ci, lines } = open(name);
    await ci.summary('### Done');
    expect(traceOf(lines)).toMatch(fixtureOf(name).summarised ?? /^$/);
  });

  it('gives an OIDC token, or says why it has none', async () => {
    const { ci } = open(name);
    const world = openTestWorld(emulator);
    const audience = `https://iam.googleapis.com/${emulator.provider}`;
    const work = () => ci.subjectToken(audience, world);
    if (fixtureOf(name).audience === false) {
      const error = await failureOf(work);
      expect(error.code).toBe('oidc-unavailable');
      expect(error.hint).toContain('subject_token_file');
      return;
    }
    const jwt = await work();
    expect(decodeJwt(jwt).aud).toBe(audienceOf(name));
    expect(world.masks).toEqual(expect.arrayContaining([jwt, jwt.split('.')[2]]));
    expect(agent.calls().filter(({ stdin }) => stdin.includes(jwt))).toEqual([]);
  });

  it('says how a job gets a token for an audience, where that cannot be asked for', () => {
    const { declared } = fixtureOf(name);
    const told = open(name).ci.declare?.('https://a.example');
    if (declared === undefined) expect(told).toBeUndefined();
    else expect(told).toMatch(declared);
  });

  it('has no OIDC token in an environment without one, and says so', async () => {
    const error = await failureOf(() =>
      row.open({ PATH: '/nowhere' }, () => undefined).subjectToken('https://a.example', openTestWorld(emulator)),
    );
    expect(error).toMatchObject({ code: 'oidc-unavailable', retry: 'no' });
    expect(error.hint).toMatch(/.{20,}/);
  });

  it('goes by its token to one of Google’s', async () => {
    emulator.createAccount(account);
    emulator.allow(emulator.principalSet(), account, 'roles/iam.workloadIdentityUser');
    emulator.createProvider({ allowedAudiences: [audienceOf(name)] });
    const { env, audience } = fixtureOf(name);
    const brought = audience === false ? { subjectTokenVariable: 'IAP_OIDC' } : {};
    const config = sourceConfig({ workloadIdentityProvider: emulator.provider, serviceAccount: account, ...brought });
    const world = openTestWorld(emulator, { env: { ...env(), IAP_OIDC: held } });
    expect(world.ci.name).toBe(name);
    const jwt = await (await openCredential(config, world)).idToken?.('x');
    expect(decodeJwt(jwt ?? '')).toMatchObject({ aud: 'x', email: account });
    emulator.createProvider();
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

  it.each(systems.slice(0, -1).map(({ name, detect }) => [name, detect] as const))(
    'does not take a job for one of %s whose variables say no',
    (_, detect) => {
      const off = ['GITHUB_ACTIONS', 'GITLAB_CI', 'CIRCLECI', 'BUILDKITE', 'TF_BUILD'].map((name) => [name, 'false']);
      expect(detect({ ...Object.fromEntries(off), BITBUCKET_BUILD_NUMBER: '', JENKINS_URL: '', CI: 'true' })).toBe(
        false,
      );
    },
  );
});
