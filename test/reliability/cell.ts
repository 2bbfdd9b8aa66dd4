import type { Clock } from '../../src/clock.ts';
import { emulatorEndpoints, googleUniverse } from '../../src/google/endpoints.ts';
import { createHttp, type Http } from '../../src/http.ts';
import type { Report, Try } from '../../src/report/result.ts';
import { reportFailure, run } from '../../src/run.ts';
import type { World } from '../../src/world.ts';
import { configOf, shownOf } from '../world.ts';
import { type Cell, exportedOf, type Limits, leaksOf, type Outcome } from './outcome.ts';
import { type Seen, watchCi } from './seen.ts';
import type { Stage } from './stage.ts';
import type { Inputs, Target } from './targets.ts';

/** Milliseconds for what does not hang: it is not to fail on a busy machine. */
const usualTimeout = 20_000;

/** Nothing here waits but for what hangs, and what that takes is reckoned: a busy machine adds nothing. */
export const limits: Limits = { timeout: 2000, retryFor: 60_000, slack: 0 };

/** Plays a cell: the whole story, from the inputs to the report, over real sockets. */
export async function play(cell: Cell, stage: Stage): Promise<Outcome> {
  const start = Date.now();
  const time = passedInTime(start);
  await stage.reset(time);
  await arrange(cell, stage);
  const timeline: Try[] = [];
  const clock = { ...time, sleep: openingDoor(cell, { stage, timeline, sleep: time.sleep }) };
  const timeout = cell.fault.isSlow ? limits.timeout : usualTimeout;
  const { env, endpoints, inputs } = await placesOf(cell, stage);
  const seen = watchCi(env);
  const { ci } = seen;
  const onTry = (one: Try) => {
    timeline.push(one);
    if (one.outcome === 'timeout') time.pass(limits.timeout);
  };
  const options = { clock, log: ci, onTry };
  // Only what hangs is given up early.
  const [hanging, other] = [createHttp({ ...options, timeout }), createHttp({ ...options, timeout: usualTimeout })];
  const http: Http = (request) =>
    cell.target.path.test(new URL(request.url).pathname)
      ? hanging(request)
      : other({ ...request, timeout: usualTimeout });
  const world: World = { http, endpoints, ci, clock, env, log: ci, mask: ci.mask, timeline };
  const { ends, shown } = await tell({ ...inputs, timeout: `${timeout}ms` }, world, seen);
  const left = { ...seen, shown: [...seen.lines, ...seen.summaries, shown] };
  const exported = await exportedOf(left, stage);
  const followed = exported === 'nothing' ? 0 : (cell.target.follows ?? 0);
  return {
    ends,
    tries: triesOf(cell.target, timeline) - followed,
    took: clock.now() - start,
    warns: seen.lines.some((line) => line.includes('The signature of the token was not checked')),
    exported,
    leaks: leaksOf(left, stage),
    strays: stage.elsewhere.visits,
  };
}

interface PassedInTime extends Required<Clock> {
  pass(ms: number): void;
}

/** What is slept is over at once; nothing else takes any time, unless it is passed in. */
function passedInTime(start: number): PassedInTime {
  let passed = 0;
  const pass = (ms: number) => {
    passed += ms;
  };
  return { now: () => Math.round(start + passed), ticks: () => passed, sleep: async (ms) => pass(ms), pass };
}

/** Makes the service fail. */
export async function arrange({ target, fault, times }: Cell, stage: Stage): Promise<void> {
  const { skips } = target;
  // A fault without any field is none, but it is counted.
  if (skips !== undefined) stage.emulator.fail(target.service, { times: skips });
  if (fault.make === undefined) return;
  const made = await fault.make(target, stage);
  stage.emulator.fail(target.service, { ...made, ...(Number.isFinite(times) ? { times } : {}) });
}

interface Opening {
  readonly stage: Stage;
  readonly timeline: readonly Try[];
  readonly sleep: Clock['sleep'];
}

/** Between two tries, once the connection has failed as often as it is to, the door is opened. */
function openingDoor({ target, fault, times }: Cell, { stage, timeline, sleep }: Opening): Clock['sleep'] {
  const { door, emulator } = stage;
  let isOpen = false;
  return async (ms) => {
    if (fault.barrier !== undefined && !isOpen && triesOf(target, timeline) >= times) {
      isOpen = true;
      await door?.open(isApp(target) ? new URL(emulator.appUrl).host : emulator.host);
    }
    await sleep(ms);
  };
}

function isApp({ service }: Target): boolean {
  return service === 'edge' || service === 'iap' || service === 'app';
}

/** Requests that are to go well come first, and are not counted. */
function triesOf({ path, skips = 0 }: Target, timeline: readonly Try[]): number {
  return timeline.filter(({ url }) => path.test(url.pathname)).length - skips;
}

/** Where all is, with the door before the one that fails. */
async function placesOf(
  { target, fault }: Cell,
  stage: Stage,
): Promise<Pick<World, 'env' | 'endpoints'> & { inputs: Inputs }> {
  const { emulator, door } = stage;
  const direct = `http://${emulator.host}`;
  const origin = fault.barrier === undefined ? undefined : door?.url;
  const { ACTIONS_ID_TOKEN_REQUEST_URL: url, ...env } = emulator.githubEnv();
  const issuer = target.service === 'oidc' ? (origin ?? direct) : direct;
  const given = { ...common(stage, limits), ...(await target.inputs(stage)) };
  const inputs = Object.entries(given).map(([name, value]) => [
    name,
    name === 'url' && origin ? value.replace(emulator.appUrl, origin) : value,
  ]);
  return {
    env: { ...env, GITHUB_ACTIONS: 'true', ACTIONS_ID_TOKEN_REQUEST_URL: url.replace(emulator.url, issuer) },
    endpoints: {
      ...emulatorEndpoints(emulator.host, googleUniverse),
      ...(origin === undefined ? {} : target.behind?.(origin)),
    },
    inputs: Object.fromEntries(inputs) as Inputs,
  };
}

/** Inputs of every cell. */
export function common({ emulator }: Stage, { retryFor }: Limits): Inputs {
  return {
    target_audience: emulator.clientId,
    retry_for: `${retryFor}ms`,
    concurrency: '1',
    export_env: 'IAP_TOKEN',
  };
}

/** Runs it as the action does; gives how it ended, and all that an error shows. */
async function tell(inputs: Inputs, world: World, { ci, outputs }: Seen): Promise<{ ends: string; shown: string }> {
  try {
    await run(configOf(inputs), world);
    const { checks } = JSON.parse(outputs.get('report') ?? '{}') as Report;
    const isFailed = outputs.get('result') === 'failed';
    return { ends: isFailed ? String(checks.find(({ passed }) => !passed)?.code) : 'passed', shown: '' };
  } catch (error) {
    const reported = await reportFailure(error, ci, { summary: true, timeline: world.timeline });
    return { ends: reported.code, shown: shownOf(reported) };
  }
}
