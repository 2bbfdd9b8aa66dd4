import type { JWTPayload } from 'jose';
import type { KeyFile } from './account.ts';
import type { ExternalAccountFile, ExternalAccountOptions, GithubEnv, ImpersonatedFile, UserFile } from './file.ts';
import type { Ledger } from './ledger.ts';
import type { Provider } from './provider.ts';
import type { Role } from './role.ts';
import type { Fault, Service } from './service.ts';
import type { App, IapMode } from './world.ts';

/** Google, a CI's OIDC issuer, IAP and a demo app, on loopback. */
export interface Emulator extends Place, Iap, Accounts, Iam, Ci, Users, Faulty {
  /** Also ends what still hangs. */
  close(): Promise<void>;
}

/** Where it is, and what its names are. */
export interface Place {
  /** `127.0.0.1:PORT`: what `IAP_AUTH_EMULATOR_HOST` takes. */
  readonly host: string;
  /** Google's services: `http://127.0.0.1:PORT`. */
  readonly url: string;
  /** The app behind IAP: `http://127.0.0.1:APPPORT`. */
  readonly appUrl: string;
  /** The OAuth client id of the app's owner: the audience of IAP's ID tokens. */
  readonly clientId: string;
  /** The OAuth client that users sign in with, of the same project. */
  readonly desktopClientId: string;
  readonly desktopClientSecret: string;
  /** Name of the workload identity provider that is there from the start. */
  readonly provider: string;
  /** `aud` of the assertions that IAP sends to the app. Keys: `/iap/verify/public_key-jwk`. */
  readonly assertionAudience: string;
  readonly ledger: Ledger;
}

export interface Iap {
  /** Gives `roles/iap.httpsResourceAccessor` on the app. */
  grant(email: string): void;
  /** Takes it away. */
  revoke(email: string): void;
  /** What IAP runs on; at first a custom client. */
  setIap(mode: IapMode): void;
  /** Makes IAP take the ID tokens of another OAuth client: `programmatic_clients` of its settings. */
  allowlist(clientId: string): void;
  /** Puts another app behind IAP. */
  setApp(app: App): void;
}

export interface Accounts {
  /** A service account, without a key. */
  createAccount(email: string): void;
  /** A key of a service account, as Google's key file; creates the account if need be. */
  createKey(email: string): Promise<KeyFile>;
  /** Deletes one key of the account, or all. */
  deleteKey(email: string, keyId?: string): void;
  /** Deletes the account with its keys, its role and its policy. */
  deleteAccount(email: string): void;
  /** Runs the service account's machine: without one, there is no metadata server. Default scope: `cloud-platform`. */
  attach(email: string, options?: { readonly scopes?: readonly string[] }): void;
}

export interface Iam {
  /**
   * Lets a member (`serviceAccount:…`, `user:…`, `principal://…`, `principalSet://…`) act as the account,
   * which is created if need be. As with Google, no account may act as itself unless told so.
   */
  allow(member: string, account: string, role: Role): void;
  disallow(member: string, account: string, role: Role): void;
  /** Disables the IAM Credentials API. */
  disableApi(): void;
  enableApi(): void;
  /** A workload identity provider, or new settings of one, by its name: default `emulator.provider`. Gives its name. */
  createProvider(options?: Partial<Provider>): string;
  /** How policies call a job of the default provider's pool, by the claim `sub`. */
  principal(subject: string): string;
  /** How policies call all jobs of that pool with such an attribute; without one, all its jobs. */
  principalSet(attribute?: string, value?: string): string;
  /** Without a file, it names the CI's issuer, as a job of those claims. */
  externalAccountFile(
    options?: Partial<ExternalAccountOptions> & { readonly claims?: JWTPayload },
  ): ExternalAccountFile;
  /** `source` is another credential file. Delegates are emails. */
  impersonatedFile(source: object, account: string, delegates?: readonly string[]): ImpersonatedFile;
}

export interface Ci {
  /** The environment of a job that may ask for OIDC tokens; with `claims` they say so. */
  githubEnv(claims?: JWTPayload): GithubEnv;
  /** An OIDC token for the default provider, as of GitHub's issuer; `claims` win, `iss` and times too. */
  signCiToken(claims?: JWTPayload): Promise<string>;
  /**
   * Signs any claims as Google does ID tokens. `iss`, `aud`, `iat` and `exp` have the defaults of a
   * token for this app; give `undefined` to leave one out.
   */
  mintIdToken(claims: JWTPayload): Promise<string>;
}

export interface Users {
  /** A user who signed in, and whom the browser remembers. Default scopes: those of `gcloud auth application-default login`. */
  createUser(email: string, options?: { readonly scopes?: readonly string[] }): UserFile;
  /** Refuses the user's refresh tokens, until the next sign-in: consent taken back, or a new sign-in due. */
  revokeUser(email: string, why: 'revoked' | 'rapt'): void;
  /** Deletes the OAuth client that users sign in with. */
  deleteClient(): void;
}

export interface Faulty {
  /** Makes a service fail. Of several faults the first with times left applies. */
  fail(service: Service, fault: Fault): void;
  clearFaults(): void;
}
