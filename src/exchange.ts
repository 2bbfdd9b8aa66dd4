import { type Clock, shifted } from './clock.ts';
import { hasCode, IapError } from './errors.ts';
import type { Endpoints } from './google/endpoints.ts';
import { exchangeAssertion } from './google/token.ts';
import type { Http } from './http.ts';
import type { Log } from './log.ts';
import type { Credential, Signer } from './sources/source.ts';
import type { Mask } from './token.ts';

/** How an ID token is minted: the input `exchange`. */
export type Exchange = 'auto' | 'token_uri' | 'generate_id_token';

interface Deps {
  readonly http: Http;
  readonly endpoints: Pick<Endpoints, 'token'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly mask: Mask;
}

export interface Exchanged {
  readonly jwt: string;
  /** Who gave it, for what is said of it. */
  readonly source: string;
  /** Whether Google itself gave it, over https (of the emulator, that it was asked in its place). */
  readonly isGoogles: boolean;
  /** The clock that Google agreed with. */
  readonly clock: Clock;
}

/** Seconds that what is signed is valid: the most that Google and IAP take. */
const lifetime = 3600;

/**
 * An ID token for the audience, by the way that was asked for; `auto` goes by what needs the fewest permissions, and
 * takes the other way if only that one is granted.
 *
 * @throws {IapError} with the code of the way that was tried first
 */
export async function mintIdToken(
  credential: Credential,
  audience: string,
  { exchange, ...deps }: Deps & { exchange: Exchange },
): Promise<Exchanged> {
  const { signer, idToken } = credential;
  const bySigner =
    signer && (() => withRightClock(deps, (right) => signAndExchange(credential, signer, audience, right)));
  const byIdToken =
    idToken &&
    (async () => ({
      jwt: await idToken(audience),
      source: 'Google',
      isGoogles: credential.isUnvouched !== true,
      clock: deps.clock,
    }));
  const ways = { token_uri: bySigner, generate_id_token: byIdToken };
  const preferred = credential.prefers === 'signer' ? bySigner : byIdToken;
  const first = exchange === 'auto' ? preferred : ways[exchange];
  if (first === undefined) throw impossible(exchange);
  try {
    return await first();
  } catch (error) {
    const isWorthAnother = exchange === 'auto' && first === byIdToken && hasCode(error, 'iam-permission-denied');
    const other = isWorthAnother ? await bySigner?.().catch(() => undefined) : undefined;
    if (other === undefined) throw error;
    deps.log.debug('generateIdToken is not granted; signJwt is, and was used instead');
    return other;
  }
}

/** A JWT of the account's own. */
export interface SelfSigned {
  readonly jwt: string;
  readonly signer: Signer;
  readonly principal: string;
}

/**
 * A JWT that the account signs for the app's URL, and that IAP takes as it is:
 * https://cloud.google.com/iap/docs/authentication-howto#authenticating_with_a_signed_jwt
 *
 * @throws {IapError} `credentials-unsupported` if the credential cannot sign
 */
export async function signForUrl(
  { signer, principal }: Credential,
  audience: string,
  { clock }: Pick<Deps, 'clock'>,
): Promise<SelfSigned> {
  if (signer === undefined || principal === undefined) throw impossible('signed_jwt');
  return { jwt: await signer.sign(claimsFor(principal, audience, clock)), signer, principal };
}

async function signAndExchange(
  credential: Credential,
  { sign, tokenUri }: Signer,
  audience: string,
  deps: Deps,
): Promise<Exchanged> {
  const account = credential.principal ?? '';
  const assertion = () => sign({ ...claimsFor(account, tokenUri, deps.clock), target_audience: audience });
  const jwt = await exchangeAssertion({ endpoint: tokenUri, assertion, account, audience }, deps);
  return { jwt, source: tokenUri, isGoogles: tokenUri === deps.endpoints.token, clock: deps.clock };
}

function claimsFor(account: string, aud: string, clock: Clock): Record<string, string | number> {
  const iat = Math.floor(clock.now() / 1000);
  return { iss: account, sub: account, aud, iat, exp: iat + lifetime };
}

/** Works by this machine's clock; if Google finds it wrong, once more by Google's own. */
async function withRightClock<T>(deps: Deps, work: (deps: Deps) => Promise<T>): Promise<T> {
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

function impossible(way: Exchange | 'signed_jwt'): IapError {
  if (way === 'auto') {
    const fix = 'Set service_account to the account to impersonate.';
    return new IapError('credentials-unsupported', 'this credential can neither sign nor mint an ID token itself', {
      fix,
    });
  }
  const setting = way === 'signed_jwt' ? `token_kind: ${way}` : `exchange: ${way}`;
  const fix =
    'A service account does: set service_account to the account to impersonate, or leave exchange and token_kind out.';
  return new IapError('credentials-unsupported', `this credential does not support ${setting}`, { fix });
}
