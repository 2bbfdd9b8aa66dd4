import { Command } from 'commander';
import { type Complaint, parse } from '../complaint.ts';
import { invalid } from '../errors.ts';
import { googleUniverse } from '../google/endpoints.ts';
import { discoverClientId, isGoogleManaged } from '../iap/discovery.ts';
import { appUrl } from '../inputs.ts';
import { openWorld } from '../world.ts';
import type { Io } from './io.ts';

/** `iap-auth discover URL`: IAP's client id on stdout. */
export function discoverCommand({ env, ci, print }: Io): Command {
  return new Command('discover')
    .summary('print the OAuth client id that IAP uses for an app')
    .description(
      "Calls URL without a token and reads IAP's OAuth client id, the target_audience, from its sign-in redirect.",
    )
    .argument('<url>', 'an app URL, https://')
    .option('--json', 'print {"client_id", "google_managed"}')
    .action(async (text: string, { json }: { json?: true }) => {
      const problems: Complaint[] = [];
      const url = parse(text, appUrl, 'URL', problems);
      if (url === undefined) throw invalid(problems);
      const { http } = openWorld({ timeout: 10_000, universe: googleUniverse }, env, ci);
      const id = await discoverClientId(url, http);
      const isManaged = isGoogleManaged(id);
      if (isManaged)
        ci.warn(
          "This is IAP's Google-managed client, which cannot be the audience of an ID token: use --token-kind signed_jwt.",
        );
      print(json ? `${JSON.stringify({ client_id: id, google_managed: isManaged })}\n` : `${id}\n`);
    });
}
