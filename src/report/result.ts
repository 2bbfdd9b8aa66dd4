/** Who gave the answer to a check. */
export type AnsweredBy = 'app' | 'iap' | 'none';

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
  /** The failure code, its message and its hint; null when it passed. */
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
