import type { Bearer, Bearers } from '../bearer.ts';
import type { Clock } from '../clock.ts';
import { asIapError, IapError } from '../errors.ts';
import { type Http, type HttpRequest, type HttpResponse, maxBytes } from '../http.ts';
import { type Judgement, judge } from '../iap/answer.ts';
import { discoverClientId } from '../iap/discovery.ts';
import { becomesGet, bodyHeaders, judgeRedirect, maxTrusted } from '../iap/redirect.ts';
import { isRedirect } from '../iap/sign.ts';
import { type Check, isRepeatable } from './check.ts';
import { noAnswer, type Verdict, verdictOf } from './verdict.ts';

export interface AttemptDeps {
  readonly http: Http;
  readonly clock: Clock;
  readonly bearers: Bearers;
}

/** One try of a check, with a token that is valid; one that IAP finds expired is minted anew, once. */
export async function attempt(check: Check, { http, clock, bearers }: AttemptDeps): Promise<Verdict> {
  // What the app has answered with a redirect was done.
  let isDone = false;
  const onRedirect = () => {
    isDone = !isRepeatable(check.method);
  };
  const send = async (bearer: Bearer) => {
    const { answer, judgement } = await request(check, { bearer, http, onRedirect });
    return { ...verdictOf(answer, judgement, clock.now()), isDone };
  };
  try {
    const bearer = await bearers.current();
    const verdict = await send(bearer);
    const isExpired = verdict.error?.code === 'iap-token-expired' && !isDone;
    return isExpired ? await send(await bearers.renew(bearer)) : verdict;
  } catch (error) {
    return { ...noAnswer(asIapError(error)), isDone };
  }
}

interface Judged {
  readonly answer: HttpResponse;
  readonly judgement: Judgement;
}

interface Sending {
  readonly bearer: Bearer;
  readonly http: Http;
  readonly onRedirect: () => void;
}

/** A request on the way through redirects. */
interface Hop extends Check {
  /** Whether the app chose where it goes. */
  readonly isRedirected?: true;
}

/** Asks, and follows redirects that stay on the origin: the token goes nowhere else. */
async function request(check: Check, sending: Sending): Promise<Judged> {
  let hop: Hop = check;
  for (let redirects = 0; ; redirects++) {
    const judged = await ask(hop, sending);
    const { answer, judgement } = judged;
    if (judgement.error?.code !== 'app-status' || check.followsRedirects === false) return judged;
    const redirect = judgeRedirect(answer, hop.url);
    if (redirect === undefined) return judged;
    if (redirect instanceof IapError) return { answer, judgement: { ...judgement, error: redirect } };
    if (redirects === maxTrusted) return { answer, judgement: { ...judgement, error: tooMany(hop.url) } };
    sending.onRedirect();
    hop = { ...redirected(hop, redirect, answer.status), isRedirected: true };
  }
}

/** What a redirect asks for: by most of them the same once more, elsewhere. */
function redirected(check: Check, url: URL, status: number): Check {
  if (!becomesGet(status, check.method)) return { ...check, url };
  const headers = Object.entries(check.headers).filter(([name]) => !bodyHeaders.includes(name.toLowerCase()));
  return { ...check, url, method: 'GET', body: undefined, headers: Object.fromEntries(headers) };
}

function tooMany(url: URL): IapError {
  return new IapError('app-redirect', `the app redirects more than ${maxTrusted} times`, { to: url.origin });
}

/** A HEAD's answer has no words: who refused it is told by what a GET is answered. */
async function ask(check: Hop, sending: Sending): Promise<Judged> {
  const judged = await askOnce(check, sending);
  const { answer, judgement } = judged;
  if (check.method !== 'HEAD' || (answer.status < 400 && judgement.error === undefined)) return judged;
  if (isRedirect(answer)) return judged;
  const isFailed = judgement.error !== undefined;
  const told = await askOnce({ ...check, method: 'GET' }, sending).catch((error) =>
    isFailed ? ofNetwork(error) : Promise.reject(error),
  );
  if (told === undefined) return judged;
  const isElse = told.judgement.error !== undefined && told.judgement.answeredBy !== 'app';
  return isElse ? told : judged;
}

/** A failure stands without it; a pass does not, as long as nobody tells whose it is. */
function ofNetwork(error: unknown): undefined {
  if (error instanceof IapError) return undefined;
  throw error;
}

async function askOnce(check: Hop, { bearer, http }: Omit<Sending, 'onRedirect'>): Promise<Judged> {
  const answer = await http(requestFor(check, bearer));
  return { answer, judgement: await judgeFully(answer, check, { bearer, http }) };
}

function requestFor(check: Hop, { token }: Bearer): HttpRequest {
  const { method, url, headers, body, timeout } = check;
  return {
    method,
    url,
    headers: { ...headers, [check.tokenHeader]: `Bearer ${token.reveal()}` },
    ...(body === undefined ? {} : { body }),
    // Its path may hold what the app was sent.
    hidesPath: check.isRedirected === true,
    tries: 1,
    timeout,
    // Who needs all of it is told if it is too large; for the others its beginning will do.
    ...(check.needsBytes < maxBytes ? { keep: check.needsBytes } : {}),
  };
}

/** A wrong audience is told together with the right one, which the app's own sign-in redirect names. */
async function judgeFully(
  answer: HttpResponse,
  check: Check,
  { bearer, http }: Omit<Sending, 'onRedirect'>,
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
  { url, expectations, hidesAnswer }: Check,
  { facts }: Bearer,
  expectedClient?: string,
): Judgement {
  const { audience, principal, expires_at: expiry, kind } = facts;
  const judgement = judge(answer, { url, audience, principal, expiry, kind, expectedClient, hidesAnswer });
  if (judgement.error !== undefined) return judgement;
  for (const expectation of expectations) {
    const missing = expectation(answer);
    if (missing !== undefined) return { ...judgement, error: judgement.ifUnexpected ?? missing };
  }
  // It is what the app was to say, whoever else may say the same.
  return { answeredBy: 'app' };
}
