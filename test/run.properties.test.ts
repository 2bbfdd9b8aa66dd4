import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { compactVerify, createLocalJWKSet, decodeJwt, type JSONWebKeySet } from 'jose';
import { fetchOidcToken } from '../src/ci/github.ts';
import { guard } from '../src/ci/guard.ts';
import { plain } from '../src/ci/plain.ts';
import { type InputName, inputs } from '../src/config.ts';
import type { Fault, KeyFile, Service } from '../src/emulator/index.ts';
import { asIapError, type IapError } from '../src/errors.ts';
import { emulatorEndpoints, googleUniverse } from '../src/google/endpoints.ts';
import { createHttp } from '../src/http.ts';
import type { Try } from '../src/report/result.ts';
import { reportFailure, run } from '../src/run.ts';
import type { World } from '../src/world.ts';
import { openEmulator } from './emulated.ts';
import { temporaryFolder } from './folder.ts';
import { fc, hostile, runs } from './fuzz.ts';
import { bodies, jwt as malformedJwt, opaque, signature } from './google/answers.ts';
import { configOf, fakeClock, noon, secretLines, shownOf } from './world.ts';

const email = 'ci@project.iam.gserviceaccount.com';
const target = 'target@project.iam.gserviceaccount.com';
const seconds = noon / 1000;
const folder = temporaryFolder();

const emulator = await openEmulator();
let key: KeyFile;
let keys: JSONWebKeySet;
let userFile: object;
/** JWTs that a hostile service could give: each is wrong in one way. */
let forged: Readonly<Record<string, string>>;

beforeAll(async () => {
  key = await emulator.createKey(email);
  emulator.grant(email);
  emulator.grant(target);
  userFile = emulator.createUser('user@example.com');
  emulator.allow(emulator.principalSet(), target, 'roles/iam.workloadIdentityUser');
  emulator.allow(emulator.principalSet(), target, 'roles/iam.serviceAccountTokenCreator');
  emulator.allow(`serviceAccount:${email}`, target, 'roles/iam.serviceAccountTokenCreator');
  keys = (await (await fetch(`${emulator.url}/oauth2/v3/certs`)).json()) as JSONWebKeySet;
  const mint = (claims: object) => emulator.mintIdToken({ email, sub: '1', ...claims });
  const good = await mint({});
  const [head, body] = good.split('.');
  forged = {
    good,
    'of nobody': await mint({ email: undefined }),
    'of somebody else': await mint({ email: 'evil@example.com' }),
    'for another app': await mint({ aud: '999-other.apps.googleusercontent.com' }),
    'of another issuer': await mint({ iss: 'https://evil.example' }),
    expired: await mint({ iat: seconds - 7200, exp: seconds - 3600 }),
    'from the future': await mint({ iat: seconds + 86_400, exp: seconds + 90_000 }),
    'for ever': await mint({ exp: 1e15 }),
    unsigned: `${head}.${body}.`,
    'signed by another': `${head}.${body}.${(await mint({ x: 1 })).split('.')[2]}`,
    'no JWT': malformedJwt,
    'two lines': `${good}\nx: y`,
  };
});

/** What a run is given, and what waits for it. */
interface Case {
  readonly inputs: Partial<Record<InputName, string>>;
  readonly faults: readonly (readonly [Service, Fault])[];
  readonly app: { readonly status: number; readonly headers: Readonly<Record<string, string>>; readonly body: string };
  readonly mode: 'custom' | 'google-managed' | 'identity-platform';
  readonly isMachine: boolean;
}

// What needs the emulator's names is written as a word, and put in when the case is played.
const words = fc.constantFrom('KEY', 'USER', 'EXTERNAL', 'IMPERSONATED', '{}', 'hunter2-hunter2', 'KEY64');
const tokens = fc.constantFrom(
  ...['good', 'of nobody', 'of somebody else', 'for another app', 'of another issuer', 'expired', 'unsigned'],
  ...['from the future', 'for ever', 'signed by another', 'no JWT', 'two lines'],
);
const credential = fc.oneof(
  { weight: 4, arbitrary: fc.constant({ credentials_json: 'KEY' }) },
  fc.record({ credentials_json: words }),
  fc.record({ credentials_json: words, service_account: fc.constantFrom(target, email, 'nobody@x.com') }),
  fc.constant({ workload_identity_provider: 'PROVIDER', service_account: target }),
  fc.record({ id_token: tokens }),
  fc.constant({}),
  fc.constant({ credentials_json: 'KEY', id_token: 'good' }),
);
const right = fc.record({
  token_kind: fc.constant('signed_jwt'),
  exchange: fc.constantFrom('token_uri', 'generate_id_token'),
  verify: fc.constant('false'),
  checks: fc.constantFrom('- url: APP/x', '- url: APP/y\n  expect_json: $.a == 1\n  retry_on: 500-599'),
  method: fc.constantFrom('POST', 'DELETE'),
  headers: fc.constant('X-A: some value'),
  expect_status: fc.constantFrom('404', '100-599'),
  expect_body: fc.constantFrom('ok', '/(a+)+$/'),
  expect_header: fc.constantFrom('x: y', 'content-type: /./'),
  expect_json: fc.constantFrom('$..a == 1', '$ == {}'),
  retry_for: fc.constantFrom('0', '3s', '20s'),
  retry_on: fc.constantFrom('404', '100-599'),
  propagation_wait: fc.constantFrom('0s', '5s'),
  concurrency: fc.constant('1'),
  token_header: fc.constant('proxy-authorization'),
  check_protected: fc.constantFrom('warn', 'off'),
  check_assertion: fc.constantFrom('fail', 'warn'),
  show_response: fc.constant('never'),
  export_env: fc.constant('IAP_TOKEN'),
  header_file: fc.constant('true'),
  junit_file: fc.constantFrom(join(folder, 'junit.xml'), join(folder, 'no', 'such', 'folder')),
});
const wrong = fc.record({
  url: fc.constantFrom('ftp://x', 'http://example.com/', 'http://[', 'APP/\nhttps://u:p@x/'),
  target_audience: fc.constantFrom('é', 'x y', ''),
  checks: fc.constantFrom('*a', '- {', '- url: x'),
  method: fc.constantFrom('TRACE', '::error::'),
  headers: fc.constantFrom('Authorization: x', 'Host: x'),
  body: hostile,
  expect_body: fc.constant('/[/'),
  export_env: fc.constantFrom('PATH', 'x y'),
  concurrency: fc.constant('0'),
});
/** A few of these, and nothing of the others. */
const fewOf = <T extends object>(all: fc.Arbitrary<T>, names: readonly string[], most: number) =>
  fc
    .tuple(all, fc.uniqueArray(fc.constantFrom(...names), { maxLength: most }))
    .map(([one, chosen]) => Object.fromEntries(Object.entries(one).filter(([name]) => chosen.includes(name))));
const rest = fc
  .tuple(
    fc.record({
      target_audience: fc.oneof({ weight: 6, arbitrary: fc.constant('CLIENT') }, fc.constantFrom('discover', '1-x')),
      url: fc.oneof(
        { weight: 6, arbitrary: fc.constant('APP/') },
        fc.constantFrom('APP/a?b#c', 'APP/\nAPP/b', 'http://127.0.0.1:9/', 'APP/json', ''),
      ),
    }),
    fewOf(right, Object.keys(inputs), 8),
    fc.oneof(
      { weight: 7, arbitrary: fc.constant({}) },
      fewOf(wrong, ['url', 'checks', 'body', 'method', 'headers'], 3),
    ),
  )
  .map(([usual, some, bad]) => ({ ...usual, timeout: '1s', ...some, ...bad }));

const service = fc.constantFrom<Service>(
  ...(['token', 'certs', 'account-certs', 'oidc', 'sts', 'iam', 'metadata', 'edge', 'iap', 'app'] as const),
);
const headers = fc.record(
  {
    'x-goog-iap-generated-response': fc.constantFrom('true', 'x'),
    'metadata-flavor': fc.constant('Google'),
    location: fc.constantFrom(
      '/',
      '/loop',
      '//evil.example/',
      'https://accounts.google.com/o',
      'http://[',
      'APP:/x',
      '',
    ),
    'retry-after': fc.constantFrom('0', '1', '99999999999', 'x', 'Wed, 21 Oct 2099 07:28:00 GMT'),
    'content-type': fc.constantFrom('text/html', 'application/json', 'x'),
    date: fc.constantFrom('Wed, 21 Oct 2099 07:28:00 GMT', 'x'),
    'www-authenticate': fc.constantFrom('Bearer error="invalid_token"', '::error::x'),
    'set-cookie': fc.constant('hunter2-hunter2=1'),
  },
  { requiredKeys: [] },
);
const said = fc.constantFrom(
  ...['Invalid JWT Signature.', 'in a reasonable timeframe', 'account not found', 'empty token', 'JWT has expired'],
  ...['Access denied for user a@b.com', 'Invalid JWT audience', 'Error code 7', '::error::x\n::set-env name=PATH::x'],
);
const answer = fc.oneof(
  bodies,
  tokens.map((name) =>
    JSON.stringify({ id_token: `FORGED ${name}`, token: `FORGED ${name}`, value: `FORGED ${name}` }),
  ),
  tokens.map((name) => `FORGED ${name}`),
  said,
  said.map((error) => JSON.stringify({ error: 'invalid_grant', error_description: error })),
);
const status = fc.oneof(
  { weight: 3, arbitrary: fc.constant(200) },
  fc.constantFrom(302, 307, 400, 401, 403, 404, 429, 500, 503),
  fc.integer({ min: 200, max: 599 }),
);
const times = fc.constantFrom(1, 2, 100);
const fault = fc.oneof(
  { weight: 8, arbitrary: fc.record({ status, body: answer, headers, times }) },
  fc.record({ reset: fc.constantFrom('before-headers' as const, 'after-headers' as const), times }),
  fc.record({ truncate: fc.constant(true as const), times }),
);
const cases: fc.Arbitrary<Case> = fc.record({
  inputs: fc.tuple(credential, rest).map(([one, other]) => ({ ...other, ...one })),
  faults: fc.array(fc.tuple(service, fault), { maxLength: 3 }),
  app: fc.record({ status, headers, body: fc.oneof(answer, fc.constant('ECHO')) }),
  mode: fc.constantFrom('custom', 'custom', 'custom', 'google-managed', 'identity-platform'),
  isMachine: fc.boolean(),
});

/** Puts what only the emulator knows in the place of the words that stand for it. */
function filled(text: string): string {
  const external = () => JSON.stringify(emulator.externalAccountFile({ account: target }));
  const impersonated = () => JSON.stringify(emulator.impersonatedFile(key, target));
  const named: Readonly<Record<string, () => string>> = {
    KEY: () => JSON.stringify(key),
    KEY64: () => Buffer.from(JSON.stringify(key)).toString('base64'),
    USER: () => JSON.stringify(userFile),
    EXTERNAL: external,
    IMPERSONATED: impersonated,
    PROVIDER: () => emulator.provider,
    CLIENT: () => emulator.clientId,
    ...Object.fromEntries(Object.entries(forged).map(([name, jwt]) => [name, () => jwt])),
  };
  if (Object.hasOwn(named, text)) return named[text]?.() ?? '';
  return text
    .replaceAll('APP/', `${emulator.appUrl}/`)
    .replace(/FORGED ([\w ]+)/g, (_, name: string) => JSON.stringify(forged[name] ?? '').slice(1, -1));
}

function prepare({ faults, app, mode, isMachine }: Case): void {
  emulator.clearFaults();
  emulator.ledger.clear();
  emulator.ledger.secrets.clear();
  emulator.setIap(mode);
  if (isMachine) emulator.attach(email);
  for (const [name, one] of faults)
    emulator.fail(name, one.body === undefined ? one : { ...one, body: filled(String(one.body)) });
  emulator.setApp(async (request) => {
    const hasNone = app.status === 204 || app.status === 205 || app.status === 304;
    const echo = JSON.stringify([[...request.headers], await request.text()]);
    return new Response(hasNone ? null : app.body === 'ECHO' ? echo : filled(app.body), app);
  });
}

/** All that a job gets of a run. */
interface Job {
  readonly log: string[];
  readonly masks: Set<string>;
  readonly outputs: Map<string, string>;
  readonly variables: Map<string, string>;
  readonly summaries: string[];
}

function openWorld(timeout: number): { world: World; job: Job } {
  const job: Job = { log: [], masks: new Set(), outputs: new Map(), variables: new Map(), summaries: [] };
  const clock = fakeClock();
  const env = { GITHUB_ACTIONS: 'true', RUNNER_DEBUG: '1', HOME: '/nowhere', ...emulator.githubEnv() };
  const ci = guard({
    name: 'test',
    ...plain(env, (line) => void job.log.push(line)),
    folders: { temporary: folder },
    mask: (secret) => void job.masks.add(secret),
    subjectToken: (audience, deps) => fetchOidcToken(env, audience, deps),
    output: (name, value) => void job.outputs.set(name, value),
    exportVariable: (name, value) => {
      job.variables.set(name, value);
      return true;
    },
    summary: async (markdown) => void job.summaries.push(markdown),
  });
  const timeline: Try[] = [];
  const http = createHttp({ clock, log: ci, timeout, onTry: (one) => timeline.push(one) });
  const endpoints = emulatorEndpoints(emulator.host, googleUniverse);
  return { world: { http, endpoints, ci, clock, env, log: ci, mask: ci.mask, timeline }, job };
}

type Outcome = { readonly result: string; readonly codes: (string | null)[] } | IapError;

/** Runs it, as the action does. */
async function play(one: Case): Promise<{ outcome: Outcome; job: Job; world: World; needs: string | undefined }> {
  prepare(one);
  const given = Object.fromEntries(Object.entries(one.inputs).map(([name, value]) => [name, filled(value)]));
  const { world, job } = openWorld(1000);
  try {
    const config = configOf(given);
    const { result, report } = await run(config, world);
    const needs = config.targetAudience === 'discover' ? undefined : config.targetAudience;
    return { outcome: { result, codes: report.checks.map(({ code }) => code) }, job, world, needs };
  } catch (thrown) {
    const outcome = await reportFailure(asIapError(thrown), world.ci, { summary: true, timeline: world.timeline });
    return { outcome, job, world, needs: undefined };
  }
}

/** Whether Google’s own keys were there to check with, unhindered. */
const hadKeys = ({ faults, inputs: given }: Case) =>
  given.verify !== 'false' && !faults.some(([name]) => name === 'certs' || name === 'account-certs');

/** Fails if a token was handed on that is not what was asked for. */
async function expectRight(one: Case, { outputs: out, variables }: Job, needs: string | undefined): Promise<void> {
  const token = out.get('token');
  expect([...variables.values()].filter((value) => value !== token)).toEqual([]);
  if (token === undefined) return;
  const { aud, email: carried, iss, sub, exp = 0 } = decodeJwt<{ email?: string }>(token);
  expect(out.get('target_audience')).toBe(aud);
  expect(exp).toBeGreaterThan(seconds);
  if (out.get('token_kind') === 'signed_jwt') {
    expect([iss, sub]).toEqual([out.get('principal'), out.get('principal')]);
    expect(out.has('id_token')).toBe(false);
    return;
  }
  expect(out.get('id_token')).toBe(token);
  expect(out.get('principal')).toBe(carried);
  expect(['https://accounts.google.com', 'accounts.google.com']).toContain(iss);
  if (needs !== undefined) expect(aud).toBe(needs);
  const { service_account: named, credentials_json: file } = one.inputs;
  if (named !== undefined) expect(carried).toBe(named);
  else if (file === 'KEY' || file === 'KEY64') expect(carried).toBe(email);
  // A token that was brought is never taken on trust, where it is to be checked at all.
  const isBrought = one.inputs.id_token !== undefined && one.inputs.verify !== 'false';
  if (hadKeys(one) || isBrought) await compactVerify(token, createLocalJWKSet(keys));
}

/** Fails if anything that people see holds a secret, or starts a command. */
function expectClean({ log, outputs: out, summaries, masks }: Job, outcome: Outcome): void {
  const shown = [
    ...log,
    ...summaries,
    ...[...out].filter(([name]) => name !== 'token' && name !== 'id_token').map(([, value]) => value),
    'hint' in outcome ? shownOf(outcome) : '',
  ].join('\n');
  const token = out.get('token');
  const secrets = [
    ...secretLines(key.private_key),
    ...Object.values(forged).flatMap((jwt) => jwt.split('.')[2] || []),
    ...(token === undefined ? [] : [token, token.split('.')[2] || token]),
    ...emulator.ledger.secrets,
    ...[signature, opaque, 'hunter2-hunter2'],
  ];
  expect(secrets.filter((secret) => shown.includes(secret))).toEqual([]);
  expect(
    log
      .flatMap((text) => text.split(/\r\n|[\r\n\u2028\u2029]/))
      .filter((line) => /^[\s\u0085]*::|##(vso)?\[/.test(line)),
  ).toEqual([]);
  if (token !== undefined) expect(masks.has(token) || masks.size === 0).toBe(true);
}

// Virtual time: three waits of a minute at most for each request that is tried again, and the budgets of the checks.
const longest = 40 * 60_000;
const most = 400;

describe('a run', () => {
  it('ends in a result or in a code, in its time, with nothing secret shown and nothing wrong handed on', async () => {
    const seen: Record<string, number> = {};
    await fc.assert(
      fc.asyncProperty(cases, async (one) => {
        const started = performance.now();
        const { outcome, job, world, needs } = await play(one);
        const ended = 'hint' in outcome ? outcome.code : outcome.result;
        seen[ended] = (seen[ended] ?? 0) + 1;
        expect(ended).not.toBe('internal');
        if ('codes' in outcome) expect(outcome.codes).not.toContain('internal');
        if ('hint' in outcome) expect(outcome.hint).not.toMatch(/^$|undefined|\[object|NaN/);
        expect(performance.now() - started).toBeLessThan(20_000);
        expect(world.clock.now() - noon).toBeLessThan(longest);
        expect(world.timeline.length).toBeLessThan(most);
        await expectRight(one, job, needs);
        expectClean(job, outcome);
      }),
      { numRuns: Math.ceil(runs / 4) },
    );
    if (process.env['FUZZ_SEEN']) process.stderr.write(`${JSON.stringify(seen)}\n`);
    expect(seen).toMatchObject({
      passed: expect.anything(),
      failed: expect.anything(),
      'config-invalid': expect.anything(),
    });
  });
});
