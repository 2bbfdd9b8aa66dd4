import { beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { decodeJwt } from 'jose';
import type { Fault, KeyFile } from '../src/emulator/index.ts';
import { type MintConfig, mintToken } from '../src/mint.ts';
import { openEmulator } from './emulated.ts';
import { serve } from './serve.ts';
import { failureOf, fakeClock, noon, openTestWorld, secretLines, shownOf, sourceConfig } from './world.ts';

const email = 'ci@project.iam.gserviceaccount.com';

/** Milliseconds by which Google's clock is ahead of noon. */
let ahead = 0;
const emulator = await openEmulator({ now: () => noon + ahead });
let key: KeyFile;

beforeAll(async () => {
  key = await emulator.createKey(email);
});
beforeEach(() => {
  ahead = 0;
});

interface Options extends Partial<Omit<MintConfig, 'audience'>> {
  /** What differs in the key file. */
  readonly file?: Readonly<Record<string, unknown>>;
  /** What this machine's clock tells at the start. */
  readonly start?: number;
  /** What the token is for; null: whatever it is for. */
  readonly audience?: string | null;
}

function prepare({ file = {}, start = noon, audience = emulator.clientId, ...change }: Options = {}) {
  const config: MintConfig = {
    ...sourceConfig({ credentialsJson: JSON.stringify({ ...key, ...file }) }),
    tokenKind: 'id_token',
    exchange: 'auto',
    verify: true,
    ...change,
  };
  const world = openTestWorld(emulator, { clock: fakeClock(start) });
  return { world, mint: () => mintToken(config, audience ?? undefined, world) };
}

async function mint(options?: Options) {
  const { world, mint } = prepare(options);
  return { ...(await mint()), ...world };
}

/** The failure; it never shows anything secret. */
async function refusalOf(options?: Options) {
  const { world, mint } = prepare(options);
  const error = await failureOf(mint);
  const shown = shownOf(error);
  for (const secret of emulator.ledger.secrets) expect(shown).not.toContain(secret);
  return { error, ...world };
}

const failToken = (fault: Fault) => emulator.fail('token', fault);

const answerToken = (body: unknown, status = 200) => failToken({ status, body: JSON.stringify(body) });

/** Makes the token endpoint answer with a token of Google's, but not the one that was asked for. */
async function answerOddToken(claims: Record<string, unknown>): Promise<string> {
  const jwt = await emulator.mintIdToken({ email, ...claims });
  answerToken({ id_token: jwt });
  return jwt;
}

const assertions = () =>
  emulator.ledger.requests
    .filter(({ service }) => service === 'token')
    .map(({ body }) => new URLSearchParams(body).get('assertion') ?? '');

const seconds = noon / 1000;

describe('mintToken', () => {
  it('exchanges an assertion of the key for an ID token', async () => {
    const { token, facts, warnings } = await mint();
    expect(decodeJwt(token.reveal())).toMatchObject({
      iss: 'https://accounts.google.com',
      aud: emulator.clientId,
      email,
      iat: seconds,
      exp: seconds + 3600,
    });
    expect(facts).toEqual({
      kind: 'id_token',
      audience: emulator.clientId,
      principal: email,
      expires_at: '2026-03-01T13:00:00Z',
    });
    expect(warnings).toEqual([]);
    expect(emulator.ledger.lines().sort()).toEqual(['GET certs → 200', 'POST token → 200']);
  });

  it('asserts what Google asks for, and nothing else', async () => {
    await mint();
    expect(assertions().map(decodeJwt)).toEqual([
      {
        iss: email,
        sub: email,
        aud: `${emulator.url}/token`,
        iat: seconds,
        exp: seconds + 3600,
        target_audience: emulator.clientId,
      },
    ]);
  });

  it('masks the key, the assertion and the token, and each signature alone', async () => {
    const { token, masks } = await mint();
    const jwts = [assertions()[0] ?? '', token.reveal()];
    const signatures = jwts.map((jwt) => jwt.split('.')[2]);
    expect(masks).toEqual([...secretLines(key.private_key), jwts[0], signatures[0], jwts[1], signatures[1]]);
  });

  it('asks for no keys where the signature is not to be checked', async () => {
    const { facts } = await mint({ verify: false });
    expect(facts.principal).toBe(email);
    expect(emulator.ledger.lines()).toEqual(['POST token → 200']);
  });

  it('mints with the exact time of its expiry', async () => {
    const exp = seconds + 1800;
    await answerOddToken({ exp });
    expect((await mint()).facts.expires_at).toBe('2026-03-01T12:30:00Z');
  });

  it('needs a credential', async () => {
    const { error } = await refusalOf({ credentialsJson: undefined });
    expect(error.code).toBe('credentials-missing');
    // Nobody is asked for a token without one; only whether this machine has an account.
    expect(emulator.ledger.lines().filter((line) => !line.startsWith('GET certs'))).toEqual([
      'GET metadata /computeMetadata/v1/instance/service-accounts/default/email → 404',
    ]);
  });

  it('sends nothing with a broken credential', async () => {
    const { error } = await refusalOf({ file: { private_key: key.private_key.slice(0, 500) } });
    expect(error.code).toBe('credentials-malformed');
    expect(emulator.ledger.requests).toEqual([]);
  });
});

describe('what Google refuses', () => {
  it('a key that was deleted', async () => {
    const deleted = await emulator.createKey(email);
    emulator.deleteKey(email, deleted.private_key_id);
    const { error } = await refusalOf({ file: { ...deleted } });
    expect(error).toMatchObject({
      code: 'key-rejected',
      message: `Google refused the exchange for ${email}: status 400, "invalid_grant: Invalid JWT Signature."`,
      facts: { account: email, keyId: deleted.private_key_id },
    });
    expect(error.hint).toContain(`gcloud iam service-accounts keys list --iam-account=${email}`);
    expect(emulator.ledger.lines().filter((line) => line.startsWith('POST'))).toEqual(['POST token → 400']);
  });

  it('an account that it does not know', async () => {
    const client_email = 'gone@project.iam.gserviceaccount.com';
    const { error } = await refusalOf({ file: { client_email } });
    expect(error).toMatchObject({ code: 'account-unknown', facts: { account: client_email } });
    expect(error.hint).toContain(`gcloud iam service-accounts describe ${client_email}`);
  });

  it('an audience that is none', async () => {
    const { error } = await refusalOf({ audience: 'not an audience' });
    expect(error).toMatchObject({ code: 'audience-invalid', facts: { audience: 'not an audience' } });
    expect(error.hint).toContain('target_audience was not an audience.');
  });

  it.each([
    ['INVALID JWT SIGNATURE (reworded)', 'invalid_grant', 'key-rejected'],
    ['The Account Not Found here', 'invalid_grant', 'account-unknown'],
    ['whatever', 'invalid_audience', 'audience-invalid'],
    ['whatever', 'INVALID_SCOPE', 'audience-invalid'],
    ['Invalid JWT: Failed audience check.', 'invalid_grant', 'token-refused'],
    ['Invalid JWT: iat (issued at) is not set.', 'invalid_grant', 'token-refused'],
    ['Bad Request', 'invalid_request', 'token-refused'],
    ['Invalid grant_type: x', 'unsupported_grant_type', 'token-refused'],
  ])('in the words "%s" of %s: %s', async (error_description, said, code) => {
    answerToken({ error: said, error_description }, 400);
    const { error } = await refusalOf();
    expect(error.code).toBe(code);
    expect(error.message).toBe(`Google refused the exchange for ${email}: status 400, "${said}: ${error_description}"`);
  });

  it.each<[string, Fault, string]>([
    ['a page', { status: 403, body: '<html>Forbidden</html>' }, 'status 403'],
    ['nothing', { status: 404, body: '' }, 'status 404'],
    ['a redirect', { status: 302, headers: { location: 'https://example.com/' } }, 'status 302'],
    ['JSON without a token', { status: 200, body: '{"access_token": "x"}' }, 'status 200'],
    ['a token that is no text', { status: 200, body: '{"id_token": {"a": 1}}' }, 'status 200'],
    ['a list', { status: 200, body: '[]' }, 'status 200'],
    ['null', { status: 200, body: 'null' }, 'status 200'],
    [
      'words of a refusal, under a status that is none',
      { status: 200, body: '{"error": "invalid_grant", "error_description": "Invalid JWT Signature."}' },
      'status 200, "invalid_grant: Invalid JWT Signature."',
    ],
    ['a token and a refusal', { status: 400, body: '{"id_token": "x.y.z"}' }, 'status 400'],
    ['an error that is no text', { status: 400, body: '{"error": {"code": 400}}' }, 'status 400'],
    [
      'an error that cannot become text',
      { status: 400, body: '{"error": {"toString": 1, "valueOf": 1}}' },
      'status 400',
    ],
    ['no content', { status: 204 }, 'status 204'],
  ])('with %s', async (_, fault, words) => {
    failToken(fault);
    const { error } = await refusalOf();
    expect(error).toMatchObject({
      code: 'token-refused',
      message: `Google refused the exchange for ${email}: ${words}`,
      facts: { endpoint: `${emulator.url}/token` },
    });
    expect(assertions()).toHaveLength(1);
  });

  it('in words that are shown as one harmless line', async () => {
    answerToken({ error: 'x\n::error::y', error_description: `<b>z</b> ${'k'.repeat(60)}` }, 400);
    const { error } = await refusalOf();
    expect(error.message).toBe(`Google refused the exchange for ${email}: status 400, "x ::error::y: z […]"`);
  });
});

describe('what passes with time', () => {
  it('is tried again, each time with a fresh assertion', async () => {
    failToken({ status: 503, times: 2, headers: { 'retry-after': '2' } });
    const { facts, clock } = await mint();
    const [first, second, third] = assertions();
    expect(facts.principal).toBe(email);
    expect(new Set([first, second, third]).size).toBe(3);
    expect(assertions().map((jwt) => decodeJwt(jwt).iat)).toEqual([seconds, seconds + 2, seconds + 4]);
    expect(clock.slept).toEqual([2000, 2000]);
  });

  it('masks each of the assertions', async () => {
    failToken({ status: 429, times: 1, headers: { 'retry-after': '2' } });
    const { masks } = await mint();
    for (const jwt of assertions()) expect(masks).toEqual(expect.arrayContaining([jwt, jwt.split('.')[2]]));
    expect(assertions()).toHaveLength(2);
  });

  it('is given up in the end', async () => {
    failToken({ status: 500 });
    const { error } = await refusalOf();
    expect(error).toMatchObject({ code: 'token-refused', retry: 'wire' });
    expect(error.message).toContain('status 500, "internal_failure: Backend Error"');
    expect(assertions()).toHaveLength(4);
  });

  it('may be a connection that breaks', async () => {
    failToken({ reset: 'before-headers', times: 1 });
    expect((await mint()).facts.principal).toBe(email);
    failToken({ reset: 'before-headers' });
    expect((await refusalOf()).error).toMatchObject({ code: 'connection-reset', tries: 4 });
  });
});

describe('the times of a token', () => {
  const hours = 3_600_000;

  it.each([
    ['ahead of', 2 * hours],
    ['behind', -2 * hours],
  ])('are judged by Google’s clock where this machine’s is %s it', async (_, off) => {
    const { facts, warnings } = await mint({ start: noon + off });
    expect(facts.expires_at).toBe('2026-03-01T13:00:00Z');
    expect(warnings).toHaveLength(1);
  });

  it('have not passed while the answer that brought it says so, whatever this machine’s clock', async () => {
    emulator.attach(email);
    const { mint: work, world } = prepare({ credentialsJson: undefined, start: noon + 24 * hours });
    const { facts, clock } = await work();
    expect(facts.expires_at).toBe('2026-03-01T13:00:00Z');
    expect(clock.now()).toBe(noon);
    expect(world.warnings).toEqual([
      "The clock of this machine is 86400 s ahead of Google's. The token is checked against Google's time.",
    ]);
  });

  it('have passed if that answer says so too, or tells no time', async () => {
    emulator.attach(email);
    const late = { credentialsJson: undefined, start: noon + 24 * hours };
    emulator.fail('metadata', { headers: { date: new Date(noon + hours).toUTCString() } });
    expect((await refusalOf(late)).error.code).toBe('token-expired');
    emulator.clearFaults();
    emulator.fail('metadata', { headers: { date: 'no date' } });
    expect((await refusalOf(late)).error).toMatchObject({
      code: 'token-expired',
      facts: { expiry: '2026-03-01T13:00:00.000Z' },
    });
  });

  it('may be those of a clock of Google’s own that is wrong', async () => {
    ahead = -2 * hours;
    const { facts } = await mint();
    expect(facts.expires_at).toBe('2026-03-01T11:00:00Z');
  });
});

describe('a token that is not as it must be', () => {
  it.each<[string, Record<string, unknown>, string]>([
    ['for another app', { aud: 'other' }, 'token-audience'],
    ['for several apps', { aud: ['other', 'x'] }, 'token-audience'],
    ['without an audience', { aud: undefined }, 'token-audience'],
    ['without an email', { email: undefined }, 'token-email-missing'],
    ['for another account', { email: 'other@project.iam.gserviceaccount.com' }, 'token-principal'],
    ['of another issuer', { iss: 'https://token.actions.githubusercontent.com' }, 'token-issuer'],
    ['of yesterday', { exp: seconds - 86_400 }, 'token-expired'],
    ['that never expires', { exp: undefined }, 'token-expired'],
  ])('is not exported: %s', async (_, claims, code) => {
    const jwt = await answerOddToken(claims);
    const { error, masks } = await refusalOf();
    expect(error.code).toBe(code);
    expect(masks).toEqual(expect.arrayContaining([jwt, jwt.split('.')[2]]));
  });

  const forge = (jwt: string) => {
    const [header, claims, signature = ''] = jwt.split('.');
    return [header, claims, signature.replace(/^./, (first) => (first === 'A' ? 'B' : 'A'))].join('.');
  };

  it('is not exported: with a signature that is not Google’s', async () => {
    answerToken({ id_token: forge(await emulator.mintIdToken({ email })) });
    const { error } = await refusalOf();
    expect(error).toMatchObject({ code: 'token-signature', facts: { keys: `${emulator.url}/oauth2/v3/certs` } });
  });

  it('is exported with any signature where that is not to be checked', async () => {
    const jwt = forge(await emulator.mintIdToken({ email }));
    answerToken({ id_token: jwt });
    expect((await mint({ verify: false })).token.reveal()).toBe(jwt);
  });

  it.each(['ya29.opaque', '', 'a.b.c', 'eyJhbGciOiJSUzI1NiJ9.bm8gSlNPTg.c2ln'])(
    'is not exported: "%s", which is no JWT',
    async (text) => {
      answerToken({ id_token: text });
      const { error } = await refusalOf();
      expect(error).toMatchObject({ code: 'token-malformed', facts: { source: `${emulator.url}/token` } });
    },
  );

  it('is still exported with the short form of the issuer', async () => {
    const jwt = await answerOddToken({ iss: 'accounts.google.com' });
    expect((await mint()).token.reveal()).toBe(jwt);
  });
});

describe('keys that cannot be fetched', () => {
  it.each<[string, Fault, string]>([
    ['an error', { status: 503 }, 'did not return a set of keys'],
    ['a refusal', { status: 404, body: '{"keys": []}' }, 'did not return a set of keys'],
    ['a page', { status: 200, body: '<html></html>' }, 'did not return a set of keys'],
    ['JSON of another kind', { status: 200, body: '{"keys": "none"}' }, 'did not return a set of keys'],
    ['a broken connection', { reset: 'before-headers' }, 'broke (ECONNRESET)'],
  ])('are a warning: %s', async (_, fault, reason) => {
    emulator.fail('certs', fault);
    const { facts, warnings } = await mint();
    expect(facts.principal).toBe(email);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(/^The signature of the token was not checked: .*\.$/);
    expect(warnings[0]).toContain(reason);
  });

  const ownToken = async (): Promise<Options> => {
    const jwt = await emulator.mintIdToken({ email });
    const token_uri = await serve((_, response) => response.end(JSON.stringify({ id_token: jwt })));
    return { file: { token_uri } };
  };

  it.each<[string, () => Options | Promise<Options>]>([
    ['a metadata server', () => ({ credentialsJson: undefined })],
    ['a token endpoint that is not Google’s', ownToken],
  ])('are fatal to a token of %s: nothing else tells that it is Google’s', async (_, prepared) => {
    emulator.attach(email);
    const options = await prepared();
    expect((await mint(options)).facts.principal).toBe(email);
    emulator.fail('certs', { status: 404 });
    const { error } = await refusalOf(options);
    expect(error).toMatchObject({ code: 'token-signature', message: expect.stringContaining('could not be checked') });
    expect(error.hint).toContain(`Let this machine reach ${emulator.url}/oauth2/v3/certs, or set verify: false`);
    expect((await mint({ ...options, verify: false })).facts.principal).toBe(email);
  });

  it('are a warning for a token that Google gives a machine’s account by IAM', async () => {
    emulator.attach(email);
    emulator.allow(`serviceAccount:${email}`, email, 'roles/iam.serviceAccountTokenCreator');
    emulator.fail('certs', { status: 404 });
    const { warnings } = await mint({ credentialsJson: undefined, exchange: 'token_uri' });
    emulator.disallow(`serviceAccount:${email}`, email, 'roles/iam.serviceAccountTokenCreator');
    expect(warnings).toHaveLength(1);
  });

  it('do not hide what is wrong with the token itself', async () => {
    emulator.fail('certs', { status: 404 });
    await answerOddToken({ aud: 'other' });
    expect((await refusalOf()).error.code).toBe('token-audience');
  });
});

describe('a JWT of the account’s own', () => {
  const audience = 'https://app.example.com/*';
  const signedJwt: Options = { tokenKind: 'signed_jwt', audience };

  it('is signed here, and sent to nobody', async () => {
    const { token, facts } = await mint(signedJwt);
    const claims = { iss: email, sub: email, aud: audience, iat: seconds, exp: seconds + 3600 };
    expect(decodeJwt(token.reveal())).toEqual(claims);
    expect(facts).toEqual({
      kind: 'signed_jwt',
      audience,
      principal: email,
      expires_at: '2026-03-01T13:00:00Z',
    });
    expect(emulator.ledger.requests).toEqual([]);
  });

  it('opens the app where IAP takes no ID token', async () => {
    emulator.setIap('google-managed');
    emulator.grant(email);
    const { token } = await mint({ ...signedJwt, audience: `${emulator.appUrl}/*` });
    const headers = { authorization: `Bearer ${token.reveal()}` };
    const answer = await fetch(emulator.appUrl, { headers, redirect: 'manual' });
    emulator.setIap('custom');
    emulator.revoke(email);
    expect(answer.status).toBe(200);
  });

  describe('by way of IAM', () => {
    const target = 'target@project.iam.gserviceaccount.com';
    const impersonated: Options = { ...signedJwt, serviceAccount: target };

    beforeAll(() => emulator.allow(`serviceAccount:${email}`, target, 'roles/iam.serviceAccountTokenCreator'));

    it('is checked with the account’s keys', async () => {
      const { facts, warnings } = await mint(impersonated);
      expect(facts.principal).toBe(target);
      expect(warnings).toEqual([]);
      expect(emulator.ledger.lines()).toEqual([
        `POST iam /v1/projects/-/serviceAccounts/${encodeURIComponent(target)}:signJwt → 200`,
        `GET account-certs /service_accounts/v1/jwk/${encodeURIComponent(target)} → 200`,
      ]);
    });

    it('is not checked with them where that is not wanted', async () => {
      await mint({ ...impersonated, verify: false });
      expect(emulator.ledger.lines()).toHaveLength(1);
    });

    it('is still given where the keys cannot be fetched, with a warning', async () => {
      emulator.fail('account-certs', { status: 404 });
      const { facts, warnings } = await mint(impersonated);
      expect(facts.principal).toBe(target);
      expect(warnings).toHaveLength(1);
    });

    const answerSigned = (signedJwt: string) =>
      emulator.fail('iam', { status: 200, body: JSON.stringify({ keyId: 'x', signedJwt }) });

    it.each([
      ['a signature of another', {}, 'token-signature'],
      ['another URL', { aud: 'https://other.example.com/*' }, 'token-audience'],
      ['another account', { iss: email, sub: email }, 'token-principal'],
      ['yesterday', { exp: seconds - 86_400 }, 'token-expired'],
    ])('is not exported with %s', async (_, claims, code) => {
      const good = { iss: target, sub: target, aud: audience, exp: seconds + 3600 };
      answerSigned(await emulator.mintIdToken({ ...good, ...claims }));
      expect((await refusalOf(impersonated)).error.code).toBe(code);
    });

    it('is not exported where it is no JWT', async () => {
      answerSigned('ya29.opaque');
      const { error } = await refusalOf(impersonated);
      expect(error).toMatchObject({ code: 'token-malformed', facts: { source: `signJwt for ${target}` } });
    });
  });

  it('cannot be of a user', async () => {
    const credentialsJson = JSON.stringify(emulator.createUser('user@example.com'));
    const { error } = await refusalOf({ ...signedJwt, credentialsJson });
    expect(error.code).toBe('credentials-unsupported');
    expect(error.message).toBe('this credential does not support token_kind: signed_jwt');
  });
});

describe('the clock of a token', () => {
  const day = 86_400_000;

  it('is this machine’s, where Google has nothing against it', async () => {
    const { clock } = await prepare().mint();
    expect(clock.now()).toBe(noon);
  });

  it.each([-day, day])('is Google’s on a machine that is wrong by %i ms', async (wrong) => {
    const { clock } = await prepare({ start: noon + wrong }).mint();
    expect(clock.now()).toBe(noon);
  });

  it('is not behind the token itself', async () => {
    const claims = { iat: seconds + 3600, exp: seconds + 7200, email: 'user@example.com' };
    const { clock } = await prepare({ credentialsJson: undefined, idToken: await emulator.mintIdToken(claims) }).mint();
    expect(clock.now()).toBe(noon + 3_600_000);
  });
});

describe('a token that was minted elsewhere', () => {
  const given = async (claims: Record<string, unknown> = {}): Promise<Options> => ({
    credentialsJson: undefined,
    idToken: await emulator.mintIdToken({ email: 'user@example.com', ...claims }),
  });

  it('is handed on as it is, once it is checked', async () => {
    const options = await given();
    const { token, facts, masks } = await mint(options);
    expect(token.reveal()).toBe(options.idToken);
    expect(facts).toMatchObject({ audience: emulator.clientId, principal: 'user@example.com' });
    expect(masks.slice(0, 2)).toEqual([options.idToken, options.idToken?.split('.')[2]]);
    expect(emulator.ledger.lines()).toEqual(['GET certs → 200']);
  });

  it('may be for whatever it is for, where nothing else is asked', async () => {
    const { facts } = await mint({ ...(await given({ aud: 'desktop' })), audience: null });
    expect(facts.audience).toBe('desktop');
  });

  it.each([
    ['for another app', { aud: 'other' }, 'token-audience'],
    ['without an email', { email: undefined }, 'token-email-missing'],
    ['of another issuer', { iss: 'https://token.actions.githubusercontent.com' }, 'token-issuer'],
    ['of yesterday', { exp: seconds - 86_400 }, 'token-expired'],
  ])('is not exported: %s', async (_, claims, code) => {
    expect((await refusalOf(await given(claims))).error.code).toBe(code);
  });

  it('is not exported where Google did not sign it', async () => {
    const idToken = await emulator.signCiToken({
      iss: 'https://accounts.google.com',
      aud: emulator.clientId,
      email: 'user@example.com',
    });
    const { error } = await refusalOf({ credentialsJson: undefined, idToken });
    expect(error.code).toBe('token-signature');
  });
});

describe('a token that was brought', () => {
  const bring = async (claims = {}) => ({
    credentialsJson: undefined,
    idToken: await emulator.mintIdToken({ email, ...claims }),
  });

  it('is taken once its signature was checked', async () => {
    const { facts, warnings } = await mint(await bring());
    expect(facts.principal).toBe(email);
    expect(warnings).toEqual([]);
  });

  it('is refused where its signature cannot be checked: nothing else vouches for it', async () => {
    emulator.fail('certs', { status: 404 });
    const { error } = await refusalOf(await bring());
    expect(error).toMatchObject({ code: 'token-signature', message: expect.stringContaining('could not be checked') });
  });

  it('is taken unchecked where that is asked for', async () => {
    emulator.fail('certs', { status: 404 });
    const { facts } = await mint({ ...(await bring()), verify: false });
    expect(facts.principal).toBe(email);
  });
});
