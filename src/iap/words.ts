import { isEmail, memberOf } from '../email.ts';
import { type FactsOf, IapError } from '../errors.ts';
import { type HttpResponse, tellingBytes } from '../http.ts';
import { showUrl } from '../origin.ts';
import { grantCommands } from './command.ts';
import { isClientId, isGoogleManaged } from './discovery.ts';
import { placeOf } from './place.ts';
import { answered, type Sent } from './sent.ts';
import { agentMissing, clientEmpty, iapErrors, notInvoker } from './setup.ts';

type Explain = (words: RegExpExecArray, sent: Sent, message: string) => IapError;

/**
 * IAP's words, in the order in which they are looked for, and what each means. Google rewords its answers now and
 * then: only the telling part is looked for, in any case.
 */
const answers: readonly (readonly [RegExp, Explain])[] = [
  // Its words go on with those of another refusal, so it is looked for first.
  [/invalid gcip id token/i, (_, sent, message) => new IapError('iap-identity-platform', message, kindOf(sent))],
  [/empty token/i, (_, { url }, message) => new IapError('iap-no-token', message, { url: showUrl(url) })],
  [/unable to parse jwt/i, (_, __, message) => new IapError('iap-not-a-jwt', message, {})],
  [/jwt signature is invalid/i, (_, sent, message) => new IapError('iap-signature', message, kindOf(sent))],
  [/'email' claim/i, (_, __, message) => new IapError('iap-email-missing', message, {})],
  [/invalid jwt audience|audience doesn't match this application(?:.*expected value \(([\w.-]+)\))?/is, wrongAudience],
  [/audience specified does not match requested endpoint/i, wrongEndpoint],
  [/jwt has expired/i, (_, { expiry }, message) => new IapError('iap-token-expired', message, { expiry })],
  [/access denied\b(?:.*for user ([\w.+-]+@[\w-]+(?:\.[\w-]+)+))?/is, accessDenied],
  [/error code (\d+)/i, setup((_, [, number = '']) => iapErrors(number))],
  [/service account is not provisioned/i, setup(agentMissing)],
  [/iap for cloud run app is not set up correctly/i, setup(notInvoker)],
  [/empty google account oauth client/i, setup(clientEmpty)],
];

/** What IAP's words mean; undefined if none of them is known. A 403 is a missing role, whatever it says. */
export function iapRefusal({ status, body }: HttpResponse, sent: Sent): IapError | undefined {
  // In HTML, IAP writes its apostrophes so.
  const text = body.replaceAll('&#39;', "'");
  const message = answered('IAP', { status, body: text }, sent);
  for (const [pattern, explain] of answers) {
    const words = pattern.exec(text.slice(0, tellingBytes));
    if (words !== null) return explain(words, sent, message);
  }
  return status === 403 ? accessDenied([], sent, message) : undefined;
}

const kindOf = ({ kind, audience, url }: Sent) => ({ kind, sent: audience, expected: `${url.origin}/*` });

function wrongAudience(words: RegExpExecArray, sent: Sent, message: string): IapError {
  const { audience, url } = sent;
  // What IAP itself names counts most; the app's redirect was read earlier. Nobody sends Google's own client by chance.
  const named = [words[1], sent.expectedClient, isGoogleManaged(audience) ? audience : undefined];
  const client = named.find((id) => id !== undefined && isClientId(id)) ?? '';
  const facts = { sent: audience, known: knownOf(client, sent), client, jwt: `${url.origin}/*` };
  return new IapError('iap-audience', message, facts);
}

function knownOf(client: string, { kind, audience }: Sent): FactsOf<'iap-audience'>['known'] {
  if (kind === 'signed_jwt') return 'none needed';
  if (client === '') return 'nothing';
  if (isGoogleManaged(client)) return 'managed';
  return client === audience ? 'same' : 'other';
}

function wrongEndpoint(_: RegExpExecArray, sent: Sent, message: string): IapError {
  return new IapError('iap-jwt-audience', message, kindOf(sent));
}

function accessDenied(words: readonly string[], { url, principal, audience }: Sent, message: string): IapError {
  const email = [words[1], principal].find((one) => one !== undefined && isEmail(one)) ?? 'EMAIL';
  const commands = grantCommands(placeOf(url, audience), memberOf(email));
  return new IapError('iap-access-denied', message, { email, commands });
}

function setup(meaningOf: (sent: Sent, words: RegExpExecArray) => string): Explain {
  return (words, sent, message) => new IapError('iap-setup', message, { meaning: meaningOf(sent, words) });
}
