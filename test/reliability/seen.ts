import type { Guard } from '../../src/ci/guard.ts';
import { openCi } from '../../src/ci/index.ts';
import type { Env } from '../../src/ci/system.ts';

/** A step's CI system, and all that it was given. */
export interface Seen {
  readonly ci: Guard;
  /** The log, debug lines and annotations too; without the masks. */
  readonly lines: readonly string[];
  readonly outputs: ReadonlyMap<string, string>;
  /** The environment of later steps. */
  readonly variables: ReadonlyMap<string, string>;
  readonly summaries: readonly string[];
}

/** GitHub's, but for the files that the runner reads: they are kept here, as they were written, unredacted. */
export function watchCi(env: Env): Seen {
  const lines: string[] = [];
  const outputs = new Map<string, string>();
  const variables = new Map<string, string>();
  const summaries: string[] = [];
  const github = openCi(env, (line) => {
    if (!line.startsWith('::add-mask::')) lines.push(line);
  });
  const ci: Guard = {
    ...github,
    output: (name, value) => void outputs.set(name, value),
    exportVariable: (name, value) => Boolean(variables.set(name, value)),
    keep: () => true,
    summary: async (markdown) => void summaries.push(markdown),
  };
  return { ci, lines, outputs, variables, summaries };
}
