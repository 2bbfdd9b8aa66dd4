import { randomBytes } from 'node:crypto';
import { type AccessToken, seconds, type World } from './world.ts';

export const cloudPlatform = 'https://www.googleapis.com/auth/cloud-platform';

const prefixes: Readonly<Record<AccessToken['kind'], string>> = {
  federated: 'ya29.d.',
  account: 'ya29.c.',
  user: 'ya29.a0',
};

/** A new access token. As Google's it is opaque, and says by its first letters what it stands for. */
export function issueAccessToken({ lifetime = 3600, ...token }: NewToken, world: World): string {
  const text = prefixes[token.kind] + randomBytes(96).toString('base64url');
  world.accessTokens.set(text, { ...token, expires: seconds(world) + lifetime });
  world.ledger.keep(text);
  return text;
}

type NewToken = Omit<AccessToken, 'expires'> & {
  /** In seconds. */
  readonly lifetime?: number;
};

/** Tokens of a service account die with it. */
export function revokeAccessTokens(email: string, { accessTokens }: World): void {
  for (const [token, { members }] of accessTokens) {
    if (members.includes(accountMember(email))) accessTokens.delete(token);
  }
}

export const accountMember = (email: string): string => `serviceAccount:${email}`;
