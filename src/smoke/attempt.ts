import type { Bearer, Bearers } from '../bearer.ts';
import type { Clock } from '../clock.ts';
import { asIapError, IapError } from '../errors.ts';
import { type Http, type HttpRequest, type HttpResponse, maxBytes } from '../http.ts';
import { type Judgement, judge } from '../iap/answer.ts';
import { discoverClientId } from '../iap/discovery.ts';
import { becomesGet, bodyHeaders, judgeRedirect } from '../iap/redirect.ts';
import { isRedirect } from '../iap/sign.ts';
import type { Check } from './check.ts';
import { noAnswer, type Verdict, verdictOf } from './verdict.ts';

export interface AttemptDeps {
  readonly http: Http;
  readonly clock: Clock;
  readonly bearers: Bearers;
}

/** One try of a check, with a token that is valid; one that IAP finds expired is minted anew, once. */
export async function attempt(check: Check, { http, clock, bearers }: AttemptDeps): Promise<Verdict> {
  const send = async (bearer: Bearer) => {
    const { answer, judgement } = await request(check, { bearer, http });
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

interface Sending {
  readonly bearer: Bearer;
  readonly http: Http;
}

/** Same-origin redirects that are followed with the token. */
const maxRedirects = 5;

/** Asks, and follows redirects that stay on the origin: the token goes nowhere else. */
async function request(check: Check, sending: Sending): Promise<Judged> {
  let hop = check;
  for (let redirects = 0; ; redirects++) {
    const judged = await ask(hop, sending);
    const { answer, judgement } = judged;
    if (judgement.error?.code !== 'app-status' || check.followsRedirects === false) return judged;
    const redirect = judgeRedirect(answer, hop.url);
    if (redirect === undefined) return judged;
    if (redirect instanceof IapError) return { answer, judgement: { ...judgement, error: redirect } };
    if (redirects === maxRedirects) return { answer, judgement: { ...judgement, error: tooMany(hop.url) } };
    hop = redirected(hop, redirect, answer.status);
  }
}

/** What a redirect asks for: by most of them the same once more, elsewhere. */
function redirected(check: Check, url: URL, status: number): Check {
  if (!becomesGet(status, check.method)) return { ...check, url };
  const headers = Object.entries(check.headers).filter(([name]) => !bodyHeaders.includes(name.toLowerCase()));
  return { ...check, url, method: 'GET', body: undefined, headers: Object.fromEntries(headers) };
}

function tooMany(url: URL): IapError {
  return new IapError('app-redirect', `the app redirects more than ${maxRedirects} times`, { to: url.origin });
}

/** A HEAD's answer has no words: who refused it is told by what a GET is answered. */
async function ask(check: Check, sending: Sending): Promise<Judged> {
  const judged = await askOnce(check, sending);
  const { answer, judgement } = judged;
  if (check.method !== 'HEAD' || (answer.status < 400 && judgement.error === undefined)) return judged;
  if (isRedirect(answer)) return judged;
  const told = await askOnce({ ...check, method: 'GET' }, sending);
  const isElse = told.judgement.error !== undefined && told.judgement.answeredBy !== 'app';
  return isElse ? told : judged;
}

async function askOnce(check: Check, { bearer, http }: Sending): Promise<Judged> {
  const answer = await http(requestFor(check, bearer));
  return { answer, judgement: await judgeFully(answer, check, { bearer, http }) };
}

function requestFor(check: Check, { token }: Bearer): HttpRequest {
  const { method, url, headers, body, timeout } = check;
  return {
    method,
    url,
    headers: { ...headers, [check.tokenHeader]: `Bearer ${token.reveal()}` },
    ...(body === undefined ? {} : { body }),
    tries: 1,
    timeout,
    // Who needs all of it is told if it is too large; for the others its beginning will do.
    ...(check.needsBytes < maxBytes ? { keep: check.needsBytes } : {}),
  };
}

/** A wrong audience is told together with the right one, which the app's own sign-in redirect names. */
async function judgeFully(answer: HttpResponse, check: Check, { bearer, http }: Sending): Promise<Judgement> {
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
  for (const expectation of expectations) {
    const missing = expectation(answer);
    if (missing !== undefined) return { ...judgement, error: judgement.ifUnexpected ?? missing };
  }
  // It is what the app was to say, whoever else may say the same.
  return { answeredBy: 'app' };
}
