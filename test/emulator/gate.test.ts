import { beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { decodeJwt } from 'jose';
import { type KeyFile, startEmulator } from '../../src/emulator/index.ts';
import { openEmulator } from '../emulated.ts';
import { bearer, postForm, signWith, textOf } from './call.ts';

const email = 'ci@project.iam.gserviceaccount.com';
const now = () => Date.UTC(2026, 0, 1);

const emulator = await openEmulator({ now });
let key: KeyFile;

beforeAll(async () => {
  key = await emulator.createKey(email);
  emulator.grant(email);
});
beforeEach(() => emulator.setIap('custom'));

const visit = async (token?: string, path = '/') => {
  const headers = token === undefined ? {} : bearer(token);
  const response = await fetch(emulator.appUrl + path, { redirect: 'manual', headers });
  return { status: response.status, location: response.headers.get('location'), body: await response.text() };
};

const refusal = (body: string) => ({ status: 401, location: null, body });

const signedJwt = () =>
  signWith(key, { iss: email, sub: email, aud: `${emulator.appUrl}/*`, iat: now() / 1000, exp: now() / 1000 + 60 });

const wrongAudience = refusal('Invalid IAP credentials: Invalid bearer token. Invalid JWT audience.');

describe('on Google’s own client', () => {
  beforeEach(() => emulator.setIap('google-managed'));

  test('the sign-in names a client of another project, of which no token passes', async () => {
    const { status, location } = await visit();
    const { searchParams } = new URL(location ?? '');
    const client = searchParams.get('client_id') ?? '';
    expect(status).toBe(302);
    expect(client).toMatch(/^369001918367-\w+\.apps\.googleusercontent\.com$/);
    expect(searchParams.get('redirect_uri')).toBe(
      `https://iap.googleapis.com/v1/oauth/clientIds/${client}:handleRedirect`,
    );
    expect(await visit(await emulator.mintIdToken({ email, aud: client }))).toEqual(wrongAudience);
    expect(await visit(await emulator.mintIdToken({ email, aud: emulator.clientId }))).toEqual(wrongAudience);
  });

  test('a service-account JWT passes', async () => {
    expect((await visit(await signedJwt())).status).toBe(200);
  });
});

describe('on Identity Platform', () => {
  beforeEach(() => emulator.setIap('identity-platform'));

  test('ID tokens are refused, and a service-account JWT passes', async () => {
    expect(await visit(await emulator.mintIdToken({ email }))).toEqual(
      refusal('Invalid GCIP ID token: JWT signature is invalid'),
    );
    expect((await visit(await signedJwt())).status).toBe(200);
  });

  test('the sign-in is not Google’s', async () => {
    const { status, location } = await visit();
    expect([status, new URL(location ?? '').host]).toEqual([302, 'auth.example']);
  });
});

test('an allowlisted client passes, in both modes', async () => {
  const user = emulator.createUser('dev@example.com');
  emulator.grant('dev@example.com');
  const { client_id, client_secret, refresh_token } = user;
  const form = { grant_type: 'refresh_token', client_id, client_secret, refresh_token };
  const token = textOf(await postForm(`${emulator.url}/token`, form), 'id_token');
  expect(await visit(token)).toEqual(wrongAudience);
  emulator.allowlist(emulator.desktopClientId);
  expect((await visit(token)).status).toBe(200);
  emulator.setIap('google-managed');
  expect((await visit(token)).status).toBe(200);
});

test('a user’s access token gets error 900', async () => {
  const { client_id, client_secret, refresh_token } = emulator.createUser('dev@example.com');
  const form = { grant_type: 'refresh_token', client_id, client_secret, refresh_token };
  const token = textOf(await postForm(`${emulator.url}/token`, form), 'access_token');
  expect(await visit(token)).toEqual(
    refusal(
      'There was a problem with your request. Please reference https://cloud.google.com/iap/docs/faq#error_codes. Error code 900',
    ),
  );
});

test('a CI’s own token is not signed by Google', async () => {
  const token = await emulator.signCiToken({ aud: emulator.clientId, email });
  expect(await visit(token)).toEqual(refusal('Invalid IAP credentials: JWT signature is invalid'));
});

describe('the test of the app’s checks', () => {
  const path = (type: string, page = '/') =>
    `${page}?gcp-iap-mode=SECURE_TOKEN_TEST&iap-secure-token-test-type=${type}`;

  test.each([
    ['NOT_SET', 200],
    ['FUTURE_ISSUE', 401],
    ['PAST_EXPIRATION', 401],
    ['ISSUER', 401],
    ['AUDIENCE', 401],
    ['SIGNATURE', 401],
  ])('%s: the demo app answers %i', async (type, status) => {
    expect(await visit(await emulator.mintIdToken({ email }), path(type))).toMatchObject({ status });
  });

  test('breaks one thing at a time, and IAP’s own checks come first', async () => {
    const assertions: string[] = [];
    const other = await startEmulator({ now });
    try {
      other.grant(email);
      other.setApp((request) => {
        assertions.push(request.headers.get('x-goog-iap-jwt-assertion') ?? '');
        return new Response();
      });
      const headers = bearer(await other.mintIdToken({ email }));
      for (const type of ['NOT_SET', 'FUTURE_ISSUE', 'PAST_EXPIRATION', 'ISSUER', 'AUDIENCE', 'SIGNATURE']) {
        await fetch(other.appUrl + path(type), { headers });
      }
      const anonymous = await fetch(other.appUrl + path('ISSUER'), { redirect: 'manual' });
      expect(anonymous.status).toBe(302);
      expect(assertions).toHaveLength(6);
      for (const assertion of assertions) expect(other.ledger.secrets).toContain(assertion);
    } finally {
      await other.close();
    }
    const [whole, ...broken] = assertions.map((assertion) => decodeJwt(assertion));
    const changed = broken.map((claims) => Object.keys(claims).filter((name) => claims[name] !== whole?.[name]));
    expect(changed).toEqual([['iat', 'exp'], ['iat', 'exp'], ['iss'], ['aud'], []]);
  });

  test('is not asked for by one of the two parameters alone', async () => {
    const token = await emulator.mintIdToken({ email });
    expect((await visit(token, '/?iap-secure-token-test-type=ISSUER')).status).toBe(200);
    expect((await visit(token, '/?gcp-iap-mode=SECURE_TOKEN_TEST')).status).toBe(200);
  });
});
