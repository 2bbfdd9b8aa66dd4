import { failure } from './failure.ts';

const commandFor = (verb: 'describe' | 'update-oidc', provider: string) => {
  const [, project = 'PROJECT_ID', pool = 'POOL', name = 'PROVIDER'] =
    /projects\/([^/]+)\/.*workloadIdentityPools\/([^/]+)\/providers\/([^/]+)/.exec(provider) ?? [];
  const place = `${name} --workload-identity-pool=${pool} --project=${project}`;
  return `gcloud iam workload-identity-pools providers ${verb} ${place} --location=global`;
};

const describeProvider = (provider: string) => commandFor('describe', provider);

const allowAudience = (provider: string, audience: string) => {
  // A claim of another issuer: only what is safe to paste into a shell is filled in, and nothing that was cut short.
  const isPlain = /^(?!nothing$)[\w.:/@-]{1,199}$/.test(audience);
  return `${commandFor('update-oidc', provider)} --allowed-audiences=${isPlain ? audience : 'AUDIENCE'}`;
};

/** What a job on GitHub lacks that gets no OIDC token. */
export const githubPermissions = `Give the job the permission, and keep the others that it needs:
permissions:
  contents: read
  id-token: write
Runs of forks and of Dependabot get no OIDC token, whatever the permissions: skip this step there, or give it another credential.`;

/** @param facts `declare`: how a job says what its token is for, where that cannot be asked for; '' where nobody can say */
function audienceFix({
  provider,
  audience,
  declare,
}: {
  provider: string;
  audience: string;
  declare?: string;
}): string {
  if (declare === undefined)
    return `Set the input audience to one that the provider allows (allowedAudiences), or leave it out:\n${describeProvider(provider)}`;
  const allow = `Allow it at the provider; this replaces the audiences that it allows now:\n${allowAudience(provider, audience)}`;
  if (declare === '') return allow;
  return `${allow}\nOr have the token issued for an audience that the provider allows; if it lists none, for this one. ${declare}`;
}

/** From the CI system's own token to a federated token. */
export const workloadFailures = {
  'oidc-unavailable': failure('no', 'the CI system gives no OIDC token', (f: { fix: string }) => f.fix, {
    fix: githubPermissions,
  }),
  'oidc-refused': failure(
    'wire',
    'the CI system’s OIDC endpoint or agent refused; if that was with a 5xx, see the system’s status page, and run the job again',
    (f: { host: string; fix?: string }) =>
      f.fix ?? `${f.host} belongs to the CI system: see its status page, and run the job again.`,
    { host: 'HOST', fix: githubPermissions },
  ),
  'sts-audience-malformed': failure(
    'no',
    'the provider is not in the form that Google expects (`Invalid value for "audience"`)',
    (f: { provider: string }) =>
      `workload_identity_provider was ${f.provider}. It must be projects/NUMBER/locations/global/workloadIdentityPools/POOL/providers/PROVIDER: ` +
      'the project number, not its id; the provider, not the pool. Print it:\n' +
      `${describeProvider('')} --format="value(name)"`,
  ),
  'sts-provider-unknown': failure(
    'no',
    'there is no such provider, or it is disabled or deleted (`invalid_target`)',
    (f: { provider: string }) =>
      `Asked for ${f.provider}. Look for it, and whether its state is ACTIVE:\n${describeProvider(f.provider)}`,
  ),
  'sts-condition-rejected': failure(
    'no',
    'the provider’s attribute condition does not hold for this run',
    (f: { provider: string; claims: string }) =>
      `The token of this run says ${f.claims}. Compare it, upper and lower case too, with attributeCondition in:\n${describeProvider(f.provider)}`,
  ),
  'sts-audience-mismatch': failure(
    'no',
    'the provider does not allow the audience of the CI’s token; where that cannot be asked for, the hint has the command that allows it',
    (f: { provider: string; audience: string; declare?: string }) =>
      `The token's aud was ${f.audience}. ${audienceFix(f)}`,
    { provider: 'PROVIDER', audience: 'AUDIENCE' },
  ),
  'sts-issuer-mismatch': failure(
    'no',
    'the provider trusts another issuer',
    (f: { provider: string; issuer: string }) =>
      `The token's iss was ${f.issuer}. The provider must name it as its issuerUri; a GitHub Enterprise Server has an issuer of its own:\n${describeProvider(f.provider)}`,
  ),
  'sts-token-stale': failure(
    'wire',
    'the CI’s token was too old, even after a fresh one was fetched (`stale to sign-in`)',
    () =>
      "A fresh token was fetched for each try. If it comes from subject_token_file, write a new token to that file; otherwise check this machine's clock.",
  ),
  'sts-refused': failure(
    'wire',
    'Google’s Security Token Service refused for any other reason; retried on 429 and 5xx',
    (f: { endpoint: string }) =>
      `${f.endpoint} refused. Its own message is above. A mapped attribute, such as a long branch name, may have at most 127 bytes. Google must be able to reach the issuer's keys. A 5xx is temporary.`,
  ),
};
