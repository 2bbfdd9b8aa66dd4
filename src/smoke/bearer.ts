import type { Clock } from '../clock.ts';
import type { TokenFacts } from '../report/result.ts';
import type { Token } from '../token.ts';

/** A token, and what people may know of it. */
export interface Bearer {
  readonly token: Token;
  readonly facts: TokenFacts;
}

/** The token that checks are made with, which outlives any one of them. */
export interface Bearers {
  /** One that is valid for a minute yet. */
  current(): Promise<Bearer>;
  /** Another than this one, if nobody has minted it already. */
  renew(old: Bearer): Promise<Bearer>;
}

/** Milliseconds before its expiry at which a token is not sent any more. */
const margin = 60_000;

/** Starts from a token; mints one anew, once for all who ask, when it is about to expire or was found expired. */
export function bearersFrom(first: Bearer, mint: () => Promise<Bearer>, clock: Clock): Bearers {
  let held = Promise.resolve(first);
  // What each token is being replaced by, known at once to all who ask in the same turn.
  const replacements = new Map<Bearer, Promise<Bearer>>();
  const renew = (old: Bearer): Promise<Bearer> => {
    const found = replacements.get(old);
    if (found !== undefined) return found;
    const fresh = mint();
    replacements.set(old, fresh);
    // A failure must not be kept: the old token may still serve another check, and the next may be minted.
    held = fresh.catch(() => {
      replacements.delete(old);
      return old;
    });
    return fresh;
  };
  return {
    renew,
    current: async () => {
      const bearer = await held;
      return Date.parse(bearer.facts.expires_at) - clock.now() > margin ? bearer : renew(bearer);
    },
  };
}
