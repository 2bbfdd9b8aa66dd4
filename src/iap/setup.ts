/**
 * What IAP's numbered errors stand for: https://cloud.google.com/iap/docs/faq#error_codes
 * Only 52 and 900 are known by their words; the others are as Google's page told of them at one time.
 */
const meanings: Readonly<Record<string, string>> = {
  '7': "The app's OAuth client id or secret is empty.",
  '9': 'The OAuth redirect was not completed.',
  '11': "The app's OAuth client is not configured rightly.",
  '13': 'The OpenID Connect token is not valid.',
  '52': "The host name does not match the load balancer's certificate.",
  '53': "The host name does not match the load balancer's certificate.",
  '900': "IAP was given a user's access token, and takes ID tokens only.",
};

export function iapErrors(number: string): string {
  return meanings[number] ?? `IAP's error code ${number} is not known here.`;
}
