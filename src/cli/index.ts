#!/usr/bin/env node
import { text } from 'node:stream/consumers';
import { styleText } from 'node:util';
import { Command, CommanderError } from 'commander';
import { openCi } from '../ci/index.ts';
import type { Level } from '../ci/system.ts';
import { asIapError } from '../errors.ts';
import { problemText } from '../report/lines.ts';
import { version } from '../version.ts';
import { demoCommand } from './demo.ts';
import { discoverCommand } from './discover.ts';
import { emulatorCommand } from './emulator.ts';
import { execCommand } from './exec.ts';
import { inspectCommand } from './inspect.ts';
import { exitCodeOf, type Io } from './io.ts';
import { loginCommand } from './login.ts';
import { smokeCommand } from './smoke.ts';
import { tokenCommand } from './token.ts';

const commands = [
  tokenCommand,
  smokeCommand,
  execCommand,
  discoverCommand,
  inspectCommand,
  loginCommand,
  emulatorCommand,
  demoCommand,
];

const exitCodes = `
Exit codes: 0 passed · 1 a check failed · 2 usage or configuration · 3 no token, or no answer.
exec returns the exit code of its command. RUNNER_DEBUG=1 in the environment logs each request.
The README lists all inputs: https://github.com/iap-auth/iap-auth`;

const colours = { error: 'red', warning: 'yellow' } as const;

/** Colours a line, if stderr is a terminal that wants them: https://no-color.org */
function paint(line: string, level?: Level): string {
  return level === undefined ? line : styleText(colours[level], line, { stream: process.stderr });
}

function program(io: Io): Command {
  const root = new Command('iap-auth')
    .description("Gets a caller through Google's Identity-Aware Proxy (IAP), and checks the app behind it.")
    .version(version);
  root.addHelpText('after', exitCodes);
  for (const command of commands) root.addCommand(command(io));
  for (const command of [root, ...root.commands]) {
    const first = command.name() === 'exec' ? 'Put -- before the command. ' : '';
    const help = `${first}Run ${command === root ? 'iap-auth' : `iap-auth ${command.name()}`} --help to see what it takes.`;
    command.exitOverride().configureOutput({
      outputError: (said) => io.ci.annotate('error', 'iap-auth', `${oneLine(withoutValues(said))} ${help}`),
    });
  }
  return root;
}

/** What was mistyped may be a secret that lacks its option: names are repeated, values are not. */
function withoutValues(said: string): string {
  return said
    .replace(/^error: /, '')
    .replace(/(but got \d+): .*/s, '$1.')
    .replace(/(argument) '.*' (is invalid)/s, '$1 $2')
    .replace(/(unknown \w+) '(.*?)'(?=\n|$)/s, (_, what: string, name: string) => {
      const flag = name.replace(/=.*/s, '');
      return `${what} ${/^[\w-]{1,30}$/.test(flag) ? `'${flag}'` : 'whose name may be secret'}`;
    });
}

function oneLine(said: string): string {
  const line = said.trim().replace(/\s*\n\s*/g, ' ');
  return /[.?!)]$/.test(line) ? line : `${line}.`;
}

async function main(): Promise<void> {
  let ended = 0;
  const io: Io = {
    env: process.env,
    ci: openCi(process.env, (line: string, level?: Level) => process.stderr.write(`${paint(line, level)}\n`)),
    print: (result) => process.stdout.write(result),
    read: () => text(process.stdin),
    end: (code) => {
      ended = code;
    },
  };
  const leave = (error?: Error | null) => {
    if (error) io.ci.annotate('error', 'iap-auth', 'stdout was closed before the result was written.');
    process.exit(error ? 2 : ended);
  };
  process.stdout.on('error', leave);
  // The verdict is in the exit code, whoever reads the log.
  process.stderr.on('error', () => undefined);
  try {
    await program(io).parseAsync();
  } catch (error) {
    io.end(failed(error, io));
  }
  // Requests that no longer matter may still be under way; what was written must be out first.
  process.stderr.write('', () => process.stdout.write('', leave));
}

function failed(error: unknown, { ci }: Io): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  const problem = asIapError(error);
  ci.annotate('error', problem.code, problemText(problem));
  return exitCodeOf(problem);
}

// google-auth-library prints tokens where this is set.
delete process.env['GOOGLE_SDK_NODE_LOGGING'];
await main();
