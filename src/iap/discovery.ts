import { IapError } from '../errors.ts';
import type { Http } from '../http.ts';
import { showUrl } from '../origin.ts';
import { excerpt } from '../text.ts';
import { busy, unavailable } from './busy.ts';
import { isIap } from './sign.ts';

// Seen once as the owner of IAP's Google-managed client; it may change (unsure).
const googleManaged = '369001918367-';

/**
 * IAP's client id, from where it sends a caller without a token. Whoever answers at the URL is believed, as far as
 * IAP's own form goes: a client id that is set by hand is safer.
 * https://cloud.google.com/iap/docs/authentication-howto
 *
 * @throws {IapError} `discovery-failed`; `rate-limited` or `unavailable` if it cannot be told yet; and no answer's codes
 */
export async function discoverClientId(url: URL, http: Http, hidesAnswer = false): Promise<string> {
  const { status, headers, body, tries } = await http({ method: 'GET', url });
  const isFromIap = isIap({ status, headers });
  const location = headers['location'] ?? '';
  const target = URL.canParse(location) ? new URL(location) : undefined;
  // An app that names a client of its own choosing would be sent a token for it: only IAP's word counts.
  const id = isFromIap && target !== undefined ? clientIdIn(target) : undefined;
  if (id !== undefined) return id;
  if (status >= 500)
    throw unavailable(url, `last answered ${status}${hidesAnswer ? '' : `, "${excerpt(body)}"`}`, tries);
  const limited = busy({ status, tries }, url);
  if (limited !== undefined) throw limited;
  const answer = `${isFromIap ? 'IAP' : 'not IAP, but the app or something in front of it,'} answered ${status} without a client id`;
  throw new IapError('discovery-failed', `no IAP client id found at ${showUrl(url)}: status ${status}`, {
    url: showUrl(url),
    answer,
  });
}

/** The client id of a sign-in that comes back to IAP itself, and to the same client. */
function clientIdIn({ origin, searchParams }: URL): string | undefined {
  const id = searchParams.get('client_id') ?? '';
  const returnsTo = `https://iap.googleapis.com/v1/oauth/clientIds/${id}:handleRedirect`;
  const isIaps = origin === 'https://accounts.google.com' && searchParams.get('redirect_uri') === returnsTo;
  return isIaps && isClientId(id) ? id : undefined;
}

/** Whether an app with this client takes no ID token at all, as far as the id tells. */
export function isGoogleManaged(clientId: string): boolean {
  return clientId.startsWith(googleManaged);
}

/** Whether `text` is an OAuth client id of Google's, and nothing else. */
export function isClientId(text: string): boolean {
  return /^\d+-[\w-]+\.apps\.googleusercontent\.com$/.test(text);
}
