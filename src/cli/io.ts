import type { CiSystem, Env } from '../ci/system.ts';
import type { IapError } from '../errors.ts';

/** What a command uses of the process. */
export interface Io {
  readonly env: Env;
  /** stderr, through the CI system that this runs in. */
  readonly ci: CiSystem;
  /** stdout: the command's result, and nothing else. */
  readonly print: (text: string) => void;
  /** All of standard input. */
  readonly read: () => Promise<string>;
  /** Says how the process is to end, where not with 0. */
  readonly end: (code: number) => void;
}

/** 0 passed · 1 a check failed · 2 usage or configuration · 3 no token, or no answer. */
export type ExitCode = 0 | 1 | 2 | 3;

/** How a command ends that this error kept from its work. */
export function exitCodeOf({ code }: IapError): ExitCode {
  return /^(config|credentials)-/.test(code) ? 2 : 3;
}
