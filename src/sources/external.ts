import { IapError } from '../errors.ts';
import { exchangeSubjectToken } from '../google/sts.ts';
import { accountIn, impersonate } from './impersonation.ts';
import { malformed, textFields } from './shape.ts';
import type { Credential, CredentialFile, SourceDeps } from './source.ts';
import { subjectOf } from './subject.ts';
import { supplierOf } from './supplier.ts';

/**
 * A workload outside Google, as google-github-actions/auth and gcloud write it.
 *
 * @throws {IapError} `credentials-malformed`, `credentials-unsupported`
 */
export async function openExternal(file: CredentialFile, deps: SourceDeps): Promise<Credential> {
  const { audience, subject_token_type: subjectTokenType } = textFields(file, ['audience', 'subject_token_type']);
  if (audience.includes('/workforcePools/')) {
    const fix = 'A workforce pool is for people who sign in; use a workload identity pool, or a service account.';
    throw new IapError('credentials-unsupported', 'a workforce user has no token that IAP accepts', { fix });
  }
  checkTokenUrl(file, deps);
  const subject = subjectOf(audience, await supplierOf(file, deps), deps.mask);
  const grant = {
    endpoint: deps.endpoints.sts,
    provider: audience,
    subjectTokenType,
    subjectToken: subject.token,
    declare: '',
  };
  const accessToken = () => exchangeSubjectToken(grant, deps);
  const { service_account_impersonation_url: url } = file;
  if (url === undefined) return { principal: undefined, prefers: 'id_token', member: subject.member, accessToken };
  return impersonate({ accessToken, account: accountIn(url), delegates: [], member: subject.member }, deps);
}

/** The subject token goes to Google's Security Token Service, whatever host a file may name. */
function checkTokenUrl({ token_url: url }: CredentialFile, { endpoints }: SourceDeps): void {
  const usual = `https://sts.${endpoints.universe}/v1/token`;
  const regional = /^https:\/\/sts\.[\w-]+\.rep\.googleapis\.com\/v1\/token$/;
  if (url === undefined || url === usual || url === endpoints.sts || (typeof url === 'string' && regional.test(url)))
    return;
  throw malformed("has a token_url that is not Google's Security Token Service", `It must be ${usual}.`);
}
