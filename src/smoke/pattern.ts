import type { RE2JS } from 're2js';
import { Unfit } from '../inputs.ts';

/** Whether a text is as it should be. */
export type Test = (text: string) => boolean;

/**
 * The test of a `/regex/flags`; undefined where the text stands for itself. The engine is RE2's: its time is linear,
 * whatever the regex and whatever the text.
 *
 * @throws {Unfit} if it does not compile
 */
export async function regexOf(text: string): Promise<Test | undefined> {
  const [, source, flags] = /^\/(.+)\/([dgimsuvy]*)$/s.exec(text) ?? [];
  if (source === undefined || flags === undefined) return undefined;
  if (/[^imsu]/.test(flags) || new Set(flags).size < flags.length)
    throw new Unfit('has flags other than i, m, s and u, or one of them twice');
  return compile(source, flags);
}

async function compile(source: string, flags: string): Promise<Test> {
  const { RE2JS, RE2JSSyntaxException } = await import('re2js');
  const bits = { i: RE2JS.CASE_INSENSITIVE, m: RE2JS.MULTILINE, s: RE2JS.DOTALL };
  const flag = Object.entries(bits).reduce((sum, [letter, bit]) => (flags.includes(letter) ? sum | bit : sum), 0);
  try {
    const regex = RE2JS.compile(RE2JS.translateRegExp(source), flag);
    return (text) => find(regex, text);
  } catch (error) {
    if (!(error instanceof RE2JSSyntaxException)) throw error;
    throw new Unfit(`is not a valid regex in RE2 syntax: ${error.error}`);
  }
}

// RE2 looks at each character once for each instruction of the regex, at most.
const maxSteps = 200_000_000;

/** @throws {RangeError} if it would take too long */
export function find(regex: RE2JS, text: string): boolean {
  if (regex.programSize() * text.length > maxSteps) throw new RangeError('too long for this regex');
  return regex.matcher(text).find();
}
