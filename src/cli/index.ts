#!/usr/bin/env node
import { Command, CommanderError } from 'commander';
import { openCi } from '../ci/index.ts';
import { asIapError } from '../errors.ts';
import { problemText } from '../report/lines.ts';
import { version } from '../version.ts';
import { emulatorCommand } from './emulator.ts';
import type { ExitCode, Io } from './io.ts';
import { smokeCommand } from './smoke.ts';
import { tokenCommand } from './token.ts';

const io: Io = {
  env: process.env,
  ci: openCi(process.env, (line) => process.stderr.write(`${line}\n`)),
  print: (text) => process.stdout.write(text),
};

function program(end: (code: ExitCode) => void): Command {
  const root = new Command('iap-auth')
    .description("Gets a caller through Google's Identity-Aware Proxy (IAP), and checks the app behind it.")
    .version(version);
  for (const command of [tokenCommand(io), smokeCommand(io, end), emulatorCommand(io)]) root.addCommand(command);
  for (const command of [root, ...root.commands])
    command.exitOverride().showHelpAfterError('Run with --help to see what it takes.');
  return root;
}

function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  const problem = asIapError(error);
  io.ci.annotate('error', problem.code, problemText(problem));
  return /^(config|credentials)-/.test(problem.code) ? 2 : 3;
}

async function main(): Promise<void> {
  let code: ExitCode = 0;
  try {
    await program((ended) => {
      code = ended;
    }).parseAsync();
  } catch (error) {
    code = exitCodeOf(error);
  }
  // Requests that no longer matter may still be under way; what was written must be out first.
  process.stdout.write('', () => process.exit(code));
}

// google-auth-library prints tokens where this is set.
delete process.env['GOOGLE_SDK_NODE_LOGGING'];
await main();
