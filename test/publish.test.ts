import { readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { publish } from '../src/publish.ts';
import { junitOf } from '../src/report/junit.ts';
import { groupOf, problemText } from '../src/report/lines.ts';
import { summaryOf } from '../src/report/summary.ts';
import { temporaryFolder } from './folder.ts';
import { noting } from './noting.ts';
import { denied, givenOf, passed, warned } from './report/values.ts';

let folder: string;
beforeEach(() => {
  folder = temporaryFolder();
});

const given = givenOf([{ result: passed }, { result: denied, excerpt: 'No.' }, { result: warned }]);
const deniedText = problemText({ code: 'iap-access-denied', message: denied.message ?? '', hint: denied.hint ?? '' });
const warnedText = problemText({ code: 'app-unprotected', message: warned.message ?? '', hint: warned.hint ?? '' });

interface Options {
  readonly summary?: boolean;
  readonly junitFile?: string;
  readonly summaryFails?: boolean;
  readonly hasAnnotations?: boolean;
}

async function published({ summary = true, junitFile, summaryFails = false, hasAnnotations = true }: Options = {}) {
  const sum = () => {
    if (summaryFails) throw new Error('s3cret: no space left');
  };
  const { ci, calls } = noting({ hasAnnotations, sum });
  await publish(given, { summary, junitFile }, ci);
  return calls;
}

const groups = given.checks.map(groupOf).map(({ title, lines }) => ['group', title, lines]);
const annotations = [
  ['annotate', 'error', `iap-access-denied: ${denied.name}`, deniedText],
  ['annotate', 'warning', `app-unprotected: ${warned.name}`, warnedText],
];

describe('publish', () => {
  it('groups each check, then annotates, then sums up', async () => {
    expect(groups).toHaveLength(3);
    expect(await published()).toEqual([...groups, ...annotations, ['summary', summaryOf(given)]]);
  });

  it('says nothing twice where annotations stand in the log', async () => {
    expect(await published({ hasAnnotations: false })).toEqual([...groups, ['summary', summaryOf(given)]]);
  });

  it('sums up only where that is wanted', async () => {
    expect(await published({ summary: false })).toEqual([...groups, ...annotations]);
  });

  it('writes JUnit XML', async () => {
    const junitFile = join(folder, 'junit.xml');
    expect(await published({ summary: false, junitFile })).toEqual([...groups, ...annotations]);
    expect(readFileSync(junitFile, 'utf8')).toBe(junitOf(given.report));
  });

  it('makes the folder of junit_file, and overwrites an old one', async () => {
    const junitFile = join(folder, 'a/b/junit.xml');
    await published({ junitFile });
    writeFileSync(junitFile, 'old');
    await published({ junitFile });
    expect(readFileSync(junitFile, 'utf8')).toBe(junitOf(given.report));
  });

  it('goes on where the summary cannot be written, and quotes no error', async () => {
    const junitFile = join(folder, 'junit.xml');
    expect(await published({ summaryFails: true, junitFile })).toEqual([
      ...groups,
      ...annotations,
      ['warn', 'The step summary could not be written.'],
    ]);
    expect(readFileSync(junitFile, 'utf8')).toBe(junitOf(given.report));
  });

  it.each([
    ['a file for a folder', 'file/junit.xml', 'EEXIST'],
    ['a folder', '.', 'it is not a file'],
    ['the place of a link', 'link', 'it is not a file'],
  ])('goes on where junit_file is in %s', async (_, name, why) => {
    writeFileSync(join(folder, 'file'), '');
    symlinkSync(join(folder, 'file'), join(folder, 'link'));
    expect(await published({ junitFile: join(folder, name) })).toEqual([
      ...groups,
      ...annotations,
      ['summary', summaryOf(given)],
      ['warn', `junit_file: ${JSON.stringify(join(folder, name))} could not be written (${why}).`],
    ]);
    expect(readFileSync(join(folder, 'file'), 'utf8')).toBe('');
  });
});
