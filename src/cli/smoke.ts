import { Command } from 'commander';
import { readConfig } from '../config.ts';
import { run } from '../run.ts';
import { fromEnvironment, openWorld } from '../world.ts';
import type { ExitCode, Io } from './io.ts';
import { addInputs, fromOptions } from './options.ts';

/** `iap-auth smoke URL`: calls the app with a fresh token. */
export function smokeCommand({ env, ci }: Io, end: (code: ExitCode) => void): Command {
  const command = new Command('smoke')
    .summary('call an app behind IAP and check its answer')
    .description('Mints a token, calls URL with it, and fails unless the app itself answers as expected.')
    .argument('[url...]', 'app URLs, https:// (http:// on loopback only); or --checks, --checks-file');
  return addInputs(command, (name) => name !== 'url').action(
    async (urls: string[], options: Record<string, string>) => {
      const given = [
        { name: 'url', writtenAs: 'URL', value: urls.join('\n') },
        ...fromOptions(options),
        ...fromEnvironment(env),
      ];
      const config = readConfig(given);
      end((await run(config, openWorld(config, env, ci))) === 'failed' ? 1 : 0);
    },
  );
}
