import { excerpt } from '../text.ts';

/** A JSON object of unknown shape; empty if the text is none. */
export function jsonObject(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

/** What a service said of itself, harmless to show. */
export function wordsOf(status: number, ...words: unknown[]): string {
  const said = words.filter((word) => typeof word === 'string' && word !== '').join(': ');
  return said === '' ? `status ${status}` : `status ${status}, "${excerpt(said)}"`;
}
