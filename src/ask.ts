import { Agent, type IncomingMessage } from 'node:http';
import { addAbortSignal } from 'node:stream';
import { HttpClient } from '@actions/http-client';
import { IapError } from './errors.ts';
import { networkError } from './network.ts';
import { isConfidential } from './origin.ts';
import { version } from './version.ts';

export interface OneRequest {
  readonly method: string;
  readonly url: string | URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  /** Milliseconds, the answer's body included. */
  readonly timeout: number;
  /** Asks first whether somebody is there at all. */
  readonly probe?: Probe;
  /** How many bytes of the body are wanted: the rest is not read. Without it, more than 8 MiB is an error. */
  readonly keep?: number;
  /** The metadata server of the machine's host: reached in the clear, by an address that is not routed. */
  readonly isLinkLocal?: true;
}

export interface Probe {
  /** Tells by the answer's headers whether it is who was asked for: nobody else is read, or asked again. */
  readonly isThere: (headers: Answer['headers']) => boolean;
  /** Milliseconds until these headers are there; the body has the usual time after them. */
  readonly within: number;
}

export interface Answer {
  readonly status: number;
  /** By lower-case name; several values of one name are joined with a comma. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** No more of an answer is ever read. */
export const maxBytes = 8 * 1024 * 1024;

/**
 * Asks once.
 *
 * @throws {IapError} when there is no answer, as `Http` says
 */
export async function ask(request: OneRequest): Promise<Answer> {
  const { timeout, probe } = request;
  const url = new URL(request.url);
  if (!isConfidential(url) && !request.isLinkLocal) throw new Error('a request in the clear');
  if (probe === undefined)
    return within(timeout, url, async (signal) => receive(await send(request, url, signal), url, request));
  const message = await within(probe.within, url, (signal) => send(request, url, signal));
  if (probe.isThere(headOf(message).headers))
    return within(timeout, url, (signal) => receive(addAbortSignal(signal, message), url, request));
  message.destroy();
  return { ...headOf(message), body: '' };
}

/** Ends the work by the signal when it takes longer. */
async function within<T>(timeout: number, url: URL, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const late = new AbortController();
  // Not AbortSignal.timeout, which keeps no process running, and not the signal alone: a request that is answered
  // with a switch of protocols ends in no event at all.
  // What has come while something else kept this process busy is read first.
  let grace: NodeJS.Immediate | undefined;
  const timer = setTimeout(() => {
    grace = setImmediate(() => late.abort());
  }, timeout);
  try {
    return await Promise.race([work(late.signal), failOn(late.signal)]);
  } catch (error) {
    throw networkError(error, url, { timedOut: late.signal.aborted, timeout });
  } finally {
    clearTimeout(timer);
    clearImmediate(grace);
  }
}

function failOn(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(new Error('late')));
  });
}

async function send({ method, body, headers }: OneRequest, url: URL, signal: AbortSignal): Promise<IncomingMessage> {
  const { message } = await clientFor(url, signal).request(method, url.href, body ?? null, {
    'accept-encoding': 'identity',
    ...headers,
  });
  return message;
}

async function receive(message: IncomingMessage, url: URL, request: OneRequest): Promise<Answer> {
  return { ...headOf(message), body: await read(message, url, request) };
}

function headOf({ statusCode, headers }: IncomingMessage): Omit<Answer, 'body'> {
  return { status: statusCode ?? 0, headers: flatten(headers) };
}

function clientFor(url: URL, signal: AbortSignal): HttpClient {
  const client = new HttpClient(`iap-auth/${version}`, [], { allowRedirects: false });
  client.handlers.push({
    prepareRequest: (options) => {
      options.signal = signal;
      // What goes in the clear stays on this machine, or on its host's: a proxy would read it. The client by itself
      // does not know each spelling of a loopback address.
      if (url.protocol === 'http:') options.agent = new Agent();
      // The client passes [::1] on with its brackets, which node:http takes for a name.
      options.host = url.hostname.replace(/^\[(.*)\]$/, '$1');
    },
    canHandleAuthentication: () => false,
    handleAuthentication: () => Promise.reject(new Error('not asked for')),
  });
  return client;
}

function flatten(headers: NodeJS.Dict<string | string[]>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value ?? ''].flat().join(', ')]));
}

async function read(message: AsyncIterable<Buffer>, url: URL, { keep }: Pick<OneRequest, 'keep'>): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of message) {
    size += chunk.length;
    if (keep === undefined && size > maxBytes) {
      throw new IapError('response-too-large', `the answer from ${url.host} is larger than 8 MiB`, {
        host: url.host,
        limit: '8 MiB',
      });
    }
    chunks.push(chunk);
    // Leaving the loop ends the connection.
    if (keep !== undefined && size >= keep) break;
  }
  return Buffer.concat(chunks).subarray(0, keep).toString('utf8');
}
