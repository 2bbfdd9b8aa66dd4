import { IapError } from '../errors.ts';
import { type HttpResponse, tellingBytes } from '../http.ts';
import { showUrl } from '../origin.ts';
import type { AnsweredBy } from '../report/result.ts';
import { excerpt } from '../text.ts';
import { busy, unavailable } from './busy.ts';
import { createAgentCommand, ingressCommand, invokerCommands, routeCommand } from './command.ts';
import { placeOf } from './place.ts';
import { answered, type Sent } from './sent.ts';

/** Where the request went, and what for. */
export type Asked = Pick<Sent, 'url'> & Partial<Pick<Sent, 'audience' | 'hidesAnswer'>>;

/** Who answered without IAP's mark. */
interface Front {
  readonly answeredBy: AnsweredBy;
  /** It was surely not the app. */
  readonly error?: IapError;
  /** What it means if it is not what was expected: an app may answer the same. */
  readonly ifUnexpected?: IapError;
}

interface Sign {
  /** Any, where there are none. */
  readonly statuses?: readonly number[];
  readonly answeredBy: AnsweredBy;
  /** An app may show it itself. */
  readonly isUnsure?: true;
  readonly shows: (answer: HttpResponse, url: URL) => boolean;
  readonly explain: (answer: HttpResponse, asked: Asked) => IapError;
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
  {
    statuses: [401],
    answeredBy: 'cloud-run',
    shows: (a) => isInvalidToken(a) && noPermission.test(headOf(a)),
    explain: invoker,
  },
  { statuses: [401], answeredBy: 'cloud-run', isUnsure: true, shows: isInvalidToken, explain: invoker },
  { statuses: [404], answeredBy: 'edge', shows: (a) => isPage(a) && isNotFound(headOf(a)), explain: notFound },
  { statuses: [404], answeredBy: 'load-balancer', shows: isNoBackend, explain: notRouted },
  { answeredBy: 'load-balancer', shows: isInjected, explain: injected },
  // On run.app there is no load balancer of the user's: Google's page is Cloud Run's.
  {
    statuses: [502, 503, 504],
    answeredBy: 'cloud-run',
    shows: (a, url) => isServerError(a) && isRun(url),
    explain: notReady,
  },
  { statuses: [502, 503, 504], answeredBy: 'load-balancer', shows: isServerError, explain: notReady },
];

/** Who answered, where IAP did not: the app, unless signs tell of somebody before it. */
export function frontOf(answer: HttpResponse, asked: Asked): Front {
  const sign = signs.find(
    ({ statuses, shows }) => (statuses?.includes(answer.status) ?? true) && shows(answer, asked.url),
  );
  if (sign === undefined) {
    const ifUnexpected = busy(answer, asked.url);
    return { answeredBy: 'app', ...(ifUnexpected && { ifUnexpected }) };
  }
  const { answeredBy, isUnsure, explain } = sign;
  const error = explain(answer, asked);
  return isUnsure ? { answeredBy, ifUnexpected: error } : { answeredBy, error };
}

const noPermission = /client does not have permission to (?:get|the requested) url/i;

function headOf({ body }: HttpResponse): string {
  return body.slice(0, tellingBytes);
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
  return (
    isByGoogle(answer) &&
    /^\s*(?:no healthy upstream|upstream (?:connect error|request timeout)|stream timeout)/i.test(text)
  );
}

/** What a load balancer says where no backend is meant, and GKE's default backend (unsure of the wording of either). */
function isNoBackend(answer: HttpResponse): boolean {
  const words = /^\s*(?:response 404 \(backend notfound\), service rules\b|default backend - 404\s*$)/i;
  return isByGoogle(answer) && words.test(headOf(answer));
}

/** A fault that the load balancer was told to inject, in Envoy's words (unsure). */
function isInjected(answer: HttpResponse): boolean {
  return isByGoogle(answer) && /^\s*fault filter abort\s*$/i.test(headOf(answer));
}

function isByGoogle({ headers }: HttpResponse): boolean {
  return /\bgoogle\b/i.test(headers['via'] ?? '');
}

const isRun = ({ hostname }: URL): boolean => hostname.endsWith('.run.app');

function invoker(answer: HttpResponse, asked: Asked): IapError {
  const { url, audience } = asked;
  const place = placeOf(url, audience);
  const message = answered('Cloud Run', answer, asked);
  const commands = `${invokerCommands(place)}\nIf there is no such account yet, create it first:\n${createAgentCommand(place)}`;
  return new IapError('cloud-run-invoker', message, { url: showUrl(url), commands });
}

/** Cloud Run keeps some paths to itself: https://cloud.google.com/run/docs/known-issues */
function notFound({ status }: HttpResponse, { url, audience }: Asked): IapError {
  const place = placeOf(url, audience);
  const message = `Google's edge, not the app, answered ${status} for ${excerpt(url.pathname)}`;
  const isReserved = /^\/(?:_ah\/|eventlog$)|z$/.test(url.pathname);
  const why = isReserved
    ? 'Google reserves /healthz, and some other paths that end in z, on run.app addresses: call another path.'
    : 'The app may be closed to the internet (ingress), or nothing is deployed at this address.';
  const ingress = "A service with internal ingress answers only at its load balancer's address: call that";
  return new IapError('edge-not-found', message, {
    why,
    fix: `${ingress}, or open the run.app address:\n${ingressCommand(place)}`,
  });
}

function notRouted(answer: HttpResponse, asked: Asked): IapError {
  const { url, audience } = asked;
  const message = answered('the load balancer, not the app,', answer, asked);
  const why = `No rule of the load balancer's leads from ${showUrl(url)} to the app.`;
  const fix = `Look at the hosts and paths of its URL map, or of the Ingress:\n${routeCommand(placeOf(url, audience))}`;
  return new IapError('edge-not-found', message, { why, fix });
}

function notReady({ status, tries }: HttpResponse, { url }: Asked): IapError {
  return unavailable(url, `last answered ${status}`, tries);
}

function injected({ status, tries }: HttpResponse, { url }: Asked): IapError {
  return unavailable(url, `answered ${status}, a fault that its load balancer was told to inject`, tries);
}
