import type { Guard } from './ci/guard.ts';
import type { Env } from './ci/system.ts';
import { type Clock, systemClock } from './clock.ts';
import type { Config, Given } from './config.ts';
import { invalid } from './errors.ts';
import { type Endpoints, emulatorEndpoints, googleEndpoints } from './google/endpoints.ts';
import { createHttp, type Http } from './http.ts';
import type { Log } from './log.ts';
import { isLoopback } from './origin.ts';
import type { Try } from './report/result.ts';
import type { Mask } from './token.ts';

/** What the work uses of the outside, passed in by the doors. */
export interface World {
  readonly http: Http;
  readonly endpoints: Endpoints;
  readonly ci: Guard;
  readonly clock: Clock;
  readonly env: Env;
  readonly log: Log;
  readonly mask: Mask;
  /** Each try of each request, as they end. */
  readonly timeline: readonly Try[];
}

const emulatorHost = 'IAP_AUTH_EMULATOR_HOST';

/** The world as it is; by another clock than this machine's, if one is given. */
export function openWorld(
  config: Pick<Config, 'timeout' | 'universe'>,
  env: Env,
  ci: Guard,
  clock: Clock = systemClock,
): World {
  const timeline: Try[] = [];
  const http = createHttp({ clock, log: ci, timeout: config.timeout, onTry: (one) => timeline.push(one) });
  const endpoints = chooseEndpoints(config.universe, env, ci);
  return { http, endpoints, ci, env, clock, log: ci, mask: ci.mask, timeline };
}

/** The inputs that `env` gives: IAP_AUTH_TARGET_AUDIENCE is target_audience. */
export function fromEnvironment(env: Env): Given[] {
  return Object.entries(env).flatMap(([variable, value]) => {
    const [, name] = /^IAP_AUTH_(.+)$/.exec(variable) ?? [];
    if (name === undefined || variable === emulatorHost) return [];
    return [{ name: name.toLowerCase(), writtenAs: variable, value: value ?? '' }];
  });
}

function chooseEndpoints(universe: string, env: Env, log: Log): Endpoints {
  const host = env[emulatorHost];
  if (!host) return googleEndpoints(universe);
  const url = URL.canParse(`http://${host}`) ? new URL(`http://${host}`) : undefined;
  if (url === undefined || url.host !== host || !isLoopback(url.hostname)) {
    throw invalid([
      `${emulatorHost}: ${JSON.stringify(host)} is not on this machine; give 127.0.0.1:PORT, as iap-auth emulator prints it`,
    ]);
  }
  log.warn(`${emulatorHost} is set: the emulator at ${host} stands in for Google. Its tokens open nothing real.`);
  return emulatorEndpoints(host, universe);
}
