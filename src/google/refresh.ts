import { IapError } from '../errors.ts';
import type { HttpResponse } from '../http.ts';
import { type GrantDeps, type Granted, readRefusal, sendGrant, type UserClient } from './grant.ts';

/** A user's credential, and what is wanted for it. */
export interface RefreshGrant extends UserClient {
  readonly refreshToken: string;
  /** The audience of the ID token, where it is another than the client itself. */
  readonly audience?: string;
}

/** What a refresh gives; which of them depends on the scopes that the user agreed to. */
export type Refreshed = Pick<Granted, 'idToken' | 'accessToken'>;

/**
 * Refreshes a user's tokens (RFC 6749 §6):
 * https://developers.google.com/identity/protocols/oauth2/native-app#offline
 *
 * @throws {IapError} `refresh-token-expired`, `client-unknown`, `audience-invalid`, `token-refused`, and no answer's codes
 */
export async function refresh(grant: RefreshGrant, deps: GrantDeps): Promise<Refreshed> {
  const form = { refresh_token: grant.refreshToken, grant_type: 'refresh_token' };
  const wanted = grant.audience === undefined ? form : { ...form, audience: grant.audience };
  const { response, granted } = await sendGrant(grant, wanted, deps);
  if (response.status !== 200) throw refusal(response, grant);
  return { idToken: granted.idToken, accessToken: granted.accessToken };
}

function refusal(response: HttpResponse, grant: RefreshGrant): IapError {
  const { said, message, client, error } = readRefusal("to refresh the user's token", response, grant);
  if (/expired or revoked|invalid_rapt|reauth/i.test(said)) return new IapError('refresh-token-expired', message, {});
  if (error.code === 'client-unknown') return error;
  if (/invalid_scope|invalid_audience/i.test(said))
    return new IapError('audience-invalid', message, { audience: grant.audience ?? client });
  return error;
}
