import { IapError } from '../errors.ts';
import type { HttpResponse } from '../http.ts';
import { showUrl } from '../origin.ts';
import { answerers } from '../report/lines.ts';
import type { AnsweredBy } from '../report/result.ts';
import { type Judgement, unknownRefusal } from './answer.ts';
import { busy } from './busy.ts';
import { enableCommands } from './command.ts';
import { frontOf } from './front.ts';
import { placeOf } from './place.ts';
import type { Sent } from './sent.ts';
import { comesBackToIap, isIap, isSignIn, targetOf } from './sign.ts';
import { iapRefusal } from './words.ts';

/**
 * Who answered a request that carried no token; and what is wrong with it, unless IAP refused, as it should.
 * `rate-limited`, `unavailable` and `iap-refused` mean that it cannot be told yet; where Google's front refused by
 * itself, its own code says so.
 *
 * IAP is known by its header, and an app can send the same: nobody can tell such an app's 401 from IAP's. But an app
 * that lets the caller in, or sends it to sign in elsewhere, is told by what it answers, header or not.
 */
export function judgeAnonymous(answer: HttpResponse, url: URL, hidesAnswer = false): Judgement {
  if (isRefusal(answer, url)) return { answeredBy: 'iap' };
  if (isIap(answer))
    return { answeredBy: 'iap', error: faultOf(answer, { url, hidesAnswer }) ?? unprotected(answer, url, 'iap') };
  const { answeredBy, error } = frontOf(answer, { url, hidesAnswer });
  return { answeredBy, error: error ?? busy(answer, url) ?? unprotected(answer, url, answeredBy) };
}

const nobody = { kind: 'id_token', audience: '', principal: '', expiry: '' } as const;

/** IAP may be out of order, or not be set up: that is no answer of the app's. */
function faultOf(answer: HttpResponse, asked: Pick<Sent, 'url' | 'hidesAnswer'>): IapError | undefined {
  const { url } = asked;
  if (answer.status < 500) return busy(answer, url);
  const said = iapRefusal(answer, { ...nobody, ...asked });
  return said?.code === 'iap-setup' ? said : (busy(answer, url) ?? unknownRefusal(answer, asked));
}

/** A person is sent to sign in, with Google or by way of IAP (Identity Platform, workforce); anybody else is refused. */
function isRefusal(answer: HttpResponse, url: URL): boolean {
  if (!isIap(answer)) return false;
  if (answer.status === 401 || answer.status === 403) return true;
  const target = targetOf(answer, url);
  return target !== undefined && (isSignIn(target) || comesBackToIap(target));
}

function unprotected({ status }: HttpResponse, url: URL, answeredBy: AnsweredBy): IapError {
  const who = answeredBy === 'iap' ? 'something that calls itself IAP' : answerers[answeredBy];
  const message = `called without a token, ${who} answered ${status}; IAP did not refuse`;
  return new IapError('app-unprotected', message, { url: showUrl(url), commands: enableCommands(placeOf(url)) });
}
