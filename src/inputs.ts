import ms, { type StringValue } from 'ms';
import { isConfidential } from './origin.ts';

/** HTTP statuses, as inclusive ranges. */
export type Statuses = readonly (readonly [from: number, to: number])[];

/** Thrown by a kind's `parse`: what would be right, in words that follow "NAME: VALUE". */
export class Unfit extends Error {
  /** The part of the value that is wrong, where not the whole is. */
  readonly part: string | undefined;

  constructor(message: string, part?: string) {
    super(message);
    this.part = part;
  }
}

/** A kind of input: what it takes, in the docs' words, and how its text becomes a value. */
export interface Kind<T> {
  readonly takes: string;
  /** A secret's value is never shown, and never read from the command line itself. */
  readonly secret?: boolean;
  /** A value that may hold a secret: it is never shown, but it may be written anywhere. */
  readonly isHidden?: true;
  /** @throws {Unfit} */
  readonly parse: (text: string) => T;
}

/** Which part of the work an input belongs to: its heading in `--help`, and which commands take it. */
export type Group = 'credential' | 'token' | 'smoke' | 'report';

interface Described {
  readonly group: Group;
  /** A few sentences for the docs, `action.yml` and `--help`. */
  readonly help: string;
}

/** One row of the table of inputs. */
export interface Input<T> extends Kind<T>, Described {
  readonly default?: string;
}

export type Camel<S extends string> = S extends `${infer Head}_${infer Tail}` ? `${Head}${Capitalize<Camel<Tail>>}` : S;
type ValueOf<I> = I extends Kind<infer T> ? T : never;

/** What the rows of a table hold, parsed, under their names in camel case. */
export type Values<Rows> = { readonly [K in keyof Rows & string as Camel<K>]: ValueOf<Rows[K]> };

/** An input's name in code, as the library's options and the parsed command line have it: `target_audience` → `targetAudience`. */
export function camel(name: string): string {
  return name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
}

/** A row whose value is always there, by default. */
export function always<T>(kind: Kind<T>, row: Described & { default: string }): Input<T> {
  return { ...kind, ...row };
}

/** A row that may be left out. */
export function optional<T>(kind: Kind<T>, row: Described): Input<T | undefined> {
  return { ...kind, ...row };
}

export const text: Kind<string> = {
  takes: 'text on one line',
  parse: (value) => {
    if (/[\p{Cc}]/u.test(value)) throw new Unfit('contains a line break or a control character; give one line of text');
    return value;
  },
};

/** Text of any number of lines. */
export const passage: Kind<string> = { takes: 'text', parse: (value) => value };

/** Text that is never shown. Line breaks are kept: keys have them. */
export function secret(takes: string): Kind<string> {
  return { takes, secret: true, parse: (value) => value };
}

export const flag: Kind<boolean> = {
  takes: '`true` or `false`',
  parse: (value) => {
    const word = value.toLowerCase();
    if (word !== 'true' && word !== 'false') throw new Unfit('is neither true nor false');
    return word === 'true';
  },
};

const longest = 24 * 60 * 60 * 1000;

/** Milliseconds. A bare number is refused: 10 may be meant as seconds. */
export const duration: Kind<number> = {
  takes: 'a duration with its unit: `500ms`, `10s`, `2m`',
  parse: (value) => milliseconds(value, 1),
};

/** Milliseconds to wait at most. None is one too, and needs no unit. */
export const wait: Kind<number> = {
  takes: 'a duration with its unit, such as `90s` or `5m`; `0` for none',
  parse: (value) => (value === '0' ? 0 : milliseconds(value, 0)),
};

function milliseconds(value: string, least: number): number {
  const millis = /^[\d.]+\s*[a-z]+$/i.test(value) ? ms(value as StringValue) : undefined;
  if (millis === undefined || !Number.isFinite(millis))
    throw new Unfit('is not a duration; give one with its unit, such as 10s or 2m');
  if (millis < least || millis > longest) throw new Unfit(`is out of range; give a duration from ${least}ms to 24h`);
  return Math.round(millis);
}

/** A whole number. */
export function count(from: number, to: number): Kind<number> {
  return {
    takes: `a number from ${from} to ${to}`,
    parse: (value) => {
      const number = /^\d{1,9}$/.test(value) ? Number(value) : Number.NaN;
      if (!(number >= from && number <= to)) throw new Unfit(`is not a whole number from ${from} to ${to}`);
      return number;
    },
  };
}

export const statuses: Kind<Statuses> = {
  takes: 'a list of codes and ranges: `200-299,404`',
  parse: (value) => value.split(/[,\n]/).map(parseRange),
};

function parseRange(part: string): readonly [number, number] {
  const [, first, last = first] = /^\s*(\d{3})(?:\s*-\s*(\d{3}))?\s*$/.exec(part) ?? [];
  const [from, to] = [Number(first), Number(last)];
  if (!(from >= 100 && to <= 599 && from <= to))
    throw new Unfit('is not a list of statuses; give codes and ranges such as 200-299,404');
  return [from, to];
}

export const appUrl: Kind<URL> = {
  takes: 'an `https://` URL',
  parse: (value) => {
    // A URL would take both for parts of its path.
    if (/\s/.test(value.trim())) throw new Unfit('contains a space; give several URLs one per line');
    if (/,https?:\/\//i.test(value))
      throw new Unfit('contains several URLs with commas between them; give one per line');
    if (!URL.canParse(value)) throw new Unfit('is not a URL; give it whole, such as https://app.example.com/health');
    const url = new URL(value);
    if (!/^https?:$/.test(url.protocol)) throw new Unfit('is not an https:// URL');
    if (url.username !== '' || url.password !== '') throw new Unfit('contains a user name or password; leave them out');
    if (!isConfidential(url))
      throw new Unfit('would send the token in the clear; give an https:// URL (http:// on loopback only)');
    // It is never sent.
    url.hash = '';
    return url;
  },
};

/** One of a few words. */
export function choice<W extends string>(...words: readonly W[]): Kind<W> {
  const takes = words
    .map((word) => `\`${word}\``)
    .join(', ')
    .replace(/, ([^,]*)$/, ' or $1');
  return {
    takes,
    parse: (value) => {
      const word = words.find((one) => one === value);
      if (word !== undefined) return word;
      const isYamls = words.some((one) => one === 'off') && value === 'false';
      const hint = isYamls ? "; YAML 1.1 reads a bare off as false: write 'off'" : '';
      throw new Unfit(`is not one of ${words.join(', ')}${hint}`);
    },
  };
}

/** Several, separated by commas or line breaks. */
export function list<T>(kind: Kind<T>): Kind<readonly T[]> {
  return several(kind, /[,\n]/, 'or several, separated by commas');
}

/** Several, one a line. */
export function lines<T>(kind: Kind<T>): Kind<readonly T[]> {
  return several(kind, /\n/, 'or several, one per line');
}

function several<T>({ parse, ...kind }: Kind<T>, separator: RegExp, how: string): Kind<readonly T[]> {
  const parsePart = (part: string): T => {
    try {
      return parse(part);
    } catch (error) {
      throw error instanceof Unfit ? new Unfit(error.message, part) : error;
    }
  };
  return {
    ...kind,
    takes: `${kind.takes}, ${how}`,
    parse: (value) =>
      value
        .split(separator)
        .filter((one) => one.trim())
        .map((one) => parsePart(one.trim())),
  };
}
