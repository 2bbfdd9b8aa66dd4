import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { decodeJwt } from 'jose';
import type { Fault, KeyFile, Role } from '../src/emulator/index.ts';
import { type Exchange, mintIdToken, signForUrl } from '../src/exchange.ts';
import { openCredential } from '../src/sources/index.ts';
import type { Credential, SourceConfig } from '../src/sources/source.ts';
import { openEmulator } from './emulated.ts';
import { failureOf, fakeClock, noon, openTestWorld, shownOf, sourceConfig } from './world.ts';

const email = 'ci@project.iam.gserviceaccount.com';
const target = 'target@project.iam.gserviceaccount.com';
const asKey = `serviceAccount:${email}`;
const openIdTokenCreator = 'roles/iam.serviceAccountOpenIdTokenCreator';
const tokenCreator = 'roles/iam.serviceAccountTokenCreator';
const roles: readonly Role[] = [openIdTokenCreator, tokenCreator];

const emulator = await openEmulator();
let key: KeyFile;

beforeAll(async () => {
  key = await emulator.createKey(email);
});
beforeEach(() => emulator.createAccount(target));
afterEach(() => {
  for (const role of roles) emulator.disallow(asKey, target, role);
  emulator.enableApi();
});

interface Options {
  readonly exchange?: Exchange;
  readonly start?: number;
  readonly config?: Partial<SourceConfig>;
}

/** By a key, unless another credential is given. */
function prepare({ exchange = 'auto', start = noon, config = {} }: Options = {}) {
  const world = openTestWorld(emulator, { clock: fakeClock(start) });
  const given = sourceConfig({ credentialsJson: JSON.stringify(key), ...config });
  const work = async () => mintIdToken(await openCredential(given, world), emulator.clientId, { ...world, exchange });
  return { world, work };
}

async function mint(options?: Options) {
  const { world, work } = prepare(options);
  return { world, ...(await work()) };
}

async function refusalOf(options?: Options) {
  const { world, work } = prepare(options);
  const error = await failureOf(work);
  const shown = shownOf(error);
  for (const secret of emulator.ledger.secrets) expect(shown).not.toContain(secret);
  return { world, error };
}

const impersonated: Options = { config: { serviceAccount: target } };

/** The calls that were made, without the account that they were for. */
const calls = () =>
  emulator.ledger.lines().map((line) => line.replace(/iam \/v1\/projects\/-\/serviceAccounts\/[^:]+/, 'iam '));

const assertions = () =>
  emulator.ledger.requests
    .map(({ service, body }) => (service === 'token' ? new URLSearchParams(body).get('assertion') : null))
    .filter((assertion) => assertion !== null)
    .map((assertion) => decodeJwt(assertion));

describe('exchange: auto', () => {
  it('signs with a key, and needs no role', async () => {
    const { jwt, source } = await mint();
    expect(decodeJwt(jwt)).toMatchObject({ aud: emulator.clientId, email });
    expect(source).toBe(`${emulator.url}/token`);
    expect(calls()).toEqual(['POST token → 200']);
  });

  it('asks IAM for the token where it acts as another', async () => {
    emulator.allow(asKey, target, openIdTokenCreator);
    const { jwt, source } = await mint(impersonated);
    expect(decodeJwt(jwt)).toMatchObject({ aud: emulator.clientId, email: target });
    expect(source).toBe('Google');
    expect(calls()).toEqual(['POST iam :generateIdToken → 200']);
  });

  /** What an account may do that can sign, and no more. */
  const denyIdToken = (times = 1) =>
    emulator.fail('iam', {
      status: 403,
      body: `{"error": {"code": 403, "status": "PERMISSION_DENIED", "message": "Permission 'iam.serviceAccounts.getOpenIdToken' denied on resource (or it may not exist)."}}`,
      times,
    });

  it('signs by IAM and exchanges that, where only signJwt is granted', async () => {
    emulator.allow(asKey, target, tokenCreator);
    denyIdToken();
    const { jwt, source, world } = await mint(impersonated);
    expect(decodeJwt(jwt)).toMatchObject({ aud: emulator.clientId, email: target });
    expect(source).toBe(`${emulator.url}/token`);
    expect(calls()).toEqual(['POST iam :generateIdToken → 403', 'POST iam :signJwt → 200', 'POST token → 200']);
    expect(world.debugs).toContain('generateIdToken is not granted; signJwt is, and was used instead');
    expect(assertions()).toEqual([
      {
        iss: target,
        sub: target,
        aud: `${emulator.url}/token`,
        iat: noon / 1000,
        exp: noon / 1000 + 3600,
        target_audience: emulator.clientId,
      },
    ]);
  });

  it('tells of the first refusal where both ways are refused', async () => {
    const { error } = await refusalOf(impersonated);
    expect(error).toMatchObject({
      code: 'iam-permission-denied',
      facts: {
        permission: 'iam.serviceAccounts.getOpenIdToken',
        account: target,
        commands: expect.stringContaining(openIdTokenCreator),
      },
    });
    expect(calls()).toContain('POST iam :signJwt → 403');
  });

  it('tells of the first refusal where the exchange is refused after all', async () => {
    emulator.allow(asKey, target, tokenCreator);
    denyIdToken();
    emulator.fail('token', { status: 400, body: '{"error": "invalid_grant"}' });
    expect((await refusalOf(impersonated)).error.code).toBe('iam-permission-denied');
    expect(calls()).toContain('POST token → 400');
  });

  it('asks for no more than it needs to when it is refused: each way once', async () => {
    await refusalOf(impersonated);
    expect(calls()).toEqual(['POST iam :generateIdToken → 403', 'POST iam :signJwt → 403']);
  });

  it.each<[string, Fault, string]>([
    [
      'a disabled API',
      { status: 403, body: '{"error": {"details": [{"reason": "SERVICE_DISABLED"}]}}' },
      'iam-api-disabled',
    ],
    [
      'an unknown account',
      { status: 404, body: '{"error": {"message": "Not found; Gaia id not found for email x"}}' },
      'iam-service-account-unknown',
    ],
    [
      'too few scopes',
      { status: 403, body: '{"error": {"details": [{"reason": "ACCESS_TOKEN_SCOPE_INSUFFICIENT"}]}}' },
      'iam-scope-insufficient',
    ],
    [
      'a wrong argument',
      { status: 400, body: '{"error": {"message": "Request contains an invalid argument."}}' },
      'iam-refused',
    ],
  ])('tries no other way after %s', async (_, fault, code) => {
    emulator.allow(asKey, target, tokenCreator);
    emulator.fail('iam', { ...fault, times: 1 });
    expect((await refusalOf(impersonated)).error.code).toBe(code);
    expect(calls()).toEqual([`POST iam :generateIdToken → ${fault.status}`]);
  });

  it('does not turn to IAM when a key is refused', async () => {
    emulator.fail('token', {
      status: 400,
      body: '{"error": "invalid_grant", "error_description": "Invalid JWT Signature."}',
    });
    expect((await refusalOf()).error.code).toBe('key-rejected');
    expect(calls()).toEqual(['POST token → 400']);
  });
});

describe('exchange: token_uri', () => {
  it('is what a key does anyway', async () => {
    await mint({ exchange: 'token_uri' });
    expect(calls()).toEqual(['POST token → 200']);
  });

  it('signs by IAM where it acts as another', async () => {
    emulator.allow(asKey, target, tokenCreator);
    const { jwt } = await mint({ ...impersonated, exchange: 'token_uri' });
    expect(decodeJwt(jwt)).toMatchObject({ email: target });
    expect(calls()).toEqual(['POST iam :signJwt → 200', 'POST token → 200']);
  });

  it('does not turn to another way', async () => {
    emulator.allow(asKey, target, openIdTokenCreator);
    const { error } = await refusalOf({ ...impersonated, exchange: 'token_uri' });
    expect(error).toMatchObject({
      code: 'iam-permission-denied',
      facts: { permission: 'iam.serviceAccounts.signJwt', commands: expect.stringContaining(tokenCreator) },
    });
    expect(calls().filter((call) => call.includes('generateIdToken'))).toEqual([]);
  });

  it('takes no for an answer at once, when it may not sign', async () => {
    const { world } = await refusalOf({ ...impersonated, exchange: 'token_uri' });
    expect(calls()).toEqual(['POST iam :signJwt → 403']);
    expect(world.clock.slept).toEqual([]);
  });

  it('tries the signing again no more often than any other request', async () => {
    emulator.allow(asKey, target, tokenCreator);
    emulator.fail('iam', { status: 503 });
    await refusalOf({ ...impersonated, exchange: 'token_uri' });
    expect(calls()).toEqual(Array(4).fill('POST iam :signJwt → 503'));
  });
});

describe('exchange: generate_id_token', () => {
  it('makes a key ask IAM for a token of its own account', async () => {
    emulator.allow(asKey, email, openIdTokenCreator);
    const { jwt } = await mint({ exchange: 'generate_id_token' });
    emulator.disallow(asKey, email, openIdTokenCreator);
    expect(decodeJwt(jwt)).toMatchObject({ email, aud: emulator.clientId });
    expect(calls()).toEqual(['POST iam :generateIdToken → 200']);
  });

  it('does not turn to another way', async () => {
    const { error } = await refusalOf({ exchange: 'generate_id_token' });
    expect(error).toMatchObject({
      code: 'iam-permission-denied',
      facts: { account: email, commands: expect.stringContaining(`--member="${asKey}"`) },
    });
    expect(calls()).toEqual(['POST iam :generateIdToken → 403']);
  });

  it('is what a user does anyway', async () => {
    const credentialsJson = JSON.stringify(emulator.createUser('user@example.com'));
    const { jwt } = await mint({ exchange: 'generate_id_token', config: { credentialsJson } });
    expect(decodeJwt(jwt)).toMatchObject({ email: 'user@example.com', aud: emulator.clientId });
    expect(calls()).toEqual(['POST token → 200']);
  });
});

describe('what a credential cannot do', () => {
  const unsupported = (way: string) => ({
    code: 'credentials-unsupported',
    message:
      way === 'auto'
        ? 'this credential can neither sign nor mint an ID token itself'
        : `this credential does not support exchange: ${way}`,
  });
  const user = () => ({ credentialsJson: JSON.stringify(emulator.createUser('user@example.com')) });
  const federated = () => ({ credentialsJson: JSON.stringify(emulator.externalAccountFile()) });

  it('a user signs nothing', async () => {
    const { error } = await refusalOf({ exchange: 'token_uri', config: user() });
    expect(error).toMatchObject(unsupported('token_uri'));
    expect(error.hint).toContain('or leave exchange and token_kind out');
    expect(calls()).toEqual([]);
  });

  it('a token that is given is what it is', async () => {
    const idToken = await emulator.mintIdToken({ email });
    const config = { credentialsJson: undefined, idToken };
    const { error } = await refusalOf({ exchange: 'token_uri', config });
    expect(error).toMatchObject(unsupported('token_uri'));
    expect((await mint({ config })).jwt).toBe(idToken);
  });

  it.each<Exchange>(['auto', 'token_uri', 'generate_id_token'])(
    'a federated identity gives nothing by itself: %s',
    async (exchange) => {
      const { error } = await refusalOf({ exchange, config: federated() });
      expect(error).toMatchObject(unsupported(exchange));
      expect(error.hint).toMatch(/set service_account to the account to impersonate/i);
      expect(calls()).toEqual([]);
    },
  );
});

describe('signForUrl', () => {
  const url = 'https://app.example.com/*';
  const open = (config: Partial<SourceConfig>) =>
    openCredential(sourceConfig(config), openTestWorld(emulator)).then((credential): [Credential, Promise<unknown>] => [
      credential,
      signForUrl(credential, url, { clock: fakeClock(noon + 999) }),
    ]);

  it('signs the claims that IAP wants, and no others', async () => {
    const [credential, signed] = await open({ credentialsJson: JSON.stringify(key) });
    const claims = { iss: email, sub: email, aud: url, iat: noon / 1000, exp: noon / 1000 + 3600 };
    const result = await signed;
    expect(result).toEqual({ jwt: expect.any(String), signer: credential.signer, principal: email });
    expect(decodeJwt((result as { jwt: string }).jwt)).toEqual(claims);
  });

  it.each([
    ['a user', () => ({ credentialsJson: JSON.stringify(emulator.createUser('user@example.com')) })],
    ['a federated identity', () => ({ credentialsJson: JSON.stringify(emulator.externalAccountFile()) })],
  ])('cannot sign as %s', async (_, config) => {
    const error = await failureOf(async () => (await open(config()))[1]);
    expect(error).toMatchObject({
      code: 'credentials-unsupported',
      message: 'this credential does not support token_kind: signed_jwt',
    });
  });
});

describe('a clock that is wrong', () => {
  const hours = 3_600_000;
  const seconds = noon / 1000;

  it.each([
    ['ahead of', 2 * hours, '7200 s ahead of'],
    ['far ahead of', 30 * 24 * hours, '2592000 s ahead of'],
    ['behind', -2 * hours, '7200 s behind'],
    ['far behind', -30 * 24 * hours, '2592000 s behind'],
  ])('and %s Google’s is put right, with a warning', async (_, off, words) => {
    const { clock, world } = await mint({ start: noon + off });
    expect(clock.now()).toBe(noon);
    expect(world.warnings).toEqual([
      `The clock of this machine is ${words} Google's. Trying once more with Google's time.`,
    ]);
    expect(assertions().map(({ iat }) => iat)).toEqual([seconds + off / 1000, seconds]);
  });

  it('is put right for a signature of IAM’s as well', async () => {
    emulator.allow(asKey, target, tokenCreator);
    // A user's token has no times of its own: the only wrong clock is that of the assertion.
    const user = JSON.stringify(emulator.createUser('user@example.com'));
    emulator.allow('user:user@example.com', target, tokenCreator);
    const { world } = await mint({
      exchange: 'token_uri',
      start: noon + 2 * hours,
      config: { credentialsJson: user, serviceAccount: target },
    });
    expect(world.warnings).toHaveLength(1);
    expect(assertions().map(({ iat }) => iat)).toEqual([seconds + 7200, seconds]);
  });

  it.each([
    ['four minutes ahead', 240_000],
    ['half an hour behind', -1_800_000],
  ])('by %s is none that Google minds', async (_, off) => {
    const { world, clock } = await mint({ start: noon + off });
    expect(world.warnings).toEqual([]);
    expect(clock.now()).toBe(noon + off);
    expect(assertions()).toHaveLength(1);
  });

  const refused: Fault = {
    status: 400,
    body: '{"error": "invalid_grant", "error_description": "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe."}',
  };

  it('is tried once more only, and then told', async () => {
    emulator.fail('token', refused);
    const { error, world } = await refusalOf({ start: noon + 2 * hours });
    expect(error.code).toBe('clock-skew');
    expect(assertions()).toHaveLength(2);
    expect(world.warnings).toHaveLength(1);
  });

  it('is told by how much it is wrong, after the second try too', async () => {
    emulator.fail('token', refused);
    const { error } = await refusalOf({ start: noon + 2 * hours });
    expect(error.hint).toContain('The clock of this machine is 7200 s ahead.');
  });

  it('is not told where the second try fails for another reason', async () => {
    emulator.fail('token', { ...refused, times: 1 });
    emulator.fail('token', {
      status: 400,
      body: '{"error": "invalid_grant", "error_description": "Invalid JWT Signature."}',
    });
    const { error } = await refusalOf({ start: noon + 2 * hours });
    expect(error.code).toBe('key-rejected');
  });

  it('cannot be put right where Google tells no time', async () => {
    emulator.fail('token', { ...refused, headers: { date: 'no date' } });
    const { error, world } = await refusalOf({ start: noon + 2 * hours });
    expect(error.code).toBe('clock-skew');
    expect(assertions()).toHaveLength(1);
    expect(world.warnings).toEqual([]);
  });

  it('is not said to be right where Google tells no time', async () => {
    emulator.fail('token', { ...refused, headers: { date: 'no date' } });
    const { error } = await refusalOf({ start: noon + 2 * hours });
    expect(error.hint).not.toContain(' 0 s ');
  });

  it('is known by the telling words in any case', async () => {
    emulator.fail('token', {
      status: 400,
      body: '{"error": "x", "error_description": "IN A REASONABLE TIMEFRAME"}',
      times: 1,
    });
    const { world } = await mint({ start: noon + 2 * hours });
    expect(world.warnings).toHaveLength(1);
  });
});
