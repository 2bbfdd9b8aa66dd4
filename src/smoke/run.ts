import type { Clock } from '../clock.ts';
import { asIapError, IapError } from '../errors.ts';
import type { Http, HttpResponse } from '../http.ts';
import { busy, type Judgement, judge } from '../iap/answer.ts';
import type { CheckResult, TokenFacts } from '../report/result.ts';
import type { Token } from '../token.ts';
import { type Expectations, unmet } from './expectations.ts';

/** One request, and what its answer must be like. */
export interface Check extends Expectations {
  readonly url: URL;
}

/** The token that a check is made with. */
export interface Bearer {
  readonly token: Token;
  readonly facts: TokenFacts;
}

interface Deps {
  readonly http: Http;
  readonly clock: Clock;
}

/** Makes one authenticated request, and judges its answer. It never throws: what goes wrong is the result. */
export async function runCheck(check: Check, bearer: Bearer, { http, clock }: Deps): Promise<CheckResult> {
  const started = clock.now();
  const headers = { authorization: `Bearer ${bearer.token.reveal()}` };
  const answer = await http({ method: 'GET', url: check.url, headers }).catch(asIapError);
  const { answeredBy, error } = verdict(answer, check, bearer.facts);
  return {
    name: check.url.host + check.url.pathname,
    url: check.url.href,
    method: 'GET',
    passed: error === undefined,
    code: error?.code ?? null,
    message: error?.message ?? null,
    hint: error?.hint ?? null,
    status: answer instanceof IapError ? null : answer.status,
    answered_by: answeredBy,
    attempts: answer.tries,
    ms: Math.round(clock.now() - started),
  };
}

function verdict(answer: HttpResponse | IapError, check: Check, facts: TokenFacts): Judgement {
  if (answer instanceof IapError) return { answeredBy: 'none', error: answer };
  const { audience, principal, expires_at: expiry } = facts;
  const judgement = judge(answer, { url: check.url, audience, principal, expiry });
  if (judgement.error !== undefined) return judgement;
  const missing = unmet(answer, check);
  return missing === undefined ? judgement : { ...judgement, error: busy(answer, check) ?? missing };
}
