import { beforeAll, describe, expect, it } from '@jest/globals';
import { decodeJwt } from 'jose';
import type { Fault, UserFile } from '../../src/emulator/index.ts';
import { type RefreshGrant, refresh } from '../../src/google/refresh.ts';
import { openEmulator } from '../emulated.ts';
import { failureOf, openTestWorld, shownOf } from '../world.ts';

const email = 'user@example.com';

const emulator = await openEmulator();
let user: UserFile;

beforeAll(async () => {
  user = emulator.createUser(email);
});

function prepare(change: Partial<RefreshGrant> = {}) {
  const world = openTestWorld(emulator);
  const grant: RefreshGrant = {
    endpoint: world.endpoints.token,
    clientId: user.client_id,
    clientSecret: user.client_secret,
    refreshToken: user.refresh_token,
    ...change,
  };
  return { world, work: () => refresh(grant, world) };
}

async function refusalOf(change?: Partial<RefreshGrant>) {
  const { world, work } = prepare(change);
  const error = await failureOf(work);
  const shown = shownOf(error);
  expect([...emulator.ledger.secrets].filter((secret) => shown.includes(secret))).toEqual([]);
  return { error, ...world };
}

const answer = (error: string, error_description: string, status = 400): Fault => ({
  status,
  body: JSON.stringify({ error, error_description }),
});

describe('refresh', () => {
  it('asks for tokens of the client’s own', async () => {
    const { world, work } = prepare();
    const { idToken = '', accessToken = '' } = await work();
    expect(decodeJwt(idToken)).toMatchObject({ aud: user.client_id, email });
    expect(accessToken).toMatch(/^ya29\.a0/);
    expect(world.masks).toEqual([idToken, idToken.split('.')[2], accessToken]);
    expect(Object.fromEntries(new URLSearchParams(emulator.ledger.requests[0]?.body))).toEqual({
      client_id: user.client_id,
      client_secret: user.client_secret,
      refresh_token: user.refresh_token,
      grant_type: 'refresh_token',
    });
  });

  it('asks for an ID token of another audience', async () => {
    const { idToken = '' } = await prepare({ audience: emulator.clientId }).work();
    expect(decodeJwt(idToken)).toMatchObject({ aud: emulator.clientId, azp: user.client_id });
    expect(new URLSearchParams(emulator.ledger.requests[0]?.body).get('audience')).toBe(emulator.clientId);
  });

  it('gives no ID token where the user did not agree to one', async () => {
    const { refresh_token: refreshToken } = emulator.createUser('other@example.com', {
      scopes: ['https://www.googleapis.com/auth/cloud-platform'],
    });
    const { idToken, accessToken } = await prepare({ refreshToken }).work();
    expect([idToken, accessToken]).toEqual([undefined, expect.any(String)]);
  });

  it.each(['{"id_token": 7, "access_token": null}', '[]', 'no JSON', ''])('gives nothing for %j', async (body) => {
    emulator.fail('token', { status: 200, body });
    const { world, work } = prepare();
    expect(await work()).toEqual({ idToken: undefined, accessToken: undefined });
    expect(world.masks).toEqual([]);
  });
});

describe('what Google refuses', () => {
  it.each(['revoked', 'rapt'] as const)('a sign-in that ended: %s', async (why) => {
    const { refresh_token: refreshToken } = emulator.createUser('gone@example.com');
    emulator.revokeUser('gone@example.com', why);
    const { error } = await refusalOf({ refreshToken });
    expect(error).toMatchObject({ code: 'refresh-token-expired', retry: 'no' });
    expect(error.hint).toContain('gcloud auth application-default login');
    expect(error.hint).toContain('For CI use a service account or workload identity');
    expect(emulator.ledger.requests).toHaveLength(1);
  });

  it('a client that it does not know', async () => {
    const clientId = '1-gone.apps.googleusercontent.com';
    const { error } = await refusalOf({ clientId });
    expect(error).toMatchObject({ code: 'client-unknown', retry: 'no', facts: { client: clientId } });
    expect(error.message).toBe(
      `Google refused to refresh the user's token: status 401, "invalid_client: The OAuth client was not found."`,
    );
    expect(error.hint).toContain(`The credential's client_id was ${clientId}.`);
  });

  it('a wrong secret of the client, which it does not show', async () => {
    const { error } = await refusalOf({ clientSecret: 'GOCSPX-hunter2hunter2hunter2' });
    expect(error.code).toBe('client-unknown');
    expect(shownOf(error)).not.toContain('hunter2');
  });

  it('an audience of another project', async () => {
    const audience = '999-other.apps.googleusercontent.com';
    const { error } = await refusalOf({ audience });
    expect(error).toMatchObject({ code: 'audience-invalid', retry: 'no', facts: { audience } });
    expect(error.message).toContain('The audience client and the client need to be in the same project.');
    expect(error.hint).toContain(`target_audience was ${audience}.`);
  });

  it.each([
    ['invalid_grant', 'Token has been expired or revoked.', 'refresh-token-expired'],
    ['invalid_grant', 'TOKEN HAS BEEN EXPIRED OR REVOKED', 'refresh-token-expired'],
    ['invalid_grant', 'reauth related error (invalid_rapt)', 'refresh-token-expired'],
    ['invalid_grant', 'Reauth is needed', 'refresh-token-expired'],
    ['invalid_client', 'The OAuth client was not found.', 'client-unknown'],
    ['deleted_client', 'The OAuth client was deleted.', 'client-unknown'],
    ['disabled_client', 'The OAuth client was disabled.', 'client-unknown'],
    ['UNAUTHORIZED_CLIENT', 'Unauthorized', 'client-unknown'],
    ['unauthorized_client', 'It may not ask for this (invalid_scope)', 'client-unknown'],
    ['invalid_audience', 'The audience client and the client need to be in the same project.', 'audience-invalid'],
    ['INVALID_SCOPE', 'Bad Request', 'audience-invalid'],
    ['invalid_grant', 'Bad Request', 'token-refused'],
    ['unsupported_grant_type', 'Invalid grant_type: x', 'token-refused'],
  ])('in the words %s: %s', async (said, description, code) => {
    emulator.fail('token', answer(said, description));
    const { error, clock } = await refusalOf();
    expect(error.code).toBe(code);
    expect(error.message).toBe(`Google refused to refresh the user's token: status 400, "${said}: ${description}"`);
    expect(clock.slept).toEqual([]);
  });

  it('with tokens in the refusal, which are masked and not shown', async () => {
    const idToken = await emulator.mintIdToken({ email });
    const body = JSON.stringify({ error: `see ${idToken}`, id_token: idToken, access_token: 'ya29.hunter2' });
    emulator.fail('token', { status: 400, body });
    const { error, masks } = await refusalOf();
    expect(error.code).toBe('token-refused');
    expect(error.message).toContain('"see [token]"');
    expect(masks).toEqual([idToken, idToken.split('.')[2], 'ya29.hunter2']);
  });

  it('while it is not well, and is asked again', async () => {
    emulator.fail('token', { ...answer('internal_failure', 'Backend Error', 500), times: 1 });
    expect((await prepare().work()).idToken).toBeDefined();
    emulator.fail('token', answer('internal_failure', 'Backend Error', 500));
    emulator.ledger.clear();
    const { error } = await refusalOf();
    expect(error).toMatchObject({ code: 'token-refused', facts: { endpoint: `${emulator.url}/token` } });
    expect(emulator.ledger.requests).toHaveLength(4);
  });

  it('and does not speak of an assertion, as there was none', async () => {
    emulator.fail('token', answer('invalid_grant', 'Bad Request'));
    const { error } = await refusalOf();
    expect(error.hint).not.toContain('assertion');
  });
});
