import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { deliver, isSilent } from './fault.ts';
import type { Exchange, Ledger } from './ledger.ts';
import type { Serve } from './route.ts';
import type { Reply } from './service.ts';

/** A socket on loopback: from bytes to a web `Request`, and back. */
export interface Listener {
  /** `127.0.0.1:PORT`. */
  readonly host: string;
  serve(handle: Serve, options: ListenerOptions): void;
  /** Also ends what still hangs. */
  close(): Promise<void>;
}

interface ListenerOptions {
  readonly ledger: Ledger;
  readonly now: () => number;
}

/** Listens at once, on loopback only, and answers from `serve` on. */
export async function listen(port: number): Promise<Listener> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    serve: (handle, options) => {
      server.on('request', (incoming, response) => {
        // What fails here is a client that left, or the emulator closing: nobody is there to be told.
        converse(incoming, response, { handle, ...options }).catch(() => response.destroy());
      });
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function converse(
  incoming: IncomingMessage,
  response: ServerResponse,
  { handle, ledger, now }: ListenerOptions & { handle: Serve },
): Promise<void> {
  const left = new AbortController();
  response.once('close', () => left.abort());
  const body = new Uint8Array(await buffer(incoming));
  const exchange = ledger.receive(toExchange(incoming, body));
  const { answer, fault = {} } = await handled(() =>
    handle(toRequest(incoming, { body, signal: left.signal }), exchange),
  );
  // Not Node's own date: the emulator's clock may be skewed.
  response.sendDate = false;
  response.setHeader('date', new Date(now()).toUTCString());
  const delivery = deliver({ response, answer, fault, signal: left.signal });
  if (!isSilent(fault)) exchange.status = answer.status;
  await delivery;
}

/** A request that no `Request` can be made of, and a handler that throws, are answers too. */
async function handled(handle: () => Promise<Reply>): Promise<Reply> {
  try {
    return await handle();
  } catch (cause) {
    const text = cause instanceof Error ? cause.message : String(cause);
    const headers = new Headers({ 'content-type': 'text/plain; charset=utf-8' });
    return { answer: { status: 500, headers, body: new TextEncoder().encode(`emulator: ${text}`) } };
  }
}

const toExchange = (incoming: IncomingMessage, body: Uint8Array): Exchange => ({
  service: 'none',
  method: incoming.method ?? 'GET',
  path: incoming.url ?? '/',
  headers: Object.fromEntries(toHeaders(incoming)),
  body: new TextDecoder().decode(body),
});

interface RequestParts {
  readonly body: Uint8Array<ArrayBuffer>;
  readonly signal: AbortSignal;
}

function toRequest(incoming: IncomingMessage, { body, signal }: RequestParts): Request {
  const { method = 'GET', url = '/', headers } = incoming;
  const address = url.startsWith('/') ? `http://${headers.host}${url}` : url;
  const init = { method, headers: toHeaders(incoming), signal };
  return new Request(address, method === 'GET' || method === 'HEAD' ? init : { ...init, body });
}

function toHeaders({ rawHeaders }: IncomingMessage): Headers {
  const headers = new Headers();
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) headers.append(rawHeaders[at] ?? '', rawHeaders[at + 1] ?? '');
  return headers;
}
