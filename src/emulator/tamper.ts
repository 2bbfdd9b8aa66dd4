import type { JWTPayload } from 'jose';
import { createSigningKey, type SigningKey, sign } from './jwt.ts';
import type { World } from './world.ts';

type Tamper = (claims: JWTPayload, now: number) => JWTPayload;

/** unsure: by how much the times are wrong, and what the wrong names are. */
const tampers: Readonly<Record<string, Tamper>> = {
  FUTURE_ISSUE: (claims, now) => ({ ...claims, iat: now + 86_400, exp: now + 86_400 + 600 }),
  PAST_EXPIRATION: (claims, now) => ({ ...claims, iat: now - 86_400, exp: now - 86_400 + 600 }),
  ISSUER: (claims) => ({ ...claims, iss: 'https://issuer.invalid' }),
  AUDIENCE: (claims) => ({ ...claims, aud: '/projects/1/global/backendServices/1' }),
};

/**
 * IAP's assertion for the app; on request a broken one, to try the app's checks with.
 * https://cloud.google.com/iap/docs/query-parameters-and-headers-howto
 */
export async function signAssertion(claims: JWTPayload, url: string, { keys }: World): Promise<string> {
  const { searchParams: query } = new URL(url);
  const isTest = query.get('gcp-iap-mode') === 'SECURE_TOKEN_TEST';
  const type = isTest ? (query.get('iap-secure-token-test-type') ?? '') : '';
  if (type === 'SIGNATURE') return sign(claims, await impostor(keys.iap));
  const tamper = Object.hasOwn(tampers, type) ? tampers[type] : undefined;
  return sign(tamper ? tamper(claims, claims.iat ?? 0) : claims, keys.iap);
}

/** Another key under the same id. */
const impostor = async ({ kid }: SigningKey): Promise<SigningKey> => ({ ...(await createSigningKey('ES256')), kid });
