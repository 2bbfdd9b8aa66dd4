import leven from 'leven';
import { type Kind, Unfit } from './inputs.ts';
import { holdsKnownSecret } from './text.ts';

/** What is wrong with something that somebody wrote: `where: what`. */
export type Complaint = string;

// A value in the wrong place may be a credential: JSON, PEM, a JWT, long runs of base64 and a URL's password are not shown.
const secretLike = /[{}]|-----|eyJ[\w-]{8}|[\w+/=-]{40}|:\/\/[^/\s]*@/;

// The full name of a resource is as long, and no secret.
const resourceLike = /^[\w:./-]*projects\/[\w-]+\/locations\/[\w./-]*$/;

// A link that somebody was sent may let in whoever has it.
const query = /(\/\/[^\s?#]*[?#])\S+/g;

/** A value on one line, unless it may be secret. */
export function quote(value: string): string {
  const text = value.replace(query, '$1...');
  const isLike = secretLike.test(text) && !resourceLike.test(text);
  const isHidden = text.length > 200 || isLike || holdsKnownSecret(text);
  return isHidden ? 'a value that may be secret' : JSON.stringify(text);
}

/** `there is no such input`, and the known name that is nearest, if one is near. */
export function unknown(what: string, name: string, known: readonly string[]): Complaint {
  const nearest = known.reduce((best, one) => (leven(name, one) < leven(name, best) ? one : best));
  const isNear = leven(name, nearest) <= Math.max(1, nearest.length / 3);
  return `there is no such ${what}${isNear ? `; did you mean ${nearest}?` : ''}`;
}

/** The text as a value of this kind; undefined if it is none, which is added to the problems. */
export function parse<T>(text: string, kind: Kind<T>, where: string, problems: Complaint[]): T | undefined {
  try {
    return kind.parse(text);
  } catch (error) {
    const shown = kind.secret || kind.isHidden ? undefined : text;
    problems.push(`${where}: ${unfitness(error, shown)}`);
    return undefined;
  }
}

/** What a kind said of a value, which is shown if it is given; anything else that was thrown is thrown again. */
export function unfitness(error: unknown, text?: string): string {
  if (!(error instanceof Unfit)) throw error;
  return `${text === undefined ? 'the value' : quote(error.part ?? text)} ${error.message}`;
}
