import type { Config } from './config.ts';
import { asIapError, IapError, invalid } from './errors.ts';
import { type Http, retryAfter } from './http.ts';
import { discoverClientId, isGoogleManaged } from './iap/discovery.ts';
import { untilDone } from './propagation.ts';
import { isUrlAudience } from './rules.ts';
import { chooseSource } from './sources/index.ts';
import type { PollDeps } from './wait/poll.ts';

interface Deps extends PollDeps {
  readonly http: Http;
}

/**
 * What the token is for: as given, as the app tells, or, for a signed JWT, the app's own URL. undefined: whatever
 * a token that was given is for.
 *
 * @throws {IapError} `credentials-conflict`; `config-invalid` if it was left out, with the client id that the app names; `discovery-failed`, or
 * what kept the app from answering for as long as `retry_for`
 */
export async function audienceFor(config: Config, deps: Deps): Promise<string | undefined> {
  // Two credentials are found out before the app is asked for anything.
  chooseSource(config);
  const { targetAudience: given, tokenKind, idToken } = config;
  const [url] = config.url;
  if (tokenKind === 'signed_jwt') return jwtAudience(given, url, deps);
  if (given === 'discover' && url !== undefined) return discover(url, config, deps);
  if (given !== undefined || idToken !== undefined || url === undefined) return given;
  const found = await discoverClientId(url, deps.http).catch(asIapError);
  const advice =
    found instanceof IapError
      ? `the app does not reveal it (${found.code})`
      : `IAP in front of ${url.host} uses the OAuth client id ${found}`;
  throw invalid([`target_audience: missing; ${advice}. Set it to IAP's OAuth client id, or to discover`]);
}

/** IAP takes `https://HOST/*` for every path of the app: https://cloud.google.com/iap/docs/authentication-howto */
function jwtAudience(given: string | undefined, url: URL | undefined, { log }: Deps): string {
  if (given !== undefined && isUrlAudience(given)) return given;
  const audience = `${url?.origin}/*`;
  if (given !== undefined && given !== 'discover')
    log.warn(`target_audience is not used: a signed_jwt is for the app's URL, here ${audience}.`);
  return audience;
}

async function discover(url: URL, { retryFor, showResponse }: Config, deps: Deps): Promise<string> {
  const { http, log, clock } = deps;
  let asked = 0;
  const once: Http = async (request) => {
    asked = 0;
    const response = await http({ ...request, tries: 1 });
    asked = retryAfter(response.headers['retry-after'], clock.now());
    return response;
  };
  const work = () => discoverClientId(url, once, showResponse === 'never');
  const clientId = await untilDone(
    { name: 'target_audience', work, budget: { retryFor }, retryAfter: () => asked },
    deps,
  );
  log.info(`IAP in front of ${url.host} uses the OAuth client id ${clientId}.`);
  if (isGoogleManaged(clientId)) {
    log.warn(
      "That is IAP's Google-managed client, which cannot be the audience of an ID token. Set token_kind: signed_jwt.",
    );
  }
  return clientId;
}
