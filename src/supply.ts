import { audienceFor } from './audience.ts';
import { type Bearer, createBearers } from './bearer.ts';
import { type Clock, systemClock } from './clock.ts';
import type { Config } from './config.ts';
import type { TokenHeader } from './header.ts';
import type { Minted } from './mint.ts';
import { type Opened, rethrowInCamel } from './options.ts';
import { mintPatiently } from './propagation.ts';
import { chooseSource } from './sources/index.ts';
import type { Token } from './token.ts';
import { openWorld, type World } from './world.ts';

/** A token that IAP takes, and what people may know of it. */
export interface IapToken {
  /** Prints as `[token]`; `token.reveal()` is the token itself. */
  readonly token: Token;
  readonly kind: 'id_token' | 'signed_jwt';
  /** The claim `aud`. */
  readonly audience: string;
  /** The email that it carries: the account to grant access to. */
  readonly principal: string;
  /** By Google's clock. */
  readonly expiresAt: Date;
}

/** A token that is always valid. */
export interface TokenSource {
  /**
   * A token that is valid for a minute yet.
   *
   * @param rejected a token that IAP found expired: another is given, minted once for all who were refused
   * @throws {IapError} when there is none; the next call tries again
   */
  getToken(rejected?: IapToken): Promise<IapToken>;
  /** Where its tokens may go: the origins of `url`. */
  readonly origins: readonly string[];
  readonly tokenHeader: TokenHeader;
}

/** Mints one token. */
export async function supplyToken({ config, env, openCi }: Opened): Promise<IapToken> {
  return tokenOf(await mintOnce(config, openWorld(config, env, openCi())));
}

/** Keeps a token, and mints it anew in time. Nothing is sent before the first is asked for. */
export function supplyTokens({ config, env, openCi }: Opened, clock: Clock = systemClock): TokenSource {
  chooseSource(config);
  // What the work remembers (secrets to hide, requests made) is not kept from one token to the next.
  const open = () => openWorld(config, env, openCi(), clock);
  const { log } = open();
  const bearers = createBearers({ mint: () => mintOnce(config, open()), clock, log });
  return {
    origins: [...new Set(config.url.map(({ origin }) => origin))],
    tokenHeader: config.tokenHeader,
    getToken: async (rejected) => tokenOf(await (rejected ? bearers.renew(rejected) : bearers.current())),
  };
}

async function mintOnce(config: Config, world: World): Promise<Minted> {
  try {
    const audience = await audienceFor(config, world);
    return await mintPatiently(config, audience, world);
  } catch (error) {
    return rethrowInCamel(error);
  }
}

function tokenOf({ token, facts }: Bearer): IapToken {
  const { kind, audience, principal, expires_at } = facts;
  return { token, kind, audience, principal, expiresAt: new Date(expires_at) };
}
