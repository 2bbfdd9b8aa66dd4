import { beforeEach, describe, expect, it } from '@jest/globals';
import { decodeJwt } from 'jose';
import { openMachine } from '../../src/sources/metadata.ts';
import { openEmulator } from '../emulated.ts';
import { failureOf, openTestWorld } from '../world.ts';

const email = 'vm@project.iam.gserviceaccount.com';

const emulator = await openEmulator();

beforeEach(() => emulator.attach(email));

const services = () => emulator.ledger.lines().map((line) => line.replace(/\S*[/:]([\w?=&]+) → /, '$1 → '));

describe('openMachine', () => {
  it('is the machine’s account', async () => {
    const credential = await openMachine(openTestWorld(emulator));
    expect(credential).toMatchObject({
      principal: email,
      prefers: 'id_token',
      signer: { keys: `${emulator.url}/service_accounts/v1/jwk/${encodeURIComponent(email)}` },
    });
    expect(credential.member()).toBe(`serviceAccount:${email}`);
    expect(services()).toEqual(['GET metadata email → 200']);
  });

  it('has ID tokens of the metadata server, which need no role', async () => {
    const world = openTestWorld(emulator);
    const jwt = (await (await openMachine(world)).idToken?.('x')) ?? '';
    expect(decodeJwt(jwt)).toMatchObject({ aud: 'x', email });
    expect(world.masks).toEqual([jwt, jwt.split('.')[2]]);
    expect(services().slice(1)).toEqual(['GET metadata identity?audience=x&format=full → 200']);
  });

  it('signs by IAM, as itself', async () => {
    const { signer } = await openMachine(openTestWorld(emulator));
    const denied = await failureOf(() => signer?.sign({ iss: email }));
    expect(denied.code).toBe('iam-permission-denied');
    expect(denied.hint).toContain(
      `add-iam-policy-binding ${email} --role=roles/iam.serviceAccountTokenCreator --member="serviceAccount:${email}"`,
    );
    emulator.allow(`serviceAccount:${email}`, email, 'roles/iam.serviceAccountTokenCreator');
    expect(decodeJwt((await signer?.sign({ iss: email })) ?? '')).toEqual({ iss: email });
  });

  it('has access tokens of its own', async () => {
    const world = openTestWorld(emulator);
    const token = await (await openMachine(world)).accessToken?.();
    expect(world.masks).toEqual([token]);
    expect(services().slice(1)).toEqual(['GET metadata token → 200']);
  });

  it('is where the environment says, unless it is played', async () => {
    const { metadata: _, ...endpoints } = openTestWorld(emulator).endpoints;
    const env = { GCE_METADATA_HOST: emulator.host };
    const elsewhere = { ...openTestWorld(emulator, { env }), endpoints: { ...endpoints, metadata: undefined } };
    expect((await openMachine(elsewhere)).principal).toBe(email);
    const played = openTestWorld(emulator, { env: { GCE_METADATA_HOST: '127.0.0.1:9' } });
    expect((await openMachine(played)).principal).toBe(email);
  });

  it('is not there where nobody says that it is Google’s', async () => {
    emulator.fail('metadata', { status: 200, body: email });
    expect((await failureOf(() => openMachine(openTestWorld(emulator)))).code).toBe('metadata-unavailable');
  });
});
