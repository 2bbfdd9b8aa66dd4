import { Command, Option } from 'commander';
import { audienceFor } from '../audience.ts';
import type { Config, Given, InputName } from '../config.ts';
import { headerLine } from '../header.ts';
import type { Group } from '../inputs.ts';
import type { Minted } from '../mint.ts';
import { mintPatiently } from '../propagation.ts';
import { readConfig } from '../reading.ts';
import { tokenLine } from '../report/lines.ts';
import { mintingInputs } from '../smoke/inputs.ts';
import { respelled } from '../spelling.ts';
import { fromEnvironment, openWorld } from '../world.ts';
import type { Io } from './io.ts';
import { addInputs, fromOptions, spellAs } from './options.ts';

/** The token's own inputs, and what minting may need of the others. */
export const isForToken = (name: InputName, group: Group): boolean =>
  group === 'credential' || group === 'token' || mintingInputs.some((one) => one === name);

type Format = (minted: Minted, config: Pick<Config, 'tokenHeader'>) => string;

const formats: Readonly<Record<string, Format>> = {
  raw: ({ token }) => token.reveal(),
  header: ({ token }, { tokenHeader }) => headerLine(tokenHeader, token),
  json: ({ token, facts }) => JSON.stringify({ token: token.reveal(), ...facts }),
  // A JWT is made of letters, digits, - _ and dots: no shell reads more in it.
  env: ({ token }) => `export IAP_TOKEN=${token.reveal()}`,
};

/** `iap-auth token`: the token on stdout. */
export function tokenCommand(io: Io): Command {
  const command = new Command('token')
    .summary('print a token that IAP accepts')
    .description('Mints a token that IAP accepts, checks it, and prints it on stdout. Everything else goes to stderr.')
    .addOption(
      new Option('--format <format>', 'The token alone; a header for curl -H @-; JSON; a line for a shell to eval.')
        .choices(Object.keys(formats))
        .default('raw'),
    )
    .addHelpText(
      'after',
      '\nExample:\n  curl -H "Authorization: Bearer $(iap-auth token --credentials-json @key.json --target-audience ID)" https://app.example.com/',
    );
  return addInputs(command, (name, group) => isForToken(name, group) || name === 'token_header').action(
    async ({ format = 'raw', ...options }: Record<string, string>) => {
      const { minted, config } = await mintFrom(fromOptions(options), io);
      io.print(`${formats[format]?.(minted, config)}\n`);
    },
  );
}

/** Mints a token by what was given, and what the environment adds to it. */
export async function mintFrom(
  options: readonly Given[],
  { env, ci }: Io,
): Promise<{ minted: Minted; config: Config }> {
  // What is to be checked is no matter here, though a job may say so for other steps.
  const about = fromEnvironment(env).filter(({ name }) => !/^checks(_file)?$/.test(name));
  const given = [...options, ...about];
  try {
    const config = readConfig(given);
    const world = openWorld(config, env, ci);
    const audience = await audienceFor(config, world);
    const minted = await mintPatiently(config, audience, world);
    ci.info(tokenLine(minted.facts));
    return { minted, config };
  } catch (error) {
    throw respelled(error, spellAs(given));
  }
}
