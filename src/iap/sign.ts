import type { HttpResponse } from '../http.ts';

/** An answer, as far as its head. */
export type Headed = Pick<HttpResponse, 'status' | 'headers'>;

/**
 * Whether IAP says that the answer is its own: https://cloud.google.com/iap/docs/faq
 * An app could say so too, since IAP passes on the headers of an app's answer.
 */
export function isIap({ headers }: Headed): boolean {
  // Who adds it a second time makes it `true, true`.
  return /^true(,|$)/i.test(headers['x-goog-iap-generated-response'] ?? '');
}

/** Whether the answer redirects: 300 and 304 to 306 lead nowhere, and so does an empty Location. */
export function isRedirect({ status, headers }: Headed): boolean {
  return [301, 302, 303, 307, 308].includes(status) && Boolean(headers['location']);
}

/** Where a redirect leads; undefined if it is none, or if two readers of its Location could see two things. */
export function targetOf(answer: Headed, from: URL): URL | undefined {
  const location = answer.headers['location'] ?? '';
  // A parser drops line breaks and tabs wherever they stand.
  if (!isRedirect(answer) || /\p{Cc}/u.test(location) || !URL.canParse(location, from.href)) return undefined;
  return new URL(location, from);
}

/** Whether `target` is Google's sign-in page. */
export function isSignIn({ hostname }: URL): boolean {
  return hostname.replace(/\.$/, '') === 'accounts.google.com';
}

/** Whether IAP is where the sign-in comes back to, with an OAuth client or with Identity Platform. */
export function comesBackToIap({ searchParams }: URL): boolean {
  return [...searchParams.values()].some((value) => value.startsWith('https://iap.googleapis.com/'));
}
