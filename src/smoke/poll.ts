import type { Clock } from '../clock.ts';
import type { Log } from '../log.ts';
import { waitingLine } from '../report/lines.ts';
import type { Verdict } from './verdict.ts';
import { type Budget, backoff, leftFor } from './wait.ts';

/** What a check came to, after all its tries. */
export interface Polled {
  readonly verdict: Verdict;
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

interface Plan {
  readonly name: string;
  readonly budget: Budget;
  /** Makes one try; never throws. */
  readonly attempt: (tries: number) => Promise<Verdict>;
}

/** Tries until it passes, is refused for good, or was waited for long enough; says each time what came. */
export async function poll(
  { name, budget, attempt }: Plan,
  { clock, log, random = Math.random }: PollDeps,
): Promise<Polled> {
  const started = clock.now();
  for (let tries = 1; ; tries++) {
    const verdict = await attempt(tries);
    const took = clock.now() - started;
    const left = leftFor(verdict, budget, took);
    const wait = Math.max(verdict.retryAfter, backoff(tries, random));
    if (left <= 0 || verdict.retryAfter > left) return { verdict, tries, took };
    const next = Math.min(wait, left);
    const budgetName = verdict.error?.retry === 'grant' ? 'propagation_wait' : 'retry_for';
    log.info(waitingLine({ name, outcome: outcomeOf(verdict), next, left, budget: budgetName }));
    await clock.sleep(next);
  }
}

function outcomeOf({ status, answeredBy, error }: Verdict): string {
  return status === null ? (error?.code ?? 'no answer') : `${status} from ${answeredBy}`;
}
