import { beforeAll, describe, expect, it } from '@jest/globals';
import { decodeJwt } from 'jose';
import type { Fault } from '../../src/emulator/index.ts';
import { authorizationUrl, type CodeGrant, exchangeCode } from '../../src/google/code.ts';
import { redirectOf } from '../browser.ts';
import { openEmulator } from '../emulated.ts';
import { failureOf, openTestWorld, shownOf } from '../world.ts';

const email = 'user@example.com';
// RFC 7636, appendix B.
const verifier = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk';
const challenge = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM';
const redirectUri = 'http://127.0.0.1:49152';

const emulator = await openEmulator();

beforeAll(async () => {
  emulator.createUser(email);
});

const request = () => ({
  endpoint: `${emulator.url}/o/oauth2/v2/auth`,
  clientId: emulator.desktopClientId,
  redirectUri,
  state: 'a state',
  verifier,
});

async function grantOf(change: Partial<CodeGrant> = {}): Promise<CodeGrant> {
  const back = await redirectOf(authorizationUrl(request()));
  return {
    endpoint: `${emulator.url}/token`,
    clientId: emulator.desktopClientId,
    clientSecret: emulator.desktopClientSecret,
    code: back.searchParams.get('code') ?? '',
    verifier,
    redirectUri,
    ...change,
  };
}

async function refusalOf(change?: Partial<CodeGrant>) {
  const world = openTestWorld(emulator);
  const grant = await grantOf(change);
  const error = await failureOf(() => exchangeCode(grant, world));
  const shown = shownOf(error);
  expect([...emulator.ledger.secrets].filter((secret) => shown.includes(secret))).toEqual([]);
  return { error, ...world };
}

const answer = (body: object, status = 200): Fault => ({ status, body: JSON.stringify(body) });

describe('authorizationUrl', () => {
  it('asks for an email and a refresh token, with the hash of the verifier', () => {
    const url = authorizationUrl({ ...request(), endpoint: 'https://accounts.google.com/o/oauth2/v2/auth' });
    expect(url.origin + url.pathname).toBe('https://accounts.google.com/o/oauth2/v2/auth');
    expect(Object.fromEntries(url.searchParams)).toEqual({
      client_id: emulator.desktopClientId,
      response_type: 'code',
      scope: 'openid email',
      access_type: 'offline',
      prompt: 'consent',
      redirect_uri: redirectUri,
      state: 'a state',
      code_challenge: challenge,
      code_challenge_method: 'S256',
    });
    expect(url.href).not.toContain(verifier);
  });

  it('leads back with the state', async () => {
    const back = await redirectOf(authorizationUrl(request()));
    expect([back.origin, back.pathname, back.searchParams.get('state')]).toEqual([redirectUri, '/', 'a state']);
  });
});

describe('exchangeCode', () => {
  it('gives who it is and a refresh token, each masked', async () => {
    const world = openTestWorld(emulator);
    const grant = await grantOf();
    const { idToken, refreshToken } = await exchangeCode(grant, world);
    expect(decodeJwt(idToken)).toMatchObject({ aud: emulator.desktopClientId, email });
    expect(refreshToken).toMatch(/^1\/\/0/);
    expect(world.masks).toEqual([idToken, idToken.split('.')[2], expect.stringMatching(/^ya29\.a0/), refreshToken]);
    expect(Object.fromEntries(new URLSearchParams(emulator.ledger.requests.at(-1)?.body))).toEqual({
      client_id: emulator.desktopClientId,
      client_secret: emulator.desktopClientSecret,
      code: grant.code,
      code_verifier: verifier,
      redirect_uri: redirectUri,
      grant_type: 'authorization_code',
    });
  });

  it.each([
    ['refresh token', { id_token: 'a.b.c', access_token: 'x' }],
    ['ID token', { refresh_token: '1//0x', access_token: 'x' }],
    ['refresh token', { id_token: 'a.b.c', refresh_token: 'two\nlines' }],
    ['refresh token', []],
  ])('fails without a %s', async (what, body) => {
    emulator.fail('token', answer(body));
    const { error } = await refusalOf();
    expect(error).toMatchObject({ code: 'token-refused', message: `Google gave no ${what} for the sign-in` });
    expect(error.hint).toContain('https://myaccount.google.com/connections');
  });
});

describe('what Google refuses', () => {
  it.each([
    ['another verifier', { verifier: 'v'.repeat(43) }, 'token-refused', 'invalid_grant: Invalid code verifier.'],
    ['another redirect', { redirectUri: 'http://127.0.0.1:1' }, 'token-refused', 'redirect_uri_mismatch: Bad Request'],
    ['another code', { code: '4/0x' }, 'token-refused', 'invalid_grant: Malformed auth code.'],
    [
      'another client',
      { clientId: '1-gone.apps.googleusercontent.com' },
      'client-unknown',
      'invalid_client: The OAuth client was not found.',
    ],
    [
      'another secret',
      { clientSecret: 'GOCSPX-hunter2hunter2hunter2' },
      'client-unknown',
      'invalid_client: The provided client secret is invalid.',
    ],
  ])('%s', async (_name, change, code, words) => {
    const { error } = await refusalOf(change);
    const status = code === 'client-unknown' ? 401 : 400;
    expect(error).toMatchObject({ code, message: `Google refused the sign-in: status ${status}, "${words}"` });
    expect(shownOf(error)).not.toContain('hunter2');
  });

  it('the same code again', async () => {
    const world = openTestWorld(emulator);
    const grant = await grantOf();
    await exchangeCode(grant, world);
    expect((await failureOf(() => exchangeCode(grant, world))).code).toBe('token-refused');
  });

  it('with tokens in the refusal, which are masked and not shown', async () => {
    emulator.fail('token', answer({ error: 'see 1//0hunter2hunter2', refresh_token: '1//0hunter2hunter2' }, 400));
    const { error, masks } = await refusalOf();
    expect(error.code).toBe('token-refused');
    expect(shownOf(error)).not.toContain('hunter2');
    expect(masks).toEqual(['1//0hunter2hunter2']);
  });
});
