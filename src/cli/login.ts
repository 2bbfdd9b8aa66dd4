import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { resolve } from 'node:path';
import { Command, Option } from 'commander';
import ms from 'ms';
import type { CiSystem } from '../ci/system.ts';
import type { Config } from '../config.ts';
import { IapError, invalid, systemCode } from '../errors.ts';
import { duration } from '../inputs.ts';
import { readClient } from '../login/client.ts';
import { defaultPlace } from '../login/file.ts';
import { type LoggedIn, login } from '../login/index.ts';
import { mintToken } from '../mint.ts';
import { readConfig } from '../reading.ts';
import { tokenLine } from '../report/lines.ts';
import { shellWord } from '../text.ts';
import { openWorld, type World } from '../world.ts';
import type { Io } from './io.ts';
import { argumentOf } from './options.ts';

interface Options {
  readonly clientFile: string;
  readonly out?: string;
  readonly browser: boolean;
  readonly timeout: number;
  readonly targetAudience?: string;
}

const notes = `
It needs an OAuth client of type "Desktop app": https://console.cloud.google.com/auth/clients
IAP accepts its tokens once the client is among the programmatic_clients in IAP's settings.
The file is a long-lived personal secret: keep it on your own machine, not in CI.
It reads no input from IAP_AUTH_ variables.

Example:
  iap-auth login --client-file client.json`;

/** `iap-auth login`: a person signs in, once for many tokens. */
export function loginCommand(io: Io): Command {
  return new Command('login')
    .summary('sign in with the browser, on your own machine')
    .description(
      'Signs you in with the browser and keeps the sign-in as an authorized_user file, which token and smoke accept. ' +
        'Prints the path of the file; with --target-audience a token instead.',
    )
    .requiredOption('--client-file <path>', "the desktop client's JSON, as Google's console gives it")
    .option(
      '--out <path>',
      'where to keep the sign-in (default: iap-auth/credentials.json in your settings folder, ~/.config)',
    )
    .option('--no-browser', 'only show the address; the browser must be on this machine, or the port forwarded')
    .addOption(
      new Option('--timeout <duration>', 'how long the sign-in may take')
        .default(300_000, '5m')
        .argParser(argumentOf(duration)),
    )
    .option('--target-audience <id>', 'mint a token for this OAuth client id at once, and print it instead of the path')
    .addHelpText('after', notes)
    .action(async (options: Options) => work(options, io));
}

async function work(options: Options, { env, ci, print }: Io): Promise<void> {
  checkPlace(options, env, ci);
  const client = readClient(await readText(options.clientFile), ci.mask);
  const { targetAudience } = options;
  if (targetAudience === 'discover')
    throw invalid([
      '--target-audience: "discover" needs an app to ask; give the client id, as iap-auth discover URL prints it',
    ]);
  const config = readConfig([
    targetAudience === undefined
      ? { name: 'target_audience', writtenAs: "--client-file: the client's id", value: client.clientId }
      : { name: 'target_audience', writtenAs: '--target-audience', value: targetAudience },
  ]);
  const world = openWorld(config, env, ci);
  const out = resolve(options.out ?? defaultPlace(env, homedir(), process.platform));
  const open = (url: URL) => show(url, options, ci);
  const loggedIn = await login({ client, out, timeout: options.timeout }, { ...world, open });
  tell(loggedIn, out, ci);
  print(`${targetAudience === undefined ? out : await mint(loggedIn, config, world)}\n`);
}

/**
 * A sign-in needs a person. Without a terminal nobody sees the address: --no-browser says that somebody does, as over
 * ssh with stderr in a pipe. In CI nobody ever does.
 */
function checkPlace({ browser }: Options, env: Io['env'], { name }: CiSystem): void {
  const isCi = name !== 'shell' || /^(true|1)$/i.test(env['CI'] ?? '');
  const isTerminal = process.stdin.isTTY && process.stderr.isTTY;
  if (!isCi && (isTerminal || !browser)) return;
  const what = isCi ? 'login needs a person, but this is CI' : 'login needs a person, but there is no terminal';
  const fix = 'In CI use workload identity, or a service-account key: neither needs a person.';
  throw new IapError('credentials-unsupported', what, {
    fix: isCi ? fix : `${fix} On your own machine without a terminal, give --no-browser and open the address yourself.`,
  });
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const code = systemCode(error) ?? 'unreadable';
    throw invalid([
      `--client-file: ${JSON.stringify(path)} cannot be read (${code}); give the JSON file of a desktop client, from https://console.cloud.google.com/auth/clients`,
    ]);
  }
}

async function show(url: URL, { browser, timeout }: Options, ci: CiSystem): Promise<void> {
  const where = `127.0.0.1:${new URL(url.searchParams.get('redirect_uri') ?? '').port}`;
  ci.info(`Sign in with a browser on this machine, within ${ms(timeout)}; it comes back to ${where}:`);
  ci.info(url.href);
  if (!browser) return;
  const { default: open } = await import('open');
  await open(url.href).catch(() => ci.warn('could not start a browser: open the address above yourself'));
}

function tell({ email, file }: LoggedIn, path: string, ci: CiSystem): void {
  ci.info(`Signed in as ${email}. The sign-in is kept in ${path}, for this user alone.`);
  ci.info(
    'It is a long-lived secret: whoever has the file passes IAP as you. To end it: https://myaccount.google.com/connections',
  );
  ci.info(`A token: iap-auth token --credentials-json @${shellWord(path)} --target-audience ${file.client_id}`);
  ci.info("IAP accepts it once that client is among the programmatic_clients in IAP's settings:");
  ci.info('https://cloud.google.com/iap/docs/authentication-howto');
  ci.info('It is for your own machine, not for CI: the session expires. In CI use workload identity.');
}

async function mint({ file }: LoggedIn, config: Config, world: World): Promise<string> {
  const credentialsJson = JSON.stringify(file);
  const { token, facts } = await mintToken({ ...config, credentialsJson }, config.targetAudience, world);
  world.log.info(tokenLine(facts));
  return token.reveal();
}
