import type { JWTPayload } from 'jose';
import { type Account, keysOf } from './account.ts';
import { isSignedBy, readJwt } from './jwt.ts';
import { invalidGrant, invalidRequest, type Refusal } from './refusal.ts';
import { seconds, type World } from './world.ts';

/** Who asks, and for what: an ID token for an audience, or an access token with scopes. */
export interface Assertion {
  readonly account: Account;
  readonly targetAudience: string | undefined;
  readonly scopes: readonly string[];
}

/**
 * Judges a JWT-bearer assertion in the order in which the live endpoint was seen to (2026-09):
 * structure, signature, issuer, iat and exp, window, scope, audience.
 */
export async function readAssertion(token: string, world: World): Promise<Assertion | Refusal> {
  const jwt = readJwt(token);
  if (!jwt) return invalidRequest('Bad Request');
  // Without the account there is no key to hold the signature against, so an unknown issuer shows first.
  const account = world.accounts.get(jwt.claims.iss ?? '');
  if (!account) return invalidGrant('Invalid grant: account not found');
  if (!(await isSignedBy(token, await keysOf(account, jwt.header.kid)))) return invalidGrant('Invalid JWT Signature.');
  const { claims } = jwt;
  const wrong = wrongTimes(claims, seconds(world)) ?? wrongScope(claims) ?? wrongAudience(claims, world);
  return wrong ?? wrongSubject(claims) ?? { account, ...wanted(claims) };
}

function wanted({ scope, target_audience: audience }: JWTPayload): Omit<Assertion, 'account'> {
  return {
    targetAudience: typeof audience === 'string' ? audience : undefined,
    scopes: typeof scope === 'string' ? scope.split(' ') : [],
  };
}

const lifetime = 3600;
/** How far ahead of Google's a client's clock may be, in seconds. */
const leeway = 300;

function wrongTimes({ iat, exp }: JWTPayload, now: number): Refusal | undefined {
  if (typeof iat !== 'number') return invalidGrant('Invalid JWT: iat (issued at) is not set.');
  if (typeof exp !== 'number') return invalidGrant('Invalid JWT: exp (expiration time) is not set.');
  if (iat <= now + leeway && exp > now && exp > iat && exp - iat <= lifetime) return undefined;
  return invalidGrant(
    'Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. ' +
      'Check your iat and exp values in the JWT claim.',
  );
}

/** unsure: what Google makes of a `scope` beside a target audience. Refused, as the two ask for different tokens. */
function wrongScope({ scope, target_audience: audience }: JWTPayload): Refusal | undefined {
  if (typeof audience === 'string' && /^\S+$/.test(audience) && scope === undefined) return undefined;
  if (typeof scope === 'string' && scope.trim() !== '' && audience === undefined) return undefined;
  return { error: 'invalid_scope', error_description: 'Invalid OAuth scope or ID token audience provided.' };
}

function wrongAudience({ aud }: JWTPayload, world: World): Refusal | undefined {
  const accepted = [`${world.url}/token`, 'https://oauth2.googleapis.com/token'];
  return typeof aud === 'string' && accepted.includes(aud)
    ? undefined
    : invalidGrant('Invalid JWT: Failed audience check.');
}

/** Another subject is domain-wide delegation, which no account here has. unsure: its place in the order. */
function wrongSubject({ iss, sub }: JWTPayload): Refusal | undefined {
  if (sub === undefined || sub === iss) return undefined;
  return {
    status: 401,
    error: 'unauthorized_client',
    error_description:
      'Client is unauthorized to retrieve access tokens using this method, or client not authorized for any of the scopes requested.',
  };
}
