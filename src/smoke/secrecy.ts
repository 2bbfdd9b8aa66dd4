import type { Bearer, Bearers } from '../bearer.ts';
import type { Check } from './check.ts';

/** Tokens that are remembered once they are handed out, and the way to keep them out of a text. */
export interface Secrecy {
  readonly bearers: Bearers;
  /** The text without any of them, nor of their signatures: an app may send back what it got, and be quoted. */
  readonly hide: (text: string) => string;
}

/** A shorter value would hide words that are none. */
const shortest = 8;

/** What a request carries of what somebody gave. */
export type Given = Pick<Check, 'url' | 'headers' | 'body'>;

/** @param requests what they carry is kept out too */
export function keepSecret(bearers: Bearers, requests: readonly Given[] = []): Secrecy {
  const given = [...new Set(requests.flatMap(secretsIn).flatMap(spellings))].sort((a, b) => b.length - a.length);
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

/** What an app may send back: headers, the query's values, the body and the texts in it. */
function secretsIn({ url, headers, body = '' }: Given): string[] {
  const values = Object.entries(headers).flatMap(([name, value]) => (isPublic.test(name) ? [] : [value]));
  // What follows a scheme or a name in them, too: `Basic dXNlcjpwYXNz`, `id=0123456789`.
  const parts = values.flatMap((value) => value.split(/[\s;,=]+/));
  const fields = [...url.searchParams.values(), ...new URLSearchParams(isForm.test(body) ? body : '').values()];
  return [...values, ...parts, ...fields, body, ...textsIn(body)].filter(({ length }) => length >= shortest);
}

/** What these carry is no secret, and words that messages need. */
const isPublic = /^(accept|content|cache|if|range|origin|referer)(-|$)/i;
const isForm = /^[^\s{}[\]"=&]+=[^\s]*$/;

/** The texts in a JSON body. */
function textsIn(body: string): string[] {
  const texts: string[] = [];
  try {
    JSON.parse(body, (_, value: unknown) => {
      if (typeof value === 'string') texts.push(value);
      return value;
    });
  } catch {
    return [];
  }
  return texts;
}

/** A text as JSON, a page and an address have it. */
function spellings(text: string): string[] {
  const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
  const html = text.replace(/[&<>"]/g, (sign) => entities[sign] ?? sign);
  return [text, JSON.stringify(text).slice(1, -1), html, encoded(text)];
}

function encoded(text: string): string {
  return new URLSearchParams([['', text]]).toString().slice(1).replaceAll('+', '%20');
}
