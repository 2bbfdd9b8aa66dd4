import { expect } from '@jest/globals';

/**
 * Fails if eight times as much takes far more than eight times as long, as it does in quadratic time: 64 times. By the
 * best of several runs, so that neither a slow machine nor one that is busy with something else matters.
 *
 * @param work is given a length, and then that times eight
 */
export function expectLinear(work: (length: number) => void, length: number): void {
  work(length);
  let [little, much] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (let run = 0; run < 5 && !isLinear(little, much); run++) {
    little = Math.min(
      little,
      durationOf(() => work(length)),
    );
    much = Math.min(
      much,
      durationOf(() => work(length * 8)),
    );
  }
  expect(isLinear(little, much) ? 'linear' : `${little} ms, and ${much} ms for eight times as much`).toBe('linear');
}

/** What takes less than a millisecond is as long as the clock is exact. */
function isLinear(little: number, much: number): boolean {
  return much < 32 * Math.max(little, 1);
}

function durationOf(work: () => void): number {
  const begin = performance.now();
  work();
  return performance.now() - begin;
}
