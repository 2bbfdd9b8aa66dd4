/**
 * Who may try again after a failure. `no`: nobody, it is final · `wire`: http.ts, within one request's own tries ·
 * `wait`: the smoke check, while an app starts · `grant`: whoever waits for a fresh grant to take effect.
 */
export type Retry = 'no' | 'wire' | 'wait' | 'grant';

/** What a hint is filled in with. Only text and numbers, so that the docs can fill in placeholders. */
type Facts = Readonly<Record<string, string | number>>;

/** One row of the closed set of failures: a code cannot be added without saying when it is met and what mends it. */
export interface Failure<F extends Facts = never> {
  /** When the user meets it, for the troubleshooting page. */
  readonly when: string;
  readonly retry: Retry;
  /** The likely cause and the fix, with the command to run where there is one. */
  readonly hint: (facts: F) => string;
  /** Facts for the docs, where placeholders would tell too little. */
  readonly example?: F;
}

/** Types a row by the parameter of its hint. */
export function failure<F extends Facts>(
  retry: Retry,
  when: string,
  hint: (facts: F) => string,
  example?: NoInfer<F>,
): Failure<F> {
  return { retry, when, hint, ...(example === undefined ? {} : { example }) };
}
