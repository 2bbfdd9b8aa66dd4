import { randomBytes } from 'node:crypto';
import { projectOfClient } from './client.ts';
import { controls } from './control.ts';
import { createDemoApp } from './demo.ts';
import type { Emulator } from './emulator.ts';
import { Faults } from './fault.ts';
import { assertionAudience, serveGate } from './gate.ts';
import { serveGoogle } from './google.ts';
import { createSigningKey } from './jwt.ts';
import { Ledger } from './ledger.ts';
import { type Listener, listen } from './listener.ts';
import { createProvider, defaultProvider, projectNumber } from './provider.ts';
import { Bindings } from './role.ts';
import type { DesktopClient, Keys, World } from './world.ts';

export type { KeyFile } from './account.ts';
export type { Emulator } from './emulator.ts';
export type { ExternalAccountFile, ExternalAccountOptions, GithubEnv, ImpersonatedFile, UserFile } from './file.ts';
export type { Exchange, Ledger } from './ledger.ts';
export type { Provider } from './provider.ts';
export type { Role } from './role.ts';
export type { Fault, Service } from './service.ts';
export type { App, IapMode } from './world.ts';

export interface EmulatorOptions {
  /** Port of Google's services; 0, the default, takes a free one. */
  readonly port?: number;
  /** Port of the app behind IAP; 0, the default, takes a free one. */
  readonly appPort?: number;
  /** What clients call Google's services, where something stands in between, such as a forwarded port. */
  readonly url?: string;
  /** The emulator's clock, in milliseconds since the epoch: of tokens, checks and the `Date` header. */
  readonly now?: () => number;
  /** The OAuth client id of the app's owner. */
  readonly clientId?: string;
  /** The app's name in IAP's refusals. */
  readonly appTitle?: string;
}

/**
 * Starts Google's token services, a CI's OIDC issuer, and IAP in front of a demo app, on 127.0.0.1.
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
  const url = options.url ?? `http://${google.host}`;
  const world = createWorld({ ...options, keys, url, appUrl: `http://${gate.host}` });
  google.serve(serveGoogle(world), world);
  gate.serve(serveGate(world), world);
  return {
    ...controls(world),
    host: google.host,
    url: world.url,
    appUrl: world.appUrl,
    clientId: world.clientId,
    desktopClientId: world.desktop.id,
    desktopClientSecret: world.desktop.secret,
    provider: defaultProvider,
    assertionAudience,
    ledger: world.ledger,
    close: async () => {
      await Promise.all([google.close(), gate.close()]);
    },
  };
}

async function createKeys(): Promise<Keys> {
  const [google, googleNext, ci, iap] = await Promise.all([
    createSigningKey('RS256'),
    createSigningKey('RS256'),
    createSigningKey('RS256'),
    createSigningKey('ES256'),
  ]);
  return { google, googleNext, ci, iap };
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
  const clientId = names.clientId ?? `${projectNumber}-emulator.apps.googleusercontent.com`;
  const desktop = createDesktopClient(clientId);
  const ledger = new Ledger();
  ledger.keep(desktop.secret);
  return {
    url,
    appUrl,
    appTitle: names.appTitle ?? 'Demo app',
    clientId,
    now,
    keys,
    accounts: new Map(),
    members: new Set(),
    faults: new Faults(),
    ledger,
    app: createDemoApp({ keys, now }),
    iapMode: 'custom',
    allowlist: new Set(),
    bindings: new Bindings(),
    isApiEnabled: true,
    accessTokens: new Map(),
    providers: new Map([[defaultProvider, createProvider()]]),
    jobs: new Map(),
    desktop,
    users: new Map(),
    refreshTokens: new Map(),
    codes: new Map(),
    machine: undefined,
  };
}

/** Of the same project as the app's own client. */
function createDesktopClient(clientId: string): DesktopClient {
  const id = `${projectOfClient(clientId) ?? projectNumber}-desktop.apps.googleusercontent.com`;
  return { id, secret: `GOCSPX-${randomBytes(21).toString('base64url')}`, isDeleted: false };
}
