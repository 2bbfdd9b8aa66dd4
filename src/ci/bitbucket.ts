import { takeToken } from './given.ts';
import { appendLine, isLocal, variableOf } from './output.ts';
import { plain } from './plain.ts';
import type { CiRow } from './system.ts';

/**
 * Bitbucket Pipelines. The step's YAML says what its token is for, whatever was asked for here. What is handed on is
 * printed in the log of later steps: the token is not among it.
 * https://support.atlassian.com/bitbucket-cloud/docs/integrate-pipelines-with-resource-servers-using-oidc/
 * https://www.atlassian.com/blog/bitbucket/bitbucket-pipelines-oidc-now-supports-multiple-audiences
 * https://support.atlassian.com/bitbucket-cloud/docs/variable-sharing/
 */
export const bitbucket: CiRow = {
  name: 'bitbucket',
  detect: (env) => Boolean(env['BITBUCKET_BUILD_NUMBER']),
  open: (env, write) => ({
    ...plain(env, write),
    folders: { workspace: env['BITBUCKET_CLONE_DIR'] },
    subjectToken: async (audience, deps) =>
      takeToken(env, { system: 'Bitbucket', variable: 'BITBUCKET_STEP_OIDC_TOKEN', fix: fixFor(audience) }, deps),
    declare: fixFor,
    output: (name, value) => {
      const { BITBUCKET_PIPELINES_VARIABLES_PATH: path } = env;
      // unsure: how a value would be quoted, so that only those go there that need no quotes: not the report.
      const isPlain = /^[\w@.:/+-]+$/.test(value);
      if (path && !isLocal(name) && isPlain) appendLine(path, `${variableOf(name)}=${value}`, write);
    },
  }),
};

const fixFor = (audience: string) => `Ask for it in the step:
- step:
    oidc:
      audiences:
        - ${audience}
Or set oidc: true, and allow the audience of the workspace (Repository settings > OpenID Connect) at the provider.`;
