import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { decodeJwt } from 'jose';
import type { Emulator } from '../../src/emulator/index.ts';
import type { SourceConfig } from '../../src/sources/source.ts';
import { workloadIdentity } from '../../src/sources/workload.ts';
import { openEmulator } from '../emulated.ts';
import { temporaryFolder } from '../folder.ts';
import { failureOf, openTestWorld, shownOf, sourceConfig } from '../world.ts';

const account = 'deploy@project.iam.gserviceaccount.com';
const user = 'roles/iam.workloadIdentityUser';
const folder = temporaryFolder();
const path = join(folder, 'token');

const emulator = await openEmulator();

beforeEach(() => {
  emulator.deleteAccount(account);
  emulator.createAccount(account);
  emulator.createProvider();
});

interface Options {
  readonly config?: Partial<SourceConfig>;
  readonly claims?: Parameters<Emulator['githubEnv']>[0];
  readonly env?: Readonly<Record<string, string>>;
}

function prepare({ config = {}, claims = {}, env }: Options = {}) {
  const github = { GITHUB_ACTIONS: 'true', ...emulator.githubEnv(claims) };
  const world = openTestWorld(emulator, { env: env ?? github });
  const given = sourceConfig({ workloadIdentityProvider: emulator.provider, serviceAccount: account, ...config });
  return { world, github, open: () => workloadIdentity.open(given, world) };
}

async function refusalOf(options?: Options) {
  const { world, open } = prepare(options);
  const error = await failureOf(async () => (await open()).idToken?.('x'));
  const shown = shownOf(error);
  expect([...emulator.ledger.secrets].filter((secret) => shown.includes(secret))).toEqual([]);
  return { error, ...world };
}

const calls = () =>
  emulator.ledger.lines().map((line) => line.replace(/ \/\S*:(\w+)/, ' $1').replace(/ \/oidc\S*/, ''));

const subjects = () =>
  emulator.ledger.requests
    .filter(({ service }) => service === 'sts')
    .map(({ body }) => String((JSON.parse(body) as Record<string, unknown>)['subjectToken']));

describe('workload_identity_provider', () => {
  it('is chosen by its input', () => {
    expect(workloadIdentity.chosenBy(sourceConfig({ workloadIdentityProvider: 'x' }))).toBe(true);
    expect(workloadIdentity.chosenBy(sourceConfig({ serviceAccount: account }))).toBe(false);
  });

  it('goes from the CI’s token by a federated one to that of the account', async () => {
    emulator.allow(emulator.principalSet('repository', 'octo-org/octo-repo'), account, user);
    const { open } = prepare();
    const credential = await open();
    expect(credential).toMatchObject({ principal: account, prefers: 'id_token' });
    expect(emulator.ledger.requests).toEqual([]);
    expect(decodeJwt((await credential.idToken?.('x')) ?? '')).toMatchObject({ aud: 'x', email: account });
    expect(calls()).toEqual(['GET oidc → 200', 'POST sts → 200', 'POST iam generateIdToken → 200']);
  });

  it('masks the runner’s bearer, the CI’s token, the federated one and the result, in that order', async () => {
    emulator.allow(emulator.principalSet(), account, user);
    const { world, github, open } = prepare();
    const jwt = (await (await open()).idToken?.('x')) ?? '';
    const [subject = ''] = subjects();
    const iam = emulator.ledger.requests.at(-1)?.headers['authorization']?.replace('Bearer ', '');
    const expected = [
      github.ACTIONS_ID_TOKEN_REQUEST_TOKEN,
      ...[subject, subject.split('.')[2]],
      iam,
      ...[jwt, jwt.split('.')[2]],
    ];
    expect(world.masks.filter((secret, at) => world.masks.indexOf(secret) === at)).toEqual(expected);
  });

  it('asks for the audience of the provider', async () => {
    await refusalOf();
    expect(decodeJwt(subjects()[0] ?? '').aud).toBe(`https://iam.googleapis.com/${emulator.provider}`);
  });

  it('asks for the audience that is given', async () => {
    emulator.createProvider({ allowedAudiences: ['https://sts.example.com'] });
    emulator.allow(emulator.principalSet(), account, user);
    const { open } = prepare({ config: { audience: 'https://sts.example.com' } });
    expect(await (await open()).idToken?.('x')).toBeDefined();
    expect(decodeJwt(subjects()[0] ?? '').aud).toBe('https://sts.example.com');
  });

  it('asks for the audience of its universe', async () => {
    emulator.fail('sts', { status: 400, body: '{}' });
    await refusalOf({ config: { universe: 'cloud.example.com' } });
    expect(decodeJwt(subjects()[0] ?? '').aud).toBe(`https://iam.cloud.example.com/${emulator.provider}`);
    const [{ body } = { body: '' }] = emulator.ledger.requests.filter(({ service }) => service === 'sts');
    expect(JSON.parse(body)).toMatchObject({ audience: `//iam.cloud.example.com/${emulator.provider}` });
  });

  it('acts by way of the delegates', async () => {
    const delegate = 'mid@project.iam.gserviceaccount.com';
    emulator.allow(emulator.principalSet(), delegate, 'roles/iam.serviceAccountTokenCreator');
    emulator.allow(`serviceAccount:${delegate}`, account, 'roles/iam.serviceAccountOpenIdTokenCreator');
    const { open } = prepare({ config: { delegates: [delegate] } });
    expect(decodeJwt((await (await open()).idToken?.('x')) ?? '')).toMatchObject({ email: account });
  });

  it('names the repository as the member that a role is missing for', async () => {
    const { error } = await refusalOf({ claims: { repository: 'acme/shop' } });
    expect(error.code).toBe('iam-permission-denied');
    const pool = emulator.provider.replace('/providers/github', '');
    expect(error.hint).toContain(
      `add-iam-policy-binding ${account} --role=roles/iam.workloadIdentityUser --member="principalSet://iam.googleapis.com/${pool}/attribute.repository/acme/shop"`,
    );
  });

  it('asks for a fresh token when STS finds one stale', async () => {
    emulator.allow(emulator.principalSet(), account, user);
    const stale = '{"error": "invalid_grant", "error_description": "ID Token issued at 1 is stale to sign-in."}';
    emulator.fail('sts', { status: 400, body: stale, times: 1 });
    const { open } = prepare();
    expect(await (await open()).idToken?.('x')).toBeDefined();
    expect(calls().slice(0, 4)).toEqual(['GET oidc → 200', 'POST sts → 400', 'GET oidc → 200', 'POST sts → 200']);
    expect(new Set(subjects()).size).toBe(2);
  });
});

describe('a CI system that gives no token', () => {
  it('ends it before anything is sent', async () => {
    const { error } = await refusalOf({ env: { GITHUB_ACTIONS: 'true' } });
    expect(error.code).toBe('oidc-unavailable');
    expect(error.hint).toContain('id-token: write');
    expect(emulator.ledger.requests).toEqual([]);
  });

  it('may be a shell, which needs a file', async () => {
    const { error } = await refusalOf({ env: {} });
    expect(error.code).toBe('oidc-unavailable');
    expect(error.hint).toContain('subject_token_file');
  });

  it('is asked once when it refuses for good', async () => {
    emulator.fail('oidc', { status: 401, body: '{"message": "The token is not valid."}' });
    const { error, clock } = await refusalOf();
    expect(error.code).toBe('oidc-refused');
    expect(calls()).toEqual(['GET oidc → 401']);
    expect(clock.slept).toEqual([]);
  });

  it('is asked four times while it is not well', async () => {
    emulator.fail('oidc', { status: 503 });
    const { error } = await refusalOf();
    expect(error.code).toBe('oidc-refused');
    expect(calls()).toEqual(Array(4).fill('GET oidc → 503'));
  });

  it('is given up after four connections that broke', async () => {
    emulator.fail('oidc', { reset: 'before-headers' });
    const { error } = await refusalOf();
    expect(error.code).toBe('connection-reset');
    expect(emulator.ledger.requests).toHaveLength(4);
  });
});

describe('subject_token_file', () => {
  const config = { subjectTokenFile: path };

  it('takes the place of the CI’s token', async () => {
    emulator.allow(emulator.principalSet(), account, user);
    const token = await emulator.signCiToken();
    writeFileSync(path, `\n${token}\n`);
    const { world, open } = prepare({ config, env: {} });
    expect(await (await open()).idToken?.('x')).toBeDefined();
    expect(subjects()).toEqual([token]);
    expect(world.masks).toEqual(expect.arrayContaining([token, token.split('.')[2]]));
    expect(calls()).toEqual(['POST sts → 200', 'POST iam generateIdToken → 200']);
  });

  it('is read anew for each try', async () => {
    emulator.fail('sts', { status: 503, times: 1 });
    writeFileSync(path, await emulator.signCiToken({ jti: 'first' }));
    const { world, open } = prepare({ config, env: {} });
    const { accessToken: _, idToken } = await open();
    const next = await emulator.signCiToken({ jti: 'second' });
    const { clock } = world;
    const sleep = clock.sleep.bind(clock);
    Object.assign(clock, {
      sleep: async (ms: number) => {
        writeFileSync(path, next);
        await sleep(ms);
      },
    });
    await failureOf(() => idToken?.('x'));
    expect(subjects().map((jwt) => decodeJwt(jwt).jti)).toEqual(['first', 'second']);
  });

  it('must be there', async () => {
    const gone = join(folder, 'gone');
    const { error } = await refusalOf({ config: { subjectTokenFile: gone }, env: {} });
    expect(error).toMatchObject({
      code: 'credentials-malformed',
      message: `the credential file ${JSON.stringify(gone)} (subject_token_file) cannot be read: ENOENT`,
    });
    expect(error.hint).toContain('Write the OIDC token to that file first');
    expect(emulator.ledger.requests).toEqual([]);
  });

  it.each([
    ['empty', '', 'is empty'],
    ['blank', ' \n', 'is empty'],
  ])('must not be %s', async (_, content, words) => {
    writeFileSync(path, content);
    const { error } = await refusalOf({ config, env: {} });
    expect(error.code).toBe('credentials-malformed');
    expect(error.message).toContain(words);
  });

  it('is not shown where it holds something else', async () => {
    writeFileSync(path, 'hunter2-hunter2-hunter2\nhunter2');
    const { error, masks } = await refusalOf({ config, env: {} });
    expect(error.code).toBe('sts-refused');
    expect(shownOf(error)).not.toContain('hunter2');
    expect(masks).toContain('hunter2-hunter2-hunter2\nhunter2');
  });
});

describe('a token for an audience that the provider does not allow', () => {
  const own = (provider: string) => `https://iam.googleapis.com/${provider}`;
  const command =
    'gcloud iam workload-identity-pools providers update-oidc github --workload-identity-pool=ci --project=123456789012 --location=global --allowed-audiences=https://other.example';
  const hintOf = async (options: Options) => {
    const { error } = await refusalOf(options);
    expect(error.code).toBe('sts-audience-mismatch');
    expect(error.hint).toContain("The token's aud was https://other.example.");
    return error.hint;
  };
  const held = () => emulator.signCiToken({ aud: 'https://other.example' });

  it('is mended by the input audience, where that can be asked for', async () => {
    const hint = await hintOf({ config: { audience: 'https://other.example' } });
    expect(hint).toContain('Set the input audience');
    expect(hint).not.toContain('update-oidc');
  });

  it.each<[string, (token: string) => Options, RegExp]>([
    ['CircleCI', (token) => ({ env: { CIRCLECI: 'true', CIRCLE_OIDC_TOKEN_V2: token } }), /^$/],
    ['GitLab', (token) => ({ env: { GITLAB_CI: 'true', GITLAB_OIDC_TOKEN: token } }), /\n {4}aud: URL\n/],
    [
      'Bitbucket',
      (token) => ({ env: { BITBUCKET_BUILD_NUMBER: '1', BITBUCKET_STEP_OIDC_TOKEN: token } }),
      /\n {6}audiences:\n {8}- URL\n/,
    ],
    [
      'Jenkins, from a variable',
      (token) => ({ config: { subjectTokenVariable: 'X' }, env: { JENKINS_URL: 'https://a.example', X: token } }),
      /with the audience\nURL\n/,
    ],
    [
      'GitHub, from a variable',
      (token) => ({ config: { subjectTokenVariable: 'X' }, env: { GITHUB_ACTIONS: 'true', X: token } }),
      /^$/,
    ],
    // It is another issuer's: what the job declares for the CI's own does nothing to it.
    [
      'GitLab, from a file',
      (token) => {
        writeFileSync(path, token);
        return { config: { subjectTokenFile: path }, env: { GITLAB_CI: 'true' } };
      },
      /^$/,
    ],
    [
      'a shell, from a file',
      (token) => {
        writeFileSync(path, token);
        return { config: { subjectTokenFile: path }, env: {} };
      },
      /^$/,
    ],
  ])('is allowed at the provider on %s, or declared otherwise', async (_, optionsFor, declared) => {
    const hint = await hintOf(optionsFor(await held()));
    expect(hint).not.toContain('input audience');
    const [before, rest = ''] = hint.split(command);
    expect(before).toMatch(
      /^The token's aud was .*Allow it at the provider; this replaces the audiences that it allows now:\n$/,
    );
    expect(rest.replaceAll(own(emulator.provider), 'URL')).toMatch(declared);
  });
});

describe('subject_token_variable', () => {
  const config = { subjectTokenVariable: 'IAP_OIDC' };

  it('takes the place of the CI’s token', async () => {
    emulator.allow(emulator.principalSet(), account, user);
    const token = await emulator.signCiToken();
    const env = { GITHUB_ACTIONS: 'true', ...emulator.githubEnv(), IAP_OIDC: ` ${token}\n` };
    const { world, open } = prepare({ config, env });
    expect(await (await open()).idToken?.('x')).toBeDefined();
    expect(subjects()).toEqual([token]);
    expect(world.masks.slice(0, 2)).toEqual([token, token.split('.')[2]]);
    expect(calls()).toEqual(['POST sts → 200', 'POST iam generateIdToken → 200']);
  });

  it.each<[string, Readonly<Record<string, string>>, string]>([
    ['set', {}, 'is not set'],
    ['filled', { IAP_OIDC: ' \n' }, 'is empty'],
  ])('must be %s', async (_, env, words) => {
    const { error } = await refusalOf({ config, env });
    expect(error).toMatchObject({
      code: 'credentials-malformed',
      message: `the credential variable IAP_OIDC (subject_token_variable) ${words}`,
    });
    expect(error.hint).toContain('Pass the variable to this step');
    expect(emulator.ledger.requests).toEqual([]);
  });

  it('is not shown where it holds something else', async () => {
    const { error, masks } = await refusalOf({ config, env: { IAP_OIDC: 'hunter2-hunter2-hunter2' } });
    expect(error.code).toBe('sts-refused');
    expect(shownOf(error)).not.toContain('hunter2');
    expect(masks).toContain('hunter2-hunter2-hunter2');
  });
});
