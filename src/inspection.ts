import { decodeProtectedHeader, type JWTPayload } from 'jose';
import type { Clock } from './clock.ts';
import { asIapError, IapError } from './errors.ts';
import { fetchKeys } from './google/certs.ts';
import type { Endpoints } from './google/endpoints.ts';
import type { Http } from './http.ts';
import type { Inspection } from './report/inspection.ts';
import { checkClaims, checkSelfSigned, checkSignature, googleIssuers, readClaims } from './token.ts';

interface Deps {
  readonly http: Http;
  readonly endpoints: Endpoints;
  readonly clock: Clock;
}

/**
 * Reads a JWT, verifies it if its issuer's keys can be had, and judges it as IAP would; for which app, only IAP knows.
 *
 * @throws {IapError} `token-malformed`
 */
export async function inspectToken(jwt: string, deps: Deps): Promise<Inspection> {
  const { header, claims } = read(jwt);
  const kind = kindOf(claims);
  const keys = keysOf(kind, claims, deps.endpoints);
  const signature = keys === null ? undefined : await signatureOf(jwt, keys, deps.http);
  const problem = (signature instanceof IapError ? signature : undefined) ?? claimProblem(kind, claims, deps.clock);
  return {
    kind,
    verified: signature === undefined ? null : signature === 'right',
    keys,
    problem: problem === undefined ? null : { code: problem.code, message: problem.message, hint: problem.hint },
    header,
    claims,
  };
}

function read(jwt: string): { header: Inspection['header']; claims: JWTPayload } {
  const source = 'standard input';
  try {
    return { header: { ...decodeProtectedHeader(jwt) }, claims: readClaims(jwt, source) };
  } catch (cause) {
    const fix = 'Pipe in the token itself: printf %s "$IAP_TOKEN" | iap-auth inspect';
    throw new IapError('token-malformed', `${source} did not contain a JWT`, { source, fix }, { cause });
  }
}

function kindOf({ iss, sub }: JWTPayload): Inspection['kind'] {
  if (googleIssuers.includes(iss ?? '')) return 'id_token';
  return iss !== undefined && iss === sub && /^[\w.-]+@[\w.-]+$/.test(iss) ? 'signed_jwt' : 'unknown';
}

function keysOf(kind: Inspection['kind'], { iss }: JWTPayload, { certs, accountCerts }: Endpoints): string | null {
  if (kind === 'unknown') return null;
  return kind === 'id_token' ? certs : accountCerts + iss;
}

/** undefined: the keys could not be had. */
async function signatureOf(jwt: string, url: string, http: Http): Promise<'right' | IapError | undefined> {
  const keys = await fetchKeys(http, url).catch(() => undefined);
  if (keys === undefined) return undefined;
  return checkSignature(jwt, keys, url).then(() => 'right' as const, asIapError);
}

function claimProblem(kind: Inspection['kind'], claims: JWTPayload, clock: Clock): IapError | undefined {
  const expected = { audience: undefined, principal: undefined, now: clock.now() };
  try {
    if (kind === 'signed_jwt') checkSelfSigned(claims, expected);
    else checkClaims(claims, { ...expected, issuers: googleIssuers });
    return undefined;
  } catch (error) {
    return asIapError(error);
  }
}
