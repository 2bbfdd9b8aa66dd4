import type { Bearer, Bearers } from '../bearer.ts';
import type { Headers } from './request.ts';

/** Tokens that are remembered once they are handed out, and the way to keep them out of a text. */
export interface Secrecy {
  readonly bearers: Bearers;
  /** The text without any of them, nor of their signatures: an app may send back what it got, and be quoted. */
  readonly hide: (text: string) => string;
}

/** Names of headers that are given to carry secrets. */
const secretName = /auth|key|token|secret|cookie|passw|session|signature/i;
/** A shorter value would hide words that are none. */
const shortest = 8;

/** @param headers those of the requests: what they carry is kept out too */
export function keepSecret(bearers: Bearers, headers: readonly Headers[] = []): Secrecy {
  const given = headers.flatMap(secretsIn).sort((a, b) => b.length - a.length);
  const tokens = new Set<string>();
  const remember = (bearer: Bearer) => {
    tokens.add(bearer.token.reveal());
    return bearer;
  };
  const hideOne = (text: string, jwt: string) => {
    const signature = jwt.split('.')[2] || jwt;
    return text.replaceAll(jwt, '[token]').replaceAll(signature, '[…]');
  };
  return {
    bearers: {
      current: async () => remember(await bearers.current()),
      renew: async (old) => remember(await bearers.renew(old)),
    },
    hide: (text) => given.reduce((clean, secret) => clean.replaceAll(secret, '[…]'), [...tokens].reduce(hideOne, text)),
  };
}

/** The values, and what follows a scheme or a name in them: `Basic dXNlcjpwYXNz`, `id=0123456789`. */
function secretsIn(headers: Headers): string[] {
  const values = Object.entries(headers).flatMap(([name, value]) => (secretName.test(name) ? [value] : []));
  return values.flatMap((value) => [value, ...value.split(/[\s;,=]+/)]).filter(({ length }) => length >= shortest);
}
