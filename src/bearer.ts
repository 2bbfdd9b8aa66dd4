import { type Clock, ticksOf } from './clock.ts';
import { IapError } from './errors.ts';
import type { Log } from './log.ts';
import type { TokenFacts } from './report/result.ts';
import type { Token } from './token.ts';

/** A token, and what people may know of it. */
export interface Bearer {
  readonly token: Token;
  readonly facts: TokenFacts;
  /** The clock that the issuer agrees with, where it is not this machine's. */
  readonly clock?: Clock;
}

/** The token that requests are made with, which outlives any one of them. */
export interface Bearers {
  /** One that is valid for a minute yet. */
  current(): Promise<Bearer>;
  /** Another than this one, if nobody has minted it already. */
  renew(old: Pick<Bearer, 'token'>): Promise<Bearer>;
}

export interface BearerOptions {
  readonly mint: () => Promise<Bearer>;
  readonly clock: Clock;
  /** A token that is there already. */
  readonly first?: Bearer;
  /** Milliseconds before its expiry at which a token is minted anew, while it is still handed out. */
  readonly ahead?: number;
  /** Milliseconds that a fresh token must be valid for. */
  readonly mustLast?: number;
  readonly log?: Pick<Log, 'info'>;
}

/** Milliseconds before its expiry at which a token is not sent any more. */
const margin = 60_000;
/** Milliseconds between two tries of replacing a token that is still valid. */
const pause = 10_000;

/** Starts from a token; mints one anew when it is about to expire or was found expired. */
export function bearersFrom(first: Bearer, mint: () => Promise<Bearer>, clock: Clock): Bearers {
  return createBearers({ first, mint, clock, ahead: margin, mustLast: 0 });
}

/**
 * Keeps a token, and mints one anew, once for all who ask: ahead of its expiry while the old one still serves, and
 * when it is about to expire or was found expired. A failure is kept by nobody: the next who asks has it minted again.
 */
export function createBearers(options: BearerOptions): Bearers {
  const { clock, ahead = 300_000 } = options;
  let held = options.first && hold(options.first, clock);
  let pending: Promise<Bearer> | undefined;
  let early: Promise<Bearer> | undefined;
  let isRefused = false;
  let lastTry = Number.NEGATIVE_INFINITY;
  const replace = async () => {
    const fresh = await mintLasting(options);
    held = fresh;
    return fresh.bearer;
  };
  const refresh = () => {
    pending ??= replace().finally(() => {
      pending = undefined;
      isRefused = false;
    });
    return pending;
  };
  // What fails in the background was begun for nobody: who came to wait for it has a try of their own.
  const demand = () => (early === undefined ? refresh() : early.catch(refresh));
  const refreshAhead = async () => {
    // The clock may be set, forwards and back.
    if (pending !== undefined || Math.abs(clock.now() - lastTry) < pause) return;
    early = refresh();
    const failure = await early.catch(codeOf);
    early = undefined;
    lastTry = clock.now();
    if (typeof failure === 'string') options.log?.info(`The token could not be renewed before its expiry: ${failure}.`);
  };
  const current = async () => {
    // One that was found expired is not handed out while another is on its way.
    if (isRefused) await pending?.catch(() => undefined);
    const left = held?.left() ?? 0;
    if (held === undefined || left <= margin) return demand();
    // Nobody waits for it, not even for a log that fails.
    if (left <= ahead) refreshAhead().catch(() => undefined);
    return held.bearer;
  };
  const renew = async (old: Pick<Bearer, 'token'>) => {
    if (held !== undefined && held.bearer.token !== old.token) return current();
    isRefused = true;
    return demand();
  };
  return { current, renew };
}

interface Held {
  readonly bearer: Bearer;
  /** Milliseconds that it is valid for yet. */
  left(): number;
}

function hold(bearer: Bearer, clock: Clock): Held {
  const lifetime = Date.parse(bearer.facts.expires_at) - (bearer.clock ?? clock).now();
  const [time, tick] = [clock.now(), ticksOf(clock)];
  // Neither a clock that is set back nor one that stands still while the machine sleeps makes a token younger.
  return { bearer, left: () => lifetime - Math.max(clock.now() - time, ticksOf(clock) - tick) };
}

/** @throws {IapError} `token-expired` if what is minted is about to expire already */
async function mintLasting({ mint, mustLast = margin, clock }: BearerOptions): Promise<Held> {
  const fresh = hold(await mint(), clock);
  const left = fresh.left();
  if (left > mustLast) return fresh;
  const { expires_at: expiry } = fresh.bearer.facts;
  const now = new Date(Date.parse(expiry) - left).toISOString();
  throw new IapError('token-expired', `the token expires at ${expiry}, too soon to be useful`, { expiry, now });
}

function codeOf(error: unknown): string {
  return error instanceof IapError ? error.code : 'internal';
}
