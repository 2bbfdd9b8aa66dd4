import { failure } from './failure.ts';

const role = 'roles/iap.httpsResourceAccessor';

/** What IAP itself answers instead of letting a request through to the app. */
export const iapFailures = {
  'discovery-failed': failure(
    'no',
    'the app’s answer names no client id of IAP',
    (f: { url: string; answer: string }) =>
      `${f.url} was called without a token; ${f.answer}. Is IAP turned on for it? If you know the client id, set target_audience to it.`,
  ),
  'iap-no-token': failure(
    'no',
    'IAP saw no token, though one was sent (`empty token`)',
    (f: { url: string }) =>
      `Something before IAP removed the Authorization header, or ${f.url} redirects inside. Call the address that IAP itself serves.`,
  ),
  'iap-not-a-jwt': failure(
    'no',
    'IAP cannot read the token (`Unable to parse JWT`)',
    () => 'IAP takes an ID token, not an access token or an API key. Send it once: not "Bearer Bearer …".',
  ),
  'iap-signature': failure(
    'no',
    'IAP does not accept the signature (`JWT signature is invalid`)',
    () =>
      "The token is not signed by Google: the CI's own OIDC token must be exchanged first. A key that was just rotated does this too.",
  ),
  'iap-email-missing': failure(
    'no',
    'the token has no email (`JWT ’email’ claim isn’t a string`)',
    () =>
      'Mint the token with its email: generateIdToken needs includeEmail, the metadata server format=full. iap-auth does both.',
  ),
  'iap-audience': failure(
    'no',
    'the token is for another app (`Invalid JWT audience`)',
    (f: { sent: string; expected: string }) =>
      `The token was for ${f.sent}. ${f.expected}\n` +
      "If this app uses IAP's Google-managed OAuth client (the default since 2025), it takes no ID token at all: set token_kind: signed_jwt.",
  ),
  'iap-jwt-audience': failure(
    'no',
    'a service-account JWT is for another URL (`Audience specified does not match requested endpoint`)',
    (f: { sent: string; expected: string }) => `The JWT was for ${f.sent}. IAP wants ${f.expected}, or the exact URL.`,
  ),
  'iap-token-expired': failure(
    'no',
    'the token has expired (`JWT has expired`)',
    (f: { expiry: string }) =>
      `The token expired at ${f.expiry}. A token lives one hour: mint it in the job that uses it.`,
  ),
  'iap-access-denied': failure(
    'grant',
    'IAP knows the account, but it lacks the role on this app',
    (f: { email: string; member: string; project: string }) =>
      `IAP saw ${f.email}. Grant it the role ${role}:\n` +
      `gcloud iap web add-iam-policy-binding --project=${f.project} --member=${f.member} --role=${role}\n` +
      'That is for all apps of the project; for one alone, add --resource-type and --service. A fresh grant takes about 2 minutes, sometimes more than 7.',
  ),
  'iap-identity-platform': failure(
    'no',
    'IAP runs on Identity Platform (`Invalid GCIP ID token`)',
    () =>
      "This app's IAP signs users in through Identity Platform and takes no Google ID token. It takes a JWT of a service account's own: set token_kind: signed_jwt.",
  ),
  'iap-setup': failure(
    'no',
    'IAP is not set up completely',
    (f: { meaning: string }) =>
      `${f.meaning} See https://cloud.google.com/iap/docs/faq#error_codes and the app's row under Security > Identity-Aware Proxy.`,
  ),
  'iap-sign-in-redirect': failure(
    'no',
    'IAP sends the request to Google’s sign-in page, though a token was sent',
    (f: { url: string }) =>
      `IAP did not accept the token for ${f.url} and asks a person to sign in. The redirect was not followed: it ends in a page that answers 200.`,
  ),
  'iap-refused': failure(
    'wait',
    'IAP refuses in words that are not known here; waited for on 5xx',
    (f: { url: string }) =>
      `IAP, not the app, answered ${f.url}. Its words are above: https://cloud.google.com/iap/docs/faq explains most.`,
  ),
};
