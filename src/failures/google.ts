import { failure } from './failure.ts';

/** What a Google token service refuses while a token is minted. */
export const googleFailures = {
  'key-rejected': failure(
    'no',
    'Google does not accept the signature of the key (`Invalid JWT Signature.`)',
    (f: { account: string; keyId: string }) =>
      `The key ${f.keyId} of ${f.account} was probably deleted, disabled or rotated. List the keys that work, then store a new one:\n` +
      `gcloud iam service-accounts keys list --iam-account=${f.account}`,
  ),
  'account-unknown': failure(
    'no',
    'Google does not know the service account (`account not found`)',
    (f: { account: string }) =>
      `${f.account} was deleted, or the email in the credential is wrong. Look for it with:\n` +
      `gcloud iam service-accounts describe ${f.account}`,
  ),
  'clock-skew': failure(
    'no',
    'this machine and Google disagree about the time, even after one more try with Google’s clock',
    (f: { seconds: number }) =>
      `${f.seconds === 0 ? "Google's answer did not say what time it is" : `The clock of this machine is ${Math.abs(f.seconds)} s ${f.seconds < 0 ? 'behind' : 'ahead'}`}. ` +
      'Set the clock, for example with:\nsudo chronyc makestep',
    { seconds: 90 },
  ),
  'audience-invalid': failure(
    'no',
    'Google does not accept `target_audience`',
    (f: { audience: string }) =>
      `target_audience was ${f.audience}. It must be IAP's OAuth client id, which looks like 123456789012-abc123.apps.googleusercontent.com. ` +
      'Find it in the Google Cloud console under Security > Identity-Aware Proxy.',
  ),
  'token-refused': failure(
    'wire',
    'the token endpoint refused for any other reason; retried on 429 and 5xx',
    (f: { endpoint: string; fix?: string }) =>
      f.fix ??
      `${f.endpoint} returned no token. Its own message is above. A 5xx is temporary: see https://status.cloud.google.com.`,
    { endpoint: 'ENDPOINT' },
  ),
  'refresh-token-expired': failure(
    'no',
    'the user must sign in again (`Token has been expired or revoked`, `invalid_rapt`)',
    () =>
      "A user's sign-in ends: with a password change, at the organization's session limit, or after six months. Sign in again:\n" +
      'gcloud auth application-default login\n' +
      'or, if you signed in with iap-auth: iap-auth login --client-file PATH\n' +
      'For CI use a service account or workload identity: neither needs a person.',
  ),
  'client-unknown': failure(
    'no',
    'Google does not know the OAuth client of a user’s credential, or it is disabled',
    (f: { client: string }) =>
      `The credential's client_id was ${f.client}. It was deleted or disabled, or its secret is wrong: create the credential again.`,
  ),
  'metadata-unavailable': failure(
    'no',
    'there is no metadata server, or it is not Google’s',
    (f: { host: string }) =>
      `${f.host} did not answer as Google's metadata server does. Only machines on Google Cloud have one, with a service account attached.`,
  ),
};
