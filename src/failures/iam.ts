import { failure } from './failure.ts';

/** What the IAM Credentials API refuses. */
export const iamFailures = {
  'iam-api-disabled': failure(
    'grant',
    'the IAM Credentials API is not enabled',
    (f: { project: string }) =>
      `Enable it, and wait a few minutes:\ngcloud services enable iamcredentials.googleapis.com --project=${f.project}`,
  ),
  'iam-permission-denied': failure(
    'grant',
    'the caller may not act as the service account',
    (f: { permission: string; account: string; delegates?: string; commands: string }) =>
      `${f.permission} on ${f.account}${f.delegates ? `, or on a delegate before it (${f.delegates}),` : ''} is missing. If the emails are right, grant it:\n${f.commands}\n` +
      'A fresh grant takes about 2 minutes, sometimes more than 7: propagation_wait waits for it.',
    {
      permission: 'PERMISSION',
      account: 'ACCOUNT',
      commands: 'gcloud iam service-accounts add-iam-policy-binding ACCOUNT --role=ROLE --member="MEMBER"',
    },
  ),
  'iam-service-account-unknown': failure(
    'no',
    'there is no such service account (`Gaia id not found`)',
    (f: { account: string }) =>
      `Asked for ${f.account}. Look for it:\ngcloud iam service-accounts describe ${f.account}`,
  ),
  'iam-scope-insufficient': failure(
    'no',
    'the VM’s access scopes do not allow the call',
    (f: { scope: string }) =>
      `The VM needs the scope ${f.scope}. Stop the VM, then:\n` +
      'gcloud compute instances set-service-account INSTANCE --scopes=cloud-platform',
  ),
  'iam-refused': failure(
    'wire',
    'the IAM Credentials API refused for any other reason; retried on 429 and 5xx',
    (f: { account: string }) =>
      `The call was for ${f.account}. Google's own message is above. A 401 means that the access token has expired. A wrong clock on this machine can cause a 400 or 401. A 5xx is temporary: see https://status.cloud.google.com.`,
  ),
};
