import type { CiSystem } from './ci/system.ts';
import type { Config, OutputName } from './config.ts';
import { asIapError, type IapError } from './errors.ts';
import { type Minted, mintToken } from './mint.ts';
import { checkLine, problemText, tokenLine } from './report/lines.ts';
import type { CheckResult, Problem, Report } from './report/result.ts';
import { failureSummary, summaryOf } from './report/summary.ts';
import { runCheck } from './smoke/run.ts';
import type { World } from './world.ts';

/** How it all ended. `skipped`: the token was minted, and no URL was given to check. */
export type Result = 'passed' | 'failed' | 'skipped';

/**
 * Mints a token, exports it, checks the app with it, and reports.
 *
 * @throws {IapError} when there is no token; a failed check is a result, not an error
 */
export async function run(config: Config, world: World): Promise<Result> {
  const minted = await mintToken(config, world);
  exportToken(minted, world.ci);
  const report = await smoke(config, minted, world);
  const result = resultOf(report);
  setOutputs(world.ci, { result, status: String(report.checks[0]?.status ?? ''), report: JSON.stringify(report) });
  tell(report, world.ci);
  if (config.summary) await world.ci.summary(summaryOf(report));
  return result;
}

/** Reports what kept a token from being minted. */
export async function reportFailure(
  thrown: unknown,
  ci: CiSystem,
  { summary }: { summary: boolean },
): Promise<IapError> {
  const error = asIapError(thrown);
  setOutputs(ci, { result: 'failed' });
  ci.annotate('error', error.code, problemText(error));
  if (summary) await ci.summary(failureSummary(error));
  return error;
}

function exportToken({ token, facts }: Minted, ci: CiSystem): void {
  ci.info(tokenLine(facts));
  setOutputs(ci, {
    token: token.reveal(),
    id_token: token.reveal(),
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

function problemsOf({ code, message, hint }: CheckResult): Problem[] {
  return code === null ? [] : [{ code, message: message ?? '', hint: hint ?? '' }];
}
