import { memberOf } from '../email.ts';
import { generateAccessToken, generateIdToken, type Impersonation, signJwt } from '../google/iam.ts';
import { textOf } from '../json.ts';
import { malformed } from './shape.ts';
import type { Credential, SourceDeps } from './source.ts';

/** A service account, acted as by the IAM Credentials API. */
export function impersonate(by: Omit<Impersonation, 'endpoint'>, deps: SourceDeps): Credential {
  const { endpoints } = deps;
  const as: Impersonation = { ...by, endpoint: endpoints.iamCredentials, accessToken: once(by.accessToken) };
  return {
    principal: by.account,
    prefers: 'id_token',
    member: () => memberOf(by.account),
    idToken: (audience) => generateIdToken(as, audience, deps),
    accessToken: () => generateAccessToken(as, deps),
    signer: {
      sign: (claims) => signJwt(as, claims, deps),
      tokenUri: endpoints.token,
      keys: endpoints.accountCerts + encodeURIComponent(by.account),
    },
  };
}

/** The account in `https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/EMAIL:generateAccessToken`. */
export function accountIn(url: unknown): string {
  const [, email] = /\/serviceAccounts\/([\w.-]+@[\w.-]+):generateAccessToken$/.exec(textOf(url)) ?? [];
  if (email !== undefined) return email;
  throw malformed(
    'has a service_account_impersonation_url that names no account',
    'It must end in /serviceAccounts/EMAIL:generateAccessToken.',
  );
}

/** The first value, for every call: an access token serves all of one run. A failure is not kept. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make().catch((error: unknown) => {
      made = undefined;
      throw error;
    });
    return made;
  };
}
