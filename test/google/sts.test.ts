import { beforeEach, describe, expect, it } from '@jest/globals';
import { decodeJwt, type JWTPayload } from 'jose';
import type { Fault, Provider } from '../../src/emulator/index.ts';
import { exchangeSubjectToken, jwtType } from '../../src/google/sts.ts';
import { openEmulator } from '../emulated.ts';
import { failureOf, noon, openTestWorld, shownOf } from '../world.ts';

const emulator = await openEmulator();

beforeEach(() => void emulator.createProvider());

interface Options {
  /** Without its prefix. */
  readonly provider?: string;
  /** What differs in the subject token; of several tokens one after the other. */
  readonly claims?: JWTPayload;
  readonly subjectToken?: () => Promise<string>;
  readonly declare?: string;
}

function prepare({ provider = emulator.provider, claims, subjectToken, declare }: Options = {}) {
  const world = openTestWorld(emulator);
  const grant = {
    endpoint: world.endpoints.sts,
    provider: `//iam.googleapis.com/${provider}`,
    subjectToken:
      subjectToken ?? (() => emulator.signCiToken({ jti: String(emulator.ledger.requests.length), ...claims })),
    subjectTokenType: jwtType,
    declare,
  };
  return { world, exchange: () => exchangeSubjectToken(grant, world) };
}

/** The failure; it never shows a subject token, nor any other secret. */
async function refusalOf(options?: Options) {
  const { world, exchange } = prepare(options);
  const error = await failureOf(exchange);
  const shown = shownOf(error);
  expect([...emulator.ledger.secrets].filter((secret) => shown.includes(secret))).toEqual([]);
  return { error, ...world };
}

const subjects = () =>
  emulator.ledger.requests.map(({ body }) =>
    decodeJwt(String((JSON.parse(body) as Record<string, unknown>)['subjectToken'])),
  );

const answer = (error: string, error_description: string, status = 400): Fault => ({
  status,
  body: JSON.stringify({ error, error_description }),
});

const describeCommand =
  'gcloud iam workload-identity-pools providers describe github --workload-identity-pool=ci --project=123456789012 --location=global';

describe('exchangeSubjectToken', () => {
  it('asks in the words of the documentation, and nothing else', async () => {
    const { exchange } = prepare({ subjectToken: async () => emulator.signCiToken({ jti: 'x' }) });
    expect(await exchange()).toMatch(/^ya29\.d\./);
    const [request] = emulator.ledger.requests;
    expect(request).toMatchObject({ method: 'POST', path: '/v1/token', service: 'sts', status: 200 });
    expect(JSON.parse(request?.body ?? '')).toEqual({
      audience: `//iam.googleapis.com/${emulator.provider}`,
      grantType: 'urn:ietf:params:oauth:grant-type:token-exchange',
      requestedTokenType: 'urn:ietf:params:oauth:token-type:access_token',
      scope: 'https://www.googleapis.com/auth/cloud-platform',
      subjectTokenType: 'urn:ietf:params:oauth:token-type:jwt',
      subjectToken: await emulator.signCiToken({ jti: 'x' }),
    });
  });

  it('masks the token', async () => {
    const { world, exchange } = prepare();
    const token = await exchange();
    expect(world.masks).toEqual([token]);
  });

  it('masks the token of an answer that is an error too', async () => {
    emulator.fail('sts', { status: 400, body: '{"access_token": "ya29.d.hunter2hunter2"}' });
    const { masks } = await refusalOf();
    expect(masks).toEqual(['ya29.d.hunter2hunter2']);
  });
});

describe('what STS refuses', () => {
  it.each([
    ['ari:cloud:bitbucket::workspace/5a1c', 'ari:cloud:bitbucket::workspace/5a1c'],
    ['$(id)', 'AUDIENCE'],
    ['x'.repeat(300), 'AUDIENCE'],
    [['a', 'b'], 'AUDIENCE'],
    [undefined, 'AUDIENCE'],
  ])('of the audience %j fills in what is whole, and safe to paste', async (aud, word) => {
    emulator.fail('sts', answer('invalid_grant', 'The audience in ID Token does not match the expected audience.'));
    const { error } = await refusalOf({
      subjectToken: () => emulator.signCiToken(Object.fromEntries([['aud', aud]])),
      declare: '',
    });
    expect(error.code).toBe('sts-audience-mismatch');
    expect(error.hint).toMatch(/--allowed-audiences=\S+$/);
    expect(error.hint.split('--allowed-audiences=')[1]).toBe(word);
  });

  it.each<[string, Partial<Provider>, Options, string]>([
    [
      'a pool for a provider',
      {},
      { provider: 'projects/123456789012/locations/global/workloadIdentityPools/ci' },
      'sts-audience-malformed',
    ],
    [
      'a project id for its number',
      {},
      { provider: 'projects/p/locations/global/workloadIdentityPools/ci/providers/github' },
      'sts-audience-malformed',
    ],
    ['a disabled provider', { disabled: true }, {}, 'sts-provider-unknown'],
    ['an attribute condition', { condition: () => false }, {}, 'sts-condition-rejected'],
    ['an audience', { allowedAudiences: ['x'] }, {}, 'sts-audience-mismatch'],
    ['an issuer', { issuer: 'https://x.example' }, {}, 'sts-issuer-mismatch'],
    ['a stale token', {}, { claims: { iat: noon / 1000 - 7200 } }, 'sts-token-stale'],
    ['an issuer that it cannot reach', { unreachable: true }, {}, 'sts-refused'],
    ['a long attribute', {}, { claims: { sub: 'x'.repeat(128) } }, 'sts-refused'],
    ['what is no token', {}, { subjectToken: async () => 'hunter2hunter2hunter2' }, 'sts-refused'],
  ])('%s', async (_, provider, options, code) => {
    emulator.createProvider(provider);
    const { error } = await refusalOf(options);
    expect(error.code).toBe(code);
    expect(error.message).toMatch(/^Google's Security Token Service refused: status 400, "/);
    expect(error.hint).not.toMatch(/undefined|\[object/);
  });

  it.each([
    [
      'invalid_target',
      'The target service indicated by the "audience" parameters is invalid. This might either be because the pool or provider is disabled or deleted or because it doesn\'t exist.',
      'sts-provider-unknown',
      'no',
    ],
    ['INVALID_TARGET', 'No such provider.', 'sts-provider-unknown', 'no'],
    [
      'invalid_request',
      'Invalid value for "audience". This value should be the full resource name of the Identity Provider. See https://cloud.google.com/x for the list of possible formats.',
      'sts-audience-malformed',
      'no',
    ],
    ['invalid_request', 'INVALID VALUE FOR "AUDIENCE": GIVE ANOTHER', 'sts-audience-malformed', 'no'],
    [
      'unauthorized_client',
      'The given credential is rejected by the attribute condition.',
      'sts-condition-rejected',
      'no',
    ],
    ['invalid_grant', 'The Attribute Condition of the provider does not hold.', 'sts-condition-rejected', 'no'],
    [
      'invalid_grant',
      'The audience in ID Token [X] does not match the expected audience.',
      'sts-audience-mismatch',
      'no',
    ],
    ['invalid_grant', 'THE AUDIENCE IN ID TOKEN IS NOT EXPECTED', 'sts-audience-mismatch', 'no'],
    [
      'invalid_grant',
      'The issuer in ID Token https://a does not match the expected ones: https://b',
      'sts-issuer-mismatch',
      'no',
    ],
    ['invalid_grant', 'UNEXPECTED ISSUER IN ID TOKEN', 'sts-issuer-mismatch', 'no'],
    ['invalid_grant', 'ID Token issued at 1772362800 is stale to sign-in.', 'sts-token-stale', 'wire'],
    ['invalid_grant', 'IT IS STALE TO SIGN-IN NOW', 'sts-token-stale', 'wire'],
    ['invalid_grant', "Error connecting to the given credential's issuer.", 'sts-refused', 'wire'],
    ['invalid_request', 'The size of mapped attribute exceeds the 127 bytes limit.', 'sts-refused', 'wire'],
    ['access_denied', 'Whatever.', 'sts-refused', 'wire'],
  ])('in the words %s: %s', async (said, description, code, retry) => {
    emulator.fail('sts', answer(said, description));
    const { error, clock } = await refusalOf();
    expect({ code: error.code, retry: error.retry }).toEqual({ code, retry });
    expect(error.message).toContain(`status 400, "${said}: ${description.slice(0, 60)}`);
    // Nothing of this passes with time.
    expect(clock.slept).toEqual([]);
    expect(emulator.ledger.requests).toHaveLength(code === 'sts-token-stale' ? 2 : 1);
  });

  it.each<[string, Fault]>([
    ['a page', { status: 403, body: '<html>Forbidden</html>' }],
    ['nothing', { status: 404, body: '' }],
    ['JSON without a token', { status: 200, body: '{"expires_in": 3599}' }],
    ['a token that is no text', { status: 200, body: '{"access_token": {"a": 1}}' }],
    ['an error that is no text', { status: 400, body: '{"error": {"code": 400}}' }],
    ['a list', { status: 200, body: '[]' }],
    ['a redirect', { status: 302, headers: { location: 'https://example.com/' } }],
  ])('with %s', async (_, fault) => {
    emulator.fail('sts', fault);
    const { error } = await refusalOf();
    expect(error).toMatchObject({ code: 'sts-refused', facts: { endpoint: `${emulator.url}/v1/token` } });
    expect(error.message).toBe(`Google's Security Token Service refused: status ${fault.status}`);
    expect(error.hint).toContain(`${emulator.url}/v1/token refused.`);
  });
});

describe('the hint', () => {
  it('of a provider that is written wrongly shows it, and the right form', async () => {
    const provider = 'projects/my-project/locations/global/workloadIdentityPools/ci';
    const { error } = await refusalOf({ provider });
    expect(error.hint).toContain(`workload_identity_provider was ${provider}.`);
    expect(error.hint).toContain('projects/NUMBER/locations/global/workloadIdentityPools/POOL/providers/PROVIDER');
    expect(error.hint).toContain('the project number, not its id; the provider, not the pool');
  });

  it('of an unknown provider shows it, and the command that describes it', async () => {
    emulator.createProvider({ disabled: true });
    const { error } = await refusalOf();
    expect(error.hint).toContain(`Asked for ${emulator.provider}.`);
    expect(error.hint).toContain(describeCommand);
  });

  it('of a condition shows claims of any shape', async () => {
    emulator.createProvider({ condition: () => false });
    const { error } = await refusalOf({ claims: { project_path: { toString: '' } } });
    expect(error.hint).toContain('project_path={"toString":""}');
  });

  it('of a condition shows the claims that it may be on, and where it is', async () => {
    emulator.createProvider({ condition: () => false });
    const { error } = await refusalOf({ claims: { repository: 'Acme/shop', ref: 'refs/heads/x' } });
    expect(error.hint).toContain(
      'sub=repo:Acme/shop:ref:refs/heads/x, repository=Acme/shop, repository_id=74, repository_owner_id=65, ref=refs/heads/x.',
    );
    expect(error.hint).toContain(describeCommand);
  });

  it('of a condition shows long names whole: a letter in them may be what is wrong', async () => {
    emulator.createProvider({ condition: () => false });
    const repository = 'a-rather-large-organization/its-quite-long-repository-name';
    const { error } = await refusalOf({ claims: { repository } });
    expect(error.hint).toContain(`repository=${repository},`);
  });

  it('of a condition shows the beginning of a claim that is longer than any name', async () => {
    emulator.fail('sts', answer('unauthorized_client', 'rejected by the attribute condition'));
    const { error } = await refusalOf({ claims: { repository: 'x'.repeat(5000) } });
    expect(error.hint).toContain(`repository=${'x'.repeat(200)},`);
  });

  it('of a condition shows what GitLab says, too', async () => {
    emulator.createProvider({ condition: () => false });
    const claims = {
      project_path: 'acme/shop',
      sub: 'project_path:acme/shop:ref_type:branch:ref:main',
      repository: undefined,
    };
    const { error } = await refusalOf({ claims });
    expect(error.hint).toContain('sub=project_path:acme/shop:ref_type:branch:ref:main');
    expect(error.hint).toContain('project_path=acme/shop');
    expect(error.hint).not.toContain('repository=');
  });

  it('of a condition says so where the token says nothing', async () => {
    emulator.fail('sts', answer('unauthorized_client', 'rejected by the attribute condition'));
    const { error } = await refusalOf({ subjectToken: async () => 'hunter2hunter2hunter2' });
    expect(error.hint).toContain('The token of this run says nothing that can be read.');
  });

  it('shows hostile claims as one harmless line', async () => {
    emulator.fail('sts', answer('unauthorized_client', 'rejected by the attribute condition'));
    const { error } = await refusalOf({
      claims: { sub: 'a\n::error::b<script>', repository: ['x'] as unknown as string },
    });
    expect(error.hint).toContain('sub=a ::error::b');
    expect(error.hint).not.toMatch(/<script>|\n::/);
  });

  it('of an audience shows the one that was sent', async () => {
    emulator.createProvider({ allowedAudiences: ['x'] });
    const { error } = await refusalOf({ claims: { aud: 'https://sts.example.com' } });
    expect(error.hint).toContain("The token's aud was https://sts.example.com.");
    expect(error.hint).toContain(describeCommand);
  });

  it('of an audience shows the usual one too, long as it is', async () => {
    emulator.createProvider({ allowedAudiences: ['x'] });
    const { error } = await refusalOf();
    expect(error.hint).toContain(`The token's aud was https://iam.googleapis.com/${emulator.provider}.`);
  });

  it.each(['https://ghes.example.com/_services/token', undefined])(
    'of an issuer shows the one that was sent: %s',
    async (iss) => {
      emulator.fail('sts', answer('invalid_grant', 'The issuer in ID Token x does not match'));
      const { error } = await refusalOf({ claims: { iss } as JWTPayload });
      expect(error.hint).toContain(`The token's iss was ${iss ?? 'nothing'}.`);
      expect(error.hint).toContain('a GitHub Enterprise Server has an issuer of its own');
      expect(error.hint).toContain(describeCommand);
    },
  );

  it('of a stale token says what to look at', async () => {
    const { error } = await refusalOf({ claims: { iat: noon / 1000 - 7200 } });
    expect(error.hint).toContain('subject_token_file');
  });
});

describe('a stale token', () => {
  it('is replaced by a fresh one', async () => {
    const ages = [7200, 10];
    const subjectToken = async () => emulator.signCiToken({ iat: noon / 1000 - (ages.shift() ?? 0) });
    const { exchange } = prepare({ subjectToken });
    expect(await exchange()).toMatch(/^ya29\.d\./);
    expect(subjects().map(({ iat }) => iat)).toEqual([noon / 1000 - 7200, noon / 1000 - 10]);
  });

  it('is replaced once, not for ever', async () => {
    const { error } = await refusalOf({ claims: { iat: noon / 1000 - 7200 } });
    expect(error.code).toBe('sts-token-stale');
    expect(emulator.ledger.lines()).toEqual(['POST sts → 400', 'POST sts → 400']);
  });

  it('may be followed by another refusal, which is the one that counts', async () => {
    emulator.fail('sts', { ...answer('invalid_grant', 'stale to sign-in'), times: 1 });
    emulator.createProvider({ condition: () => false });
    expect((await refusalOf()).error.code).toBe('sts-condition-rejected');
  });
});

describe('what passes with time', () => {
  it.each([429, 500, 503])('is tried again, each time with a fresh token: %d', async (status) => {
    emulator.fail('sts', { status, times: 2 });
    let count = 0;
    const { world, exchange } = prepare({ subjectToken: () => emulator.signCiToken({ jti: `${count++}` }) });
    expect(await exchange()).toMatch(/^ya29\.d\./);
    expect(subjects().map(({ jti }) => jti)).toEqual(['0', '1', '2']);
    expect(world.clock.slept).toHaveLength(2);
  });

  it('is given up in the end', async () => {
    emulator.fail('sts', answer('internal_failure', 'Backend Error', 500));
    const { error } = await refusalOf();
    expect(error.code).toBe('sts-refused');
    expect(error.message).toContain('status 500, "internal_failure: Backend Error"');
    expect(emulator.ledger.requests).toHaveLength(4);
  });

  it('may be a connection that breaks', async () => {
    emulator.fail('sts', { reset: 'before-headers' });
    expect((await refusalOf()).error).toMatchObject({ code: 'connection-reset', tries: 4 });
  });
});
