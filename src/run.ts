import { audienceFor } from './audience.ts';
import type { CiSystem } from './ci/system.ts';
import type { Config, OutputName } from './config.ts';
import { asIapError, type IapError } from './errors.ts';
import { type Minted, mintToken } from './mint.ts';
import { checkLine, problemsOf, problemText, tokenLine } from './report/lines.ts';
import type { Report } from './report/result.ts';
import { failureSummary, summaryOf } from './report/summary.ts';
import { runCheck } from './smoke/run.ts';
import { chooseSource } from './sources/index.ts';
import type { World } from './world.ts';

/** How it all ended. `skipped`: the token was minted, and no URL was given to check. */
export type Result = 'passed' | 'failed' | 'skipped';

/**
 * Mints a token, exports it, checks the app with it, and reports.
 *
 * @throws {IapError} when there is no token; a failed check is a result, not an error
 */
export async function run(config: Config, world: World): Promise<Result> {
  // Two credentials are found out before the app is asked for its client id.
  chooseSource(config);
  const minted = await mintToken(config, await audienceFor(config, world), world);
  exportToken(minted, world.ci);
  const report = await smoke(config, minted, world);
  const result = resultOf(report);
  setOutputs(world.ci, { result, status: String(report.checks[0]?.status ?? ''), report: JSON.stringify(report) });
  tell(report, world.ci);
  if (config.summary) await writeSummary(summaryOf(report), world.ci);
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
  } catch {
    ci.warn('The output result could not be written.');
  }
  if (summary) await writeSummary(failureSummary(error), ci);
  return error;
}

/** A summary that cannot be written fails nothing. */
async function writeSummary(markdown: string, ci: CiSystem): Promise<void> {
  try {
    await ci.summary(markdown);
  } catch {
    ci.warn('The step summary could not be written.');
  }
}

function exportToken({ token, facts }: Minted, ci: CiSystem): void {
  ci.info(tokenLine(facts));
  setOutputs(ci, {
    token: token.reveal(),
    ...(facts.kind === 'id_token' ? { id_token: token.reveal() } : {}),
    token_kind: facts.kind,
    target_audience: facts.audience,
    principal: facts.principal,
    expires_at: facts.expires_at,
  });
}

function setOutputs(ci: CiSystem, values: Readonly<Partial<Record<OutputName, string>>>): void {
  for (const [name, value] of Object.entries(values)) ci.output(name, value);
}

async function smoke({ url, expectStatus }: Config, { token, facts }: Minted, world: World): Promise<Report> {
  const checks = url === undefined ? [] : [await runCheck({ url, expectStatus }, { token, facts }, world)];
  return { passed: checks.every(({ passed }) => passed), token: facts, checks };
}

function resultOf({ passed, checks }: Report): Result {
  if (checks.length === 0) return 'skipped';
  return passed ? 'passed' : 'failed';
}

function tell({ checks }: Report, ci: CiSystem): void {
  for (const check of checks) {
    ci.info(checkLine(check));
    for (const problem of problemsOf(check)) ci.annotate('error', problem.code, problemText(problem));
  }
}
