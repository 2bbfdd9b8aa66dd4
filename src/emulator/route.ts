import type { Exchange } from './ledger.ts';
import type { Reply, Service } from './service.ts';
import type { World } from './world.ts';

export type Handler = (request: Request, world: World) => Response | Promise<Response>;

/** A service of Google's: one row of the routing table. */
export interface Route {
  readonly service: Service;
  readonly method: string;
  readonly path: RegExp;
  readonly handle: Handler;
}

/** What a listener does with a request. It may correct, in the exchange, who answered. */
export type Serve = (request: Request, exchange: Exchange) => Promise<Reply>;
