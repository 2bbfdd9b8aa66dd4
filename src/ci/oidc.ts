import { IapError } from '../errors.ts';
import { githubPermissions } from '../failures/workload.ts';
import { bearerIn, wordsOf } from '../google/wire.ts';
import { jsonObject } from '../json.ts';
import { isConfidential } from '../origin.ts';
import { maskJwt } from '../token.ts';
import type { Env, OidcDeps } from './system.ts';

/**
 * GitHub's OIDC token: https://docs.github.com/actions/reference/security/oidc
 * Fetched here and not by @actions/core, which writes to stdout, names itself and tries again by rules of its own.
 */
export async function fetchOidcToken(env: Env, audience: string, { http, mask }: OidcDeps): Promise<string> {
  const { ACTIONS_ID_TOKEN_REQUEST_URL: endpoint, ACTIONS_ID_TOKEN_REQUEST_TOKEN: bearer } = env;
  if (!endpoint || !bearer || bearerIn(bearer) === undefined)
    throw new IapError('oidc-unavailable', 'GitHub gives this job no OIDC token', { fix: githubPermissions });
  mask(bearer);
  if (!URL.canParse(endpoint) || !isConfidential(new URL(endpoint))) {
    throw new IapError('oidc-refused', "the address of GitHub's OIDC endpoint is no https URL", {
      host: 'ACTIONS_ID_TOKEN_REQUEST_URL',
    });
  }
  const url = new URL(endpoint);
  url.searchParams.set('audience', audience);
  const response = await http({
    method: 'GET',
    url,
    headers: { authorization: `Bearer ${bearer}`, accept: 'application/json' },
  });
  const { value } = jsonObject(response.body);
  if (typeof value === 'string') maskJwt(value, mask);
  if (response.status === 200 && typeof value === 'string') return value;
  const message = `GitHub's OIDC endpoint refused: ${wordsOf(response.status, typeof value === 'string' ? undefined : response.body)}`;
  throw new IapError('oidc-refused', message, { host: url.host });
}
