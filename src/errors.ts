import { isDeepStrictEqual } from 'node:util';
import { isNativeError } from 'node:util/types';
import type { Retry } from './failures/failure.ts';
import { failures } from './failures/index.ts';
import { version } from './version.ts';

/** The closed set of failure codes. */
export type Code = keyof typeof failures;

/** What the hint of a code is filled in with. */
export type FactsOf<C extends Code> = Parameters<(typeof failures)[C]['hint']> extends [infer F] ? F : object;

/**
 * The one error of this project. `message` says what happened (lower case, quoting the thing);
 * `hint` says the likely cause and the fix. Neither ever holds a secret.
 *
 * @example
 * try {
 *   await mintToken(options);
 * } catch (error) {
 *   if (hasCode(error, 'key-rejected')) console.error(error.hint);
 * }
 */
export class IapError<C extends Code = Code> extends Error {
  readonly code: C;
  readonly facts: FactsOf<C>;
  /** How many tries of a request ended in it. */
  readonly tries: number;

  constructor(code: C, message: string, facts: FactsOf<C>, options?: ErrorOptions & { tries?: number }) {
    super(message, options);
    this.name = 'IapError';
    this.code = code;
    this.facts = facts;
    this.tries = options?.tries ?? 1;
  }

  /** The same error, after so many tries. */
  after(tries: number): IapError<C> {
    return new IapError(this.code, this.message, this.facts, {
      ...('cause' in this ? { cause: this.cause } : {}),
      tries,
    });
  }

  /** The same error without secrets. Where it held one, its cause is left out, too: that may quote the same words. */
  redacted(redact: <T>(data: T) => T): IapError<C> {
    const held = { message: this.message, facts: this.facts };
    const { message, facts } = redact(held);
    return isDeepStrictEqual({ message, facts }, held)
      ? this
      : new IapError(this.code, message, facts, { tries: this.tries });
  }

  get hint(): string {
    // Each row's hint takes the facts of its own code; the union of rows cannot say so.
    return (failures[this.code].hint as (facts: FactsOf<C>) => string)(this.facts);
  }

  get retry(): Retry {
    return failures[this.code].retry;
  }
}

/** Whether `error` is an IapError of this code. */
export function hasCode<C extends Code>(error: unknown, code: C): error is IapError<C> {
  return error instanceof IapError && error.code === code;
}

// A generated file of checks may be wrong a thousand times in the same way.
const maxListed = 50;

/** One `config-invalid` that names every problem. */
export function invalid(problems: readonly string[]): IapError<'config-invalid'> {
  const count = problems.length === 1 ? 'one input is wrong' : `${problems.length} inputs are wrong`;
  const listed = problems.slice(0, maxListed).map((problem) => `- ${problem}`);
  const more = problems.length > maxListed ? [`- and ${problems.length - maxListed} more`] : [];
  return new IapError('config-invalid', [`${count}:`, ...listed, ...more].join('\n'), {});
}

/** The code of an error of the system's, such as `ENOENT`; undefined for any other. */
export function systemCode(error: unknown): string | undefined {
  return isNativeError(error) && 'syscall' in error && 'code' in error ? String(error.code) : undefined;
}

/** Any thrown thing as an IapError: what is not one already is a fault of ours. */
export function asIapError(error: unknown): IapError {
  if (error instanceof IapError) return error;
  const kind = isNativeError(error) ? error.name : typeof error;
  return new IapError('internal', `unexpected ${kind} at ${placeOf(error)}`, { version }, { cause: error });
}

// The words of an unknown error may quote anything, a secret included; where it was thrown cannot.
function placeOf(error: unknown): string {
  if (!isNativeError(error)) return 'an unknown place';
  const frames = (error.stack ?? '').replace(error.message, '');
  return /^ +at .*?([\w.-]+:\d+:\d+)\)?$/m.exec(frames)?.[1] ?? 'an unknown place';
}
