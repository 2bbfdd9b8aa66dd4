import { beforeAll, describe, expect, it } from '@jest/globals';
import { decodeJwt } from 'jose';
import type { KeyFile } from '../../src/emulator/index.ts';
import { openFile } from '../../src/sources/file.ts';
import { openImpersonated } from '../../src/sources/impersonated.ts';
import type { CredentialFile } from '../../src/sources/source.ts';
import { openEmulator } from '../emulated.ts';
import { failureOf, openTestWorld, secretLines, shownOf } from '../world.ts';

const caller = 'caller@project.iam.gserviceaccount.com';
const first = 'first@project.iam.gserviceaccount.com';
const account = 'target@project.iam.gserviceaccount.com';
const tokenCreator = 'roles/iam.serviceAccountTokenCreator';

const emulator = await openEmulator();
let key: KeyFile;

beforeAll(async () => {
  key = await emulator.createKey(caller);
  emulator.allow(`serviceAccount:${caller}`, account, tokenCreator);
  emulator.allow(`serviceAccount:${caller}`, first, tokenCreator);
  emulator.allow(`serviceAccount:${first}`, account, tokenCreator);
});

function prepare(file: object) {
  const world = openTestWorld(emulator);
  return { world, open: () => openImpersonated(file as CredentialFile, world, openFile) };
}

const open = (file: object) => prepare(file).open();

async function refusalOf(file: object) {
  const error = await failureOf(() => open(file));
  const shown = shownOf(error);
  for (const line of secretLines(key.private_key)) expect(shown).not.toContain(line);
  return error;
}

const delegates = () =>
  emulator.ledger.requests.map(({ body }) => (JSON.parse(body) as Record<string, unknown>)['delegates']);

describe('openImpersonated', () => {
  it('is the account, by way of the credential within', async () => {
    const { world, open } = prepare(emulator.impersonatedFile(key, account));
    const credential = await open();
    expect(credential).toMatchObject({ principal: account, prefers: 'id_token' });
    expect(decodeJwt((await credential.idToken?.('x')) ?? '')).toMatchObject({ aud: 'x', email: account });
    expect(world.masks).toEqual(expect.arrayContaining(secretLines(key.private_key)));
  });

  it('may be a user’s, as gcloud writes it', async () => {
    emulator.allow('user:user@example.com', account, tokenCreator);
    const { idToken } = await open(emulator.impersonatedFile(emulator.createUser('user@example.com'), account));
    expect(decodeJwt((await idToken?.('x')) ?? '')).toMatchObject({ email: account });
  });

  it('may be within another', async () => {
    const { idToken } = await open(emulator.impersonatedFile(emulator.impersonatedFile(key, first), account));
    expect(decodeJwt((await idToken?.('x')) ?? '')).toMatchObject({ email: account });
    expect(emulator.ledger.lines().map((line) => line.replace(/.*:/, ''))).toEqual([
      'generateAccessToken → 200',
      'generateIdToken → 200',
    ]);
  });

  it.each([[[first]], [[`projects/-/serviceAccounts/${first}`]]])('acts by way of its delegates: %p', async (given) => {
    const { idToken } = await open(emulator.impersonatedFile(key, account, given));
    await idToken?.('x');
    expect(delegates()).toEqual([[`projects/-/serviceAccounts/${first}`]]);
  });

  it('needs no list of delegates', async () => {
    const { delegates: _, ...file } = emulator.impersonatedFile(key, account);
    await (await open(file)).idToken?.('x');
    expect(delegates()).toEqual([[]]);
  });

  it.each<[string, Record<string, unknown>, string]>([
    [
      'no account',
      { service_account_impersonation_url: undefined },
      'the credential has a service_account_impersonation_url that names no account',
    ],
    ['delegates that are not a list', { delegates: first }, 'the credential has delegates that are not a list'],
    [
      'delegates that are objects',
      { delegates: [{ toString: '' }] },
      'the credential has a delegate that is not a valid email',
    ],
    ['no credential within', { source_credentials: undefined }, 'the credential has no "type"'],
    ['a credential within that is none', { source_credentials: 'hunter2' }, 'the credential has no "type"'],
  ])('refuses %s', async (_, change, message) => {
    const error = await refusalOf({ ...emulator.impersonatedFile(key, account), ...change });
    expect(error).toMatchObject({ code: 'credentials-malformed', message });
    expect(shownOf(error)).not.toContain('hunter2');
  });

  it('refuses a credential within of a kind that it does not know', async () => {
    const error = await refusalOf(emulator.impersonatedFile({ ...key, type: 'gdch_service_account' }, account));
    expect(error.code).toBe('credentials-unsupported');
  });

  it('refuses a credential within that is broken, without a line of it', async () => {
    const source = { ...key, private_key: key.private_key.slice(0, 600) };
    const error = await refusalOf(emulator.impersonatedFile(source, account));
    expect(error.code).toBe('credentials-malformed');
  });

  it('cannot act as another by a token alone', async () => {
    const world = openTestWorld(emulator);
    const openAny = async () => ({ principal: undefined, prefers: 'id_token', member: () => 'x' }) as const;
    const error = await failureOf(() =>
      openImpersonated({ ...emulator.impersonatedFile(key, account) }, world, openAny),
    );
    expect(error.message).toBe('the credential has source_credentials that cannot act as another');
  });
});
