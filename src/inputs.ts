import ms, { type StringValue } from 'ms';
import { isEmail } from './email.ts';
import { isConfidential } from './origin.ts';
import type { Statuses } from './smoke/expectations.ts';

/** Thrown by a kind's `parse`: what would be right, in words that follow "NAME: VALUE". */
export class Unfit extends Error {}

/** A kind of input: what it takes, in the docs' words, and how its text becomes a value. */
export interface Kind<T> {
  readonly takes: string;
  /** A secret's value is never shown, and never read from the command line itself. */
  readonly secret?: boolean;
  /** @throws {Unfit} */
  readonly parse: (text: string) => T;
}

/** Which part of the work an input belongs to; the docs and `--help` are ordered by it. */
export type Group = 'credential' | 'token' | 'smoke' | 'report';

interface Described {
  readonly group: Group;
  /** One sentence for the docs, `action.yml` and `--help`. */
  readonly help: string;
}

/** One row of the table of inputs. */
export interface Input<T> extends Kind<T>, Described {
  readonly default?: string;
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
    if (/[\p{Cc}]/u.test(value)) throw new Unfit('holds a line break or a control character; give one line of text');
    return value;
  },
};

/** What a token is for. Anything else in its place may be a credential, and an audience is shown. */
export const audience: Kind<string> = {
  takes: 'an OAuth client id',
  parse: (value) => {
    if (/^[\w.:/*~-]{1,400}$/.test(value) && !value.startsWith('eyJ')) return value;
    throw new Unfit('is no audience; give an OAuth client id, such as 123456789012-abc123.apps.googleusercontent.com');
  },
};

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
  parse: (value) => {
    const millis = /^[\d.]+\s*[a-z]+$/i.test(value) ? ms(value as StringValue) : undefined;
    if (millis === undefined || !Number.isFinite(millis))
      throw new Unfit('is not a duration; give one with its unit, such as 10s or 2m');
    if (millis < 1 || millis > longest) throw new Unfit('is out of range; give a duration from 1ms to 24h');
    return Math.round(millis);
  },
};

export const statuses: Kind<Statuses> = {
  takes: 'a list of codes and ranges: `200-299,404`',
  parse: (value) => value.split(',').map(parseRange),
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
    if (!URL.canParse(value)) throw new Unfit('is not a URL; give it whole, such as https://app.example.com/health');
    const url = new URL(value);
    if (!/^https?:$/.test(url.protocol)) throw new Unfit('is not an https:// URL');
    if (url.username !== '' || url.password !== '') throw new Unfit('holds a user name or password; leave them out');
    if (!isConfidential(url))
      throw new Unfit('would send the token in the clear; give an https:// URL (http:// on loopback only)');
    return url;
  },
};

/** One of a few words. */
export function choice<W extends string>(...words: readonly W[]): Kind<W> {
  const takes = words.map((word) => `\`${word}\``).join(' or ');
  return {
    takes,
    parse: (value) => {
      const word = words.find((one) => one === value);
      if (word === undefined) throw new Unfit(`is not one of ${words.join(', ')}`);
      return word;
    },
  };
}

export const email: Kind<string> = {
  takes: 'an email',
  parse: (value) => {
    if (!isEmail(value)) throw new Unfit('is no email; give one such as ci@my-project.iam.gserviceaccount.com');
    return value;
  },
};

/** Several, separated by commas or line breaks. */
export function list<T>({ takes, parse }: Kind<T>): Kind<readonly T[]> {
  return {
    takes: `${takes}, or several with commas between`,
    parse: (value) =>
      value
        .split(/[,\n]/)
        .filter((one) => one.trim())
        .map((one) => parse(one.trim())),
  };
}

const providerForm = 'projects/NUMBER/locations/global/workloadIdentityPools/POOL/providers/PROVIDER';

export const provider: Kind<string> = {
  takes: `\`${providerForm}\``,
  parse: (value) => {
    const name = value.replace(/^(https:)?\/\/iam\.[\w.-]+\//, '');
    if (/^projects\/\d+\/locations\/global\/workloadIdentityPools\/[\w-]+\/providers\/[\w-]+$/.test(name)) return name;
    if (/^projects\/[^/]*[^/\d][^/]*\//.test(name))
      throw new Unfit(`names the project by its id; give its number: ${providerForm}`);
    if (/\/workloadIdentityPools\/[^/]+\/?$/.test(name))
      throw new Unfit(`names the pool; give a provider of it: ${providerForm}`);
    throw new Unfit(`is no provider; give ${providerForm}`);
  },
};

export const domain: Kind<string> = {
  takes: 'a domain',
  parse: (value) => {
    if (!/^[a-z0-9-]+(\.[a-z0-9-]+)+$/.test(value)) throw new Unfit('is no domain; give one such as googleapis.com');
    return value;
  },
};

/** The audience of a CI's own token, which is often mistaken for IAP's. */
export const oidcAudience: Kind<string> = {
  takes: text.takes,
  parse: (value) => {
    if (value.endsWith('.apps.googleusercontent.com'))
      throw new Unfit("is an OAuth client id: that is target_audience; audience is of the CI's own token");
    return text.parse(value);
  },
};
