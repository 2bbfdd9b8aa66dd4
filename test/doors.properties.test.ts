import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { hasCode, IapError } from '../src/errors.ts';
import { googleEndpoints, googleUniverse } from '../src/google/endpoints.ts';
import { inspectToken } from '../src/inspection.ts';
import { type Loopback, listen } from '../src/login/loopback.ts';
import { readOptions, taken } from '../src/options.ts';
import { inspectionText } from '../src/report/inspection.ts';
import { answering, fc, hostile, runs, textOf, wireRuns } from './fuzz.ts';
import { fakeClock, noon } from './world.ts';

describe('options', () => {
  const secret = 'hunter2-hunter2-hunter2';
  const known = [...new Set(Object.values(taken).flat())].map((name) =>
    name.replace(/_(\w)/g, (_, one) => one.toUpperCase()),
  );
  const odd = fc.constantFrom<unknown>(Symbol('x'), 1n, () => 1, new URL('https://a.example/'), new Date(0), /x/, [[]]);
  const usual = fc.constantFrom<unknown>(
    ...['https://a.example/', ['https://a.example/'], [new URL('https://a.example')], 'discover', 'true', true, 8, '8'],
    ...['10s', '200-299', ['200', 404], 'ci@project.iam.gserviceaccount.com', 'fail', 'id_token', {}, null, undefined],
  );
  const value = fc.oneof(usual, usual, odd, fc.anything(), hostile);
  const name = fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...known, 'env', 'log', 'onSecret') }, fc.string());
  const options = fc.dictionary(name, value, { maxKeys: 5, noNullPrototype: true });
  const right = fc.record(
    {
      url: fc.constantFrom<unknown>('https://a.example/', ['https://a.example/x'], new URL('https://a.example')),
      targetAudience: fc.constantFrom('1-x.apps.googleusercontent.com', 'discover'),
      verify: fc.constantFrom(true, 'false'),
      timeout: fc.constantFrom('10s', '1m'),
      delegates: fc.constantFrom<unknown>([], ''),
      log: fc.constant({}),
    },
    { requiredKeys: ['url'] },
  );
  const defaults = { env: {}, warn: () => undefined };

  it('are read, or refused with one code that names each of them', () => {
    const seen = { read: 0, refused: 0 };
    const one = fc.oneof({ weight: 9, arbitrary: options }, { weight: 3, arbitrary: right }, fc.anything());
    fc.assert(
      fc.property(one, fc.constantFrom(...Object.values(taken)), (given, names) => {
        try {
          const { config, openCi } = readOptions(given, names, defaults);
          expect([typeof config.verify, openCi().name]).toEqual(['boolean', 'shell']);
          seen.read += 1;
        } catch (error) {
          if (!hasCode(error, 'config-invalid')) throw error;
          seen.refused += 1;
          const [, ...problems] = error.message.split('\n');
          expect(problems).not.toEqual([]);
          expect(problems.filter((line) => !line.startsWith('- '))).toEqual([]);
        }
      }),
    );
    expect(seen.read).toBeGreaterThan(runs / 100);
    expect(seen.refused).toBeGreaterThan(runs / 100);
  });

  it('that may be secret are never shown', () => {
    const hidden = fc.constantFrom('credentialsJson', 'idToken', 'headers', 'body', 'checks', 'subjectTokenVariable');
    const around = (inner: string) => fc.constantFrom<unknown>(inner, [inner], { [inner]: inner }, `{"a":"${inner}`);
    fc.assert(
      fc.property(options, hidden, around(secret), (given, which, one) => {
        try {
          readOptions({ ...given, [which]: one }, taken.checkApp, defaults);
        } catch (error) {
          if (!hasCode(error, 'config-invalid')) throw error;
          expect(error.message).not.toContain(secret);
        }
      }),
    );
  });
});

describe('the answer of a sign-in', () => {
  const state = 'Zm9vYmFyYmF6cXV4';
  let loopback: Loopback;
  let answered: unknown;
  beforeAll(async () => {
    loopback = await listen(state);
    loopback.answer.then((answer) => {
      answered = answer;
    });
  });
  afterAll(() => loopback.close({ title: 'The end', text: 'Of the test.' }));

  /** Sends these bytes, and gives the status that came back; 0 for none. */
  async function statusOf(request: string): Promise<number> {
    const socket = connect(Number(new URL(loopback.redirectUri).port), '127.0.0.1');
    // What the parser refuses, it may also hang up on.
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    socket.end(request);
    const answer = await text(socket).catch(() => '');
    return Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? 0);
  }

  it('is taken from nobody who does not know the state, whatever the request', async () => {
    const query = textOf(
      'code=4/0Aabc',
      '&',
      'state=',
      '=',
      '?',
      '%',
      '%5A',
      '+',
      state.slice(1),
      ';',
      '#',
      'error',
      '[]',
    );
    const path = fc.oneof(
      query.map((one) => `/?${one}`),
      textOf('/', '?', '//', 'http://', '127.0.0.1', '*', '..', '%2f', 'callback'),
      fc.webPath(),
    );
    const host = fc.oneof(
      { weight: 3, arbitrary: fc.constant(new URL(loopback.redirectUri).host) },
      fc.constantFrom('localhost', 'evil.example', '127.0.0.1', ''),
    );
    const method = fc.oneof({ weight: 4, arbitrary: fc.constant('GET') }, fc.constantFrom('POST', 'HEAD', 'PUT', 'X'));
    const line = fc.oneof(fc.constantFrom('', 'Content-Length: 5', 'Transfer-Encoding: chunked'), fc.string());
    const seen = new Map<number, number>();
    await fc.assert(
      fc.asyncProperty(method, path, host, line, async (verb, target, name, more) => {
        const status = await statusOf(`${verb} ${target} HTTP/1.1\r\nHost: ${name}\r\n${more}\r\n\r\n`);
        seen.set(status, (seen.get(status) ?? 0) + 1);
        expect([0, 400, 404, 405, 421, 431]).toContain(status);
        expect(answered).toBeUndefined();
      }),
      { numRuns: wireRuns },
    );
    for (const status of [400, 404, 421]) expect(seen.get(status)).toBeGreaterThan(0);
    // It still waits for the right one.
    const taken = statusOf(
      `GET /?state=${state}&code=c HTTP/1.1\r\nHost: ${new URL(loopback.redirectUri).host}\r\n\r\n`,
    );
    expect(await loopback.answer).toEqual({ code: 'c', error: undefined });
    taken.catch(() => undefined);
  });
});

describe('inspect', () => {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value) ?? '').toString('base64url');
  const account = 'ci@project.iam.gserviceaccount.com';
  const claim = fc.oneof(
    fc.jsonValue(),
    hostile,
    fc.constantFrom<unknown>(
      'https://accounts.google.com',
      account,
      'client',
      noon / 1000 + 60,
      noon / 1000 - 60,
      1e300,
    ),
  );
  const claims = fc.dictionary(fc.constantFrom('iss', 'sub', 'aud', 'exp', 'iat', 'email', '::error::', 'x'), claim, {
    noNullPrototype: true,
  });
  const header = fc.dictionary(fc.constantFrom('alg', 'kid', 'typ', 'crit', 'b64'), claim, { noNullPrototype: true });
  const signature = fc.constantFrom('', 'x', 'aHVudGVyMmh1bnRlcjJodW50ZXIy');
  const jwts = fc.oneof(
    { weight: 6, arbitrary: fc.tuple(header, claims, signature).map(([a, b, c]) => `${part(a)}.${part(b)}.${c}`) },
    fc.tuple(fc.jsonValue(), fc.jsonValue()).map(([a, b]) => `${part(a)}.${part(b)}.x`),
    fc.string(),
  );
  const keys = fc.oneof(
    fc.json(),
    fc
      .array(
        fc.dictionary(fc.constantFrom('kty', 'kid', 'n', 'e', 'alg'), fc.oneof(claim, fc.constantFrom('RSA', 'AQAB'))),
        {
          maxLength: 2,
        },
      )
      .map((all) => JSON.stringify({ keys: all })),
  );

  it('tells of any token what is wrong with it, in lines that nobody obeys, and not its signature', async () => {
    const seen = { read: 0, refused: 0 };
    const endpoints = googleEndpoints(googleUniverse);
    await fc.assert(
      fc.asyncProperty(jwts, keys, async (jwt, body) => {
        const http = answering({ status: 200, headers: {}, body });
        try {
          const found = await inspectToken(jwt, { http, endpoints, clock: fakeClock() });
          // Nobody here has a key that one of these could have been signed with.
          expect(found.verified).not.toBe(true);
          expect(found.problem?.code).not.toBe('internal');
          const lines = inspectionText(found, noon).split('\n');
          expect(lines.filter((line) => /^[\s\u0085]*::|##(vso)?\[|[\p{Cc}\u2028\u2029\u202e]/u.test(line))).toEqual(
            [],
          );
          expect(lines.join('\n')).not.toContain('aHVudGVyMmh1bnRlcjJodW50ZXIy');
          seen.read += 1;
        } catch (error) {
          if (!(error instanceof IapError) || error.code !== 'token-malformed') throw error;
          seen.refused += 1;
        }
      }),
    );
    expect(seen.read).toBeGreaterThan(runs / 10);
    expect(seen.refused).toBeGreaterThan(0);
  });
});
