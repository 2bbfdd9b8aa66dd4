/** A Google account of a person. */
export interface User {
  readonly email: string;
  /** Google's numeric id. */
  readonly id: string;
  /** Why its refresh tokens are refused: it took the consent back, or Google asks for a new sign-in. */
  refusal?: 'revoked' | 'rapt' | undefined;
}

export interface RefreshToken {
  readonly user: User;
  readonly scopes: readonly string[];
}

/** An authorization code, and what its exchange must match. */
export interface Code {
  readonly user: User;
  readonly scopes: readonly string[];
  readonly redirectUri: string;
  /** S256 of the verifier. */
  readonly challenge: string | undefined;
  /** Whether a refresh token was asked for. */
  readonly isOffline: boolean;
  /** In seconds since the epoch. */
  readonly expires: number;
  isUsed: boolean;
}
