import { IapError } from '../errors.ts';
import type { Http, HttpResponse } from '../http.ts';
import { jsonObject } from '../json.ts';
import { type Mask, maskJwt } from '../token.ts';
import { bearerIn, saidIn, wordsOf } from './wire.ts';

/** A user's credential, and what is wanted for it. */
export interface RefreshGrant {
  /** The token endpoint. */
  readonly endpoint: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly refreshToken: string;
  /** The audience of the ID token, where it is another than the client itself. */
  readonly audience?: string;
}

interface Deps {
  readonly http: Http;
  readonly mask: Mask;
}

/** What a refresh gives; which of them depends on the scopes that the user agreed to. */
export interface Refreshed {
  readonly idToken: string | undefined;
  readonly accessToken: string | undefined;
}

/**
 * Refreshes a user's tokens (RFC 6749 §6):
 * https://developers.google.com/identity/protocols/oauth2/native-app#offline
 *
 * @throws {IapError} `refresh-token-expired`, `client-unknown`, `audience-invalid`, `token-refused`, and no answer's codes
 */
export async function refresh(grant: RefreshGrant, { http, mask }: Deps): Promise<Refreshed> {
  const form = {
    client_id: grant.clientId,
    client_secret: grant.clientSecret,
    refresh_token: grant.refreshToken,
    grant_type: 'refresh_token',
  };
  const response = await http({
    method: 'POST',
    url: grant.endpoint,
    headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
    body: new URLSearchParams({
      ...form,
      ...(grant.audience === undefined ? {} : { audience: grant.audience }),
    }).toString(),
  });
  const { id_token: idToken, access_token: accessToken } = jsonObject(response.body);
  if (typeof idToken === 'string') maskJwt(idToken, mask);
  if (typeof accessToken === 'string') mask(accessToken);
  if (response.status !== 200) throw refusal(response, grant);
  return {
    idToken: bearerIn(idToken),
    accessToken: bearerIn(accessToken),
  };
}

function refusal(response: HttpResponse, { endpoint, clientId, audience }: RefreshGrant): IapError {
  // The field may hold anything: only what looks like a client id is shown.
  const client = /^[\w-]{1,100}\.apps\.googleusercontent\.com$/.test(clientId) ? clientId : 'no client id at all';
  const { error, error_description: description } = jsonObject(response.body);
  const said = saidIn(error, description);
  const message = `Google refused to refresh the user's token: ${wordsOf(response.status, error, description)}`;
  if (/expired or revoked|invalid_rapt|reauth/i.test(said)) return new IapError('refresh-token-expired', message, {});
  if (/(invalid|deleted|disabled|unauthorized)_client/i.test(said))
    return new IapError('client-unknown', message, { client });
  if (/invalid_scope|invalid_audience/i.test(said))
    return new IapError('audience-invalid', message, { audience: audience ?? client });
  return new IapError('token-refused', message, { endpoint });
}
