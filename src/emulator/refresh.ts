import { judgeClient, projectOfClient } from './client.ts';
import { invalidGrant, invalidRequest, json, type Refusal, refuse } from './refusal.ts';
import { userTokens } from './signin.ts';
import type { RefreshToken, User } from './user.ts';
import type { World } from './world.ts';

/** https://developers.google.com/identity/protocols/oauth2/native-app#offline */
export async function refreshTokens(form: URLSearchParams, world: World): Promise<Response> {
  const audience = form.get('audience') ?? undefined;
  const found = judgeClient(form, world) ?? findToken(form.get('refresh_token'), world);
  if ('error' in found) return refuse(found);
  const wrong = wrongUser(found.user) ?? wrongAudience(audience, world);
  return wrong ? refuse(wrong) : json(200, await userTokens({ ...found, audience }, world));
}

/** unsure: both texts. */
function findToken(token: string | null, { refreshTokens: known }: World): RefreshToken | Refusal {
  if (!token) return invalidRequest('Missing required parameter: refresh_token');
  return known.get(token) ?? invalidGrant('Bad Request');
}

function wrongUser({ refusal }: User): Refusal | undefined {
  if (refusal === 'revoked') return invalidGrant('Token has been expired or revoked.');
  if (refusal === 'rapt')
    return { ...invalidGrant('reauth related error (invalid_rapt)'), error_subtype: 'invalid_rapt' };
  return undefined;
}

/** unsure: that any client of the project will do, known or not. */
function wrongAudience(audience: string | undefined, { desktop }: World): Refusal | undefined {
  if (audience === undefined || projectOfClient(audience) === projectOfClient(desktop.id)) return undefined;
  return {
    error: 'invalid_audience',
    error_description: 'The audience client and the client need to be in the same project.',
  };
}
