import { shellWord } from '../text.ts';
import { takeToken } from './given.ts';
import { appendLine, isShort, isToken, variableOf } from './output.ts';
import { plain } from './plain.ts';
import type { CiRow } from './system.ts';

/**
 * CircleCI. Its token's `aud` is the organisation's id, or what the claims of organisation or project were set to,
 * whatever was asked for; and it cannot mask a value of a job's own making.
 * https://circleci.com/docs/guides/permissions-authentication/openid-connect-tokens/
 * https://circleci.com/docs/oidc-tokens-with-custom-claims
 */
export const circleci: CiRow = {
  name: 'circleci',
  detect: (env) => env['CIRCLECI'] === 'true',
  open: (env, write) => {
    // What later steps of the job run first: https://circleci.com/docs/guides/security/env-vars/
    const set = (name: string, value: string) =>
      Boolean(env['BASH_ENV']) && appendLine(env['BASH_ENV'] ?? '', `export ${name}=${shellWord(value)}`, write);
    return {
      ...plain(env, write),
      // It is written as ~/project.
      folders: { workspace: env['CIRCLE_WORKING_DIRECTORY']?.replace(/^~(?=\/|$)/, env['HOME'] ?? '~') },
      subjectToken: async (_, deps) => takeToken(env, place, deps),
      declare: () => '',
      output: (name, value) => {
        if (!isToken(name)) set(variableOf(name), isShort(value) ? value : '');
      },
      exportVariable: set,
    };
  },
};

const place = {
  system: 'CircleCI',
  variable: 'CIRCLE_OIDC_TOKEN_V2',
  fix: 'CircleCI gives it to every job that may have secrets: builds of forks have none by default, and a server of an older version gives it only to jobs that use a context. Use one (context: NAME), or give the job another credential.',
};
