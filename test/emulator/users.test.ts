import { createHash } from 'node:crypto';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { decodeJwt } from 'jose';
import { startEmulator, type UserFile } from '../../src/emulator/index.ts';
import { openEmulator } from '../emulated.ts';
import { bearer, cloudPlatform, postForm, postJson, textOf } from './call.ts';

const email = 'dev@example.com';
const emailScope = 'https://www.googleapis.com/auth/userinfo.email';

let clock = Date.UTC(2026, 0, 1);
const emulator = await openEmulator({ now: () => clock });
let user: UserFile;

beforeEach(() => {
  user = emulator.createUser(email);
});

const token = (form: Record<string, string>) => postForm(`${emulator.url}/token`, form);

const refusal = (error: string, error_description: string, status = 400) => ({
  status,
  body: { error, error_description },
});

describe('refresh grant', () => {
  const refresh = (change: Record<string, string> = {}) => {
    const { client_id, client_secret, refresh_token } = user;
    return token({ grant_type: 'refresh_token', client_id, client_secret, refresh_token, ...change });
  };

  test('a file has the fields of gcloud’s', () => {
    expect(user).toEqual({
      type: 'authorized_user',
      client_id: emulator.desktopClientId,
      client_secret: emulator.desktopClientSecret,
      refresh_token: expect.stringMatching(/^1\/\/0/),
      universe_domain: 'googleapis.com',
    });
  });

  test('answers an access token, and an ID token for the client', async () => {
    const answer = await refresh();
    const accessToken = textOf(answer, 'access_token');
    const idToken = textOf(answer, 'id_token');
    expect(answer).toEqual({
      status: 200,
      body: {
        access_token: expect.stringMatching(/^ya29\.a0/),
        expires_in: 3599,
        scope: `openid ${emailScope} ${cloudPlatform}`,
        token_type: 'Bearer',
        id_token: idToken,
      },
    });
    expect(decodeJwt(idToken)).toEqual({
      iss: 'https://accounts.google.com',
      aud: emulator.desktopClientId,
      azp: emulator.desktopClientId,
      sub: expect.stringMatching(/^\d{21}$/),
      email,
      email_verified: true,
      at_hash: createHash('sha256').update(accessToken).digest().subarray(0, 16).toString('base64url'),
      iat: clock / 1000,
      exp: clock / 1000 + 3600,
    });
  });

  test('answers an ID token for another client of the project', async () => {
    const idToken = textOf(await refresh({ audience: emulator.clientId }), 'id_token');
    expect(decodeJwt(idToken)).toMatchObject({ aud: emulator.clientId, azp: emulator.desktopClientId, email });
  });

  test('no ID token without openid, and no email without its scope', async () => {
    user = emulator.createUser(email, { scopes: [cloudPlatform] });
    expect((await refresh()).body).not.toHaveProperty('id_token');
    user = emulator.createUser(email, { scopes: ['openid'] });
    expect(decodeJwt(textOf(await refresh(), 'id_token'))).not.toHaveProperty('email');
  });

  test.each(['1-other.apps.googleusercontent.com', 'https://app.example'])(
    'refuses the audience %s',
    async (audience) => {
      expect(await refresh({ audience })).toEqual(
        refusal('invalid_audience', 'The audience client and the client need to be in the same project.'),
      );
    },
  );

  // Each is wrong in the next check too, so that the order shows.
  test('refuses another client, and another secret', async () => {
    const wrong = { client_secret: 'x', refresh_token: 'x' };
    expect(await refresh({ client_id: '1-x.apps.googleusercontent.com', ...wrong })).toEqual(
      refusal('invalid_client', 'The OAuth client was not found.', 401),
    );
    expect(await refresh(wrong)).toEqual(refusal('invalid_client', 'The provided client secret is invalid.', 401));
  });

  test('refuses an unknown token, and none', async () => {
    expect(await refresh({ refresh_token: 'x', audience: 'x' })).toEqual(refusal('invalid_grant', 'Bad Request'));
    expect((await refresh({ refresh_token: '' })).body['error']).toBe('invalid_request');
  });

  test('refuses a user until the next sign-in', async () => {
    emulator.revokeUser(email, 'revoked');
    expect(await refresh({ audience: 'x' })).toEqual(refusal('invalid_grant', 'Token has been expired or revoked.'));
    emulator.revokeUser(email, 'rapt');
    expect(await refresh()).toEqual({
      status: 400,
      body: {
        error: 'invalid_grant',
        error_description: 'reauth related error (invalid_rapt)',
        error_subtype: 'invalid_rapt',
      },
    });
    user = emulator.createUser(email);
    expect((await refresh()).status).toBe(200);
  });

  test('gives a token that acts as service accounts where IAM allows it', async () => {
    const target = 'target@project.iam.gserviceaccount.com';
    emulator.allow(`user:${email}`, target, 'roles/iam.serviceAccountTokenCreator');
    const ask = async () => {
      const headers = bearer(textOf(await refresh(), 'access_token'));
      const url = `${emulator.url}/v1/projects/-/serviceAccounts/${target}:generateIdToken`;
      return (await postJson(url, { audience: 'a' }, headers)).status;
    };
    expect(await ask()).toBe(200);
    user = emulator.createUser(email, { scopes: ['openid'] });
    expect(await ask()).toBe(403);
    user = emulator.createUser('else@example.com');
    expect(await ask()).toBe(403);
  });

  test('its secrets are in the ledger', async () => {
    expect(emulator.ledger.secrets).toContain(user.refresh_token);
    const { body } = await refresh();
    const issued = [body['access_token'], body['id_token']].map(String);
    for (const secret of [...issued, issued[1]?.split('.')[2]]) expect(emulator.ledger.secrets).toContain(secret);
  });

  test('refuses a deleted client', async () => {
    const other = await startEmulator();
    try {
      expect(other.ledger.secrets).toContain(other.desktopClientSecret);
      const { client_id, client_secret, refresh_token } = other.createUser(email);
      other.deleteClient();
      const form = { grant_type: 'refresh_token', client_id, client_secret, refresh_token };
      expect(await postForm(`${other.url}/token`, form)).toEqual(
        refusal('invalid_client', 'The OAuth client was not found.', 401),
      );
    } finally {
      await other.close();
    }
  });
});

describe('sign-in', () => {
  const verifier = 'v'.repeat(43);
  const redirectUri = 'http://127.0.0.1:49152/callback';
  const query = (change: Record<string, string | undefined> = {}) => ({
    client_id: emulator.desktopClientId,
    response_type: 'code',
    scope: 'openid email',
    access_type: 'offline',
    redirect_uri: redirectUri,
    state: 'state',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    ...change,
  });

  async function authorize(change?: Record<string, string | undefined>): Promise<Response> {
    const url = new URL('/o/oauth2/v2/auth', emulator.url);
    for (const [name, value] of Object.entries(query(change)))
      if (value !== undefined) url.searchParams.set(name, value);
    return fetch(url, { redirect: 'manual' });
  }

  const back = (response: Response) => new URL(response.headers.get('location') ?? '');

  const codeOf = async (change?: Record<string, string | undefined>) =>
    back(await authorize(change)).searchParams.get('code') ?? '';

  const exchange = (code: string, change: Record<string, string> = {}) =>
    token({
      grant_type: 'authorization_code',
      client_id: emulator.desktopClientId,
      client_secret: emulator.desktopClientSecret,
      redirect_uri: redirectUri,
      code,
      code_verifier: verifier,
      ...change,
    });

  test('leads back with a code and the state, and the code to tokens', async () => {
    const response = await authorize();
    const { origin, pathname, searchParams } = back(response);
    expect([response.status, origin + pathname, searchParams.get('state')]).toEqual([302, redirectUri, 'state']);
    const answer = await exchange(searchParams.get('code') ?? '');
    expect(answer).toEqual({
      status: 200,
      body: {
        access_token: expect.any(String),
        expires_in: 3599,
        refresh_token: expect.stringMatching(/^1\/\/0/),
        scope: `openid ${emailScope}`,
        token_type: 'Bearer',
        id_token: expect.any(String),
      },
    });
    expect(decodeJwt(textOf(answer, 'id_token'))).toMatchObject({ aud: emulator.desktopClientId, email });
    const refreshed = await token({
      ...user,
      grant_type: 'refresh_token',
      refresh_token: textOf(answer, 'refresh_token'),
    });
    expect(refreshed.status).toBe(200);
    expect(emulator.ledger.lines().slice(-3)).toEqual(['GET consent → 302', 'POST token → 200', 'POST token → 200']);
  });

  test('is of the user who is hinted at, or the last who signed in', async () => {
    emulator.createUser('else@example.com');
    const who = async (code: string) => decodeJwt(textOf(await exchange(code), 'id_token'))['email'];
    expect(await who(await codeOf({ login_hint: email }))).toBe(email);
    expect(await who(await codeOf())).toBe('else@example.com');
    emulator.createUser(email);
    expect(await who(await codeOf())).toBe(email);
  });

  test('gives no refresh token unless offline access was asked for', async () => {
    expect((await exchange(await codeOf({ access_type: undefined }))).body).not.toHaveProperty('refresh_token');
  });

  test('does without PKCE where none was asked for', async () => {
    const code = await codeOf({ code_challenge: undefined, code_challenge_method: undefined });
    expect((await exchange(code, { code_verifier: '' })).status).toBe(200);
  });

  test('takes a code once, even where the exchange failed', async () => {
    const code = await codeOf();
    expect((await exchange(code)).status).toBe(200);
    expect(await exchange(code)).toEqual(refusal('invalid_grant', 'Bad Request'));
    const spoilt = await codeOf();
    expect(await exchange(spoilt, { code_verifier: 'x' })).toEqual(refusal('invalid_grant', 'Invalid code verifier.'));
    expect(await exchange(spoilt)).toEqual(refusal('invalid_grant', 'Bad Request'));
  });

  test.each([
    ['another code', { code: 'x' }, refusal('invalid_grant', 'Malformed auth code.')],
    ['another redirect', { redirect_uri: `${redirectUri}2` }, refusal('redirect_uri_mismatch', 'Bad Request')],
    ['no verifier', { code_verifier: '' }, refusal('invalid_grant', 'Missing code verifier.')],
    [
      'another secret',
      { client_secret: 'x' },
      refusal('invalid_client', 'The provided client secret is invalid.', 401),
    ],
  ])('refuses %s', async (_name, change, body) => {
    expect(await exchange(await codeOf(), change)).toEqual(body);
  });

  test('a code lasts ten minutes', async () => {
    const code = await codeOf();
    clock += 600_000;
    expect(await exchange(code)).toEqual(refusal('invalid_grant', 'Bad Request'));
  });

  test.each([
    ['another client', { client_id: 'x', redirect_uri: 'x' }, 'Error 401: invalid_client'],
    ['another host', { redirect_uri: 'http://127.0.0.1.example/', scope: '' }, 'Error 400: redirect_uri_mismatch'],
    ['localhost', { redirect_uri: 'http://localhost:1/' }, 'Error 400: redirect_uri_mismatch'],
    ['the out-of-band flow', { redirect_uri: 'urn:ietf:wg:oauth:2.0:oob' }, 'Error 400: redirect_uri_mismatch'],
    ['an implicit flow', { response_type: 'token' }, 'Invalid response_type'],
    ['no scope', { scope: '' }, 'Missing required parameter: scope'],
    ['a plain challenge', { code_challenge_method: 'plain' }, 'Invalid code_challenge_method'],
    ['a challenge that is no hash', { code_challenge: 'x' }, 'Invalid code_challenge'],
    ['a method without a challenge', { code_challenge: undefined }, 'Invalid code_challenge'],
  ])('shows an error page for %s', async (_name, change, text) => {
    const response = await authorize(change);
    expect(response.headers.has('location')).toBe(false);
    expect(await response.text()).toContain(text);
    expect(response.status).toBe(text.includes('401') ? 401 : 400);
  });

  test('is denied where nobody is signed in', async () => {
    const other = await startEmulator();
    try {
      const url = new URL('/o/oauth2/v2/auth', other.url);
      for (const [name, value] of Object.entries(query({ client_id: other.desktopClientId }))) {
        if (value !== undefined) url.searchParams.set(name, value);
      }
      const response = await fetch(url, { redirect: 'manual' });
      expect(response.headers.get('location')).toBe(`${redirectUri}?error=access_denied&state=state`);
    } finally {
      await other.close();
    }
  });

  test('its secrets are in the ledger', async () => {
    const code = await codeOf();
    expect(emulator.ledger.secrets).toContain(code);
    const refreshToken = textOf(await exchange(code), 'refresh_token');
    for (const secret of [verifier, refreshToken]) expect(emulator.ledger.secrets).toContain(secret);
  });
});
