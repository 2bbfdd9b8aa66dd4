import { type Answer, ask, type OneRequest } from './ask.ts';
import type { Clock } from './clock.ts';
import { IapError } from './errors.ts';
import type { Log } from './log.ts';

export { maxBytes } from './ask.ts';

export interface HttpRequest extends Omit<OneRequest, 'body' | 'timeout'> {
  /** Text, or what makes it: called for each try, so that each carries a fresh assertion. */
  readonly body?: string | (() => Promise<string>);
  /** How often it is tried at most, where not four times. */
  readonly tries?: number;
  /** Milliseconds that one try may take, where not as long as usual. */
  readonly timeout?: number;
  /** Whether somebody else chose the path: then it is not shown. */
  readonly hidesPath?: boolean;
}

export interface HttpResponse extends Answer {
  /** How many tries it took. */
  readonly tries: number;
}

/**
 * The only transport of the core. Tries again what may change (429, 5xx, no answer), never follows a redirect,
 * and sends nothing in the clear to another machine, but for the metadata server of this one's host (`isLinkLocal`).
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
/** So much of an answer tells who gave it. */
export const tellingBytes = 64 * 1024;
const maxWait = 60_000;

export function createHttp(options: HttpOptions): Http {
  return async (request) => {
    const most = request.tries ?? maxTries;
    for (let tries = 1; ; tries++) {
      const prepared = await prepare(request, options);
      const result = await attempt(prepared, request, options);
      const isFinal = tries === most || isAbsent(result, request);
      const wait = isFinal ? undefined : waitAfter(result, tries, options);
      if (wait === undefined) return answerOf(result, tries);
      options.log.debug(`try ${tries} of ${most}: ${nameOf(result)}; next try in ${Math.round(wait)} ms`);
      await options.clock.sleep(wait);
    }
  };
}

function isAbsent(result: Answer | IapError, { probe }: HttpRequest): boolean {
  return probe !== undefined && (result instanceof IapError || !probe.isThere(result.headers));
}

/** Where a request goes, as far as people may know. */
function shownUrl({ url, hidesPath }: Pick<HttpRequest, 'url' | 'hidesPath'>): URL {
  return new URL(hidesPath ? '/...' : '', url);
}

/** What makes the body has tries of its own: its failure is this request's, at once. */
async function prepare(request: HttpRequest, { timeout }: HttpOptions): Promise<OneRequest> {
  return { timeout, ...request, body: typeof request.body === 'function' ? await request.body() : request.body };
}

/** Makes one try, and tells of it. */
async function attempt(
  prepared: OneRequest,
  request: HttpRequest,
  { clock, log, onTry }: HttpOptions,
): Promise<Answer | IapError> {
  const { method } = request;
  const url = shownUrl(request);
  const started = clock.now();
  const result = await ask(prepared).catch(asFailure);
  const ended = clock.now();
  onTry?.({ method, url, started, ended, outcome: nameOf(result) });
  log.debug(`${method} ${url.origin}${url.pathname}: ${nameOf(result)} in ${ended - started} ms`);
  return result;
}

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
