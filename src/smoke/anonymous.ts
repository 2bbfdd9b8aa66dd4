import type { Clock } from '../clock.ts';
import { asIapError } from '../errors.ts';
import { type Http, tellingBytes } from '../http.ts';
import { judgeAnonymous } from '../iap/anonymous.ts';
import type { Check } from './check.ts';
import { noAnswer, type Verdict, verdictOf } from './verdict.ts';

interface Deps {
  readonly http: Http;
  readonly clock: Clock;
}

/** One try without a token: only IAP's own refusal will do. */
export async function attemptAnonymous({ url, timeout, hidesAnswer }: Check, { http, clock }: Deps): Promise<Verdict> {
  try {
    const answer = await http({ method: 'GET', url, tries: 1, timeout, keep: tellingBytes });
    return verdictOf(answer, judgeAnonymous(answer, url, hidesAnswer), clock.now());
  } catch (error) {
    return noAnswer(asIapError(error));
  }
}
