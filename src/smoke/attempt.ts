import type { Bearer, Bearers } from '../bearer.ts';
import type { Clock } from '../clock.ts';
import { asIapError, IapError } from '../errors.ts';
import { type Http, type HttpRequest, type HttpResponse, maxBytes } from '../http.ts';
import { type Judgement, judge } from '../iap/answer.ts';
import { discoverClientId } from '../iap/discovery.ts';
import { judgeRedirect } from '../iap/redirect.ts';
import type { Check } from './check.ts';
import { noAnswer, type Verdict, verdictOf } from './verdict.ts';

export interface AttemptDeps {
  readonly http: Http;
  readonly clock: Clock;
  readonly bearers: Bearers;
}

/** One try of a check, with a token that is valid; one that IAP finds expired is minted anew, once. */
export async function attempt(check: Check, tries: number, { http, clock, bearers }: AttemptDeps): Promise<Verdict> {
  const send = async (bearer: Bearer) => {
    const { answer, judgement } = await request(check, bearer, { http, tries });
    return verdictOf(answer, judgement, clock.now());
  };
  try {
    const bearer = await bearers.current();
    const verdict = await send(bearer);
    return verdict.error?.code === 'iap-token-expired' ? await send(await bearers.renew(bearer)) : verdict;
  } catch (error) {
    return noAnswer(asIapError(error));
  }
}

interface Judged {
  readonly answer: HttpResponse;
  readonly judgement: Judgement;
}

/** Same-origin redirects that are followed with the token. */
const maxRedirects = 5;

/** Asks, and follows redirects that stay on the origin: the token goes nowhere else. */
async function request(check: Check, bearer: Bearer, { http, tries }: { http: Http; tries: number }): Promise<Judged> {
  let { url } = check;
  for (let redirects = 0; ; redirects++) {
    const answer = { ...(await http(requestFor(check, url, bearer))), tries };
    const judgement = await judgeFully(answer, { ...check, url }, { bearer, http });
    const { error } = judgement;
    if (error?.code !== 'app-status' || check.followsRedirects === false) return { answer, judgement };
    const redirect = judgeRedirect(answer, url);
    if (redirect === undefined) return { answer, judgement };
    if (redirect instanceof IapError) return { answer, judgement: { ...judgement, error: redirect } };
    if (redirects === maxRedirects) return { answer, judgement: { ...judgement, error: tooMany(url) } };
    url = redirect;
  }
}

function tooMany(url: URL): IapError {
  return new IapError('app-redirect', `the app redirects more than ${maxRedirects} times`, { to: url.origin });
}

function requestFor(check: Check, url: URL, { token }: Bearer): HttpRequest {
  // A redirect asks for a page: what was sent to the first URL is not sent again.
  const isFirst = url === check.url;
  return {
    method: isFirst || check.method === 'HEAD' ? check.method : 'GET',
    url,
    headers: { ...check.headers, [check.tokenHeader]: `Bearer ${token.reveal()}` },
    ...(isFirst && check.body !== undefined ? { body: check.body } : {}),
    tries: 1,
    timeout: check.timeout,
    // Who needs all of it is told if it is too large; for the others its beginning will do.
    ...(check.needsBytes < maxBytes ? { keep: check.needsBytes } : {}),
  };
}

/** A wrong audience is told together with the right one, which the app's own sign-in redirect names. */
async function judgeFully(
  answer: HttpResponse,
  check: Check,
  { bearer, http }: { bearer: Bearer; http: Http },
): Promise<Judgement> {
  const judgement = judgeCheck(answer, check, bearer);
  if (judgement.error?.code !== 'iap-audience') return judgement;
  const single: Http = (request) => http({ ...request, tries: 1, timeout: check.timeout });
  const expectedClient = await discoverClientId(check.url, single).catch(() => undefined);
  return expectedClient === undefined ? judgement : judgeCheck(answer, check, bearer, expectedClient);
}

/** IAP's own words come first; then what the app was to answer; then what may pass with time. */
function judgeCheck(
  answer: HttpResponse,
  { url, expectations }: Check,
  { facts }: Bearer,
  expectedClient?: string,
): Judgement {
  const { audience, principal, expires_at: expiry, kind } = facts;
  const judgement = judge(answer, { url, audience, principal, expiry, kind, expectedClient });
  if (judgement.error !== undefined) return judgement;
  const [missing] = expectations.flatMap((expectation) => expectation(answer) ?? []);
  return missing === undefined ? judgement : { ...judgement, error: judgement.ifUnexpected ?? missing };
}
