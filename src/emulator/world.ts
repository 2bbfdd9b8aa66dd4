import type { Accounts } from './account.ts';
import type { Faults } from './fault.ts';
import type { SigningKey } from './jwt.ts';
import type { Ledger } from './ledger.ts';

/** An app behind the gate. It gets what IAP passes on, and sees nothing of what IAP refused. */
export type App = (request: Request) => Response | Promise<Response>;

/** All that the emulator's handlers know, and all that changes between two requests. */
export interface World {
  /** Google's services, as an origin: `http://127.0.0.1:PORT`. */
  readonly url: string;
  /** The app behind IAP, as an origin. */
  readonly appUrl: string;
  readonly appTitle: string;
  /** IAP's OAuth client id. */
  readonly clientId: string;
  /** The clock, in milliseconds since the epoch. */
  readonly now: () => number;
  readonly keys: Keys;
  readonly accounts: Accounts;
  /** Emails with `roles/iap.httpsResourceAccessor` on the app. */
  readonly members: Set<string>;
  readonly faults: Faults;
  readonly ledger: Ledger;
  app: App;
}

/** Google publishes two keys for ID tokens and signs with one; IAP has its own. */
export interface Keys {
  readonly google: SigningKey;
  readonly googleNext: SigningKey;
  readonly iap: SigningKey;
}

/** The clock in whole seconds, as claims have it. */
export const seconds = (world: Pick<World, 'now'>): number => Math.floor(world.now() / 1000);
