import { describe, expect, it } from '@jest/globals';
import { IapError } from '../src/errors.ts';
import { untilDone } from '../src/propagation.ts';
import type { Budget } from '../src/wait/budget.ts';
import { fakeClock } from './world.ts';

const denied = new IapError('iam-permission-denied', 'no', { permission: 'p', account: 'a', commands: 'x' });
const disabled = new IapError('iam-api-disabled', 'no', { project: '1' });

/** Work that fails in these ways, one after another, and then gives `done`; each time takes so long. */
async function work(failures: readonly unknown[], wait: number | Partial<Budget>, takes = 0) {
  const clock = fakeClock();
  const lines: string[] = [];
  let count = 0;
  const log = { info: (line: string) => void lines.push(line), warn: () => undefined, debug: () => undefined };
  const act = async () => {
    const failure = failures[count++];
    if (takes > 0) await clock.sleep(takes);
    if (failure !== undefined) throw failure;
    return 'done';
  };
  const budget = typeof wait === 'number' ? { propagationWait: wait } : wait;
  const plan = { name: 'token', work: act, budget };
  const outcome = await untilDone(plan, { clock, log, random: () => 1 }).catch((error: unknown) => ({ error }));
  return { outcome, count, slept: clock.slept, lines };
}

describe('untilDone', () => {
  it('gives what the work gives', async () => {
    expect(await work([], 0)).toEqual({ outcome: 'done', count: 1, slept: [], lines: [] });
  });

  it('waits for a grant, longer each time, and says so', async () => {
    expect(await work([denied, disabled], 60_000)).toEqual({
      outcome: 'done',
      count: 3,
      slept: [1000, 2000],
      lines: [
        'token: iam-permission-denied; next try in 1 s, 1 min of propagation_wait left',
        'token: iam-api-disabled; next try in 2 s, 59 s of propagation_wait left',
      ],
    });
  });

  it('tries a last time when the time is up', async () => {
    const { outcome, slept, count } = await work(Array(9).fill(denied), 4000);
    expect(outcome).toEqual({ error: denied });
    expect({ slept, count }).toEqual({ slept: [1000, 2000, 1000], count: 4 });
  });

  it('counts what the work itself takes', async () => {
    const { outcome, slept } = await work([denied, denied], 5000, 5000);
    expect(outcome).toEqual({ error: denied });
    expect(slept).toEqual([5000]);
  });

  it.each([
    ['without a wait', denied, 0],
    ['a failure that no grant mends', new IapError('key-rejected', 'no', { account: 'a', keyId: 'k' }), 60_000],
    ['a failure of the network', new IapError('dns', 'no', { host: 'x' }), 60_000],
    ['what is no failure of ours', new TypeError('oops'), 60_000],
  ])('fails at once: %s', async (_, failure, wait) => {
    const { outcome, slept, count } = await work([failure], wait);
    expect(outcome).toEqual({ error: failure });
    expect({ slept, count }).toEqual({ slept: [], count: 1 });
  });

  it('waits as long as it was asked to', async () => {
    const clock = fakeClock();
    const log = { info: () => undefined, warn: () => undefined, debug: () => undefined };
    const failures = [denied];
    const act = async () => {
      const failure = failures.pop();
      if (failure !== undefined) throw failure;
    };
    const plan = { name: 'token', work: act, budget: { propagationWait: 60_000 }, retryAfter: () => 7000 };
    await untilDone(plan, { clock, log });
    expect(clock.slept).toEqual([7000]);
  });

  it('waits for what is starting only where that is allowed', async () => {
    const silent = new IapError('connection-refused', 'no', { host: 'x' });
    expect(await work([silent, silent], { retryFor: 10_000 })).toEqual({
      outcome: 'done',
      count: 3,
      slept: [1000, 2000],
      lines: [
        'token: connection-refused; next try in 1 s, 10 s of retry_for left',
        'token: connection-refused; next try in 2 s, 9 s of retry_for left',
      ],
    });
    expect((await work([silent], 60_000)).outcome).toEqual({ error: silent });
    expect((await work([denied], { retryFor: 60_000 })).outcome).toEqual({ error: denied });
  });
});
