import { IapError } from '../errors.ts';

/** Assertions that IAP breaks on request: https://cloud.google.com/iap/docs/query-parameters-and-headers-howto */
export const brokenAssertions = ['FUTURE_ISSUE', 'PAST_EXPIRATION', 'ISSUER', 'AUDIENCE', 'SIGNATURE'] as const;

export type BrokenAssertion = (typeof brokenAssertions)[number];

/** URLs by which IAP sends the app assertions. */
export interface AssertionTests {
  /** With the valid one: an app that refuses that too proves nothing by refusing the others. */
  readonly control: URL;
  readonly broken: readonly { readonly kind: BrokenAssertion; readonly url: URL }[];
}

export function assertionTests(url: URL): AssertionTests {
  return {
    control: urlFor(url, 'NOT_SET'),
    broken: brokenAssertions.map((kind) => ({ kind, url: urlFor(url, kind) })),
  };
}

/** What it means that the app took these broken assertions; undefined if it took none. */
export function judgeAssertions(accepted: readonly BrokenAssertion[]): IapError | undefined {
  if (accepted.length === 0) return undefined;
  const kinds = brokenAssertions.filter((kind) => accepted.includes(kind)).join(', ');
  return new IapError('app-trusts-assertion', `the app accepted a broken assertion: ${kinds}`, { kinds });
}

// By hand: URLSearchParams would rewrite the rest of the query (%20 as +), which the app may tell apart.
function urlFor(url: URL, kind: BrokenAssertion | 'NOT_SET'): URL {
  const others = url.search
    .slice(1)
    .split('&')
    .filter((pair) => pair !== '' && !/^(?:gcp-iap-mode|iap-secure-token-test-type)(?:=|$)/.test(pair));
  const changed = new URL(url);
  changed.search = [...others, 'gcp-iap-mode=SECURE_TOKEN_TEST', `iap-secure-token-test-type=${kind}`].join('&');
  return changed;
}
