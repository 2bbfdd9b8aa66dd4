import { Agent } from 'node:http';
import { HttpClient } from '@actions/http-client';
import type { Clock } from './clock.ts';
import { IapError } from './errors.ts';
import type { Log } from './log.ts';
import { networkError } from './network.ts';
import { isConfidential } from './origin.ts';
import { version } from './version.ts';

export interface HttpRequest {
  readonly method: string;
  readonly url: string | URL;
  readonly headers?: Readonly<Record<string, string>>;
  /** Text, or what makes it: called for each try, so that each carries a fresh assertion. */
  readonly body?: string | (() => Promise<string>);
  /** How often it is tried at most, where not four times. */
  readonly tries?: number;
  /** Milliseconds that one try may take, where less than usual. */
  readonly timeout?: number;
  /** Tells by the answer's headers whether it is who was asked for: nobody else is asked again, nor is one who does not answer. */
  readonly isThere?: (headers: HttpResponse['headers']) => boolean;
  /** Whether somebody else chose the path: then it is not shown. */
  readonly hidesPath?: boolean;
  /** How many bytes of the body are wanted: the rest is not read. Without it, more than 8 MiB is an error. */
  readonly keep?: number;
  /** The metadata server of the machine's host: reached in the clear, by an address that is not routed. */
  readonly isLinkLocal?: true;
}

export interface HttpResponse {
  readonly status: number;
  /** By lower-case name; several values of one name are joined with a comma. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** How many tries it took. */
  readonly tries: number;
}

/**
 * The only transport of the core. Tries again what may change (429, 5xx, no answer), never follows a redirect,
 * and sends nothing in the clear to another machine.
 *
 * @throws {IapError} when there is no answer: `dns`, `connection-refused`, `connection-reset`, `tls`, `timeout`,
 * `proxy-refused`, `response-too-large`. Never on a status.
 */
export type Http = (request: HttpRequest) => Promise<HttpResponse>;

/** One try of one request, for the timeline. */
export interface Try {
  readonly method: string;
  readonly url: URL;
  /** Milliseconds since 1970. */
  readonly started: number;
  readonly ended: number;
  /** The status, or the code of why there is none. */
  readonly outcome: string;
}

export interface HttpOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** Milliseconds that one try may take, the body included. */
  readonly timeout: number;
  /** Told of each try. */
  readonly onTry?: (one: Try) => void;
  /** 0 ≤ n < 1, for the jitter. */
  readonly random?: () => number;
}

const maxTries = 4;
/** No more of an answer is ever read. */
export const maxBytes = 8 * 1024 * 1024;
/** So much of an answer tells who gave it. */
export const tellingBytes = 64 * 1024;
const maxWait = 60_000;

export function createHttp(options: HttpOptions): Http {
  return async (request) => {
    const most = request.tries ?? maxTries;
    for (let tries = 1; ; tries++) {
      const prepared = await prepare(request);
      const started = options.clock.now();
      const result = await attempt(prepared, options).catch(asFailure);
      const { method } = request;
      options.onTry?.({ method, url: shownUrl(request), started, ended: options.clock.now(), outcome: nameOf(result) });
      const isFinal = tries === most || isAbsent(result, request);
      const wait = isFinal ? undefined : waitAfter(result, tries, options);
      if (wait === undefined) return answerOf(result, tries);
      options.log.debug(`try ${tries} of ${most} brought ${nameOf(result)}; the next one is in ${Math.round(wait)} ms`);
      await options.clock.sleep(wait);
    }
  };
}

function isAbsent(result: Answer | IapError, { isThere }: HttpRequest): boolean {
  return isThere !== undefined && (result instanceof IapError || !isThere(result.headers));
}

/** Where a request goes, as far as people may know. */
function shownUrl({ url, hidesPath }: Pick<HttpRequest, 'url' | 'hidesPath'>): URL {
  return new URL(hidesPath ? '/...' : '', url);
}

/** What makes the body has tries of its own: its failure is this request's, at once. */
async function prepare(request: HttpRequest): Promise<Prepared> {
  return { ...request, body: typeof request.body === 'function' ? await request.body() : request.body };
}

type Answer = Omit<HttpResponse, 'tries'>;
type Prepared = Omit<HttpRequest, 'body'> & { readonly body: string | undefined };

function asFailure(error: unknown): IapError {
  if (error instanceof IapError) return error;
  throw error;
}

function answerOf(result: Answer | IapError, tries: number): HttpResponse {
  if (result instanceof IapError) throw result.after(tries);
  return { ...result, tries };
}

function nameOf(result: Answer | IapError): string {
  return result instanceof IapError ? result.code : String(result.status);
}

/** Milliseconds until the next try; undefined if the result is final. */
function waitAfter(
  result: Answer | IapError,
  tries: number,
  { clock, random = Math.random }: HttpOptions,
): number | undefined {
  const backoff = 500 * 2 ** (tries - 1) * (0.5 + random() / 2);
  if (result instanceof IapError) return result.retry === 'no' ? undefined : backoff;
  if (result.status !== 429 && result.status < 500) return undefined;
  const asked = retryAfter(result.headers['retry-after'], clock.now());
  return asked > maxWait ? undefined : Math.max(asked, backoff);
}

/** Milliseconds, from seconds or a date (RFC 9110 §10.2.3); 0 if it says neither. */
export function retryAfter(value: string | undefined, now: number): number {
  if (value === undefined) return 0;
  if (/^\d+$/.test(value)) return Number(value) * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? 0 : Math.max(0, date - now);
}

async function attempt(request: Prepared, { clock, log, timeout: usual }: HttpOptions): Promise<Answer> {
  const url = new URL(request.url);
  const { timeout = usual } = request;
  if (!isConfidential(url) && !request.isLinkLocal) throw new Error('a request in the clear');
  const started = clock.now();
  const late = new AbortController();
  // Not AbortSignal.timeout, which keeps no process running, and not the signal alone: a request that is answered
  // with a switch of protocols ends in no event at all.
  // What has come while something else kept this process busy is read first.
  const timer = setTimeout(() => setImmediate(() => late.abort()), timeout);
  try {
    const answer = await Promise.race([ask(request, url, late.signal), failOn(late.signal)]);
    const { origin, pathname } = shownUrl(request);
    log.debug(`${request.method} ${origin}${pathname}: ${answer.status} in ${clock.now() - started} ms`);
    return answer;
  } catch (error) {
    throw networkError(error, url, { timedOut: late.signal.aborted, timeout });
  } finally {
    clearTimeout(timer);
  }
}

function failOn(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.onabort = () => reject(new Error('late'));
  });
}

async function ask(request: Prepared, url: URL, signal: AbortSignal): Promise<Answer> {
  const { method, body, headers } = request;
  const { message } = await clientFor(url, signal).request(method, url.href, body ?? null, {
    'accept-encoding': 'identity',
    ...headers,
  });
  return {
    status: message.statusCode ?? 0,
    headers: flatten(message.headers),
    body: await read(message, url, request),
  };
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

async function read(message: AsyncIterable<Buffer>, url: URL, { keep }: Pick<HttpRequest, 'keep'>): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of message) {
    size += chunk.length;
    if (keep === undefined && size > maxBytes) {
      throw new IapError('response-too-large', `the answer of ${url.host} is larger than 8 MiB`, {
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
