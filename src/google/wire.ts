import { excerpt } from '../text.ts';

/** The texts among these, to look for telling words in. */
export function saidIn(...words: unknown[]): string {
  return words.filter((word) => typeof word === 'string' && word !== '').join(': ');
}

/** What a service said of itself, harmless to show. */
export function wordsOf(status: number, ...words: unknown[]): string {
  const said = saidIn(...words);
  return said === '' ? `status ${status}` : `status ${status}, "${excerpt(said)}"`;
}

/** A token that can stand in a header (RFC 6750 §2.1); undefined if the value is none. */
export function bearerIn(value: unknown): string | undefined {
  return typeof value === 'string' && /^[\x21-\x7e]+$/.test(value) ? value : undefined;
}
