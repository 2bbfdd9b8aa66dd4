import { once } from 'node:events';
import { describe, expect, it, jest } from '@jest/globals';
import { type Answer, ask, type OneRequest } from '../src/ask.ts';
import { type Handler, serve } from './serve.ts';

const get = (url: string, rest: Partial<OneRequest> = {}) => ask({ method: 'GET', url, timeout: 5000, ...rest });

describe('ask', () => {
  it('asks for a body that is not encoded, unless it is told to', async () => {
    const url = await serve((request, response) => response.end(String(request.headers['accept-encoding'])));
    expect((await get(url)).body).toBe('identity');
    expect((await get(url, { headers: { 'Accept-Encoding': 'gzip' } })).body).toBe('gzip');
  });

  it('reaches an IPv6 address', async () => {
    const url = await serve((_, response) => response.end(), '::1');
    expect(await get(url)).toMatchObject({ status: 200 });
  });

  it.each(['127.0.0.1', 'localhost', '[::ffff:127.0.0.1]'])(
    'sends nothing in the clear to a proxy: %s',
    async (host) => {
      process.env['http_proxy'] = await serve((_, response) => response.end('the proxy'));
      try {
        const { port } = new URL(await serve((_, response) => response.end('the server')));
        expect(await get(`http://${host}:${port}/`)).toMatchObject({ body: 'the server' });
      } finally {
        delete process.env['http_proxy'];
      }
    },
  );

  it('sends nothing in the clear to another machine', async () => {
    await expect(get('http://192.0.2.1/')).rejects.toThrow('in the clear');
  });

  it('follows no redirect', async () => {
    const url = await serve((_, response) => response.writeHead(302, { location: '/elsewhere' }).end());
    expect(await get(url)).toMatchObject({ status: 302, headers: { location: '/elsewhere' } });
  });

  const failing: [string, string, Handler][] = [
    ['connection-reset', 'a broken connection', (request) => request.socket.destroy()],
    ['connection-reset', 'what is not HTTP', (request) => request.socket.end('SSH-2.0-OpenSSH\r\n')],
    ['timeout', 'no answer', () => undefined],
    ['timeout', 'a body that never ends', (_, response) => response.writeHead(200).write('part')],
    [
      'timeout',
      'a switch of protocols',
      ({ socket }) => socket.end('HTTP/1.1 101 Yes\r\nUpgrade: h2c\r\nConnection: upgrade\r\n\r\n'),
    ],
  ];
  it.each(failing)('fails with %s on %s', async (code, _, handler) => {
    const url = await serve(handler);
    await expect(get(url, { timeout: 100 })).rejects.toMatchObject({
      code,
      cause: expect.objectContaining({ message: expect.any(String) }),
    });
  });

  it('fails with tls where the answer is no TLS, or its certificate is unknown', async () => {
    const url = await serve((_, response) => response.end());
    await expect(get(url.replace('http:', 'https:'))).rejects.toMatchObject({ code: 'tls' });
  });

  const limit = 8 * 1024 * 1024;
  it.each([
    [limit, (answer: Promise<Answer>) => expect(answer).resolves.toMatchObject({ status: 200 })],
    [limit + 1, (answer: Promise<Answer>) => expect(answer).rejects.toMatchObject({ code: 'response-too-large' })],
  ])('reads %i bytes, and not one more than 8 MiB', async (size, expectation) => {
    const url = await serve((_, response) => response.end(Buffer.alloc(size, 'x')));
    await expectation(get(url));
  });

  it('takes an answer that is there, though this process was too busy to read it in time', async () => {
    const url = await serve((_, response) => {
      response.end('there');
      const until = performance.now() + 300;
      while (performance.now() < until);
    });
    expect((await get(url, { timeout: 150 })).body).toBe('there');
  });

  it('gives up a body that drips', async () => {
    const url = await serve((_, response) => {
      const timer = setInterval(() => response.write('x'), 10);
      response.once('close', () => clearInterval(timer));
    });
    await expect(get(url, { timeout: 100, keep: 64 * 1024 })).rejects.toMatchObject({ code: 'timeout' });
  });

  it.each([
    ['less than there is', 3, 'abc'],
    ['all that there is', 6, 'abcdef'],
    ['more than there is', 100, 'abcdef'],
  ])('keeps as much of the body as is wanted: %s', async (_, keep, body) => {
    const url = await serve((__, response) => response.end('abcdef'));
    expect(await get(url, { keep })).toMatchObject({ status: 200, body });
  });

  it('reads no more than is wanted of a body without an end, and leaves', async () => {
    const chunk = Buffer.alloc(64 * 1024, 'x');
    let closed: Promise<unknown> = Promise.reject(new Error('no request'));
    closed.catch(() => undefined);
    const url = await serve((_, response) => {
      closed = once(response, 'close');
      const more = () => {
        while (!response.destroyed && response.write(chunk));
      };
      response.on('drain', more);
      more();
    });
    expect((await get(url, { keep: 1000 })).body).toHaveLength(1000);
    await expect(closed).resolves.toEqual([]);
  });
});

describe('ask, whether somebody is there', () => {
  it('reads on where the headers came in time and this process was too busy to see it', async () => {
    let answer: (() => void) | undefined;
    const url = await serve((_, response) => {
      response.writeHead(200, { 'x-name': 'me' }).write('slow ');
      // In the turn that the timer for the headers falls due in, and the headers are read after it.
      const until = performance.now() + 150;
      while (performance.now() < until);
      answer = () => response.end('body');
    });
    const isThere = () => {
      setTimeout(() => answer?.(), 20);
      return true;
    };
    expect(await get(url, { probe: { isThere, within: 100 } })).toMatchObject({ body: 'slow body' });
  });

  const probe = (within: number) => ({ isThere: (headers: Answer['headers']) => headers['x-name'] === 'me', within });

  it('waits for the headers no longer than it is told to', async () => {
    const url = await serve(() => undefined);
    await expect(get(url, { probe: probe(60) })).rejects.toMatchObject({
      code: 'timeout',
      message: expect.stringMatching(/within 60ms$/),
    });
  });

  /** All but setTimeout and clearTimeout. */
  const realTimers = [
    ...(['Date', 'hrtime', 'performance', 'nextTick', 'queueMicrotask'] as const),
    ...(['setImmediate', 'clearImmediate', 'setInterval', 'clearInterval'] as const),
  ];

  it('has the usual time for the body of who is there', async () => {
    const within = 3000;
    let end: () => void = () => undefined;
    const url = await serve((_, response) => {
      response.writeHead(200, { 'x-name': 'me' }).write('slow ');
      end = () => response.end('body');
    });
    jest.useFakeTimers({ doNotFake: realTimers });
    try {
      // What is ended by that has its turn before the rest of the body comes.
      const pass = (next: () => void) => {
        jest.advanceTimersByTime(within + 1);
        setImmediate(() => setImmediate(next));
      };
      const isThere = () => {
        pass(() => pass(end));
        return true;
      };
      const answer = await get(url, { timeout: 3 * within, probe: { isThere, within } });
      expect(answer).toMatchObject({ status: 200, body: 'slow body' });
    } finally {
      jest.useRealTimers();
    }
  });

  it('gives up the body of who is there, too, and leaves', async () => {
    let closed: Promise<unknown> | undefined;
    const url = await serve((_, response) => {
      closed = once(response, 'close');
      response.writeHead(200, { 'x-name': 'me' }).write('part');
    });
    await expect(get(url, { timeout: 60, probe: probe(5000) })).rejects.toMatchObject({ code: 'timeout' });
    await expect(closed).resolves.toEqual([]);
  });

  it('reads nothing of anybody else, and leaves', async () => {
    let closed: Promise<unknown> | undefined;
    const url = await serve((_, response) => {
      closed = once(response, 'close');
      response.writeHead(200, { 'x-name': 'another' }).write('part of a body without an end');
    });
    expect(await get(url, { probe: probe(5000) })).toMatchObject({ status: 200, body: '' });
    await expect(closed).resolves.toEqual([]);
  });
});
