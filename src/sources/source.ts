import type { Guard } from '../ci/guard.ts';
import type { Env } from '../ci/system.ts';
import type { Clock } from '../clock.ts';
import type { Endpoints } from '../google/endpoints.ts';
import type { Http } from '../http.ts';
import type { Log } from '../log.ts';
import type { Mask } from '../token.ts';

/** The part of the configuration that sources read. */
export interface SourceConfig {
  readonly credentialsJson: string | undefined;
  readonly workloadIdentityProvider: string | undefined;
  readonly serviceAccount: string | undefined;
  readonly delegates: readonly string[];
  readonly audience: string | undefined;
  readonly subjectTokenFile: string | undefined;
  readonly subjectTokenVariable: string | undefined;
  readonly idToken: string | undefined;
  readonly universe: string;
}

/** What a source may use of the world. */
export interface SourceDeps {
  readonly http: Http;
  readonly endpoints: Endpoints;
  readonly clock: Clock;
  readonly ci: Guard;
  readonly env: Env;
  readonly log: Log;
  readonly mask: Mask;
}

export type JwtClaims = Readonly<Record<string, string | number>>;

/** Signs claims as an account, RS256, and masks the result. */
export interface Signer {
  readonly sign: (claims: JwtClaims) => Promise<string>;
  /** Where an assertion is exchanged, and its `aud`. */
  readonly tokenUri: string;
  /** Where the signer's public keys are, if the signature was made elsewhere and is worth checking. */
  readonly keys?: string;
}

/** What a caller can do with a credential. Each source gives what its kind of credential allows. */
export interface Credential {
  /** The email that the token must carry; undefined where only the token itself tells. */
  readonly principal: string | undefined;
  /** Whether what `idToken` gives did not come from Google over https: then only its signature vouches for it. */
  readonly isUnvouched?: true;
  /** Whom a role is granted to, so that the access token may act as a service account: an IAM member. */
  readonly member: () => string;
  /** Its own access token, to act as a service account with. */
  readonly accessToken?: () => Promise<string>;
  readonly signer?: Signer;
  /** An ID token that Google mints directly. */
  readonly idToken?: (audience: string) => Promise<string>;
  /** Which way needs the fewest permissions; `id_token` where it is the only one. */
  readonly prefers: 'signer' | 'id_token';
}

/** The fields of a Google credential file, not yet checked. */
export type CredentialFile = Readonly<Record<string, unknown>>;

/** Opens a credential file of one type; `openAny` opens one that it holds, of whatever type. */
export type OpenFile = (file: CredentialFile, deps: SourceDeps, openAny: OpenAny) => Promise<Credential>;

export type OpenAny = (file: CredentialFile, deps: SourceDeps) => Promise<Credential>;

/** One row of the table of sources. */
export interface Source {
  /** The input that chooses it. */
  readonly name: string;
  readonly chosenBy: (config: SourceConfig) => boolean;
  /** @throws {IapError} what is wrong with the credential */
  readonly open: (config: SourceConfig, deps: SourceDeps) => Promise<Credential>;
}
