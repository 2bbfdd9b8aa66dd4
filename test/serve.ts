import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach } from '@jest/globals';

/** `count` is 1 for the first request that it answers. */
export type Handler = (request: IncomingMessage, response: ServerResponse, count: number) => void;

const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections();
});

/** Answers on loopback until the test is over; gives a URL. */
export async function serve(handler: Handler, host = '127.0.0.1'): Promise<string> {
  let count = 0;
  const server = createServer((request, response) => handler(request, response, ++count));
  servers.push(server);
  await once(server.listen(0, host), 'listening');
  const { port } = server.address() as AddressInfo;
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}/path?query=1`;
}

/** Closes the servers of this test: nothing listens there any more. */
export function closeServers(): void {
  for (const server of servers.splice(0)) server.close();
}
