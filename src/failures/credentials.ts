import { failure } from './failure.ts';

/** Failures of the inputs and of the credential, before anything is sent. */
export const credentialFailures = {
  'config-invalid': failure(
    'no',
    'one or more inputs are wrong; all of them are reported together',
    () =>
      'Nothing was sent. Correct each input named above, then run the step again. The README lists what each takes.',
  ),
  'credentials-missing': failure(
    'no',
    'no credential was given',
    (f: { looked: string }) => `${f.looked}\nGive one of them, for example: credentials_json: \${{ secrets.IAP_KEY }}`,
  ),
  'credentials-malformed': failure(
    'no',
    'the credential is not JSON, not base64 of it, or its private key is broken',
    (f: { fix: string }) => `${f.fix} The credential itself is never shown.`,
  ),
  'credentials-unsupported': failure(
    'no',
    'a kind of credential that cannot reach IAP',
    (f: { kinds: string }) => `IAP takes a token of a service account or of a user. Kinds that work here: ${f.kinds}.`,
  ),
};
