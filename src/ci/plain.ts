import type { CiSystem, Env, Write } from './system.ts';

/** A system that takes lines of text and knows nothing else: it can neither mask nor hand values on. */
export function plain(env: Env, write: Write): Omit<CiSystem, 'name' | 'subjectToken'> {
  return {
    folders: {},
    hasAnnotations: false,
    mask: () => undefined,
    output: () => undefined,
    exportVariable: () => false,
    keep: () => false,
    group: (title, lines) => {
      write(title);
      for (const line of lines) write(`  ${line}`);
    },
    annotate: (level, _, text) => write(`${level}: ${joined(text)}`, level),
    info: (line) => write(line),
    warn: (line) => write(`warning: ${line}`, 'warning'),
    debug: (line) => {
      if (env['RUNNER_DEBUG'] === '1') write(`debug: ${line}`);
    },
    summary: async () => undefined,
  };
}

/** What is wrong and what mends it, on one line where each is one. */
function joined(text: string): string {
  const [what = '', fix, ...more] = text.split('\n');
  return fix === undefined || more.length > 0 ? text : `${what.replace(/[.:]$/, '')}. ${fix}`;
}
