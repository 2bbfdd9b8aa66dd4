import { once } from 'node:events';
import { createServer as createHttp, type Server as HttpServer, type IncomingMessage } from 'node:http';
import { createServer as createHttps } from 'node:https';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { pipeline } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { Certificate } from './certificate.ts';

/** One request that arrived, in full. */
export interface Arrival {
  readonly protocol: 'http' | 'https';
  readonly method: string;
  /** As it was asked for: path and query, or a whole URL of a proxy. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  /** All of it, as text: whatever leaked is in here. */
  readonly raw: string;
}

/** The bytes that are sent back. */
export type Answering = (arrival: Arrival) => string | undefined;

/** A host that answers as it is told, on http and on https at one port, and keeps all that comes. */
export interface Host {
  readonly address: string;
  readonly port: number;
  /** `127.0.0.1:PORT`, with an IPv6 address in brackets. */
  readonly host: string;
  readonly arrivals: Arrival[];
  /** How many connections were made to it, requests or not. */
  connections: number;
  answer: Answering;
  /** Forgets what came. */
  clear(): void;
  close(): Promise<void>;
}

/** An answer as bytes: nothing checks it, so that it may be as wrong as one likes. */
export function bytes(status: number, headers: readonly string[] = [], body = ''): string {
  const head = [`HTTP/1.1 ${status} Whatever`, ...headers, `content-length: ${Buffer.byteLength(body)}`];
  return `${head.join('\r\n')}\r\nconnection: close\r\n\r\n${body}`;
}

export async function openHost(address: string, certificate: Certificate): Promise<Host> {
  const servers = { http: createHttp(), https: createHttps(certificate) };
  const host = { arrivals: [] as Arrival[], connections: 0, answer: (() => bytes(404)) as Answering };
  for (const [protocol, server] of Object.entries(servers)) {
    server.on('tlsClientError', () => undefined);
    server.on('clientError', (_, socket) => void socket.destroy());
    server.on('request', async (request) => {
      const arrival = await arrivalOf(protocol as Arrival['protocol'], request);
      host.arrivals.push(arrival);
      request.socket.end(host.answer(arrival) ?? bytes(404), 'utf8');
    });
  }
  const sockets = new Set<Socket>();
  const door = createServer((socket) => {
    host.connections++;
    sockets.add(socket.on('error', () => undefined).on('close', () => sockets.delete(socket)));
    socket.once('data', (first) => pass(socket, first, first[0] === 0x16 ? servers.https : servers.http));
  });
  await once(door.listen(0, address), 'listening');
  const { port } = door.address() as AddressInfo;
  return Object.assign(host, {
    address,
    port,
    host: `${address.includes(':') ? `[${address}]` : address}:${port}`,
    clear: () => {
      host.arrivals.length = 0;
      host.connections = 0;
      host.answer = () => bytes(404);
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await once(door.close(), 'close');
    },
  });
}

/** TLS begins with a byte that no method does. */
function pass(socket: Socket, first: Buffer, server: HttpServer): void {
  socket.pause();
  socket.unshift(first);
  server.emit('connection', socket);
  process.nextTick(() => socket.resume());
}

async function arrivalOf(protocol: Arrival['protocol'], request: IncomingMessage): Promise<Arrival> {
  const { method = '', url: target = '', headers, rawHeaders } = request;
  const body = await text(request);
  const flat = Object.entries(headers).map(([name, value]) => [name, [value ?? ''].flat().join(', ')]);
  return {
    protocol,
    method,
    target,
    headers: Object.fromEntries(flat),
    raw: [`${method} ${target}`, ...rawHeaders, body].join('\n'),
  };
}

/** A proxy that leads every name to one host, whatever it is. */
export interface Detour {
  readonly url: string;
  /** What it was asked to connect to: `app.example.com:443`. */
  readonly asked: string[];
  /** All that it was sent before a tunnel was there. */
  readonly heard: string[];
  /** What it answers in place of a tunnel. */
  refusal: string | undefined;
  clear(): void;
  close(): Promise<void>;
}

export async function openProxy(to: Host): Promise<Detour> {
  const proxy = { asked: [] as string[], heard: [] as string[], refusal: undefined as string | undefined };
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => undefined).on('close', () => sockets.delete(socket)));
    socket.once('data', (first) => {
      const heard = first.toString('latin1');
      proxy.heard.push(heard);
      const [, target] = /^CONNECT (\S+) /.exec(heard) ?? [];
      if (target === undefined) return void socket.end(bytes(200, [], 'the proxy answers by itself'));
      proxy.asked.push(target);
      if (proxy.refusal !== undefined) return void socket.end(proxy.refusal);
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      pipeline(socket, connect(to.port, to.address), socket, () => undefined);
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return Object.assign(proxy, {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    clear: () => {
      proxy.asked.length = 0;
      proxy.heard.length = 0;
      proxy.refusal = undefined;
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await once(server.close(), 'close');
    },
  });
}
