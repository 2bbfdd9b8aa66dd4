import { describe, expect, it } from '@jest/globals';
import { IapError } from '../../src/errors.ts';
import { poll } from '../../src/smoke/poll.ts';
import { noAnswer, type Verdict } from '../../src/smoke/verdict.ts';
import type { Budget } from '../../src/smoke/wait.ts';
import { fakeClock } from '../world.ts';

const url = 'https://app.example.com/';

const answered = (status: number, error?: IapError, change: Partial<Verdict> = {}): Verdict => ({
  status,
  error,
  answeredBy: 'app',
  body: '',
  retryAfter: 0,
  ...change,
});
const passed = answered(200);
const starting = (retryAfter = 0) =>
  answered(503, new IapError('unavailable', 'x', { url, tries: 1 }), { answeredBy: 'load-balancer', retryAfter });
const denied = answered(403, new IapError('iap-access-denied', 'x', { email: 'a@b.c', commands: 'x' }), {
  answeredBy: 'iap',
});
const missing = answered(404, new IapError('app-status', 'x', { expected: '200', found: 404 }));
const silent = noAnswer(new IapError('connection-refused', 'x', { host: 'x' }));

/** Polls verdicts that come one after another, the last for ever; each try takes so many milliseconds. */
async function polling(verdicts: readonly Verdict[], change: Partial<Budget> = {}, takes = 0) {
  const clock = fakeClock();
  let spent = 0;
  const lines: string[] = [];
  const asked: number[] = [];
  const attempt = async (tries: number) => {
    asked.push(tries);
    spent += takes;
    return verdicts[tries - 1] ?? verdicts.at(-1) ?? passed;
  };
  const budget = { retryFor: 60_000, retryOn: [], propagationWait: 0, ...change };
  const polled = await poll(
    { name: 'web', budget, attempt },
    {
      clock: { now: () => clock.now() + spent, sleep: clock.sleep },
      log: { info: (line) => void lines.push(line), warn: () => undefined, debug: () => undefined },
      random: () => 1,
    },
  );
  return { ...polled, slept: clock.slept, lines, asked };
}

describe('poll', () => {
  it.each([
    ['a pass', passed],
    ['a final refusal', missing],
    ['a missing grant without a propagation_wait', denied],
  ])('ends at once with %s', async (_, verdict) => {
    const { slept, lines, ...polled } = await polling([verdict], {}, 250);
    expect(polled).toEqual({ verdict, tries: 1, took: 250, asked: [1] });
    expect([slept, lines]).toEqual([[], []]);
  });

  it('waits longer each time, and says each time what came', async () => {
    const { verdict, tries, took, slept, lines, asked } = await polling([starting(), silent, starting(), passed]);
    expect(verdict).toBe(passed);
    expect(asked).toEqual([1, 2, 3, 4]);
    expect({ tries, took, slept }).toEqual({ tries: 4, took: 7000, slept: [1000, 2000, 4000] });
    expect(lines).toEqual([
      'web: 503 from load-balancer; next try in 1 s, 1 min of retry_for left',
      'web: connection-refused; next try in 2 s, 59 s of retry_for left',
      'web: 503 from load-balancer; next try in 4 s, 57 s of retry_for left',
    ]);
  });

  it('tries a last time when the budget ends, and then no more', async () => {
    const { verdict, tries, took, slept } = await polling([starting()], { retryFor: 8000 });
    expect(verdict.error?.code).toBe('unavailable');
    expect({ tries, took, slept }).toEqual({ tries: 5, took: 8000, slept: [1000, 2000, 4000, 1000] });
  });

  it('counts what the tries themselves take', async () => {
    const { tries, took, slept } = await polling([silent], { retryFor: 10_000 }, 5000);
    expect({ tries, took, slept }).toEqual({ tries: 2, took: 11_000, slept: [1000] });
  });

  it.each([
    ['longer than its own wait', 7000, 60_000, [7000]],
    ['shorter than its own wait', 10, 60_000, [1000]],
    ['just what is left', 60_000, 60_000, [60_000]],
    ['more than is left', 60_001, 60_000, []],
  ])('honours Retry-After: %s', async (_, retryAfter, retryFor, expected) => {
    const { slept, verdict, tries } = await polling([starting(retryAfter), passed], { retryFor });
    expect(slept).toEqual(expected);
    expect(verdict.status).toBe(expected.length === 0 ? 503 : 200);
    expect(tries).toBe(expected.length + 1);
  });

  it('waits for a grant, and names the budget that it takes', async () => {
    const { verdict, slept, lines } = await polling([denied, denied, passed], { retryFor: 0, propagationWait: 90_000 });
    expect(verdict).toBe(passed);
    expect(slept).toEqual([1000, 2000]);
    expect(lines).toEqual([
      'web: 403 from iap; next try in 1 s, 1 min 30 s of propagation_wait left',
      'web: 403 from iap; next try in 2 s, 1 min 29 s of propagation_wait left',
    ]);
  });

  it('waits for a further status, and stops at another', async () => {
    const other = answered(400, new IapError('app-status', 'x', { expected: '200', found: 400 }));
    const { verdict, tries } = await polling([missing, missing, other, passed], { retryOn: [[404, 404]] });
    expect(verdict).toBe(other);
    expect(tries).toBe(3);
  });

  it('jitters', async () => {
    const clock = fakeClock();
    const log = { info: () => undefined, warn: () => undefined, debug: () => undefined };
    const verdicts = [silent, silent];
    await poll(
      {
        name: 'x',
        budget: { retryFor: 60_000, retryOn: [], propagationWait: 0 },
        attempt: async () => verdicts.pop() ?? passed,
      },
      { clock, log },
    );
    const [first = 0, second = 0] = clock.slept;
    expect(first >= 500 && first < 1000 && second >= 1000 && second < 2000).toBe(true);
  });
});
