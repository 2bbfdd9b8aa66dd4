import { type Clock, ticksOf } from '../clock.ts';
import { waitedFor } from '../iap/busy.ts';
import type { Log } from '../log.ts';
import { waitingLine } from '../report/lines.ts';
import { type Allowed, allowedFor, type Budget, backoff, type Came } from './budget.ts';

/** What something came to, after all its tries. */
export interface Polled<T extends Came> {
  readonly verdict: T;
  readonly tries: number;
  /** Milliseconds. */
  readonly took: number;
}

export interface PollDeps {
  readonly clock: Clock;
  readonly log: Log;
  /** 0 ≤ n < 1, for the jitter. */
  readonly random?: () => number;
}

interface Plan<T extends Came> {
  readonly name: string;
  readonly budget: Budget;
  /** Makes one try; never throws. */
  readonly attempt: () => Promise<T>;
  /** What came of it, in the words of the log. */
  readonly outcomeOf: (verdict: T) => string;
}

/**
 * Tries until it passes, is refused for good, or was waited for long enough; says each time what came. Each budget
 * begins with the first try that it is for: both together are waited for no longer than their sum.
 */
export async function poll<T extends Came>(
  { name, budget, attempt, outcomeOf }: Plan<T>,
  { clock, log, random = Math.random }: PollDeps,
): Promise<Polled<T>> {
  // A wait is as long as it was meant to be: by the time of day it would last an hour more where that is set back.
  let spent = 0;
  const begun = new Map<Allowed['input'], number>();
  for (let tries = 1; ; tries++) {
    const asked = spent;
    const begin = ticksOf(clock);
    const verdict = await attempt();
    spent += Math.max(0, ticksOf(clock) - begin);
    const allowed = allowedFor(verdict, budget);
    const left = allowed === undefined ? 0 : endOf(allowed, begun, asked) - spent;
    if (allowed === undefined || left <= 0) return ended(verdict, tries, spent);
    const next = Math.min(left, Math.max(verdict.retryAfter, backoff(tries, random)));
    log.info(waitingLine({ name, outcome: outcomeOf(verdict), next, left, budget: allowed.input }));
    await clock.sleep(next);
    spent += next;
  }
}

/** How much is spent by the time that the budget ends. */
function endOf({ input, most }: Allowed, begun: Map<Allowed['input'], number>, asked: number): number {
  const begin = begun.get(input) ?? asked;
  begun.set(input, begin);
  return begin + most;
}

function ended<T extends Came>(verdict: T, tries: number, took: number): Polled<T> {
  const error = verdict.error && waitedFor(verdict.error, tries, took);
  return { verdict: error === verdict.error ? verdict : { ...verdict, error }, tries, took };
}
