import type { CiRow } from './system.ts';

/** No CI system: a person's shell, or one that is not known here. It can neither mask nor hand values on. */
export const shell: CiRow = {
  name: 'shell',
  detect: () => true,
  open: (env, write) => ({
    name: 'shell',
    mask: () => undefined,
    output: () => undefined,
    annotate: (level, _, text) => write(`${level}: ${text}`),
    info: write,
    warn: (line) => write(`warning: ${line}`),
    debug: (line) => {
      if (env['RUNNER_DEBUG'] === '1') write(`debug: ${line}`);
    },
    summary: async () => undefined,
  }),
};
