import { randomInt } from 'node:crypto';
import type { CryptoKey, JWK, KeyObject } from 'jose';
import { exportJWK } from 'jose';
import { createKeyPair, createSigningKey, keyId, type SigningKey } from './jwt.ts';

/** A service account: who it is, and which of its keys still count. */
export interface Account {
  readonly email: string;
  /** Its numeric id: `sub` of its ID tokens, `client_id` of its key files. */
  readonly uniqueId: string;
  /** Public keys of its key files, by key id. */
  readonly keys: Map<string, KeyObject>;
  /** The key that Google keeps for it, made when it is first used. */
  managedKey?: Promise<SigningKey>;
}

export type Accounts = Map<string, Account>;

/**
 * A Google key file, as `gcloud iam service-accounts keys create` writes it.
 * https://cloud.google.com/iam/docs/keys-create-delete
 */
export interface KeyFile {
  readonly type: 'service_account';
  readonly project_id: string;
  readonly private_key_id: string;
  readonly private_key: string;
  readonly client_email: string;
  readonly client_id: string;
  readonly auth_uri: string;
  readonly token_uri: string;
  readonly auth_provider_x509_cert_url: string;
  readonly client_x509_cert_url: string;
  readonly universe_domain: string;
}

/** The account, which is created if there is none. */
export function ensureAccount(accounts: Accounts, email: string): Account {
  const account = accounts.get(email) ?? { email, uniqueId: uniqueId(), keys: new Map() };
  accounts.set(email, account);
  return account;
}

/** A new key of the account, which is created if there is none. */
export async function createKey(accounts: Accounts, email: string, tokenUri: string): Promise<KeyFile> {
  const { publicKey, pem } = await createKeyPair();
  const account = ensureAccount(accounts, email);
  const kid = keyId();
  account.keys.set(kid, publicKey);
  return {
    type: 'service_account',
    project_id: projectOf(email),
    private_key_id: kid,
    private_key: pem,
    client_email: email,
    client_id: account.uniqueId,
    auth_uri: 'https://accounts.google.com/o/oauth2/auth',
    token_uri: tokenUri,
    auth_provider_x509_cert_url: 'https://www.googleapis.com/oauth2/v1/certs',
    client_x509_cert_url: `https://www.googleapis.com/robot/v1/metadata/x509/${encodeURIComponent(email)}`,
    universe_domain: 'googleapis.com',
  };
}

/** The key that `signJwt` and `signBlob` sign with. */
export function managedKeyOf(account: Account): Promise<SigningKey> {
  account.managedKey ??= createSigningKey('RS256');
  return account.managedKey;
}

/** The keys that a signature with this `kid` may come from: all of them where it names none. */
export async function keysOf(account: Account, kid: string | undefined): Promise<(CryptoKey | KeyObject)[]> {
  const managed = await account.managedKey;
  const all = [...account.keys, ...(managed ? [[managed.kid, managed.publicKey] as const] : [])];
  return all.filter(([id]) => kid === undefined || id === kid).map(([, key]) => key);
}

/** All its public keys, as Google publishes them. */
export async function jwksOf(account: Account): Promise<JWK[]> {
  const own = [...account.keys].map(async ([kid, key]) => ({
    ...(await exportJWK(key)),
    alg: 'RS256',
    kid,
    use: 'sig',
  }));
  return [...(await Promise.all(own)), (await managedKeyOf(account)).jwk];
}

export const uniqueId = (): string => `1${Array.from({ length: 20 }, () => randomInt(10)).join('')}`;

const projectOf = (email: string): string => /@(.+)\.iam\.gserviceaccount\.com$/.exec(email)?.[1] ?? 'emulator';
