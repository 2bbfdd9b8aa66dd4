import { once } from 'node:events';
import { beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Bearer, bearersFrom } from '../../src/bearer.ts';
import type { Fault } from '../../src/emulator/index.ts';
import { IapError } from '../../src/errors.ts';
import { attempt } from '../../src/smoke/attempt.ts';
import { Token } from '../../src/token.ts';
import { openEmulator } from '../emulated.ts';
import { serve } from '../serve.ts';
import { noon, openTestWorld } from '../world.ts';
import { plan } from './step.ts';

const email = 'ci@project.iam.gserviceaccount.com';
const emulator = await openEmulator();
/** Another origin, which no token may reach. */
const other = await openEmulator();
let jwt: string;

beforeAll(async () => {
  jwt = await emulator.mintIdToken({ email, sub: '1' });
});
beforeEach(() => {
  emulator.grant(email);
  emulator.setApp(() => new Response('Hello.'));
});

const bearerOf = (token: string): Bearer => ({
  token: new Token(token),
  facts: { kind: 'id_token', audience: emulator.clientId, principal: email, expires_at: '2026-03-01T13:00:00Z' },
});

interface Options {
  readonly token?: string;
  readonly mint?: () => Promise<Bearer>;
}

/** One attempt at the first check of these inputs. */
async function tryOnce(path: string, inputs: Readonly<Record<string, string>> = {}, options: Options = {}) {
  const { token = jwt, mint = () => Promise.reject(new Error('not to be minted')) } = options;
  const [check] = await plan({ url: new URL(path, emulator.appUrl).href, ...inputs });
  if (check === undefined) throw new Error('no check');
  const { http, clock } = openTestWorld(emulator);
  return attempt(check, { http, clock, bearers: bearersFrom(bearerOf(token), mint, clock) });
}

const requests = () => emulator.ledger.requests;
const sentTokens = (header: string) => requests().map(({ headers }) => headers[header]);

/** Answers each path with a redirect to where it says; others with 200. */
function redirecting(routes: Readonly<Record<string, string>>, status = 302): void {
  emulator.setApp((request) => {
    const location = routes[new URL(request.url).pathname];
    return location === undefined
      ? new Response('Arrived.')
      : new Response(null, { status, headers: { location: location.replace('APP', emulator.appUrl) } });
  });
}

describe('a request with the token', () => {
  it('passes IAP, and brings what the app answered', async () => {
    expect(await tryOnce('/')).toEqual({
      status: 200,
      body: 'Hello.',
      answeredBy: 'app',
      error: undefined,
      retryAfter: 0,
      isDone: false,
    });
    expect(sentTokens('authorization')).toEqual([`Bearer ${jwt}`]);
    expect(sentTokens('proxy-authorization')).toEqual([undefined]);
  });

  it('carries it in Proxy-Authorization, and leaves Authorization to the app', async () => {
    let seen: string | null = null;
    emulator.setApp((request) => {
      seen = request.headers.get('authorization');
      return new Response('Hello.');
    });
    const inputs = { token_header: 'proxy-authorization', headers: 'Authorization: Basic YTpi' };
    expect(await tryOnce('/', inputs)).toMatchObject({ status: 200, error: undefined });
    expect(sentTokens('proxy-authorization')).toEqual([`Bearer ${jwt}`]);
    expect(seen).toBe('Basic YTpi');
  });

  it('has the method, the headers and the body of the check', async () => {
    await tryOnce('/a?b=c', { method: 'POST', body: 'x=1', headers: 'Content-Type: text/x\nX-Key: k' });
    expect(requests()).toEqual([
      expect.objectContaining({
        method: 'POST',
        path: '/a?b=c',
        body: 'x=1',
        headers: expect.objectContaining({ 'content-type': 'text/x', 'x-key': 'k' }),
      }),
    ]);
  });

  it.each([
    ['seconds', '7', 7000],
    ['a date', new Date(noon + 9000).toUTCString(), 9000],
    ['neither', 'soon', 0],
  ])('tells of Retry-After in %s', async (_, value, retryAfter) => {
    emulator.fail('edge', { status: 429, headers: { 'retry-after': value } });
    const { error, ...verdict } = await tryOnce('/');
    expect(verdict).toMatchObject({ status: 429, retryAfter, answeredBy: 'app' });
    expect(error?.code).toBe('rate-limited');
    expect(requests()).toHaveLength(1);
  });

  it('is made once where nobody answers', async () => {
    emulator.fail('edge', { reset: 'before-headers' });
    expect(await tryOnce('/')).toMatchObject({ status: null, answeredBy: 'none', body: undefined, retryAfter: 0 });
    expect(requests()).toHaveLength(1);
  });

  it.each(['403', '100-599'])('fails when IAP answers what was expected of the app: %s', async (expect_status) => {
    emulator.revoke(email);
    const { error, ...verdict } = await tryOnce('/', { expect_status });
    expect(verdict).toMatchObject({ status: 403, answeredBy: 'iap' });
    expect(error?.code).toBe('iap-access-denied');
  });

  it.each(['429', '503'])('passes %s, where that is what is expected', async (expect_status) => {
    emulator.fail('app', { status: Number(expect_status) });
    expect((await tryOnce('/', { expect_status })).error).toBeUndefined();
  });

  it('looks at the status first', async () => {
    emulator.setApp(() => new Response('no', { status: 418 }));
    const { error } = await tryOnce('/', { expect_body: 'yes', expect_json: '$ == 1', expect_header: 'x: y' });
    expect(error?.code).toBe('app-status');
  });
});

describe('a token that IAP finds expired', () => {
  const expired = () => emulator.mintIdToken({ email, sub: '1', iat: noon / 1000 - 90_000, exp: noon / 1000 - 86_400 });

  it('is minted anew, once', async () => {
    const old = await expired();
    let minted = 0;
    const mint = async () => {
      minted++;
      return bearerOf(jwt);
    };
    expect(await tryOnce('/', {}, { token: old, mint })).toMatchObject({ status: 200, error: undefined });
    expect(sentTokens('authorization')).toEqual([`Bearer ${old}`, `Bearer ${jwt}`]);
    expect(minted).toBe(1);
  });

  it('is not minted a third time', async () => {
    const old = await expired();
    let minted = 0;
    const mint = async () => {
      minted++;
      return bearerOf(old);
    };
    const verdict = await tryOnce('/', {}, { token: old, mint });
    expect(verdict).toMatchObject({ status: 401, answeredBy: 'iap' });
    expect(verdict.error?.code).toBe('iap-token-expired');
    expect([minted, requests().length]).toEqual([1, 2]);
  });

  it('ends in the failure where none can be minted', async () => {
    const mint = () => Promise.reject(new IapError('key-rejected', 'no', { account: email, keyId: 'k' }));
    const verdict = await tryOnce('/', {}, { token: await expired(), mint });
    expect(verdict.error?.code).toBe('key-rejected');
    expect(verdict.answeredBy).toBe('none');
  });

  it('ends what was done: a POST that the app has redirected is not made again', async () => {
    redirecting({ '/a': '/b' }, 303);
    emulator.fail('iap', { times: 1 });
    emulator.fail('iap', { status: 401, body: 'JWT has expired' });
    const mint = async () => bearerOf(jwt);
    const { error, isDone } = await tryOnce('/a', { method: 'POST' }, { mint });
    expect([error?.code, isDone]).toEqual(['iap-token-expired', true]);
    expect(emulator.ledger.lines()).toEqual(['POST app /a → 303', 'GET iap /b → 401']);
  });

  it('is the only refusal that mints', async () => {
    const verdict = await tryOnce('/', {}, { token: await emulator.mintIdToken({ email, sub: '1', aud: 'other' }) });
    expect(verdict.error?.code).toBe('iap-audience');
  });
});

describe('a redirect', () => {
  it.each([301, 302, 303, 307, 308])('%i on the origin is followed with the token', async (status) => {
    redirecting({ '/a': '/b?c=d' }, status);
    expect(await tryOnce('/a')).toMatchObject({ status: 200, body: 'Arrived.', error: undefined });
    expect(emulator.ledger.lines()).toEqual([`GET app /a → ${status}`, 'GET app /b?c=d → 200']);
    expect(sentTokens('authorization')).toEqual([`Bearer ${jwt}`, `Bearer ${jwt}`]);
  });

  it('is read against where it stands', async () => {
    redirecting({ '/x/a': 'b/c', '/x/b/c': 'APP/d' });
    await tryOnce('/x/a');
    expect(requests().map(({ path }) => path)).toEqual(['/x/a', '/x/b/c', '/d']);
  });

  // https://fetch.spec.whatwg.org/#http-redirect-fetch
  it.each([
    [301, 'POST', 'GET'],
    [302, 'POST', 'GET'],
    [303, 'POST', 'GET'],
    [303, 'PUT', 'GET'],
    [303, 'HEAD', 'HEAD'],
    [307, 'POST', 'POST'],
    [308, 'POST', 'POST'],
    [301, 'PUT', 'PUT'],
    [302, 'DELETE', 'DELETE'],
    [307, 'PATCH', 'PATCH'],
    [302, 'HEAD', 'HEAD'],
  ])('with %d of a %s is followed by a %s, and what belongs to its body', async (status, method, next) => {
    redirecting({ '/a': '/b' }, status);
    const sent = { headers: 'Content-Type: text/x\nX-Key: k', ...(method === 'HEAD' ? {} : { body: 'x=1' }) };
    expect(await tryOnce('/a', { method, ...sent })).toMatchObject({ status: 200, error: undefined });
    const [first, second] = requests().map((one) => [one.method, one.body, one.headers['content-type'], one.path]);
    const body = method === 'HEAD' ? '' : 'x=1';
    expect(first).toEqual([method, body, 'text/x', '/a']);
    expect(second).toEqual(method === next ? [next, body, 'text/x', '/b'] : [next, '', undefined, '/b']);
    expect(requests()[1]?.headers).toMatchObject({ 'x-key': 'k' });
  });

  it.each([
    ['POST', true],
    ['PATCH', true],
    ['PUT', false],
    ['GET', false],
  ])('tells that a %s was done: %p', async (method, isDone) => {
    redirecting({ '/a': '/b' }, 303);
    expect(await tryOnce('/a', { method })).toMatchObject({ status: 200, isDone });
    expect(await tryOnce('/elsewhere', { method })).toMatchObject({ status: 200, isDone: false });
  });

  it('shows no path that the app chose', async () => {
    redirecting({ '/a': '/s3cret' });
    const [check] = await plan({ url: `${emulator.appUrl}/a` });
    const { http, clock, debugs } = openTestWorld(emulator);
    if (check === undefined) throw new Error('no check');
    const mint = () => Promise.reject(new Error('not to be minted'));
    await attempt(check, { http, clock, bearers: bearersFrom(bearerOf(jwt), mint, clock) });
    expect(debugs).toHaveLength(2);
    expect(debugs.join()).not.toContain('s3cret');
  });

  it('is followed five times', async () => {
    redirecting({ '/0': '/1', '/1': '/2', '/2': '/3', '/3': '/4', '/4': '/5' });
    expect(await tryOnce('/0')).toMatchObject({ status: 200, error: undefined });
    expect(requests()).toHaveLength(6);
  });

  it('is not followed a sixth time', async () => {
    redirecting({ '/0': '/1', '/1': '/2', '/2': '/3', '/3': '/4', '/4': '/5', '/5': '/6' });
    const { status, error } = await tryOnce('/0');
    expect(status).toBe(302);
    expect(error).toMatchObject({ code: 'app-redirect', message: 'the app redirects more than 5 times' });
    expect(requests()).toHaveLength(6);
  });

  it.each([
    ['another port', () => `${other.appUrl}/x`],
    ['another port, in short', () => `//${new URL(other.appUrl).host}/x`],
    ['another host', () => emulator.appUrl.replace('127.0.0.1', 'localhost')],
    ['another scheme', () => emulator.appUrl.replace('http:', 'https:')],
    ['a user name', () => emulator.appUrl.replace('http://', 'http://user@')],
    ['a backslash', () => `\\\\${new URL(other.appUrl).host}\\x`],
  ])('to %s is never followed', async (_, to) => {
    redirecting({ '/a': to() });
    const { error, ...verdict } = await tryOnce('/a');
    expect(verdict).toMatchObject({ status: 302, answeredBy: 'app' });
    expect(error?.code).toBe('app-redirect');
    expect(error?.hint).toContain('expect_status');
    expect([requests().length, other.ledger.requests.length]).toEqual([1, 0]);
  });

  it('is not followed from where another led to, either', async () => {
    redirecting({ '/a': '/b', '/b': `${other.appUrl}/x` });
    expect((await tryOnce('/a')).error?.code).toBe('app-redirect');
    expect([requests().length, other.ledger.requests.length]).toEqual([2, 0]);
  });

  it.each([
    ['IAP', 'iap', 'iap'],
    ['the app', 'app', 'app'],
  ] as const)('of %s to the sign-in page is not followed', async (_, service, answeredBy) => {
    const location = 'https://accounts.google.com/o/oauth2/v2/auth?client_id=x';
    emulator.fail(service, { status: 302, headers: { location } });
    const { error, ...verdict } = await tryOnce('/');
    expect(verdict).toMatchObject({ status: 302, answeredBy });
    expect(error?.code).toBe('iap-sign-in-redirect');
    expect(requests()).toHaveLength(1);
  });

  it('is not followed where it is expected', async () => {
    redirecting({ '/a': `${other.appUrl}/x` });
    expect((await tryOnce('/a', { expect_status: '302' })).error).toBeUndefined();
    expect([requests().length, other.ledger.requests.length]).toEqual([1, 0]);
  });

  it('without a Location is just a status', async () => {
    emulator.fail('app', { status: 302 });
    expect((await tryOnce('/')).error?.code).toBe('app-status');
  });
});

describe('a HEAD', () => {
  const methods = () => requests().map(({ method }) => method);

  it('that is answered as expected is all that is sent', async () => {
    expect(await tryOnce('/', { method: 'HEAD' })).toMatchObject({ status: 200, answeredBy: 'app', error: undefined });
    expect(methods()).toEqual(['HEAD']);
  });

  it('that IAP refuses is told by the words that a GET is answered', async () => {
    emulator.revoke(email);
    const { error, answeredBy } = await tryOnce('/', { method: 'HEAD' });
    expect([answeredBy, error?.code, error?.message]).toEqual([
      'iap',
      'iap-access-denied',
      expect.stringContaining(`For user ${email}`),
    ]);
    expect(methods()).toEqual(['HEAD', 'GET']);
  });

  it.each(['200', '404'])('that somebody before the app answers is no pass: %s expected', async (expect_status) => {
    const page = {
      status: 404,
      headers: { 'content-type': 'text/html' },
      body: '<title>Error 404 (Not Found)!!1</title>',
    };
    emulator.fail('edge', page);
    const { error, answeredBy } = await tryOnce('/', { method: 'HEAD', expect_status });
    expect([answeredBy, error?.code]).toEqual(['edge', 'edge-not-found']);
    expect(methods()).toEqual(['HEAD', 'GET']);
  });

  it.each<[string, Fault, string, string | undefined]>([
    ['breaks', { reset: 'before-headers', times: 1 }, '405', 'connection-reset'],
    ['is too late', { hang: 'before-headers', times: 1 }, '405', 'timeout'],
  ])('is no pass where the GET that is to tell whose it is %s', async (_, fault, expect_status, code) => {
    emulator.setApp(() => new Response(null, { status: 405 }));
    emulator.fail('app', { times: 1 });
    emulator.fail('app', fault);
    const { status, error, answeredBy } = await tryOnce('/', { method: 'HEAD', expect_status, timeout: '1s' });
    expect([status, answeredBy, error?.code]).toEqual([null, 'none', code]);
    expect(methods()).toEqual(['HEAD', 'GET']);
  });

  it('that failed anyway needs no GET to tell', async () => {
    emulator.setApp(() => new Response(null, { status: 405 }));
    emulator.fail('app', { times: 1 });
    emulator.fail('app', { reset: 'before-headers', times: 1 });
    const { status, error, answeredBy } = await tryOnce('/', { method: 'HEAD' });
    expect([status, answeredBy, error?.code]).toEqual([405, 'app', 'app-status']);
    expect(methods()).toEqual(['HEAD', 'GET']);
  });

  it.each([
    ['404', undefined],
    ['200', 'app-status'],
  ])('that the app answers 404 counts, not the GET: %s expected', async (expect_status, code) => {
    emulator.setApp(({ method }) => new Response(null, { status: method === 'HEAD' ? 404 : 200 }));
    const { status, error, answeredBy } = await tryOnce('/', { method: 'HEAD', expect_status });
    expect([status, answeredBy, error?.code]).toEqual([404, 'app', code]);
  });
});

describe('an answer from before the app', () => {
  const html = { 'content-type': 'text/html' };

  it.each([
    [403, 'Your client does not have permission to get URL <code>/</code>', html, 'cloud-run', 'cloud-run-invoker'],
    [404, '<title>Error 404 (Not Found)!!1</title>', html, 'edge', 'edge-not-found'],
    [502, '<title>502 Server Error</title>', html, 'load-balancer', 'unavailable'],
    [404, 'default backend - 404', { via: '1.1 google' }, 'load-balancer', 'edge-not-found'],
  ])('passes nothing, though its %i is expected: %s', async (status, body, headers, answeredBy, code) => {
    emulator.fail('edge', { status, body, headers });
    const verdict = await tryOnce('/', { expect_status: '200-599' });
    expect([verdict.answeredBy, verdict.error?.code]).toEqual([answeredBy, code]);
  });

  it.each([
    [401, { 'www-authenticate': 'Bearer error="invalid_token"' }],
    [503, {}],
  ])('and one that the app may give as well passes where it is expected: %i', async (status, headers) => {
    emulator.fail('app', { status, headers });
    const expected = await tryOnce('/', { expect_status: String(status) });
    expect([expected.answeredBy, expected.error]).toEqual(['app', undefined]);
    expect((await tryOnce('/')).error?.code).toBe(status === 401 ? 'cloud-run-invoker' : 'unavailable');
  });
});

describe('expectations', () => {
  it('are looked at until the first fails', async () => {
    emulator.setApp(() => new Response('x', { status: 500 }));
    const [check] = await plan({ url: emulator.appUrl });
    if (check === undefined) throw new Error('no check');
    const { http, clock } = openTestWorld(emulator);
    const bearers = bearersFrom(bearerOf(jwt), () => Promise.reject(new Error('x')), clock);
    const late = () => {
      throw new Error('looked at');
    };
    const { error } = await attempt(
      { ...check, expectations: [...check.expectations, late] },
      { http, clock, bearers },
    );
    expect(error?.code).toBe('app-status');
  });
});

describe('a large answer', () => {
  const chunk = Buffer.alloc(64 * 1024, 'x');

  it('is read no further than is needed, and the connection is ended', async () => {
    const ended = { isEnded: false };
    let closed: Promise<unknown> = Promise.resolve();
    const url = await serve((_, response) => {
      closed = once(response, 'close').then(() => {
        ended.isEnded = true;
      });
      const more = () => {
        while (!response.destroyed && response.write(chunk));
      };
      response.on('drain', more);
      more();
    });
    const { status, body } = await tryOnce(url);
    expect([status, body?.length]).toEqual([200, 64 * 1024]);
    await closed;
    expect(ended.isEnded).toBe(true);
  });

  it('is read whole where an expectation needs it', async () => {
    const url = await serve((_, response) => response.end(`${'x'.repeat(200_000)}needle`));
    expect((await tryOnce(url, { expect_body: 'needle' })).error).toBeUndefined();
    expect((await tryOnce(url)).body).toHaveLength(64 * 1024);
  });

  it('fails where an expectation needs more than 8 MiB', async () => {
    const url = await serve((_, response) => response.end(Buffer.alloc(8 * 1024 * 1024 + 1, 'x')));
    const { status, error } = await tryOnce(url, { expect_body: 'needle' });
    expect([status, error?.code]).toEqual([null, 'response-too-large']);
    expect((await tryOnce(url)).status).toBe(200);
  });

  it('that drips ends in a timeout', async () => {
    emulator.fail('app', { body: 'x'.repeat(10_000), drip: 20 });
    const { status, error } = await tryOnce('/', { timeout: '150ms' });
    expect([status, error?.code]).toEqual([null, 'timeout']);
    expect(error?.message).toContain('within 150ms');
  });
});
