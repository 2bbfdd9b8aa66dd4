import type { Clock } from '../clock.ts';
import { waitedFor } from '../iap/busy.ts';
import type { Log } from '../log.ts';
import { waitingLine } from '../report/lines.ts';
import { type Allowed, allowedFor, type Budget, backoff, type Came } from './wait.ts';

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
  const started = clock.now();
  const begun = new Map<Allowed['input'], number>();
  for (let tries = 1; ; tries++) {
    const asked = clock.now();
    const verdict = await attempt();
    const allowed = allowedFor(verdict, budget);
    const now = clock.now();
    const left = allowed === undefined ? 0 : endOf(allowed, begun, asked) - now;
    if (allowed === undefined || left <= 0) return ended(verdict, tries, now - started);
    const next = Math.min(left, Math.max(verdict.retryAfter, backoff(tries, random)));
    log.info(waitingLine({ name, outcome: outcomeOf(verdict), next, left, budget: allowed.input }));
    await clock.sleep(next);
  }
}

/** When the budget ends. */
function endOf({ input, most }: Allowed, begun: Map<Allowed['input'], number>, asked: number): number {
  const begin = begun.get(input) ?? asked;
  begun.set(input, begin);
  return begin + most;
}

function ended<T extends Came>(verdict: T, tries: number, took: number): Polled<T> {
  const error = verdict.error && waitedFor(verdict.error, tries, took);
  return { verdict: error === verdict.error ? verdict : { ...verdict, error }, tries, took };
}
