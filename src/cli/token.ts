import { Command } from 'commander';
import { audienceFor } from '../audience.ts';
import { type InputName, readConfig } from '../config.ts';
import type { Group } from '../inputs.ts';
import { mintToken } from '../mint.ts';
import { tokenLine } from '../report/lines.ts';
import { fromEnvironment, openWorld } from '../world.ts';
import type { Io } from './io.ts';
import { addInputs, fromOptions } from './options.ts';

/** The token's own, and what minting may need of the others. */
const isForToken = (name: InputName, group: Group): boolean =>
  group === 'credential' || group === 'token' || name === 'url' || name === 'timeout';

/** `iap-auth token`: the token on stdout. */
export function tokenCommand({ env, ci, print }: Io): Command {
  const command = new Command('token')
    .summary('print a token that IAP takes')
    .description('Mints a token that IAP takes, checks it, and prints it on stdout. All else goes to stderr.')
    .addHelpText(
      'after',
      '\nExample:\n  curl -H "Authorization: Bearer $(iap-auth token --credentials-json @key.json --target-audience ID)" https://app.example.com/',
    );
  return addInputs(command, isForToken).action(async (options: Record<string, string>) => {
    const config = readConfig([...fromOptions(options), ...fromEnvironment(env)]);
    const world = openWorld(config, env, ci);
    const { token, facts } = await mintToken(config, await audienceFor(config, world), world);
    ci.info(tokenLine(facts));
    print(`${token.reveal()}\n`);
  });
}
