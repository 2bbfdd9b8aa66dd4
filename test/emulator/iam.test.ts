import { createPublicKey, type JsonWebKey, verify } from 'node:crypto';
import { beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createRemoteJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify } from 'jose';
import type { KeyFile, Role } from '../../src/emulator/index.ts';
import { openEmulator } from '../emulated.ts';
import { bearer, cloudPlatform, postForm, postJson, signWith, textOf } from './call.ts';

const caller = 'caller@project.iam.gserviceaccount.com';
const target = 'target@project.iam.gserviceaccount.com';
const asCaller = `serviceAccount:${caller}`;
const tokenCreator = 'roles/iam.serviceAccountTokenCreator';
const noon = Date.UTC(2026, 0, 1, 12);

let clock = noon;
const emulator = await openEmulator({ now: () => clock });
let key: KeyFile;

beforeAll(async () => {
  key = await emulator.createKey(caller);
});
beforeEach(() => {
  clock = noon;
  emulator.deleteAccount(target);
  emulator.createAccount(target);
  emulator.enableApi();
});

const seconds = () => clock / 1000;

const selfSigned = (change: Record<string, unknown> = {}) =>
  signWith(key, {
    iss: caller,
    sub: caller,
    aud: 'https://iamcredentials.googleapis.com/',
    iat: seconds(),
    exp: seconds() + 3600,
    ...change,
  });

const call = (token: string, verb: string, body: unknown, account = target) =>
  postJson(`${emulator.url}/v1/projects/-/serviceAccounts/${account}:${verb}`, body, bearer(token));

const callAs = async (verb: string, body: unknown = {}, account = target) =>
  call(await selfSigned(), verb, body, account);

/** A good body of each call. */
const bodies: Readonly<Record<string, object>> = {
  generateIdToken: { audience: 'aud', includeEmail: true },
  generateAccessToken: { scope: [cloudPlatform] },
  signJwt: { payload: '{"sub":"x"}' },
  signBlob: { payload: 'eA==' },
};

const denied = (permission: string) => ({
  status: 403,
  body: {
    error: {
      code: 403,
      status: 'PERMISSION_DENIED',
      message: `Permission 'iam.serviceAccounts.${permission}' denied on resource (or it may not exist).`,
      details: [
        {
          '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
          reason: 'IAM_PERMISSION_DENIED',
          domain: 'iam.googleapis.com',
          metadata: { permission: `iam.serviceAccounts.${permission}` },
        },
      ],
    },
  },
});

const invalidArgument = {
  status: 400,
  body: { error: { code: 400, status: 'INVALID_ARGUMENT', message: 'Request contains an invalid argument.' } },
};

const accountKeys = () => createRemoteJWKSet(new URL(`/service_accounts/v1/jwk/${target}`, emulator.url));

describe('answers', () => {
  beforeEach(() => emulator.allow(asCaller, target, tokenCreator));

  test('an ID token, which passes the gate', async () => {
    emulator.grant(target);
    const answer = await callAs('generateIdToken', { audience: emulator.clientId, includeEmail: true });
    const token = textOf(answer, 'token');
    expect(Object.keys(answer.body)).toEqual(['token']);
    const { sub } = decodeJwt(token);
    expect(decodeJwt(token)).toEqual({
      iss: 'https://accounts.google.com',
      aud: emulator.clientId,
      azp: sub,
      sub: expect.stringMatching(/^\d{21}$/),
      email: target,
      email_verified: true,
      iat: seconds(),
      exp: seconds() + 3600,
    });
    expect((await fetch(emulator.appUrl, { headers: bearer(token) })).status).toBe(200);
  });

  test.each([{ includeEmail: false }, {}])('an ID token without email for %j', async (body) => {
    const token = textOf(await callAs('generateIdToken', { audience: 'a', ...body }), 'token');
    expect(decodeJwt(token)).not.toHaveProperty('email');
  });

  test('an access token for as long as asked', async () => {
    const answer = await callAs('generateAccessToken', { scope: [cloudPlatform], lifetime: '60s' });
    expect(answer).toEqual({
      status: 200,
      body: { accessToken: expect.stringMatching(/^ya29\.c\./), expireTime: '2026-01-01T12:01:00Z' },
    });
    const token = textOf(answer, 'accessToken');
    clock += 59_000;
    expect(await call(token, 'signJwt', bodies['signJwt'])).toEqual(denied('signJwt'));
    clock += 1000;
    expect((await call(token, 'signJwt', bodies['signJwt'])).status).toBe(401);
  });

  test('a JWT of exactly the payload, signed with a key that Google publishes', async () => {
    const payload = `{ "iss": "${target}", "exp": ${seconds() + 60}, "x": 1.0 }`;
    const { body } = await callAs('signJwt', { payload });
    const signed = String(body['signedJwt']);
    expect(Buffer.from(signed.split('.')[1] ?? '', 'base64url').toString()).toBe(payload);
    const { protectedHeader } = await jwtVerify(signed, accountKeys(), { currentDate: new Date(clock) });
    expect(protectedHeader).toEqual({ alg: 'RS256', typ: 'JWT', kid: body['keyId'] });
  });

  test('a signature of bytes', async () => {
    const payload = Buffer.from('to sign').toString('base64');
    const { body } = await callAs('signBlob', { payload });
    const { keys } = (await (await fetch(`${emulator.url}/service_accounts/v1/jwk/${target}`)).json()) as {
      keys: JsonWebKey[];
    };
    const jwk = keys.find(({ kid }) => kid === body['keyId']) ?? {};
    const signature = Buffer.from(String(body['signedBlob']), 'base64');
    const publicKey = createPublicKey({ key: jwk, format: 'jwk' });
    expect(verify('sha256', Buffer.from('to sign'), publicKey, signature)).toBe(true);
  });

  test('a JWT that the token endpoint takes as an assertion, and the gate as a bearer', async () => {
    const times = { iat: seconds(), exp: seconds() + 3600 };
    const assertion = { iss: target, sub: target, aud: `${emulator.url}/token`, target_audience: 'aud', ...times };
    const signed = textOf(await callAs('signJwt', { payload: JSON.stringify(assertion) }), 'signedJwt');
    const grant_type = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
    const exchanged = await postForm(`${emulator.url}/token`, { grant_type, assertion: signed });
    expect(decodeJwt(textOf(exchanged, 'id_token'))).toMatchObject({ aud: 'aud', email: target });

    emulator.grant(target);
    const pass = { iss: target, sub: target, aud: `${emulator.appUrl}/*`, ...times };
    const jwt = textOf(await callAs('signJwt', { payload: JSON.stringify(pass) }), 'signedJwt');
    expect((await fetch(emulator.appUrl, { headers: bearer(jwt) })).status).toBe(200);
    const foreign = { ...pass, iss: caller, sub: caller };
    const wrong = textOf(await callAs('signJwt', { payload: JSON.stringify(foreign) }), 'signedJwt');
    expect((await fetch(emulator.appUrl, { headers: bearer(wrong) })).status).toBe(401);
  });

  test('an email that is percent-encoded', async () => {
    const answer = await callAs('generateIdToken', bodies['generateIdToken'], encodeURIComponent(target));
    expect(answer.status).toBe(200);
  });

  test.each([
    ['generateIdToken', {}],
    ['generateIdToken', { audience: '' }],
    ['generateIdToken', '{'],
    ['generateAccessToken', {}],
    ['generateAccessToken', { scope: cloudPlatform }],
    ['generateAccessToken', { scope: ['cloud-platform'] }],
    ['generateAccessToken', { scope: [cloudPlatform], lifetime: '3601s' }],
    ['generateAccessToken', { scope: [cloudPlatform], lifetime: '60' }],
    ['signJwt', { payload: { sub: 'x' } }],
    ['signJwt', { payload: 'x' }],
    ['signJwt', { payload: '[]' }],
    ['signJwt', { payload: `{"exp":${noon / 1000 + 12 * 3600 + 1}}` }],
    ['signJwt', { payload: `{"exp":${noon / 1000}}` }],
    ['signBlob', { payload: '*' }],
    ['signJwt', { payload: '{}', delegates: 'x' }],
    ['signJwt', { payload: '{}', delegates: ['x'] }],
  ])('%s of %j with a 400', async (verb, body) => {
    expect(await callAs(verb, body)).toEqual(invalidArgument);
  });

  test('a JWT of twelve hours', async () => {
    const payload = `{"exp":${seconds() + 12 * 3600}}`;
    expect((await callAs('signJwt', { payload })).status).toBe(200);
  });
});

describe('roles', () => {
  test.each<[Role, string[]]>([
    ['roles/iam.workloadIdentityUser', ['generateIdToken', 'generateAccessToken']],
    ['roles/iam.serviceAccountOpenIdTokenCreator', ['generateIdToken']],
    [tokenCreator, ['generateIdToken', 'generateAccessToken', 'signJwt', 'signBlob']],
  ])('%s allows %j', async (role, allowed) => {
    const permissions: Record<string, string> = {
      generateIdToken: 'getOpenIdToken',
      generateAccessToken: 'getAccessToken',
      signJwt: 'signJwt',
      signBlob: 'signBlob',
    };
    for (const [verb, body] of Object.entries(bodies)) {
      expect(await callAs(verb, body)).toEqual(denied(permissions[verb] ?? ''));
    }
    emulator.allow(asCaller, target, role);
    const passed: string[] = [];
    for (const [verb, body] of Object.entries(bodies)) {
      const answer = await callAs(verb, body);
      if (answer.status === 200) passed.push(verb);
      else expect(answer).toEqual(denied(permissions[verb] ?? ''));
    }
    expect(passed).toEqual(allowed);
    emulator.disallow(asCaller, target, role);
    expect((await callAs('generateIdToken', bodies['generateIdToken'])).status).toBe(403);
  });

  test('are needed on oneself too', async () => {
    const body = bodies['generateIdToken'];
    expect(await callAs('generateIdToken', body, caller)).toEqual(denied('getOpenIdToken'));
    emulator.allow(asCaller, caller, tokenCreator);
    expect((await callAs('generateIdToken', body, caller)).status).toBe(200);
    emulator.disallow(asCaller, caller, tokenCreator);
  });

  test('are taken away one by one', async () => {
    emulator.allow(asCaller, target, 'roles/iam.serviceAccountOpenIdTokenCreator');
    emulator.allow(asCaller, target, tokenCreator);
    emulator.disallow(asCaller, target, tokenCreator);
    expect((await callAs('generateIdToken', bodies['generateIdToken'])).status).toBe(200);
    expect(await callAs('signJwt', bodies['signJwt'])).toEqual(denied('signJwt'));
  });

  test('go with the account', async () => {
    emulator.allow(asCaller, target, tokenCreator);
    emulator.deleteAccount(target);
    emulator.createAccount(target);
    expect((await callAs('signJwt', bodies['signJwt'])).status).toBe(403);
  });

  test.each(['', 'principalSet'])('of a job by its %s name', async (kind) => {
    const member =
      kind === '' ? emulator.principal('repo:a/b:ref:refs/heads/main') : emulator.principalSet('repository', 'a/b');
    expect(member).toMatch(
      kind === ''
        ? /^principal:\/\/iam\.googleapis\.com\/projects\/123456789012\/locations\/global\/workloadIdentityPools\/ci\/subject\/repo:a\/b:ref:refs\/heads\/main$/
        : /^principalSet:\/\/iam\.googleapis\.com\/projects\/123456789012\/locations\/global\/workloadIdentityPools\/ci\/attribute\.repository\/a\/b$/,
    );
    emulator.allow(member, target, 'roles/iam.workloadIdentityUser');
    expect((await call(await federated('a/b'), 'generateIdToken', bodies['generateIdToken'])).status).toBe(200);
    expect((await call(await federated('a/c'), 'generateIdToken', bodies['generateIdToken'])).status).toBe(403);
  });

  test('of all jobs of a pool, and of no other pool', async () => {
    emulator.allow(emulator.principalSet(), target, 'roles/iam.workloadIdentityUser');
    expect((await call(await federated('a/c'), 'generateIdToken', bodies['generateIdToken'])).status).toBe(200);
    const name = 'projects/123456789012/locations/global/workloadIdentityPools/other/providers/github';
    const other = await federated('a/c', emulator.createProvider({ name }));
    expect(await call(other, 'generateIdToken', bodies['generateIdToken'])).toEqual(denied('getOpenIdToken'));
  });

  test('are for members, and of roles, that IAM knows', () => {
    expect(() => emulator.allow(caller, target, tokenCreator)).toThrow(`"${caller}" is not an IAM member`);
    expect(() => emulator.allow(asCaller, target, 'roles/owner' as Role)).toThrow('"roles/owner" is not a role');
  });
});

async function federated(repository: string, provider = emulator.provider): Promise<string> {
  const subjectToken = await emulator.signCiToken({ repository, aud: `https://iam.googleapis.com/${provider}` });
  const answer = await postJson(`${emulator.url}/v1/token`, {
    grantType: 'urn:ietf:params:oauth:grant-type:token-exchange',
    audience: `//iam.googleapis.com/${provider}`,
    requestedTokenType: 'urn:ietf:params:oauth:token-type:access_token',
    subjectTokenType: 'urn:ietf:params:oauth:token-type:jwt',
    scope: cloudPlatform,
    subjectToken,
  });
  return textOf(answer, 'access_token');
}

describe('delegation', () => {
  const [first, second] = ['first@project.iam.gserviceaccount.com', 'second@project.iam.gserviceaccount.com'];
  const delegates = [`projects/-/serviceAccounts/${first}`, second];
  const ask = () => callAs('generateIdToken', { ...bodies['generateIdToken'], delegates });

  test('asks each link, and the last for the permission itself', async () => {
    expect(await ask()).toEqual(denied('implicitDelegation'));
    emulator.allow(asCaller, first, tokenCreator);
    expect(await ask()).toEqual(denied('implicitDelegation'));
    emulator.allow(`serviceAccount:${first}`, second, tokenCreator);
    expect(await ask()).toEqual(denied('getOpenIdToken'));
    emulator.allow(`serviceAccount:${second}`, target, 'roles/iam.serviceAccountOpenIdTokenCreator');
    expect((await ask()).status).toBe(200);
    emulator.disallow(`serviceAccount:${first}`, second, tokenCreator);
    emulator.allow(`serviceAccount:${first}`, second, 'roles/iam.workloadIdentityUser');
    expect(await ask()).toEqual(denied('implicitDelegation'));
  });
});

// Each test is wrong in the next check too, so that the order shows.
describe('refuses', () => {
  const details = (reason: string, metadata: object) => [
    { '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason, domain: 'googleapis.com', metadata },
  ];
  const method = 'google.iam.credentials.v1.IAMCredentials.GenerateIdToken';
  const service = 'iamcredentials.googleapis.com';

  test.each([
    ['another audience', { aud: 'https://oauth2.googleapis.com/token' }],
    ['no audience and no scope', { aud: undefined }],
    ['another subject', { sub: target }],
    ['an unknown account', { iss: 'x@y.z', sub: 'x@y.z' }],
    ['another account', { iss: target, sub: target }],
    ['more than an hour', { exp: noon / 1000 + 3601 }],
    ['the past', { iat: noon / 1000 - 60, exp: noon / 1000 }],
    ['no iat', { iat: undefined }],
  ])('a self-signed JWT of %s', async (_name, change) => {
    emulator.disableApi();
    const answer = await call(await selfSigned(change), 'generateIdToken', {});
    expect(answer).toEqual({
      status: 401,
      body: {
        error: {
          code: 401,
          status: 'UNAUTHENTICATED',
          message:
            'Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project.',
          details: details('ACCESS_TOKEN_TYPE_UNSUPPORTED', { service, method }),
        },
      },
    });
  });

  test('an ID token, and no token', async () => {
    expect((await call(await emulator.mintIdToken({ email: caller }), 'signJwt', {})).status).toBe(401);
    const response = await fetch(`${emulator.url}/v1/projects/-/serviceAccounts/${target}:signJwt`, { method: 'POST' });
    expect(response.headers.get('www-authenticate')).toMatch(/^Bearer /);
    expect(await response.json()).toMatchObject({ error: { details: [{ reason: 'CREDENTIALS_MISSING' }] } });
  });

  test('all calls while the API is disabled', async () => {
    emulator.disableApi();
    const url = `https://console.developers.google.com/apis/api/${service}/overview?project=123456789012`;
    expect(await call(await selfSigned({ aud: undefined, scope: 'openid' }), 'generateIdToken', {})).toEqual({
      status: 403,
      body: {
        error: {
          code: 403,
          status: 'PERMISSION_DENIED',
          message: `IAM Service Account Credentials API has not been used in project 123456789012 before or it is disabled. Enable it by visiting ${url} then retry. If you enabled this API recently, wait a few minutes for the action to propagate to our systems and retry.`,
          details: details('SERVICE_DISABLED', {
            service,
            consumer: 'projects/123456789012',
            activationUrl: url,
          }),
        },
      },
    });
  });

  test('insufficient scopes', async () => {
    const token = await selfSigned({ aud: undefined, scope: 'openid' });
    expect(await call(token, 'generateIdToken', {}, 'nobody@project.iam.gserviceaccount.com')).toEqual({
      status: 403,
      body: {
        error: {
          code: 403,
          status: 'PERMISSION_DENIED',
          message: 'Request had insufficient authentication scopes.',
          details: details('ACCESS_TOKEN_SCOPE_INSUFFICIENT', { service, method }),
        },
      },
    });
    const enough = await selfSigned({ aud: undefined, scope: `openid ${cloudPlatform}` });
    expect(await call(enough, 'generateIdToken', bodies['generateIdToken'])).toEqual(denied('getOpenIdToken'));
  });

  test('an unknown account', async () => {
    expect(await callAs('signJwt', {}, 'nobody@project.iam.gserviceaccount.com')).toEqual({
      status: 404,
      body: {
        error: {
          code: 404,
          status: 'NOT_FOUND',
          message: 'Not found; Gaia id not found for email nobody@project.iam.gserviceaccount.com',
        },
      },
    });
  });

  test('before it reads the arguments', async () => {
    expect(await callAs('generateIdToken', {})).toEqual(denied('getOpenIdToken'));
  });

  test('other calls', async () => {
    const { status } = await fetch(`${emulator.url}/v1/projects/-/serviceAccounts/${target}:delete`, {
      method: 'POST',
    });
    expect(status).toBe(404);
  });
});

describe('keys of an account', () => {
  const kids = async (email: string) => {
    const response = await fetch(`${emulator.url}/service_accounts/v1/jwk/${encodeURIComponent(email)}`);
    const { keys } = (await response.json()) as { keys: Record<string, string>[] };
    for (const jwk of keys) expect(Object.keys(jwk).sort()).toEqual(['alg', 'e', 'kid', 'kty', 'n', 'use']);
    return keys.map(({ kid }) => kid);
  };

  test('are those of its files, and Google’s', async () => {
    expect(await kids(caller)).toEqual([key.private_key_id, expect.any(String)]);
    expect(await kids(target)).toHaveLength(1);
    expect(await kids(target)).toEqual(await kids(target));
  });

  test('verify what the file signs', async () => {
    const jwks = createRemoteJWKSet(new URL(`/service_accounts/v1/jwk/${caller}`, emulator.url));
    await expect(jwtVerify(await selfSigned(), jwks, { currentDate: new Date(clock) })).resolves.toBeDefined();
  });

  test('are none of an unknown account', async () => {
    expect((await fetch(`${emulator.url}/service_accounts/v1/jwk/nobody@x.y`)).status).toBe(404);
    expect(emulator.ledger.lines().at(-1)).toBe('GET account-certs /service_accounts/v1/jwk/nobody@x.y → 404');
  });
});

test('its secrets are in the ledger, and its faults are its own', async () => {
  emulator.allow(asCaller, target, tokenCreator);
  const token = await selfSigned();
  const answers = await Promise.all(
    ['generateIdToken', 'generateAccessToken', 'signJwt'].map((verb) => call(token, verb, bodies[verb])),
  );
  const issued = answers.map(({ body }) => body['token'] ?? body['accessToken'] ?? body['signedJwt']).map(String);
  expect(decodeProtectedHeader(issued[2] ?? '').alg).toBe('RS256');
  for (const secret of [token, ...issued]) expect(emulator.ledger.secrets).toContain(secret);
  for (const jwt of [token, issued[0], issued[2]]) expect(emulator.ledger.secrets).toContain(jwt?.split('.')[2]);
  emulator.fail('iam', { status: 503, times: 1 });
  expect(await call(token, 'signJwt', {})).toMatchObject({ status: 503, body: { error: { status: 'UNAVAILABLE' } } });
  expect(emulator.ledger.lines().at(-1)).toBe(`POST iam /v1/projects/-/serviceAccounts/${target}:signJwt → 503`);
});
