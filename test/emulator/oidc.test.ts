import { expect, test } from '@jest/globals';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { openEmulator } from '../emulated.ts';
import { bearer, seen, textOf } from './call.ts';

let clock = Date.UTC(2026, 0, 1);
const emulator = await openEmulator({ now: () => clock });

const ask = async (url: string, token: string) => seen(await fetch(url, { headers: bearer(token) }));

test('a job gets a token for the audience that it asks for, of five minutes', async () => {
  const { ACTIONS_ID_TOKEN_REQUEST_URL: url, ACTIONS_ID_TOKEN_REQUEST_TOKEN: token } = emulator.githubEnv();
  expect(url).toBe(`${emulator.url}/oidc/github?api-version=2.0`);
  const { status, body } = await ask(`${url}&audience=https%3A%2F%2Fx.example`, token);
  const value = String(body['value']);
  expect(status).toBe(200);
  expect(body).toEqual({ value, count: value.length });
  expect(decodeProtectedHeader(value)).toEqual({ alg: 'RS256', typ: 'JWT', kid: expect.any(String) });
  expect(decodeJwt(value)).toMatchObject({
    iss: 'https://token.actions.githubusercontent.com',
    aud: 'https://x.example',
    sub: 'repo:octo-org/octo-repo:ref:refs/heads/main',
    repository: 'octo-org/octo-repo',
    repository_id: '74',
    repository_owner: 'octo-org',
    repository_owner_id: '65',
    ref: 'refs/heads/main',
    sha: expect.stringMatching(/^[0-9a-f]{40}$/),
    actor: 'octocat',
    event_name: 'push',
    workflow: 'deploy',
    iat: clock / 1000,
    exp: clock / 1000 + 300,
  });
});

test('the audience is the owner’s where none is asked for, and the claims are the job’s own', async () => {
  const job = emulator.githubEnv({ repository: 'acme/shop', ref: 'refs/heads/x', environment: 'prod' });
  const answer = await ask(job.ACTIONS_ID_TOKEN_REQUEST_URL, job.ACTIONS_ID_TOKEN_REQUEST_TOKEN);
  expect(decodeJwt(textOf(answer, 'value'))).toMatchObject({
    aud: 'https://github.com/acme',
    sub: 'repo:acme/shop:ref:refs/heads/x',
    repository_owner: 'acme',
    environment: 'prod',
  });
});

test('another token asks in vain', async () => {
  const { ACTIONS_ID_TOKEN_REQUEST_URL: url } = emulator.githubEnv();
  expect((await ask(url, 'x')).status).toBe(401);
  expect((await fetch(url)).status).toBe(401);
});

test('any claims can be signed', async () => {
  const token = await emulator.signCiToken({ iss: 'https://gitlab.example', iat: 1, sub: 'project_path:a/b' });
  expect(decodeJwt(token)).toMatchObject({
    iss: 'https://gitlab.example',
    sub: 'project_path:a/b',
    aud: `https://iam.googleapis.com/${emulator.provider}`,
    iat: 1,
    exp: 301,
  });
});

test('its secrets are in the ledger, and its faults are its own', async () => {
  clock += 1000;
  const job = emulator.githubEnv();
  expect(emulator.ledger.secrets).toContain(job.ACTIONS_ID_TOKEN_REQUEST_TOKEN);
  const answer = await ask(job.ACTIONS_ID_TOKEN_REQUEST_URL, job.ACTIONS_ID_TOKEN_REQUEST_TOKEN);
  const value = textOf(answer, 'value');
  for (const secret of [value, value.split('.')[2]]) expect(emulator.ledger.secrets).toContain(secret);
  emulator.fail('oidc', { status: 503, times: 1 });
  expect((await fetch(job.ACTIONS_ID_TOKEN_REQUEST_URL)).status).toBe(503);
  expect(emulator.ledger.lines().at(-1)).toBe('GET oidc /oidc/github?api-version=2.0 → 503');
});
