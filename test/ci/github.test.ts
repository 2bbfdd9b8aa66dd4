import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { openCi } from '../../src/ci/index.ts';
import type { CiSystem, Env } from '../../src/ci/system.ts';
import { temporaryFolder } from '../folder.ts';

// The summary of @actions/core keeps the first path it was given: one folder for all tests.
const folder = temporaryFolder();
const files = { GITHUB_OUTPUT: join(folder, 'output'), GITHUB_STEP_SUMMARY: join(folder, 'summary') };
const before = { ...process.env };

beforeEach(() => {
  for (const path of Object.values(files)) writeFileSync(path, '');
  Object.assign(process.env, files);
});
afterEach(() => {
  process.env = { ...before };
});

function open(env: Env = files): { ci: CiSystem; lines: string[] } {
  const lines: string[] = [];
  return { ci: openCi({ GITHUB_ACTIONS: 'true', ...env }, (line) => lines.push(line)), lines };
}

describe('GitHub Actions', () => {
  it.each([
    [{ GITHUB_ACTIONS: 'true' }, 'github'],
    [{ GITHUB_ACTIONS: 'false' }, 'shell'],
    [{}, 'shell'],
  ])('is known by its variable: %p', (env, name) => {
    expect(openCi(env, () => undefined).name).toBe(name);
  });

  it.each([
    ['a line', 's3cret', '::add-mask::s3cret'],
    ['several lines', 'a\r\nb', '::add-mask::a%0D%0Ab'],
    ['a percent sign', '100%0A', '::add-mask::100%250A'],
    ['a command', '::error::x', '::add-mask::::error::x'],
  ])('masks %s', (_, secret, line) => {
    const { ci, lines } = open();
    ci.mask(secret);
    expect(lines).toEqual([line]);
  });

  it('annotates', () => {
    const { ci, lines } = open();
    ci.annotate('error', 'iap-audience', 'iap-audience: refused\nUse 100% of it: a, b');
    ci.warn('watch\nout');
    expect(lines).toEqual([
      '::error title=iap-audience::iap-audience: refused%0AUse 100%25 of it: a, b',
      '::warning title=iap-auth::watch%0Aout',
    ]);
  });

  it('lets no title end early', () => {
    const { ci, lines } = open();
    ci.annotate('error', 'a,file=x::b\n::c', 'text');
    expect(lines).toEqual(['::error title=a%2Cfile=x%3A%3Ab%0A%3A %3Ac::text']);
  });

  it('writes lines and debug lines', () => {
    const { ci, lines } = open();
    ci.info('Minted.');
    ci.debug('try 1\nof 4');
    expect(lines).toEqual(['Minted.', '::debug::try 1%0Aof 4']);
  });

  it('starts no command but its own', () => {
    const { ci, lines } = open();
    ci.info('::error::a\n\t::add-mask::b\r::c::\u2028::d:: ##[error]e');
    ci.debug('##[error]f');
    expect(lines).toEqual([': :error::a\n : :add-mask::b\n: :c::\n: :d:: # #[error]e', '::debug::# #[error]f']);
  });

  it('redacts what it masked', () => {
    const { ci, lines } = open();
    ci.mask('s3cret');
    ci.info('it is s3cret');
    ci.annotate('warning', 's3cret', 'it is s3cret');
    expect(lines.slice(1)).toEqual(['it is ***', '::warning title=***::it is ***']);
  });

  it('hands outputs on, several lines too', () => {
    const { ci, lines } = open();
    ci.output('status', '200');
    ci.output('report', 'a\nb=c');
    const [first = '', second = ''] = readFileSync(files.GITHUB_OUTPUT, 'utf8').split(
      /(?<=ghadelimiter_[\w-]+\n)(?=report)/,
    );
    expect(first).toMatch(/^status<<(ghadelimiter_[\w-]+)\n200\n\1\n$/);
    expect(second).toMatch(/^report<<(ghadelimiter_[\w-]+)\na\nb=c\n\1\n$/);
    expect(lines).toEqual([]);
  });

  it('adds to the summary, one text after another', async () => {
    const { ci } = open();
    await ci.summary('### One');
    await ci.summary('### Two');
    expect(readFileSync(files.GITHUB_STEP_SUMMARY, 'utf8')).toBe('### One\n### Two\n');
  });

  it('neither hands on nor sums up where the runner gave no file', async () => {
    const { ci, lines } = open({});
    ci.output('status', '200');
    await ci.summary('### One');
    expect(lines).toEqual([]);
    expect(readFileSync(files.GITHUB_OUTPUT, 'utf8')).toBe('');
    expect(readFileSync(files.GITHUB_STEP_SUMMARY, 'utf8')).toBe('');
  });
});
