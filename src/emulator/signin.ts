import { createHash, randomBytes } from 'node:crypto';
import { issueAccessToken } from './accesstoken.ts';
import { uniqueId } from './account.ts';
import { mintIdToken } from './idtoken.ts';
import type { User } from './user.ts';
import type { World } from './world.ts';

export const emailScope = 'https://www.googleapis.com/auth/userinfo.email';

/** The user of that email, who now signs in: with a consent that nobody took back. */
export function signIn(email: string, world: World): User {
  const user = world.users.get(email) ?? { email, id: uniqueId() };
  user.refusal = undefined;
  world.users.delete(email);
  world.users.set(email, user);
  return user;
}

export function issueRefreshToken(user: User, scopes: readonly string[], world: World): string {
  const token = `1//0${randomBytes(48).toString('base64url')}`;
  world.refreshTokens.set(token, { user, scopes });
  world.ledger.keep(token);
  return token;
}

interface Consent {
  readonly user: User;
  readonly scopes: readonly string[];
  /** `aud` of the ID token, where it is not the client's own id. */
  readonly audience?: string | undefined;
}

/** What both grants of a user answer; an ID token only for the scope `openid`. */
export async function userTokens({ user, scopes, audience }: Consent, world: World): Promise<Record<string, unknown>> {
  const members = [`user:${user.email}`];
  const accessToken = issueAccessToken({ kind: 'user', members, scopes }, world);
  const answer = { access_token: accessToken, expires_in: 3599, scope: scopes.join(' '), token_type: 'Bearer' };
  if (!scopes.includes('openid')) return answer;
  const email = scopes.includes(emailScope) ? { email: user.email, email_verified: true } : {};
  const claims = { aud: audience ?? world.desktop.id, azp: world.desktop.id, sub: user.id, ...email };
  return { ...answer, id_token: await mintIdToken({ ...claims, at_hash: hashOf(accessToken) }, world) };
}

/** https://openid.net/specs/openid-connect-core-1_0.html#CodeIDToken */
const hashOf = (token: string): string =>
  createHash('sha256').update(token).digest().subarray(0, 16).toString('base64url');
