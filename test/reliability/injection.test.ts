import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { marked } from 'marked';
import { runStep } from '../../scripts/runner.ts';
import { openCi } from '../../src/ci/index.ts';
import { systemClock } from '../../src/clock.ts';
import { inputs as table } from '../../src/config.ts';
import type { Emulator } from '../../src/emulator/index.ts';
import { emulatorEndpoints, googleUniverse } from '../../src/google/endpoints.ts';
import { createHttp } from '../../src/http.ts';
import type { Try } from '../../src/report/result.ts';
import { reportFailure, run } from '../../src/run.ts';
import type { World } from '../../src/world.ts';
import { openWorld } from '../../src/world.ts';
import { openEmulator } from '../emulated.ts';
import { temporaryFolder } from '../folder.ts';
import { configOf } from '../world.ts';
import { selfSigned } from './certificate.ts';
import { commandsIn, entriesIn, payloads } from './commands.ts';
import { bytes, type Host, openHost } from './host.ts';
import { casesIn } from './junit.ts';

type Texts = Readonly<Record<string, string>>;

const account = 'ci@demo-project.iam.gserviceaccount.com';
const folder = temporaryFolder();
const at = (name: string) => join(folder, name);
const files = {
  GITHUB_OUTPUT: at('output'),
  GITHUB_ENV: at('env'),
  GITHUB_STATE: at('state'),
  GITHUB_STEP_SUMMARY: at('summary'),
};
const emulator = await openEmulator({});
let app: Host;
let key: string;

beforeAll(async () => {
  app = await openHost('127.0.0.1', selfSigned('the app'));
  key = JSON.stringify(await emulator.createKey(account));
  emulator.allow(emulator.principalSet(), account, 'roles/iam.serviceAccountTokenCreator');
  emulator.attach(account);
  Object.assign(process.env, files);
});
afterEach(() => {
  app.clear();
});
afterAll(async () => {
  for (const name of [...Object.keys(files), 'IAP_TOKEN']) delete process.env[name];
  await app.close();
});

/** As it is in UTF-8: a half of a pair is no character. */
const whole = (payload: string) => Buffer.from(payload).toString();

/** Where text of somebody else's gets in: what is set up for it, and the inputs that meet it. */
interface Entrance {
  readonly inputs?: (payload: string) => Texts | Promise<Texts>;
  readonly env?: (payload: string) => Texts;
  readonly arrange?: (payload: string) => void;
}

const brought = async (claims: object = {}) => ({
  id_token: await emulator.mintIdToken({ email: account, sub: '1', ...claims }),
});
const workload = () => ({ workload_identity_provider: emulator.provider, service_account: account });
const answered = (answer: (payload: string) => string, more: Texts = {}): Entrance => ({
  arrange: (payload) => {
    app.answer = () => answer(payload);
  },
  inputs: async () => ({ ...(await brought()), url: `http://${app.host}/`, ...more }),
});
/** What a header can carry of it, a line break at most as a space. */
const inHeader = (payload: string) => payload.replace(/[^\t\x20-\x7e\x80-\u{10ffff}]/gu, ' ');
const refused = (
  service: Parameters<Emulator['fail']>[0],
  status: number,
  body: (payload: string) => unknown,
  inputs: Entrance['inputs'],
): Entrance => ({
  arrange: (payload) => {
    const told = body(payload);
    emulator.fail(service, {
      status,
      body: typeof told === 'string' ? told : JSON.stringify(told),
      headers: { 'metadata-flavor': 'Google' },
    });
  },
  ...(inputs ? { inputs } : {}),
});
const byKey = () => ({ credentials_json: key });
const iap = 'x-goog-iap-generated-response: true';

const entrances: Readonly<Record<string, Entrance>> = {
  "an app's answer": answered((payload) => bytes(500, [], payload)),
  "an app's page": answered((payload) => bytes(500, ['Content-Type: text/html'], `<html>${payload}</html>`)),
  "an app's answer, looked at": answered((payload) => bytes(200, [], payload), { expect_body: 'something else' }),
  "an app's JSON": answered((payload) => bytes(200, [], JSON.stringify({ [payload]: payload, status: payload })), {
    expect_json: '$.status == "ok"',
  }),
  "an app's header": answered((payload) => bytes(200, [`X-Version: ${inHeader(payload)}`]), {
    expect_header: 'x-version: 1',
  }),
  'a reason': answered((payload) => bytes(500).replace('Whatever', inHeader(payload))),
  'where an app redirects to': answered((payload) => bytes(302, [`Location: http://${inHeader(payload)}`])),
  'where an app redirects to at home': answered((payload) => bytes(302, [`Location: /${inHeader(payload)}`])),
  "IAP's refusal": answered((payload) =>
    bytes(403, [iap], `${payload}: Access denied. For user ${payload}@example.com. ${payload}`),
  ),
  'the email in it': answered((payload) => bytes(403, [iap], `Access denied. For user a@example.com${payload}.`)),
  'the client in it': answered((payload) =>
    bytes(
      401,
      [iap],
      `JWT audience doesn't match this application ('aud' claim (x) doesn't match expected value (1-${payload}.apps.googleusercontent.com))${payload}`,
    ),
  ),
  'its number': answered((payload) => bytes(500, [iap], `Error code 7${payload}`)),
  'words of IAP that nobody knows': answered((payload) => bytes(418, [iap], payload)),
  'words of Cloud Run': answered((payload) =>
    bytes(
      403,
      ['Content-Type: text/html'],
      `<title>403 Forbidden</title>${payload} Your client does not have permission to get URL <code>${payload}</code>`,
    ),
  ),
  'the claim email': {
    inputs: async (payload) => ({ ...(await brought({ email: payload })), url: `http://${app.host}/` }),
    arrange: () => {
      app.answer = () => bytes(200);
    },
  },
  'the claim aud': { inputs: async (payload) => ({ ...(await brought({ aud: payload })), target_audience: '' }) },
  'the claim aud, another': { inputs: async (payload) => brought({ aud: payload }) },
  'the claim iss': { inputs: async (payload) => brought({ iss: payload }) },
  'the claim sub': { inputs: async (payload) => brought({ sub: payload }) },
  'a token that is none': { inputs: (payload) => ({ id_token: payload }) },
  'a token of Google that is none': refused('token', 200, (payload) => ({ id_token: payload }), byKey),
  'the refusal of a key': refused(
    'token',
    400,
    (payload) => ({ error: payload, error_description: `Invalid JWT Signature.${payload}` }),
    byKey,
  ),
  'the refusal of an account': refused(
    'token',
    400,
    (payload) => ({ error: 'invalid_grant', error_description: `${payload}account not found` }),
    byKey,
  ),
  'the refusal of an audience': refused(
    'token',
    400,
    (payload) => ({ error: 'invalid_scope', error_description: payload }),
    byKey,
  ),
  'a refusal in other words': refused('token', 400, (payload) => payload, byKey),
  'the refusal of a user': refused(
    'token',
    401,
    (payload) => ({ error: 'invalid_client', error_description: payload }),
    () => ({ credentials_json: JSON.stringify(emulator.createUser('ada@example.com')) }),
  ),
  "the CI's refusal": refused('oidc', 403, (payload) => payload, workload),
  'claims that STS refuses': {
    env: (payload) => ({
      ...emulator.githubEnv({ repository: payload, sub: payload, ref: payload, repository_id: payload }),
    }),
    ...refused(
      'sts',
      400,
      (payload) => ({
        error: 'unauthorized_client',
        error_description: `rejected by the attribute condition. ${payload}`,
      }),
      workload,
    ),
  },
  'the audience that STS refuses': {
    env: (payload) => ({ ...emulator.githubEnv({ iss: payload }) }),
    ...refused(
      'sts',
      400,
      (payload) => ({ error: 'invalid_grant', error_description: `The issuer in ID Token ${payload} does not match` }),
      workload,
    ),
  },
  'a role that IAM misses': {
    env: (payload) => ({ ...emulator.githubEnv({ repository: payload, sub: payload }) }),
    ...refused(
      'iam',
      403,
      (payload) => ({
        error: {
          status: 'PERMISSION_DENIED',
          message: `Permission 'iam.serviceAccounts.getOpenIdToken' denied ${payload}`,
          details: [{ reason: payload }],
        },
      }),
      workload,
    ),
  },
  'a disabled API': refused(
    'iam',
    403,
    (payload) => ({
      error: {
        message: `has not been used in project ${payload}`,
        details: [{ reason: `SERVICE_DISABLED${payload}` }],
      },
    }),
    workload,
  ),
  'the metadata server': refused(
    'metadata',
    404,
    (payload) => payload,
    () => ({}),
  ),
  'the email of a machine': refused(
    'metadata',
    200,
    (payload) => payload,
    () => ({}),
  ),
  'the client that IAP names': answered(
    (payload) =>
      bytes(302, [
        iap,
        `Location: https://accounts.google.com/o/oauth2/v2/auth?client_id=${encodeURIComponent(whole(payload))}&redirect_uri=${encodeURIComponent(`https://iap.googleapis.com/v1/oauth/clientIds/${whole(payload)}:handleRedirect`)}`,
      ]),
    { target_audience: 'discover', id_token: '', credentials_json: '{}' },
  ),
  'a path': {
    inputs: async (payload) => ({ ...(await brought()), url: `http://${app.host}/${payload.replace(/\n/g, '%0A')}` }),
  },
  'a query': {
    inputs: async (payload) => ({
      ...(await brought()),
      url: `http://${app.host}/?${payload.replace(/\n/g, '%0A')}#${payload.replace(/\n/g, '%0A')}`,
    }),
  },
  'a check in YAML': {
    inputs: async (payload) => ({
      ...(await brought()),
      checks: JSON.stringify([
        { name: payload, url: `http://${app.host}/`, expect_body: payload, expect_json: `$.${payload} == 1` },
      ]),
    }),
  },
  'the name of a check': {
    inputs: async (payload) => ({
      ...(await brought()),
      checks: JSON.stringify([
        {
          name: payload
            .replace(/\p{Cc}/gu, ' ')
            .slice(0, 100)
            .trim(),
          url: `http://${app.host}/`,
        },
      ]),
    }),
  },
  'keys of YAML': {
    inputs: async (payload) => ({
      ...(await brought()),
      checks: JSON.stringify([{ [payload]: payload, url: payload }]),
    }),
  },
  'what is no YAML': { inputs: async (payload) => ({ ...(await brought()), checks: `- url: "${payload}` }) },
  'a file of checks': { inputs: async (payload) => ({ ...(await brought()), checks_file: `/nowhere/${payload}` }) },
  'a file of a token': { inputs: (payload) => ({ ...workload(), subject_token_file: `/nowhere/${payload}` }) },
  'a file that is no token': {
    inputs: (payload) => {
      writeFileSync(at('subject'), payload);
      return { ...workload(), subject_token_file: at('subject') };
    },
  },
  'an expected header': {
    inputs: async (payload) => ({
      ...(await brought()),
      url: `http://${app.host}/`,
      expect_header: `x-own: ${payload.replace(/\n/g, ' ')}`,
    }),
  },
  'an expected regex': {
    inputs: async (payload) => ({ ...(await brought()), url: `http://${app.host}/`, expect_body: `/${payload}/` }),
  },
  'a JUnit file': {
    inputs: async (payload) => ({
      ...(await brought()),
      url: `http://${app.host}/`,
      junit_file: `${folder}/made/${payload.replace(/\p{Cc}/gu, ' ')}`,
    }),
  },
  'a file that the environment names': {
    env: (payload) => ({ GOOGLE_APPLICATION_CREDENTIALS: `/nowhere/${payload}` }),
    inputs: () => ({}),
  },
  'a folder that the environment names': {
    env: (payload) => ({ CLOUDSDK_CONFIG: payload, GCE_METADATA_HOST: payload }),
    inputs: () => ({}),
    arrange: () => emulator.fail('metadata', { status: 500 }),
  },
  "the address of the CI's issuer": {
    env: (payload) => ({ ACTIONS_ID_TOKEN_REQUEST_URL: payload, ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'x' }),
    inputs: workload,
  },
  'the address of the emulator': { env: (payload) => ({ IAP_AUTH_EMULATOR_HOST: payload }), inputs: () => ({}) },
  'a credential of JSON': { inputs: (payload) => ({ credentials_json: `{"type": "${payload}` }) },
  'the type of a credential': { inputs: (payload) => ({ credentials_json: JSON.stringify({ type: payload }) }) },
  'the universe of a credential': {
    inputs: (payload) => ({ credentials_json: JSON.stringify({ ...JSON.parse(key), universe_domain: payload }) }),
  },
  'the fields of a key': {
    inputs: (payload) => ({ credentials_json: JSON.stringify({ ...JSON.parse(key), client_email: payload }) }),
  },
  'the id of a key': {
    inputs: (payload) => ({ credentials_json: JSON.stringify({ ...JSON.parse(key), private_key_id: payload }) }),
    arrange: () =>
      emulator.fail('token', {
        status: 400,
        body: '{"error":"invalid_grant","error_description":"Invalid JWT Signature."}',
      }),
  },
  'the token_uri of a key': {
    inputs: (payload) => ({
      credentials_json: JSON.stringify({ ...JSON.parse(key), token_uri: `http://127.0.0.1:1/${payload}` }),
    }),
  },
  'the audience of an external account': {
    inputs: (payload) => ({
      credentials_json: JSON.stringify({ ...emulator.externalAccountFile({ account }), audience: payload }),
    }),
  },
  'the account of an external account': {
    inputs: (payload) => ({
      credentials_json: JSON.stringify({
        ...emulator.externalAccountFile({ account }),
        service_account_impersonation_url: `https://x/serviceAccounts/${payload}:generateAccessToken`,
      }),
    }),
  },
  'a delegate': {
    inputs: (payload) => ({
      credentials_json: JSON.stringify({
        ...emulator.impersonatedFile(JSON.parse(key), account),
        delegates: [payload],
      }),
    }),
  },
  'an input that there is not': { inputs: async (payload) => ({ ...(await brought()), [payload]: payload }) },
};

const meant = new Set(['add-mask', 'error', 'warning', 'debug', 'group', 'endgroup']);
const tokenNames = ['token', 'id_token', 'token_kind', 'target_audience', 'principal', 'expires_at', 'header_file'];

/** Plays the action, with files as the runner gives them. */
async function play({ inputs = () => ({}), env = () => ({}), arrange }: Entrance, payload: string) {
  for (const path of [...Object.values(files), at('junit.xml')]) writeFileSync(path, '');
  app.answer = () => bytes(503, [], payload);
  const given = { target_audience: emulator.clientId, ...common, ...(await inputs(payload)) };
  arrange?.(payload);
  const written: string[] = [];
  const surroundings: Texts = {
    GITHUB_ACTIONS: 'true',
    RUNNER_TEMP: folder,
    RUNNER_DEBUG: '1',
    ...files,
    ...emulator.githubEnv(),
    ...env(payload),
  };
  const ci = openCi(surroundings, (line) => written.push(line));
  let error: unknown;
  let timeline: readonly Try[] = [];
  try {
    const config = configOf(given);
    const world =
      'IAP_AUTH_EMULATOR_HOST' in surroundings ? openWorld(config, surroundings, ci) : worldOf(surroundings, ci);
    ({ timeline } = world);
    await run(config, world);
  } catch (thrown) {
    error = thrown;
    await reportFailure(thrown, ci, { summary: true, timeline });
  }
  const read = (path: string) => readFileSync(path, 'utf8');
  return {
    error,
    log: written.join('\n'),
    outputs: entriesIn(read(files.GITHUB_OUTPUT)),
    variables: entriesIn(read(files.GITHUB_ENV)),
    state: entriesIn(read(files.GITHUB_STATE)),
    summary: read(files.GITHUB_STEP_SUMMARY),
    junit: read(at('junit.xml')),
  };
}

const common = {
  check_protected: 'off',
  retry_for: '0',
  verify: 'false',
  export_env: 'IAP_TOKEN',
  header_file: 'true',
  junit_file: at('junit.xml'),
  concurrency: '1',
};

function worldOf(env: Texts, ci: World['ci']): World {
  const clock = { ...systemClock, sleep: async () => undefined };
  const timeline: World['timeline'][number][] = [];
  const http = createHttp({ clock, log: ci, timeout: 5000, onTry: (one) => timeline.push(one) });
  return {
    http,
    endpoints: emulatorEndpoints(emulator.host, googleUniverse),
    ci,
    env,
    clock,
    log: ci,
    mask: ci.mask,
    timeline,
  };
}

type Played = Awaited<ReturnType<typeof play>>;
const namesOf = (entries: Played['outputs']) => entries.map(({ name }) => name);

function expectCommands(log: string): void {
  const commands = commandsIn(log);
  expect(commands.filter(({ name }) => !meant.has(name))).toEqual([]);
  for (const { name, properties } of commands) expect(properties).toEqual(/error|warning/.test(name) ? ['title'] : []);
  // No title ends before its time.
  for (const line of log.split('\n').filter((one) => /^::(error|warning) /.test(one)))
    expect(line).toMatch(/^::\w+ title=[^:,]+::/);
  const count = (name: string) => commands.filter((command) => command.name === name).length;
  expect(count('endgroup')).toBe(count('group'));
  const shown = log.split('\n').filter((line) => !line.startsWith('::add-mask::'));
  expect(shown.filter((line) => /(?!\t)\p{Cc}|[\p{Cf}\p{Zl}\p{Zp}]/u.test(line))).toEqual([]);
}

/** What may be hidden: what was handed on, what is a credential, and what was given for one. */
function expectMasks(log: string, payload: string): void {
  const { private_key: pem } = JSON.parse(key) as { private_key: string };
  const masks = commandsIn(log)
    .filter(({ name }) => name === 'add-mask')
    .map(({ value }) => value);
  const given = [payload, payload.trim(), whole(payload.trim()), payload.replaceAll('\0', '')];
  const secrets = [...emulator.ledger.secrets, ...pem.split('\n'), ...given, ...payload.split(/\s+/), 'x'];
  const parts = secrets.flatMap((secret) => [secret, secret.split('.')[2]]);
  const isJwt = (text: string) => /^eyJ[\w-]+\.[\w-]+\.[\w-]+$|^[\w-]{86,}$/.test(text);
  expect(masks.filter((value) => !parts.includes(value) && !isJwt(value))).toEqual([]);
}

const ours = /^<\/?(h3|h4|p|strong|ul|li|table|thead|tbody|tr|th|td|pre|code)>$|^<code class="language-mermaid">$/;
const links = /^<a href="https:\/\/(cloud\.google\.com|docs\.github\.com|github\.com\/iap-auth)\/[^"]*">$|^<\/a>$/;

function expectSummary(summary: string): void {
  const html = marked.parse(summary, { async: false, gfm: true });
  expect((html.match(/<[^>]*>?/g) ?? []).filter((tag) => !ours.test(tag) && !links.test(tag))).toEqual([]);
  expect(html.match(/<h3>/g)).toHaveLength(1);
  expect(html.match(/<code class="language-mermaid">/g)?.length ?? 0).toBeLessThan(2);
}

// 122 random bits.
const delimiter = /^ghadelimiter_[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/;

function expectFiles({ error, outputs: entries, variables, state, summary, junit }: Played, variable: string): void {
  const delimiters = [...entries, ...variables, ...state].map((entry) => entry.delimiter);
  for (const one of delimiters) expect(one).toMatch(delimiter);
  expect(new Set(delimiters).size).toBe(delimiters.length);
  expect(namesOf(entries)).toEqual([...(error === undefined ? tokenNames : []), 'result', 'status', 'report']);
  expect(namesOf(variables)).toEqual(error === undefined ? [variable] : []);
  expect(namesOf(state)).toEqual(error === undefined ? ['headerFile'] : []);
  const report = entries.find(({ name }) => name === 'report');
  if (report !== undefined && junit !== '') expect(casesIn(junit)).toHaveLength(JSON.parse(report.value).checks.length);
  expectSummary(summary);
}

async function expectText(entrance: Entrance, payload: string, variable = 'IAP_TOKEN'): Promise<Played> {
  const played = await play(entrance, payload);
  expectCommands(played.log);
  expectMasks(played.log, payload);
  expectFiles(played, variable);
  // It is none of our own faults that it came to.
  expect(played.log).not.toContain('title=internal');
  return played;
}

const everything = Object.values(payloads).join('\n');

describe('hostile text in an input', () => {
  const cells = Object.keys(table).flatMap((name) =>
    [everything, everything.replaceAll('\n', ' '), '::error::owned'].map((payload, row): [string, number, string] => [
      name,
      row,
      payload,
    ]),
  );

  it.each(cells)('%s is text: %i', async (name, _, payload) => {
    const inputs = async () => ({ ...(await brought()), url: `http://${app.host}/`, [name]: payload });
    await expectText({ inputs }, payload);
    if (name === 'junit_file') rmSync('::error::owned', { force: true });
  });
});

describe.each(Object.keys(entrances))('hostile text in %s', (name) => {
  it.each([...Object.keys(payloads), 'everything'])('is text: %s', async (which) => {
    await expectText(entrances[name] ?? {}, payloads[which] ?? everything);
  });
});

describe('hostile text', () => {
  it.each(Object.keys(payloads))('is handed on as it is: %s', async (which) => {
    const email = whole(payloads[which] ?? '');
    const { outputs: entries } = await expectText(
      { ...entrances['the claim email'], inputs: () => brought({ email }) },
      email,
    );
    const values = Object.fromEntries(entries.map(({ name, value }) => [name, value]));
    expect(values['principal']).toBe(email.replaceAll('\r\n', '\n'));
    expect(JSON.parse(values['report'] ?? '').token.principal).toBe(email);
  });

  it('names the check in JUnit as it is', async () => {
    const name = ']]>"\'<&\u2028 ::error::owned';
    const checks = JSON.stringify([{ name, url: `http://${app.host}/` }]);
    const { junit } = await expectText({ inputs: async () => ({ ...(await brought()), checks }) }, name);
    expect(casesIn(junit)).toEqual([name]);
  });

  it.each([
    'PATH',
    'GITHUB_OUTPUT',
    'NODE_OPTIONS',
    'INPUT_URL',
    'IAP_AUTH_URL',
    'LD_PRELOAD',
    'BASH_ENV',
    'a=b',
    'a b',
    'A<<EOF',
    'a\nb',
    '',
  ])('is no name of a variable: %p', async (name) => {
    const { variables } = await play({ inputs: async () => ({ ...(await brought()), export_env: name }) }, '');
    expect(variables).toEqual([]);
  });
});

describe('the built action', () => {
  const paths = {
    ...files,
    GITHUB_OUTPUT: at('built-output'),
    GITHUB_ENV: at('built-env'),
    GITHUB_STATE: at('built-state'),
  };
  const chosen = [
    "an app's answer",
    "an app's JSON",
    "IAP's refusal",
    'the claim email',
    'the claim aud, another',
    'a token of Google that is none',
    'a refusal in other words',
    'claims that STS refuses',
    'a role that IAM misses',
    'a check in YAML',
    'the name of a check',
    'a file of checks',
    'a file that the environment names',
  ];

  const step = async (name: string) => {
    const { inputs = () => ({}), env = () => ({}), arrange } = entrances[name] ?? {};
    for (const path of Object.values(paths)) writeFileSync(path, '');
    app.answer = () => bytes(503, [], everything);
    const given = { target_audience: emulator.clientId, ...common, ...(await inputs(everything)) };
    arrange?.(everything);
    // An environment holds no NUL.
    const texts = Object.entries({ ...emulator.githubEnv(), ...env(everything) }).map(([key, value]) => [
      key,
      value.replaceAll('\0', ''),
    ]);
    const surroundings = {
      IAP_AUTH_EMULATOR_HOST: emulator.host,
      RUNNER_DEBUG: '1',
      RUNNER_TEMP: folder,
      ...paths,
      ...Object.fromEntries(texts),
    };
    const inputsOf = Object.fromEntries(Object.entries(given).map(([key, value]) => [key, value.replaceAll('\0', '')]));
    const ended = await runStep(inputsOf, surroundings);
    const read = (path: string) => readFileSync(path, 'utf8');
    return {
      ...ended,
      outputs: entriesIn(read(paths.GITHUB_OUTPUT)),
      variables: entriesIn(read(paths.GITHUB_ENV)),
      state: entriesIn(read(paths.GITHUB_STATE)),
      summary: read(paths.GITHUB_STEP_SUMMARY),
      error: undefined,
      junit: '',
      log: ended.stdout,
    };
  };

  it.each(chosen)('writes what it means to and nothing else, with hostile text in %s', async (name) => {
    const played = await step(name);
    const isMinted = played.outputs.some((one) => one.name === 'token');
    expectCommands(played.log);
    expect(commandsIn(played.stderr)).toEqual([]);
    expectMasks(played.log, everything);
    expectFiles({ ...played, error: isMinted ? undefined : 'no token' }, 'IAP_TOKEN');
    expect(played.log).not.toContain('title=internal');
    expect(played.code).toBe(played.outputs.some(({ name, value }) => name === 'result' && value !== 'failed') ? 0 : 1);
  });

  it('ends its values by what nobody can guess', async () => {
    const [one, other] = [await step('the claim email'), await step('the claim email')];
    const all = [...one.outputs, ...one.variables, ...one.state, ...other.outputs, ...other.variables, ...other.state];
    expect(new Set(all.map(({ delimiter }) => delimiter)).size).toBe(all.length);
    expect(all.length).toBeGreaterThan(20);
  });
});
