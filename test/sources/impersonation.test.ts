import { beforeAll, describe, expect, it } from '@jest/globals';
import { decodeJwt } from 'jose';
import type { KeyFile } from '../../src/emulator/index.ts';
import { accountIn, impersonate } from '../../src/sources/impersonation.ts';
import { openKey } from '../../src/sources/key.ts';
import { openEmulator } from '../emulated.ts';
import { failureOf, openTestWorld, shownOf } from '../world.ts';

const caller = 'caller@project.iam.gserviceaccount.com';
const account = 'target@project.iam.gserviceaccount.com';

const emulator = await openEmulator();
let key: KeyFile;

beforeAll(async () => {
  key = await emulator.createKey(caller);
  emulator.allow(`serviceAccount:${caller}`, account, 'roles/iam.serviceAccountTokenCreator');
});

async function open() {
  const world = openTestWorld(emulator);
  const own = await openKey({ ...key }, world);
  let asked = 0;
  const accessToken = async () => {
    asked += 1;
    return (await own.accessToken?.()) ?? '';
  };
  const credential = impersonate({ accessToken, account, delegates: [], member: own.member }, world);
  return { world, credential, asked: () => asked };
}

describe('impersonate', () => {
  it('is the account, and asks for nothing yet', async () => {
    const { credential, asked } = await open();
    expect(credential).toMatchObject({
      principal: account,
      prefers: 'id_token',
      signer: {
        tokenUri: `${emulator.url}/token`,
        keys: `${emulator.url}/service_accounts/v1/jwk/${encodeURIComponent(account)}`,
      },
    });
    expect(credential.member()).toBe(`serviceAccount:${account}`);
    expect(asked()).toBe(0);
    expect(emulator.ledger.requests).toEqual([]);
  });

  it('gives ID tokens, signatures and access tokens, all with one token of the caller’s', async () => {
    const { credential, asked } = await open();
    expect(decodeJwt((await credential.idToken?.('x')) ?? '')).toMatchObject({ aud: 'x', email: account });
    expect(decodeJwt((await credential.signer?.sign({ iss: 'a', iat: 1 })) ?? '')).toEqual({ iss: 'a', iat: 1 });
    expect(await credential.accessToken?.()).toMatch(/^ya29\.c\./);
    expect(asked()).toBe(1);
  });

  it('asks for the caller’s token once where several ask at a time', async () => {
    const { credential, asked } = await open();
    await Promise.all([credential.idToken?.('x'), credential.idToken?.('y')]);
    expect(asked()).toBe(1);
  });

  it('does not keep a failure of the caller’s', async () => {
    const world = openTestWorld(emulator);
    const own = await openKey({ ...key }, world);
    const answers = [() => Promise.reject(new Error('not yet')), async () => (await own.accessToken?.()) ?? ''];
    const accessToken = async () => (answers.shift() ?? (async () => ''))();
    const { idToken } = impersonate({ accessToken, account, delegates: [], member: own.member }, world);
    await expect(idToken?.('x')).rejects.toThrow('not yet');
    expect(decodeJwt((await idToken?.('x')) ?? '')).toMatchObject({ email: account });
  });
});

describe('accountIn', () => {
  const url = (email: string) =>
    `https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/${email}:generateAccessToken`;

  it.each([account, '1-compute@developer.gserviceaccount.com'])('finds %s', (email) => {
    expect(accountIn(url(email))).toBe(email);
  });

  it.each<[unknown]>([
    [undefined],
    [null],
    [7],
    [''],
    [account],
    [url('')],
    [url('123456789')],
    [url('$(id)@b.com')],
    [url('a@b.com/../c@d.com;')],
    [url(account).replace(':generateAccessToken', ':signJwt')],
    [`${url(account)}/hunter2`],
    [{ url: url(account) }],
  ])('finds none in %p, and does not show it', async (value) => {
    const error = await failureOf(() => accountIn(value));
    expect(error).toMatchObject({
      code: 'credentials-malformed',
      message: 'the credential has a service_account_impersonation_url that names no account',
    });
    expect(error.hint).toContain('/serviceAccounts/EMAIL:generateAccessToken');
    expect(shownOf(error)).not.toContain('hunter2');
  });
});
