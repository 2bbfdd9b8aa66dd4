import { IapError, invalid } from '../errors.ts';
import type { TokenHeader } from '../header.ts';
import { canRepeat } from './body.ts';
import type { Hop } from './redirect.ts';

export type Fetch = typeof globalThis.fetch;

/** What holds a token. */
export interface Revealing {
  readonly token: { reveal(): string };
}

/** Where `withIapAuth` has its tokens from: what `createTokenSource` gives, or anything like it. */
export interface AuthSource<T extends Revealing = Revealing> {
  /** Where the tokens may go: `https://app.example.com`. */
  readonly origins: readonly string[];
  /** Which header carries them. Default: `authorization`. */
  readonly tokenHeader?: TokenHeader | undefined;
  /** A token that is valid; with one that IAP found expired, another. */
  getToken(rejected?: T): Promise<T>;
}

/** A call of `fetch`, as the caller made it. */
export interface Call<T extends Revealing> {
  readonly fetch: Fetch;
  readonly source: AuthSource<T>;
  readonly input: string | URL | Request;
  readonly init: RequestInit;
}

export function requestOf(input: string | URL | Request): Request | undefined {
  return typeof input === 'object' && 'url' in input ? input : undefined;
}

/** @throws {IapError} `config-invalid` if the token's header is taken */
export function firstHop<T extends Revealing>(url: URL, { source, input, init }: Call<T>): Hop {
  const request = requestOf(input);
  const headers = new Headers(init.headers ?? request?.headers);
  const { tokenHeader = 'authorization' } = source;
  if (headers.has(tokenHeader)) {
    const isFree =
      tokenHeader === 'authorization' ? "tokenHeader: 'proxy-authorization' leaves it to you" : 'leave it out';
    throw invalid([`headers: the token goes into ${tokenHeader}; ${isFree}`]);
  }
  const body = init.body ?? undefined;
  return {
    url,
    method: (init.method ?? request?.method ?? 'GET').toUpperCase(),
    headers,
    body,
    canRepeat: body === undefined ? (request?.body ?? null) === null : canRepeat(body),
    isTrusted: true,
  };
}

/** @throws {IapError} `token-malformed` if it is none: what `fetch` says of it would show it */
export function withToken(hop: Hop, { token }: Revealing, { tokenHeader = 'authorization' }: AuthSource): Hop {
  const value = token.reveal();
  if (!/^[\x21-\x7e]+$/.test(value))
    throw new IapError('token-malformed', 'the token source did not return a token', { source: 'The token source' });
  const headers = new Headers(hop.headers);
  headers.set(tokenHeader, `Bearer ${value}`);
  return { ...hop, headers };
}

/** What `fetch` is called with: what the caller gave, but for what a redirect changed. Redirects are followed here. */
export function argumentsOf<T extends Revealing>(
  { url, method, headers, body }: Hop,
  isFirst: boolean,
  { input, init }: Call<T>,
): Parameters<Fetch> {
  if (isFirst) {
    // Not the caller's URL itself: it may be another by the time that there is a token.
    const address = requestOf(input) === undefined ? url.href : input;
    return [address, { ...init, headers, redirect: redirectOf({ input, init }) === 'error' ? 'error' : 'manual' }];
  }
  const { signal, cache, credentials, keepalive, mode } = requestOf(input) ?? {};
  const given = Object.entries({ signal, cache, credentials, keepalive, mode }).filter(
    ([, value]) => value !== undefined,
  );
  return [url.href, { ...Object.fromEntries(given), ...init, method, headers, body: body ?? null, redirect: 'manual' }];
}

/** What the caller wants done about redirects. */
export function redirectOf({ input, init }: Pick<Call<Revealing>, 'input' | 'init'>): 'follow' | 'manual' | 'error' {
  return init.redirect ?? requestOf(input)?.redirect ?? 'follow';
}
