import { execFileSync } from 'node:child_process';
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
  path = join(folder, 'bash');
});
afterEach(() => rmSync(folder, { recursive: true }));

function open(env: Env = { BASH_ENV: path }) {
  const lines: string[] = [];
  return { ci: openCi({ CIRCLECI: 'true', ...env }, (line) => lines.push(line)), lines };
}

/** What the next step finds in a variable. */
const next = (name: string) =>
  execFileSync('sh', ['-c', `. '${path}'; printf %s "$${name}"`], { encoding: 'utf8', env: {} });

describe('variables on CircleCI', () => {
  it.each(["it's", '$(id) `id` $HOME', 'a\nb; c', '\\', '"'])('hold %j as it is', (value) => {
    const { ci } = open();
    ci.output('report', value);
    expect(ci.exportVariable('OTHER', value)).toBe(true);
    expect(next('IAP_REPORT')).toBe(value);
    expect(next('OTHER')).toBe(value);
  });

  it('hold no token that nobody asked for, and nothing too long', () => {
    const { ci } = open();
    ci.output('result', 'passed');
    ci.output('token', 'a.b.c');
    ci.output('id_token', 'a.b.c');
    ci.output('report', 'x'.repeat(16 * 1024 + 1));
    expect(readFileSync(path, 'utf8')).toBe("export IAP_RESULT='passed'\nexport IAP_REPORT=''\n");
  });

  it.each(['', 'x'.repeat(16 * 1024 + 1)])('hold nothing of an earlier run', (value) => {
    const { ci } = open();
    ci.output('report', '{"passed":true}');
    ci.output('report', value);
    expect(next('IAP_REPORT')).toBe('');
  });

  it('cannot be set without a file for them', () => {
    const { ci, lines } = open({});
    ci.output('result', 'passed');
    expect(ci.exportVariable('IAP_X', 'a')).toBe(false);
    expect(lines).toEqual([]);
    const gone = open({ BASH_ENV: join(folder, 'gone', 'bash') });
    expect(gone.ci.exportVariable('IAP_X', 'a')).toBe(false);
    expect(gone.lines).toHaveLength(1);
  });
});

describe('the OIDC token on CircleCI', () => {
  it('is that of the second version', async () => {
    const { ci } = open({ CIRCLE_OIDC_TOKEN: 'a.b.c' });
    const error = await failureOf(() => ci.subjectToken('x', openTestWorld({ host: 'x' })));
    expect(error).toMatchObject({ code: 'oidc-unavailable', message: 'CircleCI gives this job no OIDC token' });
    expect(error.hint).toContain('context');
  });
});

describe('the workspace on CircleCI', () => {
  const home = '/home/circleci';

  it.each([
    ['~/project', `${home}/project`],
    ['~', home],
    ['/srv/~/project', '/srv/~/project'],
    ['~other/project', '~other/project'],
    [undefined, undefined],
  ])('of %s is %s', (written, workspace) => {
    expect(open({ HOME: home, CIRCLE_WORKING_DIRECTORY: written }).ci.folders).toEqual({ workspace });
  });
});
