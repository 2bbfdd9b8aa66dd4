import type { IapError } from '../errors.ts';
import { type HttpResponse, retryAfter } from '../http.ts';
import type { Judgement } from '../iap/answer.ts';
import type { AnsweredBy } from '../report/result.ts';
import type { Came } from '../wait/budget.ts';

/** What one try of a check came to. */
export interface Verdict extends Came {
  readonly answeredBy: AnsweredBy;
  /** What was answered; undefined if nothing was. */
  readonly body: string | undefined;
}

export function verdictOf(
  { status, headers, body }: HttpResponse,
  { answeredBy, error }: Judgement,
  now: number,
): Verdict {
  return { status, body, answeredBy, error, retryAfter: retryAfter(headers['retry-after'], now) };
}

/** Nobody answered, or there was no token to ask with. */
export function noAnswer(error: IapError): Verdict {
  return { error, status: null, answeredBy: 'none', body: undefined, retryAfter: 0 };
}
