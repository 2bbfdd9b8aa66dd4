/**
 * iap-auth as a library: tokens that Google's Identity-Aware Proxy (IAP) accepts, and a check of the app behind it.
 */
import { invalid } from './errors.ts';
import { type AuthSource, authorise, type Revealing } from './fetch/index.ts';
import { openGate, passGate } from './gate.ts';
import {
  type CheckOptions,
  type Defaults,
  type MintOptions,
  readOptions,
  rethrowInCamel,
  type SourceOptions,
  taken,
} from './options.ts';
import type { Report } from './report/result.ts';
import { callsApp } from './smoke/inputs.ts';
import { type IapToken, supplyToken, supplyTokens, type TokenSource } from './supply.ts';
import { openWorld } from './world.ts';

export { type Code, hasCode, IapError } from './errors.ts';
export type { AuthSource, Revealing } from './fetch/index.ts';
export type { Log } from './log.ts';
export type { CheckOptions, MintOptions, SourceOptions, Surroundings } from './options.ts';
export type { AnsweredBy, CheckResult, Report, TokenFacts } from './report/result.ts';
export type { IapToken, TokenSource } from './supply.ts';
export type { Token } from './token.ts';

/**
 * Mints a token that IAP accepts, and checks it. Without a credential among the options, Application Default Credentials
 * are looked for. The environment's `IAP_AUTH_` inputs are not read; `IAP_AUTH_EMULATOR_HOST` is.
 *
 * A token never prints by accident: `${token}` is `[token]`, in JSON and in logs too. `token.reveal()` is the token.
 *
 * @throws {IapError} `config-invalid` with all that is wrong with the options, or the code of what kept it from being minted
 * @example
 * import { mintToken } from 'iap-auth';
 *
 * const { token, expiresAt } = await mintToken({ targetAudience: '123456789012-abc123.apps.googleusercontent.com' });
 * const headers = { authorization: `Bearer ${token.reveal()}` };
 */
export async function mintToken(options: MintOptions): Promise<IapToken> {
  return supplyToken(readOptions(options, taken.mintToken, defaults()));
}

/**
 * Keeps a token for as long as a program runs. It is minted when it is first asked for, once for all who ask; anew in
 * the background from five minutes before its expiry; and is never handed out in its last minute. This machine's clock
 * may be wrong. After a failure the next call tries again.
 *
 * @throws {IapError} `config-invalid`, `credentials-conflict`, at once
 * @example
 * import { createTokenSource } from 'iap-auth';
 *
 * const source = createTokenSource({ targetAudience: '123456789012-abc123.apps.googleusercontent.com' });
 * const { token } = await source.getToken();
 */
export function createTokenSource(options: SourceOptions): TokenSource {
  return supplyTokens(readOptions(options, taken.createTokenSource, defaults()));
}

/**
 * Calls an app with a token and without one, as the action's gate does: does the app itself answer, as expected, and
 * only behind IAP? A check that fails is a result, not an error. For the shape see `schema/report.schema.json`.
 *
 * @param url the address to call, https:// (http:// on loopback only); or several
 * @throws {IapError} `config-invalid`, or the code of why there is no token
 * @example
 * import { checkApp } from 'iap-auth';
 *
 * const { passed, checks } = await checkApp('https://app.example.com/health', { targetAudience: 'discover', expectStatus: '200' });
 * if (!passed) console.error(checks.filter((check) => !check.passed).map((check) => check.hint));
 */
export async function checkApp(
  url: string | URL | readonly (string | URL)[],
  options: CheckOptions = {},
): Promise<Report> {
  const { config, env, openCi } = readOptions({ ...options, url }, [...taken.checkApp, 'url'], defaults());
  // Nothing to check is nothing that passed.
  if (!callsApp(config)) throw invalid(['url: missing; give the address to call']);
  try {
    const world = openWorld(config, env, openCi());
    const { report } = await passGate(await openGate(config, world), config, world);
    return report;
  } catch (error) {
    return rethrowInCamel(error);
  }
}

/**
 * A `fetch` that adds tokens to requests whose origin is one of the source's, the origins of its option `url`. All
 * other requests pass as they are.
 *
 * - A token stays on its origin: five redirects are followed with it there, to another origin without it, and without
 *   `Authorization` and cookies.
 * - IAP's own answers, and redirects to Google's sign-in page, are not followed: a sign-in page is never taken for the
 *   app's answer. Look at `status`. `redirect: 'manual'` and `'error'` do what they always do.
 * - A token that IAP finds expired is minted anew, and the request sent once more. A body that cannot be sent twice (a
 *   stream, a `Request` with a body) is sent once, and the answer returned, on 307 and 308 too.
 * - An `Authorization` header of your own is `config-invalid`; `tokenHeader: 'proxy-authorization'` leaves it to you.
 *   (A proxy agent of undici's refuses that header: there, only `authorization` works.)
 *
 * @throws {IapError} `config-invalid` if the source has no origins. The `fetch` that is returned also throws what
 * `getToken` does, and `app-redirect` on a redirect that leads nowhere or is one too many
 * @example
 * import { createTokenSource, withIapAuth } from 'iap-auth';
 *
 * const url = 'https://app.example.com/';
 * const source = createTokenSource({ url, targetAudience: '123456789012-abc123.apps.googleusercontent.com' });
 * const fetchApp = withIapAuth(fetch, source);
 * const response = await fetchApp(new URL('/api/version', url));
 */
export function withIapAuth<T extends Revealing = IapToken>(
  fetch: typeof globalThis.fetch,
  source: AuthSource<T>,
): typeof globalThis.fetch {
  return authorise(fetch, source);
}

function defaults(): Defaults {
  return { env: process.env, warn: (line) => process.emitWarning(line, { type: 'IapAuthWarning' }) };
}
