import type { Clock } from './clock.ts';
import { IapError } from './errors.ts';
import type { Log } from './log.ts';
import { waitingLine } from './report/lines.ts';
import { backoff } from './smoke/wait.ts';

interface Deps {
  readonly clock: Clock;
  readonly log: Log;
  /** 0 ≤ n < 1, for the jitter. */
  readonly random?: () => number;
}

/**
 * Does it again while a grant is missing that may be on its way, for so many milliseconds:
 * https://cloud.google.com/iam/docs/access-change-propagation
 */
export async function untilGranted<T>(
  work: () => Promise<T>,
  wait: number,
  { clock, log, random = Math.random }: Deps,
): Promise<T> {
  const started = clock.now();
  for (let tries = 1; ; tries++) {
    try {
      return await work();
    } catch (error) {
      const left = started + wait - clock.now();
      if (!(error instanceof IapError) || error.retry !== 'grant' || left <= 0) throw error;
      const next = Math.min(left, backoff(tries, random));
      log.info(waitingLine({ name: 'token', outcome: error.code, next, left, budget: 'propagation_wait' }));
      await clock.sleep(next);
    }
  }
}
