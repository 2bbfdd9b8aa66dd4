import { IapError } from '../errors.ts';
import { type Refreshed, refresh } from '../google/refresh.ts';
import { textFields } from './shape.ts';
import type { Credential, CredentialFile, SourceDeps } from './source.ts';

/** A user's sign-in, as `gcloud auth application-default login` keeps it. For a person's own machine, not for CI. */
export async function openUser(file: CredentialFile, deps: SourceDeps): Promise<Credential> {
  const fields = textFields(file, ['client_id', 'client_secret', 'refresh_token']);
  const { client_id: clientId, client_secret: clientSecret, refresh_token: refreshToken } = fields;
  deps.mask(clientSecret);
  deps.mask(refreshToken);
  const grant = { endpoint: deps.endpoints.token, clientId, clientSecret, refreshToken };
  return {
    principal: undefined,
    prefers: 'id_token',
    member: () => 'user:EMAIL',
    // Without `audience` the token is for the client itself, which IAP takes where that client is allowlisted.
    idToken: async (audience) =>
      present(await refresh(audience === clientId ? grant : { ...grant, audience }, deps), 'idToken', grant),
    accessToken: async () => present(await refresh(grant, deps), 'accessToken', grant),
  };
}

function present(answer: Refreshed, name: keyof Refreshed, { endpoint }: { endpoint: string }): string {
  const token = answer[name];
  if (token !== undefined) return token;
  const message = `Google gave no ${name === 'idToken' ? 'ID token: did the sign-in ask for the scopes openid and email?' : 'access token'}`;
  throw new IapError('token-refused', message, { endpoint });
}
