import type { Env } from './ci/system.ts';
import type { Config, Given, InputName } from './config.ts';
import { invalid } from './errors.ts';
import { isWritten, parseConfig } from './reading.ts';
import { mintingInputs, smokeInputs } from './smoke/inputs.ts';
import { planProblems } from './smoke/plan.ts';
import { fromEnvironment } from './world.ts';

/**
 * Reads what was given for a run with checks.
 *
 * @throws {IapError} `config-invalid`, with every problem at once, those of the checks too
 */
export async function readStep(given: readonly Given[]): Promise<Config> {
  const { config, problems, wrong } = parseConfig(given);
  if (problems.length === 0) return config;
  throw invalid([...problems, ...(await planProblems(config, wrong))]);
}

const callable = ['url', 'checks', 'checks_file'];
/** What serves a step that only mints, too. */
const forMinting: readonly string[] = [...mintingInputs, 'token_header'];
/** What a job may set once for all its steps, without expecting anything of this one. */
const forAllSteps = ['retry_for', 'retry_on', 'concurrency', 'junit_file', 'show_response'];

function isAboutChecks({ name, writtenAs }: Given): boolean {
  if (callable.includes(name) || forMinting.includes(name)) return false;
  if (forAllSteps.includes(name)) return !writtenAs.startsWith('IAP_AUTH_');
  return Object.hasOwn(smokeInputs, name);
}

/**
 * What a step or a command line was given, and what the environment adds to it. Where an app is named, the environment
 * names no other: whoever can set a variable for later steps would have the token sent there.
 */
export function withEnvironment(given: readonly Given[], env: Env): readonly Given[] {
  const isNamed = given.some((one) => callable.includes(one.name) && isWritten(one));
  return [...given, ...fromEnvironment(env).filter(({ name }) => !isNamed || !callable.includes(name))];
}

/** What was given; if it asks for a check and names no app to call, with a problem of `url` that says so. */
export function demandUrl(given: readonly Given[]): readonly Given[] {
  const written = given.filter(isWritten);
  if (written.some(({ name }) => callable.includes(name))) return given;
  const about = [...new Set(written.filter(isAboutChecks).map(({ writtenAs }) => writtenAs))];
  if (about.length === 0) return given;
  const problem = `missing; ${about.join(', ')} ${about.length === 1 ? 'is' : 'are'} set, but there is no app to check`;
  return [...given, { name: 'url', writtenAs: 'url', value: '', problem }];
}

/** What was given; if it names no app to call, with a problem of `url` that says so. */
export function requireUrl(given: readonly Given[]): readonly Given[] {
  if (given.some((one) => callable.includes(one.name) && isWritten(one))) return given;
  return [
    ...given,
    {
      name: 'url',
      writtenAs: 'URL',
      value: '',
      problem: 'missing; give the address to call, --checks or --checks-file',
    },
  ];
}

/** Which reports are wanted, where the configuration itself may be wrong. */
export function wantedReports(given: readonly Given[]): { summary: boolean; junitFile: string | undefined } {
  const written = (name: InputName) =>
    given
      .filter(isWritten)
      .find((one) => one.name === name)
      ?.value.trim();
  return { summary: written('summary')?.toLowerCase() !== 'false', junitFile: written('junit_file') };
}
