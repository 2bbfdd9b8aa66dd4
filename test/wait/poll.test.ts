import { describe, expect, it } from '@jest/globals';
import { IapError } from '../../src/errors.ts';
import { noAnswer, type Verdict } from '../../src/smoke/verdict.ts';
import type { Budget } from '../../src/wait/budget.ts';
import { poll } from '../../src/wait/poll.ts';
import { fakeClock, noon } from '../world.ts';

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
  answered(503, new IapError('unavailable', 'x', { url, tried: 'once' }), { answeredBy: 'load-balancer', retryAfter });
const denied = answered(403, new IapError('iap-access-denied', 'x', { email: 'a@b.c', commands: 'x' }), {
  answeredBy: 'iap',
});
const missing = answered(404, new IapError('app-status', 'x', { expected: '200', found: 404 }));
const silent = noAnswer(new IapError('connection-refused', 'x', { host: 'x' }));

const outcomeOf = ({ status, error }: Verdict) => `${status ?? error?.code}`;

/** Polls verdicts that come one after another, the last for ever; each try takes so many milliseconds. */
async function polling(verdicts: readonly Verdict[], change: Partial<Budget> = {}, takes = 0) {
  const clock = fakeClock();
  let spent = 0;
  const lines: string[] = [];
  const asked: number[] = [];
  const attempt = async () => {
    const tries = asked.push(clock.now() + spent - noon);
    spent += takes;
    return verdicts[tries - 1] ?? verdicts.at(-1) ?? passed;
  };
  const budget = { retryFor: 60_000, retryOn: [], propagationWait: 0, ...change };
  const polled = await poll(
    { name: 'web', budget, attempt, outcomeOf },
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
    expect(polled).toEqual({ verdict, tries: 1, took: 250, asked: [0] });
    expect([slept, lines]).toEqual([[], []]);
  });

  it('waits longer each time, and says each time what came', async () => {
    const { verdict, tries, took, slept, lines, asked } = await polling([starting(), silent, starting(), passed]);
    expect(verdict).toBe(passed);
    expect(asked).toEqual([0, 1000, 3000, 7000]);
    expect({ tries, took, slept }).toEqual({ tries: 4, took: 7000, slept: [1000, 2000, 4000] });
    expect(lines).toEqual([
      'web: 503; next try in 1 s, 1 min of retry_for left',
      'web: connection-refused; next try in 2 s, 59 s of retry_for left',
      'web: 503; next try in 4 s, 57 s of retry_for left',
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
    ['more than is left: a last try when the budget ends', 3_600_000, 60_000, [60_000]],
  ])('honours Retry-After: %s', async (_, retryAfter, retryFor, expected) => {
    const { slept, verdict, tries } = await polling([starting(retryAfter), passed], { retryFor });
    expect(slept).toEqual(expected);
    expect([verdict.status, tries]).toEqual([200, 2]);
  });

  it('waits for a grant, and names the budget that it takes', async () => {
    const { verdict, slept, lines } = await polling([denied, denied, passed], { retryFor: 0, propagationWait: 90_000 });
    expect(verdict).toBe(passed);
    expect(slept).toEqual([1000, 2000]);
    expect(lines).toEqual([
      'web: 403; next try in 1 s, 1 min 30 s of propagation_wait left',
      'web: 403; next try in 2 s, 1 min 29 s of propagation_wait left',
    ]);
  });

  it('begins each budget with the first try that it is for', async () => {
    const waits = { retryFor: 10_000, propagationWait: 20_000 };
    const late = await polling([...Array(4).fill(denied), silent, passed], waits);
    expect(late.verdict).toBe(passed);
    expect(late.asked).toEqual([0, 1000, 3000, 7000, 15_000, 25_000]);
    const other = await polling([...Array(3).fill(silent), denied, denied, denied, passed], waits);
    expect(other.verdict).toBe(passed);
    expect(other.asked).toEqual([0, 1000, 3000, 7000, 15_000, 25_000, 27_000]);
  });

  it('ends when both budgets are used up, whatever comes in turn', async () => {
    const turns = Array.from({ length: 99 }, (_, index) => (index % 2 === 0 ? silent : denied));
    const { verdict, took } = await polling(turns, { retryFor: 30_000, propagationWait: 30_000 });
    expect(verdict.error).toBeDefined();
    expect(took).toBeLessThanOrEqual(60_000);
    const last = await polling([...Array(6).fill(silent), denied], { retryFor: 30_000, propagationWait: 30_000 });
    expect([last.verdict.error?.code, last.took <= 60_000, last.took > 30_000]).toEqual([
      'iap-access-denied',
      true,
      true,
    ]);
  });

  it('tells of an unready app how long it was tried', async () => {
    const { verdict } = await polling([starting()], { retryFor: 3000 });
    expect(verdict.error?.hint).toContain(`${url} was tried 3 times within 3 s.`);
    expect((await polling([starting()], { retryFor: 0 })).verdict.error?.hint).toContain('was tried once.');
  });

  it('waits for a further status, and stops at another', async () => {
    const other = answered(400, new IapError('app-status', 'x', { expected: '200', found: 400 }));
    const { verdict, tries } = await polling([missing, missing, other, passed], { retryOn: [[404, 404]] });
    expect(verdict).toBe(other);
    expect(tries).toBe(3);
  });

  it.each([
    ['set back while it waits', -3_600_000, 0],
    ['set back during a try', 0, -3_600_000],
    ['set forward during a try', 0, 3_600_000],
  ])('goes by no clock that is %s', async (_, whileAsleep, duringTry) => {
    let [now, tick] = [noon, 0];
    const clock = {
      now: () => now,
      ticks: () => tick,
      sleep: async (ms: number) => {
        now += ms + whileAsleep;
        tick += ms;
      },
    };
    const attempt = async () => {
      now += 500 + duringTry;
      tick += 500;
      return silent;
    };
    const budget = { retryFor: 10_000, retryOn: [], propagationWait: 0 };
    const log = { info: () => undefined, warn: () => undefined, debug: () => undefined };
    const { tries, took } = await poll({ name: 'x', budget, attempt, outcomeOf }, { clock, log, random: () => 1 });
    expect({ tries, took }).toEqual({ tries: 5, took: 10_500 });
  });

  it.each([
    ['while it waits', 3_600_000, 0],
    ['during a try', 0, 3_600_000],
  ])('waits no longer than it may by a clock that only tells the time of day: set back %s', async (_, back, once) => {
    let [now, slept, left] = [noon, 0, once];
    const clock = {
      now: () => now,
      sleep: async (ms: number) => {
        slept += ms;
        now += ms - back;
      },
    };
    const budget = { retryFor: 10_000, retryOn: [], propagationWait: 0 };
    const log = { info: () => undefined, warn: () => undefined, debug: () => undefined };
    const attempt = async () => {
      now -= left;
      left = 0;
      return silent;
    };
    const { took } = await poll({ name: 'x', budget, attempt, outcomeOf }, { clock, log, random: () => 1 });
    expect([took, slept]).toEqual([10_000, 10_000]);
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
        outcomeOf,
      },
      { clock, log },
    );
    const [first = 0, second = 0] = clock.slept;
    expect(first >= 500 && first < 1000 && second >= 1000 && second < 2000).toBe(true);
  });
});
