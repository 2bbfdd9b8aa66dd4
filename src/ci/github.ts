import { exportVariable, saveState, setOutput, summary } from '@actions/core';
import { fetchOidcToken } from './oidc.ts';
import type { CiRow } from './system.ts';

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
    return {
      name: 'github',
      hasAnnotations: true,
      folders: { temporary: env['RUNNER_TEMP'], workspace: env['GITHUB_WORKSPACE'] },
      mask: (secret) => write(`::add-mask::${escapeData(secret)}`),
      subjectToken: (audience, deps) => fetchOidcToken(env, audience, deps),
      output: (name, value) => {
        if (env['GITHUB_OUTPUT']) setOutput(name, value);
      },
      exportVariable: (name, value) => {
        if (env['GITHUB_ENV']) exportVariable(name, value);
        return Boolean(env['GITHUB_ENV']);
      },
      keep: (name, value) => {
        if (env['GITHUB_STATE']) saveState(name, value);
        return Boolean(env['GITHUB_STATE']);
      },
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

function escapeData(text: string): string {
  return text.replace(/%/g, '%25').replace(/\r/g, '%0D').replace(/\n/g, '%0A');
}

function escapeProperty(text: string): string {
  return escapeData(text).replace(/:/g, '%3A').replace(/,/g, '%2C');
}
