import { failure } from './failure.ts';

const useJwt =
  "cannot be the audience of an ID token: set token_kind: signed_jwt, with a service account's credential.";
const second = `If that is what was sent, IAP here uses its Google-managed OAuth client (the default since 2025), which ${useJwt}`;

/** What mends a wrong audience, by what is known of the client id that IAP uses for the app. */
const audienceFixes = {
  nothing: () =>
    `Use the app's own OAuth client id: set target_audience to discover, or see the console under Security > Identity-Aware Proxy.\n${second}`,
  other: (client: string) => `The app expects ${client}: use that as target_audience.`,
  same: () => `IAP in front of the app uses that very OAuth client id.\n${second}`,
  managed: (client: string) =>
    `IAP in front of the app uses the OAuth client id ${client}, its Google-managed client, which ${useJwt}`,
};

/** What IAP itself answers instead of letting a request through to the app. */
export const iapFailures = {
  'discovery-failed': failure(
    'no',
    'the app’s answer does not contain IAP’s OAuth client id',
    (f: { url: string; answer: string }) =>
      `${f.url} was called without a token; ${f.answer}. Is IAP turned on for it? If you know the client id, set target_audience to it.`,
  ),
  'iap-no-token': failure(
    'no',
    'IAP saw no token, though one was sent (`empty token`)',
    (f: { url: string }) =>
      `Something in front of IAP removed the Authorization header (Proxy-Authorization, if token_header says so), or ${f.url} redirects internally. Call the address that IAP itself serves.`,
  ),
  'iap-not-a-jwt': failure(
    'no',
    'IAP cannot read the token (`Unable to parse JWT`)',
    () =>
      'IAP accepts an ID token or a service-account JWT, not an access token or an API key. Write Bearer once, not "Bearer Bearer …".',
  ),
  'iap-signature': failure(
    'no',
    'IAP does not accept the signature (`JWT signature is invalid`)',
    (f: { kind: string }) =>
      f.kind === 'signed_jwt'
        ? "None of the account's current keys signed the JWT: the key was deleted, or has just been rotated. Use a key that works, or let IAM sign."
        : "The token is not signed by Google: the CI's own OIDC token must be exchanged first. It can also mean that Google has just rotated its keys.",
  ),
  'iap-email-missing': failure(
    'no',
    'the token has no email (`JWT ’email’ claim isn’t a string`)',
    () =>
      'Mint the token with its email: generateIdToken needs includeEmail, the metadata server format=full. iap-auth does both.',
  ),
  'iap-audience': failure(
    'no',
    'the token is for another app (`Invalid JWT audience`), or IAP uses its Google-managed client, which takes no ID token',
    (f: { sent: string; known: keyof typeof audienceFixes | 'none needed'; client: string; jwt: string }) =>
      f.known === 'none needed'
        ? `The JWT was for ${f.sent}. IAP expects ${f.jwt}: leave target_audience out.`
        : `The token was for ${f.sent}. ${audienceFixes[f.known](f.client)}`,
    { sent: 'SENT', known: 'nothing', client: '', jwt: '' },
  ),
  'iap-jwt-audience': failure(
    'no',
    'a service-account JWT is for another URL (`Audience specified does not match requested endpoint`)',
    (f: { kind: string; sent: string; expected: string }) =>
      f.kind === 'id_token'
        ? `The token was for ${f.sent}, and IAP read it as a service-account JWT, which must be for ${f.expected}. To send one, set token_kind: signed_jwt.`
        : `The JWT was for ${f.sent}. IAP expects ${f.expected}, or the exact URL: leave target_audience out.`,
    { kind: 'signed_jwt', sent: 'SENT', expected: 'https://HOST/*' },
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
    (f: { email: string; commands: string }) =>
      `IAP saw ${f.email}. Grant it the role roles/iap.httpsResourceAccessor:\n${f.commands}\n` +
      'A fresh grant takes about 2 minutes, sometimes more than 7: propagation_wait waits for it.',
    {
      email: 'EMAIL',
      commands:
        'gcloud iap web add-iam-policy-binding --project=PROJECT_ID --resource-type=cloud-run --service=SERVICE --region=REGION --member=MEMBER --role=roles/iap.httpsResourceAccessor',
    },
  ),
  'iap-identity-platform': failure(
    'no',
    'IAP runs on Identity Platform (`Invalid GCIP ID token`)',
    (f: { kind: string; sent: string; expected: string }) =>
      "This app's IAP signs users in through Identity Platform and accepts no Google ID token. It accepts a JWT that a service account signed itself. " +
      (f.kind === 'signed_jwt'
        ? `The one sent was for ${f.sent}; it must be for ${f.expected}, or for the exact URL.`
        : 'Set token_kind: signed_jwt.'),
  ),
  'iap-setup': failure(
    'no',
    'IAP is not set up completely',
    (f: { meaning: string }) =>
      `${f.meaning}\nSee https://cloud.google.com/iap/docs/faq#error_codes and the app's row under Security > Identity-Aware Proxy.`,
  ),
  'iap-sign-in-redirect': failure(
    'no',
    'the request is sent to Google’s sign-in page, though a token was sent',
    (f: { url: string }) =>
      `IAP did not accept the token for ${f.url} and asks a person to sign in; or the app behind it has a Google sign-in of its own. The redirect was not followed: it leads to a page that answers 200.`,
  ),
  'iap-refused': failure(
    'wait',
    'IAP refused with a message that iap-auth does not know; waited for on 5xx',
    (f: { url: string }) =>
      `IAP, not the app, answered ${f.url}. Its message is above: https://cloud.google.com/iap/docs/faq explains most of them.`,
  ),
};
