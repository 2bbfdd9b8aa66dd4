import { existsSync } from 'node:fs';
import { exportVariable, saveState, setOutput, summary } from '@actions/core';
import { invalid, systemCode } from '../errors.ts';
import { githubPermissions } from '../failures/workload.ts';
import { askForToken } from './oidc.ts';
import type { CiRow, Env, OidcDeps } from './system.ts';

/**
 * GitHub Actions. Workflow commands are written here, not by @actions/core, which knows stdout only: on the command
 * line stdout is the token's alone, and the runner reads stderr as well.
 * https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands
 */
export const github: CiRow = {
  name: 'github',
  detect: (env) => env['GITHUB_ACTIONS'] === 'true',
  open: (env, write) => {
    const annotate = (level: string, title: string, text: string) =>
      write(`::${level} title=${escapeProperty(title)}::${escapeData(text)}`);
    const inFile = (variable: string, work: () => void) => writeFile(env, variable, work);
    return {
      hasAnnotations: true,
      folders: { temporary: env['RUNNER_TEMP'], workspace: env['GITHUB_WORKSPACE'] },
      mask: (secret) => write(`::add-mask::${escapeData(secret)}`),
      subjectToken: (audience, deps) => fetchOidcToken(env, audience, deps),
      output: (name, value) => void inFile('GITHUB_OUTPUT', () => setOutput(name, value)),
      exportVariable: (name, value) => inFile('GITHUB_ENV', () => exportVariable(name, value)),
      keep: (name, value) => inFile('GITHUB_STATE', () => saveState(name, value)),
      group: (title, lines) => {
        write(`::group::${escapeData(title)}`);
        for (const line of lines) write(line);
        write('::endgroup::');
      },
      annotate,
      info: (line) => write(line),
      warn: (line) => annotate('warning', 'iap-auth', line),
      debug: (line) => write(`::debug::${escapeData(line)}`),
      summary: async (markdown) => {
        if (env['GITHUB_STEP_SUMMARY']) await summary.addRaw(markdown, true).write();
      },
    };
  },
};

/**
 * GitHub's OIDC token: https://docs.github.com/actions/reference/security/oidc
 * Fetched here and not by @actions/core, which writes to stdout, names itself and tries again by rules of its own.
 */
export function fetchOidcToken(env: Env, audience: string, deps: OidcDeps): Promise<string> {
  return askForToken(
    env,
    {
      system: 'GitHub',
      method: 'GET',
      variable: 'ACTIONS_ID_TOKEN_REQUEST_URL',
      bearerVariable: 'ACTIONS_ID_TOKEN_REQUEST_TOKEN',
      query: { audience },
      field: 'value',
      fix: githubPermissions,
      refusedFix: githubPermissions,
    },
    deps,
  );
}

/**
 * Writes one of the runner's files. False if it names none.
 *
 * @throws {IapError} `config-invalid`: later steps would go on without what they were promised
 */
function writeFile(env: Env, variable: string, work: () => void): boolean {
  const path = env[variable];
  if (!path) return false;
  try {
    work();
    return true;
  } catch (error) {
    const why = existsSync(path) ? `cannot be written (${systemCode(error) ?? 'unknown'})` : 'is not there';
    throw invalid([
      `${variable}: the file ${JSON.stringify(path)} ${why}; the runner sets it, and later steps read it`,
    ]);
  }
}

function escapeData(text: string): string {
  return text.replace(/%/g, '%25').replace(/\r/g, '%0D').replace(/\n/g, '%0A');
}

function escapeProperty(text: string): string {
  return escapeData(text).replace(/:/g, '%3A').replace(/,/g, '%2C');
}
