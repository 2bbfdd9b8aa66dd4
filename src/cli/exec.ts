import { Command } from 'commander';
import type { Env } from '../ci/system.ts';
import { inputs } from '../config.ts';
import type { Input } from '../inputs.ts';
import { runChild } from './child.ts';
import type { Io } from './io.ts';
import { addInputs, fromOptions } from './options.ts';
import { isForToken, mintFrom } from './token.ts';

const example = `
The command finds the token in IAP_TOKEN, or in the variable that --export-env names. It does not find the credential:
the variables IAP_AUTH_CREDENTIALS_JSON and IAP_AUTH_ID_TOKEN are kept from it. Its exit code is that of the command,
or 128 and the signal's number; 127 if there is no such command.

Example:
  iap-auth exec --credentials-json @key.json --target-audience ID -- \\
    sh -c 'curl -H "Authorization: Bearer $IAP_TOKEN" https://app.example.com/'`;

/** `iap-auth exec -- COMMAND`: runs it with the token in its environment. */
export function execCommand(io: Io): Command {
  const command = new Command('exec')
    .summary('run a command with a token in its environment')
    .description(
      'Mints a token and runs a command that finds it in IAP_TOKEN. Signals and the exit code are passed on.',
    )
    .usage('[options] -- COMMAND [ARGUMENT...]')
    .argument('<command...>', 'the command and its arguments, after --')
    .addHelpText('after', example);
  return addInputs(command, (name, group) => isForToken(name, group) || name === 'export_env').action(
    async ([name = '', ...args]: string[], options: Record<string, string>) => {
      const { minted, config } = await mintFrom(fromOptions(options), io);
      const variable = config.exportEnv ?? 'IAP_TOKEN';
      const env = { ...withoutCredentials(io.env), [variable]: minted.token.reveal() };
      io.end(await runChild({ name, args, env }, io.ci));
    },
  );
}

/** The environment without the variables of the inputs that are secrets: the token is all that the command needs. */
function withoutCredentials(env: Env): Env {
  const isSecret = (variable: string) => {
    const row: Input<unknown> | undefined = Object.entries(inputs).find(
      ([name]) => variable === `IAP_AUTH_${name.toUpperCase()}`,
    )?.[1];
    return row?.secret === true;
  };
  return Object.fromEntries(Object.entries(env).filter(([variable]) => !isSecret(variable)));
}
