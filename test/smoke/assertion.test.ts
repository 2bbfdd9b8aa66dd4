import { beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { compactVerify, createLocalJWKSet, decodeJwt, type JSONWebKeySet } from 'jose';
import { type Bearer, bearersFrom } from '../../src/bearer.ts';
import type { App } from '../../src/emulator/index.ts';
import { brokenAssertions } from '../../src/iap/assertion.ts';
import { attemptAssertions } from '../../src/smoke/assertion.ts';
import { Token } from '../../src/token.ts';
import { openEmulator } from '../emulated.ts';
import { noon, openTestWorld } from '../world.ts';
import { plan } from './step.ts';

const email = 'ci@project.iam.gserviceaccount.com';
const emulator = await openEmulator();
let keys: JSONWebKeySet;
let bearer: Bearer;

beforeAll(async () => {
  emulator.grant(email);
  const { http } = openTestWorld(emulator);
  keys = JSON.parse((await http({ method: 'GET', url: `${emulator.url}/iap/verify/public_key-jwk` })).body);
  bearer = {
    token: new Token(await emulator.mintIdToken({ email, sub: '1' })),
    facts: { kind: 'id_token', audience: emulator.clientId, principal: email, expires_at: '2026-03-01T13:00:00Z' },
  };
});
beforeEach(() => emulator.ledger.clear());

type Kind = (typeof brokenAssertions)[number];

const seconds = noon / 1000;
const claimsOf = (jwt: string) => decodeJwt(jwt);

/** What an app has to look at to refuse each kind, and that kind alone. */
const guards: Readonly<Record<Kind, (jwt: string) => boolean | Promise<boolean>>> = {
  FUTURE_ISSUE: (jwt) => (claimsOf(jwt).iat ?? 0) <= seconds + 30,
  PAST_EXPIRATION: (jwt) => (claimsOf(jwt).exp ?? 0) > seconds,
  ISSUER: (jwt) => claimsOf(jwt).iss === 'https://cloud.google.com/iap',
  AUDIENCE: (jwt) => claimsOf(jwt).aud === emulator.assertionAudience,
  SIGNATURE: (jwt) =>
    compactVerify(jwt, createLocalJWKSet(keys)).then(
      () => true,
      () => false,
    ),
};

const refused = () => new Response('Who are you?', { status: 401 });

/** An app that looks at all but these. */
function appTrusting(trusted: readonly Kind[], refuse: (request: Request) => Response = refused): App {
  return async (request) => {
    const jwt = request.headers.get('x-goog-iap-jwt-assertion') ?? '';
    for (const kind of brokenAssertions)
      if (!trusted.includes(kind) && !(await guards[kind](jwt))) return refuse(request);
    return new Response('Hello.');
  };
}

async function tryOnce(inputs: Readonly<Record<string, string>> = {}, path = '/') {
  const [check] = await plan({ url: `${emulator.appUrl}${path}`, ...inputs });
  if (check === undefined) throw new Error('no check');
  const { http, clock } = openTestWorld(emulator);
  const mint = () => Promise.reject(new Error('not to be minted'));
  return attemptAssertions(check, { http, clock, bearers: bearersFrom(bearer, mint, clock) });
}

const asked = () =>
  emulator.ledger.requests.map(({ path }) =>
    new URL(path, emulator.appUrl).searchParams.get('iap-secure-token-test-type'),
  );

describe('broken assertions', () => {
  it('pass an app that refuses them all', async () => {
    emulator.setApp(appTrusting([]));
    expect(await tryOnce()).toMatchObject({ status: 200, answeredBy: 'app', error: undefined });
    expect(asked()[0]).toBe('NOT_SET');
    expect(asked().slice(1)).toEqual([...brokenAssertions]);
  });

  it.each<[readonly Kind[]]>([
    [['FUTURE_ISSUE']],
    [['PAST_EXPIRATION']],
    [['ISSUER']],
    [['AUDIENCE']],
    [['SIGNATURE']],
    [['PAST_EXPIRATION', 'SIGNATURE']],
    [brokenAssertions],
  ])('are named as the app takes them: %p', async (trusted) => {
    emulator.setApp(appTrusting(trusted));
    const { error } = await tryOnce();
    expect(error).toMatchObject({
      code: 'app-trusts-assertion',
      message: `the app accepted a broken assertion: ${trusted.join(', ')}`,
    });
  });

  it('are sent with GET, and keep the query of the URL', async () => {
    emulator.setApp(appTrusting([]));
    await tryOnce({ headers: 'X-Key: k' }, '/a?b=c%20d');
    expect(emulator.ledger.requests).toHaveLength(6);
    for (const { method, body, path, headers } of emulator.ledger.requests) {
      expect([method, body, headers['x-key']]).toEqual(['GET', '', 'k']);
      expect(path).toMatch(/^\/a\?b=c%20d&gcp-iap-mode=SECURE_TOKEN_TEST&iap-secure-token-test-type=/);
    }
  });

  it('are not sent where the app does not take the good one', async () => {
    emulator.setApp(refused);
    const verdict = await tryOnce();
    expect(verdict.status).toBe(401);
    expect(verdict.error?.code).toBe('app-status');
    expect(asked()).toEqual(['NOT_SET']);
  });

  it('prove nothing where one of them has no answer', async () => {
    const app = appTrusting([]);
    emulator.setApp(app);
    emulator.fail('app', { times: 3 });
    emulator.fail('app', { reset: 'before-headers', times: 1 });
    const verdict = await tryOnce();
    expect(verdict).toMatchObject({ status: null, answeredBy: 'none' });
    expect(verdict.error?.code).toBe('connection-reset');
  });

  it.each([429, 503])('prove nothing where one of them brings %i', async (status) => {
    emulator.setApp(appTrusting(brokenAssertions));
    emulator.fail('app', { times: 1 });
    emulator.fail('app', { status, times: 5 });
    const { error } = await tryOnce();
    expect(error?.retry).toBe('wait');
  });

  it.each([500, 501, 505, 408, 425])('are not refused by a fault of the moment: %i', async (status) => {
    emulator.setApp(appTrusting(['SIGNATURE']));
    emulator.fail('app', { times: 1 + brokenAssertions.indexOf('SIGNATURE') });
    emulator.fail('app', { status, times: 1 });
    expect((await tryOnce()).error?.code).toBe('app-trusts-assertion');
  });

  it('are refused by an app that throws at each of them', async () => {
    emulator.setApp(appTrusting([], () => new Response('', { status: 500 })));
    expect((await tryOnce()).error).toBeUndefined();
    const twice = brokenAssertions.flatMap((kind) => [kind, kind]);
    expect(asked()).toEqual(['NOT_SET', ...twice, 'NOT_SET']);
  });

  it('prove nothing where the app is out of order from then on', async () => {
    emulator.setApp(appTrusting(brokenAssertions));
    emulator.fail('app', { times: 1 });
    emulator.fail('app', { status: 500 });
    expect((await tryOnce()).error?.code).toBe('app-status');
  });

  it('are refused by an app that sends the caller to sign in again', async () => {
    emulator.setApp(appTrusting([], (request) => Response.redirect(new URL('/login', request.url), 302)));
    expect((await tryOnce()).error).toBeUndefined();
  });

  it('are sent one after the other', async () => {
    let running = 0;
    let most = 0;
    const app = appTrusting([]);
    emulator.setApp(async (request) => {
      most = Math.max(most, ++running);
      await new Promise(setImmediate);
      running--;
      return app(request);
    });
    await tryOnce();
    expect(most).toBe(1);
  });

  it.each([
    ['a status that is not the usual one', { expect_status: '404' }, 'app-trusts-assertion'],
    ['words that hold', { expect_body: 'Hello' }, 'app-trusts-assertion'],
  ])(
    'are accepted where the app answers as it does the good one, whatever its check expects: %s',
    async (_, inputs, code) => {
      emulator.setApp(appTrusting(brokenAssertions));
      expect((await tryOnce(inputs)).error?.code).toBe(code);
    },
  );

  it.each([
    ['app-body', { expect_body: 'Goodbye' }],
    ['app-header', { expect_header: 'X-Version: 2' }],
  ])('prove nothing where the good one is not answered as expected either: %s', async (code, inputs) => {
    emulator.setApp(appTrusting(brokenAssertions));
    expect((await tryOnce(inputs)).error?.code).toBe(code);
    expect(asked()).toEqual(['NOT_SET']);
  });

  it('are refused by a page that lacks it, though the status is another than is expected', async () => {
    emulator.setApp(appTrusting([], () => new Response('Sign in.')));
    expect((await tryOnce({ expect_status: '404', expect_body: 'Hello' })).error).toBeUndefined();
  });

  it('are refused by a page that lacks what is expected', async () => {
    emulator.setApp(appTrusting([], () => new Response('Sign in.')));
    expect((await tryOnce({ expect_body: 'Hello' })).error).toBeUndefined();
    expect(asked()).toEqual(['NOT_SET', ...brokenAssertions, 'NOT_SET']);
  });

  it('prove nothing where a page lacks it for the good one too, every now and then', async () => {
    const app = appTrusting(brokenAssertions);
    let count = 0;
    emulator.setApp((request) => (count++ === 0 ? app(request) : new Response('Goodbye.')));
    expect((await tryOnce({ expect_body: 'Hello' })).error?.code).toBe('app-body');
  });

  it.each([
    ['a bare challenge', '', 'Bearer error="invalid_token"'],
    ['a page', '<h1>No</h1>', 'Bearer error="invalid_token"'],
  ])('are refused by an app that says no more than Cloud Run would: %s', async (_, body, challenge) => {
    const headers = { 'www-authenticate': challenge, ...(body === '' ? {} : { 'content-type': 'text/html' }) };
    emulator.setApp(appTrusting([], () => new Response(body, { status: 401, headers })));
    expect((await tryOnce()).error).toBeUndefined();
  });

  it('prove nothing where it is surely Cloud Run that refuses them', async () => {
    const page = '<h1>Error: Forbidden</h1>Your client does not have permission to get URL <code>/</code>';
    const headers = { 'content-type': 'text/html' };
    emulator.setApp(appTrusting([], () => new Response(page, { status: 403, headers })));
    expect((await tryOnce()).error?.code).toBe('cloud-run-invoker');
  });

  it('are refused by another status, expected or not', async () => {
    emulator.setApp(appTrusting([]));
    expect((await tryOnce({ expect_status: '200-499' })).error).toBeUndefined();
  });

  it('prove nothing where the app refuses the good one, though that is expected', async () => {
    emulator.setApp(refused);
    const { error } = await tryOnce({ expect_status: '401' });
    expect(error).toMatchObject({ code: 'app-status', message: expect.stringContaining('to a good assertion') });
    expect(asked()).toEqual(['NOT_SET']);
  });

  it.each([
    ['elsewhere', '/login', undefined],
    ['where it sends the good one', '/home', 'app-trusts-assertion'],
  ])('are told by where a redirect of the app leads: %s', async (_, location, code) => {
    const redirect = (to: string) => () => new Response(null, { status: 302, headers: { location: to } });
    const app = appTrusting([], redirect(location));
    emulator.setApp(async (request) => {
      const answer = await app(request);
      return answer.status === 200 ? redirect('/home')() : answer;
    });
    expect((await tryOnce()).error?.code).toBe(code);
  });

  const served = (answerOf: (request: Request) => Response, trusted: readonly Kind[] = brokenAssertions): App => {
    const app = appTrusting(trusted, (request) => Response.redirect(new URL('/login', request.url), 302));
    return async (request) => {
      const answer = await app(request);
      return answer.status === 200 ? answerOf(request) : answer;
    };
  };
  const redirectTo = (location: string) => new Response(null, { status: 302, headers: { location } });

  it.each([
    ['a query of its own each time', () => redirectTo(`/dash?nonce=${Math.random()}`)],
    ['the query that was asked with', (request: Request) => redirectTo(`/a/${new URL(request.url).search}`)],
    ['the same place, in full', (request: Request) => redirectTo(`${new URL('/dash', request.url)}#${Math.random()}`)],
  ])('are accepted where all are sent to one place, with %s', async (_, answerOf) => {
    emulator.setApp(served(answerOf));
    expect((await tryOnce()).error).toMatchObject({
      code: 'app-trusts-assertion',
      message: `the app accepted a broken assertion: ${brokenAssertions.join(', ')}`,
    });
  });

  it('prove nothing where the good one is sent to another place each time', async () => {
    emulator.setApp(served(() => redirectTo(`/dash/${Math.random()}`)));
    const { error } = await tryOnce();
    expect(error).toMatchObject({
      code: 'app-redirect',
      message: expect.stringContaining('nobody can tell whether it refuses broken ones'),
    });
    expect(asked()).toEqual(['NOT_SET', ...brokenAssertions, 'NOT_SET']);
  });

  it.each<[string, readonly Kind[], Readonly<Record<string, string>>, string | undefined]>([
    ['a page that it leads to', [], { expect_body: 'Hello' }, undefined],
    ['a page that it leads to', brokenAssertions, { expect_body: 'Hello' }, 'app-trusts-assertion'],
    ['itself', brokenAssertions, { expect_status: '302', expect_header: 'Location: /away' }, 'app-header'],
  ])('are told by a redirect though the check expects something of %s: %p', async (_, trusted, inputs, code) => {
    emulator.setApp(served(() => redirectTo('/home'), trusted));
    expect((await tryOnce(inputs)).error?.code).toBe(code);
  });
});
