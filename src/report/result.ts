/** Who gave the answer to a check. */
export type AnsweredBy = 'app' | 'iap' | 'cloud-run' | 'edge' | 'load-balancer' | 'none';

/** What a person may know of a token. Never the token. */
export interface TokenFacts {
  readonly kind: 'id_token' | 'signed_jwt';
  readonly audience: string;
  /** The email that the token carries. */
  readonly principal: string;
  /** RFC 3339. */
  readonly expires_at: string;
}

/** How a check ended, in the shape of the output `report`. */
export interface CheckResult {
  readonly name: string;
  readonly url: string;
  readonly method: string;
  readonly passed: boolean;
  /** The failure code, its message and its hint; null when there is none. Where it passed all the same, it is a warning. */
  readonly code: string | null;
  readonly message: string | null;
  readonly hint: string | null;
  /** The HTTP status; null without an answer. */
  readonly status: number | null;
  readonly answered_by: AnsweredBy;
  readonly attempts: number;
  readonly ms: number;
}

/** The output `report`. */
export interface Report {
  readonly passed: boolean;
  readonly token: TokenFacts;
  readonly checks: readonly CheckResult[];
}

/** A failure as people see it. */
export interface Problem {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
}

export type { Try } from '../http.ts';

/** A check, with what only the log and the summary show. */
export interface CheckReport {
  readonly result: CheckResult;
  /** A clean excerpt of the app's answer, where it may be shown. */
  readonly excerpt?: string;
}
