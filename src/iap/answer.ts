import { memberOf } from '../email.ts';
import { IapError } from '../errors.ts';
import type { HttpResponse } from '../http.ts';
import type { AnsweredBy } from '../report/result.ts';
import { excerpt } from '../text.ts';
import { iapErrors } from './setup.ts';

/** What was sent, as far as a hint has to name it. */
export interface Sent {
  readonly url: URL;
  readonly audience: string;
  readonly principal: string;
  /** RFC 3339. */
  readonly expiry: string;
}

/** Who answered; and why, if the request did not reach the app. */
export interface Judgement {
  readonly answeredBy: AnsweredBy;
  readonly error?: IapError;
}

/**
 * Who answered a request that carried a token. IAP marks each of its own answers with a header:
 * https://cloud.google.com/iap/docs/faq
 */
export function judge(answer: HttpResponse, sent: Sent): Judgement {
  const isIap = answer.headers['x-goog-iap-generated-response']?.toLowerCase() === 'true';
  const answeredBy = isIap ? 'iap' : 'app';
  const refusal = isIap ? iapRefusal(answer, sent) : undefined;
  const error =
    refusal ?? signInRedirect(answer, sent) ?? (isIap ? (busy(answer, sent) ?? refused(answer, sent)) : undefined);
  return error === undefined ? { answeredBy } : { answeredBy, error };
}

type Explain = (words: RegExpExecArray, sent: Sent, message: string) => IapError;

/**
 * IAP's words, in the order in which they are looked for, and what each means. Google rewords its answers now and
 * then: only the telling part is looked for, in any case.
 */
const answers: readonly (readonly [RegExp, Explain])[] = [
  // Its words go on with those of another refusal, so it is looked for first.
  [/invalid gcip id token/i, (_, __, message) => new IapError('iap-identity-platform', message, {})],
  [/empty token/i, (_, { url }, message) => new IapError('iap-no-token', message, { url: url.href })],
  [/unable to parse jwt/i, (_, __, message) => new IapError('iap-not-a-jwt', message, {})],
  [/jwt signature is invalid/i, (_, __, message) => new IapError('iap-signature', message, {})],
  [/'email' claim/i, (_, __, message) => new IapError('iap-email-missing', message, {})],
  [/invalid jwt audience|audience doesn't match this application(?:.*expected value \(([\w.-]+)\))?/is, wrongAudience],
  [/audience specified does not match requested endpoint/i, wrongEndpoint],
  [/jwt has expired/i, (_, { expiry }, message) => new IapError('iap-token-expired', message, { expiry })],
  [/access denied\b(?:.*for user ([\w.+-]+@[\w-]+(?:\.[\w-]+)+))?/is, accessDenied],
  [
    /error code (\d+)/i,
    (words, _, message) => new IapError('iap-setup', message, { meaning: iapErrors(words[1] ?? '') }),
  ],
  [
    /service account is not provisioned/i,
    setup(
      "IAP's own service agent does not exist yet. Create it: gcloud beta services identity create --service=iap.googleapis.com",
    ),
  ],
  [
    /iap for cloud run app is not set up correctly/i,
    setup(
      "IAP's service agent may not call the service: give service-PROJECT_NUMBER@gcp-sa-iap.iam.gserviceaccount.com the role roles/run.invoker.",
    ),
  ],
  [
    /empty google account oauth client/i,
    setup("The app's OAuth client id or secret is empty: set both in IAP's settings."),
  ],
];

function setup(meaning: string): Explain {
  return (_, __, message) => new IapError('iap-setup', message, { meaning });
}

function wrongAudience(words: RegExpExecArray, { audience }: Sent, message: string): IapError {
  const expected = words[1]
    ? `The app expects ${words[1]}: use that as target_audience.`
    : "Use the app's own OAuth client id: gcloud iap settings, or the console under Security > Identity-Aware Proxy, shows it.";
  return new IapError('iap-audience', message, { sent: audience, expected });
}

function wrongEndpoint(_: RegExpExecArray, { audience, url }: Sent, message: string): IapError {
  return new IapError('iap-jwt-audience', message, { sent: audience, expected: `${url.origin}/*` });
}

function accessDenied(words: RegExpExecArray, { principal, audience }: Sent, message: string): IapError {
  const email = words[1] ?? principal;
  // A client id begins with the number of the project that owns it: on a custom client, the app's.
  const project = /^(\d+)-/.exec(audience)?.[1] ?? 'PROJECT_ID';
  return new IapError('iap-access-denied', message, { email, member: memberOf(email), project });
}

function iapRefusal({ status, body }: HttpResponse, sent: Sent): IapError | undefined {
  for (const [pattern, explain] of answers) {
    const words = pattern.exec(body.slice(0, 64 * 1024));
    if (words !== null) return explain(words, sent, `IAP answered ${status}, "${excerpt(body)}"`);
  }
  return undefined;
}

function refused({ status, body }: HttpResponse, { url }: Sent): IapError {
  const message = `IAP answered ${status}, "${excerpt(body)}"`;
  return new IapError('iap-refused', message, { url: url.href });
}

function signInRedirect({ status, headers }: HttpResponse, { url }: Sent): IapError | undefined {
  const location = headers['location'] ?? '';
  const target = URL.canParse(location, url.href) ? new URL(location, url).hostname : '';
  if (status < 300 || status > 399 || target !== 'accounts.google.com') return undefined;
  return new IapError('iap-sign-in-redirect', `${status} to the sign-in page of accounts.google.com`, {
    url: url.href,
  });
}

/** What passes with time, whoever says it. */
export function busy({ status, tries }: HttpResponse, { url }: Pick<Sent, 'url'>): IapError | undefined {
  if (status === 429)
    return new IapError('rate-limited', `${url.host} answered 429, too many requests`, { url: url.href });
  if (status === 502 || status === 503 || status === 504) {
    return new IapError('unavailable', `${url.host} answered ${status} each time`, { url: url.href, tries });
  }
  return undefined;
}
