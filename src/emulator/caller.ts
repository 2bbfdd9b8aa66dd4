import type { JWTPayload } from 'jose';
import { accountMember, cloudPlatform } from './accesstoken.ts';
import { keysOf } from './account.ts';
import { type ApiError, unauthenticated } from './apierror.ts';
import { isSignedBy, readJwt } from './jwt.ts';
import { seconds, type World } from './world.ts';

/** Who calls a Google API. */
export interface Caller {
  /** All that the caller is called in policies. */
  readonly members: readonly string[];
  readonly scopes: readonly string[];
}

/** The caller behind an access token, or behind a JWT that a service account signed itself. */
export async function readCaller(request: Request, method: string, world: World): Promise<Caller | ApiError> {
  const token = /^bearer\s+(\S+)$/i.exec(request.headers.get('authorization') ?? '')?.[1];
  if (token === undefined) return unauthenticated(method, 'CREDENTIALS_MISSING');
  const known = world.accessTokens.get(token);
  if (known) return known.expires > seconds(world) ? known : unauthenticated(method, 'ACCESS_TOKEN_EXPIRED');
  return (await readSelfSigned(token, world)) ?? unauthenticated(method, 'ACCESS_TOKEN_TYPE_UNSUPPORTED');
}

/** https://google.aip.dev/auth/4111 */
async function readSelfSigned(token: string, world: World): Promise<Caller | undefined> {
  const jwt = readJwt(token);
  const account = world.accounts.get(jwt?.claims.iss ?? '');
  if (!jwt || !account || jwt.claims.sub !== account.email) return undefined;
  if (!(await isSignedBy(token, await keysOf(account, jwt.header.kid)))) return undefined;
  const scopes = grantedScopes(jwt.claims, world);
  if (!scopes || !isTimely(jwt.claims, seconds(world))) return undefined;
  return { members: [accountMember(account.email)], scopes };
}

/** For an audience: all of that API. Else what `scope` says. */
function grantedScopes({ aud, scope }: JWTPayload, { url }: World): string[] | undefined {
  if (typeof scope === 'string' && aud === undefined) return scope.split(' ');
  return aud === 'https://iamcredentials.googleapis.com/' || aud === `${url}/` ? [cloudPlatform] : undefined;
}

const isTimely = ({ iat, exp }: JWTPayload, now: number): boolean =>
  iat !== undefined && exp !== undefined && iat <= now + 300 && exp > now && exp - iat <= 3600;
