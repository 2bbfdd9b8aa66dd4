import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import type { CiSystem, Env } from '../ci/system.ts';
import { systemCode } from '../errors.ts';

interface Child {
  readonly name: string;
  readonly args: readonly string[];
  readonly env: Env;
}

/** What a shell answers for a command that it cannot run: https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html#tag_19_08_02 */
const cannotRun: Readonly<Record<string, readonly [code: number, why: string]>> = {
  ENOENT: [127, 'there is no such command'],
  EACCES: [126, 'permission denied'],
};

/** Runs a command in this one's place: its streams, its signals, its exit code; of one that a signal ended, 128 and its number. */
export async function runChild({ name, args, env }: Child, ci: CiSystem): Promise<number> {
  let child: ChildProcess;
  try {
    child = await start({ name, args, env });
  } catch (error) {
    const found = systemCode(error);
    if (found === undefined) throw error;
    const [code, why] = cannotRun[found] ?? [126, found];
    ci.annotate('error', 'iap-auth', `${JSON.stringify(name)} could not be run: ${why}.`);
    return code;
  }
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  return code ?? 128 + (signal === null ? 0 : constants.signals[signal]);
}

async function start({ name, args, env }: Child): Promise<ChildProcess> {
  let child: ChildProcess | undefined;
  // Before the command runs: a signal that comes as it begins must not end this process, and leave that one.
  for (const [signal, isPassedOn] of signals()) process.on(signal, () => isPassedOn && child?.kill(signal));
  child = spawn(name, args, { stdio: 'inherit', env });
  await once(child, 'spawn');
  return child;
}

/** A terminal sends its own signals to the command as well: those must only not end this process before it. */
function signals(): [signal: NodeJS.Signals, isPassedOn: boolean][] {
  const isFromTerminal = process.stdin.isTTY === true;
  return [
    ['SIGINT', !isFromTerminal],
    ['SIGQUIT', !isFromTerminal],
    ['SIGTERM', true],
    ['SIGHUP', true],
    ['SIGUSR2', true],
  ];
}
