import { IapError } from '../errors.ts';
import type { CiRow } from './system.ts';

/** No CI system: a person's shell, or one that is not known here. It can neither mask nor hand values on. */
export const shell: CiRow = {
  name: 'shell',
  detect: () => true,
  open: (env, write) => ({
    name: 'shell',
    mask: () => undefined,
    subjectToken: async () => {
      const fix =
        'Write an OIDC token of an issuer that the provider trusts to a file, and set subject_token_file to its path.';
      throw new IapError('oidc-unavailable', 'this is no CI system that is known here: there is no OIDC token', {
        fix,
      });
    },
    output: () => undefined,
    exportVariable: () => false,
    keep: () => undefined,
    group: (_, lines) => lines.forEach(write),
    annotate: (level, _, text) => write(`${level}: ${text}`),
    info: write,
    warn: (line) => write(`warning: ${line}`),
    debug: (line) => {
      if (env['RUNNER_DEBUG'] === '1') write(`debug: ${line}`);
    },
    summary: async () => undefined,
  }),
};
