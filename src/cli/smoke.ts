import { Command } from 'commander';
import { readConfig, wantsSummary } from '../config.ts';
import { reportFailure, run } from '../run.ts';
import { fromEnvironment, openWorld } from '../world.ts';
import { exitCodeOf, type Io } from './io.ts';
import { addInputs, fromOptions } from './options.ts';

/** `iap-auth smoke URL`: calls the app with a fresh token. */
export function smokeCommand({ env, ci, print, end }: Io): Command {
  const command = new Command('smoke')
    .summary('call an app behind IAP and check its answer')
    .description('Mints a token, calls URL with it, and fails unless the app itself answers as expected.')
    .argument('[url...]', 'app URLs, https:// (http:// on loopback only); or --checks, --checks-file')
    .option('--json', 'print the report on stdout: {"passed", "token", "checks"}');
  return addInputs(command, (name) => name !== 'url').action(
    async (urls: string[], { json, ...options }: Record<string, string> & { json?: true }) => {
      const given = [
        { name: 'url', writtenAs: 'URL', value: urls.join('\n') },
        ...fromOptions(options),
        ...fromEnvironment(env),
      ];
      try {
        const config = readConfig(given);
        const { result, report } = await run(config, openWorld(config, env, ci));
        if (json) print(`${JSON.stringify(report)}\n`);
        if (result === 'failed') end(1);
      } catch (error) {
        end(exitCodeOf(await reportFailure(error, ci, { summary: wantsSummary(given) })));
      }
    },
  );
}
