import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { runStep } from '../../scripts/runner.ts';
import { systemClock } from '../../src/clock.ts';
import { type Emulator, startEmulator } from '../../src/emulator/index.ts';
import { authorise } from '../../src/fetch/index.ts';
import { emulatorEndpoints, googleUniverse } from '../../src/google/endpoints.ts';
import { createHttp } from '../../src/http.ts';
import type { Report } from '../../src/report/result.ts';
import { run } from '../../src/run.ts';
import { Token } from '../../src/token.ts';
import { temporaryFolder } from '../folder.ts';
import { configOf } from '../world.ts';
import { selfSigned } from './certificate.ts';
import { type Arrival, bytes, type Detour, type Host, openHost, openProxy } from './host.ts';
import { type Hosts, lures, named, type Redirect, redirects, statuses } from './redirects.ts';
import { watchCi } from './seen.ts';

const certificate = selfSigned('everybody', ['app.example.com', '*.example.com', 'evil.example', 'localhost']);
const account = 'ci@demo-project.iam.gserviceaccount.com';
let emulator: Emulator;
let token: string;
let hosts: Hosts;
let proxy: Detour;
const all = () => Object.values(hosts) as Host[];
const others = () => all().filter((host) => host !== hosts.app);

beforeAll(async () => {
  // Everybody's certificate is trusted: it is not TLS that keeps the token here.
  setDefaultCACertificates([...getCACertificates('default'), certificate.cert]);
  emulator = await startEmulator();
  emulator.allow(emulator.principalSet(), account, 'roles/iam.serviceAccountTokenCreator');
  emulator.attach(account);
  emulator.grant(account);
  token = await emulator.mintIdToken({ email: account, sub: '1' });
  const [app, neighbour, evil, evil6] = await Promise.all(
    ['127.0.0.1', '127.0.0.1', '127.0.0.2', '::1'].map((address) => openHost(address, certificate)),
  );
  if (!app || !neighbour || !evil || !evil6) throw new Error('a host is missing');
  hosts = { app, neighbour, evil, evil6 };
  proxy = await openProxy(app);
});
afterAll(() => Promise.all([emulator.close(), proxy.close(), ...all().map((host) => host.close())]));
afterEach(() => {
  for (const host of all()) host.clear();
  proxy.clear();
  for (const name of ['http_proxy', 'https_proxy']) delete process.env[name];
});

/** Runs the gate as the action does. */
async function gate(inputs: Readonly<Record<string, string>>) {
  const seen = watchCi({ GITHUB_ACTIONS: 'true' });
  const { ci } = seen;
  const http = createHttp({ clock: systemClock, log: ci, timeout: 5000 });
  const endpoints = emulatorEndpoints(emulator.host, googleUniverse);
  const world = { http, endpoints, ci, env: {}, clock: systemClock, log: ci, mask: ci.mask, timeline: [] };
  const usual = { id_token: token, verify: 'false', check_protected: 'off', retry_for: '0' };
  const { report } = await run(configOf({ ...usual, ...inputs }), world);
  return { report, seen };
}

const codeOf = ({ checks }: Report) => checks.find(({ passed }) => !passed)?.code ?? 'passed';

/** Answers / with these bytes, and the page /there as an app does. */
function answering(first: string): void {
  hosts.app.answer = ({ target }) =>
    target === '/' ? first : bytes(/^\/there\b/.test(target) ? 200 : 404, [], 'there');
}

/** What carried a secret, of all that arrived there. */
function stolen(where: readonly Host[], secrets: readonly string[] = [token]): string[] {
  const parts = secrets.flatMap((secret) => [secret, ...secret.split('.').filter((part) => part.length > 20)]);
  return where
    .flatMap(({ arrivals }) => arrivals)
    .map(({ raw }) => raw)
    .filter((raw) => parts.some((part) => raw.includes(part)));
}

/** The headers, but for those that every request has. */
function ownIn(headers: Arrival['headers'] = {}): Arrival['headers'] {
  const usual = ['user-agent', 'connection', 'accept-encoding'];
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !usual.includes(name)));
}

const bearer = () => `Bearer ${token}`;

describe.each(['authorization', 'proxy-authorization'])('the gate, with the token in %s', (header) => {
  const cells = redirects.flatMap((redirect) =>
    statuses.map((status): [number, string, Redirect] => [status, redirect.name, redirect]),
  );

  it.each(cells)('%i to %s', async (status, _, { headers, leads }) => {
    answering(bytes(status, [...headers(hosts), 'Set-Cookie: session=thief; Path=/']));
    const { report } = await gate({ url: `http://${hosts.app.host}/`, token_header: header });
    expect(codeOf(report)).toBe({ away: 'app-redirect', home: 'passed' }[leads as string] ?? leads);
    expect(others().map(({ connections }) => connections)).toEqual([0, 0, 0]);
    const { arrivals, connections } = hosts.app;
    expect(connections).toBe(leads === 'home' ? 2 : 1);
    expect(arrivals.map(({ protocol, headers }) => [protocol, headers[header], headers['cookie']])).toEqual(
      arrivals.map(() => ['http', bearer(), undefined]),
    );
    expect(arrivals.map(({ target }) => target.replace(/\?.*/, ''))).toEqual(
      leads === 'home' ? ['/', '/there'] : ['/'],
    );
  });
});

describe('the gate, answered by what is no redirect', () => {
  const cells = Object.keys(lures).flatMap((name) =>
    [200, 201, 300, 304, 401, 407, 426].map((status): [number, string] => [status, name]),
  );

  it.each(cells)('%i with %s', async (status, name) => {
    answering(bytes(status, lures[name]?.(hosts.evil)));
    const { report } = await gate({
      url: `http://${hosts.app.host}/\nhttp://${hosts.app.host}/there`,
      concurrency: '1',
    });
    expect(codeOf(report)).toBe(status < 300 ? 'passed' : 'app-status');
    expect(others().map(({ connections }) => connections)).toEqual([0, 0, 0]);
    expect(
      hosts.app.arrivals.map(({ target, headers }) => [target, headers['authorization'], headers['cookie']]),
    ).toEqual([
      ['/', bearer(), undefined],
      ['/there', bearer(), undefined],
    ]);
  });

  it('a page that sends browsers on', async () => {
    const { host } = hosts.evil;
    const page = `<html><head><base href="http://${host}/"><meta http-equiv="refresh" content="0; url=http://${host}/"></head><body><img src="/x"></body></html>`;
    answering(bytes(200, ['Content-Type: text/html'], page));
    const { report } = await gate({ url: `http://${hosts.app.host}/`, expect_body: 'refresh' });
    expect(codeOf(report)).toBe('passed');
    expect(others().map(({ connections }) => connections)).toEqual([0, 0, 0]);
    expect(hosts.app.arrivals).toHaveLength(1);
  });

  it.each([
    [
      '103 Early Hints',
      'passed',
      (host: string) =>
        `HTTP/1.1 103 Early\r\nLink: <http://${host}/>; rel=preload\r\nLocation: http://${host}/\r\n\r\n`,
    ],
    ['100 Continue', 'passed', () => 'HTTP/1.1 100 Continue\r\n\r\n'],
    [
      '101 Switching Protocols',
      'timeout',
      () => 'HTTP/1.1 101 Switching\r\nUpgrade: h2c\r\nConnection: upgrade\r\n\r\n',
    ],
  ])('%s before it', async (_, code, before) => {
    answering(before(hosts.evil.host) + bytes(200));
    const { report } = await gate({ url: `http://${hosts.app.host}/`, timeout: '300ms' });
    expect(codeOf(report)).toBe(code);
    expect(others().map(({ connections }) => connections)).toEqual([0, 0, 0]);
    expect(hosts.app.arrivals.map(({ headers }) => headers['authorization'])).toEqual([bearer()]);
  });

  it('asks without the token, without headers and without a body where nothing is to be proven', async () => {
    answering(bytes(200));
    await gate({
      url: `http://${hosts.app.host}/`,
      check_protected: 'fail',
      method: 'POST',
      headers: 'X-Api-Key: my-own-key',
      body: 'my-own-body',
      concurrency: '1',
    });
    const [asked, anonymous] = hosts.app.arrivals;
    expect(asked?.raw).toContain('my-own-key');
    expect(asked?.raw).toContain('my-own-body');
    expect(asked?.headers['authorization']).toBe(bearer());
    expect(ownIn(anonymous?.headers)).toEqual({ host: hosts.app.host });
    expect(anonymous?.raw).not.toMatch(/my-own|Bearer/);
    expect(hosts.app.arrivals).toHaveLength(2);
  });

  it.each([
    [302, 'GET', false],
    [307, 'POST', true],
  ])('sends the body once more to the app itself alone: %i', async (status, method, isSent) => {
    const own = {
      url: `http://${hosts.app.host}/`,
      method: 'POST',
      headers: 'X-Api-Key: my-own-key',
      body: 'my-own-body',
    };
    answering(bytes(status, ['Location: /there?next']));
    expect(codeOf((await gate(own)).report)).toBe('passed');
    answering(bytes(status, [`Location: http://${hosts.evil.host}/there`]));
    expect(codeOf((await gate(own)).report)).toBe('app-redirect');
    const bodies = hosts.app.arrivals.map(({ method, raw }) => [method, raw.includes('my-own-body')]);
    expect(bodies).toEqual([
      ['POST', true],
      [method, isSent],
      ['POST', true],
    ]);
    expect(others().map(({ connections }) => connections)).toEqual([0, 0, 0]);
  });
});

describe('the gate over https', () => {
  it('follows on https, and not to http', async () => {
    const first = `https://${hosts.app.host}/`;
    answering(bytes(302, ['Location: /there']));
    expect(codeOf((await gate({ url: first })).report)).toBe('passed');
    answering(bytes(302, [`Location: http://${hosts.app.host}/there`]));
    expect(codeOf((await gate({ url: first })).report)).toBe('app-redirect');
    expect(
      hosts.app.arrivals.map(({ protocol, target, headers }) => [protocol, target, headers['authorization']]),
    ).toEqual([
      ['https', '/', bearer()],
      ['https', '/there', bearer()],
      ['https', '/', bearer()],
    ]);
    expect(hosts.app.connections).toBe(3);
  });

  it('gives up on a certificate of another name before it says anything', async () => {
    const { report } = await gate({ url: `https://${hosts.evil.host}/` });
    expect(codeOf(report)).toBe('tls');
    expect(hosts.evil.connections).toBe(1);
    expect(hosts.evil.arrivals).toEqual([]);
  });
});

describe('the gate behind a proxy, to names', () => {
  const cells = named.flatMap(([name, location, leads]) =>
    [302, 308].map((status): [number, string, string, string] => [status, name, location, leads]),
  );

  it.each(cells)('%i to %s: %s', async (status, _, location, leads) => {
    process.env['https_proxy'] = proxy.url;
    process.env['http_proxy'] = proxy.url;
    answering(bytes(status, [`Location: ${location}`]));
    const { report } = await gate({ url: 'https://app.example.com/' });
    expect(codeOf(report)).toBe(leads === 'home' ? 'passed' : 'app-redirect');
    expect(new Set(proxy.asked)).toEqual(new Set(['app.example.com:443']));
    expect(hosts.app.arrivals.map(({ headers }) => [headers['host'], headers['authorization']])).toEqual(
      (leads === 'home' ? ['/', '/there'] : ['/']).map(() => ['app.example.com', bearer()]),
    );
    expect(proxy.heard.join('\n')).not.toContain(token.slice(0, 60));
    expect(others().map(({ connections }) => connections)).toEqual([0, 0, 0]);
  });

  it.each([
    ['refuses, with a page', bytes(403, [], '<script>'), 'proxy-refused'],
    ['asks for a password', bytes(407, ['Proxy-Authenticate: Basic realm="x"']), 'proxy-refused'],
    ['redirects', bytes(302, ['Location: http://127.0.0.2/']), 'proxy-refused'],
    ['answers in the place of the app', bytes(200, [], 'all is well'), 'proxy-refused'],
    ['speaks no HTTP', 'SSH-2.0-x\r\n', 'proxy-refused'],
    ['hangs up', '', 'proxy-refused'],
  ])('says nothing to a proxy that %s', async (_, refusal, code) => {
    process.env['https_proxy'] = proxy.url.replace('//', '//someone:something@');
    proxy.refusal = refusal;
    const { report } = await gate({ url: 'https://app.example.com/', token_header: 'proxy-authorization' });
    expect(codeOf(report)).toBe(code);
    expect(proxy.asked).toEqual(['app.example.com:443']);
    expect(proxy.heard.join('\n')).toContain(`Basic ${Buffer.from('someone:something').toString('base64')}`);
    expect(proxy.heard.join('\n')).not.toContain('Bearer');
    expect(hosts.app.connections).toBe(0);
  });

  it('says nothing to a proxy that shows a certificate of its own', async () => {
    process.env['https_proxy'] = proxy.url;
    const { report } = await gate({ url: 'https://app.example.org/' });
    expect(codeOf(report)).toBe('tls');
    expect(proxy.asked).toEqual(['app.example.org:443']);
    expect(hosts.app.arrivals).toEqual([]);
  });

  it.each(['127.0.0.1', 'localhost', '127.1', '0x7f000001'])('asks no proxy for http://%s', async (name) => {
    process.env['http_proxy'] = proxy.url;
    answering(bytes(200));
    const { report } = await gate({ url: `http://${name}:${hosts.app.port}/` });
    expect(codeOf(report)).toBe('passed');
    expect(proxy.heard).toEqual([]);
    expect(hosts.app.arrivals.map(({ headers }) => headers['authorization'])).toEqual([bearer()]);
  });

  it.each(['[::ffff:127.0.0.1]', '[::ffff:7f00:1]', '[0:0:0:0:0:ffff:127.0.0.9]'])(
    'asks no proxy for http://%s',
    async (address) => {
      process.env['http_proxy'] = proxy.url;
      const outcome = await gate({ url: `http://${address}:${hosts.app.port}/` }).then(
        ({ report }) => codeOf(report),
        (error) => error.code,
      );
      expect(outcome).toMatch(/^(app-status|connection-refused)$/);
      expect(proxy.heard).toEqual([]);
    },
  );
});

describe('the library, which follows redirects as fetch does', () => {
  const source = (tokenHeader: 'authorization' | 'proxy-authorization') => ({
    origins: [`http://${hosts.app.host}`],
    tokenHeader,
    getToken: async () => ({ token: new Token(token) }),
  });
  const cells = redirects.flatMap((redirect) =>
    statuses.flatMap((status) =>
      (['authorization', 'proxy-authorization'] as const).map((header): [number, string, typeof header, Redirect] => [
        status,
        redirect.name,
        header,
        redirect,
      ]),
    ),
  );

  it.each(cells)('%i to %s, with the token in %s', async (status, _, header, { headers, leads }) => {
    answering(bytes(status, [...headers(hosts), 'Set-Cookie: session=thief; Path=/']));
    const call = authorise(fetch, source(header));
    const answer = await call(`http://${hosts.app.host}/`, {
      method: 'POST',
      body: 'text',
      headers: { 'x-own': '1' },
    }).catch(() => undefined);
    expect(stolen(others())).toEqual([]);
    for (const host of others()) {
      for (const { headers } of host.arrivals)
        expect(Object.keys(headers)).not.toEqual(expect.arrayContaining([header]));
    }
    // To somebody else only what fetch could call: and then without the token, even at the app's own address.
    const [first, ...more] = hosts.app.arrivals;
    expect(first?.headers[header]).toBe(bearer());
    expect(more.map(({ headers }) => headers[header])).toEqual(
      leads === 'home' ? [bearer()] : more.map(() => undefined),
    );
    expect(hosts.app.arrivals.map(({ headers }) => headers['cookie'])).toEqual(hosts.app.arrivals.map(() => undefined));
    if (leads === 'home') expect(answer?.status).toBe(200);
  });

  it('brings the token to nobody again once it was elsewhere', async () => {
    const { app, evil } = hosts;
    answering(bytes(302, [`Location: http://${evil.host}/`]));
    evil.answer = () => bytes(302, [`Location: http://${app.host}/there`]);
    expect((await authorise(fetch, source('authorization'))(`http://${app.host}/`)).status).toBe(200);
    expect(evil.arrivals.map(({ headers }) => headers['authorization'])).toEqual([undefined]);
    expect(app.arrivals.map(({ target, headers }) => [target, headers['authorization']])).toEqual([
      ['/', bearer()],
      ['/there', undefined],
    ]);
  });

  // A URL is read twice: what it becomes in between is called with the token.
  it('sends the token where the URL led when it was called, whatever became of it meanwhile', async () => {
    const { app, evil } = hosts;
    for (const host of [app, evil]) host.answer = () => bytes(200);
    const url = new URL(`http://${app.host}/`);
    const call = authorise(fetch, source('authorization'))(url);
    url.host = evil.host;
    await call;
    expect([app.connections, evil.connections]).toEqual([1, 0]);
  });

  it.each(['neighbour', 'evil', 'evil6'] as const)('calls %s without the token', async (name) => {
    hosts[name].answer = () => bytes(200);
    expect((await authorise(fetch, source('authorization'))(`http://${hosts[name].host}/`)).status).toBe(200);
    expect(hosts[name].arrivals.map(({ headers }) => headers['authorization'])).toEqual([undefined]);
    expect(hosts.app.connections).toBe(0);
  });
});

/** Who of Google's services, and which way to a token leads by it. */
const services: Readonly<
  Record<
    string,
    { service: Parameters<Emulator['fail']>[0]; code: string; inputs: () => Promise<Readonly<Record<string, string>>> }
  >
> = {
  'the token endpoint, asked with a key': {
    service: 'token',
    code: 'token-refused',
    inputs: async () => ({ credentials_json: JSON.stringify(await emulator.createKey(account)) }),
  },
  'the token endpoint, asked with a refresh token': {
    service: 'token',
    code: 'token-refused',
    inputs: async () => ({ credentials_json: JSON.stringify(emulator.createUser('ada@example.com')) }),
  },
  "the CI's issuer": { service: 'oidc', code: 'oidc-refused', inputs: async () => workload() },
  STS: { service: 'sts', code: 'sts-refused', inputs: async () => workload() },
  'IAM, for an ID token': { service: 'iam', code: 'iam-refused', inputs: async () => workload() },
  'IAM, for a signature': {
    service: 'iam',
    code: 'iam-refused',
    inputs: async () => ({ ...workload(), exchange: 'token_uri' }),
  },
  'the metadata server': { service: 'metadata', code: 'credentials-missing', inputs: async () => ({}) },
  'the source of a subject token': {
    service: 'oidc',
    code: 'oidc-unavailable',
    inputs: async () => ({ credentials_json: JSON.stringify(emulator.externalAccountFile({ account })) }),
  },
  "Google's keys": {
    service: 'certs',
    code: 'token-signature',
    inputs: async () => ({ id_token: token, verify: 'true' }),
  },
  'IAP, asked for its client id': {
    service: 'edge',
    code: 'discovery-failed',
    inputs: async () => ({ id_token: token, target_audience: 'discover', url: `${emulator.appUrl}/` }),
  },
};

function workload() {
  return { workload_identity_provider: emulator.provider, service_account: account };
}

async function mint(inputs: Readonly<Record<string, string>>) {
  const env = { ...emulator.githubEnv(), GITHUB_ACTIONS: 'true' };
  const seen = watchCi(env);
  const { ci } = seen;
  const clock = { ...systemClock, sleep: async () => undefined };
  const http = createHttp({ clock, log: ci, timeout: 5000 });
  const endpoints = emulatorEndpoints(emulator.host, googleUniverse);
  const world = { http, endpoints, ci, env, clock, log: ci, mask: ci.mask, timeline: [] };
  const config = configOf({ target_audience: emulator.clientId, retry_for: '0', ...inputs });
  return run(config, world).then(
    () => 'passed',
    (error: { code?: string }) => error.code ?? String(error),
  );
}

describe("Google's side", () => {
  afterEach(() => {
    emulator.clearFaults();
    emulator.ledger.clear();
  });

  it.each(Object.keys(services))('%s answers, if it is asked without a redirect', async (name) => {
    const { inputs } = services[name] ?? never();
    expect(await mint(await inputs())).toBe('passed');
  });

  const away = redirects
    .filter(({ leads }) => leads === 'away' || leads === 'home')
    .filter(({ name }) =>
      [
        'another address',
        'no scheme',
        'the app as a user name',
        'https at the same port',
        'an IPv6 address',
        'two backslashes',
        'another port',
        'the whole URL',
        'a path',
      ].includes(name),
    );
  const cells = Object.keys(services).flatMap((name) =>
    away.flatMap((redirect) =>
      statuses.map((status): [string, number, string, Redirect] => [name, status, redirect.name, redirect]),
    ),
  );

  it.each(cells)('%s: %i to %s', async (name, status, _, { headers }) => {
    const { service, code, inputs } = services[name] ?? never();
    const given = await inputs();
    const [location = ''] = headers(hosts);
    const answers = { id_token: token, access_token: 'x', token, value: token, keys: [] };
    for (const host of all()) host.answer = () => bytes(200, ['Metadata-Flavor: Google'], JSON.stringify(answers));
    emulator.ledger.clear();
    emulator.fail(service, {
      status,
      headers: { location: location.replace('Location: ', ''), 'metadata-flavor': 'Google', 'set-cookie': 'a=b' },
    });
    expect(await mint(given)).toBe(code);
    // Not even an answer that would do is asked for elsewhere, and nobody is asked twice.
    expect(all().map(({ connections }) => connections)).toEqual([0, 0, 0, 0]);
    const asked = emulator.ledger.requests.filter((request) => request.service === service);
    expect(asked.map((request) => [request.status, request.headers['cookie']])).toEqual([[status, undefined]]);
  });
});

describe('a client id that is discovered', () => {
  beforeEach(() => emulator.ledger.clear());
  const mine = '123456789012-mine.apps.googleusercontent.com';
  const at = (client: string, comesBack = client, page = 'https://accounts.google.com/o/oauth2/v2/auth') =>
    `${page}?client_id=${client}&redirect_uri=${encodeURIComponent(`https://iap.googleapis.com/v1/oauth/clientIds/${comesBack}:handleRedirect`)}`;
  const iap = 'x-goog-iap-generated-response: true';
  const key = async () => JSON.stringify(await emulator.createKey(account));

  it.each([
    ['by who is not IAP', () => [`Location: ${at(mine)}`]],
    ['by another page than Google’s', () => [iap, `Location: ${at(mine, mine, `http://${hosts.evil.host}/auth`)}`]],
    [
      'by a page that only begins so',
      () => [iap, `Location: ${at(mine, mine, 'https://accounts.google.com.evil.example/auth')}`],
    ],
    ['by a user name', () => [iap, `Location: ${at(mine, mine, 'https://accounts.google.com@evil.example/auth')}`]],
    ['by another port', () => [iap, `Location: ${at(mine, mine, 'https://accounts.google.com:8443/auth')}`]],
    ['by http', () => [iap, `Location: ${at(mine, mine, 'http://accounts.google.com/auth')}`]],
    ['for a sign-in of another client', () => [iap, `Location: ${at(mine, '1-other.apps.googleusercontent.com')}`]],
    ['that is none', () => [iap, `Location: ${at('https://victim.example/*')}`]],
    ['that is one and more', () => [iap, `Location: ${at(`${mine}%0A::error::x`)}`]],
    ['in the body only', () => [iap]],
  ])('is not taken %s', async (_, headers) => {
    answering(bytes(302, headers(), at(mine)));
    const code = await mint({
      credentials_json: await key(),
      target_audience: 'discover',
      url: `http://${hosts.app.host}/`,
    });
    expect(code).toBe('discovery-failed');
    expect(hosts.app.arrivals.map(({ headers }) => headers['authorization'])).toEqual([undefined]);
    expect(others().map(({ connections }) => connections)).toEqual([0, 0, 0]);
    expect(emulator.ledger.requests.filter(({ service }) => service === 'token')).toEqual([]);
  });

  it('is believed in IAP’s own form, and the token goes to who named it, and to nobody else', async () => {
    hosts.app.answer = ({ headers }) =>
      headers['authorization'] === undefined
        ? bytes(302, [iap, `Location: ${at(mine)}`])
        : bytes(302, [`Location: http://${hosts.evil.host}/`]);
    const inputs = {
      credentials_json: await key(),
      target_audience: 'discover',
      url: `http://${hosts.app.host}/`,
      check_protected: 'off',
    };
    expect(await mint(inputs)).toBe('passed');
    const tokens = hosts.app.arrivals.flatMap(({ headers }) => headers['authorization']?.replace('Bearer ', '') ?? []);
    expect(tokens.map((jwt) => JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString()).aud)).toEqual([
      mine,
    ]);
    expect(others().map(({ connections }) => connections)).toEqual([0, 0, 0]);
  });
});

describe('a credential file that names other hosts', () => {
  beforeEach(() => emulator.ledger.clear());
  // Google's keys are fetched meanwhile, with nothing that is secret.
  const asked = () => emulator.ledger.requests.filter(({ service }) => service !== 'certs');
  const evil = () => `http://${hosts.evil.host}`;
  const external = (change: object) => ({ ...emulator.externalAccountFile({ account }), ...change });

  it.each([
    ['token_url', () => external({ token_url: `${evil()}/v1/token` }), 'credentials-malformed'],
    [
      'token_url with a user name',
      () => external({ token_url: 'https://sts.googleapis.com@127.0.0.2/v1/token' }),
      'credentials-malformed',
    ],
    [
      'token_url of a longer name',
      () => external({ token_url: 'https://sts.x.rep.googleapis.com.evil.example/v1/token' }),
      'credentials-malformed',
    ],
    ['universe_domain', () => external({ universe_domain: 'evil.example' }), 'credentials-malformed'],
    [
      'service_account_impersonation_url of no account',
      () => external({ service_account_impersonation_url: `${evil()}/v1/x` }),
      'credentials-malformed',
    ],
    [
      'credential_source.url in the clear',
      () => external({ credential_source: { url: 'http://192.0.2.1/token' } }),
      'credentials-malformed',
    ],
    [
      'credential_source.url that only begins as the metadata server',
      () => external({ credential_source: { url: 'http://169.254.169.254.evil.example/' } }),
      'credentials-malformed',
    ],
    [
      'credential_source.url with the metadata server as a user name',
      () => external({ credential_source: { url: 'http://169.254.169.254@192.0.2.1/' } }),
      'credentials-malformed',
    ],
    [
      'a command',
      () =>
        external({
          credential_source: { executable: { command: 'touch /tmp/iap-auth-confinement-owned', timeout_millis: 5000 } },
        }),
      'oidc-unavailable',
    ],
  ])('is refused: %s', async (_, file, code) => {
    expect(await mint({ credentials_json: JSON.stringify(file()) })).toBe(code);
    expect(all().map(({ connections }) => connections)).toEqual([0, 0, 0, 0]);
    expect(existsSync('/tmp/iap-auth-confinement-owned')).toBe(false);
    expect(asked()).toEqual([]);
  });

  it('acts as the account of its service_account_impersonation_url by IAM itself, whatever the host', async () => {
    const file = external({
      service_account_impersonation_url: `${evil()}/v1/projects/-/serviceAccounts/${account}:generateAccessToken`,
    });
    expect(await mint({ credentials_json: JSON.stringify(file) })).toBe('passed');
    expect(all().map(({ connections }) => connections)).toEqual([0, 0, 0, 0]);
    expect(emulator.ledger.lines().some((line) => line.startsWith('POST iam'))).toBe(true);
  });

  it('asks its credential_source.url, with what the file itself says and nothing else, and follows nothing', async () => {
    hosts.evil.answer = () => bytes(302, [`Location: http://${hosts.neighbour.host}/`]);
    const headers = { Authorization: 'Bearer of-the-file-alone', 'X-Own': 'of-the-file' };
    const file = external({ credential_source: { url: `http://user:password@${hosts.evil.host}/token?x`, headers } });
    expect(await mint({ credentials_json: JSON.stringify(file) })).toBe('oidc-unavailable');
    expect(hosts.evil.arrivals.map(({ method, target, headers }) => [method, target, ownIn(headers)])).toEqual([
      [
        'GET',
        '/token?x',
        {
          authorization: 'Bearer of-the-file-alone',
          'x-own': 'of-the-file',
          host: hosts.evil.host,
        },
      ],
    ]);
    expect(hosts.neighbour.connections + hosts.app.connections + hosts.evil6.connections).toBe(0);
    expect(asked()).toEqual([]);
  });

  it('sends its token_uri an assertion for that URI, which nobody else takes, and its key nobody', async () => {
    const uri = `${evil()}/token`;
    const file = {
      ...(await emulator.createKey(account)),
      token_uri: uri,
      auth_uri: `${evil()}/auth`,
      auth_provider_x509_cert_url: `${evil()}/certs`,
      client_x509_cert_url: `${evil()}/x509`,
    };
    hosts.evil.answer = () => bytes(307, [`Location: http://${hosts.neighbour.host}/token`]);
    expect(await mint({ credentials_json: JSON.stringify(file) })).toBe('token-refused');
    const [arrival, ...more] = hosts.evil.arrivals;
    expect(more).toEqual([]);
    const assertion = new URLSearchParams(arrival?.raw.split('\n').at(-1)).get('assertion') ?? '';
    const claims = JSON.parse(Buffer.from(assertion.split('.')[1] ?? '', 'base64url').toString());
    expect(claims).toMatchObject({ iss: account, aud: uri });
    expect(
      stolen(
        [hosts.evil],
        file.private_key.split('\n').filter((line) => line.length > 20 && !line.startsWith('-')),
      ),
    ).toEqual([]);
    // Google's own endpoint does not take it.
    const body = new URLSearchParams({ grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion });
    expect((await fetch(`http://${emulator.host}/token`, { method: 'POST', body })).status).toBe(400);
    expect(hosts.neighbour.connections + hosts.app.connections + hosts.evil6.connections).toBe(0);
  });

  it('keeps a user’s secrets for the token endpoint, whatever its token_uri', async () => {
    const file = {
      ...emulator.createUser('ada@example.com'),
      token_uri: `${evil()}/token`,
      auth_uri: `${evil()}/auth`,
    };
    expect(await mint({ credentials_json: JSON.stringify(file) })).toBe('passed');
    expect(all().map(({ connections }) => connections)).toEqual([0, 0, 0, 0]);
    expect(asked()[0]?.body).toContain(encodeURIComponent(file.refresh_token));
  });
});

describe('an app that gives the token back', () => {
  const folder = temporaryFolder();
  const iap = 'x-goog-iap-generated-response: true';
  const part = (at: number) => token.split('.')[at] ?? '';
  const jsonOf = (value: unknown) => JSON.stringify(value);

  const echoes: Readonly<
    Record<string, () => { first: string; there?: string; inputs?: Readonly<Record<string, string>> }>
  > = {
    'in its body': () => ({ first: bytes(500, [], `You sent Bearer ${token}.`) }),
    'in its body, the signature alone': () => ({ first: bytes(500, [], `${part(2)} and ${part(1)}`) }),
    'in its JSON': () => ({
      first: bytes(200, [], jsonOf({ status: token })),
      inputs: { expect_json: '$.status == "ok"' },
    }),
    'in a header': () => ({ first: bytes(200, [`x-seen: ${token}`]), inputs: { expect_header: 'x-seen: nothing' } }),
    'in a path that it redirects to': () => ({
      first: bytes(302, [`Location: /there/${token}`]),
      there: bytes(500, [iap]),
    }),
    'in a query that it redirects to': () => ({
      first: bytes(302, [`Location: /there?token=${token}`]),
      there: bytes(401, [iap], 'empty token'),
    }),
    'in a query, in two': () => ({
      first: bytes(302, [`Location: /there?${part(0)}.${part(1)}&${part(2)}`]),
      there: bytes(503),
    }),
    'in the host that it redirects to': () => ({ first: bytes(302, [`Location: http://${part(2)}.example/`]) }),
    'in an email that is refused': () => ({
      first: bytes(403, [iap], `Access denied. For user ${token}@example.com.`),
    }),
    'in the domain of an email': () => ({ first: bytes(403, [iap], `Access denied. For user a@${part(2)}.com.`) }),
    'in a client id that is expected': () => ({
      first: bytes(
        401,
        [iap],
        `JWT audience doesn't match this application ('aud' claim (x) doesn't match expected value (1-${part(2)}.apps.googleusercontent.com))`,
      ),
    }),
    'in a reason': () => ({ first: bytes(500).replace('Whatever', token) }),
    'where Cloud Run is to have answered': () => ({
      first: bytes(
        403,
        ['Content-Type: text/html'],
        `<title>403 Forbidden</title>Your client does not have permission to get URL <code>/${token}</code>`,
      ),
    }),
  };

  it.each(Object.keys(echoes))('%s shows it to nobody', async (name) => {
    const { first, there, inputs } = (echoes[name] ?? never)();
    answering(first);
    const { answer } = hosts.app;
    if (there !== undefined)
      hosts.app.answer = (arrival) => (arrival.target.startsWith('/there') ? there : answer(arrival));
    const junit = join(folder, 'junit.xml');
    const { report, seen } = await gate({ url: `http://${hosts.app.host}/`, junit_file: junit, ...inputs });
    expect(report.passed).toBe(false);
    expect(hosts.app.arrivals[0]?.headers['authorization']).toBe(bearer());
    const shown = {
      report: jsonOf(report),
      junit: readFileSync(junit, 'utf8'),
      log: seen.lines.join('\n'),
      summary: seen.summaries.join('\n'),
    };
    const leaking = Object.entries(shown).filter(([, text]) =>
      [token, part(2)].some((secret) => text.includes(secret)),
    );
    expect(leaking.map(([where]) => where)).toEqual([]);
  });
});

describe('the built action', () => {
  const step = (inputs: Readonly<Record<string, string>>, env: Readonly<Record<string, string>> = {}) =>
    runStep(
      { id_token: token, verify: 'false', check_protected: 'off', retry_for: '0', ...inputs },
      { IAP_AUTH_EMULATOR_HOST: emulator.host, ...env },
    );
  const chosen = [
    'another address',
    'no scheme',
    'the app as a user name',
    'another port',
    'https at the same port',
    'a slash and a backslash',
    'a tab between the slashes',
    'two Locations, the other first',
    'a path',
    'another host behind a backslash',
  ];
  const cells = redirects
    .filter(({ name }) => chosen.includes(name))
    .map((redirect): [string, Redirect] => [redirect.name, redirect]);

  it.each(cells)('302 to %s', async (_, { headers, leads }) => {
    answering(bytes(302, headers(hosts)));
    const { outputs, code } = await step({ url: `http://${hosts.app.host}/` });
    expect([code, outputs['result']]).toEqual(leads === 'home' ? [0, 'passed'] : [1, 'failed']);
    expect(others().map(({ connections }) => connections)).toEqual([0, 0, 0]);
    expect(hosts.app.arrivals.map(({ headers }) => headers['authorization'])).toEqual(
      (leads === 'home' ? [1, 2] : [1]).map(bearer),
    );
  });

  it('asks no proxy for what goes in the clear', async () => {
    answering(bytes(200));
    const env = { http_proxy: proxy.url, https_proxy: proxy.url, NO_PROXY: '', ALL_PROXY: proxy.url };
    const { outputs } = await step(
      { url: `http://[::ffff:127.0.0.1]:${hosts.app.port}/\nhttp://${hosts.app.host}/` },
      env,
    );
    expect(JSON.parse(outputs['report'] ?? '').checks).toHaveLength(2);
    expect(proxy.heard).toEqual([]);
    expect(hosts.app.arrivals.length).toBeGreaterThan(0);
  });

  it('tells how it ended where the app switches protocols', async () => {
    answering('HTTP/1.1 101 Switching\r\nUpgrade: h2c\r\nConnection: upgrade\r\n\r\n');
    const { outputs, code } = await step({ url: `http://${hosts.app.host}/`, timeout: '300ms' });
    expect([code, outputs['result'], JSON.parse(outputs['report'] ?? '').checks[0].code]).toEqual([
      1,
      'failed',
      'timeout',
    ]);
  });
});

function never(): never {
  throw new Error('there is no such row');
}
