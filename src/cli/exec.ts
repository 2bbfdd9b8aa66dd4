import { Command, Option } from 'commander';
import type { Env } from '../ci/system.ts';
import { variable } from '../ci/variable.ts';
import { inputs } from '../config.ts';
import { invalid } from '../errors.ts';
import type { Input } from '../inputs.ts';
import { runChild } from './child.ts';
import type { Io } from './io.ts';
import { addInputs, argumentOf, fromOptions } from './options.ts';
import { isForToken, mintFrom } from './token.ts';

const example = `
The variables IAP_AUTH_… that hold secrets are not passed to the command: IAP_AUTH_CREDENTIALS_JSON, IAP_AUTH_ID_TOKEN,
IAP_AUTH_HEADERS, IAP_AUTH_BODY. All others are, those of the CI system and of Google's libraries too.
The exit code is that of the command, or 128 and the signal's number; 127 if there is no such command.

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
    .addOption(
      new Option('--as <variable>', 'the variable that holds the token')
        .default('IAP_TOKEN')
        .argParser(argumentOf(variable)),
    )
    .addHelpText('after', example);
  return addInputs(command, isForToken).action(
    async ([name = '', ...args]: string[], { as: holder = '', ...options }: Record<string, string>) => {
      if (name === '') throw invalid(['COMMAND: empty; give the command and its arguments after --']);
      const { minted } = await mintFrom(fromOptions(options), io);
      const env = { ...withoutCredentials(io.env), [holder]: minted.token.reveal() };
      io.end(await runChild({ name, args, env }, io.ci));
    },
  );
}

/** The environment without the variables of the inputs that are secrets: the token is all that the command needs. */
function withoutCredentials(env: Env): Env {
  const isSecret = (variable: string) => {
    const row: Input<unknown> | undefined = Object.entries(inputs).find(
      ([name]) => /^IAP_AUTH_(.+)$/.exec(variable)?.[1]?.toLowerCase() === name,
    )?.[1];
    return row?.secret === true || row?.isHidden === true;
  };
  return Object.fromEntries(Object.entries(env).filter(([variable]) => !isSecret(variable)));
}
