import { once } from 'node:events';
import { createServer, request as forward, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { decodeJwt } from 'jose';
import type { Clock } from '../../src/clock.ts';
import { type Emulator, startEmulator } from '../../src/emulator/index.ts';
import { withIapAuth } from '../../src/index.ts';
import { readOptions, taken } from '../../src/options.ts';
import { supplyTokens, type TokenSource } from '../../src/supply.ts';
import { noon } from '../world.ts';

const email = 'ci@project.iam.gserviceaccount.com';
export const minute = 60_000;
export const hour = 60 * minute;

/** Time that passes only where it is told to, and where somebody sleeps. */
interface Time extends Clock {
  pass(ms: number): void;
}

/** What stands between the callers and Google, and loses requests for tokens. */
interface Front {
  readonly host: string;
  /** How each request for a token ended. */
  readonly tokens: ('lost' | number)[];
  /** The most that were under way at the same time. */
  atOnce: number;
}

/** A token source, all that it talks to, and its time. */
export interface Run {
  readonly time: Time;
  readonly front: Front;
  readonly emulator: Emulator;
  readonly source: TokenSource;
  /** What was said of tokens that were not minted ahead. */
  readonly notes: readonly string[];
  close(): Promise<void>;
}

/** Whether a request for a token fails, by how many there were before it. */
export type Fails = (count: number) => boolean;

function createTime(): Time {
  let now = noon;
  const pass = (ms: number) => {
    now += ms;
  };
  return { now: () => now, pass, sleep: async (ms) => pass(ms) };
}

async function startFront(fails: Fails): Promise<{ server: Server; front: Front; open: (to: string) => void }> {
  let google = '';
  let underWay = 0;
  const pass = (incoming: IncomingMessage, outgoing: ServerResponse, told: (status: number) => void) => {
    const { method, url, headers } = incoming;
    const passed = forward(`http://${google}${url}`, { method, headers }, (answer) => {
      told(answer.statusCode ?? 0);
      outgoing.writeHead(answer.statusCode ?? 0, answer.headers);
      answer.pipe(outgoing);
    });
    incoming.pipe(passed);
  };
  const server = createServer((incoming, outgoing) => {
    if (incoming.url !== '/token') return pass(incoming, outgoing, () => undefined);
    const count = front.tokens.push('lost') - 1;
    front.atOnce = Math.max(front.atOnce, ++underWay);
    outgoing.on('close', () => underWay--);
    if (!fails(count)) {
      return pass(incoming, outgoing, (status) => {
        front.tokens[count] = status;
      });
    }
    // Some are answered; of the others not even that is left.
    if (count % 3 === 0) outgoing.writeHead(503).end();
    else incoming.socket.resetAndDestroy();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const front: Front = { host: `127.0.0.1:${(server.address() as AddressInfo).port}`, tokens: [], atOnce: 0 };
  return {
    server,
    front,
    open: (to) => {
      google = to;
    },
  };
}

export async function startRun(fails: Fails): Promise<Run> {
  const time = createTime();
  const { server, front, open } = await startFront(fails);
  const emulator = await startEmulator({ now: time.now, url: `http://${front.host}` });
  open(emulator.host);
  const key = await emulator.createKey(email);
  emulator.grant(email);
  const notes: string[] = [];
  const info = (line: string) => {
    if (/^The token could not be renewed/.test(line)) notes.push(line);
  };
  const options = {
    log: { info },
    credentialsJson: JSON.stringify(key),
    targetAudience: emulator.clientId,
    url: emulator.appUrl,
    env: { IAP_AUTH_EMULATOR_HOST: front.host },
  };
  const opened = readOptions(options, taken.createTokenSource, { env: {}, warn: () => undefined });
  const close = async () => {
    await emulator.close();
    server.close().closeAllConnections();
  };
  return { time, front, emulator, source: supplyTokens({ ...opened, clock: time }), notes, close };
}

/** What came of a long run. */
export interface LongRun {
  readonly calls: number;
  /** Calls that did not end with the app's 200. */
  readonly lost: number;
  /** Milliseconds that passed, by the clock that was passed in. */
  readonly passed: number;
  /** Requests for a token that brought one, and that failed. */
  readonly exchanges: number;
  readonly failed: number;
  /** Different tokens that were sent. */
  readonly tokens: number;
  /** Milliseconds that the oldest token had left when it was sent. */
  readonly least: number;
  /** The most requests for a token at the same time. */
  readonly atOnce: number;
  /** What IAP did not let through. */
  readonly refused: number;
}

export const callers = 200;

/** Waits until the token that was minted in the background is there, or known not to come. */
async function settle({ source, notes }: Run, said: number, old: string): Promise<void> {
  while (notes.length === said && (await source.getToken()).token.reveal() === old)
    await new Promise((resolve) => setTimeout(resolve, 2));
}

/** Lets 200 callers call an app through three hours, each as soon as all of them have their answers. */
export async function playLongRun(fails: Fails): Promise<LongRun> {
  const run = await startRun(fails);
  const { time, front, emulator, source, notes, close } = run;
  const left: number[] = [];
  const tokens = new Set<string>();
  const seen: typeof fetch = (input, init) => {
    const [, token = ''] = new Headers(init?.headers).get('authorization')?.split(' ') ?? [];
    tokens.add(token);
    left.push((decodeJwt(token).exp ?? 0) * 1000 - time.now());
    return fetch(input, init);
  };
  const fetchApp = withIapAuth(seen, source);
  const statuses: (number | string)[] = [];
  const call = async () => {
    const response = await fetchApp(emulator.appUrl);
    await response.body?.cancel();
    return response.status;
  };
  try {
    // Nothing happens to a token in its first 40 minutes; in its last ones it is asked for at any age.
    for (let round = 0; time.now() < noon + 3 * hour; round++) {
      const said = notes.length;
      statuses.push(...(await Promise.all(Array.from({ length: callers }, () => call().catch(String)))));
      const last = left.at(-1) ?? 0;
      if (last <= 5 * minute) await settle(run, said, [...tokens].at(-1) ?? '');
      time.pass(last > 16 * minute ? 10 * minute : (90 + ((round * 37) % 100)) * 1000);
    }
  } finally {
    await close();
  }
  const exchanges = front.tokens.filter((end) => end === 200).length;
  return {
    calls: statuses.length,
    lost: statuses.filter((status) => status !== 200).length,
    passed: time.now() - noon,
    exchanges,
    failed: front.tokens.length - exchanges,
    tokens: tokens.size,
    least: left.reduce((a, b) => Math.min(a, b)),
    atOnce: front.atOnce,
    refused: emulator.ledger.requests.filter(({ service, status }) => service === 'iap' && status !== 200).length,
  };
}

/** A token endpoint that fails one time in three: evenly, and so that all tries of one exchange are lost. */
export const failing: Readonly<Record<string, Fails>> = {
  'each third time': (count) => count % 3 === 2,
  'four times in a row of twelve': (count) => count % 12 >= 2 && count % 12 <= 5,
};
