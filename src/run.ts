import type { CiSystem } from './ci/system.ts';
import type { Config, OutputName } from './config.ts';
import { asIapError, type IapError } from './errors.ts';
import { exportToken } from './export.ts';
import { openGate, passGate } from './gate.ts';
import { publish, writeJunit, writeSummary } from './publish.ts';
import { jsonOf } from './report/json.ts';
import { failureJunit } from './report/junit.ts';
import { problemText } from './report/lines.ts';
import type { Report } from './report/result.ts';
import { failureSummary } from './report/summary.ts';
import type { World } from './world.ts';

/** How it all ended. `skipped`: the token was minted, and there was nothing to check. */
export type Result = 'passed' | 'failed' | 'skipped';

export interface Ended {
  readonly result: Result;
  readonly report: Report;
}

/**
 * Mints a token, exports it, checks the app with it, and reports.
 *
 * @throws {IapError} when there is no token; a failed check is a result, not an error
 */
export async function run(config: Config, world: World): Promise<Ended> {
  const gate = await openGate(config, world);
  await exportToken(gate.minted, config, world);
  const { report, checks } = await passGate(gate, config, world);
  const result = resultOf(report);
  if (result === 'skipped') world.log.info('Nothing was checked: no url was given.');
  setOutputs(world.ci, { result, status: String(report.checks[0]?.status ?? ''), report: jsonOf(report) });
  await publish({ report, checks, timeline: world.timeline }, config, world.ci);
  return { result, report };
}

/** How to report that there is no token. */
interface Unminted {
  readonly summary: boolean;
  readonly junitFile?: string | undefined;
  /** The requests that were made all the same. */
  readonly timeline: World['timeline'];
}

/** Reports what kept a token from being minted. Never throws: where the CI system cannot take it, the log still has it. */
export async function reportFailure(
  thrown: unknown,
  ci: CiSystem,
  { summary, junitFile, timeline }: Unminted,
): Promise<IapError> {
  const error = asIapError(thrown);
  ci.annotate('error', error.code, problemText(error));
  try {
    // Those of an earlier run must not stand beside this result.
    setOutputs(ci, { result: 'failed', status: '', report: '' });
  } catch {
    ci.warn('The outputs could not be written.');
  }
  if (summary) await writeSummary(failureSummary(error, timeline), ci);
  if (junitFile !== undefined) await writeJunit(junitFile, failureJunit(error), ci);
  return error;
}

function setOutputs(ci: CiSystem, values: Readonly<Partial<Record<OutputName, string>>>): void {
  for (const [name, value] of Object.entries(values)) ci.output(name, value);
}

function resultOf({ passed, checks }: Report): Result {
  if (checks.length === 0) return 'skipped';
  return passed ? 'passed' : 'failed';
}
