import type { Guard } from '../src/ci/guard.ts';
import type { CiSystem } from '../src/ci/system.ts';

interface Options extends Partial<Pick<CiSystem, 'folders' | 'hasAnnotations'>> {
  readonly canExport?: boolean;
  readonly canKeep?: boolean;
  /** What its page says to a summary; nothing, unless it fails. */
  readonly sum?: () => void;
}

/** A CI system that notes all that it is told, in order: what of it was called, and with what. */
export function noting({ folders = {}, hasAnnotations = true, canExport = true, canKeep = true, sum }: Options = {}): {
  readonly ci: Guard;
  readonly calls: unknown[][];
} {
  const calls: unknown[][] = [];
  const note =
    (name: string) =>
    (...args: readonly unknown[]) =>
      void calls.push([name, ...args]);
  const ci: Guard = {
    name: 'noting',
    folders,
    hasAnnotations,
    redact: (data) => data,
    mask: note('mask'),
    subjectToken: () => Promise.reject(new Error('not asked for')),
    output: note('output'),
    exportVariable: (name, value) => {
      note('export')(name, value);
      return canExport;
    },
    keep: (name, value) => {
      note('keep')(name, value);
      return canKeep;
    },
    group: note('group'),
    annotate: note('annotate'),
    info: note('info'),
    warn: note('warn'),
    debug: note('debug'),
    summary: async (markdown) => {
      sum?.();
      note('summary')(markdown);
    },
  };
  return { ci, calls };
}
