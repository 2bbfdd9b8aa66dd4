import { closeSync, constants, lstatSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { takeToken } from './given.ts';
import { isLocal, variableOf, writing } from './output.ts';
import { plain } from './plain.ts';
import type { CiRow, Write } from './system.ts';

/** https://docs.gitlab.com/administration/instance_limits/#limit-dotenv-file-size */
const largestFile = 5 * 1024;

const { O_CREAT, O_NOFOLLOW, O_TRUNC, O_WRONLY } = constants;

/**
 * GitLab CI/CD. A job cannot mask a value of its own making; and what it hands on is an artifact, which people can
 * download: the token is not among it.
 * https://docs.gitlab.com/ci/secrets/id_token_authentication/
 */
export const gitlab: CiRow = {
  name: 'gitlab',
  detect: (env) => env['GITLAB_CI'] === 'true',
  open: (env, write) => {
    const { CI_PROJECT_DIR: folder } = env;
    let isThere = Boolean(folder);
    return {
      ...plain(env, write),
      folders: { workspace: folder },
      subjectToken: async (audience, deps) => {
        const place = { system: 'GitLab', variable: 'GITLAB_OIDC_TOKEN', fix: fixFor(audience) };
        return takeToken(env, place, deps);
      },
      declare: fixFor,
      output: (name, value) => {
        if (!isThere || isLocal(name)) return;
        isThere = setLine(join(folder ?? '', 'iap-auth.env'), variableOf(name), value, write);
      },
      group: sectionsOf(write),
    };
  },
};

const fixFor = (audience: string) => `Declare it in the job:
id_tokens:
  GITLAB_OIDC_TOKEN:
    aud: ${audience}
If it stands under another name, give that to subject_token_variable.`;

/**
 * One line a variable, each once. No line breaks, no empty values (unsure: whether GitLab takes them), and nothing
 * that would make the file too large: GitLab refuses such a file as a whole. What an earlier run set goes all the same.
 * https://docs.gitlab.com/ci/yaml/artifacts_reports/#artifactsreportsdotenv
 *
 * @returns whether the file can be written
 */
function setLine(path: string, name: string, value: string, write: Write): boolean {
  return writing(
    path,
    () => {
      const lines = linesOf(path);
      const others = lines.filter((one) => !one.startsWith(`${name}=`));
      const all = value === '' || /[\r\n]/.test(value) ? others : [...others, `${name}=${value}`];
      const kept = Buffer.byteLength(textOf(all)) <= largestFile ? all : others;
      if (kept !== others || others.length < lines.length) rewrite(path, textOf(kept));
    },
    write,
  );
}

function textOf(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('');
}

/** Writes through no link. */
function rewrite(path: string, text: string): void {
  const file = openSync(path, O_WRONLY | O_CREAT | O_TRUNC | (O_NOFOLLOW ?? 0));
  try {
    writeFileSync(file, text);
  } finally {
    closeSync(file);
  }
}

function linesOf(path: string): string[] {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return [];
  // The checkout may hold anything of this name: what is no file is left alone.
  if (!found.isFile()) throw new Error('not a file');
  return readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line !== '');
}

/**
 * Sections that close on a click: a failed check's cause and fix stand in one, and nowhere else. A row has no clock: GitLab shows how long a section took, from these times.
 * https://docs.gitlab.com/ci/jobs/job_logs/#create-custom-collapsible-sections
 */
function sectionsOf(write: Write): (title: string, lines: readonly string[]) => void {
  let count = 0;
  const mark = (edge: string, rest: string) =>
    write(`\u001b[0Ksection_${edge}:${Math.floor(Date.now() / 1000)}:iap_auth_${count}${rest}`);
  return (title, lines) => {
    count++;
    mark('start', `\r\u001b[0K${title.replaceAll('\n', ' ')}`);
    for (const line of lines) write(line);
    mark('end', '\r\u001b[0K');
  };
}
