import { isEmail } from '../email.ts';
import { record, textOf } from '../json.ts';
import { accountIn, impersonate } from './impersonation.ts';
import { malformed } from './shape.ts';
import type { CredentialFile, OpenFile } from './source.ts';

/** A service account by way of another credential, as `gcloud auth application-default login --impersonate-service-account` writes it. */
export const openImpersonated: OpenFile = async (file, deps, openAny) => {
  const account = accountIn(file['service_account_impersonation_url']);
  const { accessToken, member } = await openAny(record(file['source_credentials']), deps);
  if (accessToken === undefined) throw malformed('has source_credentials that cannot act as another');
  return impersonate({ accessToken, member, account, delegates: delegatesIn(file) }, deps);
};

/** Delegates stand in the file as `projects/-/serviceAccounts/EMAIL`, or as the email alone. */
function delegatesIn({ delegates = [] }: CredentialFile): string[] {
  if (!Array.isArray(delegates)) throw malformed('has delegates that are not a list');
  const emails = delegates.map((delegate) => textOf(delegate).replace(/^projects\/-\/serviceAccounts\//, ''));
  if (!emails.every(isEmail)) throw malformed('has a delegate that is not a valid email');
  return emails;
}
