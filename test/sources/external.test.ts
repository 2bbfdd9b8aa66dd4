import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { decodeJwt } from 'jose';
import type { ExternalAccountFile } from '../../src/emulator/index.ts';
import { openExternal } from '../../src/sources/external.ts';
import { openEmulator } from '../emulated.ts';
import { temporaryFolder } from '../folder.ts';
import { serve } from '../serve.ts';
import { failureOf, noon, openTestWorld, shownOf } from '../world.ts';

const account = 'deploy@project.iam.gserviceaccount.com';
const folder = temporaryFolder();
const path = join(folder, 'subject');

const emulator = await openEmulator();

beforeAll(async () => {
  emulator.allow(emulator.principalSet(), account, 'roles/iam.workloadIdentityUser');
});
beforeEach(async () => writeFileSync(path, await emulator.signCiToken()));

function prepare(file: ExternalAccountFile, change: Readonly<Record<string, unknown>> = {}) {
  const world = openTestWorld(emulator);
  return { world, open: () => openExternal({ ...file, ...change }, world) };
}

async function refusalOf(work: () => unknown) {
  const error = await failureOf(work);
  const shown = shownOf(error);
  expect([...emulator.ledger.secrets].filter((secret) => shown.includes(secret))).toEqual([]);
  return error;
}

const services = () => emulator.ledger.requests.map(({ service, status }) => `${service} ${status}`);

describe('openExternal', () => {
  it('acts as the account that the file names, with a token from a file', async () => {
    const { world, open } = prepare(emulator.externalAccountFile({ account, file: path }));
    const credential = await open();
    expect(credential).toMatchObject({ principal: account, prefers: 'id_token' });
    expect(emulator.ledger.requests).toEqual([]);
    expect(decodeJwt((await credential.idToken?.('x')) ?? '')).toMatchObject({ aud: 'x', email: account });
    expect(services()).toEqual(['sts 200', 'iam 200']);
    const subject = String(
      (JSON.parse(emulator.ledger.requests[0]?.body ?? '{}') as Record<string, unknown>)['subjectToken'],
    );
    expect(world.masks.slice(0, 2)).toEqual([subject, subject.split('.')[2]]);
  });

  it('acts as the account with a token from the runner, as google-github-actions/auth has it', async () => {
    const file = emulator.externalAccountFile({ account });
    const { world, open } = prepare(file);
    const { idToken } = await open();
    expect(decodeJwt((await idToken?.('x')) ?? '')).toMatchObject({ email: account });
    expect(services()).toEqual(['oidc 200', 'sts 200', 'iam 200']);
    const { headers } = file.credential_source as { headers: Record<string, string> };
    // The runner's own bearer, before anything is sent.
    expect(world.masks[0]).toBe(headers['Authorization']?.replace('Bearer ', ''));
  });

  it('is of no account where the file names none, and can only act as one', async () => {
    const { open } = prepare(emulator.externalAccountFile({ file: path }));
    const credential = await open();
    expect(credential).toMatchObject({ principal: undefined });
    expect([credential.idToken, credential.signer]).toEqual([undefined, undefined]);
    expect(await credential.accessToken?.()).toMatch(/^ya29\.d\./);
    expect(credential.member()).toMatch(
      /^principalSet:\/\/iam\.googleapis\.com\/.*\/attribute\.repository\/octo-org\/octo-repo$/,
    );
  });

  it('has no audience that the inputs could change', async () => {
    emulator.createProvider({ allowedAudiences: ['https://other.example'] });
    const { open } = prepare(emulator.externalAccountFile({ account }));
    const { hint } = await refusalOf(async () => (await open()).idToken?.('x'));
    emulator.createProvider();
    expect(hint).toContain(`update-oidc github --workload-identity-pool=ci --project=123456789012 --location=global`);
    expect(hint).not.toContain('input audience');
  });

  it('names the member that a role is missing for', async () => {
    const other = 'other@project.iam.gserviceaccount.com';
    emulator.createAccount(other);
    const { open } = prepare(emulator.externalAccountFile({ account: other, file: path }));
    const error = await refusalOf(async () => (await open()).idToken?.('x'));
    expect(error.code).toBe('iam-permission-denied');
    expect(error.hint).toContain(`add-iam-policy-binding ${other} `);
    expect(error.hint).toContain('/attribute.repository/octo-org/octo-repo"');
  });

  it('reads the token anew for each try', async () => {
    emulator.fail('sts', { status: 503, times: 1 });
    const { open } = prepare(emulator.externalAccountFile({ account }));
    await (await open()).idToken?.('x');
    expect(services()).toEqual(['oidc 200', 'sts 503', 'oidc 200', 'sts 200', 'iam 200']);
  });
});

describe('a file that cannot be used', () => {
  it.each<[string, Record<string, unknown>, string]>([
    ['without a provider', { audience: undefined }, 'lacks audience'],
    ['without the kind of its token', { subject_token_type: '' }, 'lacks subject_token_type'],
    [
      'with a service_account_impersonation_url of another kind',
      { service_account_impersonation_url: 'https://example.com/' },
      'has a service_account_impersonation_url that names no account',
    ],
    ['with a credential_source of no kind', { credential_source: {} }, 'has a credential_source that cannot be used'],
    ['without a credential_source', { credential_source: undefined }, 'has a credential_source that cannot be used'],
    [
      'with a token_url in the clear',
      { token_url: 'http://sts.googleapis.com/v1/token' },
      "has a token_url that is not Google's Security Token Service",
    ],
    [
      'with a token_url that is an object',
      { token_url: { toString: '' } },
      "has a token_url that is not Google's Security Token Service",
    ],
    [
      'with a service_account_impersonation_url that is an object',
      { service_account_impersonation_url: { toString: '' } },
      'has a service_account_impersonation_url that names no account',
    ],
    ['with a token_url that is none', { token_url: 7 }, "has a token_url that is not Google's Security Token Service"],
  ])('%s', async (_, change, words) => {
    const { open } = prepare(emulator.externalAccountFile({ account, file: path }), change);
    const error = await refusalOf(open);
    expect(error).toMatchObject({ code: 'credentials-malformed', message: `the credential ${words}` });
    expect(error.cause).toBeUndefined();
    expect(emulator.ledger.requests).toEqual([]);
  });

  it('is of a workforce pool: that is people', async () => {
    const audience = '//iam.googleapis.com/locations/global/workforcePools/p/providers/x';
    const { open } = prepare(emulator.externalAccountFile({ account, file: path }), { audience });
    const error = await refusalOf(open);
    expect(error).toMatchObject({ code: 'credentials-unsupported', retry: 'no' });
    expect(error.hint).toContain('use a workload identity pool, or a service account');
  });

  it.each([undefined, 'https://sts.googleapis.com/v1/token', 'https://sts.europe-west1.rep.googleapis.com/v1/token'])(
    'but %s is the STS that is played',
    async (token_url) => {
      const { open } = prepare(emulator.externalAccountFile({ file: path }), { token_url });
      expect(await (await open()).accessToken?.()).toMatch(/^ya29\.d\./);
    },
  );
});

describe('a provider that is none', () => {
  const answers = ['invalid_target', 'Invalid value for "audience"', 'rejected by the attribute condition'];

  it.each(answers)('stands in no command and is not shown, whatever it holds: %s', async (error_description) => {
    emulator.fail('sts', { status: 400, body: JSON.stringify({ error_description }) });
    const secret = `1//0${'hunter2-'.repeat(8)}`;
    for (const audience of [
      secret,
      `//iam.googleapis.com/${emulator.provider};id`,
      `//iam.googleapis.com/${emulator.provider}$(id)`,
    ]) {
      const { open } = prepare(emulator.externalAccountFile({ account, file: path }), { audience });
      const error = await refusalOf(async () => (await open()).idToken?.('x'));
      expect(shownOf(error)).not.toContain('hunter2');
      expect(error.hint.split('\n').filter((line) => /^gcloud .*(;|\$)/.test(line))).toEqual([]);
    }
  });
});

describe('AWS', () => {
  const ofAws = (name: string) => /^AWS_/.test(name);
  const before = { ...process.env };
  beforeEach(() => {
    for (const name of Object.keys(process.env).filter(ofAws)) delete process.env[name];
  });
  afterAll(() => {
    Object.assign(process.env, before);
  });

  /** A machine's metadata server: its session token, region, role and credentials. */
  async function playAws() {
    const asked: string[] = [];
    const answers: Readonly<Record<string, string>> = {
      'PUT /session': 'session',
      'GET /region': 'us-east-2b',
      'GET /role': 'ci',
      'GET /role/ci': '{"AccessKeyId": "key", "SecretAccessKey": "s3cret", "Token": "t0ken"}',
    };
    const url = await serve(({ method, url, headers }, response) => {
      asked.push(`${method} ${url}`);
      if (method === 'GET') expect(headers['x-aws-ec2-metadata-token']).toBe('session');
      response.setHeader('content-type', 'application/json').end(answers[`${method} ${url}`]);
    });
    return { asked, origin: new URL(url).origin };
  }

  // As gcloud writes it.
  const sourceAt = (origin: string) => ({
    environment_id: 'aws1',
    region_url: `${origin}/region`,
    url: `${origin}/role`,
    regional_cred_verification_url: 'https://sts.{region}.amazonaws.com?Action=GetCallerIdentity&Version=2011-06-15',
    imdsv2_session_token_url: `${origin}/session`,
  });
  const openAws = (credential_source: object, change = {}) =>
    prepare(emulator.externalAccountFile({ account, file: path }), { credential_source, ...change }).open();
  /** The subject token, as STS got it. */
  const sent = () => {
    const { body = '{}' } = emulator.ledger.requests.find(({ service }) => service === 'sts') ?? {};
    return JSON.parse(decodeURIComponent(JSON.parse(body).subjectToken)) as { url: string };
  };

  it('is asked for its credentials, which sign the subject token', async () => {
    const { asked, origin } = await playAws();
    const { idToken } = await openAws(sourceAt(origin));
    await failureOf(() => idToken?.('x'));
    expect(asked).toEqual(['PUT /session', 'GET /region', 'PUT /session', 'GET /role', 'GET /role/ci']);
    expect(sent().url).toBe('https://sts.us-east-2.amazonaws.com?Action=GetCallerIdentity&Version=2011-06-15');
  });

  it.each(['http://169.254.169.254', 'http://[fd00:ec2::254]', 'https://imds.example'])(
    'may be at %s',
    async (origin) => {
      expect(await openAws(sourceAt(origin))).toMatchObject({ principal: account });
    },
  );

  it.each(
    ['url', 'region_url', 'imdsv2_session_token_url'].flatMap((name) =>
      ['http://169.254.169.253/', 'http://imds.example/', 'ftp://imds.example/', 'imds', 7].map((url) => [name, url]),
    ),
  )('is not asked where its %s is %s', async (name, url) => {
    const error = await refusalOf(() => openAws({ ...sourceAt('http://169.254.169.254'), [name]: url }));
    expect(error).toMatchObject({
      code: 'credentials-malformed',
      message: `the credential has a credential_source.${name} that is not https`,
    });
  });

  it('is not asked elsewhere by another spelling of an address, or of the transport', async () => {
    const { asked, origin } = await playAws();
    const evil: string[] = [];
    const elsewhere = new URL(await serve(({ url = '' }, response) => response.end(evil.push(url)))).origin;
    const { imdsv2_session_token_url, region_url, url, ...source } = sourceAt(origin);
    const camel = { imdsv2SessionTokenUrl: elsewhere, regionUrl: elsewhere, securityCredentialsUrl: elsewhere };
    const change = {
      transporterOptions: { baseURL: elsewhere, proxy: elsewhere },
      transporter_options: { proxy: elsewhere },
    };
    for (const one of [
      { ...source, ...camel },
      { ...sourceAt(origin), ...camel },
    ]) {
      const { idToken } = await openAws(one, change);
      await failureOf(() => idToken?.('x'));
    }
    expect(evil).toEqual([]);
    expect(asked).toHaveLength(5);
  });
});

describe('a source that gives no token', () => {
  it('may be a file that is not there', async () => {
    const { open } = prepare(emulator.externalAccountFile({ account, file: join(folder, 'gone') }));
    const error = await refusalOf(async () => (await open()).idToken?.('x'));
    expect(error).toMatchObject({
      code: 'oidc-unavailable',
      message: "the credential's source returned no subject token: ENOENT",
    });
    expect(error.hint).toContain('Look at credential_source in the file');
    expect(error.cause).toBeUndefined();
    expect(emulator.ledger.requests).toEqual([]);
  });

  it('may be an address that refuses', async () => {
    const { open } = prepare(emulator.externalAccountFile({ account }));
    emulator.fail('oidc', { status: 401, body: '{"message": "hunter2"}' });
    const error = await refusalOf(async () => (await open()).idToken?.('x'));
    expect(error.code).toBe('oidc-unavailable');
    expect(shownOf(error)).not.toContain('hunter2');
    expect(services().filter((line) => line.startsWith('sts'))).toEqual([]);
  });

  it.each<Record<string, unknown>>([
    { '': 'x' },
    { 'a b': 'x' },
    { Authorization: 'Bearer hunter2\r\nx: y' },
    { Authorization: 'hunter2\u20ac' },
    { 'X-A': { toString: '' } },
    { 'X-A': 1 },
  ])('may ask for headers that HTTP cannot carry: %j', async (headers) => {
    const file = emulator.externalAccountFile();
    const source = { ...file.credential_source, headers };
    const credential = await prepare(file, { credential_source: source }).open();
    const error = await refusalOf(() => credential.accessToken?.());
    expect([error.code, error.message]).toEqual([
      'credentials-malformed',
      'the credential has credential_source.headers that HTTP cannot carry',
    ]);
    expect(shownOf(error)).not.toContain('hunter2');
    expect(emulator.ledger.requests).toEqual([]);
  });

  it('may give something else than it should, which is not shown', async () => {
    const { open } = prepare(emulator.externalAccountFile({ account }));
    emulator.fail('oidc', { status: 200, body: '{"hunter2": "hunter2-hunter2-hunter2"}' });
    const error = await refusalOf(async () => (await open()).idToken?.('x'));
    expect(error.code).toBe('oidc-unavailable');
    expect(shownOf(error)).not.toContain('hunter2');
  });

  it('may be another job’s, whose token STS refuses', async () => {
    writeFileSync(path, await emulator.signCiToken({ iat: noon / 1000 - 7200 }));
    const { open } = prepare(emulator.externalAccountFile({ account, file: path }));
    const error = await refusalOf(async () => (await open()).idToken?.('x'));
    expect(error.code).toBe('sts-token-stale');
  });
});
