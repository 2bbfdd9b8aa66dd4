import { beforeAll, describe, expect, it } from '@jest/globals';
import { decodeJwt } from 'jose';
import type { UserFile } from '../../src/emulator/index.ts';
import { openUser } from '../../src/sources/user.ts';
import { openEmulator } from '../emulated.ts';
import { failureOf, openTestWorld, shownOf } from '../world.ts';

const emulator = await openEmulator();
let file: UserFile;

beforeAll(async () => {
  file = emulator.createUser('user@example.com');
});

const prepare = (change: Readonly<Record<string, unknown>> = {}) => {
  const world = openTestWorld(emulator);
  return { world, open: () => openUser({ ...file, ...change }, world) };
};

async function refusalOf(work: () => unknown) {
  const error = await failureOf(work);
  const shown = shownOf(error);
  for (const secret of [file.client_secret, file.refresh_token, ...emulator.ledger.secrets]) {
    expect(shown).not.toContain(secret);
  }
  return error;
}

describe('openUser', () => {
  it('sends nothing, and masks the secrets of the file', async () => {
    const { world, open } = prepare();
    const credential = await open();
    expect(world.masks).toEqual([file.client_secret, file.refresh_token]);
    expect(credential).toMatchObject({ principal: undefined, prefers: 'id_token' });
    expect(credential.signer).toBeUndefined();
    expect(credential.member()).toBe('user:EMAIL');
    expect(emulator.ledger.requests).toEqual([]);
  });

  it('gives ID tokens of an audience', async () => {
    const { idToken } = await prepare().open();
    expect(decodeJwt((await idToken?.(emulator.clientId)) ?? '')).toMatchObject({
      aud: emulator.clientId,
      email: 'user@example.com',
    });
  });

  it('asks for no audience where it is the client’s own', async () => {
    const { idToken } = await prepare().open();
    expect(decodeJwt((await idToken?.(file.client_id)) ?? '').aud).toBe(file.client_id);
    expect(emulator.ledger.requests.map(({ body }) => new URLSearchParams(body).has('audience'))).toEqual([false]);
  });

  it('gives access tokens', async () => {
    const { world, open } = prepare();
    const token = await (await open()).accessToken?.();
    expect(token).toMatch(/^ya29\.a0/);
    expect(world.masks).toContain(token);
    expect(new URLSearchParams(emulator.ledger.requests[0]?.body).has('audience')).toBe(false);
  });

  it.each([
    [{ client_id: undefined }, 'client_id'],
    [{ client_secret: '', refresh_token: 7 }, 'client_secret, refresh_token'],
    [{ client_id: [], client_secret: null, refresh_token: {} }, 'client_id, client_secret, refresh_token'],
  ])('wants a whole file: %j', async (change, names) => {
    const error = await refusalOf(prepare(change).open);
    expect(error).toMatchObject({ code: 'credentials-malformed', message: `the credential lacks ${names}` });
  });

  it('says what to ask for where the sign-in gives no ID token', async () => {
    const other = emulator.createUser('other@example.com', {
      scopes: ['https://www.googleapis.com/auth/cloud-platform'],
    });
    const { idToken } = await prepare({ ...other }).open();
    const error = await refusalOf(() => idToken?.('x'.replace('x', emulator.clientId)));
    expect(error.code).toBe('token-refused');
    expect(error.message).toBe('Google gave no ID token: did the sign-in ask for the scopes openid and email?');
  });

  it('says that there was no access token', async () => {
    emulator.fail('token', { status: 200, body: '{}' });
    const { accessToken } = await prepare().open();
    const error = await refusalOf(() => accessToken?.());
    expect(error).toMatchObject({ code: 'token-refused', message: 'Google gave no access token' });
  });

  it('tells of a sign-in that ended', async () => {
    const gone = emulator.createUser('gone@example.com');
    emulator.revokeUser('gone@example.com', 'revoked');
    const { idToken } = await prepare({ ...gone }).open();
    expect((await refusalOf(() => idToken?.(emulator.clientId))).code).toBe('refresh-token-expired');
  });

  it('does not show what stands in the wrong field', async () => {
    const { idToken } = await prepare({ client_id: file.refresh_token, refresh_token: file.client_id }).open();
    expect((await refusalOf(() => idToken?.(emulator.clientId))).code).toBe('client-unknown');
  });
});
