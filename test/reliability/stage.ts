import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createLocalJWKSet, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose';
import type { Clock } from '../../src/clock.ts';
import { type Emulator, type KeyFile, startEmulator, type UserFile } from '../../src/emulator/index.ts';
import { type Barrier, createDoor, type Door } from './door.ts';

/** The service account that may do all that a cell asks for, and pass IAP. */
export const account = 'ci@demo-project.iam.gserviceaccount.com';

/** Where one cell after another is played: a world in which all goes well, until something is made to fail. */
export interface Stage {
  readonly emulator: Emulator;
  readonly key: KeyFile;
  readonly user: UserFile;
  /** Before one of the services, if connections to it are to fail. */
  readonly door: Door | undefined;
  /** Where a redirect leads; nobody is to come. */
  readonly elsewhere: Elsewhere;
  /** Google's clock. */
  readonly now: () => number;
  /** The keys of whatever may be exported. */
  readonly keys: JWTVerifyGetKey;
  /** Makes all well again, and lets Google's clock go by this one. */
  reset(clock: Clock): Promise<void>;
  close(): Promise<void>;
}

export async function openStage(barrier?: Barrier): Promise<Stage> {
  const door = barrier && (await createDoor(barrier));
  let now: () => number = Date.now;
  const emulator = await startEmulator({ now: () => now(), ...(door === undefined ? {} : { url: door.url }) });
  const elsewhere = await openElsewhere();
  const key = await emulator.createKey(account);
  const user = emulator.createUser('ada@example.com');
  emulator.allow(emulator.principalSet(), account, 'roles/iam.serviceAccountTokenCreator');
  emulator.attach(account);
  emulator.grant(account);
  return {
    emulator,
    key,
    user,
    door,
    elsewhere,
    now: () => now(),
    keys: await keysOf(emulator),
    reset: async (clock) => {
      now = clock.now;
      emulator.clearFaults();
      emulator.ledger.clear();
      elsewhere.visits = 0;
      await door?.shut();
    },
    close: async () => {
      await Promise.all([emulator.close(), elsewhere.close(), door?.close()]);
    },
  };
}

/** Google's, and the account's own. */
async function keysOf({ host }: Emulator): Promise<JWTVerifyGetKey> {
  const paths = ['/oauth2/v3/certs', `/service_accounts/v1/jwk/${account}`];
  const sets = paths.map(async (path) => (await (await fetch(`http://${host}${path}`)).json()) as JSONWebKeySet);
  return createLocalJWKSet({ keys: (await Promise.all(sets)).flatMap(({ keys }) => keys) });
}

interface Elsewhere {
  readonly url: string;
  visits: number;
  close(): Promise<void>;
}

async function openElsewhere(): Promise<Elsewhere> {
  const server = createServer((_, response) => {
    elsewhere.visits += 1;
    response.end('{}');
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const elsewhere = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/elsewhere`,
    visits: 0,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve()).closeAllConnections();
      }),
  };
  return elsewhere;
}
