import { describe, expect, it } from '@jest/globals';
import { IapError } from '../src/errors.ts';
import { createHttp, type HttpRequest, type HttpResponse, type Try } from '../src/http.ts';
import { closeServers, type Handler, serve } from './serve.ts';

/** Makes one request with a clock that only records how long it was to sleep. */
function client(timeout = 5000, onTry: (one: Try) => void = () => undefined) {
  const sleeps: number[] = [];
  let now = Date.parse('2026-01-01T00:00:00Z');
  const clock = {
    now: () => now,
    sleep: async (ms: number) => {
      sleeps.push(ms);
      now += ms;
    },
  };
  const debugs: string[] = [];
  const log = { info: () => undefined, warn: () => undefined, debug: (line: string) => void debugs.push(line) };
  const http = createHttp({ clock, log, timeout, onTry, random: () => 1 });
  return {
    sleeps,
    debugs,
    get: (url: string, rest: Partial<HttpRequest> = {}) => http({ method: 'GET', url, ...rest }),
  };
}

function answering(...statuses: number[]): Handler {
  return (_, response, count) =>
    response.writeHead(statuses[count - 1] ?? statuses.at(-1) ?? 200).end(`answer ${count}`);
}

describe('http', () => {
  it('gives status, headers, body and the number of tries', async () => {
    const url = await serve((request, response) => {
      response.setHeader('x-several', ['a', 'b']);
      response.end(`${request.method} ${request.url} ${request.headers['user-agent']}`);
    });
    const answer = await client().get(url);
    expect(answer).toMatchObject({ status: 200, tries: 1, headers: { 'x-several': 'a, b' } });
    expect(answer.body).toMatch(/^GET \/path\?query=1 iap-auth\/\d+\.\d+\.\d+$/);
  });

  it.each([
    [false, '/path'],
    [true, '/...'],
  ])('shows the path, unless somebody else chose it (%p): %s', async (hidesPath, path) => {
    const url = await serve(answering(200));
    const tries: Try[] = [];
    const { get, debugs } = client(5000, (one) => tries.push(one));
    await get(url, { hidesPath });
    expect(tries.map((one) => one.url.pathname)).toEqual([path]);
    expect(debugs).toEqual([expect.stringContaining(`${new URL(url).origin}${path}: 200 in `)]);
  });

  it('asks nobody again who is not the one that was asked for', async () => {
    const probe = { isThere: (headers: HttpResponse['headers']) => headers['x-name'] === 'me', within: 5000 };
    expect(await client().get(await serve(answering(503, 200)), { probe })).toMatchObject({ status: 503, tries: 1 });
    const mine = await serve((request, response, count) => {
      response.setHeader('x-name', 'me');
      answering(503, 200)(request, response, count);
    });
    expect(await client().get(mine, { probe })).toMatchObject({ status: 200, tries: 2 });
    const gone = await serve((request) => request.socket.destroy());
    await expect(client().get(gone, { probe })).rejects.toMatchObject({ code: 'connection-reset', tries: 1 });
  });

  it.each([429, 500, 502, 503, 504])('tries again on %i, with growing waits', async (status) => {
    const { get, sleeps } = client();
    const url = await serve(answering(status, status, 200));
    expect(await get(url)).toMatchObject({ status: 200, body: 'answer 3', tries: 3 });
    expect(sleeps).toEqual([500, 1000]);
  });

  it('gives the last answer after four tries', async () => {
    const url = await serve(answering(503));
    expect(await client().get(url)).toMatchObject({ status: 503, body: 'answer 4', tries: 4 });
  });

  it.each([400, 401, 403, 404])('takes %i as final', async (status) => {
    const url = await serve(answering(status, 200));
    expect(await client().get(url)).toMatchObject({ status, tries: 1 });
  });

  it('tries a POST again, with a body made anew', async () => {
    const bodies: string[] = [];
    const url = await serve((request, response, count) => {
      request.on('data', (chunk) => bodies.push(String(chunk)));
      request.on('end', () => response.writeHead(count < 3 ? 500 : 200).end());
    });
    let made = 0;
    await client().get(url, { method: 'POST', body: async () => `assertion ${++made}` });
    expect(bodies).toEqual(['assertion 1', 'assertion 2', 'assertion 3']);
  });

  it.each([
    ['seconds', '7', 7000],
    ['a date', 'Thu, 01 Jan 2026 00:00:09 GMT', 9000],
    ['a date that is past', 'Thu, 01 Jan 2025 00:00:00 GMT', 500],
    ['neither', 'soon', 500],
  ])('honours Retry-After in %s', async (_, value, wait) => {
    const { get, sleeps } = client();
    const url = await serve((__, response, count) => {
      if (count === 1) response.writeHead(429, { 'retry-after': value }).end();
      else response.end();
    });
    await get(url);
    expect(sleeps).toEqual([wait]);
  });

  it('does not wait for a Retry-After of more than a minute', async () => {
    const { get, sleeps } = client();
    const url = await serve((_, response) => response.writeHead(503, { 'retry-after': '61' }).end());
    expect(await get(url)).toMatchObject({ status: 503, tries: 1 });
    expect(sleeps).toEqual([]);
  });

  it('tries again when the connection breaks before or in the answer', async () => {
    const url = await serve((request, response, count) => {
      if (count === 1) request.socket.resetAndDestroy();
      else if (count === 2)
        response.writeHead(200, { 'content-length': '100' }).write('part', () => request.socket.destroy());
      else response.end('whole');
    });
    expect(await client().get(url)).toMatchObject({ body: 'whole', tries: 3 });
  });

  it('fails with connection-refused where nothing listens', async () => {
    const url = await serve(answering(200));
    closeServers();
    await expect(client().get(url)).rejects.toMatchObject({ code: 'connection-refused', tries: 4 });
  });

  it('fails with dns on a name that cannot exist', async () => {
    await expect(client().get('https://no-such-host.invalid/')).rejects.toMatchObject({ code: 'dns', tries: 4 });
  });

  it.each([
    [1, 1, []],
    [2, 2, [500]],
    [6, 6, [500, 1000, 2000, 4000, 8000]],
  ])('tries at most %i times, where that is asked for', async (tries, times, expected) => {
    const { get, sleeps } = client();
    const url = await serve(answering(503));
    expect(await get(url, { tries })).toMatchObject({ status: 503, body: `answer ${times}`, tries: times });
    expect(sleeps).toEqual(expected);
  });

  it('tries once where that is asked for and nobody answers', async () => {
    const { get, sleeps } = client();
    const url = await serve((request) => request.socket.destroy());
    await expect(get(url, { tries: 1 })).rejects.toMatchObject({ code: 'connection-reset', tries: 1 });
    expect(sleeps).toEqual([]);
  });

  it('takes the timeout of the request before the usual one', async () => {
    const url = await serve(() => undefined);
    await expect(client(60_000).get(url, { timeout: 60, tries: 1 })).rejects.toMatchObject({
      code: 'timeout',
      message: expect.stringMatching(/within 60ms$/),
    });
  });

  it('tells of each try as it ends', async () => {
    const told: Try[] = [];
    const { get } = client(5000, (one) => told.push(one));
    const start = Date.parse('2026-01-01T00:00:00Z');
    const url = await serve((request, response, count) => {
      if (count === 1) request.socket.destroy();
      else response.writeHead(count === 2 ? 503 : 200).end();
    });
    await get(url, { method: 'POST', body: 'x' });
    const one = { method: 'POST', url: new URL(url) };
    expect(told).toEqual([
      { ...one, started: start, ended: start, outcome: 'connection-reset' },
      { ...one, started: start + 500, ended: start + 500, outcome: '503' },
      { ...one, started: start + 1500, ended: start + 1500, outcome: '200' },
    ]);
  });

  it('takes the failure of what makes the body as final, and sends nothing', async () => {
    const told: Try[] = [];
    const { get, sleeps } = client(5000, (one) => told.push(one));
    let requests = 0;
    const url = await serve((_, response) => {
      requests++;
      response.end();
    });
    const failure = new IapError('dns', 'no key', { host: 'x' });
    let made = 0;
    const body = async () => {
      made++;
      throw failure;
    };
    await expect(get(url, { method: 'POST', body })).rejects.toBe(failure);
    expect({ requests, made, sleeps, told }).toEqual({ requests: 0, made: 1, sleeps: [], told: [] });
  });
});
