import { audienceFor } from './audience.ts';
import type { CiSystem } from './ci/system.ts';
import type { Config, OutputName } from './config.ts';
import { asIapError, type IapError } from './errors.ts';
import { exportToken } from './export.ts';
import { type Minted, mintToken } from './mint.ts';
import { untilGranted } from './propagation.ts';
import { publish } from './publish.ts';
import { problemText } from './report/lines.ts';
import type { Report } from './report/result.ts';
import { failureSummary } from './report/summary.ts';
import { bearersFrom } from './smoke/bearer.ts';
import { planChecks } from './smoke/plan.ts';
import { runChecks } from './smoke/run.ts';
import type { World } from './world.ts';

/** How it all ended. `skipped`: the token was minted, and there was nothing to check. */
export type Result = 'passed' | 'failed' | 'skipped';

/**
 * Mints a token, exports it, checks the app with it, and reports.
 *
 * @throws {IapError} when there is no token; a failed check is a result, not an error
 */
export async function run(config: Config, world: World): Promise<Result> {
  const checks = await planChecks(config);
  const audience = await audienceFor({ ...config, url: checks.map(({ url }) => url) }, world);
  const mint = () => mintToken(config, audience, world);
  const minted = await untilGranted(mint, config.propagationWait, world);
  await exportToken(minted, config, world);
  const bearers = bearersFrom(minted, mint, world.clock);
  const reports = await runChecks(checks, { ...world, bearers }, config);
  const report = reportOf(
    minted,
    reports.map(({ result }) => result),
  );
  const result = resultOf(report);
  setOutputs(world.ci, { result, status: String(report.checks[0]?.status ?? ''), report: JSON.stringify(report) });
  await publish({ report, checks: reports, timeline: world.timeline }, config, world.ci);
  return result;
}

/** Reports what kept a token from being minted. Never throws: where the CI system cannot take it, the log still has it. */
export async function reportFailure(
  thrown: unknown,
  ci: CiSystem,
  { summary }: { summary: boolean },
): Promise<IapError> {
  const error = asIapError(thrown);
  ci.annotate('error', error.code, problemText(error));
  try {
    setOutputs(ci, { result: 'failed' });
    if (summary) await ci.summary(failureSummary(error));
  } catch {
    ci.warn('The outputs or the step summary could not be written.');
  }
  return error;
}

function setOutputs(ci: CiSystem, values: Readonly<Partial<Record<OutputName, string>>>): void {
  for (const [name, value] of Object.entries(values)) ci.output(name, value);
}

function reportOf({ facts }: Minted, checks: Report['checks']): Report {
  return { passed: checks.every(({ passed }) => passed), token: facts, checks };
}

function resultOf({ passed, checks }: Report): Result {
  if (checks.length === 0) return 'skipped';
  return passed ? 'passed' : 'failed';
}
