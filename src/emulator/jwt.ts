import { generateKeyPair as generate, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import {
  type CryptoKey,
  compactVerify,
  decodeJwt,
  decodeProtectedHeader,
  exportJWK,
  generateKeyPair,
  type JWK,
  type JWTPayload,
  type KeyObject,
  type ProtectedHeaderParameters,
  SignJWT,
} from 'jose';

export interface SigningKey {
  readonly alg: string;
  readonly kid: string;
  readonly jwk: JWK;
  readonly privateKey: CryptoKey;
  readonly publicKey: CryptoKey;
}

export interface KeyPair {
  readonly publicKey: KeyObject;
  /** PKCS#8. */
  readonly pem: string;
}

export interface Jwt {
  readonly header: ProtectedHeaderParameters;
  readonly claims: JWTPayload;
}

/** An id as Google gives to keys: 40 hexadecimal digits. */
export const keyId = (): string => randomBytes(20).toString('hex');

export async function createSigningKey(alg: 'RS256' | 'ES256'): Promise<SigningKey> {
  const { privateKey, publicKey } = await generateKeyPair(alg);
  const kid = keyId();
  return { alg, kid, privateKey, publicKey, jwk: { ...(await exportJWK(publicKey)), alg, kid, use: 'sig' } };
}

export async function createKeyPair(): Promise<KeyPair> {
  const { privateKey, publicKey } = await promisify(generate)('rsa', { modulusLength: 2048 });
  return { publicKey, pem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() };
}

export function sign(claims: JWTPayload, { alg, kid, privateKey }: SigningKey): Promise<string> {
  return new SignJWT(claims).setProtectedHeader({ alg, kid, typ: 'JWT' }).sign(privateKey);
}

/** The two readable parts, not verified; undefined if `token` is no JWT. */
export function readJwt(token: string): Jwt | undefined {
  try {
    return { header: decodeProtectedHeader(token), claims: decodeJwt(token) };
  } catch {
    return undefined;
  }
}

/** Whether one of `keys` made the RS256 signature. Says nothing of the claims. */
export async function isSignedBy(token: string, keys: readonly (CryptoKey | KeyObject)[]): Promise<boolean> {
  for (const key of keys) {
    try {
      await compactVerify(token, key, { algorithms: ['RS256'] });
      return true;
    } catch {
      // Not this key: the next may be the one.
    }
  }
  return false;
}
