import { Command } from 'commander';
import { invalid } from '../errors.ts';
import { googleUniverse } from '../google/endpoints.ts';
import { inspectToken } from '../inspection.ts';
import { inspectionText } from '../report/inspection.ts';
import { jsonOf } from '../report/json.ts';
import { maskJwt } from '../token.ts';
import { openWorld } from '../world.ts';
import type { Io } from './io.ts';

/** `iap-auth inspect`: what the token on standard input says of itself, and whether IAP would accept it. */
export function inspectCommand({ env, ci, print, read, end }: Io): Command {
  return new Command('inspect')
    .summary('show the claims of a token, and whether IAP would accept it')
    .description(
      'Reads a token from standard input and prints its claims, never its signature. Exit code 1: IAP would reject it.',
    )
    .argument('[token]', 'not allowed: everyone on the machine can read a command line')
    .option('--json', 'print {"kind", "verified", "keys", "problem", "header", "claims"}')
    .addHelpText('after', '\nExample:\n  printf %s "$IAP_TOKEN" | iap-auth inspect')
    .action(async (token: string | undefined, { json }: { json?: true }) => {
      if (token !== undefined) {
        throw invalid([
          'TOKEN: everyone on the machine can read a command line; pipe the token in: printf %s "$IAP_TOKEN" | iap-auth inspect',
        ]);
      }
      if (process.stdin.isTTY) ci.info('Paste the token, then press Enter and Ctrl-D.');
      // As it stands in a header too.
      const jwt = (await read()).trim().replace(/^(?:(?:proxy-)?authorization: *)?bearer +/i, '');
      maskJwt(jwt, ci.mask);
      const world = openWorld({ timeout: 10_000, universe: googleUniverse }, env, ci);
      const inspection = await inspectToken(jwt, world);
      print(json ? `${jsonOf(inspection)}\n` : inspectionText(inspection, world.clock.now()));
      if (inspection.problem !== null) end(1);
    });
}
