import { decodeJwt, type JWTPayload } from 'jose';
import { IapError } from '../errors.ts';
import type { Http, HttpResponse } from '../http.ts';
import { jsonObject } from '../json.ts';
import { saidIn, withoutControls, wordsOf } from '../text.ts';
import { bearerIn, type Mask } from '../token.ts';
import { cloudPlatform } from './endpoints.ts';

/** A token exchange (RFC 8693): another issuer's token for one of Google's. */
export interface SubjectGrant {
  /** The Security Token Service. */
  readonly endpoint: string;
  /** `//iam.googleapis.com/projects/…/providers/…` */
  readonly provider: string;
  /** Gives the subject token; called for each try. */
  readonly subjectToken: () => Promise<string>;
  readonly subjectTokenType: string;
  /** How the token gets another `aud`, as CiSystem.declare says it; undefined where the input audience is asked for. */
  readonly declare?: string | undefined;
}

interface Deps {
  readonly http: Http;
  readonly mask: Mask;
}

/** The form of every subject token but AWS's and SAML's. */
export const jwtType = 'urn:ietf:params:oauth:token-type:jwt';

/**
 * Exchanges a subject token for a federated access token, which may do no more than act as service accounts:
 * https://cloud.google.com/iam/docs/reference/sts/rest/v1/TopLevel/token
 *
 * @throws {IapError} `sts-…`, and no answer's codes
 */
export async function exchangeSubjectToken(grant: SubjectGrant, { http, mask }: Deps): Promise<string> {
  const attempt = async (isLast: boolean): Promise<string> => {
    let subject = '';
    const response = await http({
      method: 'POST',
      url: grant.endpoint,
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: async () => {
        subject = await grant.subjectToken();
        return JSON.stringify(requestOf(grant, subject));
      },
    });
    const token = bearerIn(jsonObject(response.body)['access_token']);
    if (token !== undefined) mask(token);
    if (response.status === 200 && token !== undefined) return token;
    const error = refusal(response, grant, claimsOf(subject));
    if (error.code !== 'sts-token-stale' || isLast) throw error;
    return attempt(true);
  };
  return attempt(false);
}

function requestOf({ provider, subjectTokenType }: SubjectGrant, subjectToken: string): Record<string, string> {
  return {
    audience: provider,
    grantType: 'urn:ietf:params:oauth:grant-type:token-exchange',
    requestedTokenType: 'urn:ietf:params:oauth:token-type:access_token',
    scope: cloudPlatform,
    subjectTokenType,
    subjectToken,
  };
}

/** Google rewords its answers now and then: only the telling words are looked for. */
function refusal(response: HttpResponse, grant: SubjectGrant, claims: JWTPayload): IapError {
  const { error, error_description: description } = jsonObject(response.body);
  const said = saidIn(error, description);
  const message = `Google's Security Token Service refused: ${wordsOf(response.status, error, description)}`;
  // A credential file may name anything: only what is safe to paste into a shell is shown.
  const provider =
    /^\/\/iam\.[\w.-]+\/(projects\/[\w./-]{1,400})$/.exec(grant.provider)?.[1] ?? 'something that is not a provider';
  if (/invalid value for "audience"/i.test(said)) return new IapError('sts-audience-malformed', message, { provider });
  if (/invalid_target/i.test(said)) return new IapError('sts-provider-unknown', message, { provider });
  if (/attribute condition/i.test(said)) {
    return new IapError('sts-condition-rejected', message, { provider, claims: tellingClaims(claims) });
  }
  if (/audience in id token/i.test(said)) {
    const { declare } = grant;
    const facts = { provider, audience: shown(claims.aud), ...(declare === undefined ? {} : { declare }) };
    return new IapError('sts-audience-mismatch', message, facts);
  }
  if (/issuer in id token/i.test(said))
    return new IapError('sts-issuer-mismatch', message, { provider, issuer: shown(claims.iss) });
  // What STS says of a token past its exp is not known for sure; a fresh one mends that too.
  if (/stale to sign-in|id token[^.]* expired/i.test(said)) return new IapError('sts-token-stale', message, {});
  return new IapError('sts-refused', message, { endpoint: grant.endpoint });
}

function claimsOf(subject: string): JWTPayload {
  try {
    return decodeJwt(subject);
  } catch {
    return {};
  }
}

/** What conditions are written on. Claims, never the token. */
function tellingClaims(claims: JWTPayload): string {
  const names = ['sub', 'repository', 'repository_id', 'repository_owner_id', 'ref', 'project_path'];
  const found = names.filter((name) => claims[name] !== undefined).map((name) => `${name}=${shown(claims[name])}`);
  return found.length > 0 ? found.join(', ') : 'nothing that can be read';
}

function shown(claim: unknown): string {
  return claim === undefined
    ? 'nothing'
    : withoutControls(typeof claim === 'string' ? claim : JSON.stringify(claim))
        .replace(/[<>]/g, ' ')
        .slice(0, 200);
}
