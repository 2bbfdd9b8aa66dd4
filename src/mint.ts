import type { JSONWebKeySet, JWTPayload } from 'jose';
import { type Clock, shifted } from './clock.ts';
import { type Dated, noteDates } from './date.ts';
import { asIapError, IapError } from './errors.ts';
import { type Exchange, mintIdToken, signForUrl } from './exchange.ts';
import { fetchKeys } from './google/certs.ts';
import type { TokenFacts } from './report/result.ts';
import { openCredential } from './sources/index.ts';
import type { Credential, SourceConfig, SourceDeps } from './sources/source.ts';
import {
  type Claims,
  checkClaims,
  checkSelfSigned,
  checkSignature,
  googleIssuers,
  readClaims,
  Token,
} from './token.ts';

/** The part of the configuration that says which token is wanted, but for its audience. */
export interface MintConfig extends SourceConfig {
  readonly tokenKind: TokenFacts['kind'];
  readonly exchange: Exchange;
  readonly verify: boolean;
}

/** A token that was checked, and what people may know of it. */
export interface Minted {
  readonly token: Token;
  readonly facts: TokenFacts;
  /** The clock that Google agreed with, where that was told. */
  readonly clock: Clock;
}

/**
 * From a credential to a checked token: source → credential → token → checks.
 *
 * @param audience what the token is for; undefined takes that of a token that was given
 * @throws {IapError} with the code of whatever went wrong
 */
export async function mintToken(config: MintConfig, audience: string | undefined, deps: SourceDeps): Promise<Minted> {
  const mint = config.tokenKind === 'signed_jwt' ? mintSignedJwt : mintGoogleToken;
  const { http, told } = noteDates(deps.http, deps.clock);
  try {
    const credential = await openCredential(config, { ...deps, http });
    const { jwt, claims, clock } = await mint(credential, audience, config, { ...deps, told });
    return { token: new Token(jwt), facts: factsOf(config.tokenKind, claims), clock };
  } catch (error) {
    // Who was sent a secret may send it back.
    throw error instanceof IapError ? error.redacted(deps.ci.redact) : error;
  }
}

interface Checked {
  readonly jwt: string;
  readonly claims: Claims;
  readonly clock: Clock;
}

type Mint = (
  credential: Credential,
  audience: string | undefined,
  config: MintConfig,
  deps: MintDeps,
) => Promise<Checked>;

/** What minting uses: all that a source does, and the time that the credential's own answers told. */
type MintDeps = SourceDeps & Pick<Dated, 'told'>;

const mintGoogleToken: Mint = async (credential, audience, { exchange, verify }, deps) => {
  // The keys are fetched while the exchange runs: they are needed only after it.
  const keys = verify ? keysAt(deps.endpoints.certs, deps) : undefined;
  const {
    jwt,
    source,
    isGoogles,
    clock: agreed,
  } = await mintIdToken(credential, audience ?? '', { ...deps, exchange });
  const payload = readClaims(jwt, source);
  const clock = rightClock(payload, agreed, deps);
  const expected = { audience, principal: credential.principal, issuers: googleIssuers, now: clock.now() };
  const claims = checkClaims(payload, expected);
  const known = await keys;
  if (!isGoogles && typeof known === 'string') throw unchecked(deps.endpoints.certs, known);
  await checkOrWarn(jwt, known, deps.endpoints.certs, deps);
  return { jwt, claims, clock: notBefore(payload, clock) };
};

const mintSignedJwt: Mint = async (credential, audience = '', { verify }, deps) => {
  const { jwt, signer, principal } = await signForUrl(credential, audience, deps);
  const claims = checkSelfSigned(readClaims(jwt, `signJwt for ${principal}`), {
    audience,
    principal,
    now: deps.clock.now(),
  });
  // What was signed here, with the key itself, needs no second look.
  if (verify && signer.keys !== undefined) await checkOrWarn(jwt, await keysAt(signer.keys, deps), signer.keys, deps);
  return { jwt, claims, clock: deps.clock };
};

/**
 * A clock that is ahead takes every token for an old one: what has not expired by the time of the answer that brought
 * it is good. Neither clock alone can make a good token bad.
 */
function rightClock({ exp = 0 }: JWTPayload, clock: Clock, { told, log }: MintDeps): Clock {
  const server = told();
  const isGood = (by: Clock) => exp * 1000 > by.now();
  if (server === undefined || isGood(clock) || !isGood(server)) return clock;
  const seconds = Math.round((clock.now() - server.now()) / 1000);
  log.warn(`The clock of this machine is ${seconds} s ahead of Google's. The token is checked against Google's time.`);
  return server;
}

/** A token from the future tells that this clock is behind: without that, it would seem to live too long. */
function notBefore({ iat = 0 }: JWTPayload, clock: Clock): Clock {
  const behind = iat * 1000 - clock.now();
  return behind > 0 ? shifted(clock, behind) : clock;
}

/** The keys there, or why there are none. */
async function keysAt(url: string, { http }: SourceDeps): Promise<JSONWebKeySet | string> {
  const keys = await fetchKeys(http, url).catch(asIapError);
  if (keys instanceof IapError) return keys.message;
  return keys ?? `${url} did not return a set of keys`;
}

async function checkOrWarn(
  jwt: string,
  keys: JSONWebKeySet | string | undefined,
  url: string,
  { log }: SourceDeps,
): Promise<void> {
  if (typeof keys === 'string') log.warn(`The signature of the token was not checked: ${keys}.`);
  else if (keys !== undefined) await checkSignature(jwt, keys, url);
}

function unchecked(keys: string, why: string): IapError {
  const fix = `This token did not come straight from Google over https, so only its signature can prove that Google issued it. Let this machine reach ${keys}, or set verify: false if you trust whoever gave it.`;
  return new IapError('token-signature', `the signature of the token could not be checked: ${why}`, { keys, fix });
}

function factsOf(kind: TokenFacts['kind'], { aud, email, exp }: Claims): TokenFacts {
  // Seconds, as in every JWT; without the milliseconds that toISOString adds.
  const expiry = `${new Date(exp * 1000).toISOString().slice(0, 19)}Z`;
  return { kind, audience: aud, principal: email, expires_at: expiry };
}
