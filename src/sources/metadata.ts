import { memberOf } from '../email.ts';
import { fetchAccessToken, fetchEmail, fetchIdentity, metadataOrigin } from '../google/metadata.ts';
import { impersonate } from './impersonation.ts';
import type { Credential, SourceDeps } from './source.ts';

/**
 * The service account of a machine on Google Cloud. ID tokens come from its metadata server; it signs through
 * IAM, as itself, and needs roles/iam.serviceAccountTokenCreator on itself for that.
 */
export async function openMachine(deps: SourceDeps): Promise<Credential> {
  const origin = deps.endpoints.metadata ?? metadataOrigin(deps.env);
  const account = await fetchEmail(origin, deps);
  const accessToken = () => fetchAccessToken(origin, deps);
  const asItself = impersonate({ accessToken, account, delegates: [], member: () => memberOf(account) }, deps);
  return { ...asItself, accessToken, idToken: (audience) => fetchIdentity(origin, audience, deps) };
}
