import { beforeEach, describe, expect, test } from '@jest/globals';
import type { JWTPayload } from 'jose';
import { createSigningKey, sign } from '../../src/emulator/jwt.ts';
import { openEmulator } from '../emulated.ts';
import { cloudPlatform, postForm, postJson } from './call.ts';

const noon = Date.UTC(2026, 0, 1, 12);
let clock = noon;
const emulator = await openEmulator({ now: () => clock });

beforeEach(() => {
  clock = noon;
  emulator.createProvider();
  emulator.ledger.clear();
});

const question = (subjectToken: string, change: Record<string, unknown> = {}) => ({
  grantType: 'urn:ietf:params:oauth:grant-type:token-exchange',
  audience: `//iam.googleapis.com/${emulator.provider}`,
  requestedTokenType: 'urn:ietf:params:oauth:token-type:access_token',
  subjectTokenType: 'urn:ietf:params:oauth:token-type:jwt',
  scope: cloudPlatform,
  subjectToken,
  ...change,
});

const exchange = (subjectToken: string, change?: Record<string, unknown>) =>
  postJson(`${emulator.url}/v1/token`, question(subjectToken, change));

const exchangeClaims = async (claims?: JWTPayload) => exchange(await emulator.signCiToken(claims));

const grant = (error_description: unknown) => ({ status: 400, body: { error: 'invalid_grant', error_description } });

const federated = {
  status: 200,
  body: {
    access_token: expect.stringMatching(/^ya29\.d\./),
    issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    token_type: 'Bearer',
    expires_in: 3599,
  },
};

describe('takes', () => {
  test('JSON in camel case', async () => {
    expect(await exchangeClaims()).toEqual(federated);
    expect(emulator.ledger.lines()).toEqual(['POST sts → 200']);
  });

  test('a form in snake case', async () => {
    const fields = Object.entries(question(await emulator.signCiToken()));
    const snake = fields.map(([name, value]) => [name.replace(/[A-Z]/g, (a) => `_${a.toLowerCase()}`), String(value)]);
    expect(await postForm(`${emulator.url}/v1/token`, Object.fromEntries(snake))).toEqual(federated);
  });

  test('the provider itself as audience, in both forms, and in a list', async () => {
    const name = `//iam.googleapis.com/${emulator.provider}`;
    expect(await exchangeClaims({ aud: name })).toEqual(federated);
    expect(await exchangeClaims({ aud: ['x', `https:${name}`] })).toEqual(federated);
  });

  test('tokens of the issuer that the provider names', async () => {
    const name = 'projects/1/locations/global/workloadIdentityPools/p/providers/gitlab';
    const audience = `//iam.googleapis.com/${emulator.createProvider({ name, issuer: 'https://gitlab.example' })}`;
    const token = await emulator.signCiToken({ iss: 'https://gitlab.example', aud: `https:${audience}` });
    expect(await exchange(token, { audience })).toEqual(federated);
    expect(await exchange(token)).toEqual(
      grant(
        'The issuer in ID Token https://gitlab.example does not match the expected ones: https://token.actions.githubusercontent.com',
      ),
    );
  });
});

// Each row is wrong in a later check too, so that the order shows.
describe('refuses', () => {
  test('another grant', async () => {
    expect(await exchange('x', { grantType: 'x', audience: 'x' })).toEqual({
      status: 400,
      body: { error: 'unsupported_grant_type', error_description: 'Invalid grant_type: x' },
    });
  });

  test.each([
    ['a project id', 'projects/my-project/locations/global/workloadIdentityPools/ci/providers/github'],
    ['a pool', 'projects/123456789012/locations/global/workloadIdentityPools/ci'],
    ['nothing', ''],
  ])('%s for a provider', async (_name, name) => {
    expect(await exchange('x', { audience: name && `//iam.googleapis.com/${name}`, scope: '' })).toEqual({
      status: 400,
      body: {
        error: 'invalid_request',
        error_description: expect.stringMatching(
          /^Invalid value for "audience"\. This value should be the full resource name of the Identity Provider\./,
        ),
      },
    });
  });

  test('the audience of the subject token in place of its own', async () => {
    const answer = await exchange('x', { audience: `https://iam.googleapis.com/${emulator.provider}` });
    expect(answer.body['error_description']).toMatch(/^Invalid value for "audience"/);
  });

  test.each([
    ['requestedTokenType', 'invalid_request'],
    ['subjectTokenType', 'invalid_request'],
    ['scope', 'invalid_scope'],
  ])('a question without %s', async (name, error) => {
    expect(await exchange('x', { [name]: '' })).toMatchObject({ status: 400, body: { error } });
  });

  const target = {
    status: 400,
    body: {
      error: 'invalid_target',
      error_description:
        'The target service indicated by the "audience" parameters is invalid. This might either be because the pool or provider is disabled or deleted or because it doesn\'t exist.',
    },
  };

  test('an unknown and a disabled provider', async () => {
    expect(await exchange('x', { audience: `//iam.googleapis.com/${emulator.provider}x` })).toEqual(target);
    emulator.createProvider({ disabled: true });
    expect(await exchange('x')).toEqual(target);
  });

  test('what is no JWT', async () => {
    expect(await exchange('x.y.z')).toEqual(grant('Unable to parse the ID Token.'));
  });

  test('an issuer that cannot be reached', async () => {
    emulator.createProvider({ unreachable: true });
    expect(await exchangeClaims({ aud: 'x' })).toEqual(grant("Error connecting to the given credential's issuer."));
  });

  test('a token that the issuer did not sign', async () => {
    const claims = { iss: 'https://token.actions.githubusercontent.com', aud: 'x' };
    const foreign = await sign(claims, await createSigningKey('RS256'));
    expect(await exchange(foreign)).toEqual(grant('Invalid signature for ID Token.'));
    const google = await emulator.mintIdToken(claims);
    expect(await exchange(google)).toEqual(grant('Invalid signature for ID Token.'));
  });

  test.each([
    [undefined, 'https://x.example', '[https://x.example]'],
    [['https://only.example'], `https://iam.googleapis.com/projects/p`, '[https://iam.googleapis.com/projects/p]'],
  ])('an audience that is not one of %s', async (allowedAudiences, aud, shown) => {
    emulator.createProvider(allowedAudiences ? { allowedAudiences } : {});
    expect(await exchangeClaims({ aud, iat: 1 })).toEqual(
      grant(`The audience in ID Token ${shown} does not match the expected audience.`),
    );
  });

  test('a stale token, expired or not', async () => {
    const iat = noon / 1000 - 3600;
    const stale = grant(`ID Token issued at ${iat} is stale to sign-in.`);
    expect(await exchangeClaims({ iat })).toEqual(stale);
    expect(await exchangeClaims({ iat, exp: noon / 1000 + 60 })).toEqual(stale);
  });

  test('a token of the very second in which it expires', async () => {
    const token = await emulator.signCiToken();
    clock += 299_000;
    expect(await exchange(token)).toEqual(federated);
    clock += 1000;
    expect(await exchange(token)).toEqual(grant(`ID Token expired at ${noon / 1000 + 300}.`));
  });

  test('a token of the future', async () => {
    expect((await exchangeClaims({ iat: noon / 1000 + 301 })).status).toBe(400);
    expect(await exchangeClaims({ iat: noon / 1000 + 300 })).toEqual(federated);
  });

  test('what the attribute condition rejects', async () => {
    emulator.createProvider({ condition: ({ repository_owner_id: owner }) => owner === '65' });
    expect(await exchangeClaims()).toEqual(federated);
    expect(await exchangeClaims({ repository_owner_id: '66' })).toEqual({
      status: 400,
      body: {
        error: 'unauthorized_client',
        error_description: 'The given credential is rejected by the attribute condition.',
      },
    });
  });

  test('a subject of more than 127 bytes', async () => {
    expect(await exchangeClaims({ sub: 'x'.repeat(127) })).toEqual(federated);
    expect((await exchangeClaims({ sub: 'x'.repeat(128) })).body['error_description']).toBe(
      'The size of mapped attribute exceeds the 127 bytes limit.',
    );
  });
});

test('its secrets are in the ledger, refused ones too', async () => {
  const foreign = await sign({ sub: 'x' }, await createSigningKey('RS256'));
  await exchange(foreign);
  const { body } = await exchangeClaims();
  for (const secret of [foreign, foreign.split('.')[2], body['access_token']]) {
    expect(emulator.ledger.secrets).toContain(secret);
  }
});

test('a provider has a provider’s name', () => {
  expect(() => emulator.createProvider({ name: 'x' })).toThrow('"x" is not the name of a provider');
});
