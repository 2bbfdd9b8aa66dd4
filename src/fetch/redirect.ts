import { IapError } from '../errors.ts';
import { becomesGet, bodyHeaders, maxTrusted } from '../iap/redirect.ts';
import { type Headed, isIap, isRedirect, isSignIn, targetOf } from '../iap/sign.ts';
import { excerpt } from '../text.ts';

/** One request of a chain, as far as redirects go by it. */
export interface Hop {
  readonly url: URL;
  readonly method: string;
  readonly headers: Headers;
  readonly body: RequestInit['body'];
  /** Whether the body can be sent again, or there is none. */
  readonly canRepeat: boolean;
  /** Whether it carries the token. What has left its origin once never does again. */
  readonly isTrusted: boolean;
}

/** Redirects that are followed at all: https://fetch.spec.whatwg.org/#http-redirect-fetch */
const maxRedirects = 20;

const privateHeaders = ['authorization', 'proxy-authorization', 'cookie', 'host'];

/**
 * The request that a redirect asks for, as the fetch standard has it; the token goes with it to the same origin only.
 * undefined if the answer is no redirect, or one that is not followed: IAP's own, one to Google's sign-in page, and one
 * that wants a body again which cannot be sent twice.
 *
 * @param redirects how many were followed already
 * @throws {IapError} `app-redirect` if it leads nowhere, or there were too many
 */
export function nextHop(response: Response, hop: Hop, redirects: number): Hop | undefined {
  const answer = headOf(response);
  if (isIap(answer) || !isRedirect(answer)) return undefined;
  const target = targetOf(answer, hop.url);
  if (target !== undefined && isSignIn(target)) return undefined;
  if (target === undefined || !isCallable(target))
    throw refusal(`the app answered ${answer.status}, to an address that cannot be called`, target);
  const sent = sentTo(hop, answer.status);
  if (sent === undefined) return undefined;
  const isSame = target.origin === hop.url.origin;
  const isTrusted = hop.isTrusted && isSame;
  if (redirects >= (isTrusted ? maxTrusted : maxRedirects))
    throw refusal(`the app redirects more than ${redirects} times`, target);
  return { ...sent, headers: isSame ? sent.headers : without(sent.headers, privateHeaders), url: target, isTrusted };
}

/** What of a request is sent on; undefined if that is a body which cannot be sent twice. */
function sentTo(hop: Hop, status: number): Hop | undefined {
  const { method, headers } = hop;
  if (becomesGet(status, method))
    return { ...hop, method: 'GET', body: undefined, canRepeat: true, headers: without(headers, bodyHeaders) };
  return hop.canRepeat ? hop : undefined;
}

function isCallable({ protocol, username, password }: URL): boolean {
  return /^https?:$/.test(protocol) && username === '' && password === '';
}

/** An answer as the judges of IAP's answers read it, without its body. */
export function headOf({ status, headers }: Response): Headed {
  return { status, headers: Object.fromEntries(headers) };
}

function without(headers: Headers, names: readonly string[]): Headers {
  const rest = new Headers(headers);
  for (const name of names) rest.delete(name);
  return rest;
}

function refusal(message: string, target: URL | undefined): IapError {
  const to = target === undefined ? 'an address that cannot be read' : excerpt(`${target.protocol}//${target.host}`);
  return new IapError('app-redirect', message, { to });
}
