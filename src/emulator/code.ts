import { createHash } from 'node:crypto';
import { judgeClient } from './client.ts';
import { invalidGrant, json, type Refusal, refuse } from './refusal.ts';
import { issueRefreshToken, userTokens } from './signin.ts';
import type { Code } from './user.ts';
import { seconds, type World } from './world.ts';

/**
 * https://developers.google.com/identity/protocols/oauth2/native-app#exchange-authorization-code
 * unsure: the order of the checks, and the texts of their refusals.
 */
export async function exchangeCode(form: URLSearchParams, world: World): Promise<Response> {
  const code = judgeClient(form, world) ?? takeCode(form, world);
  if ('error' in code) return refuse(code);
  const tokens = await userTokens(code, world);
  if (!code.isOffline) return json(200, tokens);
  return json(200, { ...tokens, refresh_token: issueRefreshToken(code.user, code.scopes, world) });
}

/** A code counts once, whatever comes of it. */
function takeCode(form: URLSearchParams, world: World): Code | Refusal {
  const code = world.codes.get(form.get('code') ?? '');
  if (!code) return invalidGrant('Malformed auth code.');
  if (code.isUsed || code.expires <= seconds(world)) return invalidGrant('Bad Request');
  code.isUsed = true;
  if (form.get('redirect_uri') !== code.redirectUri) {
    return { error: 'redirect_uri_mismatch', error_description: 'Bad Request' };
  }
  return wrongVerifier(form.get('code_verifier'), code) ?? code;
}

/** https://datatracker.ietf.org/doc/html/rfc7636#section-4.6 */
function wrongVerifier(verifier: string | null, { challenge }: Code): Refusal | undefined {
  if (challenge === undefined) return undefined;
  if (!verifier) return invalidGrant('Missing code verifier.');
  const isRight = createHash('sha256').update(verifier).digest('base64url') === challenge;
  return isRight ? undefined : invalidGrant('Invalid code verifier.');
}
