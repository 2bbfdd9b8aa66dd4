import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';
import { IapError } from '../errors.ts';
import { excerpt, wordsOf } from '../text.ts';
import { bearerIn, maskJwt } from '../token.ts';
import { noToken } from './oidc.ts';
import type { Env, OidcDeps } from './system.ts';

const program = 'buildkite-agent';

/** Milliseconds until the agent is given up. */
const patience = 15_000;

/** Gives the agent a value on its stdin, never in its arguments. Its answer is what it printed; undefined if it failed. */
export type Tell = (args: readonly string[], value: string) => string | undefined;

/** An agent that is not there, or hangs, is not asked again. */
export function openAgent(env: Env): Tell {
  let isThere = true;
  return (args, value) => {
    if (!isThere) return undefined;
    const options = { env: { ...env }, input: value, encoding: 'utf8', timeout: patience } as const;
    const { status, stdout, error } = spawnSync(program, args, options);
    if (error !== undefined) isThere = false;
    return status === 0 ? stdout : undefined;
  };
}

/**
 * An OIDC token of the job: https://buildkite.com/docs/agent/v3/cli-oidc
 *
 * @throws {IapError} `oidc-unavailable`, `oidc-refused`
 */
export async function requestToken(env: Env, audience: string, { mask }: Pick<OidcDeps, 'mask'>): Promise<string> {
  const args = ['oidc', 'request-token', '--audience', audience];
  const options = { env: { ...env }, encoding: 'utf8', timeout: patience } as const;
  // What is thrown holds all that was printed: nothing of it is kept but words that are safe to show.
  const { stdout } = await promisify(execFile)(program, args, options).catch((error: unknown) => {
    throw refusalOf(error);
  });
  const token = bearerIn(stdout.trim());
  if (token === undefined) throw refused('it printed no token');
  maskJwt(token, mask);
  return token;
}

function refusalOf(error: unknown): IapError {
  const { code, stderr } = error as { code?: number | string | null; stderr?: string };
  if (code === 'ENOENT') return noToken('Buildkite', fix);
  if (typeof code !== 'number') return refused('it did not answer');
  return refused(stderr ? `${wordsOf(code)}, "${excerpt(stderr)}"` : wordsOf(code));
}

function refused(words: string): IapError<'oidc-refused'> {
  return new IapError('oidc-refused', `${program} refused: ${words}`, {
    host: program,
    fix: refusedFix,
  });
}

const fix = `${program} is not on the PATH of this job: in a container, mount it (the docker plugin's mount-buildkite-agent: true). Or request the token outside, and give its variable to subject_token_variable.`;

// https://buildkite.com/resources/changelog/329-agent-v3-dot-104-oidc-token-requests-now-require-job-api-socket-for-redaction
const refusedFix = `From version 3.104 on ${program} must reach its Job API to give a token: in a container, mount the socket, and pass BUILDKITE_AGENT_JOB_API_SOCKET and BUILDKITE_AGENT_JOB_API_TOKEN. Or request the token outside, and give its variable to subject_token_variable. Where a 5xx stands above, see Buildkite's status page, and run the job again.`;
