import { createHash } from 'node:crypto';
import { IapError } from '../errors.ts';
import { type GrantDeps, readRefusal, sendGrant, type UserClient } from './grant.ts';

/** What a person is asked in the browser. */
export interface AuthorizationRequest {
  /** The authorization endpoint. */
  readonly endpoint: string;
  readonly clientId: string;
  readonly redirectUri: string;
  readonly state: string;
  /** The secret that the code is bound to; the URL carries its hash only. */
  readonly verifier: string;
}

/**
 * The page where a person signs in, for a token that says who it is, and for a refresh token:
 * https://developers.google.com/identity/protocols/oauth2/native-app#step-2:-send-a-request-to-googles-oauth-2.0-server
 * Google gives a refresh token with each consent, and not with a sign-in that needs none: the consent is asked for again.
 */
export function authorizationUrl({ endpoint, clientId, redirectUri, state, verifier }: AuthorizationRequest): URL {
  const url = new URL(endpoint);
  url.search = new URLSearchParams({
    client_id: clientId,
    response_type: 'code',
    scope: 'openid email',
    access_type: 'offline',
    prompt: 'consent',
    redirect_uri: redirectUri,
    state,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  }).toString();
  return url;
}

/** An authorization code, and what it is bound to. */
export interface CodeGrant extends UserClient {
  readonly code: string;
  readonly verifier: string;
  readonly redirectUri: string;
}

/** A sign-in: who it is, and what it is renewed with. */
export interface SignedIn {
  readonly idToken: string;
  readonly refreshToken: string;
}

/**
 * Exchanges an authorization code (RFC 6749 §4.1.3, RFC 7636 §4.5):
 * https://developers.google.com/identity/protocols/oauth2/native-app#exchange-authorization-code
 *
 * @throws {IapError} `client-unknown`, `token-refused`, and no answer's codes
 */
export async function exchangeCode(grant: CodeGrant, deps: GrantDeps): Promise<SignedIn> {
  const form = {
    code: grant.code,
    code_verifier: grant.verifier,
    redirect_uri: grant.redirectUri,
    grant_type: 'authorization_code',
  };
  const { response, granted } = await sendGrant(grant, form, deps);
  if (response.status !== 200) throw readRefusal('the sign-in', response, grant).error;
  const { idToken, refreshToken } = granted;
  if (refreshToken === undefined) throw incomplete('refresh token', grant);
  if (idToken === undefined) throw incomplete('ID token', grant);
  return { idToken, refreshToken };
}

function incomplete(what: string, { endpoint }: CodeGrant): IapError {
  return new IapError('token-refused', `Google gave no ${what} for the sign-in`, {
    endpoint,
    fix: "Take the app's access back at https://myaccount.google.com/connections, then sign in again and allow all that is asked for.",
  });
}
