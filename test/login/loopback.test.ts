import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type Loopback, listen } from '../../src/login/loopback.ts';
import { visit } from '../browser.ts';

const state = 'Zm9vYmFyYmF6cXV4';
const page = { title: 'The end', text: 'Of the sign-in.' };

let loopback: Loopback;
let isClosed: boolean;
beforeEach(async () => {
  loopback = await listen(state);
  isClosed = false;
});
afterEach(() => close());

async function close() {
  if (!isClosed) await loopback.close(page);
  isClosed = true;
}

const at = (path: string) => `${loopback.redirectUri}${path}`;
const right = `/?code=4%2F0Aabc&state=${state}&scope=email`;

/** The answer, if it came by now. */
const answerNow = () => Promise.race([loopback.answer, Promise.resolve('none yet')]);

describe('listen', () => {
  it('is on a free port of 127.0.0.1', async () => {
    const other = await listen(state);
    expect([loopback.redirectUri, other.redirectUri]).toEqual([
      expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
      expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
    ]);
    expect(other.redirectUri).not.toBe(loopback.redirectUri);
    await other.close(page);
  });

  it('takes the answer, and lets the browser wait for its page', async () => {
    const seen = visit(at(right));
    expect(await loopback.answer).toEqual({ code: '4/0Aabc', error: undefined });
    expect(await Promise.race([seen, Promise.resolve('waits')])).toBe('waits');
    await close();
    const { status, headers, body } = await seen;
    expect(status).toBe(200);
    expect(body).toContain('<h1>The end</h1>');
    expect(headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      connection: 'close',
    });
    expect(headers['content-security-policy']).toMatch(
      /^default-src 'none'; style-src 'sha256-[\w+/]{43}='; base-uri 'none'; form-action 'none'; frame-ancestors 'none'$/,
    );
  });

  it.each([
    ['an error', `/?error=access_denied&state=${state}`, { code: undefined, error: 'access_denied' }],
    ['both', `/?error=e&code=c&state=${state}`, { code: 'c', error: 'e' }],
    ['neither', `/?state=${state}`, { code: undefined, error: undefined }],
  ])('takes the first that has the state: %s', async (_name, path, answer) => {
    const seen = visit(at(path));
    expect(await loopback.answer).toEqual(answer);
    await close();
    await seen;
  });

  it.each([
    ['no state', '/?code=c', {}, 400],
    ['an empty state', '/?code=c&state=', {}, 400],
    ['another state', `/?code=c&state=${state.slice(1)}X`, {}, 400],
    ['a longer state', `/?code=c&state=${state}X`, {}, 400],
    ['the right state after a wrong one', `/?code=c&state=X&state=${state}`, {}, 400],
    ['another path', `/callback${right.slice(1)}`, {}, 404],
    ['a path that looks like a host', `//${right.slice(1)}`, {}, 404],
    ['an icon', '/favicon.ico', {}, 404],
    ['POST', right, { method: 'POST' }, 405],
    ['HEAD', right, { method: 'HEAD' }, 405],
    ['the name of somebody else', right, { headers: { host: 'evil.example' } }, 421],
    ['localhost', right, { headers: { host: 'localhost' } }, 421],
    ['the host without its port', right, { headers: { host: '127.0.0.1' } }, 421],
  ])('refuses %s, and goes on waiting', async (_name, path, options, status) => {
    const seen = await visit(at(path), options);
    expect(seen.status).toBe(status);
    expect(seen.headers).toMatchObject({ 'cache-control': 'no-store', connection: 'close' });
    expect(seen.body).not.toMatch(/callback|code|evil|Zm9v/);
    expect(await answerNow()).toBe('none yet');
    const taken = visit(at(right));
    expect(await loopback.answer).toEqual({ code: '4/0Aabc', error: undefined });
    await close();
    expect((await taken).status).toBe(200);
  });

  it('refuses a second answer', async () => {
    const first = visit(at(right));
    await loopback.answer;
    const second = await visit(at(`/?code=second&state=${state}`));
    expect([second.status, second.body]).toEqual([410, expect.stringContaining('Already answered')]);
    expect(await loopback.answer).toEqual({ code: '4/0Aabc', error: undefined });
    await close();
    expect((await first).status).toBe(200);
  });
});

describe('close', () => {
  it('stops listening', async () => {
    await close();
    await expect(visit(at(right))).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('does not wait for a connection that nobody uses', async () => {
    const socket = connect({ port: Number(new URL(loopback.redirectUri).port), host: '127.0.0.1' });
    await new Promise((resolve) => socket.once('connect', resolve));
    const ended = new Promise((resolve) => socket.once('close', resolve));
    socket.on('error', () => undefined);
    await close();
    await ended;
  });

  it('does not wait for a browser that has gone', async () => {
    const port = Number(new URL(loopback.redirectUri).port);
    const socket = connect({ port, host: '127.0.0.1' });
    socket.end(`GET ${right} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`);
    await loopback.answer;
    const ended = new Promise((resolve) => socket.once('close', resolve));
    socket.destroy();
    await ended;
    await close();
  });
});
