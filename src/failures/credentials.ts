import { failure } from './failure.ts';

/** Failures of the inputs and of the credential, before anything is sent. */
export const credentialFailures = {
  'config-invalid': failure(
    'no',
    'one or more inputs are wrong; all of them are reported together',
    () => 'Correct each one named above, then run it again. The README lists what each takes.',
  ),
  'credentials-missing': failure(
    'no',
    'no credential was given',
    (f: { looked: string }) =>
      `${f.looked}\n` +
      'If credentials_json was given, it was empty: there is no secret of that name, or this run (of a fork, of Dependabot) gets no secrets.\n' +
      'Give one of them. On GitHub without a key: workload_identity_provider and service_account, and the job needs permissions: id-token: write.',
  ),
  'credentials-conflict': failure(
    'no',
    'several credentials were given',
    (f: { inputs: string }) =>
      `Give one of ${f.inputs}, and leave the others out. service_account can be combined with any of them except id_token.`,
  ),
  'credentials-malformed': failure(
    'no',
    'the credential is not JSON, not base64 of it, or its private key is broken',
    (f: { fix: string }) => `${f.fix} The credential itself is never shown.`,
  ),
  'credentials-unsupported': failure(
    'no',
    'a kind of credential that cannot reach IAP',
    (f: { fix: string }) => `IAP accepts a token of a service account or of a user. ${f.fix}`,
  ),
};
