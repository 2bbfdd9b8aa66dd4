import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Emulator, startEmulator } from '../../src/emulator/index.ts';
import { statuses } from '../../src/inputs.ts';
import { type Bearer, runCheck } from '../../src/smoke/run.ts';
import { Token } from '../../src/token.ts';
import { noon, openTestWorld } from '../world.ts';

const email = 'ci@project.iam.gserviceaccount.com';

let emulator: Emulator;
let jwt: string;

beforeAll(async () => {
  emulator = await startEmulator({ now: () => noon });
  jwt = await emulator.mintIdToken({ email, sub: '1' });
});
afterAll(() => emulator.close());
beforeEach(() => emulator.grant(email));
afterEach(() => {
  emulator.clearFaults();
  emulator.ledger.clear();
});

const bearer = (token: string): Bearer => ({
  token: new Token(token),
  facts: { kind: 'id_token', audience: emulator.clientId, principal: email, expires_at: '2026-03-01T13:00:00Z' },
});

interface Options {
  readonly token?: string;
  readonly expectStatus?: string;
  readonly base?: string;
}

const check = (path: string, { token = jwt, expectStatus = '200-299', base = emulator.appUrl }: Options = {}) =>
  runCheck(
    { url: new URL(path, base), expectStatus: statuses.parse(expectStatus) },
    bearer(token),
    openTestWorld(emulator),
  );

describe('runCheck', () => {
  it('tells of an app that answers', async () => {
    const { host } = new URL(emulator.appUrl);
    expect(await check('/json?a=b')).toEqual({
      name: `${host}/json`,
      url: `${emulator.appUrl}/json?a=b`,
      method: 'GET',
      passed: true,
      code: null,
      message: null,
      hint: null,
      status: 200,
      answered_by: 'app',
      attempts: 1,
      ms: 0,
    });
    expect(emulator.ledger.lines()).toEqual(['GET app /json?a=b → 200']);
  });

  it('sends the token in Authorization', async () => {
    await check('/');
    expect(emulator.ledger.requests.map(({ headers }) => headers['authorization'])).toEqual([`Bearer ${jwt}`]);
  });

  it('tells of an app that answers otherwise than expected', async () => {
    expect(await check('/nowhere')).toMatchObject({
      passed: false,
      code: 'app-status',
      message: 'the app answered 404, expected 200-299',
      hint: expect.stringContaining('expect_status'),
      status: 404,
      answered_by: 'app',
    });
  });

  it('passes a status that is expected', async () => {
    expect(await check('/nowhere', { expectStatus: '404' })).toMatchObject({ passed: true, code: null, status: 404 });
  });

  it.each(['503', '429'])('passes %s too, where that is what is expected', async (expectStatus) => {
    const status = Number(expectStatus);
    emulator.fail('app', { status });
    expect(await check('/', { expectStatus })).toMatchObject({ passed: true, code: null, status });
  });

  it('fails when IAP answers with a status that is expected of the app', async () => {
    emulator.revoke(email);
    expect(await check('/', { expectStatus: '403' })).toMatchObject({
      passed: false,
      code: 'iap-access-denied',
      message: `IAP answered 403, "Demo app: Access denied. For user ${email}."`,
      hint: expect.stringContaining(`--member=serviceAccount:${email}`),
      status: 403,
      answered_by: 'iap',
    });
  });

  it.each([
    ['for another app', { aud: 'other' }, 'iap-audience'],
    ['without an email', { email: undefined }, 'iap-email-missing'],
    ['of yesterday', { iat: noon / 1000 - 90_000, exp: noon / 1000 - 86_400 }, 'iap-token-expired'],
  ])('tells of a token %s', async (_, claims, code) => {
    const token = await emulator.mintIdToken({ email, sub: '1', ...claims });
    expect(await check('/', { token })).toMatchObject({ passed: false, code, status: 401, answered_by: 'iap' });
  });

  it('tells of a token that is none', async () => {
    expect(await check('/', { token: 'ya29.x' })).toMatchObject({ code: 'iap-not-a-jwt', answered_by: 'iap' });
  });

  it('does not follow IAP to the sign-in page', async () => {
    const location = 'https://accounts.google.com/o/oauth2/v2/auth?client_id=x';
    emulator.fail('iap', { status: 302, headers: { location } });
    expect(await check('/', { expectStatus: '302' })).toMatchObject({
      passed: false,
      code: 'iap-sign-in-redirect',
      status: 302,
      answered_by: 'iap',
    });
  });

  it('does not follow the app either', async () => {
    emulator.fail('app', { status: 302, headers: { location: '/json' } });
    expect(await check('/')).toMatchObject({ passed: false, code: 'app-status', status: 302, answered_by: 'app' });
    expect(emulator.ledger.lines()).toEqual(['GET app / → 302']);
  });

  it('waits for an app that is not ready yet', async () => {
    emulator.fail('app', { status: 503, times: 2, headers: { 'retry-after': '2' } });
    expect(await check('/')).toMatchObject({ passed: true, status: 200, attempts: 3, ms: 4000 });
  });

  it('tells of an app that does not get ready', async () => {
    emulator.fail('edge', { status: 502 });
    expect(await check('/')).toMatchObject({
      passed: false,
      code: 'unavailable',
      hint: expect.stringContaining('was tried 4 times'),
      status: 502,
      answered_by: 'app',
      attempts: 4,
    });
  });

  it('tells of a connection that breaks', async () => {
    emulator.fail('edge', { reset: 'before-headers' });
    expect(await check('/')).toMatchObject({
      passed: false,
      code: 'connection-reset',
      status: null,
      answered_by: 'none',
      attempts: 4,
    });
  });

  it('tells of an address where nothing listens', async () => {
    const gone = await startEmulator();
    await gone.close();
    expect(await check('/', { base: gone.appUrl })).toMatchObject({
      passed: false,
      code: 'connection-refused',
      hint: expect.stringContaining(new URL(gone.appUrl).host),
      status: null,
      answered_by: 'none',
    });
  });

  it('sends the token to nobody in the clear', async () => {
    expect(await check('/', { base: 'http://app.example.com' })).toMatchObject({
      passed: false,
      code: 'internal',
      status: null,
      answered_by: 'none',
    });
    expect(emulator.ledger.requests).toEqual([]);
  });

  it('holds no token, even where the answer does', async () => {
    emulator.fail('iap', { status: 401, body: `Unable to parse JWT ${jwt}` });
    const result = JSON.stringify(await check('/'));
    expect(result).toContain('Unable to parse JWT [token]');
    expect(result).not.toContain(jwt.split('.')[2]);
  });
});
