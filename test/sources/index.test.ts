import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { decodeJwt } from 'jose';
import { type Emulator, type KeyFile, startEmulator } from '../../src/emulator/index.ts';
import { credentialsJson } from '../../src/sources/file.ts';
import { givenToken } from '../../src/sources/given.ts';
import { chooseSource, openCredential, sources } from '../../src/sources/index.ts';
import type { SourceConfig } from '../../src/sources/source.ts';
import { workloadIdentity } from '../../src/sources/workload.ts';
import { failureOf, noon, openTestWorld, sourceConfig } from '../world.ts';

const email = 'ci@project.iam.gserviceaccount.com';
const target = 'target@project.iam.gserviceaccount.com';
const tokenCreator = 'roles/iam.serviceAccountTokenCreator';

const provider = { workloadIdentityProvider: 'projects/1/x', serviceAccount: target };

describe('chooseSource', () => {
  it.each<[Partial<SourceConfig>, string | undefined]>([
    [{ credentialsJson: '{}' }, credentialsJson.name],
    [{ credentialsJson: '{}', serviceAccount: target, delegates: ['a@b.com'] }, credentialsJson.name],
    [provider, workloadIdentity.name],
    [{ ...provider, audience: 'x', subjectTokenFile: 'y' }, workloadIdentity.name],
    [{ idToken: 'a.b.c' }, givenToken.name],
    [{}, undefined],
    [{ serviceAccount: target }, undefined],
  ])('of %j is %s', (config, name) => {
    expect(chooseSource(sourceConfig(config))?.name).toBe(name);
  });

  it.each<[Partial<SourceConfig>, string]>([
    [{ credentialsJson: 'hunter2', ...provider }, 'workload_identity_provider and credentials_json'],
    [{ credentialsJson: 'hunter2', idToken: 'hunter2' }, 'id_token and credentials_json'],
    [{ idToken: 'hunter2', ...provider }, 'id_token and workload_identity_provider'],
    [
      { idToken: 'hunter2', credentialsJson: 'hunter2', ...provider },
      'id_token, workload_identity_provider and credentials_json',
    ],
  ])('of %j is none: they are several', async (config, inputs) => {
    const error = await failureOf(() => chooseSource(sourceConfig(config)));
    expect(error).toMatchObject({
      code: 'credentials-conflict',
      retry: 'no',
      message: `several credentials were given: ${inputs}`,
      facts: { inputs },
    });
    expect(error.hint).toContain(`Give one of ${inputs}`);
    expect(error.hint).not.toContain('hunter2');
  });

  it('names all that were given', async () => {
    const all = sourceConfig({ ...provider, credentialsJson: '{}', idToken: 'a.b.c' });
    const error = await failureOf(() => chooseSource(all));
    for (const { name } of sources) expect(error.message).toContain(name);
  });
});

describe('openCredential', () => {
  let emulator: Emulator;
  let key: KeyFile;

  beforeAll(async () => {
    emulator = await startEmulator({ now: () => noon });
    key = await emulator.createKey(email);
    emulator.allow(`serviceAccount:${email}`, target, tokenCreator);
  });
  afterAll(() => emulator.close());
  afterEach(() => emulator.ledger.clear());

  const open = (config: Partial<SourceConfig>) => openCredential(sourceConfig(config), openTestWorld(emulator));
  const file = (value: object) => ({ credentialsJson: JSON.stringify(value) });

  it('opens what was chosen', async () => {
    expect(await open(file(key))).toMatchObject({ principal: email, prefers: 'signer' });
  });

  it('is itself where service_account is its own', async () => {
    expect(await open({ ...file(key), serviceAccount: email })).toMatchObject({ principal: email, prefers: 'signer' });
    expect(emulator.ledger.requests).toEqual([]);
  });

  it('acts as service_account', async () => {
    const { principal, prefers, idToken } = await open({ ...file(key), serviceAccount: target });
    expect({ principal, prefers }).toEqual({ principal: target, prefers: 'id_token' });
    expect(decodeJwt((await idToken?.('x')) ?? '')).toMatchObject({ email: target });
  });

  it('acts as service_account by way of the delegates', async () => {
    const delegate = 'mid@project.iam.gserviceaccount.com';
    emulator.allow(`serviceAccount:${email}`, delegate, tokenCreator);
    emulator.allow(`serviceAccount:${delegate}`, target, tokenCreator);
    const { idToken } = await open({ ...file(key), serviceAccount: target, delegates: [delegate] });
    await idToken?.('x');
    const [{ body } = { body: '' }] = emulator.ledger.requests;
    expect(JSON.parse(body)).toMatchObject({ delegates: [`projects/-/serviceAccounts/${delegate}`] });
  });

  it.each<[string, () => Partial<SourceConfig>]>([
    ['a user', () => file(emulator.createUser('user@example.com'))],
    ['a workload', () => file(emulator.externalAccountFile())],
    ['a workload that acts as an account already', () => file(emulator.externalAccountFile({ account: email }))],
    [
      'an account by way of another',
      () => file(emulator.impersonatedFile(key, 'first@project.iam.gserviceaccount.com')),
    ],
  ])('acts as service_account for %s', async (_, config) => {
    for (const member of ['user:user@example.com', emulator.principalSet()])
      emulator.allow(member, target, tokenCreator);
    emulator.allow(`serviceAccount:${email}`, 'first@project.iam.gserviceaccount.com', tokenCreator);
    emulator.allow('serviceAccount:first@project.iam.gserviceaccount.com', target, tokenCreator);
    emulator.allow(emulator.principalSet(), email, tokenCreator);
    const { principal, idToken } = await open({ ...config(), serviceAccount: target });
    expect(principal).toBe(target);
    expect(decodeJwt((await idToken?.('x')) ?? '')).toMatchObject({ email: target });
  });

  it('cannot act as another by a token that is given', async () => {
    const idToken = await emulator.mintIdToken({ email });
    const error = await failureOf(() => open({ idToken, serviceAccount: target }));
    expect(error).toMatchObject({
      code: 'credentials-conflict',
      message: 'a token given as id_token cannot act as service_account',
    });
    expect(error.hint).toContain('Give one of id_token and service_account');
  });
});
