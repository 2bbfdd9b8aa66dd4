import { inspect } from 'node:util';
import {
  compactVerify,
  createLocalJWKSet,
  decodeJwt,
  decodeProtectedHeader,
  type JSONWebKeySet,
  type JWTPayload,
} from 'jose';
import { IapError } from './errors.ts';

/** Hides a value from every log that follows, from the moment it is called. */
export type Mask = (secret: string) => void;

/** A secret that prints as `[token]`; only `reveal()` gives it away. */
export class Token {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return '[token]';
  }

  toJSON(): string {
    return '[token]';
  }

  /** @internal It would have every user install Node's types. */
  [inspect.custom](): string {
    return '[token]';
  }
}

/** Google signs ID tokens under either name: https://developers.google.com/identity/openid-connect/openid-connect */
export const googleIssuers: readonly string[] = ['https://accounts.google.com', 'accounts.google.com'];

/** Masks a JWT, and its signature part alone: without it the rest is worth nothing, with it a split log still leaks. */
export function maskJwt(jwt: string, mask: Mask): void {
  mask(jwt);
  const signature = jwt.split('.')[2];
  if (signature !== undefined && signature.length >= 8) mask(signature);
}

/** What a token must be before it is exported. */
export interface Expected {
  /** undefined: any, as long as there is one. */
  readonly audience: string | undefined;
  /** The email that it must carry; undefined: any, as long as there is one. */
  readonly principal: string | undefined;
  /** The `iss` values that are right. */
  readonly issuers: readonly string[];
  /** Milliseconds since 1970, by the clock of whoever issued it. */
  readonly now: number;
}

/** The claims that a checked token is known to have. `exp` is in seconds since 1970. */
export interface Claims {
  readonly aud: string;
  readonly email: string;
  readonly exp: number;
}

/**
 * The claims of a JWT, not verified.
 *
 * @throws {IapError} `token-malformed`
 */
export function readClaims(jwt: string, source: string): JWTPayload {
  try {
    // Lenient decoders skip what would break a header.
    if (!/^[\w-]+\.[\w-]+\.[\w-]*$/.test(jwt)) throw new Error('not three parts of base64url');
    if (!hasHeader(jwt)) throw new Error('the header is not a JSON object');
    return decodeJwt(jwt);
  } catch (cause) {
    throw new IapError('token-malformed', `${source} did not return a JWT`, { source }, { cause });
  }
}

function hasHeader(jwt: string): boolean {
  try {
    decodeProtectedHeader(jwt);
    return true;
  } catch {
    // Not as a cause: it quotes what was no JSON.
    return false;
  }
}

/**
 * Checks what the token says of itself. IAP wants exactly these claims: see
 * https://cloud.google.com/iap/docs/authentication-howto
 *
 * @throws {IapError} `token-audience`, `token-email-missing`, `token-principal`, `token-issuer`, `token-expired`
 */
export function checkClaims(payload: JWTPayload, { audience, principal, issuers, now }: Expected): Claims {
  const { iss, email } = payload as JWTPayload & { email?: unknown };
  const aud = checkAudience(payload, audience);
  if (typeof email !== 'string' || email === '') {
    throw new IapError('token-email-missing', 'the token has no email', {
      principal: principal ?? 'of the account',
    });
  }
  checkPrincipal(email, principal);
  if (iss === undefined || !issuers.includes(iss)) {
    const expected = issuers.join(' or ');
    throw new IapError('token-issuer', `the token was issued by ${quote(iss)}`, { expected, found: quote(iss) });
  }
  return { aud, email, exp: checkExpiry(payload, now) };
}

/**
 * Checks what a JWT says that a service account signed itself: `iss` and `sub` are the account, and stand for `email`.
 *
 * @throws {IapError} `token-audience`, `token-principal`, `token-expired`
 */
export function checkSelfSigned(payload: JWTPayload, { audience, principal, now }: Omit<Expected, 'issuers'>): Claims {
  const aud = checkAudience(payload, audience);
  checkPrincipal(payload.iss, principal);
  checkPrincipal(payload.sub, principal);
  return { aud, email: payload.sub ?? '', exp: checkExpiry(payload, now) };
}

function checkAudience({ aud }: JWTPayload, expected: string | undefined): string {
  if (typeof aud === 'string' && aud !== '' && (expected === undefined || aud === expected)) return aud;
  throw new IapError('token-audience', `the token is for ${quote(aud)}`, {
    expected: expected ?? 'one audience',
    found: quote(aud),
  });
}

function checkPrincipal(found: string | undefined, expected: string | undefined): void {
  if (expected === undefined || found === expected) return;
  throw new IapError('token-principal', `the token is for ${quote(found)}`, { expected, found: quote(found) });
}

function checkExpiry({ exp }: JWTPayload, now: number): number {
  if (typeof exp === 'number' && exp * 1000 > now && exp < 2 ** 33) return exp;
  const expiry = dateOf(exp);
  throw new IapError('token-expired', `the token expires at ${expiry}`, { expiry, now: new Date(now).toISOString() });
}

/**
 * Checks the signature against the issuer's keys.
 *
 * @throws {IapError} `token-signature`
 */
export async function checkSignature(jwt: string, keys: JSONWebKeySet, keysUrl: string): Promise<void> {
  try {
    await compactVerify(jwt, createLocalJWKSet(keys), { algorithms: ['RS256'] });
  } catch (cause) {
    throw new IapError('token-signature', 'the signature of the token is not valid', { keys: keysUrl }, { cause });
  }
}

function quote(value: unknown): string {
  return value === undefined ? 'nothing' : JSON.stringify(value);
}

function dateOf(seconds: unknown): string {
  const date = new Date(typeof seconds === 'number' ? seconds * 1000 : Number.NaN);
  return Number.isNaN(date.getTime()) ? quote(seconds) : date.toISOString();
}

/** A token that can stand in a header (RFC 6750 §2.1); undefined if the value is none. */
export function bearerIn(value: unknown): string | undefined {
  return typeof value === 'string' && /^[\x21-\x7e]+$/.test(value) ? value : undefined;
}
