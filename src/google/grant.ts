import { IapError } from '../errors.ts';
import type { Http, HttpResponse } from '../http.ts';
import { jsonObject } from '../json.ts';
import { saidIn, wordsOf } from '../text.ts';
import { bearerIn, type Mask, maskJwt } from '../token.ts';

/** The OAuth client that a user signs in with, and where it asks for tokens. */
export interface UserClient {
  /** The token endpoint. */
  readonly endpoint: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

export interface GrantDeps {
  readonly http: Http;
  readonly mask: Mask;
}

/** What a user's grant gives; which of them depends on the scopes that the user agreed to. */
export interface Granted {
  readonly idToken: string | undefined;
  readonly accessToken: string | undefined;
  readonly refreshToken: string | undefined;
}

/**
 * Sends a grant of a user (RFC 6749 §4.1.3, §6) as that client, and masks whatever tokens come.
 *
 * @param grant its own fields
 * @throws {IapError} no answer's codes; never on a status
 */
export async function sendGrant(
  { endpoint, clientId, clientSecret }: UserClient,
  grant: Readonly<Record<string, string>>,
  { http, mask }: GrantDeps,
): Promise<{ readonly response: HttpResponse; readonly granted: Granted }> {
  const response = await http({
    method: 'POST',
    url: endpoint,
    headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
    body: new URLSearchParams({ client_id: clientId, client_secret: clientSecret, ...grant }).toString(),
  });
  const { id_token: idToken, access_token: accessToken, refresh_token: refreshToken } = jsonObject(response.body);
  if (typeof idToken === 'string') maskJwt(idToken, mask);
  if (typeof accessToken === 'string') mask(accessToken);
  if (typeof refreshToken === 'string') mask(refreshToken);
  const granted = {
    idToken: bearerIn(idToken),
    accessToken: bearerIn(accessToken),
    refreshToken: bearerIn(refreshToken),
  };
  return { response, granted };
}

/** Why a user's grant was refused. */
export interface GrantRefusal {
  /** The words of the answer, to look for telling ones in. */
  readonly said: string;
  readonly message: string;
  /** The client's id, as it may be shown. */
  readonly client: string;
  /** What it comes to where the words tell of the client, or of nothing that is known. */
  readonly error: IapError;
}

/** Reads a refusal. `what` is what was refused, in words that follow "Google refused". */
export function readRefusal(what: string, response: HttpResponse, { endpoint, clientId }: UserClient): GrantRefusal {
  // The field may hold anything: only what looks like a client id is shown.
  const client = /^[\w-]{1,100}\.apps\.googleusercontent\.com$/.test(clientId) ? clientId : 'not a valid client id';
  const { error, error_description: description } = jsonObject(response.body);
  const said = saidIn(error, description);
  const message = `Google refused ${what}: ${wordsOf(response.status, error, description)}`;
  const isOfClient = /(invalid|deleted|disabled|unauthorized)_client/i.test(said);
  return {
    said,
    message,
    client,
    error: isOfClient
      ? new IapError('client-unknown', message, { client })
      : new IapError('token-refused', message, { endpoint }),
  };
}
