import { Command } from 'commander';
import type { Given } from '../config.ts';
import { jsonOf } from '../report/json.ts';
import { reportFailure, run } from '../run.ts';
import { respelled } from '../spelling.ts';
import { readStep, requireUrl, wantedReports, withEnvironment } from '../step.ts';
import { openWorld, type World } from '../world.ts';
import { exitCodeOf, type Io } from './io.ts';
import { addInputs, fromOptions, spellAs } from './options.ts';

/** `iap-auth smoke URL`: calls the app with a fresh token. */
export function smokeCommand({ env, ci, print, end }: Io): Command {
  const command = new Command('smoke')
    .summary('call an app behind IAP and check its answer')
    .description('Mints a token, calls URL with it, and fails unless the app itself answers as expected.')
    .argument('[url...]', 'app URLs, https:// (http:// on loopback only); or --checks, --checks-file')
    .option('--json', 'print the report on stdout: {"passed", "token", "checks"}; without a token {"passed", "error"}');
  return addInputs(command, (name) => name !== 'url').action(
    async (urls: string[], { json, ...options }: Record<string, string> & { json?: true }) => {
      const url = { name: 'url', writtenAs: 'URL', value: urls.join('\n'), ...problemOf(urls) };
      const given = requireUrl(withEnvironment([url, ...fromOptions(options)], env));
      let timeline: World['timeline'] = [];
      try {
        const config = await readStep(given);
        const world = openWorld(config, env, ci);
        ({ timeline } = world);
        const { result, report } = await run(config, world);
        if (json) print(`${jsonOf(report)}\n`);
        if (result === 'failed') end(1);
      } catch (error) {
        const problem = await reportFailure(respelled(error, spellAs(given)), ci, {
          ...wantedReports(given),
          timeline,
        });
        const { code, message, hint } = problem;
        if (json) print(`${jsonOf({ passed: false, error: { code, message, hint } })}\n`);
        end(exitCodeOf(problem));
      }
    },
  );
}

/** An argument that is empty is a variable that is not set: an app that would not be called. */
function problemOf(urls: readonly string[]): Pick<Given, 'problem'> {
  return urls.some((url) => url.trim() === '') ? { problem: 'an address is empty; give it, or leave it out' } : {};
}
