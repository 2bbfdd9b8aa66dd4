import { azure } from './azure.ts';
import { bitbucket } from './bitbucket.ts';
import { buildkite } from './buildkite.ts';
import { circleci } from './circleci.ts';
import { github } from './github.ts';
import { gitlab } from './gitlab.ts';
import { type Guard, guard } from './guard.ts';
import { jenkins } from './jenkins.ts';
import { shell } from './shell.ts';
import type { CiRow, Env, Write } from './system.ts';

/** The table of CI systems; the first that detects itself is the one. A new one is a file here, and its row. */
export const systems: readonly CiRow[] = [github, gitlab, circleci, buildkite, azure, bitbucket, jenkins, shell];

/** The CI system that this process runs in, guarded: it masks before it logs, and logs nothing that is a command. */
export function openCi(env: Env, write: Write): Guard {
  const row = systems.find(({ detect }) => detect(env)) ?? shell;
  return guard({ name: row.name, ...row.open(env, write) });
}
