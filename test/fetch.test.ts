import type { IncomingHttpHeaders } from 'node:http';
import { text } from 'node:stream/consumers';
import { beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { IapError } from '../src/errors.ts';
import { type AuthSource, authorise } from '../src/fetch/index.ts';
import { Token } from '../src/token.ts';
import { openEmulator } from './emulated.ts';
import { type Handler, serve } from './serve.ts';
import { failureOf, noon } from './world.ts';

const email = 'ci@project.iam.gserviceaccount.com';
const emulator = await openEmulator();
let valid: string;
let expired: string;

beforeAll(async () => {
  valid = await emulator.mintIdToken({ email, sub: '1' });
  expired = await emulator.mintIdToken({ email, sub: '1', iat: noon / 1000 - 90_000, exp: noon / 1000 - 86_400 });
});
beforeEach(() => {
  emulator.grant(email);
  emulator.setApp(async (request) => Response.json(await seen(request)));
});

const seen = async (request: Request) => ({
  method: request.method,
  path: new URL(request.url).pathname,
  headers: Object.fromEntries(request.headers),
  body: await request.text(),
});

/** Gives these tokens in turn, the next one for each that was rejected; the last stays. */
function sourceOf(tokens: readonly string[], change: Partial<AuthSource> = {}) {
  const all = tokens.map((jwt) => ({ token: new Token(jwt) }));
  let at = 0;
  const rejections: unknown[] = [];
  const source: AuthSource = {
    origins: [emulator.appUrl],
    getToken: async (rejected) => {
      if (rejected !== undefined) rejections.push(rejected);
      if (rejected === all[at] && at < all.length - 1) at++;
      const token = all[at];
      if (token === undefined) throw new Error('no token');
      return token;
    },
    ...change,
  };
  return { source, rejections };
}

const open = (tokens: readonly string[] = [valid], change: Partial<AuthSource> = {}) =>
  authorise(fetch, sourceOf(tokens, change).source);

const at = (path: string) => `${emulator.appUrl}${path}`;
const requests = () => emulator.ledger.requests;
const sent = (header = 'authorization') => requests().map(({ headers }) => headers[header]);
const bearer = () => `Bearer ${valid}`;

interface Recorded {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

const listen = async (handler: Handler) => new URL(await serve(handler)).origin;

/** Another origin, which keeps what arrives. */
async function elsewhere(answer: Partial<Record<string, string>> = {}) {
  const arrived: Recorded[] = [];
  const origin = await listen(async (request, response) => {
    const { method, url, headers } = request;
    arrived.push({ method, url, headers, body: await text(request) });
    const location = answer[url ?? ''];
    response
      .writeHead(location === undefined ? 200 : 302, location === undefined ? {} : { location })
      .end('Elsewhere.');
  });
  return { origin, arrived };
}

/** Answers each path with a redirect to where it says, all others as before. */
function redirecting(routes: Readonly<Record<string, string>>, status = 302): void {
  emulator.setApp(async (request) => {
    const location = routes[new URL(request.url).pathname];
    if (location === undefined) return Response.json(await seen(request));
    return new Response(null, { status, headers: { location } });
  });
}

const noToken = ({ headers }: Recorded) => {
  expect(JSON.stringify(headers)).not.toContain(valid);
  expect(headers).not.toHaveProperty('authorization');
  expect(headers).not.toHaveProperty('proxy-authorization');
  expect(headers).not.toHaveProperty('cookie');
};

describe('a request to the origin of the source', () => {
  it.each([
    ['text', () => at('/a')],
    ['a URL', () => new URL(at('/a'))],
    ['a Request', () => new Request(at('/a'))],
  ])('carries the token: %s', async (_, input) => {
    const response = await open()(input());
    expect(await response.json()).toMatchObject({
      path: '/a',
      headers: { 'x-goog-authenticated-user-email': `accounts.google.com:${email}` },
    });
    expect([response.redirected, response.url]).toEqual([false, at('/a')]);
    expect(sent()).toEqual([bearer()]);
  });

  it('carries it in the other header, beside one of the caller’s own', async () => {
    const response = await open([valid], { tokenHeader: 'proxy-authorization' })(at('/a'), {
      headers: { Authorization: 'Bearer own' },
    });
    expect(await response.json()).toMatchObject({ headers: { authorization: 'Bearer own' } });
    expect([sent(), sent('proxy-authorization')]).toEqual([['Bearer own'], [bearer()]]);
  });

  it.each(['authorization', 'proxy-authorization'] as const)(
    'is refused where the caller sets %s too',
    async (tokenHeader) => {
      const fetchApp = open([valid], { tokenHeader });
      const error = await failureOf(() => fetchApp(at('/a'), { headers: { [tokenHeader]: 'Bearer own' } }));
      expect(error.code).toBe('config-invalid');
      expect(error.message).toContain(`headers: the token goes into ${tokenHeader}; `);
      expect(requests()).toEqual([]);
    },
  );

  it('keeps what the caller gave', async () => {
    const headers = new Headers({ 'x-own': 'one', cookie: 'a=b', 'content-type': 'text/csv' });
    const response = await open()(at('/a'), { method: 'put', headers, body: 'a,b' });
    expect(await response.json()).toMatchObject({
      method: 'PUT',
      body: 'a,b',
      headers: { 'x-own': 'one', cookie: 'a=b', 'content-type': 'text/csv' },
    });
    expect(headers.has('authorization')).toBe(false);
  });

  it('keeps what a Request holds, and lets init come first', async () => {
    const request = new Request(at('/a'), { method: 'POST', headers: { 'x-own': 'one' }, body: 'text' });
    expect(await (await open()(request.clone())).json()).toMatchObject({
      method: 'POST',
      body: 'text',
      headers: { 'x-own': 'one' },
    });
    const response = await open()(request, { headers: { 'x-other': 'two' }, body: 'other' });
    const { headers, body } = (await response.json()) as { headers: object; body: string };
    expect([body, headers]).toEqual(['other', expect.objectContaining({ 'x-other': 'two' })]);
    expect(headers).not.toHaveProperty('x-own');
  });

  it('is aborted by its signal, even while a token is minted', async () => {
    const reason = new Error('enough');
    const never = () => new Promise<never>(() => undefined);
    const controller = new AbortController();
    const fetchApp = open([valid], { getToken: never });
    const pending = fetchApp(at('/a'), { signal: controller.signal });
    controller.abort(reason);
    await expect(pending).rejects.toBe(reason);
    await expect(fetchApp(new Request(at('/a'), { signal: AbortSignal.abort(reason) }))).rejects.toBe(reason);
    await expect(open()(at('/a'), { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(requests()).toEqual([]);
  });

  it('fails with what kept the token from being minted', async () => {
    const failure = new IapError('key-rejected', 'no', { account: email, keyId: 'k' });
    const fetchApp = open([valid], { getToken: () => Promise.reject(failure) });
    expect(await failureOf(() => fetchApp(at('/a')))).toBe(failure);
  });

  it('shows nothing of a token that no header can carry', async () => {
    const error = await failureOf(() => open(['secret\nvalue'])(at('/a')));
    expect(error.code).toBe('token-malformed');
    expect(`${error.stack}${error.cause}`).not.toContain('secret');
  });
});

describe('a request elsewhere', () => {
  it('passes as it is', async () => {
    const { origin, arrived } = await elsewhere({ '/go': '/there' });
    let asked = 0;
    const fetchApp = open([valid], { getToken: () => Promise.reject(new Error(`asked ${++asked}`)) });
    const response = await fetchApp(`${origin}/go`, { headers: { authorization: 'Basic own' } });
    expect([response.redirected, await response.text(), asked]).toEqual([true, 'Elsewhere.', 0]);
    expect(arrived.map(({ headers }) => headers.authorization)).toEqual(['Basic own', 'Basic own']);
  });

  it.each([
    ['another port', 'http://127.0.0.1:1/'],
    ['another host', 'http://localhost:PORT/'],
    ['another scheme', 'https://127.0.0.1:PORT/'],
    ['a blob of that origin', 'blob:http://127.0.0.1:PORT/x'],
    ['what is no URL', '/path'],
  ])('is one to %s', async (_, url) => {
    const calls: unknown[][] = [];
    const record: typeof fetch = async (...args) => {
      calls.push(args);
      return new Response();
    };
    const address = url.replace('PORT', new URL(emulator.appUrl).port);
    const init = { headers: { a: 'b' } };
    await authorise(record, sourceOf([valid]).source)(address, init);
    expect(calls).toEqual([[address, init]]);
    expect(calls[0]?.[1]).toBe(init);
  });
});

describe('a source', () => {
  it.each([
    [[], 'url: missing'],
    [['http://app.example.com'], 'origins: "http://app.example.com" is not https://'],
    [['app.example.com'], 'origins: "app.example.com"'],
    [['https://fine.example', 'ftp://app.example.com'], 'origins: "ftp://app.example.com"'],
  ])('whose origins are %j is refused at once', async (origins, problem) => {
    const error = await failureOf(() => open([valid], { origins }));
    expect([error.code, error.message]).toEqual(['config-invalid', expect.stringContaining(problem)]);
  });
});

describe('a redirect within the origin', () => {
  it('is followed with the token', async () => {
    redirecting({ '/a': '/b', '/b': '//HOST/c'.replace('HOST', new URL(emulator.appUrl).host) });
    const response = await open()(at('/a'), { headers: { cookie: 'a=b' } });
    expect(await response.json()).toMatchObject({ path: '/c', headers: { cookie: 'a=b' } });
    expect([response.redirected, response.url]).toEqual([true, at('/c')]);
    expect(sent()).toEqual([bearer(), bearer(), bearer()]);
  });

  it('is followed five times', async () => {
    redirecting({ '/1': '/2', '/2': '/3', '/3': '/4', '/4': '/5', '/5': '/6', '/0': '/1' });
    expect((await open()(at('/1'))).status).toBe(200);
    const error = await failureOf(() => open()(at('/0')));
    expect([error.code, error.message]).toEqual(['app-redirect', 'the app redirects more than 5 times']);
    expect(requests()).toHaveLength(12);
  });

  // https://fetch.spec.whatwg.org/#http-redirect-fetch
  it.each([
    [301, 'POST', 'GET'],
    [302, 'POST', 'GET'],
    [303, 'POST', 'GET'],
    [307, 'POST', 'POST'],
    [308, 'POST', 'POST'],
    [301, 'PUT', 'PUT'],
    [302, 'PUT', 'PUT'],
    [303, 'PUT', 'GET'],
    [303, 'HEAD', 'HEAD'],
    [307, 'HEAD', 'HEAD'],
    [302, 'DELETE', 'DELETE'],
  ])('of %i makes of %s a %s, as fetch does', async (status, method, expected) => {
    redirecting({ '/a': '/b' }, status);
    const init = {
      method,
      ...(method === 'POST' || method === 'PUT' ? { body: 'text', headers: { 'content-type': 'text/csv' } } : {}),
    };
    await (await open()(at('/a'), init)).text();
    const [, second] = requests();
    expect([second?.method, second?.body]).toEqual([expected, expected === 'POST' || expected === 'PUT' ? 'text' : '']);
    expect(second?.headers['content-type']).toBe(expected === 'POST' || expected === 'PUT' ? 'text/csv' : undefined);
    const native = await listen((request, response) => {
      if (request.url === '/a') response.writeHead(status, { location: '/b' }).end();
      else response.writeHead(200, { 'x-method': request.method }).end();
    });
    expect((await fetch(`${native}/a`, init)).headers.get('x-method')).toBe(expected);
  });

  it.each([
    ['URLSearchParams', () => new URLSearchParams('a=b'), 'a=b'],
    ['bytes', () => new TextEncoder().encode('bytes'), 'bytes'],
    ['a Blob', () => new Blob(['blob']), 'blob'],
  ])('sends a body again that can be: %s', async (_, body, expected) => {
    redirecting({ '/a': '/b' }, 307);
    await (await open()(at('/a'), { method: 'POST', body: body() })).text();
    expect(requests().map((request) => request.body)).toEqual([expected, expected]);
  });

  it.each([307, 308])('of %i is returned where the body cannot be sent again', async (status) => {
    redirecting({ '/a': '/b' }, status);
    const stream = { method: 'POST', body: new Blob(['text']).stream(), duplex: 'half' } as const;
    expect((await open()(at('/a'), stream)).status).toBe(status);
    expect((await open()(new Request(at('/a'), { method: 'POST', body: 'text' }))).status).toBe(status);
    expect(requests().map(({ path, body }) => `${path} ${body}`)).toEqual(['/a text', '/a text']);
  });

  it('is not read: its connection is free for the next', async () => {
    let isCancelled = false;
    const body = new ReadableStream({
      cancel: () => {
        isCancelled = true;
      },
    });
    const answers = [new Response(body, { status: 302, headers: { location: '/b' } }), new Response('Arrived.')];
    const answer: typeof fetch = async () => answers.shift() ?? Response.error();
    expect(await (await authorise(answer, sourceOf([valid]).source)(at('/a'))).text()).toBe('Arrived.');
    expect(isCancelled).toBe(true);
  });

  it('is left to a caller who wants it so', async () => {
    redirecting({ '/a': '/b' });
    expect((await open()(at('/a'), { redirect: 'manual' })).status).toBe(302);
    expect((await open()(new Request(at('/a'), { redirect: 'manual' }))).status).toBe(302);
    await expect(open()(at('/a'), { redirect: 'error' })).rejects.toThrow('fetch failed');
    expect(requests().map(({ path }) => path)).toEqual(['/a', '/a', '/a']);
  });

  it('keeps what a Request holds', async () => {
    redirecting({ '/a': '/b' });
    const controller = new AbortController();
    const request = new Request(at('/a'), { headers: { 'x-own': 'one' }, signal: controller.signal });
    expect(await (await open()(request)).json()).toMatchObject({ path: '/b', headers: { 'x-own': 'one' } });
    // The second request is never answered.
    emulator.setApp((one) => {
      if (one.url.endsWith('/a')) return new Response(null, { status: 302, headers: { location: '/b' } });
      controller.abort(new Error('enough'));
      return new Promise(() => undefined);
    });
    await expect(open()(request.clone())).rejects.toThrow('enough');
  });
});

describe('a redirect to another origin', () => {
  const own = { headers: { cookie: 'a=b', 'x-own': 'one' } };

  it.each([
    ['another port', 'http://OTHER/there'],
    ['no scheme', '//OTHER/there'],
    ['backslashes', '\\\\OTHER\\there'],
  ])('is followed without the token: %s', async (_, location) => {
    const { origin, arrived } = await elsewhere();
    redirecting({ '/a': location.replace('OTHER', new URL(origin).host) });
    const response = await open()(at('/a'), own);
    expect([response.redirected, await response.text(), response.url]).toEqual([true, 'Elsewhere.', `${origin}/there`]);
    expect(arrived).toHaveLength(1);
    expect(arrived[0]?.headers['x-own']).toBe('one');
    arrived.forEach(noToken);
  });

  it('goes without it to another origin of the source’s too, and with the body on 307', async () => {
    const { origin, arrived } = await elsewhere();
    redirecting({ '/a': `${origin}/there` }, 307);
    await open([valid], { origins: [emulator.appUrl, origin] })(at('/a'), { method: 'POST', body: 'text', ...own });
    expect(arrived.map(({ method, body }) => [method, body])).toEqual([['POST', 'text']]);
    arrived.forEach(noToken);
  });

  it('loses the Authorization of the caller’s own there', async () => {
    const { origin, arrived } = await elsewhere();
    redirecting({ '/a': `${origin}/there` });
    await open([valid], { tokenHeader: 'proxy-authorization' })(at('/a'), { headers: { authorization: 'Bearer own' } });
    expect(arrived).toHaveLength(1);
    arrived.forEach(noToken);
  });

  it('does not bring the token back, and IAP’s sign-in is not followed', async () => {
    const { origin, arrived } = await elsewhere({ '/there': at('/b') });
    redirecting({ '/a': `${origin}/there` });
    const response = await open()(at('/a'));
    expect(response.status).toBe(302);
    expect(response.headers.get('location')).toMatch(/^https:\/\/accounts\.google\.com\//);
    expect(sent()).toEqual([bearer(), undefined]);
    arrived.forEach(noToken);
  });

  it('is followed no more than twenty times', async () => {
    const { origin, arrived } = await elsewhere({ '/there': '/there' });
    redirecting({ '/a': `${origin}/there` });
    expect((await failureOf(() => open()(at('/a')))).code).toBe('app-redirect');
    expect(arrived).toHaveLength(20);
    arrived.forEach(noToken);
  });

  it.each([
    'http://user:secret@HOST/b',
    'http://HOST@127.0.0.1:1/',
    'ftp://127.0.0.1/',
    'javascript:0',
    'http://[',
    'blob:http://HOST/b',
  ])('that cannot be called ends it: %s', async (location) => {
    redirecting({ '/a': location.replace('HOST', new URL(emulator.appUrl).host) });
    const error = await failureOf(() => open()(at('/a')));
    expect(error.code).toBe('app-redirect');
    expect(error.message + error.hint).not.toContain('secret');
    expect(requests()).toHaveLength(1);
  });
});

describe('an answer of IAP’s own', () => {
  it('is returned: a sign-in page is no success', async () => {
    emulator.fail('iap', {
      status: 302,
      headers: { location: 'https://accounts.google.com/o/oauth2/v2/auth', 'x-goog-iap-generated-response': 'true' },
    });
    expect((await open()(at('/a'))).status).toBe(302);
    expect(requests()).toHaveLength(1);
  });

  it('is returned wherever it redirects to', async () => {
    const { origin, arrived } = await elsewhere();
    emulator.fail('iap', { status: 302, headers: { location: origin, 'x-goog-iap-generated-response': 'true' } });
    expect((await open()(at('/a'))).status).toBe(302);
    expect(arrived).toEqual([]);
  });

  it('is returned where its mark is taken away', async () => {
    redirecting({ '/a': 'https://accounts.google.com/o/oauth2/v2/auth' });
    expect((await open()(at('/a'))).status).toBe(302);
  });

  it('is returned whole where it refuses', async () => {
    emulator.revoke(email);
    const response = await open()(at('/a'));
    expect([response.status, await response.text()]).toEqual([403, expect.stringContaining('Access denied')]);
    expect(requests()).toHaveLength(1);
  });

  it('is read no further than is needed to judge it', async () => {
    const head = { status: 401, headers: { 'x-goog-iap-generated-response': 'true' } };
    const page = 'x'.repeat(300 * 1024);
    emulator.fail('iap', { ...head, body: page, hang: 'in-body', times: 1 });
    expect((await open()(at('/a'))).status).toBe(401);
    emulator.ledger.clear();
    emulator.fail('iap', { ...head, body: `${page}JWT has expired` });
    const response = await open()(at('/a'));
    expect((await response.text()).length).toBe(page.length + 'JWT has expired'.length);
    expect(requests()).toHaveLength(1);
  });
});

describe('a token that IAP finds expired', () => {
  it('is renewed, and the request sent once more', async () => {
    const { source, rejections } = sourceOf([expired, valid]);
    const response = await authorise(fetch, source)(at('/a'), { method: 'POST', body: 'text' });
    expect(await response.json()).toMatchObject({ path: '/a', body: 'text' });
    expect(sent()).toEqual([`Bearer ${expired}`, bearer()]);
    expect(rejections).toHaveLength(1);
  });

  it('is renewed for a Request without a body, and after a redirect', async () => {
    redirecting({ '/a': '/b' });
    let calls = 0;
    const tokens = [valid, expired, valid].map((jwt) => ({ token: new Token(jwt) }));
    const getToken = async () => tokens[calls++] ?? { token: new Token('none') };
    const response = await open([], { getToken })(new Request(at('/a'), { headers: { 'x-own': 'one' } }));
    expect(await response.json()).toMatchObject({ path: '/b', headers: { 'x-own': 'one' } });
    expect(sent()).toEqual([bearer(), `Bearer ${expired}`, bearer()]);
  });

  it('is renewed once', async () => {
    const response = await open([expired, expired, valid])(at('/a'));
    expect([response.status, await response.text()]).toEqual([401, expect.stringContaining('JWT has expired')]);
    expect(requests()).toHaveLength(2);
  });

  it('is not renewed where the body cannot be sent again', async () => {
    const { source, rejections } = sourceOf([expired, valid]);
    const fetchApp = authorise(fetch, source);
    const stream = { method: 'POST', body: new Blob(['text']).stream(), duplex: 'half' } as const;
    expect((await fetchApp(at('/a'), stream)).status).toBe(401);
    expect((await fetchApp(new Request(at('/a'), { method: 'POST', body: 'text' }))).status).toBe(401);
    expect([requests().length, rejections]).toEqual([2, []]);
  });

  it('is not renewed on the word of the app', async () => {
    emulator.setApp(() => new Response('JWT has expired', { status: 401 }));
    expect((await open()(at('/a'))).status).toBe(401);
    expect(requests()).toHaveLength(1);
  });
});
