import type { Guard } from './ci/guard.ts';
import { openCi } from './ci/index.ts';
import type { Env } from './ci/system.ts';
import type { Given } from './config.ts';
import { isWritten } from './reading.ts';
import { reportFailure, run } from './run.ts';
import { demandUrl, readStep, wantedReports, withEnvironment } from './step.ts';
import { listed } from './text.ts';
import { openWorld, type World } from './world.ts';

/** The inputs of the step: the runner gives `target_audience` as INPUT_TARGET_AUDIENCE. */
function fromStep(env: Env): Given[] {
  return Object.entries(env).flatMap(([variable, value]) => {
    const [, name] = /^INPUT_(.+)$/.exec(variable) ?? [];
    return name === undefined ? [] : [{ name: name.toLowerCase(), writtenAs: name.toLowerCase(), value: value ?? '' }];
  });
}

/** Of several values for one input, the first counts. */
function isFirst({ name }: Given, index: number, all: readonly Given[]): boolean {
  return all.findIndex((one) => one.name === name) === index;
}

async function main(env: Env, ci: Guard): Promise<number> {
  const given = demandUrl(withEnvironment(fromStep(env), env));
  const fromElsewhere = given
    .filter(isWritten)
    .filter(isFirst)
    .filter(({ name, writtenAs }) => name !== writtenAs);
  if (fromElsewhere.length > 0)
    ci.info(`From the environment: ${listed(fromElsewhere.map(({ writtenAs }) => writtenAs))}.`);
  let timeline: World['timeline'] = [];
  try {
    const config = await readStep(given);
    const world = openWorld(config, env, ci);
    ({ timeline } = world);
    const { result } = await run(config, world);
    return result === 'failed' ? 1 : 0;
  } catch (error) {
    await reportFailure(error, ci, { ...wantedReports(given), timeline });
    return 1;
  }
}

const ci = openCi(process.env, (line) => process.stdout.write(`${line}\n`));
// google-auth-library prints tokens where this is set.
delete process.env['GOOGLE_SDK_NODE_LOGGING'];
const code = await main(process.env, ci);
// Requests that no longer matter may still be under way; what was written must be out first.
process.stdout.write('', () => process.exit(code));
