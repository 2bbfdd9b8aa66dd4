import { expect, jest } from '@jest/globals';
import fc from 'fast-check';
import type { Http, HttpResponse } from '../src/http.ts';

/**
 * How many cases each property is tried with: 2,000, or FUZZ_RUNS. `npm run fuzz` asks for 100,000.
 */
export const runs = numberIn('FUZZ_RUNS') ?? 2000;
/** How many, where each case crosses a socket. */
export const wireRuns = Math.ceil(runs / 10);

// The same cases for everybody who runs `npm test`; others each night.
const seed = numberIn('FUZZ_SEED') ?? (numberIn('FUZZ_RUNS') === undefined ? 1 : undefined);
const path = process.env['FUZZ_PATH'];

jest.setTimeout(Math.max(60_000, runs * 30));
fc.configureGlobal({
  numRuns: runs,
  ...(seed !== undefined && { seed }),
  ...(path !== undefined && { path }),
  reporter: report,
});

export { fc };

function numberIn(variable: string): number | undefined {
  const text = process.env[variable];
  if (text === undefined || text === '') return undefined;
  if (!/^-?\d+$/.test(text)) throw new Error(`${variable}: ${text} is no whole number`);
  return Number(text);
}

/** Fails with the case that was found, and with the command that brings it back. */
function report<T>(details: fc.RunDetails<T>): void {
  if (!details.failed) return;
  const { seed: found, counterexamplePath, errorInstance: cause } = details;
  const name = JSON.stringify(expect.getState().currentTestName ?? '');
  const replay = `FUZZ_SEED=${found} FUZZ_PATH=${counterexamplePath} npm run fuzz -- -t ${name}`;
  throw new Error(`${fc.defaultReportMessage(details)}\n\nTo see it again: ${replay}`, { cause });
}

/** Text made of the pieces that mean something to somebody, and of any others. */
export const textOf = (...pieces: readonly string[]): fc.Arbitrary<string> =>
  fc
    .array(
      fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...pieces) }, fc.string({ unit: 'binary', maxLength: 4 })),
      { maxLength: 20 },
    )
    .map((parts) => parts.join(''));

/** What means something to a runner, a terminal, a shell, a page or a parser. */
export const hostile = textOf(
  ...[
    '::',
    ':',
    '##[',
    '##vso[',
    '#',
    '[',
    ']',
    'error',
    'add-mask',
    ' ',
    '\t',
    '\n',
    '\r',
    '\r\n',
    '\u0085',
    '\u00a0',
  ],
  ...['\u2028', '\u2029', '\u202e', '\u3000', '\ufeff', '\u001b[31m', '\0', '\v', '\f', '\u00ad', '\u180e', '\u2060'],
  ...['|', '\\', '`', '```', '<', '>', '<b>', '</', '&', '&lt;', '*', '_', '~', '!', '@', '$', '(', ')', '-', '='],
  ...['\u200b', '$(id)', '; id', "'", '"', '%0A', '%', ','],
);

/** A text with one piece of it taken out, and another put in. */
export const damaged = (text: string, piece: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc
    .tuple(fc.nat(text.length), fc.oneof(fc.nat(3), fc.nat(text.length)), piece)
    .map(([at, length, insert]) => text.slice(0, at) + insert + text.slice(at + length));

/** A transport that brings this answer, whatever is asked: for what an answer is taken for, not how it comes. */
export const answering = (answer: Omit<HttpResponse, 'tries'>): Http => {
  return async ({ body }) => {
    if (typeof body === 'function') await body();
    return { ...answer, tries: 1 };
  };
};
