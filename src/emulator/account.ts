import { randomInt } from 'node:crypto';
import type { KeyObject } from 'jose';
import { createKeyPair, keyId } from './jwt.ts';

/** A service account: who it is, and which of its keys still count. */
export interface Account {
  readonly email: string;
  /** Its numeric id: `sub` of its ID tokens, `client_id` of its key files. */
  readonly uniqueId: string;
  /** Public keys by key id. */
  readonly keys: Map<string, KeyObject>;
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

/** A new key of the account, which is created if there is none. */
export async function createKey(accounts: Accounts, email: string, tokenUri: string): Promise<KeyFile> {
  const { publicKey, pem } = await createKeyPair();
  const account = accounts.get(email) ?? { email, uniqueId: uniqueId(), keys: new Map() };
  const kid = keyId();
  account.keys.set(kid, publicKey);
  accounts.set(email, account);
  return {
    type: 'service_account',
    project_id: /@(.+)\.iam\.gserviceaccount\.com$/.exec(email)?.[1] ?? 'emulator',
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

/** The keys that a signature with this `kid` may come from: all of them where it names none. */
export function keysOf(account: Account, kid: string | undefined): KeyObject[] {
  if (kid === undefined) return [...account.keys.values()];
  const key = account.keys.get(kid);
  return key ? [key] : [];
}

const uniqueId = (): string => `1${Array.from({ length: 20 }, () => randomInt(10)).join('')}`;
