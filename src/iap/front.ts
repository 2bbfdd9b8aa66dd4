import { IapError } from '../errors.ts';
import type { HttpResponse } from '../http.ts';
import type { AnsweredBy } from '../report/result.ts';
import { excerpt } from '../text.ts';
import { createAgentCommand, ingressCommand, invokerCommands } from './command.ts';
import { placeOf } from './place.ts';
import type { Sent } from './sent.ts';

/** Where the request went, and what for. */
export type Asked = Pick<Sent, 'url'> & Partial<Pick<Sent, 'audience'>>;

/** Who answered without IAP's mark, and what that means if it is not what was expected. */
interface Front {
  readonly answeredBy: AnsweredBy;
  readonly error?: IapError;
}

interface Sign {
  readonly statuses: readonly number[];
  readonly answeredBy: AnsweredBy;
  readonly shows: (answer: HttpResponse, url: URL) => boolean;
  readonly explain: (answer: HttpResponse, asked: Asked) => IapError | undefined;
}

/**
 * What stands between IAP and the app, by pages that are Google's own. An app may say nearly the same, so more than
 * one sign is asked for: a page, not JSON, with Google's own wording. `server: Google Frontend` and `via: 1.1 google`
 * are no such sign: both stand on answers of the app as well.
 */
const signs: readonly Sign[] = [
  {
    statuses: [403],
    answeredBy: 'cloud-run',
    shows: (a) => isPage(a) && noPermission.test(headOf(a)),
    explain: invoker,
  },
  { statuses: [401], answeredBy: 'cloud-run', shows: isInvalidToken, explain: invoker },
  { statuses: [404], answeredBy: 'edge', shows: (a) => isPage(a) && isNotFound(headOf(a)), explain: notFound },
  // On run.app there is no load balancer of the user's: Google's page is Cloud Run's.
  {
    statuses: [502, 503, 504],
    answeredBy: 'cloud-run',
    shows: (a, url) => isServerError(a) && isRun(url),
    explain: busy,
  },
  { statuses: [502, 503, 504], answeredBy: 'load-balancer', shows: isServerError, explain: busy },
];

/** Who answered, where IAP did not: the app, unless signs tell of somebody before it. */
export function frontOf(answer: HttpResponse, asked: Asked): Front {
  const sign = signs.find(({ statuses, shows }) => statuses.includes(answer.status) && shows(answer, asked.url));
  const error = sign === undefined ? busy(answer, asked) : sign.explain(answer, asked);
  return { answeredBy: sign?.answeredBy ?? 'app', ...(error === undefined ? {} : { error }) };
}

/** What passes with time, whoever says it. */
export function busy({ status, tries }: HttpResponse, { url }: Asked): IapError | undefined {
  if (status === 429)
    return new IapError('rate-limited', `${url.host} answered 429, too many requests`, { url: url.href });
  if (status === 502 || status === 503 || status === 504) {
    return new IapError('unavailable', `${url.host} answered ${status} each time`, { url: url.href, tries });
  }
  return undefined;
}

const noPermission = /client does not have permission to (?:get|the requested) url/i;

function headOf({ body }: HttpResponse): string {
  return body.slice(0, 64 * 1024);
}

function isPage({ headers, body }: HttpResponse): boolean {
  const type = headers['content-type'] ?? '';
  return type === '' ? body.trimStart().startsWith('<') : /^\s*text\/html\b/i.test(type);
}

/**
 * Any resource server answers 401 with `Bearer error="invalid_token"` (RFC 6750 §3), and most describe it in words of
 * their own. Cloud Run says that and no more, or in its own words (unsure of the latter).
 */
function isInvalidToken(answer: HttpResponse): boolean {
  const said = answer.headers['www-authenticate'] ?? '';
  if (!/^\s*bearer\b.*error="?invalid_token\b/i.test(said)) return false;
  if (answer.body.trim() !== '' && !isPage(answer)) return false;
  const isBare = /^\s*bearer\s+error="?invalid_token"?\s*$/i.test(said);
  return isBare || /access token could not be verified/i.test(said) || noPermission.test(headOf(answer));
}

/** Two styles of page. `Page not found` alone is what many an app says, the title and the heading even. */
function isNotFound(text: string): boolean {
  if (/error 404 \(not found\)!!1/i.test(text)) return true;
  return /<title>\s*404 page not found/i.test(text) && /<h1>\s*error: page not found/i.test(text);
}

/** Google's page, in its two styles; or what a load balancer built on Envoy says, as an Envoy of one's own would (unsure). */
function isServerError(answer: HttpResponse): boolean {
  const text = headOf(answer);
  const isGoogles =
    /\berror 50[234] \((?:server error|bad gateway|gateway timeout)\)!!1|<title>\s*50[234] server error/i;
  if (isPage(answer) && isGoogles.test(text)) return true;
  const isGoogle = /\bgoogle\b/i.test(answer.headers['via'] ?? '');
  return (
    isGoogle && /^\s*(?:no healthy upstream|upstream (?:connect error|request timeout)|stream timeout)/i.test(text)
  );
}

const isRun = ({ hostname }: URL): boolean => hostname.endsWith('.run.app');

function invoker({ status, body }: HttpResponse, { url, audience }: Asked): IapError {
  const place = placeOf(url, audience);
  const message = `Cloud Run answered ${status}, "${excerpt(body)}"`;
  const commands = `${invokerCommands(place)}\nIf there is no such account yet, create it first:\n${createAgentCommand(place)}`;
  return new IapError('cloud-run-invoker', message, { url: url.href, commands });
}

/** Cloud Run keeps some paths to itself: https://cloud.google.com/run/docs/known-issues */
function notFound({ status }: HttpResponse, { url, audience }: Asked): IapError {
  const place = placeOf(url, audience);
  const message = `Google's edge, not the app, answered ${status} for ${excerpt(url.pathname)}`;
  const isReserved = /^\/(?:_ah\/|eventlog$)|z$/.test(url.pathname);
  const why = isReserved
    ? 'On a run.app address Google keeps /healthz, and some other paths that end in z, to itself: call another path.'
    : 'The app may be closed to the internet (ingress), or nothing is deployed at this address.';
  return new IapError('edge-not-found', message, { why, command: ingressCommand(place) });
}
