import { beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Bearer, bearersFrom } from '../../src/bearer.ts';
import { type Fault, type Service, startEmulator } from '../../src/emulator/index.ts';
import type { Http } from '../../src/http.ts';
import { runChecks, type SmokeOptions } from '../../src/smoke/run.ts';
import { Token } from '../../src/token.ts';
import { openEmulator } from '../emulated.ts';
import { fakeClock, noon, openTestWorld } from '../world.ts';
import { plan } from './step.ts';

const email = 'ci@project.iam.gserviceaccount.com';
const emulator = await openEmulator();
let jwt: string;

beforeAll(async () => {
  jwt = await emulator.mintIdToken({ email, sub: '1' });
});
beforeEach(() => {
  emulator.grant(email);
  emulator.setApp(() => new Response('Hello.'));
});

const bearerOf = (token: string, expires_at = '2026-03-01T13:00:00Z'): Bearer => ({
  token: new Token(token),
  facts: { kind: 'id_token', audience: emulator.clientId, principal: email, expires_at },
});

interface Options extends Partial<SmokeOptions> {
  readonly first?: Bearer;
  readonly mint?: () => Promise<Bearer>;
}

/** Makes the checks of these inputs; without check_protected, unless they say otherwise. */
async function check(inputs: Readonly<Record<string, string>>, options: Options = {}) {
  const { first = bearerOf(jwt), mint = () => Promise.reject(new Error('not to be minted')), ...rest } = options;
  const world = openTestWorld(emulator, { clock: fakeClock() });
  let running = 0;
  let most = 0;
  const http: Http = async (request) => {
    most = Math.max(most, ++running);
    try {
      return await world.http(request);
    } finally {
      running--;
    }
  };
  const urls = inputs['url']?.split('\n').map((path) => new URL(path, emulator.appUrl).href) ?? [];
  const checks = await plan({ check_protected: 'off', show_response: 'never', ...inputs, url: urls.join('\n') });
  const bearers = bearersFrom(first, mint, world.clock);
  const reports = await runChecks(
    checks,
    { ...world, http, bearers, random: () => 1 },
    { concurrency: 8, propagationWait: 0, ...rest },
  );
  return { ...world, reports, results: reports.map(({ result }) => result), most };
}

const lines = () => emulator.ledger.lines();
const host = () => new URL(emulator.appUrl).host;

describe('a check', () => {
  it('that passes is reported in full', async () => {
    const { reports, slept } = await check({ url: '/a?b=c' }).then(({ reports, clock: { slept } }) => ({
      reports,
      slept,
    }));
    expect(reports).toEqual([
      {
        result: {
          name: `${host()}/a`,
          url: `${emulator.appUrl}/a?…`,
          method: 'GET',
          passed: true,
          code: null,
          message: null,
          hint: null,
          status: 200,
          answered_by: 'app',
          attempts: 1,
          ms: 0,
        },
      },
    ]);
    expect(slept).toEqual([]);
  });

  it('that fails is reported with what was expected and found', async () => {
    const { results } = await check({ url: '/', expect_status: '201' });
    expect(results).toMatchObject([
      {
        passed: false,
        code: 'app-status',
        message: 'the app answered 200, expected 201',
        hint: expect.stringContaining('expect_status'),
        status: 200,
        answered_by: 'app',
        attempts: 1,
      },
    ]);
  });

  it('holds no token, even where the answer does', async () => {
    emulator.fail('iap', { status: 401, body: `Unable to parse JWT ${jwt}` });
    const { reports } = await check({ url: '/', show_response: 'on_failure' });
    expect(reports[0]?.excerpt).toBe('Unable to parse JWT [token]');
    expect(JSON.stringify(reports)).not.toContain(jwt.split('.')[2]);
  });

  it('that goes to another machine in the clear is never made', async () => {
    const world = openTestWorld(emulator);
    const [one] = await plan({ url: `${emulator.appUrl}/`, check_protected: 'off' });
    if (one === undefined) throw new Error('no check');
    const bearers = bearersFrom(bearerOf(jwt), () => Promise.reject(new Error('x')), world.clock);
    const [report] = await runChecks(
      [{ ...one, url: new URL('http://192.0.2.1/') }],
      { ...world, bearers },
      { concurrency: 1, propagationWait: 0 },
    );
    expect(report?.result).toMatchObject({ passed: false, code: 'internal', status: null, answered_by: 'none' });
  });
});

describe('what may pass with time', () => {
  it.each<[string, Service, Fault, string]>([
    ['502', 'edge', { status: 502 }, '502 from the app'],
    ['503', 'edge', { status: 503 }, '503 from the app'],
    ['504', 'app', { status: 504 }, '504 from the app'],
    ['429', 'edge', { status: 429 }, '429 from the app'],
    ['a 500 of IAP', 'iap', { status: 500, body: 'Oops' }, '500 from IAP'],
    ['a 503 of IAP', 'iap', { status: 503 }, '503 from IAP'],
    ['no answer', 'edge', { reset: 'before-headers' }, 'connection-reset'],
    ['half an answer', 'app', { truncate: true, body: 'half' }, 'connection-reset'],
  ])('is waited for: %s', async (_, service, fault, outcome) => {
    emulator.fail(service, { ...fault, times: 2 });
    const { results, clock, lines: said } = await check({ url: '/' });
    expect(results).toMatchObject([{ passed: true, status: 200, attempts: 3, ms: 3000 }]);
    expect(clock.slept).toEqual([1000, 2000]);
    expect(said).toEqual([
      `${host()}/: ${outcome}; next try in 1 s, 1 min of retry_for left`,
      `${host()}/: ${outcome}; next try in 2 s, 59 s of retry_for left`,
    ]);
  });

  it.each([
    ['seconds', '7', [7000]],
    ['a date', new Date(noon + 9000).toUTCString(), [9000]],
    ['all that is left', '60', [60_000]],
    ['more than is left: a last try when the time is over', '3600', [60_000]],
  ])('is waited for as Retry-After asks: %s', async (_, value, slept) => {
    emulator.fail('edge', { status: 429, headers: { 'retry-after': value }, times: 1 });
    const { results, clock } = await check({ url: '/' });
    expect(clock.slept).toEqual(slept);
    expect(results).toMatchObject([{ passed: slept.length > 0, attempts: slept.length + 1 }]);
  });

  it('is waited for no longer than retry_for', async () => {
    emulator.fail('edge', { status: 503 });
    const { results, clock } = await check({ url: '/', retry_for: '5s' });
    expect(results).toMatchObject([
      {
        passed: false,
        code: 'unavailable',
        hint: expect.stringContaining('was tried 4 times within 5 s'),
        attempts: 4,
        ms: 5000,
      },
    ]);
    expect(clock.slept).toEqual([1000, 2000, 2000]);
  });

  it("is IAP's 403 in other words, as a fresh grant is", async () => {
    emulator.fail('iap', { status: 403, body: 'No.', times: 2 });
    const { results } = await check({ url: '/' }, { propagationWait: 600_000 });
    expect(results).toMatchObject([{ passed: true, attempts: 3 }]);
  });

  it.each([
    ['GET', 2],
    ['HEAD', 2],
    ['PUT', 2],
    ['DELETE', 2],
    ['OPTIONS', 2],
    ['POST', 1],
    ['PATCH', 1],
  ])('is no broken connection where the app may have seen what must not happen twice: %s', async (method, attempts) => {
    emulator.fail('app', { reset: 'before-headers', times: 1 });
    const { results } = await check({ url: '/', method });
    expect(results).toMatchObject([{ passed: attempts === 2, attempts }]);
    emulator.fail('app', { status: 503, times: 1 });
    expect((await check({ url: '/', method })).results).toMatchObject([{ passed: true, attempts: 2 }]);
  });

  it('is not waited for with retry_for: 0', async () => {
    emulator.fail('edge', { status: 503 });
    expect((await check({ url: '/', retry_for: '0' })).results).toMatchObject([{ code: 'unavailable', attempts: 1 }]);
  });

  it.each([
    ['404', 404, 3],
    ['400-499', 404, 3],
    ['500', 404, 1],
  ])('is a further status too: retry_on %s for %i', async (retry_on, status, attempts) => {
    emulator.fail('app', { status, times: 2 });
    expect((await check({ url: '/', retry_on })).results).toMatchObject([{ passed: attempts === 3, attempts }]);
  });

  it('is a fresh grant, for as long as propagation_wait', async () => {
    emulator.revoke(email);
    const { results, clock } = await check({ url: '/', retry_for: '0' }, { propagationWait: 4000 });
    expect(results).toMatchObject([{ passed: false, code: 'iap-access-denied', status: 403, attempts: 4, ms: 4000 }]);
    expect(clock.slept).toEqual([1000, 2000, 1000]);
  });

  it.each<[string, Service, Fault]>([
    ["the app's 403", 'app', { status: 403, body: 'Access denied.' }],
    ["IAP's 401", 'iap', { status: 401, body: 'Invalid IAP credentials: empty token' }],
    ["the app's 500", 'app', { status: 500 }],
    ['a sign-in redirect', 'iap', { status: 302, headers: { location: 'https://accounts.google.com/x' } }],
  ])('is not %s, whatever the budgets', async (_, service, fault) => {
    emulator.fail(service, fault);
    const { results, clock } = await check({ url: '/' }, { propagationWait: 600_000 });
    expect(results).toMatchObject([{ passed: false, attempts: 1 }]);
    expect(clock.slept).toEqual([]);
  });
});

describe('without a token', () => {
  it('each distinct URL is called once, after its first check', async () => {
    const { results } = await check({
      url: '/a\n/b',
      checks: JSON.stringify([{ url: `${emulator.appUrl}/a`, method: 'POST', name: 'again' }]),
      check_protected: 'fail',
    });
    expect(results.map(({ name, method, passed, answered_by }) => [name, method, passed, answered_by])).toEqual([
      [`${host()}/a`, 'GET', true, 'app'],
      [`${host()}/a, without a token`, 'GET', true, 'iap'],
      [`${host()}/b`, 'GET', true, 'app'],
      [`${host()}/b, without a token`, 'GET', true, 'iap'],
      ['again', 'POST', true, 'app'],
    ]);
    expect(lines().sort()).toEqual([
      'GET app /a → 200',
      'GET app /b → 200',
      'GET iap /a → 302',
      'GET iap /b → 302',
      'POST app /a → 200',
    ]);
  });

  it.each([
    ['fail', [null, 'app-unprotected'], [true, false]],
    ['warn', [null, 'app-unprotected'], [true, true]],
    ['off', [null], [true]],
  ])('an open app: check_protected %s', async (check_protected, codes, passed) => {
    emulator.fail('edge', { status: 200 });
    const { results } = await check({ url: '/', check_protected });
    expect(results.map(({ code }) => code)).toEqual(codes);
    expect(results.map((result) => result.passed)).toEqual(passed);
  });

  it.each([
    [['off', 'warn', 'fail'], false],
    [['warn', 'off', 'off'], true],
  ])('the strictest of one URL counts: %p', async (gravities, passed) => {
    emulator.fail('edge', { status: 200 });
    const url = `${emulator.appUrl}/`;
    const checks = gravities.map((check_protected, index) => ({ url, name: `n${index}`, check_protected }));
    const { results } = await check({ checks: JSON.stringify(checks) });
    expect(results.filter(({ code }) => code !== null)).toMatchObject([{ name: 'n0, without a token', passed }]);
  });

  it('waits for an app that is starting', async () => {
    emulator.fail('edge', { times: 1 });
    emulator.fail('edge', { status: 503, times: 1 });
    const { results } = await check({ url: '/', check_protected: 'fail' }, { concurrency: 1 });
    expect(results).toMatchObject([{ attempts: 1 }, { passed: true, answered_by: 'iap', attempts: 2 }]);
  });
});

describe('with broken assertions', () => {
  it.each([
    ['fail', false],
    ['warn', true],
  ])('an app that trusts them: check_assertion %s', async (check_assertion, passed) => {
    const { results } = await check({ url: '/', check_assertion });
    expect(results).toMatchObject([
      { code: null },
      { name: `${host()}/, with broken assertions`, code: 'app-trusts-assertion', passed, url: `${emulator.appUrl}/` },
    ]);
  });

  it('are of the first GET of a URL; without one that is said, and left out', async () => {
    emulator.setApp(({ method }) => new Response('Hello.', { status: method === 'GET' ? 200 : 202 }));
    const url = `${emulator.appUrl}/`;
    const post = `- { name: post, url: '${url}', method: POST }`;
    const get = `- { name: get, url: '${url}', expect_body: Hello }`;
    const both = await check({ checks: `${post}\n${get}`, check_assertion: 'fail' });
    expect(both.results.map(({ name, code }) => [name, code])).toEqual([
      ['post', null],
      ['get, with broken assertions', 'app-trusts-assertion'],
      ['get', null],
    ]);
    const alone = await check({ checks: post, check_assertion: 'warn' });
    expect(alone.results).toMatchObject([{ name: 'post', passed: true }]);
    expect(alone.warnings).toEqual([`check_assertion is skipped for ${url}: none of its checks is a GET or a HEAD.`]);
    expect(both.warnings).toEqual([]);
  });

  it('are sent with GET where there is only a HEAD', async () => {
    const { results, warnings } = await check({ url: '/', method: 'HEAD', check_assertion: 'fail' });
    expect(results).toMatchObject([
      { method: 'HEAD', passed: true },
      { method: 'GET', passed: false, code: 'app-trusts-assertion' },
    ]);
    expect(warnings).toEqual([]);
    expect(emulator.ledger.requests.map(({ method }) => method)).toEqual(['HEAD', ...Array(6).fill('GET')]);
  });

  it('the demo app passes', async () => {
    const own = await startEmulator({ now: () => noon, clientId: emulator.clientId });
    try {
      own.grant(email);
      const first = bearerOf(await own.mintIdToken({ email, sub: '1' }));
      const { results } = await check({ url: `${own.appUrl}/`, check_assertion: 'fail' }, { first });
      expect(results).toMatchObject([{ passed: true }, { passed: true, code: null }]);
      expect(own.ledger.requests).toHaveLength(7);
    } finally {
      await own.close();
    }
  });
});

describe('several checks', () => {
  const paths = [...Array(6).keys()].map((index) => `/${index}`);

  it.each([1, 2, 6, 64])('are made %i at once at most, and reported in order', async (concurrency) => {
    const { results, most } = await check({ url: paths.join('\n') }, { concurrency });
    expect(most).toBe(Math.min(concurrency, 6));
    expect(results.map(({ url }) => new URL(url).pathname)).toEqual(paths);
  });

  it('are reported in order even where the first ends last', async () => {
    let others = 0;
    let resolve: () => void = () => undefined;
    const promise = new Promise<void>((done) => {
      resolve = done;
    });
    emulator.setApp(async ({ url }) => {
      if (new URL(url).pathname === '/0') await promise;
      else if (++others === 5) resolve();
      return new Response('x');
    });
    const { results } = await check({ url: paths.join('\n') });
    expect(results.map(({ url, passed }) => [new URL(url).pathname, passed])).toEqual(
      paths.map((path) => [path, true]),
    );
  });

  it('go on after one that fails', async () => {
    emulator.fail('app', { status: 404, times: 1 });
    const { results } = await check({ url: paths.join('\n') }, { concurrency: 1 });
    expect(results.map(({ passed }) => passed)).toEqual([false, true, true, true, true, true]);
  });

  it.each([
    ['is about to expire', '2026-03-01T12:01:00Z'],
    ['has expired', '2026-03-01T11:00:00Z'],
  ])('mint a token that %s anew, once', async (_, expiry) => {
    let minted = 0;
    const mint = async () => {
      minted++;
      return bearerOf(jwt);
    };
    const { results } = await check({ url: paths.join('\n') }, { first: bearerOf('old', expiry), mint });
    expect(results.every(({ passed }) => passed)).toBe(true);
    expect(minted).toBe(1);
  });

  it('mint a token that IAP found expired anew, once', async () => {
    const old = await emulator.mintIdToken({ email, sub: '1', iat: noon / 1000 - 9000, exp: noon / 1000 - 5000 });
    let minted = 0;
    const mint = async () => {
      minted++;
      return bearerOf(jwt);
    };
    const { results } = await check({ url: paths.join('\n') }, { first: bearerOf(old), mint });
    expect(results.every(({ passed, attempts }) => passed && attempts === 1)).toBe(true);
    expect(minted).toBe(1);
  });

  it('are none where there is nothing to check', async () => {
    const world = openTestWorld(emulator);
    const bearers = bearersFrom(bearerOf(jwt), () => Promise.reject(new Error('x')), world.clock);
    const options = { concurrency: 8, propagationWait: 0 };
    expect(await runChecks([], { ...world, bearers }, options)).toEqual([]);
  });
});

describe('show_response', () => {
  it.each([
    ['on_failure', '404', undefined],
    ['on_failure', '200', 'Not <b>here</b>.\n::error::x'],
    ['never', '200', undefined],
  ] as const)('%s, with expect_status %s', async (show_response, expect_status, expected) => {
    emulator.setApp(() => new Response('Not <b>here</b>.\n::error::x', { status: 404 }));
    const { reports } = await check({ url: '/', expect_status, show_response });
    expect(reports[0]?.result.status).toBe(404);
    expect(reports[0] !== undefined && 'excerpt' in reports[0]).toBe(expected !== undefined);
    if (expected !== undefined) expect(reports[0]?.excerpt).toContain('here');
  });

  const secret = 'customer 4711';
  const marked = { 'x-goog-iap-generated-response': 'true' };
  const byGoogle = { via: '1.1 google' };
  const page = { 'content-type': 'text/html' };

  it.each<[string, number, string, Readonly<Record<string, string>>]>([
    ['iap-refused', 418, secret, marked],
    ['iap-signature', 401, `JWT signature is invalid ${secret}`, marked],
    ['iap-access-denied', 403, secret, marked],
    ['iap-setup', 500, `error code 900 ${secret}`, marked],
    ['cloud-run-invoker', 403, `Your client does not have permission to get URL ${secret}`, page],
    ['edge-not-found', 404, `response 404 (backend NotFound), service rules ${secret}`, byGoogle],
  ])('never, an answer is not quoted as %s either', async (code, status, body, headers) => {
    emulator.fail('edge', { status, body, headers });
    const about = async (show_response: string) => {
      const { results } = await check({ url: '/', check_protected: 'fail', retry_for: '0', show_response });
      expect(results[0]?.code).toBe(code);
      return JSON.stringify(results);
    };
    expect(await about('never')).not.toContain(secret);
    expect(await about('on_failure')).toContain(secret);
  });

  it('shows nothing of what the app was sent', async () => {
    const key = 'hunter2-hunter2';
    emulator.setApp(({ headers }) => new Response(`No ${headers.get('x-key')}.`, { status: 404 }));
    const { reports } = await check({ url: '/', headers: `X-Key: ${key}`, show_response: 'on_failure' });
    expect(reports[0]?.excerpt).toBe('No […].');
  });

  it('shows nothing of an empty answer, or of none', async () => {
    emulator.fail('app', { status: 404, times: 1 });
    emulator.fail('edge', { times: 1 });
    emulator.fail('edge', { reset: 'before-headers' });
    const { reports } = await check({ url: '/a\n/b', retry_for: '0', show_response: 'on_failure' }, { concurrency: 1 });
    expect(reports.map(({ result }) => result.status)).toEqual([404, null]);
    expect(reports.filter((report) => 'excerpt' in report)).toEqual([]);
  });
});
