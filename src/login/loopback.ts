import { createHash, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { htmlOf, type Page, pageHeaders } from './page.ts';

/** What a person's browser brings back from the sign-in: a code or an error, by its own account. */
export interface Answer {
  readonly code: string | undefined;
  readonly error: string | undefined;
}

/** A listener for one answer, on this machine alone. */
export interface Loopback {
  /** `http://127.0.0.1:PORT`, a port that was free. */
  readonly redirectUri: string;
  /** The first answer that carries the state. The browser waits for its page until `close`. */
  readonly answer: Promise<Answer>;
  /** Shows the browser how it ended, and stops listening: nothing of it keeps the process running. */
  close(page: Page): Promise<void>;
}

const stray: Page = {
  title: 'Nothing to see here',
  text: 'This is not the answer that iap-auth waits for. Go back to the terminal, and open the address that it shows.',
};
const late: Page = {
  title: 'Already answered',
  text: 'This sign-in has its answer, and takes no second one. The terminal shows what came of it.',
};

/**
 * Listens for the redirect that ends a sign-in (RFC 8252 §7.3, §8.3). Other pages and processes of this machine can
 * reach the port: what does not carry the state is refused, and the wait goes on.
 */
export async function listen(state: string): Promise<Loopback> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  let waiting: ServerResponse | undefined;
  const answer = new Promise<Answer>((resolve) => {
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      const judged = judge(request, host, state);
      if (typeof judged === 'number') return void send(response, judged, stray);
      if (waiting !== undefined) return void send(response, 410, late);
      waiting = response;
      resolve(judged);
    });
  });
  const close = async (page: Page) => {
    if (waiting !== undefined) await send(waiting, 200, page);
    await stop(server);
  };
  return { redirectUri: `http://${host}`, answer, close };
}

/** The answer that a request brings, or the status to refuse it with. */
function judge({ method, url = '', headers }: IncomingMessage, host: string, state: string): Answer | number {
  // A name of somebody else's may lead here too: https://owasp.org/www-community/attacks/DNS_Rebinding
  if (headers.host !== host) return 421;
  const [path, query] = url.split('?', 2);
  if (path !== '/') return 404;
  if (method !== 'GET') return 405;
  const parameters = new URLSearchParams(query);
  if (!isSame(parameters.get('state') ?? '', state)) return 400;
  return { code: parameters.get('code') ?? undefined, error: parameters.get('error') ?? undefined };
}

/** Compares in constant time, whatever the lengths. */
function isSame(one: string, other: string): boolean {
  const [a, b] = [one, other].map((text) => createHash('sha256').update(text).digest());
  return a !== undefined && b !== undefined && timingSafeEqual(a, b);
}

async function send(response: ServerResponse, status: number, page: Page): Promise<void> {
  if (response.destroyed) return;
  const closed = new Promise((resolve) => response.once('close', resolve));
  response.writeHead(status, { ...pageHeaders, connection: 'close' }).end(htmlOf(page));
  await closed;
}

async function stop(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  // A browser opens connections that it may never use.
  server.closeAllConnections();
  await closed;
}
