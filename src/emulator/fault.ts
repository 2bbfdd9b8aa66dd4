import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer, Fault, Service } from './service.ts';

/** Faults by service. The first that has times left applies. */
export class Faults {
  readonly #queued: { service: Service; fault: Fault; left: number }[] = [];

  add(service: Service, fault: Fault): void {
    this.#queued.push({ service, fault, left: fault.times ?? Number.POSITIVE_INFINITY });
  }

  clear(): void {
    this.#queued.length = 0;
  }

  take(service: Service): Fault | undefined {
    const next = this.#queued.find((queued) => queued.service === service && queued.left > 0);
    if (next) next.left -= 1;
    return next?.fault;
  }
}

/** Whether the fault answers in place of the service. */
export const isAnswer = (fault: Fault): boolean => fault.status !== undefined || fault.body !== undefined;

/** Whether not even a status reaches the client. */
export const isSilent = (fault: Fault): boolean => [fault.reset, fault.hang].includes('before-headers');

/** @internal It would have every user install Node's types. */
interface Delivery {
  readonly response: ServerResponse;
  readonly answer: Answer;
  readonly fault: Fault;
  readonly signal: AbortSignal;
}

/** Every way in which an answer can reach the client, or not. */
const deliveries = {
  whole: (delivery: Delivery) => {
    sendHead(delivery, delivery.answer.body.length);
    delivery.response.end(delivery.answer.body);
  },
  'reset before-headers': ({ response }: Delivery) => {
    response.socket?.resetAndDestroy();
  },
  'reset after-headers': async (delivery: Delivery) => {
    startBody(delivery, 0);
    await flush(delivery.response);
    delivery.response.socket?.resetAndDestroy();
  },
  'hang before-headers': () => undefined,
  'hang in-body': (delivery: Delivery) => startBody(delivery, 0.5),
  truncate: (delivery: Delivery) => {
    startBody(delivery, 0.5);
    delivery.response.socket?.destroySoon();
  },
  drip: async (delivery: Delivery) => {
    sendHead(delivery, delivery.answer.body.length);
    delivery.response.flushHeaders();
    for (const byte of delivery.answer.body) {
      await sleep(delivery.fault.drip, undefined, { signal: delivery.signal });
      delivery.response.write(Uint8Array.of(byte));
    }
    delivery.response.end();
  },
};

/** @internal Sends the answer in the way of the fault: whole, where it has none. */
export async function deliver(delivery: Delivery): Promise<void> {
  const { fault, signal } = delivery;
  if (fault.delayMs !== undefined) await sleep(fault.delayMs, undefined, { signal });
  await deliveries[wayOf(fault)](delivery);
}

function wayOf({ reset, hang, truncate, drip }: Fault): keyof typeof deliveries {
  if (reset !== undefined) return `reset ${reset}`;
  if (hang !== undefined) return `hang ${hang}`;
  if (truncate) return 'truncate';
  return drip === undefined ? 'whole' : 'drip';
}

function sendHead({ response, answer }: Delivery, length: number): void {
  response.statusCode = answer.status;
  for (const [name, value] of answer.headers) if (name !== 'set-cookie') response.setHeader(name, value);
  const cookies = answer.headers.getSetCookie();
  if (cookies.length > 0) response.setHeader('set-cookie', cookies);
  if (answer.status !== 204 && answer.status !== 304) response.setHeader('content-length', length);
}

/** Promises at least one byte more than it sends. */
function startBody(delivery: Delivery, share: number): void {
  const { body } = delivery.answer;
  sendHead(delivery, Math.max(body.length, 1));
  delivery.response.flushHeaders();
  delivery.response.write(body.subarray(0, Math.floor(body.length * share)));
}

/** A write's callback comes when all that was written before it is with the kernel. */
const flush = ({ socket }: ServerResponse): Promise<void> =>
  new Promise((resolve) => {
    if (socket) socket.write('', () => resolve());
    else resolve();
  });
