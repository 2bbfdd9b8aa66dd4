import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import type { Emulator } from '../emulator/index.ts';
import { invalid, systemCode } from '../errors.ts';
import { writePrivate } from '../private.ts';
import { shellWord } from '../text.ts';
import type { Io } from './io.ts';

interface Options {
  readonly port: number;
  readonly appPort: number;
  readonly keyFile?: string;
}

/** `iap-auth emulator`: runs until it is interrupted. */
export function emulatorCommand(io: Io): Command {
  return new Command('emulator')
    .summary('run Google and IAP on this machine, to try things out')
    .description(
      "Runs Google's token endpoint and keys, and IAP in front of a demo app, on 127.0.0.1, until interrupted.",
    )
    .option('--port <number>', "port of Google's services; 0 takes a free one", port, 8085)
    .option('--app-port <number>', 'port of the app behind IAP; 0 takes a free one', port, 8086)
    .option(
      '--key-file <path>',
      'where to write the key of an account that may pass (default: a file in a private temporary folder)',
    )
    .action(async (options: Options) => {
      const { startEmulator } = await import('../emulator/index.ts');
      const emulator = await startEmulator(options).catch(portProblem);
      const folder = mkdtempSync(join(tmpdir(), 'iap-auth-'));
      const stopped = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
      try {
        await introduce(
          emulator,
          { key: options.keyFile ?? join(folder, 'key.json'), client: join(folder, 'client.json') },
          io,
        );
        await stopped;
      } finally {
        rmSync(folder, { recursive: true });
        await emulator.close();
      }
    });
}

/** Makes an account and a person that may pass, and says how to be them. */
async function introduce(emulator: Emulator, paths: { key: string; client: string }, { ci, print }: Io): Promise<void> {
  const key = await emulator.createKey('ci@demo-project.iam.gserviceaccount.com');
  const person = 'you@example.com';
  emulator.createUser(person);
  for (const email of [key.client_email, person]) emulator.grant(email);
  emulator.allowlist(emulator.desktopClientId);
  const { desktopClientId: client_id, desktopClientSecret: client_secret } = emulator;
  await writePrivate(paths.key, JSON.stringify(key, null, 2)).catch(keyFileProblem);
  await writePrivate(paths.client, JSON.stringify({ installed: { client_id, client_secret } }));
  print(exportsFor({ IAP_AUTH_EMULATOR_HOST: emulator.host, IAP_AUTH_TARGET_AUDIENCE: emulator.clientId }));
  ci.info('The emulator runs until Ctrl-C. In another shell paste the lines above, then:');
  ci.info(`iap-auth smoke ${emulator.appUrl}/ --credentials-json @${shellWord(resolve(paths.key))}`);
  const you = join(dirname(paths.client), 'you.json');
  ci.info(`iap-auth login --client-file ${shellWord(paths.client)} --out ${shellWord(you)}`);
}

function exportsFor(variables: Readonly<Record<string, string>>): string {
  return Object.entries(variables)
    .map(([name, value]) => `export ${name}=${value}\n`)
    .join('');
}

function port(value: string): number {
  const number = Number(value);
  if (!/^\d+$/.test(value) || number > 65535) throw new InvalidArgumentError('Give a port from 0 to 65535.');
  return number;
}

/** A port that cannot be had is the user's to change. */
function portProblem(error: unknown): never {
  const code = systemCode(error);
  if (code === undefined) throw error;
  const what = code === 'EADDRINUSE' ? 'one of the ports is in use' : `the system says ${code}`;
  throw invalid([`--port, --app-port: ${what}; give another, or 0 for a free one`]);
}

/** So is a file that is there already, or cannot be written. */
function keyFileProblem(error: unknown): never {
  const code = systemCode(error);
  if (code === undefined) throw error;
  const what = code === 'EEXIST' ? 'the file already exists; remove it, or' : `the file cannot be written (${code});`;
  throw invalid([`--key-file: ${what} give another path`]);
}
