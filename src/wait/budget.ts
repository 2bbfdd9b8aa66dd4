import type { Code, IapError } from '../errors.ts';
import type { Statuses } from '../inputs.ts';

/** How long what may change is waited for, in milliseconds. */
export interface Budget {
  /** An app that is starting. */
  readonly retryFor: number;
  /** Further statuses that say so. */
  readonly retryOn: Statuses;
  /** A fresh grant. */
  readonly propagationWait: number;
  /** It may have been done though nobody answered, and to do it twice is not the same. */
  readonly isOnce?: boolean;
}

/** The input that says how long to wait, and how many milliseconds it allows. */
export interface Allowed {
  readonly input: 'retry_for' | 'propagation_wait';
  readonly most: number;
}

/** What came of a try, as far as waiting goes. */
export interface Came {
  readonly error: IapError | undefined;
  readonly status: number | null;
  /** Milliseconds that the server asked for; 0 if it did not. */
  readonly retryAfter: number;
  /** It was done, and must not be done twice: whatever came after that is final. */
  readonly isDone?: boolean;
}

/** Milliseconds before the next try of so many, doubled each time up to ten seconds, with jitter. */
export function backoff(tries: number, random: () => number): number {
  return Math.min(10_000, 1000 * 2 ** (tries - 1)) * (0.5 + random() / 2);
}

/** How long this is waited for, from the first time that its kind is met; undefined if it is final. */
export function allowedFor({ error, status, isDone }: Came, budget: Budget): Allowed | undefined {
  if (error === undefined || isDone) return undefined;
  const { retryFor, propagationWait } = budget;
  if (error.retry === 'grant' && propagationWait > 0) return { input: 'propagation_wait', most: propagationWait };
  const isAwaited = passesWithTime(error, status, budget) || isListed(error, status, budget);
  return isAwaited && retryFor > 0 ? { input: 'retry_for', most: retryFor } : undefined;
}

/** These say that it was not done; so does a 503. */
const notDone: readonly Code[] = ['rate-limited', 'dns', 'connection-refused', 'tls'];

function passesWithTime({ code, retry }: IapError, status: number | null, { isOnce }: Budget): boolean {
  if (isOnce) return status === 503 || notDone.includes(code);
  // Of IAP's own unknown words only a fault of its own may pass.
  return retry === 'wait' && (code !== 'iap-refused' || (status ?? 0) >= 500);
}

/** What is found by other requests than the check's own is no matter of its statuses. */
function isListed({ code }: IapError, status: number | null, { retryOn }: Budget): boolean {
  if (status === null || code === 'app-unprotected' || code === 'app-trusts-assertion') return false;
  return retryOn.some(([from, to]) => from <= status && status <= to);
}
