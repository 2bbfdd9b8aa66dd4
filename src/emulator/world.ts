import type { JWTPayload } from 'jose';
import type { Accounts } from './account.ts';
import type { Faults } from './fault.ts';
import type { SigningKey } from './jwt.ts';
import type { Ledger } from './ledger.ts';
import type { Provider } from './provider.ts';
import type { Bindings } from './role.ts';
import type { Code, RefreshToken, User } from './user.ts';

/** An app behind the gate. It gets what IAP passes on, and sees nothing of what IAP refused. */
export type App = (request: Request) => Response | Promise<Response>;

/** What IAP runs on: an OAuth client of the app's owner, Google's own, or Identity Platform. */
export type IapMode = 'custom' | 'google-managed' | 'identity-platform';

/** All that the emulator's handlers know, and all that changes between two requests. */
export interface World {
  /** Google's services, as an origin: `http://127.0.0.1:PORT`. */
  readonly url: string;
  /** The app behind IAP, as an origin. */
  readonly appUrl: string;
  readonly appTitle: string;
  /** The OAuth client id of the app's owner. */
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
  iapMode: IapMode;
  /** Client ids that IAP takes ID tokens for, beside its own. */
  readonly allowlist: Set<string>;
  /** Who may do what with a service account. */
  readonly bindings: Bindings;
  /** Whether the IAM Credentials API is enabled. */
  isApiEnabled: boolean;
  readonly accessTokens: Map<string, AccessToken>;
  /** By name. */
  readonly providers: Map<string, Provider>;
  /** Claims of the CI jobs, by the token that a job asks for its own with. */
  readonly jobs: Map<string, JWTPayload>;
  /** The OAuth client that users sign in with. */
  readonly desktop: DesktopClient;
  /** By email, in the order in which they last signed in. */
  readonly users: Map<string, User>;
  readonly refreshTokens: Map<string, RefreshToken>;
  readonly codes: Map<string, Code>;
  /** The service account of the machine; none: there is no metadata server. */
  machine: Machine | undefined;
}

/** Google publishes two keys for ID tokens and signs with one; IAP and the CI have their own. */
export interface Keys {
  readonly google: SigningKey;
  readonly googleNext: SigningKey;
  readonly iap: SigningKey;
  readonly ci: SigningKey;
}

/** What an opaque access token stands for. */
export interface AccessToken {
  readonly kind: 'federated' | 'account' | 'user';
  /** All that its bearer is called in policies. */
  readonly members: readonly string[];
  readonly scopes: readonly string[];
  /** In seconds since the epoch. */
  readonly expires: number;
}

export interface DesktopClient {
  readonly id: string;
  readonly secret: string;
  isDeleted: boolean;
}

export interface Machine {
  readonly email: string;
  readonly scopes: readonly string[];
}

/** The clock in whole seconds, as claims have it. */
export const seconds = (world: Pick<World, 'now'>): number => Math.floor(world.now() / 1000);
