import { audienceFor } from './audience.ts';
import { bearersFrom } from './bearer.ts';
import type { Config } from './config.ts';
import { type Minted, mintToken } from './mint.ts';
import { mintPatiently } from './propagation.ts';
import type { CheckReport, Report } from './report/result.ts';
import type { Check } from './smoke/check.ts';
import { planChecks } from './smoke/plan.ts';
import { runChecks } from './smoke/run.ts';
import type { World } from './world.ts';

/** What is to be checked, and the token that it is checked with. */
export interface Gate {
  readonly checks: readonly Check[];
  readonly minted: Minted;
  /** Mints another token for the same. */
  readonly mint: () => Promise<Minted>;
}

/** How the checks ended. */
export interface Passage {
  readonly report: Report;
  /** The same checks, with what only the log and the summary show. */
  readonly checks: readonly CheckReport[];
}

/**
 * Plans the checks, and mints the token for them.
 *
 * @throws {IapError} when a check is wrong, or there is no token
 */
export async function openGate(config: Config, world: World): Promise<Gate> {
  const checks = await planChecks(config);
  const audience = await audienceFor({ ...config, url: checks.map(({ url }) => url) }, world);
  const mint = () => mintToken(config, audience, world);
  return {
    checks,
    mint,
    minted: await mintPatiently(config, audience, world),
  };
}

/** Makes the checks. It never throws: what goes wrong is a result. */
export async function passGate({ checks, minted, mint }: Gate, config: Config, world: World): Promise<Passage> {
  const bearers = bearersFrom(minted, mint, world.clock);
  const reports = world.ci.redact(await runChecks(checks, { ...world, bearers }, config));
  const results = reports.map(({ result }) => result);
  const report = { passed: results.every(({ passed }) => passed), token: minted.facts, checks: results };
  return { report, checks: reports };
}
