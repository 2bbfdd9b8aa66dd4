import { IapError } from '../errors.ts';
import { excerpt } from '../text.ts';
import { type Headed, isRedirect, isSignIn, targetOf } from './sign.ts';

/** Redirects within an origin that are followed with the token, at most. */
export const maxTrusted = 5;

/**
 * Where an answer redirects to, if the token may go there: to the same scheme, host and port only. Why not, if it may
 * not; undefined if the answer is no redirect. Location is read as browsers read it (backslashes, `//host`,
 * `https:path`), since what is compared is the very URL that is called next:
 * https://url.spec.whatwg.org/#concept-basic-url-parser
 */
export function judgeRedirect(answer: Headed, from: URL): URL | IapError | undefined {
  if (!isRedirect(answer)) return undefined;
  const target = targetOf(answer, from);
  return (
    signInRedirect(answer, from) ??
    (target !== undefined && isSame(target, from) ? target : otherOrigin(answer, target))
  );
}

/**
 * Whether a redirect makes a GET without a body of a request; if not, the same request goes on:
 * https://fetch.spec.whatwg.org/#http-redirect-fetch
 */
export function becomesGet(status: number, method: string): boolean {
  if (status === 303) return method !== 'GET' && method !== 'HEAD';
  return (status === 301 || status === 302) && method === 'POST';
}

/** Headers, in lower case, that go with a body. */
export const bodyHeaders: readonly string[] = [
  'content-encoding',
  'content-language',
  'content-location',
  'content-length',
  'content-type',
];

/** IAP, or the app itself, asks a person to sign in with Google. */
export function signInRedirect(answer: Headed, from: URL): IapError | undefined {
  const target = targetOf(answer, from);
  if (target === undefined || !isSignIn(target)) return undefined;
  const message = `${answer.status} to the sign-in page of accounts.google.com`;
  return new IapError('iap-sign-in-redirect', message, { url: placeIn(from) });
}

// Not `origin`: that of blob:https://HOST/… is https://HOST.
function isSame(target: URL, from: URL): boolean {
  const isBare = target.username === '' && target.password === '';
  return isBare && target.protocol === from.protocol && target.host === from.host && target.host !== '';
}

function otherOrigin({ status }: Headed, target: URL | undefined): IapError {
  const to = target === undefined ? 'an address that cannot be read' : originOf(target);
  return new IapError('app-redirect', `the app answered ${status}, to ${to}`, { to });
}

/** The origin alone: the rest of what an app redirects to may hold anything, a token too. */
function originOf({ protocol, host, username, password }: URL): string {
  const login = username === '' && password === '' ? '' : ', with a user name in the address';
  return excerpt(host === '' ? protocol : `${protocol}//${host}`) + login;
}

/** A page of the app's own, without its query: after a redirect, that too is the app's to choose. */
function placeIn({ origin, pathname }: URL): string {
  return excerpt(origin + pathname);
}
