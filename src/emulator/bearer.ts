import { keysOf } from './account.ts';
import { isSignedBy, type Jwt, readJwt } from './jwt.ts';
import { seconds, type World } from './world.ts';

/** Whom IAP takes the caller for. */
export interface Visitor {
  readonly email: string;
  /** Google's numeric id. */
  readonly id: string;
}

const googleIssuers: readonly unknown[] = ['accounts.google.com', 'https://accounts.google.com'];

/** Who is behind a bearer token, or the text of IAP's 401. */
export async function judgeBearer(token: string, url: string, world: World): Promise<Visitor | string> {
  const jwt = readJwt(token);
  if (!jwt) return world.accessTokens.get(token)?.kind === 'user' ? errorCode(900) : invalid('Unable to parse JWT');
  if (!googleIssuers.includes(jwt.claims.iss)) return judgeSignedJwt(token, jwt, { url, world });
  // unsure: the words after the first four.
  if (world.iapMode === 'identity-platform') return 'Invalid GCIP ID token: JWT signature is invalid';
  const { google, googleNext } = world.keys;
  if (!(await isSignedBy(token, [google.publicKey, googleNext.publicKey]))) return invalid('JWT signature is invalid');
  return judgeIdToken(jwt, world);
}

/** unsure: that expiry comes last. Seen is only that the email comes before the audience. */
function judgeIdToken({ claims }: Jwt, world: World): Visitor | string {
  const { email, aud, exp, sub = '' } = claims;
  if (typeof email !== 'string') return invalid("JWT 'email' claim isn't a string");
  if (!isAccepted(aud, world)) return invalid('Invalid bearer token. Invalid JWT audience.');
  if (isPast(exp, world)) return expired;
  return { email, id: sub };
}

/** Of Google's own client nobody can get a token for: there only an allowlisted client's will do. */
const isAccepted = (aud: unknown, { iapMode, clientId, allowlist }: World): boolean =>
  typeof aud === 'string' && (allowlist.has(aud) || (iapMode === 'custom' && aud === clientId));

/** A JWT that the service account signed itself. unsure: the order after the signature. */
async function judgeSignedJwt(
  token: string,
  { header, claims }: Jwt,
  { url, world }: { url: string; world: World },
): Promise<Visitor | string> {
  const account = world.accounts.get(claims.iss ?? '');
  if (!account || !(await isSignedBy(token, await keysOf(account, header.kid))))
    return invalid('JWT signature is invalid');
  if (!isFor(claims.aud, url)) return invalid('Audience specified does not match requested endpoint');
  if (isPast(claims.exp, world)) return expired;
  const { iat = 0, exp = 0, sub } = claims;
  // unsure: the text for a subject that is not the issuer, and for more than an hour of life.
  if (sub !== account.email || exp - iat > 3600) return errorCode(13);
  return { email: account.email, id: account.uniqueId };
}

/** The exact URL, or a path that ends in `/*`. Query and fragment play no part (unsure). */
function isFor(aud: unknown, url: string): boolean {
  if (typeof aud !== 'string') return false;
  const { origin, pathname } = new URL(url);
  return aud.endsWith('/*') ? `${origin}${pathname}`.startsWith(aud.slice(0, -1)) : aud === `${origin}${pathname}`;
}

const isPast = (exp: unknown, world: World): boolean => typeof exp !== 'number' || exp <= seconds(world);

const expired = 'OpenID Connect token expired: JWT has expired';

const invalid = (reason: string): string => `Invalid IAP credentials: ${reason}`;

const errorCode = (code: number): string =>
  'There was a problem with your request. Please reference https://cloud.google.com/iap/docs/faq#error_codes. ' +
  `Error code ${code}`;
