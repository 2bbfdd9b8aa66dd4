import { describe, expect, it } from '@jest/globals';
import { generateKeyPair, SignJWT } from 'jose';
import { inspectToken } from '../src/inspection.ts';
import { mintToken } from '../src/mint.ts';
import { openEmulator } from './emulated.ts';
import { failureOf, fakeClock, noon, openTestWorld, sourceConfig } from './world.ts';

const account = 'ci@demo-project.iam.gserviceaccount.com';

const emulator = await openEmulator();

const inspect = (jwt: string, now = noon) => inspectToken(jwt, openTestWorld(emulator, { clock: fakeClock(now) }));

async function signedJwt(): Promise<string> {
  const config = {
    ...sourceConfig({ credentialsJson: JSON.stringify(await emulator.createKey(account)) }),
    tokenKind: 'signed_jwt',
    exchange: 'auto',
    verify: false,
  } as const;
  const { token } = await mintToken(config, 'https://app.example.com/*', openTestWorld(emulator));
  return token.reveal();
}

async function forged(claims: Record<string, unknown>): Promise<string> {
  const { privateKey } = await generateKeyPair('RS256');
  return new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid: 'forged' }).sign(privateKey);
}

describe('inspectToken', () => {
  it("verifies Google's ID token", async () => {
    const inspection = await inspect(await emulator.mintIdToken({ email: account }));
    expect(inspection).toMatchObject({
      kind: 'id_token',
      verified: true,
      keys: `${emulator.url}/oauth2/v3/certs`,
      problem: null,
      header: { alg: 'RS256' },
      claims: { aud: emulator.clientId, email: account },
    });
  });

  it("verifies a service account's JWT by the account's own keys", async () => {
    expect(await inspect(await signedJwt())).toMatchObject({
      kind: 'signed_jwt',
      verified: true,
      keys: `${emulator.url}/service_accounts/v1/jwk/${account}`,
      problem: null,
      claims: { aud: 'https://app.example.com/*' },
    });
  });

  it.each<[string, Record<string, unknown>, string]>([
    ['an ID token without an email', {}, 'token-email-missing'],
    ['one without an audience', { aud: undefined, email: account }, 'token-audience'],
    ['one that has expired', { email: account, exp: noon / 1000 - 1 }, 'token-expired'],
  ])('finds %s, whose signature is right', async (_, claims, code) => {
    const inspection = await inspect(await emulator.mintIdToken(claims));
    expect(inspection).toMatchObject({ kind: 'id_token', verified: true, problem: { code } });
    expect(inspection.problem?.hint).toMatch(/.{20,}/);
  });

  it('finds a forged ID token', async () => {
    const jwt = await forged({ iss: 'https://accounts.google.com', aud: 'x', email: account, exp: noon / 1000 + 60 });
    expect(await inspect(jwt)).toMatchObject({ verified: false, problem: { code: 'token-signature' } });
  });

  it('tells of the signature first', async () => {
    const jwt = await forged({ iss: 'https://accounts.google.com', aud: 'x', exp: noon / 1000 - 1 });
    expect(await inspect(jwt)).toMatchObject({ verified: false, problem: { code: 'token-signature' } });
  });

  it("finds a CI's own token, and asks nobody for its keys", async () => {
    const before = emulator.ledger.requests.length;
    expect(await inspect(await emulator.signCiToken({ email: account }))).toMatchObject({
      kind: 'unknown',
      verified: null,
      keys: null,
      problem: { code: 'token-issuer' },
    });
    expect(emulator.ledger.requests).toHaveLength(before);
  });

  it('goes by no issuer that is not an email', async () => {
    const iss = '../../../evil?x=@p';
    expect(await inspect(await forged({ iss, sub: iss, aud: 'x', exp: noon / 1000 + 60 }))).toMatchObject({
      kind: 'unknown',
      keys: null,
    });
  });

  it('judges the claims where the keys cannot be had', async () => {
    emulator.fail('certs', { status: 404, times: 1 });
    expect(await inspect(await emulator.mintIdToken({ email: account }))).toMatchObject({
      verified: null,
      problem: null,
    });
  });

  it.each(['', 'ya29.opaque', 'a.b.c', 'eyJhbGciOiJSUzI1NiJ9.bm8.x', 'W10.e30.x', 'bm8.e30.x'])(
    'refuses %j',
    async (jwt) => {
      const error = await failureOf(() => inspect(jwt));
      expect(error).toMatchObject({ code: 'token-malformed', hint: expect.stringContaining('| iap-auth inspect') });
    },
  );
});
