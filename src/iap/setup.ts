import { createAgentCommand, invokerCommands } from './command.ts';
import { placeOf } from './place.ts';
import type { Sent } from './sent.ts';

type Asked = Pick<Sent, 'url' | 'audience'>;

/**
 * What IAP's numbered errors stand for: https://cloud.google.com/iap/docs/faq#error_codes
 * Only 52 and 900 are known by their words; the others are as Google's page told of them at one time.
 */
const meanings: Readonly<Record<string, string>> = {
  '7': "The app's OAuth client id or secret is empty.",
  '9': 'The OAuth redirect was not completed.',
  '11': "The app's OAuth client is not configured correctly.",
  '13': 'The OpenID Connect token is not valid.',
  '52': "The host name does not match the load balancer's certificate.",
  '53': "The host name does not match the load balancer's certificate.",
  '900': "IAP was sent a user's access token; it accepts an ID token or a service-account JWT.",
};

export function iapErrors(number: string): string {
  return meanings[number] ?? `iap-auth does not know IAP's error code ${number}.`;
}

export function agentMissing({ url, audience }: Asked): string {
  return `IAP's own service agent does not exist yet. Create it:\n${createAgentCommand(placeOf(url, audience))}`;
}

export function notInvoker({ url, audience }: Asked): string {
  const place = placeOf(url, audience);
  return `IAP's service agent ${place.agent} may not call the Cloud Run service. Let it:\n${invokerCommands(place)}`;
}

export function clientEmpty(): string {
  return "The app's OAuth client id or secret is empty: set both in IAP's settings.";
}
