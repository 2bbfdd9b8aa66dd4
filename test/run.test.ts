import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { KeyFile } from '../src/emulator/index.ts';
import { IapError } from '../src/errors.ts';
import { failureJunit } from '../src/report/junit.ts';
import { problemText } from '../src/report/lines.ts';
import { failureSummary } from '../src/report/summary.ts';
import { reportFailure, run } from '../src/run.ts';
import { openEmulator } from './emulated.ts';
import { temporaryFolder } from './folder.ts';
import { noting } from './noting.ts';
import { tryOf } from './report/values.ts';
import { configOf, failureOf, openTestWorld } from './world.ts';

const email = 'ci@project.iam.gserviceaccount.com';
const emulator = await openEmulator();
const folder = temporaryFolder();
let key: KeyFile;

beforeAll(async () => {
  key = await emulator.createKey(email);
});
beforeEach(() => {
  emulator.grant(email);
  emulator.setApp(() => new Response('Hello.'));
});

/** A run of the check of the app's `/`, unless the inputs say otherwise, and what the CI system is told of it. */
function prepare(inputs: Readonly<Record<string, string>> = {}) {
  const usual = { credentials_json: JSON.stringify(key), target_audience: emulator.clientId, check_protected: 'off' };
  const config = configOf({ ...usual, url: emulator.appUrl, ...inputs });
  const { ci, calls } = noting();
  const world = { ...openTestWorld(emulator), ci, log: ci, mask: ci.mask, timeline: [] };
  return { calls, work: () => run(config, world) };
}

/** The outputs, by name. */
const outputsOf = (calls: readonly unknown[][]) =>
  Object.fromEntries(calls.filter(([what]) => what === 'output').map(([, name, value]) => [name, value]));

/** What was done, each only once where it was done several times in a row. */
const stepsOf = (calls: readonly unknown[][]) =>
  calls
    .map(([what]) => what)
    .filter((what) => what === 'output' || what === 'group' || what === 'annotate' || what === 'summary')
    .filter((what, index, all) => what !== all[index - 1]);

describe('run', () => {
  it.each([
    [200, 'passed', ['output', 'group', 'summary']],
    [404, 'failed', ['output', 'group', 'annotate', 'summary']],
  ])('sets the outputs, and then tells people: %i', async (status, result, steps) => {
    emulator.setApp(() => new Response('x', { status }));
    const { calls, work } = prepare();
    const ended = await work();
    expect(ended).toMatchObject({ result, report: { passed: result === 'passed', checks: [{ status }] } });
    expect(outputsOf(calls)).toMatchObject({ result, status: `${status}`, principal: email });
    expect(JSON.parse(String(outputsOf(calls)['report']))).toEqual(ended.report);
    expect(stepsOf(calls)).toEqual(steps);
  });

  it('hands on the token before the app is called', async () => {
    const { calls, work } = prepare();
    let given: unknown;
    emulator.setApp(() => {
      given = outputsOf(calls)['token'];
      return new Response('Hello.');
    });
    await work();
    expect(given).toBe(outputsOf(calls)['token']);
    expect(given).toEqual(expect.any(String));
  });

  it('says that nothing was checked', async () => {
    const { calls, work } = prepare({ url: '' });
    expect(await work()).toMatchObject({ result: 'skipped', report: { passed: true, checks: [] } });
    expect(outputsOf(calls)).toMatchObject({ result: 'skipped', status: '', token: expect.any(String) });
    expect(calls).toContainEqual(['info', 'Nothing was checked: no url was given.']);
  });

  it('sets no output, and tells nobody, where there is no token', async () => {
    emulator.fail('token', { status: 400, body: '{"error": "invalid_grant"}' });
    const { calls, work } = prepare();
    expect((await failureOf(work)).code).toBe('token-refused');
    expect(stepsOf(calls)).toEqual([]);
  });
});

describe('reportFailure', () => {
  const failure = new IapError('key-rejected', 'no', { account: email, keyId: 'k' });
  const annotated = ['annotate', 'error', 'key-rejected', problemText(failure)];
  // What an earlier run of the job left must not stand beside this result.
  const failed = [
    ['output', 'result', 'failed'],
    ['output', 'status', ''],
    ['output', 'report', ''],
  ];
  const timeline = [tryOf()];

  it('annotates, sets the result, and sums up', async () => {
    const { ci, calls } = noting();
    expect(await reportFailure(failure, ci, { summary: true, timeline })).toBe(failure);
    expect(calls).toEqual([annotated, ...failed, ['summary', failureSummary(failure, timeline)]]);
  });

  it('sums up only where that is wanted', async () => {
    const { ci, calls } = noting();
    await reportFailure(failure, ci, { summary: false, timeline });
    expect(calls).toEqual([annotated, ...failed]);
  });

  it('writes JUnit XML, even where nothing else can be written, and quotes no error', async () => {
    const junitFile = join(folder, 'junit.xml');
    const sum = () => {
      throw new Error('s3cret: no space left');
    };
    const { ci, calls } = noting({ sum });
    await reportFailure(failure, ci, { summary: true, junitFile, timeline });
    expect(calls).toEqual([annotated, ...failed, ['warn', 'The step summary could not be written.']]);
    expect(readFileSync(junitFile, 'utf8')).toBe(failureJunit(failure));
  });

  it('has a code for a fault of ours', async () => {
    const { ci, calls } = noting();
    const error = await reportFailure(new TypeError('oops'), ci, { summary: false, timeline });
    expect(error.code).toBe('internal');
    expect(calls[0]?.slice(0, 3)).toEqual(['annotate', 'error', 'internal']);
  });
});
