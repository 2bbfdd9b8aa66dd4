import type { Endpoints } from '../google/endpoints.ts';
import type { Mask } from '../token.ts';

/** The part of the configuration that sources read. */
export interface SourceConfig {
  readonly credentialsJson: string | undefined;
}

/** What a source may use of the world. */
export interface SourceDeps {
  readonly endpoints: Endpoints;
  readonly mask: Mask;
}

export type JwtClaims = Readonly<Record<string, string | number>>;

/** What a caller can do with a credential. Each source gives what its kind of credential allows. */
export interface Credential {
  /** The email that the token must carry. */
  readonly principal: string;
  /** Where an assertion of this credential is exchanged, and its `aud`. */
  readonly tokenUri: string;
  /** Signs claims as the account, RS256, and masks the result. */
  readonly sign: (claims: JwtClaims) => Promise<string>;
}

/** One row of the table of sources. */
export interface Source {
  readonly name: string;
  /** What it looks for, as `credentials-missing` says it. */
  readonly looksFor: string;
  readonly chosenBy: (config: SourceConfig) => boolean;
  /** @throws {IapError} `credentials-malformed`, `credentials-unsupported` */
  readonly open: (config: SourceConfig, deps: SourceDeps) => Promise<Credential>;
}
