import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
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
  path = join(folder, 'iap-auth.env');
});
afterEach(() => rmSync(folder, { recursive: true }));

function open(env: Env = { CI_PROJECT_DIR: folder }) {
  const lines: string[] = [];
  return { ci: openCi({ GITLAB_CI: 'true', ...env }, (line) => lines.push(line)), lines };
}

describe('outputs on GitLab', () => {
  it('are lines of a file, each variable once, the last value of it', () => {
    writeFileSync(path, 'OTHER=1\nIAP_STATUS=302');
    const { ci, lines } = open();
    ci.output('status', '200');
    ci.output('token_kind', 'id_token');
    ci.output('result', 'failed');
    ci.output('result', 'passed');
    expect(readFileSync(path, 'utf8')).toBe('OTHER=1\nIAP_STATUS=200\nIAP_TOKEN_KIND=id_token\nIAP_RESULT=passed\n');
    expect(lines).toEqual([]);
  });

  it('never are the token, nor a file of this machine, nor what GitLab would refuse', () => {
    const { ci } = open();
    ci.output('result', 'passed');
    ci.output('token', 'a.b.c');
    ci.output('id_token', 'a.b.c');
    ci.output('header_file', '/tmp/iap-auth/header');
    ci.output('status', '');
    ci.output('principal', 'a\nIAP_OTHER=b');
    ci.output('report', 'x'.repeat(5 * 1024 - 29));
    expect(readFileSync(path, 'utf8')).toBe('IAP_RESULT=passed\n');
  });

  it.each([
    ['is empty', ''],
    ['is of two lines', 'a\nb'],
    ['is too large', 'x'.repeat(5 * 1024)],
  ])('leave nothing of an earlier run where a value %s', (_, value) => {
    writeFileSync(path, 'OTHER=1\nIAP_RESULT=passed\nIAP_REPORT={"passed":true}\n');
    const { ci, lines } = open();
    ci.output('result', 'failed');
    ci.output('report', value);
    expect(readFileSync(path, 'utf8')).toBe('OTHER=1\nIAP_RESULT=failed\n');
    expect(lines).toEqual([]);
  });

  it('make no file for an empty value', () => {
    open().ci.output('status', '');
    expect(readdirSync(folder)).toEqual([]);
  });

  it('have the report where it is short', () => {
    const { ci } = open();
    ci.output('report', '{"passed":true}');
    expect(readFileSync(path, 'utf8')).toBe('IAP_REPORT={"passed":true}\n');
  });

  it('end nothing where they cannot be written', () => {
    const gone = join(folder, 'gone');
    const { ci, lines } = open({ CI_PROJECT_DIR: gone });
    ci.output('result', 'passed');
    expect(lines).toEqual([
      `warning: could not pass values to later steps: ${JSON.stringify(join(gone, 'iap-auth.env'))} cannot be written`,
    ]);
  });

  it('are written through no link, and into no pipe, that the checkout holds', () => {
    const target = join(folder, 'target');
    writeFileSync(target, 'theirs');
    const waysIn = [
      () => symlinkSync(target, path),
      () => symlinkSync(join(folder, 'none'), path),
      () => execFileSync('mkfifo', [path]),
    ];
    for (const put of waysIn) {
      put();
      const { ci, lines } = open();
      ci.output('result', 'passed');
      expect(lines).toEqual([expect.stringContaining('iap-auth.env" cannot be written')]);
      rmSync(path);
    }
    expect(readFileSync(target, 'utf8')).toBe('theirs');
    expect(readdirSync(folder)).toEqual(['target']);
  });

  it('are warned of once where they cannot be written', () => {
    const { ci, lines } = open({ CI_PROJECT_DIR: join(folder, 'gone') });
    for (const name of ['result', 'status', 'principal']) ci.output(name, 'x');
    expect(lines).toHaveLength(1);
  });

  it('go nowhere without a project', () => {
    const { ci, lines } = open({});
    ci.output('result', 'passed');
    expect(lines).toEqual([]);
  });
});

describe('the log on GitLab', () => {
  it('has a section of its own for each group, on one line', () => {
    const { ci, lines } = open();
    ci.group('a\nb', ['one']);
    ci.group('c', []);
    const names = lines.flatMap((line) => /section_(?:start|end):\d+:\w+/.exec(line)?.[0].replace(/\d{10}/, 'T') ?? []);
    expect(names).toEqual([
      'section_start:T:iap_auth_1',
      'section_end:T:iap_auth_1',
      'section_start:T:iap_auth_2',
      'section_end:T:iap_auth_2',
    ]);
    expect(lines[0]).toMatch(/a b$/);
  });

  it('has no section that is closed: nothing else tells of a failed check', () => {
    const { ci, lines } = open();
    ci.group('Failed: a', ['what, and its fix']);
    expect([ci.hasAnnotations, lines.join()]).toEqual([false, expect.not.stringContaining('collapsed')]);
  });

  // CI_DEBUG_TRACE prints every variable of the job.
  it.each([{}, { RUNNER_DEBUG: '0' }, { CI_DEBUG_TRACE: 'true' }])('keeps debug lines to itself: %j', (env) => {
    const { ci, lines } = open(env);
    ci.debug('detail');
    expect(lines).toEqual([]);
  });
});

describe('the OIDC token on GitLab', () => {
  it.each([{}, { GITLAB_OIDC_TOKEN: ' ' }])('is declared in the job, as the error says: %j', async (env) => {
    const { ci } = open(env);
    const error = await failureOf(() => ci.subjectToken('https://iam.example.com/x', openTestWorld({ host: 'x' })));
    expect(error).toMatchObject({ code: 'oidc-unavailable', message: 'GitLab gives this job no OIDC token' });
    expect(error.hint).toContain('id_tokens:\n  GITLAB_OIDC_TOKEN:\n    aud: https://iam.example.com/x\n');
    expect(error.hint).toContain('subject_token_variable');
  });
});
