import { describe, expect, it } from '@jest/globals';
import { decodeJwt } from 'jose';
import { fetchOidcToken } from '../../src/ci/github.ts';
import type { Env } from '../../src/ci/system.ts';
import type { Fault } from '../../src/emulator/index.ts';
import { openEmulator } from '../emulated.ts';
import { failureOf, openTestWorld, shownOf } from '../world.ts';

const audience = 'https://iam.googleapis.com/projects/1/x?a=b&c=d e';

const emulator = await openEmulator();

function prepare(env: Env = { ...emulator.githubEnv() }) {
  const world = openTestWorld(emulator);
  return { env, world, fetch: () => fetchOidcToken(env, audience, world) };
}

async function refusalOf(env?: Env) {
  const { world, fetch } = prepare(env);
  const error = await failureOf(fetch);
  const shown = shownOf(error);
  expect([...emulator.ledger.secrets].filter((secret) => shown.includes(secret))).toEqual([]);
  return { error, ...world };
}

describe('fetchOidcToken', () => {
  it('asks the runner for a token of that audience', async () => {
    const { fetch } = prepare();
    expect(decodeJwt(await fetch())).toMatchObject({ aud: audience, repository: 'octo-org/octo-repo' });
    expect(emulator.ledger.lines()).toEqual([
      'GET oidc /oidc/github?api-version=2.0&audience=https%3A%2F%2Fiam.googleapis.com%2Fprojects%2F1%2Fx%3Fa%3Db%26c%3Dd+e → 200',
    ]);
  });

  it('masks the runner’s bearer before it is sent, then the token and its signature', async () => {
    const { env, world, fetch } = prepare();
    const jwt = await fetch();
    expect(world.masks).toEqual([env['ACTIONS_ID_TOKEN_REQUEST_TOKEN'], jwt, jwt.split('.')[2]]);
    emulator.fail('oidc', { reset: 'before-headers' });
    expect((await refusalOf()).masks).toHaveLength(1);
  });

  it.each<[string, (env: Env) => Env]>([
    ['neither variable', () => ({})],
    ['no URL', ({ ACTIONS_ID_TOKEN_REQUEST_URL: _, ...env }) => env],
    ['no bearer', ({ ACTIONS_ID_TOKEN_REQUEST_TOKEN: _, ...env }) => env],
    ['empty ones', () => ({ ACTIONS_ID_TOKEN_REQUEST_URL: '', ACTIONS_ID_TOKEN_REQUEST_TOKEN: '' })],
  ])('has nothing to ask with %s', async (_, change) => {
    const { error } = await refusalOf(change({ ...emulator.githubEnv() }));
    expect(error).toMatchObject({
      code: 'oidc-unavailable',
      retry: 'no',
      message: 'GitHub gives this job no OIDC token',
    });
    expect(error.hint).toContain('permissions:\n  contents: read\n  id-token: write\n');
    expect(error.hint).toContain('forks and of Dependabot');
    expect(emulator.ledger.requests).toEqual([]);
  });

  it.each<[string, Fault, string]>([
    [
      'a refusal',
      { status: 401, body: '{"message": "The token is not valid."}' },
      'status 401, "{"message": "The token is not valid."}"',
    ],
    ['a page', { status: 403, body: '<h1>Forbidden</h1>' }, 'status 403, "Forbidden"'],
    ['nothing', { status: 404, body: '' }, 'status 404'],
    ['JSON without a token', { status: 200, body: '{"count": 0}' }, 'status 200, "{"count": 0}"'],
    ['a token that is no text', { status: 200, body: '{"value": {}}' }, 'status 200, "{"value": {}}"'],
    ['an empty token', { status: 200, body: '{"value": ""}' }, 'status 200'],
    ['a token that no header can carry', { status: 200, body: '{"value": "eyJ\\r\\nx: y"}' }, 'status 200'],
    ['a command', { status: 400, body: 'a\n::error::b' }, 'status 400, "a ::error::b"'],
    ['a redirect', { status: 302, headers: { location: 'https://example.com/' } }, 'status 302'],
  ])('is refused with %s', async (_, fault, words) => {
    emulator.fail('oidc', fault);
    const { error } = await refusalOf();
    expect(error).toMatchObject({ code: 'oidc-refused', retry: 'wire', facts: { host: emulator.host } });
    expect(error.message).toBe(`GitHub's OIDC endpoint refused: ${words}`);
    const isFinal = /^status 4/.test(words);
    expect(error.hint).toContain(isFinal ? 'id-token: write' : `${emulator.host} belongs to the CI system`);
    expect(error.hint.includes('status page')).toBe(!isFinal);
    expect(emulator.ledger.requests).toHaveLength(1);
  });

  it('is refused for a bearer that is not of this job', async () => {
    const { error } = await refusalOf({
      ...emulator.githubEnv(),
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'hunter2hunter2hunter2',
    });
    expect(error.code).toBe('oidc-refused');
    expect(shownOf(error)).not.toContain('hunter2');
  });

  it('masks and does not show a token that comes with a refusal', async () => {
    const jwt = await emulator.signCiToken();
    emulator.fail('oidc', { status: 400, body: JSON.stringify({ value: jwt }) });
    const { error, masks } = await refusalOf();
    expect(error.code).toBe('oidc-refused');
    expect(masks.slice(1)).toEqual([jwt, jwt.split('.')[2]]);
  });

  it('does not show a token that is not even a JWT', async () => {
    emulator.fail('oidc', { status: 400, body: '{"value": "opaque-hunter2"}' });
    const { error } = await refusalOf();
    expect(shownOf(error)).not.toContain('hunter2');
  });

  it('tries again what may pass with time', async () => {
    emulator.fail('oidc', { status: 503, times: 2 });
    expect(decodeJwt(await prepare().fetch())).toMatchObject({ aud: audience });
    emulator.fail('oidc', { status: 503 });
    emulator.ledger.clear();
    const { error } = await refusalOf();
    expect(error.code).toBe('oidc-refused');
    expect(error.hint).toContain('see its status page');
    expect(emulator.ledger.requests).toHaveLength(4);
  });

  it.each(['not a URL', '/oidc', 'http://ghes.example.com/oidc', 'ftp://127.0.0.1/'])(
    'has a code for an address that is none, or in the clear: %s',
    async (url) => {
      const { error } = await refusalOf({ ...emulator.githubEnv(), ACTIONS_ID_TOKEN_REQUEST_URL: url });
      expect(error.code).toMatch(/^oidc-(unavailable|refused)$/);
      expect(error.hint).toContain('ACTIONS_ID_TOKEN_REQUEST_URL by itself: do not set it');
    },
  );
});
