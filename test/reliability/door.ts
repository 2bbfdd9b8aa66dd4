import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { pipeline } from 'node:stream';
import { createServer as createTlsServer, getCACertificates, setDefaultCACertificates } from 'node:tls';
import { selfSigned } from './certificate.ts';

/** What a connection meets in place of a service, until it is opened. */
export type Barrier = 'shut' | 'tls';

/** An address before a service. */
export interface Door {
  /** Its origin. */
  readonly url: string;
  /** Lets every connection through to this address from now on. */
  open(host: string): Promise<void>;
  /** Shuts it again: nothing listens, or a certificate that nobody knows is shown. */
  shut(): Promise<void>;
  close(): Promise<void>;
}

export function createDoor(barrier: Barrier): Promise<Door> {
  return barrier === 'shut' ? createPlainDoor() : createTlsDoor();
}

function passTo(host: string, socket: Socket): void {
  const { hostname, port } = new URL(`http://${host}`);
  const onward = connect(Number(port), hostname);
  // A side that leaves takes the other with it.
  pipeline(socket, onward, () => undefined);
  pipeline(onward, socket, () => undefined);
}

/** Nothing listens until it is opened: the connection is refused. */
async function createPlainDoor(): Promise<Door> {
  let inside = '';
  const server = createServer((socket) => passTo(inside, socket));
  const port = await freePort();
  const shut = () => stop(server);
  return {
    url: `http://127.0.0.1:${port}`,
    open: async (host) => {
      inside = host;
      await once(server.listen(port, '127.0.0.1'), 'listening');
    },
    shut,
    close: shut,
  };
}

const stranger = selfSigned('a stranger');
const known = selfSigned('a friend');

/** Shows a certificate that vouches for itself, and then one that this process trusts. */
async function createTlsDoor(): Promise<Door> {
  let inside = '';
  if (!getCACertificates('default').includes(known.cert))
    setDefaultCACertificates([...getCACertificates('default'), known.cert]);
  const server = createTlsServer(stranger, (socket) => passTo(inside, socket));
  // The other side hangs up on a stranger: that is what it is for.
  server.on('tlsClientError', () => undefined);
  const port = await freePort();
  await once(server.listen(port, '127.0.0.1'), 'listening');
  return {
    url: `https://127.0.0.1:${port}`,
    open: async (host) => {
      inside = host;
      server.setSecureContext(known);
    },
    shut: async () => server.setSecureContext(stranger),
    close: () => stop(server),
  };
}

async function stop(server: Server): Promise<void> {
  if (!server.listening) return;
  const closed = once(server, 'close');
  server.close();
  await closed;
}

/** Below the ports that outgoing connections take: while the door is shut, none of them may come by it. */
async function freePort(): Promise<number> {
  for (;;) {
    const port = 10_000 + Math.floor(Math.random() * 20_000);
    const probe = createServer();
    const isFree = await new Promise<boolean>((resolve) => {
      probe.once('error', () => resolve(false));
      probe.listen(port, '127.0.0.1', () => resolve(true));
    });
    await stop(probe);
    if (isFree) return port;
  }
}
