import { invalid } from '../errors.ts';
import { isConfidential } from '../origin.ts';
import { type AuthSource, type Fetch, firstHop, type Revealing, requestOf } from './call.ts';
import { follow } from './send.ts';

export type { AuthSource, Revealing } from './call.ts';

/**
 * Adds tokens to the requests of `fetch` that go to the source's origins.
 *
 * @throws {IapError} `config-invalid` if there is no origin, or one that a token must not go to
 */
export function authorise<T extends Revealing>(fetch: Fetch, source: AuthSource<T>): Fetch {
  const origins = originsOf(source);
  return async (input, init) => {
    const url = urlOf(input);
    if (url === undefined || !isConfidential(url) || !origins.has(url.origin)) return fetch(input, init);
    const call = { fetch, source, input, init: init ?? {} };
    return follow(firstHop(url, call), call);
  };
}

function originsOf({ origins }: AuthSource): Set<string> {
  if (origins.length === 0) {
    throw invalid([
      'url: missing; give the address of the app to createTokenSource: the token goes there and nowhere else',
    ]);
  }
  const problems = origins.filter((one) => !URL.canParse(one) || !isConfidential(new URL(one)));
  if (problems.length > 0) {
    const why = 'is not https:// (http:// on loopback only)';
    throw invalid(problems.map((one) => `origins: ${JSON.stringify(one)} ${why}`));
  }
  return new Set(origins.map((one) => new URL(one).origin));
}

function urlOf(input: string | URL | Request): URL | undefined {
  const text = requestOf(input)?.url ?? String(input);
  return URL.canParse(text) ? new URL(text) : undefined;
}
