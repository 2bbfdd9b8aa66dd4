import type { IapError } from '../errors.ts';
import type { Statuses } from '../inputs.ts';

/** How long what may change is waited for, in milliseconds. */
export interface Budget {
  /** An app that is starting. */
  readonly retryFor: number;
  /** Further statuses that say so. */
  readonly retryOn: Statuses;
  /** A fresh grant. */
  readonly propagationWait: number;
}

/** What came of a try, as far as waiting goes. */
export interface Came {
  readonly error: IapError | undefined;
  readonly status: number | null;
  /** Milliseconds that the server asked for; 0 if it did not. */
  readonly retryAfter: number;
}

/** Milliseconds before the next try of so many, doubled each time up to ten seconds, with jitter. */
export function backoff(tries: number, random: () => number): number {
  return Math.min(10_000, 1000 * 2 ** (tries - 1)) * (0.5 + random() / 2);
}

/** Milliseconds that are left to wait for this; 0 or less if it is final, or was waited for long enough. */
export function leftFor({ error, status }: Came, budget: Budget, elapsed: number): number {
  if (error === undefined) return 0;
  if (error.retry === 'grant') return budget.propagationWait - elapsed;
  const isAwaited = status !== null && budget.retryOn.some(([from, to]) => from <= status && status <= to);
  if (/^app-(status|header|body|json)$/.test(error.code)) return isAwaited ? budget.retryFor - elapsed : 0;
  // Of IAP's own unknown words only a fault of its own may pass.
  if (error.code === 'iap-refused' && (status ?? 0) < 500) return 0;
  return error.retry === 'wait' ? budget.retryFor - elapsed : 0;
}
