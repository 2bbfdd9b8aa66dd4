import type { CiSystem, Env } from '../ci/system.ts';

/** What a command uses of the process. */
export interface Io {
  readonly env: Env;
  /** stderr, through the CI system that this runs in. */
  readonly ci: CiSystem;
  /** stdout: the command's result, and nothing else. */
  readonly print: (text: string) => void;
}

/** 0 passed · 1 a check failed · 2 usage or configuration · 3 no token. */
export type ExitCode = 0 | 1 | 2 | 3;
