import { decodeProtectedHeader } from 'jose';
import type { Clock } from '../clock.ts';
import { IapError } from '../errors.ts';
import type { Http, HttpResponse } from '../http.ts';
import { jsonObject } from '../json.ts';
import { saidIn, wordsOf } from '../text.ts';
import { type Mask, maskJwt } from '../token.ts';

/** A JWT-bearer grant (RFC 7523 §2.1) that asks for an ID token. */
export interface AssertionGrant {
  /** The token endpoint. */
  readonly endpoint: string;
  /** Signs the assertion; called for each try. */
  readonly assertion: () => Promise<string>;
  readonly account: string;
  readonly audience: string;
}

interface Deps {
  readonly http: Http;
  readonly clock: Clock;
  readonly mask: Mask;
}

/**
 * Exchanges an assertion with a `target_audience` claim for an ID token:
 * https://developers.google.com/identity/protocols/oauth2/service-account
 *
 * @throws {IapError} `key-rejected`, `account-unknown`, `clock-skew`, `audience-invalid`, `token-refused`, and no answer's codes
 */
export async function exchangeAssertion(grant: AssertionGrant, { http, clock, mask }: Deps): Promise<string> {
  let keyId = 'unknown';
  const response = await http({
    method: 'POST',
    url: grant.endpoint,
    headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
    body: async () => {
      const assertion = await grant.assertion();
      keyId = decodeProtectedHeader(assertion).kid ?? keyId;
      return new URLSearchParams({ grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion }).toString();
    },
  });
  const { id_token: idToken } = jsonObject(response.body);
  if (typeof idToken === 'string') maskJwt(idToken, mask);
  if (response.status === 200 && typeof idToken === 'string') return idToken;
  throw refusal(response, { ...grant, keyId, now: clock.now() });
}

/** Google rewords its answers now and then: only the telling words are looked for. */
function refusal(response: HttpResponse, grant: AssertionGrant & { keyId: string; now: number }): IapError {
  const { account, audience, endpoint, keyId } = grant;
  const { error, error_description: description } = jsonObject(response.body);
  const words = wordsOf(response.status, error, description);
  const said = saidIn(error, description);
  const message = `Google refused the exchange for ${account}: ${words}`;
  if (response.status !== 200) {
    if (/invalid jwt signature/i.test(said)) return new IapError('key-rejected', message, { account, keyId });
    if (/account not found/i.test(said)) return new IapError('account-unknown', message, { account });
    if (/reasonable timeframe/i.test(said)) {
      return new IapError('clock-skew', message, { seconds: skew(response, grant.now) });
    }
    if (/invalid_scope|invalid_audience/i.test(said)) return new IapError('audience-invalid', message, { audience });
  }
  return new IapError('token-refused', message, { endpoint });
}

/** Seconds by which this clock is ahead of the server's; 0 if the server does not tell the time. */
function skew({ headers }: HttpResponse, now: number): number {
  const server = Date.parse(headers['date'] ?? '');
  return Number.isNaN(server) ? 0 : Math.round((now - server) / 1000);
}
