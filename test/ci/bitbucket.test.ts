import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { openCi } from '../../src/ci/index.ts';
import type { Env } from '../../src/ci/system.ts';
import { failureOf, openTestWorld } from '../world.ts';

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'iap-auth-'));
  path = join(folder, 'variables');
});
afterEach(() => rmSync(folder, { recursive: true }));

function open(env: Env = { BITBUCKET_PIPELINES_VARIABLES_PATH: path }) {
  const lines: string[] = [];
  return { ci: openCi({ BITBUCKET_BUILD_NUMBER: '7', ...env }, (line) => lines.push(line)), lines };
}

describe('outputs on Bitbucket', () => {
  it('are plain values, and never the token or a file of this machine: later steps print them', () => {
    const { ci, lines } = open();
    ci.output('token', 'a.b.c');
    ci.output('id_token', 'a.b.c');
    ci.output('header_file', '/tmp/iap-auth/header');
    ci.output('report', '{"a": "b"}');
    ci.output('status', '');
    ci.output('expires_at', '2026-03-01T13:00:00Z');
    ci.output('target_audience', '123-abc.apps.googleusercontent.com');
    expect(readFileSync(path, 'utf8')).toBe(
      'IAP_EXPIRES_AT=2026-03-01T13:00:00Z\nIAP_TARGET_AUDIENCE=123-abc.apps.googleusercontent.com\n',
    );
    expect(lines).toEqual([]);
  });

  it('go nowhere without a file for them', () => {
    const { ci, lines } = open({});
    ci.output('result', 'passed');
    expect(lines).toEqual([]);
  });
});

describe('the OIDC token on Bitbucket', () => {
  it('is declared in the step, as the error says', async () => {
    const { ci } = open();
    const error = await failureOf(() => ci.subjectToken('https://iam.example.com/x', openTestWorld({ host: 'x' })));
    expect(error).toMatchObject({ code: 'oidc-unavailable', message: 'Bitbucket gives this job no OIDC token' });
    expect(error.hint).toContain('oidc:\n      audiences:\n        - https://iam.example.com/x\n');
    expect(error.hint).toContain('oidc: true');
  });
});
