import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { decodeJwt } from 'jose';
import { type Emulator, startEmulator } from '../../src/emulator/index.ts';
import { bearer, cloudPlatform, postJson } from './call.ts';

const email = 'vm@project.iam.gserviceaccount.com';
const flavor = { 'metadata-flavor': 'Google' };

let emulator: Emulator;

beforeEach(async () => {
  emulator = await startEmulator();
});
afterEach(() => emulator.close());

const get = (what: string, headers: Record<string, string> = flavor) =>
  fetch(`${emulator.url}/computeMetadata/v1/${what}`, { headers });

const account = (what: string) => get(`instance/service-accounts/default/${what}`);

test('there is none until a machine has an account', async () => {
  const response = await account('email');
  expect([response.status, response.headers.get('metadata-flavor')]).toEqual([404, null]);
  emulator.attach(email);
  const second = await account('email');
  expect([second.status, await second.text()]).toEqual([200, email]);
  expect(Object.fromEntries(second.headers)).toMatchObject({ ...flavor, server: 'Metadata Server for VM' });
  expect((await get('')).status).toBe(200);
});

test('it asks for its header', async () => {
  emulator.attach(email);
  for (const headers of [{}, { 'metadata-flavor': 'google' }]) {
    const response = await get('instance/service-accounts/default/token', headers);
    expect([response.status, response.headers.get('metadata-flavor')]).toEqual([403, 'Google']);
  }
});

test('an ID token, with the email only in the full format', async () => {
  emulator.attach(email);
  emulator.grant(email);
  const full = await (await account(`identity?audience=${emulator.clientId}&format=full`)).text();
  expect(decodeJwt(full)).toMatchObject({ aud: emulator.clientId, email, email_verified: true, google: {} });
  expect((await fetch(emulator.appUrl, { headers: bearer(full) })).status).toBe(200);
  const standard = await (await account(`identity?audience=${emulator.clientId}`)).text();
  expect(decodeJwt(standard)).not.toHaveProperty('email');
  const refused = await fetch(emulator.appUrl, { headers: bearer(standard) });
  expect(await refused.text()).toBe("Invalid IAP credentials: JWT 'email' claim isn't a string");
  expect((await account('identity')).status).toBe(400);
  for (const secret of [full, full.split('.')[2]]) expect(emulator.ledger.secrets).toContain(secret);
});

test('an access token, of the machine’s scopes', async () => {
  const target = 'target@project.iam.gserviceaccount.com';
  emulator.allow(`serviceAccount:${email}`, target, 'roles/iam.serviceAccountOpenIdTokenCreator');
  const impersonate = async () => {
    const answer = (await (await account('token')).json()) as Record<string, unknown>;
    expect(answer).toEqual({ access_token: expect.any(String), expires_in: 3599, token_type: 'Bearer' });
    expect(emulator.ledger.secrets).toContain(answer['access_token']);
    const url = `${emulator.url}/v1/projects/-/serviceAccounts/${target}:generateIdToken`;
    return postJson(url, { audience: 'a' }, bearer(String(answer['access_token'])));
  };
  emulator.attach(email, { scopes: ['https://www.googleapis.com/auth/devstorage.read_only'] });
  expect(await impersonate()).toMatchObject({
    status: 403,
    body: { error: { message: 'Request had insufficient authentication scopes.' } },
  });
  emulator.attach(email, { scopes: [cloudPlatform] });
  expect((await impersonate()).status).toBe(200);
  const token = ((await (await account('token')).json()) as { access_token: string }).access_token;
  emulator.deleteAccount(email);
  expect((await account('token')).status).toBe(404);
  const url = `${emulator.url}/v1/projects/-/serviceAccounts/${target}:generateIdToken`;
  expect((await postJson(url, { audience: 'a' }, bearer(token))).status).toBe(401);
});

test('its faults are its own', async () => {
  emulator.attach(email);
  emulator.fail('metadata', { status: 503 });
  expect((await account('email')).status).toBe(503);
  expect(emulator.ledger.lines()).toEqual([
    'GET metadata /computeMetadata/v1/instance/service-accounts/default/email → 503',
  ]);
  emulator.clearFaults();
  expect((await account('scopes')).status).toBe(404);
});
