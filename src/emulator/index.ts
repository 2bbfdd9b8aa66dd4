import type { JWTPayload } from 'jose';
import { createKey, type KeyFile } from './account.ts';
import { createDemoApp } from './demo.ts';
import { Faults } from './fault.ts';
import { assertionAudience, serveGate } from './gate.ts';
import { serveGoogle } from './google.ts';
import { mintIdToken } from './idtoken.ts';
import { createSigningKey } from './jwt.ts';
import { Ledger } from './ledger.ts';
import { type Listener, listen } from './listener.ts';
import type { Fault, Service } from './service.ts';
import type { App, Keys, World } from './world.ts';

export type { KeyFile } from './account.ts';
export type { Exchange, Ledger } from './ledger.ts';
export type { Fault, Service } from './service.ts';
export type { App } from './world.ts';

export interface EmulatorOptions {
  /** Port of Google's services; 0, the default, takes a free one. */
  readonly port?: number;
  /** Port of the app behind IAP; 0, the default, takes a free one. */
  readonly appPort?: number;
  /** The emulator's clock, in milliseconds since the epoch: of tokens, checks and the `Date` header. */
  readonly now?: () => number;
  /** IAP's OAuth client id. */
  readonly clientId?: string;
  /** The app's name in IAP's refusals. */
  readonly appTitle?: string;
}

/** Google, IAP and a demo app, on loopback. */
export interface Emulator {
  /** `127.0.0.1:PORT`: what `IAP_AUTH_EMULATOR_HOST` takes. */
  readonly host: string;
  /** Google's services: `http://127.0.0.1:PORT`. */
  readonly url: string;
  /** The app behind IAP: `http://127.0.0.1:APPPORT`. */
  readonly appUrl: string;
  /** IAP's OAuth client id: the audience of its ID tokens. */
  readonly clientId: string;
  /** `aud` of the assertions that IAP sends to the app. Keys: `/iap/verify/public_key-jwk`. */
  readonly assertionAudience: string;
  readonly ledger: Ledger;
  /** A key of a service account, as Google's key file; creates the account if need be. */
  createKey(email: string): Promise<KeyFile>;
  /** Deletes one key of the account, or all. */
  deleteKey(email: string, keyId?: string): void;
  /** Deletes the account with its keys and its role. */
  deleteAccount(email: string): void;
  /** Gives `roles/iap.httpsResourceAccessor` on the app. */
  grant(email: string): void;
  /** Takes it away. */
  revoke(email: string): void;
  /** Puts another app behind IAP. */
  setApp(app: App): void;
  /** Makes a service fail. Of several faults the first with times left applies. */
  fail(service: Service, fault: Fault): void;
  clearFaults(): void;
  /**
   * Signs any claims as Google does ID tokens. `iss`, `aud`, `iat` and `exp` have the defaults of a
   * token for this app; give `undefined` to leave one out.
   */
  mintIdToken(claims: JWTPayload): Promise<string>;
  /** Also ends what still hangs. */
  close(): Promise<void>;
}

/**
 * Starts Google's token endpoint and keys, and IAP in front of a demo app, on 127.0.0.1.
 *
 * @example
 * const emulator = await startEmulator();
 * const key = await emulator.createKey('ci@project.iam.gserviceaccount.com');
 * emulator.grant(key.client_email);
 * // IAP_AUTH_EMULATOR_HOST=${emulator.host}
 * await emulator.close();
 */
export async function startEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
  const keys = await createKeys();
  const [google, gate] = await listenOn(options.port ?? 0, options.appPort ?? 0);
  const world = createWorld({ ...options, keys, url: `http://${google.host}`, appUrl: `http://${gate.host}` });
  google.serve(serveGoogle(world), world);
  gate.serve(serveGate(world), world);
  return {
    ...operations(world),
    host: google.host,
    url: world.url,
    appUrl: world.appUrl,
    clientId: world.clientId,
    assertionAudience,
    ledger: world.ledger,
    close: async () => {
      await Promise.all([google.close(), gate.close()]);
    },
  };
}

async function createKeys(): Promise<Keys> {
  const [google, googleNext, iap] = await Promise.all([
    createSigningKey('RS256'),
    createSigningKey('RS256'),
    createSigningKey('ES256'),
  ]);
  return { google, googleNext, iap };
}

async function listenOn(port: number, appPort: number): Promise<[Listener, Listener]> {
  const google = await listen(port);
  try {
    return [google, await listen(appPort)];
  } catch (cause) {
    await google.close();
    throw cause;
  }
}

type Place = EmulatorOptions & Pick<World, 'keys' | 'url' | 'appUrl'>;

function createWorld({ keys, url, appUrl, now = Date.now, ...names }: Place): World {
  return {
    url,
    appUrl,
    appTitle: names.appTitle ?? 'Demo app',
    clientId: names.clientId ?? '123456789012-emulator.apps.googleusercontent.com',
    now,
    keys,
    accounts: new Map(),
    members: new Set(),
    faults: new Faults(),
    ledger: new Ledger(),
    app: createDemoApp({ keys, now }),
  };
}

type State = 'host' | 'url' | 'appUrl' | 'clientId' | 'assertionAudience' | 'ledger' | 'close';

function operations(world: World): Omit<Emulator, State> {
  const { accounts, members, faults, ledger } = world;
  return {
    createKey: async (email) => {
      const file = await createKey(accounts, email, `${world.url}/token`);
      ledger.keep(file.private_key);
      return file;
    },
    deleteKey: (email, keyId) => {
      const keys = accounts.get(email)?.keys;
      if (keyId === undefined) keys?.clear();
      else keys?.delete(keyId);
    },
    deleteAccount: (email) => {
      accounts.delete(email);
      members.delete(email);
    },
    grant: (email) => void members.add(email),
    revoke: (email) => void members.delete(email),
    setApp: (app) => {
      world.app = app;
    },
    fail: (service, fault) => faults.add(service, fault),
    clearFaults: () => faults.clear(),
    mintIdToken: (claims) => mintIdToken(claims, world),
  };
}
