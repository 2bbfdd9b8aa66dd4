import type { IapError } from '../errors.ts';
import type { TokenHeader } from '../header.ts';
import type { HttpResponse } from '../http.ts';
import type { Statuses } from '../inputs.ts';

/** What the app's answer must be like: what it lacks, or undefined. */
export type Expectation = (answer: HttpResponse) => IapError | undefined;

/** What to do about a finding. */
export type Gravity = 'fail' | 'warn' | 'off';

/** Of the checks of one URL, the one that tells what a GET of it is answered; a HEAD's, sent with GET, at least. */
export function getOf(checks: readonly Check[]): Check | undefined {
  const head = checks.find(({ method }) => method === 'HEAD');
  return checks.find(({ method }) => method === 'GET') ?? (head && { ...head, method: 'GET' });
}

/** One request, and what its answer must be like. */
export interface Check {
  readonly name: string;
  readonly url: URL;
  readonly method: string;
  /** By the names as they were written. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  /** A redirect within the origin is followed, unless told not to. */
  readonly followsRedirects?: false;
  /** Which header carries the token; the other is the app's own. */
  readonly tokenHeader: TokenHeader;
  /** Milliseconds that one try may take. */
  readonly timeout: number;
  /** Milliseconds to wait for an app that is starting. */
  readonly retryFor: number;
  /** Further statuses to wait for. */
  readonly retryOn: Statuses;
  /** In the order in which they are looked at: the status first. */
  readonly expectations: readonly Expectation[];
  /** Those of them that look at more than the status. */
  readonly contents: readonly Expectation[];
  /** Whether nothing of the answer is shown. */
  readonly hidesAnswer: boolean;
  /** How many bytes of the answer the expectations need. */
  readonly needsBytes: number;
  /** Whether the app is also called without a token. */
  readonly checkProtected: Gravity;
  /** Whether the app is also sent broken assertions. */
  readonly checkAssertion: Gravity;
}

/** Whether a request of this method may be sent twice: https://www.rfc-editor.org/rfc/rfc9110#section-9.2.2 */
export function isRepeatable(method: string): boolean {
  return /^(GET|HEAD|OPTIONS|PUT|DELETE)$/.test(method);
}
