import type { JSONWebKeySet } from 'jose';
import { type Clock, shifted } from './clock.ts';
import { asIapError, hasCode, IapError } from './errors.ts';
import { fetchKeys } from './google/certs.ts';
import { exchangeAssertion } from './google/token.ts';
import type { Http } from './http.ts';
import type { Log } from './log.ts';
import type { TokenFacts } from './report/result.ts';
import { chooseSource } from './sources/index.ts';
import type { Credential, SourceConfig, SourceDeps } from './sources/source.ts';
import { type Claims, checkClaims, checkSignature, readClaims, Token } from './token.ts';

/** The part of the configuration that says which token is wanted. */
export interface MintConfig extends SourceConfig {
  readonly targetAudience: string;
  readonly verify: boolean;
}

/** What minting uses of the world. */
export interface MintDeps extends SourceDeps {
  readonly http: Http;
  readonly clock: Clock;
  readonly log: Log;
}

/** A token that was checked, and what people may know of it. */
export interface Minted {
  readonly token: Token;
  readonly facts: TokenFacts;
}

/** Google signs ID tokens under either name: https://developers.google.com/identity/openid-connect/openid-connect */
const issuers = ['https://accounts.google.com', 'accounts.google.com'];

/** Seconds that an assertion is valid: the most that Google takes. */
const lifetime = 3600;

/**
 * From a credential to a checked token: source → credential → assertion → ID token → checks.
 *
 * @throws {IapError} with the code of whatever went wrong
 */
export async function mintToken(config: MintConfig, deps: MintDeps): Promise<Minted> {
  const credential = await chooseSource(config).open(config, deps);
  // The keys are fetched while the exchange runs: they are needed only after it.
  const keys = config.verify ? keysOrWarning(deps) : undefined;
  const { jwt, clock } = await withRightClock(deps, (now) => exchange(credential, config.targetAudience, now));
  const claims = checkClaims(readClaims(jwt, credential.tokenUri), {
    audience: config.targetAudience,
    principal: credential.principal,
    issuers,
    now: clock.now(),
  });
  const known = await keys;
  if (known !== undefined) await checkSignature(jwt, known, deps.endpoints.certs);
  return { token: new Token(jwt), facts: factsOf(claims) };
}

interface Exchanged {
  readonly jwt: string;
  /** The clock that Google agreed with. */
  readonly clock: Clock;
}

async function exchange(credential: Credential, audience: string, deps: MintDeps): Promise<Exchanged> {
  const { principal: account, tokenUri: endpoint } = credential;
  const assertion = () => {
    const iat = Math.floor(deps.clock.now() / 1000);
    const claims = { iss: account, sub: account, aud: endpoint, iat, exp: iat + lifetime, target_audience: audience };
    return credential.sign(claims);
  };
  const jwt = await exchangeAssertion({ endpoint, assertion, account, audience }, deps);
  return { jwt, clock: deps.clock };
}

/** Works by this machine's clock; if Google finds it wrong, once more by Google's own. */
async function withRightClock<T>(deps: MintDeps, work: (deps: MintDeps) => Promise<T>): Promise<T> {
  try {
    return await work(deps);
  } catch (error) {
    if (!hasCode(error, 'clock-skew') || error.facts.seconds === 0) throw error;
    const { seconds } = error.facts;
    deps.log.warn(
      `The clock of this machine is ${Math.abs(seconds)} s ${seconds < 0 ? 'behind' : 'ahead of'} Google's. Trying once more with Google's time.`,
    );
    // If that is refused too, the first refusal tells how far this clock is off.
    return work({ ...deps, clock: shifted(deps.clock, -seconds * 1000) }).catch((again: unknown) => {
      throw hasCode(again, 'clock-skew') ? error : again;
    });
  }
}

async function keysOrWarning({ http, endpoints, log }: MintDeps): Promise<JSONWebKeySet | undefined> {
  const keys = await fetchKeys(http, endpoints.certs).catch(asIapError);
  if (keys !== undefined && !(keys instanceof IapError)) return keys;
  const reason = keys?.message ?? `the answer of ${endpoints.certs} is no set of keys`;
  log.warn(`The signature of the token was not checked: ${reason}. The token came from Google over TLS all the same.`);
  return undefined;
}

function factsOf({ aud, email, exp }: Claims): TokenFacts {
  // Seconds, as in every JWT; without the milliseconds that toISOString adds.
  const expiry = `${new Date(exp * 1000).toISOString().slice(0, 19)}Z`;
  return { kind: 'id_token', audience: aud, principal: email, expires_at: expiry };
}
