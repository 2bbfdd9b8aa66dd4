import { bearerIn, maskJwt } from '../token.ts';
import { noToken } from './oidc.ts';
import type { Env, OidcDeps } from './system.ts';

/** Where a CI system puts a job's OIDC token. */
interface Place {
  readonly system: string;
  readonly variable: string;
  /** What the job lacks if there is none. */
  readonly fix: string;
}

/**
 * The OIDC token that the CI system put into the job's environment before it began.
 *
 * @throws {IapError} `oidc-unavailable`
 */
export function takeToken(env: Env, { system, variable, fix }: Place, { mask }: Pick<OidcDeps, 'mask'>): string {
  const token = bearerIn(env[variable]?.trim());
  if (token === undefined) throw noToken(system, fix);
  maskJwt(token, mask);
  return token;
}
