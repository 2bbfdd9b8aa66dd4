import { execFile } from 'node:child_process';
import { createPublicKey, type JsonWebKey } from 'node:crypto';
import { type IncomingMessage, request as sendRequest } from 'node:http';
import { text } from 'node:stream/consumers';
import { setImmediate } from 'node:timers/promises';
import { promisify } from 'node:util';
import { beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { gaxios, JWT, OAuth2Client } from 'google-auth-library';
import {
  createRemoteJWKSet,
  decodeJwt,
  decodeProtectedHeader,
  importPKCS8,
  type JWTPayload,
  jwtVerify,
  SignJWT,
} from 'jose';
import { createDemoApp } from '../src/emulator/demo.ts';
import { type KeyFile, startEmulator } from '../src/emulator/index.ts';
import { createSigningKey, sign as signJwt } from '../src/emulator/jwt.ts';
import { openEmulator } from './emulated.ts';

const email = 'ci@project.iam.gserviceaccount.com';

let clock = Date.now();
const emulator = await openEmulator({ now: () => clock });
let key: KeyFile;
let otherKey: KeyFile;

beforeAll(async () => {
  key = await emulator.createKey(email);
  otherKey = await emulator.createKey('other@project.iam.gserviceaccount.com');
});
beforeEach(() => {
  clock = Date.now();
  emulator.grant(email);
});

const seconds = () => Math.floor(clock / 1000);

interface Signer {
  readonly pem?: string;
  readonly kid?: string | undefined;
}

async function sign(claims: JWTPayload, { pem = key.private_key, kid = key.private_key_id }: Signer = {}) {
  return new SignJWT(claims)
    .setProtectedHeader({ alg: 'RS256', typ: 'JWT', kid })
    .sign(await importPKCS8(pem, 'RS256'));
}

/** A good assertion's claims; what `change` has as undefined is left out. */
const assertionClaims = (change: Record<string, unknown> = {}): JWTPayload => ({
  iss: email,
  sub: email,
  aud: `${emulator.url}/token`,
  iat: seconds(),
  exp: seconds() + 3600,
  target_audience: emulator.clientId,
  ...change,
});

/** A good service-account JWT's claims, for all of the app. */
const jwtClaims = (change: Record<string, unknown> = {}): JWTPayload => ({
  iss: email,
  sub: email,
  aud: `${emulator.appUrl}/*`,
  iat: seconds(),
  exp: seconds() + 3600,
  ...change,
});

const post = (form: Record<string, string>) =>
  fetch(`${emulator.url}/token`, { method: 'POST', body: new URLSearchParams(form) });

const exchange = (assertion: string) => post({ grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion });

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

const visit = (path: string, init: RequestInit = {}) =>
  fetch(`${emulator.appUrl}${path}`, { redirect: 'manual', ...init });

const summarize = async (response: Response) => ({ status: response.status, body: await response.text() });

async function curl(...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)('curl', ['--silent', '--show-error', '--noproxy', '*', ...args]);
  return stdout;
}

/** google-auth-library signs for, and calls, Google's own address: no option and no `token_uri` changes it. */
function googleClient(): JWT {
  const transporter = new gaxios.Gaxios();
  transporter.interceptors.request.add({
    resolved: async (config) => {
      if (config.url.origin === 'https://oauth2.googleapis.com')
        config.url = new URL(config.url.pathname, emulator.url);
      return config;
    },
  });
  const client = new JWT({ transporter });
  client.fromJSON({ ...key });
  return client;
}

async function publishedKeys(): Promise<Record<string, string>> {
  const { keys } = (await (await fetch(`${emulator.url}/oauth2/v3/certs`)).json()) as { keys: JsonWebKey[] };
  const pem = (jwk: JsonWebKey) => createPublicKey({ key: jwk, format: 'jwk' }).export({ type: 'spki', format: 'pem' });
  return Object.fromEntries(keys.map((jwk) => [String(jwk['kid']), pem(jwk).toString()]));
}

describe('clients that are not ours', () => {
  test('google-auth-library gets an ID token, and its own verification accepts it', async () => {
    const token = await googleClient().fetchIdToken(emulator.clientId);
    const ticket = await new OAuth2Client().verifySignedJwtWithCertsAsync(
      token,
      await publishedKeys(),
      emulator.clientId,
      ['https://accounts.google.com'],
    );
    expect(ticket.getPayload()).toEqual({
      iss: 'https://accounts.google.com',
      aud: emulator.clientId,
      azp: email,
      email,
      email_verified: true,
      sub: key.client_id,
      iat: expect.any(Number),
      exp: expect.any(Number),
    });
    expect(emulator.ledger.lines()).toEqual(['POST token → 200', 'GET certs → 200']);
  });

  test('google-auth-library reports the error of a deleted key', async () => {
    const {
      private_key_id: kid,
      private_key: pem,
      client_email,
    } = await emulator.createKey('gone@p.iam.gserviceaccount.com');
    emulator.deleteKey(client_email, kid);
    const client = googleClient();
    client.email = client_email;
    client.key = pem;
    await expect(client.fetchIdToken(emulator.clientId)).rejects.toThrow('invalid_grant: Invalid JWT Signature.');
  });

  test('curl passes the gate with that token', async () => {
    const token = await googleClient().fetchIdToken(emulator.clientId);
    const out = await curl('-H', `Authorization: Bearer ${token}`, '-w', '%{http_code}', `${emulator.appUrl}/json`);
    expect(out).toBe(`{"status":"ok","email":"${email}"}200`);
    expect(emulator.ledger.lines().at(-1)).toBe('GET app /json → 200');
  });

  test('curl without a token is sent to sign in', async () => {
    const out = await curl('--include', `${emulator.appUrl}/`);
    const id = emulator.clientId;
    expect(out).toMatch(/^HTTP\/1\.1 302 /);
    expect(out).toContain('x-goog-iap-generated-response: true\r\n');
    expect(out).toContain(`location: https://accounts.google.com/o/oauth2/v2/auth?client_id=${id}&`);
    expect(out).toContain(`&redirect_uri=https://iap.googleapis.com/v1/oauth/clientIds/${id}:handleRedirect&state=`);
    expect(out).toMatch(/^set-cookie: GCP_IAP_XSRF_NONCE_\S+=/m);
    expect(out).toMatch(/^content-type: text\/html/m);
    expect(out).toMatch(/\r\n\r\nInvalid IAP credentials: empty token$/);
  });
});

describe('key file', () => {
  test('has the fields of Google’s', async () => {
    expect(key).toEqual({
      type: 'service_account',
      project_id: 'project',
      private_key_id: expect.stringMatching(/^[0-9a-f]{40}$/),
      private_key: expect.stringMatching(/^-----BEGIN PRIVATE KEY-----\n[\s\S]+\n-----END PRIVATE KEY-----\n$/),
      client_email: email,
      client_id: expect.stringMatching(/^\d{21}$/),
      auth_uri: 'https://accounts.google.com/o/oauth2/auth',
      token_uri: `${emulator.url}/token`,
      auth_provider_x509_cert_url: 'https://www.googleapis.com/oauth2/v1/certs',
      client_x509_cert_url: 'https://www.googleapis.com/robot/v1/metadata/x509/ci%40project.iam.gserviceaccount.com',
      universe_domain: 'googleapis.com',
    });
    expect(createPublicKey(key.private_key).asymmetricKeyDetails?.modulusLength).toBe(2048);
  });
});

describe('token endpoint', () => {
  test('answers an ID token and nothing else, by its own clock', async () => {
    clock = Date.UTC(2001, 0, 1);
    const response = await exchange(await sign(assertionClaims()));
    expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(response.headers.get('date')).toBe('Mon, 01 Jan 2001 00:00:00 GMT');
    const body = (await response.json()) as { id_token: string };
    expect(Object.keys(body)).toEqual(['id_token']);
    expect(decodeProtectedHeader(body.id_token)).toEqual({ alg: 'RS256', kid: expect.any(String), typ: 'JWT' });
    expect(decodeJwt(body.id_token)).toMatchObject({ iat: seconds(), exp: seconds() + 3600 });
  });

  test.each([
    ['https://oauth2.googleapis.com/token as aud', { aud: 'https://oauth2.googleapis.com/token' }],
    ['no sub', { sub: undefined }],
    ['a clock 300 s ahead', { iat: () => seconds() + 300, exp: () => seconds() + 3900 }],
    ['an hour less a second ago', { iat: () => seconds() - 3599, exp: () => seconds() + 1 }],
  ])('accepts %s', async (_name, change) => {
    expect((await exchange(await sign(assertionClaims(resolve(change))))).status).toBe(200);
  });

  const window = {
    error: 'invalid_grant',
    error_description:
      'Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check your iat and exp values in the JWT claim.',
  };
  const scope = { error: 'invalid_scope', error_description: 'Invalid OAuth scope or ID token audience provided.' };
  const grant = (error_description: string) => ({ error: 'invalid_grant', error_description });

  // Each row is wrong in a later check too, so that the order shows.
  test.each([
    [
      'an unknown issuer',
      { iss: 'nobody@project.iam.gserviceaccount.com', iat: undefined },
      grant('Invalid grant: account not found'),
    ],
    ['no issuer', { iss: undefined }, grant('Invalid grant: account not found')],
    [
      'another account’s issuer',
      { iss: 'other@project.iam.gserviceaccount.com', iat: undefined },
      grant('Invalid JWT Signature.'),
    ],
    ['no iat', { iat: undefined, exp: 1 }, grant('Invalid JWT: iat (issued at) is not set.')],
    ['no exp', { exp: undefined, target_audience: '' }, grant('Invalid JWT: exp (expiration time) is not set.')],
    ['an hour and a second of life', { exp: () => seconds() + 3601, target_audience: '' }, window],
    ['an iat 301 s ahead', { iat: () => seconds() + 301, exp: () => seconds() + 900, target_audience: '' }, window],
    ['an exp that is now', { iat: () => seconds() - 60, exp: () => seconds(), target_audience: '' }, window],
    ['an exp before its iat', { iat: () => seconds() + 200, exp: () => seconds() + 100 }, window],
    ['no target audience', { target_audience: undefined, aud: 'https://else.example' }, scope],
    ['a target audience with a space', { target_audience: 'a b', aud: 'https://else.example' }, scope],
    ['a scope', { scope: 'openid', aud: 'https://else.example' }, scope],
    ['another audience', { aud: 'https://else.example', sub: 'x' }, grant('Invalid JWT: Failed audience check.')],
  ])('refuses %s', async (_name, change, body) => {
    const response = await exchange(await sign(assertionClaims(resolve(change))));
    expect({ status: response.status, body: await response.json() }).toEqual({ status: 400, body });
  });

  test('refuses other algorithms than RS256, of the right key too', async () => {
    const header = { alg: 'RS512', kid: key.private_key_id };
    const signer = await importPKCS8(key.private_key, 'RS512');
    const assertion = await new SignJWT(assertionClaims()).setProtectedHeader(header).sign(signer);
    expect(await (await exchange(assertion)).json()).toEqual(grant('Invalid JWT Signature.'));
  });

  test('refuses another subject, as delegation it was never given', async () => {
    const response = await exchange(await sign(assertionClaims({ sub: 'user@example.com' })));
    expect(response.status).toBe(401);
    expect(await response.json()).toMatchObject({ error: 'unauthorized_client' });
  });

  test.each([
    ['a key of another account', () => ({ pem: otherKey.private_key })],
    ['a key id of another account', () => ({ kid: otherKey.private_key_id })],
  ])('refuses %s', async (_name, signer) => {
    const response = await exchange(await sign(assertionClaims(), signer()));
    expect(await response.json()).toEqual(grant('Invalid JWT Signature.'));
  });

  test('refuses an assertion whose claims were changed, or that is not signed', async () => {
    const [header, , signature] = (await sign(assertionClaims())).split('.');
    const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const changed = `${header}.${encode(assertionClaims({ target_audience: 'x' }))}.${signature}`;
    const unsigned = `${encode({ alg: 'none' })}.${encode(assertionClaims())}.`;
    for (const assertion of [changed, unsigned]) {
      expect(await (await exchange(assertion)).json()).toEqual(grant('Invalid JWT Signature.'));
    }
  });

  test('a deleted account is not found, with any key', async () => {
    const gone = await emulator.createKey('deleted@project.iam.gserviceaccount.com');
    const claims = assertionClaims({ iss: gone.client_email, sub: gone.client_email });
    const assertion = await sign(claims, { pem: gone.private_key, kid: gone.private_key_id });
    expect((await exchange(assertion)).status).toBe(200);
    emulator.deleteAccount(gone.client_email);
    expect(await (await exchange(assertion)).json()).toEqual(grant('Invalid grant: account not found'));
  });

  test('an account keeps its id and its other keys when one is deleted', async () => {
    const second = await emulator.createKey(email);
    const signed = await sign(assertionClaims(), { pem: second.private_key, kid: second.private_key_id });
    emulator.deleteKey(email, second.private_key_id);
    expect(second.client_id).toBe(key.client_id);
    expect((await exchange(signed)).status).toBe(400);
    expect((await exchange(await sign(assertionClaims()))).status).toBe(200);
  });

  test('refuses what is no JWT', async () => {
    for (const assertion of ['', 'x', 'a.b.c']) {
      expect(await summarize(await exchange(assertion))).toEqual({
        status: 400,
        body: '{"error":"invalid_request","error_description":"Bad Request"}',
      });
    }
  });

  test('refuses other grants', async () => {
    expect(await summarize(await post({ grant_type: 'password' }))).toEqual({
      status: 400,
      body: '{"error":"unsupported_grant_type","error_description":"Invalid grant_type: password"}',
    });
    expect(await (await post({ grant_type: 'constructor' })).json()).toMatchObject({ error: 'unsupported_grant_type' });
  });

  test('is nowhere else, and takes POST alone', async () => {
    for (const path of ['/token', '/tokens', '/']) {
      expect(await summarize(await fetch(emulator.url + path))).toEqual({
        status: 404,
        body: expect.stringContaining('Error 404 (Not Found)!!1'),
      });
    }
    expect(emulator.ledger.lines()[0]).toBe('GET none /token → 404');
  });
});

describe('keys', () => {
  test('two are published, one of them in use, and they may be cached', async () => {
    const response = await fetch(`${emulator.url}/oauth2/v3/certs`);
    expect(response.headers.get('cache-control')).toMatch(/^public, max-age=\d+/);
    const { keys } = (await response.json()) as { keys: Record<string, string>[] };
    const { kid } = decodeProtectedHeader(await emulator.mintIdToken({ email }));
    expect(keys).toHaveLength(2);
    expect(keys.filter((jwk) => jwk['kid'] === kid)).toHaveLength(1);
    for (const jwk of keys) expect(Object.keys(jwk).sort()).toEqual(['alg', 'e', 'kid', 'kty', 'n', 'use']);
  });
});

describe('gate', () => {
  const enter = async (token: string, path = '/') => summarize(await visit(path, { headers: bearer(token) }));

  test.each([
    ['a POST', { method: 'POST' }],
    ['a script', { headers: { 'x-requested-with': 'XMLHttpRequest' } }],
    ['another scheme', { method: 'POST', headers: { authorization: 'Basic dTpw' } }],
    ['an empty bearer', { method: 'POST', headers: { authorization: 'Bearer ' } }],
  ])('tells %s that has no token', async (_name, init) => {
    const response = await visit('/', init);
    expect(response.headers.get('x-goog-iap-generated-response')).toBe('true');
    expect(await summarize(response)).toEqual({ status: 401, body: 'Invalid IAP credentials: empty token' });
    expect(emulator.ledger.lines()).toEqual([expect.stringMatching(/ iap \/ → 401$/)]);
  });

  // Each row is wrong in the next check too, so that the order shows.
  test.each([
    [
      'email before audience',
      { email: undefined, aud: 'x' },
      "Invalid IAP credentials: JWT 'email' claim isn't a string",
    ],
    [
      'audience before expiry',
      { email, aud: 'x', exp: 1 },
      'Invalid IAP credentials: Invalid bearer token. Invalid JWT audience.',
    ],
    [
      'a list as audience',
      { email, aud: () => [emulator.clientId] },
      'Invalid IAP credentials: Invalid bearer token. Invalid JWT audience.',
    ],
    ['expiry', { email, exp: () => seconds() }, 'OpenID Connect token expired: JWT has expired'],
    ['no expiry', { email, exp: undefined }, 'OpenID Connect token expired: JWT has expired'],
  ])('refuses an ID token: %s', async (_name, change, body) => {
    expect(await enter(await emulator.mintIdToken(resolve(change)))).toEqual({ status: 401, body });
  });

  test.each(['ya29.access-token', 'Bearer eyJ', 'a.b.c'])('cannot parse %s', async (token) => {
    expect(await enter(token)).toEqual({ status: 401, body: 'Invalid IAP credentials: Unable to parse JWT' });
  });

  test('refuses what Google did not sign, before all else', async () => {
    const body = 'Invalid IAP credentials: JWT signature is invalid';
    const forged = { iss: 'https://accounts.google.com', aud: 'x' };
    const foreign = { iss: 'https://token.actions.githubusercontent.com', aud: emulator.clientId, email };
    for (const claims of [forged, foreign]) expect(await enter(await sign(claims))).toEqual({ status: 401, body });
  });

  test('accepts a token to its last second', async () => {
    const token = await emulator.mintIdToken({ email, iss: 'accounts.google.com' });
    clock += 3599_000;
    expect((await enter(token)).status).toBe(200);
    clock += 1000;
    expect((await enter(token)).status).toBe(401);
  });

  test('asks for the role, of exactly that email', async () => {
    const token = await emulator.mintIdToken({ email });
    emulator.revoke(email);
    emulator.grant(`x${email}`);
    const response = await visit('/', { headers: bearer(token) });
    expect(response.headers.get('x-goog-iap-generated-response')).toBe('true');
    expect(await summarize(response)).toEqual({ status: 403, body: `Demo app: Access denied. For user ${email}.` });
    emulator.grant(email);
    expect((await enter(token)).status).toBe(200);
  });

  test.each([
    ['the whole app', '/*', '/json'],
    ['the exact URL, without its query', '/json', '/json?q=1'],
    ['a part of the app', '/status/*', '/status/201'],
    ['the front page', '/', '/'],
  ])('accepts a service-account JWT for %s', async (_name, aud, path) => {
    const token = await sign(jwtClaims({ aud: emulator.appUrl + aud }));
    expect(Math.floor((await enter(token, path)).status / 100)).toBe(2);
  });

  const mismatch = 'Invalid IAP credentials: Audience specified does not match requested endpoint';
  const past = 'OpenID Connect token expired: JWT has expired';

  test.each([
    ['the bare origin', { aud: () => emulator.appUrl }, mismatch],
    ['another path', { aud: () => `${emulator.appUrl}/` }, mismatch],
    ['a path that only begins alike', { aud: () => `${emulator.appUrl}/js/*` }, mismatch],
    ['another host, expired', { aud: 'https://else.example/*', exp: 1 }, mismatch],
    ['IAP’s client id', { aud: () => emulator.clientId }, mismatch],
    ['the past', { exp: () => seconds() }, past],
    ['two hours', { exp: () => seconds() + 7200 }, expect.stringMatching(/ Error code 13$/)],
    ['another subject', { sub: 'x' }, expect.stringMatching(/ Error code 13$/)],
    ['an unknown account', { iss: 'x@y.z' }, 'Invalid IAP credentials: JWT signature is invalid'],
    ['another account', { iss: () => otherKey.client_email }, 'Invalid IAP credentials: JWT signature is invalid'],
  ])('refuses a service-account JWT for %s', async (_name, change, body) => {
    expect(await enter(await sign(jwtClaims(resolve(change))), '/json')).toEqual({ status: 401, body });
  });

  interface Echo {
    readonly headers: Record<string, string>;
    readonly method: string;
    readonly body: string;
  }
  const echo = async (init: RequestInit) => (await (await visit('/echo', init)).json()) as Echo;

  test('takes the token from Proxy-Authorization and leaves Authorization to the app', async () => {
    const token = await emulator.mintIdToken({ email });
    const headers = { 'proxy-authorization': `Bearer ${token}`, authorization: 'Bearer of-the-app' };
    const seen = await echo({ headers });
    expect(seen.headers['authorization']).toBe('Bearer of-the-app');
    expect(seen.headers).not.toHaveProperty('proxy-authorization');
  });

  test('takes Proxy-Authorization where both hold a valid token', async () => {
    const token = await emulator.mintIdToken({ email });
    const seen = await echo({ headers: { ...bearer(token), 'proxy-authorization': `Bearer ${token}` } });
    expect(seen.headers['authorization']).toBe(`Bearer ${token}`);
  });

  test('tries Authorization where Proxy-Authorization holds no valid token', async () => {
    const token = await emulator.mintIdToken({ email });
    const seen = await echo({ headers: { ...bearer(token), 'proxy-authorization': 'Bearer nonsense' } });
    expect(seen.headers).not.toHaveProperty('authorization');
    expect(seen.headers).not.toHaveProperty('proxy-authorization');
  });

  test('tells the app who calls, in a signed assertion, and drops what the caller claims to be', async () => {
    const token = await emulator.mintIdToken({ email, sub: '117' });
    const { headers, method, body } = await echo({
      method: 'POST',
      body: 'ping',
      headers: {
        ...bearer(token),
        'x-custom': 'kept',
        'x-goog-authenticated-user-email': 'accounts.google.com:root@example.com',
        'x-goog-iap-anything': '1',
      },
    });
    expect({ method, body, custom: headers['x-custom'] }).toEqual({ method: 'POST', body: 'ping', custom: 'kept' });
    expect(
      Object.keys(headers)
        .filter((name) => /^(x-goog|authorization)/.test(name))
        .sort(),
    ).toEqual(['x-goog-authenticated-user-email', 'x-goog-authenticated-user-id', 'x-goog-iap-jwt-assertion']);
    expect(headers['x-goog-authenticated-user-email']).toBe(`accounts.google.com:${email}`);
    expect(headers['x-goog-authenticated-user-id']).toBe('accounts.google.com:117');
    const { payload, protectedHeader } = await jwtVerify(
      headers['x-goog-iap-jwt-assertion'] ?? '',
      createRemoteJWKSet(new URL('/iap/verify/public_key-jwk', emulator.url)),
      { issuer: 'https://cloud.google.com/iap', audience: emulator.assertionAudience },
    );
    expect(protectedHeader.alg).toBe('ES256');
    expect(payload).toMatchObject({ email, sub: 'accounts.google.com:117', iat: seconds(), exp: seconds() + 600 });
  });
});

describe('demo app', () => {
  test('answers on its pages', async () => {
    const headers = bearer(await emulator.mintIdToken({ email }));
    const seen = await Promise.all(
      ['/', '/slow?ms=1', '/status/503', '/status/204', '/no'].map((path) => visit(path, { headers })),
    );
    expect(await Promise.all(seen.map(summarize))).toEqual([
      { status: 200, body: `Hello, ${email}.\n` },
      { status: 200, body: 'Slept 1 ms.\n' },
      { status: 503, body: 'Status 503.\n' },
      { status: 204, body: '' },
      { status: 404, body: 'Not found.' },
    ]);
    expect(seen.every((response) => !response.headers.has('x-goog-iap-generated-response'))).toBe(true);
  });

  test('refuses all but an assertion that IAP signed for it, and that is still good', async () => {
    const [iap, google] = await Promise.all([createSigningKey('ES256'), createSigningKey('ES256')]);
    const app = createDemoApp({ keys: { iap }, now: () => clock });
    const call = async (assertion: string) =>
      (await app(new Request('http://app/', { headers: { 'x-goog-iap-jwt-assertion': assertion } }))).status;
    const claims = {
      iss: 'https://cloud.google.com/iap',
      aud: emulator.assertionAudience,
      iat: seconds(),
      exp: seconds() + 600,
      email,
    };
    expect(await call(await signJwt(claims, iap))).toBe(200);
    expect(await call(await signJwt(claims, google))).toBe(401);
    expect(await call('')).toBe(401);
    const wrong = [
      { iss: 'x' },
      { aud: 'x' },
      { iat: seconds() - 700, exp: seconds() - 100 },
      { iat: seconds() + 300 },
    ];
    for (const change of wrong) expect(await call(await signJwt({ ...claims, ...change }, iap))).toBe(401);
  });
});

/** Sends the request with Node's own client, which tells a reset from an early end. */
const raw = (url: string, method = 'GET'): Promise<IncomingMessage> =>
  new Promise((done, fail) => {
    sendRequest(url, { method, agent: false }, done).on('error', fail).end();
  });

describe('faults', () => {
  test('a body of bytes is sent as it is', async () => {
    const body = Uint8Array.of(0x1f, 0x8b, 0xff, 0);
    emulator.fail('certs', { body });
    const answer = await fetch(`${emulator.url}/oauth2/v3/certs`);
    expect(new Uint8Array(await answer.arrayBuffer())).toEqual(body);
  });

  const certs = () => `${emulator.url}/oauth2/v3/certs`;

  test('an answer is sent as it is given, as often as it says, and the next fault follows', async () => {
    emulator.fail('certs', { status: 503, headers: { 'retry-after': '7' }, body: 'a <b>', times: 2 });
    emulator.fail('certs', { status: 429 });
    const first = await fetch(certs());
    expect([first.headers.get('retry-after'), await summarize(first)]).toEqual(['7', { status: 503, body: 'a <b>' }]);
    expect([(await fetch(certs())).status, (await fetch(certs())).status]).toEqual([503, 429]);
    expect((await fetch(certs())).status).toBe(429);
    emulator.clearFaults();
    expect((await fetch(certs())).status).toBe(200);
  });

  // RFC 9110 §8.6
  test.each([
    [200, '0'],
    [204, undefined],
    [304, undefined],
  ])('an empty answer of %i has the length %s', async (status, length) => {
    emulator.fail('certs', { status, body: '' });
    const { statusCode, headers } = await raw(certs());
    expect([statusCode, headers['content-length']]).toEqual([status, length]);
  });

  test('a failing token endpoint fails in Google’s words', async () => {
    emulator.fail('token', { status: 500 });
    expect(await summarize(await exchange('x'))).toEqual({
      status: 500,
      body: '{"error":"internal_failure","error_description":"Backend Error"}',
    });
  });

  test('headers alone are added to the real answer', async () => {
    emulator.fail('certs', { headers: { 'x-added': '1', date: 'Thu, 01 Jan 1970 00:00:00 GMT' } });
    const response = await fetch(certs());
    expect([response.headers.get('x-added'), response.headers.get('date')]).toEqual([
      '1',
      'Thu, 01 Jan 1970 00:00:00 GMT',
    ]);
    expect(await response.json()).toHaveProperty('keys');
  });

  test('IAP’s faults carry its header; those of the app and of the edge do not', async () => {
    const headers = bearer(await emulator.mintIdToken({ email }));
    const outcome = async () => {
      const response = await visit('/', { headers });
      return [response.status, response.headers.get('x-goog-iap-generated-response'), await response.text()];
    };
    emulator.fail('app', { status: 502, body: 'app' });
    expect(await outcome()).toEqual([502, null, 'app']);
    expect((await visit('/')).status).toBe(302);
    emulator.fail('iap', { status: 401, body: 'iap' });
    expect(await outcome()).toEqual([401, 'true', 'iap']);
    emulator.fail('edge', { status: 404, body: 'edge' });
    expect(await outcome()).toEqual([404, null, 'edge']);
    expect(emulator.ledger.lines()).toEqual([
      'GET app / → 502',
      'GET iap / → 302',
      'GET iap / → 401',
      'GET edge / → 404',
    ]);
  });

  test('reset before the headers', async () => {
    emulator.fail('certs', { reset: 'before-headers' });
    await expect(raw(certs())).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(emulator.ledger.lines()).toEqual(['GET certs → no answer']);
  });

  test('reset after the headers', async () => {
    emulator.fail('certs', { reset: 'after-headers' });
    const response = await raw(certs());
    expect(response.statusCode).toBe(200);
    await expect(text(response)).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(emulator.ledger.lines()).toEqual(['GET certs → 200']);
  });

  test('truncated, even where the body is empty', async () => {
    for (const body of ['0123456789', '']) {
      emulator.fail('certs', { body, truncate: true, times: 1 });
      const response = await raw(certs());
      const seen: string[] = [];
      response.setEncoding('utf8').on('data', (part: string) => seen.push(part));
      await expect(new Promise((done, fail) => response.on('end', done).on('error', fail))).rejects.toThrow('aborted');
      expect(seen.join('')).toBe(body.slice(0, 5));
    }
  });

  test('drips byte by byte, and loses none', async () => {
    emulator.fail('certs', { body: '0123456789', drip: 2 });
    const parts: string[] = [];
    for await (const part of (await raw(certs())).setEncoding('utf8')) parts.push(part);
    expect(parts.join('')).toBe('0123456789');
    expect(parts.length).toBeGreaterThan(1);
  });

  test('delayed: the next request overtakes', async () => {
    emulator.fail('certs', { delayMs: 200, times: 1 });
    const order: string[] = [];
    const late = raw(certs()).then(() => order.push('late'));
    await Promise.all([late, raw(`${emulator.url}/token`).then(() => order.push('other'))]);
    expect(order).toEqual(['other', 'late']);
    expect(emulator.ledger.lines()).toEqual(['GET certs → 200', 'GET none /token → 404']);
  });
});

describe('close', () => {
  test('ends what hangs and frees the ports', async () => {
    const other = await startEmulator();
    const certs = `${other.url}/oauth2/v3/certs`;
    other.fail('certs', { hang: 'in-body', times: 1 });
    other.fail('certs', { hang: 'before-headers' });
    const broken = expect(text(await raw(certs))).rejects.toMatchObject({ code: 'ECONNRESET' });
    const unanswered = expect(raw(certs)).rejects.toMatchObject({ code: 'ECONNRESET' });
    while (other.ledger.requests.length < 2) await setImmediate();
    await other.close();
    await Promise.all([broken, unanswered]);
    await expect(raw(certs)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await expect(raw(other.appUrl)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  // A process ends by itself only if nothing is left open: no socket, no timer.
  test.each([
    ['a delayed answer', `emulator.fail('certs', { delayMs: 600_000 }); await hold(emulator.url + '/oauth2/v3/certs')`],
    ['a dripping answer', `emulator.fail('certs', { drip: 600_000 }); await hold(emulator.url + '/oauth2/v3/certs')`],
    ['a slow app', `await hold(emulator.appUrl + '/slow?ms=600000')`],
    [
      'a port that is taken',
      `await startEmulator({ appPort: Number(emulator.host.split(':')[1]) }).catch((e) => print(e.code))`,
    ],
  ])(
    'leaves nothing open after %s',
    async (_name, act) => {
      const script = `
      import { setImmediate } from 'node:timers/promises';
      import { startEmulator } from './src/emulator/index.ts';
      const print = (text) => process.stdout.write(text + ' ');
      const emulator = await startEmulator();
      emulator.grant('a@b.c');
      const authorization = 'Bearer ' + await emulator.mintIdToken({ email: 'a@b.c' });
      const hold = async (url) => {
        fetch(url, { headers: { authorization } }).then((r) => r.text()).catch(() => print('cut'));
        while (emulator.ledger.requests.length === 0) await setImmediate();
      };
      ${act};
      await emulator.close();
      print('closed');`;
      const args = ['--disable-warning=ExperimentalWarning', '--input-type=module', '--eval', script];
      const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 20_000 });
      // The client learns of it before or after the emulator has closed.
      expect(stdout).toMatch(/^(cut closed|closed cut|EADDRINUSE closed) $/);
    },
    30_000,
  );
});

describe('options', () => {
  test('url is what its files and its tokens call it', async () => {
    const url = 'https://forwarded.example';
    const other = await startEmulator({ url });
    try {
      expect(other.url).toBe(url);
      expect((await other.createKey(email)).token_uri).toBe(`${url}/token`);
      expect(other.githubEnv().ACTIONS_ID_TOKEN_REQUEST_URL).toContain(`${url}/oidc/`);
      expect((await fetch(`http://${other.host}/oauth2/v3/certs`)).status).toBe(200);
    } finally {
      await other.close();
    }
  });

  test('another app, client id and title', async () => {
    const other = await startEmulator({ clientId: '1-x.apps.googleusercontent.com', appTitle: 'Shop' });
    try {
      other.setApp(async (request) => new Response(`app got ${await request.text()}`, { status: 201 }));
      const headers = bearer(await other.mintIdToken({ email }));
      const call = async () => summarize(await fetch(other.appUrl, { method: 'POST', body: 'it', headers }));
      expect(await call()).toEqual({ status: 403, body: `Shop: Access denied. For user ${email}.` });
      other.grant(email);
      expect(await call()).toEqual({ status: 201, body: 'app got it' });
    } finally {
      await other.close();
    }
  });
});

describe('ledger', () => {
  test('keeps every secret, of a JWT also its signature and of a key each line', async () => {
    const assertion = await sign(assertionClaims());
    const { id_token: idToken } = (await (await exchange(assertion)).json()) as { id_token: string };
    const seen = (await (await visit('/echo', { headers: bearer(idToken) })).json()) as {
      headers: Record<string, string>;
    };
    const iapAssertion = seen.headers['x-goog-iap-jwt-assertion'] ?? '';
    const odd = await emulator.mintIdToken({ email: 'odd' });
    const lines = key.private_key.split('\n').filter((line) => line !== '' && !line.startsWith('-----'));
    expect(lines.length).toBeGreaterThan(20);
    for (const secret of [key.private_key, ...lines]) expect(emulator.ledger.secrets).toContain(secret);
    for (const jwt of [assertion, idToken, iapAssertion, odd]) {
      expect(emulator.ledger.secrets).toContain(jwt);
      expect(emulator.ledger.secrets).toContain(jwt.split('.')[2]);
    }
    expect(emulator.ledger.secrets).not.toContain('-----BEGIN PRIVATE KEY-----');
  });

  test('keeps what it was sent, even in place of an answer', async () => {
    emulator.fail('token', { status: 503 });
    const assertion = await sign(assertionClaims());
    await exchange(assertion);
    await visit('/', { headers: { 'proxy-authorization': 'Bearer some-opaque-access-token' } });
    expect(emulator.ledger.secrets).toContain(assertion);
    expect(emulator.ledger.secrets).toContain('some-opaque-access-token');
    expect(emulator.ledger.requests[0]?.body).toContain(assertion);
    emulator.ledger.clear();
    expect(emulator.ledger.requests).toEqual([]);
    expect(emulator.ledger.secrets).toContain(assertion);
  });
});

/** Values that depend on the emulator are functions in the tables: there is none yet when they are read. */
const resolve = (change: object): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(change).map(([name, value]) => [name, typeof value === 'function' ? value() : value]),
  );
