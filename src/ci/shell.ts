import { IapError } from '../errors.ts';
import { plain } from './plain.ts';
import type { CiRow } from './system.ts';

/** No CI system: a person's shell, or one that is not known here. It can neither mask nor hand values on. */
export const shell: CiRow = {
  name: 'shell',
  detect: () => true,
  open: (env, write) => ({
    ...plain(env, write),
    subjectToken: async () => {
      const fix =
        'Write an OIDC token of an issuer that the provider trusts to a file, and set subject_token_file to its path. ' +
        'Or set subject_token_variable to the name of an environment variable that holds one.';
      throw new IapError('oidc-unavailable', 'this CI system is not recognised: there is no OIDC token', {
        fix,
      });
    },
  }),
};
