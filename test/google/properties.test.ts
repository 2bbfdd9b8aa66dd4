import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { JWTPayload } from 'jose';
import { fetchOidcToken } from '../../src/ci/github.ts';
import { type Emulator, type KeyFile, type Service, startEmulator, type UserFile } from '../../src/emulator/index.ts';
import { IapError } from '../../src/errors.ts';
import { fetchKeys } from '../../src/google/certs.ts';
import { exchangeCode } from '../../src/google/code.ts';
import { generateAccessToken, generateIdToken, signJwt } from '../../src/google/iam.ts';
import { fetchAccessToken, fetchEmail, fetchIdentity } from '../../src/google/metadata.ts';
import { refresh } from '../../src/google/refresh.ts';
import { exchangeSubjectToken, jwtType } from '../../src/google/sts.ts';
import { exchangeAssertion } from '../../src/google/token.ts';
import type { Http } from '../../src/http.ts';
import { discoverClientId } from '../../src/iap/discovery.ts';
import { mintToken } from '../../src/mint.ts';
import { openCredential } from '../../src/sources/index.ts';
import { checkClaims, checkSelfSigned, checkSignature, googleIssuers } from '../../src/token.ts';
import { answering, fc, hostile, runs, textOf, wireRuns } from '../fuzz.ts';
import { failureOf, fakeClock, noon, openTestWorld, shownOf, sourceConfig, type TestWorld } from '../world.ts';
import { bodies, jwt, opaque, signature } from './answers.ts';

const account = 'target@project.iam.gserviceaccount.com';
const provider = 'projects/123456789012/locations/global/workloadIdentityPools/ci/providers/github';

/** Ends in a value, or in an error that says what to do and shows no secret; any other error fails the test. */
async function expectOutcome(work: () => Promise<unknown>, secrets: readonly string[]): Promise<unknown> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof IapError)) throw error;
    expect(error.code).not.toBe('internal');
    // What the service said is quoted in it, and may be any words.
    expect(error.hint.replace(/status \d+, ".*"/g, '')).not.toMatch(/^$|undefined|\[object|NaN/);
    // What somebody is told to paste.
    const commands = error.hint.split('\n').filter((line) => line.startsWith('gcloud '));
    expect(commands.filter((line) => /;id|[$`|&]/.test(line))).toEqual([]);
    expect(error.message).not.toMatch(/[\n\r\u2028]/);
    const shown = shownOf(error);
    for (const part of [signature, 'hunter2-hunter2', ...secrets]) expect(shown).not.toContain(part);
    return undefined;
  }
}

const headers = fc.oneof(
  fc.constantFrom<Record<string, string>>({}, { 'metadata-flavor': 'Google' }),
  fc.dictionary(fc.constantFrom('date', 'metadata-flavor', 'content-type'), fc.oneof(hostile, fc.constant('Google')), {
    noNullPrototype: true,
  }),
);
const status = fc.oneof(fc.constantFrom(200, 400, 401, 403, 404), fc.integer({ min: 200, max: 599 }));

describe('an answer', () => {
  const masks: string[] = [];
  const mask = (secret: string) => void masks.push(secret);
  const clock = fakeClock();
  const as = {
    endpoint: 'https://iamcredentials.googleapis.com/v1',
    accessToken: async () => opaque,
    account,
    delegates: ['delegate@project.iam.gserviceaccount.com'],
    member: () => 'serviceAccount:ci@project.iam.gserviceaccount.com',
  };
  const client = { endpoint: 'https://oauth2.googleapis.com/token', clientId: '1-x.apps.googleusercontent.com' };
  const user = { ...client, clientSecret: `GOCSPX-${'hunter2-'.repeat(3)}` };
  const refreshToken = `1//0${'hunter2-'.repeat(8)}`;
  const env = { ACTIONS_ID_TOKEN_REQUEST_URL: 'https://ci/x', ACTIONS_ID_TOKEN_REQUEST_TOKEN: opaque };
  const grant = { endpoint: 'https://sts.googleapis.com/v1/token', provider: `//iam.googleapis.com/${provider}` };
  const code = { code: opaque, verifier: opaque, redirectUri: 'http://127.0.0.1:9' };

  /** What each answer is read by, and what it gives: undefined, or what can stand in a header. */
  const readers: Readonly<Record<string, (http: Http) => Promise<unknown>>> = {
    'of the token endpoint, to an assertion': (http) =>
      exchangeAssertion(
        { endpoint: client.endpoint, assertion: async () => jwt, account, audience: 'x' },
        { http, mask, clock },
      ).then(() => undefined),
    'of the token endpoint, to a refresh token': async (http) =>
      Object.values(await refresh({ ...user, refreshToken, audience: 'x' }, { http, mask })),
    'of the token endpoint, to a code': async (http) =>
      Object.values(await exchangeCode({ ...user, ...code }, { http, mask })),
    'of STS': (http) =>
      exchangeSubjectToken({ ...grant, subjectTokenType: jwtType, subjectToken: async () => jwt }, { http, mask }),
    'of IAM, with an ID token': (http) => generateIdToken(as, 'x', { http, mask }),
    'of IAM, with a signature': (http) => signJwt(as, { iss: 'x' }, { http, mask }),
    'of IAM, with an access token': (http) => generateAccessToken(as, { http, mask }),
    'of the metadata server, with an email': (http) => fetchEmail('http://169.254.169.254', { http, mask }),
    'of the metadata server, with an ID token': (http) =>
      fetchIdentity('http://169.254.169.254', 'x', { http, mask }).then(() => undefined),
    'of the metadata server, with an access token': (http) =>
      fetchAccessToken('http://169.254.169.254', { http, mask }),
    'of the CI’s issuer': (http) => fetchOidcToken(env, 'x', { http, mask }),
    'with keys': async (http) => {
      const keys = await fetchKeys(http, 'https://www.googleapis.com/oauth2/v3/certs');
      if (keys === undefined) return;
      // Nothing that is no key of Google's makes a signature right.
      const error = await failureOf(() => checkSignature(jwt, keys, 'https://x/certs'));
      expect(error.code).toBe('token-signature');
    },
  };

  it.each(Object.entries(readers))('%s is a value, or has a code, and shows no secret', async (_, read) => {
    await fc.assert(
      fc.asyncProperty(status, headers, bodies, async (given, extra, body) => {
        masks.length = 0;
        const http = answering({ status: given, headers: extra, body });
        const value = await expectOutcome(() => read(http), []);
        for (const one of [value].flat().filter((found) => found !== undefined)) {
          expect(one).toMatch(/^[\x21-\x7e]+$/);
          if (!String(one).includes('@project.iam.')) expect(masks).toContain(one);
        }
      }),
    );
  });

  it('of an app, asked for its client id, is one of Google’s form that IAP itself names, or a refusal', async () => {
    const id = fc.oneof(
      fc.constantFrom('123-abc.apps.googleusercontent.com', '369001918367-x.apps.googleusercontent.com', ''),
      textOf('123', '-', 'abc', '.apps.googleusercontent.com', '%0a', '&', '#', '$(id)', '/', ':'),
    );
    const location = fc.oneof(
      fc
        .tuple(id, id, fc.constantFrom('https://accounts.google.com', 'https://accounts.google.com.evil', 'http://x'))
        .map(([a, b, origin]) => {
          const query = new URLSearchParams({
            client_id: a,
            redirect_uri: `https://iap.googleapis.com/v1/oauth/clientIds/${b}:handleRedirect`,
          });
          return `${origin}/o/oauth2/v2/auth?${query}`;
        }),
      fc.webUrl(),
      hostile,
    );
    const mark = fc.constantFrom('true', 'TRUE', 'false', '');
    const seen = { found: 0, refused: 0 };
    await fc.assert(
      fc.asyncProperty(status, location, mark, async (given, to, own) => {
        const http = answering({
          status: given,
          headers: { location: to, 'x-goog-iap-generated-response': own },
          body: '',
        });
        const found = await expectOutcome(() => discoverClientId(new URL('https://app.example.com/'), http), []);
        seen[found === undefined ? 'refused' : 'found'] += 1;
        if (found === undefined) return;
        expect(found).toMatch(/^\d+-[\w-]+\.apps\.googleusercontent\.com$/);
        expect(own.toLowerCase()).toBe('true');
        expect(new URL(to).origin).toBe('https://accounts.google.com');
        expect(to).toContain(encodeURIComponent(`/clientIds/${found}:handleRedirect`));
      }),
    );
    expect(seen.found).toBeGreaterThan(0);
    expect(seen.refused).toBeGreaterThan(0);
  });
});

describe('claims', () => {
  const expected = { audience: 'client', principal: account, issuers: googleIssuers, now: noon };
  const seconds = noon / 1000;
  const time = fc.oneof(fc.integer({ min: seconds - 2, max: seconds + 2 }), fc.double(), fc.jsonValue());
  const claims = fc.record(
    {
      aud: fc.oneof(
        { weight: 4, arbitrary: fc.constantFrom<unknown>('client', ['client'], 'other', '') },
        fc.jsonValue(),
      ),
      email: fc.oneof({ weight: 4, arbitrary: fc.constantFrom(account, 'evil@example.com', '') }, fc.jsonValue()),
      iss: fc.oneof(
        { weight: 4, arbitrary: fc.constantFrom<unknown>(...googleIssuers, account, 'https://evil.com') },
        fc.jsonValue(),
      ),
      sub: fc.oneof({ weight: 4, arbitrary: fc.constantFrom(account, '1') }, fc.jsonValue()),
      exp: fc.oneof({ weight: 3, arbitrary: fc.constant(seconds + 3600) }, time),
      iat: time,
    },
    { requiredKeys: ['aud', 'exp'] },
  );

  it('of an ID token pass only if each is as expected', () => {
    const seen = { passed: 0, refused: 0 };
    fc.assert(
      fc.property(claims, (payload) => {
        const { aud, email, iss, exp } = payload;
        const isRight =
          aud === 'client' &&
          email === account &&
          googleIssuers.some((one) => one === iss) &&
          typeof exp === 'number' &&
          exp > seconds &&
          exp < 2 ** 33;
        seen[isRight ? 'passed' : 'refused'] += 1;
        if (isRight) expect(checkClaims(payload as JWTPayload, expected)).toEqual({ aud, email, exp });
        else expect(() => checkClaims(payload as JWTPayload, expected)).toThrow(IapError);
      }),
    );
    expect(seen.passed).toBeGreaterThan(0);
    expect(seen.refused).toBeGreaterThan(runs / 4);
  });

  it('of a JWT that an account signed pass only if each is as expected', () => {
    const seen = { passed: 0, refused: 0 };
    fc.assert(
      fc.property(claims, (payload) => {
        const { aud, iss, sub, exp } = payload;
        const isRight =
          aud === 'client' &&
          iss === account &&
          sub === account &&
          typeof exp === 'number' &&
          exp > seconds &&
          exp < 2 ** 33;
        seen[isRight ? 'passed' : 'refused'] += 1;
        if (isRight) expect(checkSelfSigned(payload as JWTPayload, expected)).toEqual({ aud, email: sub, exp });
        else expect(() => checkSelfSigned(payload as JWTPayload, expected)).toThrow(IapError);
      }),
    );
    expect(seen.passed).toBeGreaterThan(0);
    expect(seen.refused).toBeGreaterThan(runs / 4);
  });
});

describe('an answer over the wire', () => {
  let emulator: Emulator;
  let key: KeyFile;
  let user: UserFile;

  beforeAll(async () => {
    emulator = await startEmulator({ now: () => noon });
    key = await emulator.createKey('ci@project.iam.gserviceaccount.com');
    user = emulator.createUser('user@example.com');
    emulator.createAccount(account);
  });
  afterAll(() => emulator.close());
  beforeEach(() => emulator.clearFaults());

  const workload = (world: TestWorld) =>
    openCredential(sourceConfig({ workloadIdentityProvider: emulator.provider, serviceAccount: account }), world);
  const open = (value: object, world: TestWorld, serviceAccount?: string) =>
    openCredential(sourceConfig({ credentialsJson: JSON.stringify(value), serviceAccount }), world);
  const minting = { tokenKind: 'id_token', exchange: 'auto', verify: false } as const;

  const ways: Readonly<Record<string, [Service, (world: TestWorld) => Promise<unknown>]>> = {
    'of the token endpoint': [
      'token',
      (world) => mintToken({ ...sourceConfig({ credentialsJson: JSON.stringify(key) }), ...minting }, 'x', world),
    ],
    'of the CI’s issuer': ['oidc', async (world) => (await workload(world)).idToken?.('x')],
    'of STS': ['sts', async (world) => (await workload(world)).idToken?.('x')],
    'of IAM, for an ID token': ['iam', async (world) => (await open(key, world, account)).idToken?.('x')],
    'of IAM, for a signature': ['iam', async (world) => (await open(key, world, account)).signer?.sign({ iss: 'x' })],
    'of IAM, for an access token': ['iam', async (world) => (await open(key, world, account)).accessToken?.()],
    'of the token endpoint, to a user': ['token', async (world) => (await open(user, world)).idToken?.('x')],
    'of the metadata server': [
      'metadata',
      async (world) => (await openCredential(sourceConfig(), world)).accessToken?.(),
    ],
    'of the app, asked for its client id': ['edge', (world) => discoverClientId(new URL(emulator.appUrl), world.http)],
  };

  it.each(Object.entries(ways))('%s ends in a value or in a code, and shows no secret', async (_, [service, work]) => {
    const env = { GITHUB_ACTIONS: 'true', HOME: '/nowhere', ...emulator.githubEnv() };
    const plain = fc.constantFrom({}, { 'metadata-flavor': 'Google' });
    await fc.assert(
      fc.asyncProperty(status, plain, bodies, async (given, extra, body) => {
        emulator.clearFaults();
        emulator.fail(service, { status: given, headers: extra, body });
        const world = openTestWorld(emulator, { env });
        await expectOutcome(() => work(world), [key.private_key, user.refresh_token]);
      }),
      { numRuns: wireRuns },
    );
  });

  const names = fc.oneof(
    hostile,
    fc.string(),
    fc.constantFrom(provider, '../..', 'a@b.com', `${provider}/x`, 'a@b.com?x#y', jwt),
  );

  it('is asked for, whatever a provider and an account are called', async () => {
    await fc.assert(
      fc.asyncProperty(names, names, fc.array(names, { maxLength: 2 }), async (pool, name, delegates) => {
        const env = { GITHUB_ACTIONS: 'true', ...emulator.githubEnv() };
        const config = sourceConfig({ workloadIdentityProvider: pool, serviceAccount: name, delegates });
        const credential = await openCredential(config, openTestWorld(emulator, { env }));
        const error = await failureOf(() => credential.idToken?.('x'));
        expect(error.code).toMatch(/^(sts|iam|oidc)-/);
        expect(error.hint).not.toBe('');
      }),
      { numRuns: wireRuns },
    );
  });

  it('is asked for with any headers that a credential file names, or the file is refused', async () => {
    const name = fc.oneof(fc.constantFrom('Authorization', 'x', 'Host', 'Content-Length'), hostile, fc.string());
    const given = fc.dictionary(name, fc.oneof(hostile, fc.jsonValue(), fc.constant(opaque)), {
      maxKeys: 3,
      noNullPrototype: true,
    });
    await fc.assert(
      fc.asyncProperty(given, async (named) => {
        const file = emulator.externalAccountFile();
        const source = { ...(file.credential_source as object), headers: named };
        const world = openTestWorld(emulator);
        const credential = await open({ ...file, credential_source: source }, world);
        await expectOutcome(async () => credential.accessToken?.(), []);
      }),
      { numRuns: wireRuns },
    );
  });
});
