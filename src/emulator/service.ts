/**
 * Who can answer, and so who can fail. `edge` is what stands in front of IAP (a load balancer,
 * Google's front end): it has no answer of its own but its faults.
 */
export type Service =
  | 'token'
  | 'certs'
  | 'iap-keys'
  | 'account-certs'
  | 'consent'
  | 'oidc'
  | 'sts'
  | 'iam'
  | 'metadata'
  | 'edge'
  | 'iap'
  | 'app';

/** An answer, and how the wire is to mistreat it. */
export interface Reply {
  readonly answer: Answer;
  readonly fault?: Fault | undefined;
}

/** An answer as bytes. Unlike a `Response` it can be any status with any body. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Uint8Array;
}

/** What goes wrong with a service. Without any of these fields, nothing does. */
export interface Fault {
  /** Answered in place of the service, with `headers` and `body` as they are. */
  status?: number;
  /** Set on the answer. */
  headers?: Readonly<Record<string, string>>;
  /** Sent as is. */
  body?: string | Uint8Array;
  /** Wait before the answer. */
  delayMs?: number;
  /** RST: with no answer at all, or once the headers are out. */
  reset?: 'before-headers' | 'after-headers';
  /** Never answer, or stop halfway through the body. The socket stays open. */
  hang?: 'before-headers' | 'in-body';
  /** Close halfway through the body. */
  truncate?: true;
  /** Milliseconds between two bytes of the body. */
  drip?: number;
  /** How many requests it hits; for ever where left out. */
  times?: number;
}
