import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import { Compute, GoogleAuth, gaxios, Impersonated, JWT, UserRefreshClient } from 'google-auth-library';
import { decodeJwt } from 'jose';
import { openEmulator } from '../emulated.ts';
import { temporaryFolder } from '../folder.ts';
import { bearer, cloudPlatform } from './call.ts';

// google-auth-library against the emulator: a client that is not ours, over a real socket.

const target = 'target@project.iam.gserviceaccount.com';
const middle = 'middle@project.iam.gserviceaccount.com';
const tokenCreator = 'roles/iam.serviceAccountTokenCreator';

const emulator = await openEmulator({});
let folder: string;

beforeAll(async () => {
  emulator.grant(target);
  folder = temporaryFolder();
});
beforeEach(() => {
  // It warns of every file that it is given.
  jest.spyOn(console, 'warn').mockImplementation(() => undefined);
  emulator.ledger.clear();
  emulator.deleteAccount(target);
  emulator.createAccount(target);
  emulator.grant(target);
});

/** It calls Google's own token endpoint: no field of a file changes that. */
function transporter() {
  const client = new gaxios.Gaxios();
  client.interceptors.request.add({
    resolved: async (config) => {
      if (config.url.origin === 'https://oauth2.googleapis.com')
        config.url = new URL(config.url.pathname, emulator.url);
      return config;
    },
  });
  return client;
}

const fromFile = (file: object) => new GoogleAuth({ scopes: cloudPlatform }).fromJSON({ ...file });

const open = async (token: string) => (await fetch(emulator.appUrl, { headers: bearer(token) })).status;

const iam = (verb: string, account = target) => `POST iam /v1/projects/-/serviceAccounts/${account}:${verb} → 200`;

test('external_account: a subject token of the issuer’s URL, and impersonation', async () => {
  emulator.allow(emulator.principalSet('repository', 'acme/shop'), target, 'roles/iam.workloadIdentityUser');
  const file = emulator.externalAccountFile({ account: target, claims: { repository: 'acme/shop' } });
  const { token } = await fromFile(file).getAccessToken();
  expect(token).toMatch(/^ya29\.c\./);
  expect(emulator.ledger.secrets).toContain(token);
  const audience = encodeURIComponent(`https://iam.googleapis.com/${emulator.provider}`);
  expect(emulator.ledger.lines()).toEqual([
    `GET oidc /oidc/github?api-version=2.0&audience=${audience} → 200`,
    'POST sts → 200',
    iam('generateAccessToken'),
  ]);
});

test('external_account: a subject token of a file, and no impersonation', async () => {
  const path = join(folder, 'token');
  writeFileSync(path, await emulator.signCiToken());
  const { token } = await fromFile(emulator.externalAccountFile({ file: path })).getAccessToken();
  expect(token).toMatch(/^ya29\.d\./);
});

test('external_account: the refusals of STS and of IAM', async () => {
  const path = join(folder, 'stale');
  writeFileSync(path, await emulator.signCiToken({ iat: 1 }));
  await expect(fromFile(emulator.externalAccountFile({ file: path })).getAccessToken()).rejects.toThrow(
    'Error code invalid_grant: ID Token issued at 1 is stale to sign-in.',
  );
  await expect(fromFile(emulator.externalAccountFile({ account: target })).getAccessToken()).rejects.toMatchObject({
    status: 403,
    message: expect.stringContaining("Permission 'iam.serviceAccounts.getAccessToken' denied"),
  });
});

test('authorized_user: an ID token', async () => {
  emulator.createUser('dev@example.com');
  const client = new UserRefreshClient({ transporter: transporter() });
  client.fromJSON({ ...emulator.createUser('dev@example.com') });
  await client.getAccessToken();
  expect(decodeJwt(client.credentials.id_token ?? '')).toMatchObject({
    aud: emulator.desktopClientId,
    email: 'dev@example.com',
  });
  emulator.revokeUser('dev@example.com', 'rapt');
  await expect(client.refreshAccessToken()).rejects.toThrow('reauth related error (invalid_rapt)');
});

test('impersonated_service_account: an ID token, of workload identity', async () => {
  emulator.allow(emulator.principalSet(), target, 'roles/iam.workloadIdentityUser');
  const file = emulator.impersonatedFile(emulator.externalAccountFile(), target);
  const client = fromFile({ ...file, endpoint: emulator.url });
  const token = client instanceof Impersonated ? await client.fetchIdToken(emulator.clientId) : '';
  expect(decodeJwt(token)).toMatchObject({ email: target, azp: target });
  expect(await open(token)).toBe(200);
  expect(emulator.ledger.lines()).toContain(iam('generateIdToken'));
});

test('impersonated_service_account: an ID token, of a user, by a delegate', async () => {
  emulator.allow('user:dev@example.com', middle, tokenCreator);
  emulator.allow(`serviceAccount:${middle}`, target, tokenCreator);
  const sourceClient = new UserRefreshClient({ transporter: transporter() });
  sourceClient.fromJSON({ ...emulator.createUser('dev@example.com') });
  const file = emulator.impersonatedFile({}, target, [middle]);
  const client = new Impersonated({
    sourceClient,
    targetPrincipal: target,
    delegates: [...file.delegates],
    endpoint: emulator.url,
  });
  expect(await open(await client.fetchIdToken(emulator.clientId))).toBe(200);
  emulator.disallow('user:dev@example.com', middle, tokenCreator);
  await expect(client.fetchIdToken(emulator.clientId)).rejects.toMatchObject({ status: 403 });
});

test('service_account: an access token for scopes, with which it acts as another', async () => {
  const key = await emulator.createKey('caller@project.iam.gserviceaccount.com');
  emulator.allow(`serviceAccount:${key.client_email}`, target, tokenCreator);
  const sourceClient = new JWT({ transporter: transporter(), scopes: [cloudPlatform] });
  sourceClient.fromJSON({ ...key });
  const client = new Impersonated({ sourceClient, targetPrincipal: target, endpoint: emulator.url });
  expect(await open(await client.fetchIdToken(emulator.clientId))).toBe(200);
  const { keyId, signedBlob } = await client.sign('x');
  expect([keyId, signedBlob]).toEqual([expect.stringMatching(/^[0-9a-f]{40}$/), expect.any(String)]);
  expect(emulator.ledger.lines()).toContain('POST token → 200');
});

test('service_account: a self-signed JWT as the bearer', async () => {
  const key = await emulator.createKey('self@project.iam.gserviceaccount.com');
  emulator.allow(`serviceAccount:${key.client_email}`, target, tokenCreator);
  const client = new JWT();
  client.fromJSON({ ...key });
  const headers = await client.getRequestHeaders(`${emulator.url}/`);
  const url = `${emulator.url}/v1/projects/-/serviceAccounts/${target}:generateIdToken`;
  const body = JSON.stringify({ audience: emulator.clientId, includeEmail: true });
  const answer = await fetch(url, {
    method: 'POST',
    headers: [...headers, ['content-type', 'application/json']],
    body,
  });
  expect(await open(((await answer.json()) as { token: string }).token)).toBe(200);
});

test('a machine: an ID token and an access token', async () => {
  const before = process.env['GCE_METADATA_HOST'];
  process.env['GCE_METADATA_HOST'] = emulator.host;
  try {
    emulator.attach(target);
    const client = new Compute();
    expect(await open(await client.fetchIdToken(emulator.clientId))).toBe(200);
    expect((await client.getAccessToken()).token).toMatch(/^ya29\.c\./);
  } finally {
    if (before === undefined) delete process.env['GCE_METADATA_HOST'];
    else process.env['GCE_METADATA_HOST'] = before;
  }
});
