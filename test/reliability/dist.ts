import { performance } from 'node:perf_hooks';
import pMap from 'p-map';
import { runStep, type StepEnded } from '../../scripts/runner.ts';
import { systemClock } from '../../src/clock.ts';
import type { Report } from '../../src/report/result.ts';
import { arrange, common } from './cell.ts';
import { cells } from './matrix.ts';
import { type Cell, exportedOf, type Left, type Limits, leaksOf, type Outcome } from './outcome.ts';
import { openStage, type Stage } from './stage.ts';

/** Everything here waits for real. */
export const distLimits: Limits = { timeout: 1500, retryFor: 6000, slack: 15_000 };

/** One cell in ten that the built action can be put into, and that does not wait for long. */
export const distCells: readonly Cell[] = cells
  .filter(({ fault }) => fault.barrier === undefined && fault.wait === undefined)
  .filter((_, index) => index % 10 === 0);

const usualTimeout = 10_000;

/** Plays a cell with the built action, as a runner would run it. */
export async function playOnDist(cell: Cell, stage: Stage): Promise<Outcome> {
  await stage.reset(systemClock);
  await arrange(cell, stage);
  const { emulator, elsewhere } = stage;
  const { retry_for = '', concurrency = '', ...always } = common(stage, distLimits);
  const inputs = await cell.target.inputs(stage);
  // What is for a check alone is refused where there is none.
  const given = { ...always, ...('url' in inputs ? { retry_for, concurrency } : {}), ...inputs };
  const timeout = `${cell.fault.isSlow ? distLimits.timeout : usualTimeout}ms`;
  const env = { IAP_AUTH_EMULATOR_HOST: emulator.host, RUNNER_DEBUG: '1', ...emulator.githubEnv() };
  const started = performance.now();
  const step = await runStep({ ...given, timeout }, env);
  const took = Math.round(performance.now() - started);
  const left = leftBy(step);
  const exported = await exportedOf(left, stage);
  const { skips = 0, follows = 0, path } = cell.target;
  const asked = emulator.ledger.requests.filter((one) => path.test(one.path.replace(/\?.*/, ''))).length;
  return {
    ends: endOf(step),
    tries: asked - skips - (exported === 'nothing' ? 0 : follows),
    took,
    warns: step.stdout.includes('The signature of the token was not checked'),
    exported,
    leaks: leaksOf(left, stage),
    strays: elsewhere.visits,
  };
}

function leftBy({ stdout, stderr, summary, outputs, variables }: StepEnded): Left {
  const log = `${stdout}\n${stderr}`.split('\n').filter((line) => !line.startsWith('::add-mask::'));
  return {
    shown: [...log, summary],
    outputs: new Map(Object.entries(outputs)),
    variables: new Map(Object.entries(variables)),
  };
}

/** By what later steps are told and, where there is no report, by the annotation. */
function endOf({ code, outputs, stdout }: StepEnded): string {
  if (code === 0) return 'passed';
  const { checks = [] } = JSON.parse(outputs['report'] || '{}') as Partial<Report>;
  const failed = checks.find(({ passed }) => !passed)?.code;
  return failed ?? /^::error title=([\w-]+)::/m.exec(stdout)?.[1] ?? `exit code ${code}`;
}

/** Plays the cells, four processes at a time. */
export async function playAllOnDist(chosen: readonly Cell[]): Promise<Map<Cell, Outcome>> {
  const left = [...chosen];
  const outcomes = new Map<Cell, Outcome>();
  await pMap(Array.from({ length: 4 }), async () => {
    const stage = await openStage();
    for (let cell = left.shift(); cell !== undefined; cell = left.shift()) {
      outcomes.set(cell, await playOnDist(cell, stage));
    }
    await stage.close();
  });
  return outcomes;
}
