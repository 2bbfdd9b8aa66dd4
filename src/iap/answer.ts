import { IapError } from '../errors.ts';
import type { HttpResponse } from '../http.ts';
import { showUrl } from '../origin.ts';
import type { AnsweredBy } from '../report/result.ts';
import { busy } from './busy.ts';
import { frontOf } from './front.ts';
import { signInRedirect } from './redirect.ts';
import { answered, type Sent } from './sent.ts';
import { comesBackToIap, isIap, isSignIn, targetOf } from './sign.ts';
import { iapRefusal } from './words.ts';

/** Who answered; and why, if the request did not reach the app. */
export interface Judgement {
  readonly answeredBy: AnsweredBy;
  /** The app did not answer: whatever was expected of it, this is not it. */
  readonly error?: IapError;
  /**
   * What the answer means unless it is as expected. It may be the app's own, and a 503 may be just what the check
   * wants to see: look at the expectations first.
   */
  readonly ifUnexpected?: IapError;
}

/**
 * Who answered a request that carried a token. IAP marks each of its own answers with a header:
 * https://cloud.google.com/iap/docs/faq
 *
 * @example
 * const { answeredBy, error, ifUnexpected } = judge(answer, sent);
 * const missing = unmet(answer, check);
 * return error ?? (missing && (ifUnexpected ?? missing));
 */
export function judge(answer: HttpResponse, sent: Sent): Judgement {
  if (isIap(answer) || isStripped(answer, sent.url)) return { answeredBy: 'iap', error: refusalOf(answer, sent) };
  return frontOf(answer, sent);
}

/** A proxy may have taken IAP's mark away; its redirect to sign in still names it. */
function isStripped(answer: HttpResponse, url: URL): boolean {
  const target = targetOf(answer, url);
  return target !== undefined && isSignIn(target) && comesBackToIap(target);
}

function refusalOf(answer: HttpResponse, sent: Sent): IapError {
  const said = iapRefusal(answer, sent) ?? signInRedirect(answer, sent.url) ?? busy(answer, sent.url);
  return said ?? unknownRefusal(answer, sent);
}

/** IAP's own answer, in words that are not known. */
export function unknownRefusal(answer: HttpResponse, asked: Pick<Sent, 'url' | 'hidesAnswer'>): IapError {
  return new IapError('iap-refused', answered('IAP', answer, asked), { url: showUrl(asked.url) });
}
