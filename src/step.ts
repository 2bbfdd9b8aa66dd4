import { type Config, type Given, type InputName, inputs, isWritten, parseConfig } from './config.ts';
import { invalid } from './errors.ts';
import { planProblems } from './smoke/plan.ts';

/** Without these it cannot be told what is wrong with a check. */
const neededToPlan = ['url', 'method', 'headers', 'token_header'];

/**
 * Reads what was given for a run with checks.
 *
 * @throws {IapError} `config-invalid`, with every problem at once, those of the checks too
 */
export async function readStep(given: readonly Given[]): Promise<Config> {
  const { config, problems, wrong } = parseConfig(given);
  if (problems.length === 0) return config;
  const canPlan = !neededToPlan.some((name) => wrong.has(name));
  throw invalid([...problems, ...(canPlan ? await planProblems(config) : [])]);
}

const callable = ['url', 'checks', 'checks_file'];
const aboutChecks = /^(?:expect_\w+|method|headers|body|retry_for|retry_on|check_\w+|concurrency)$/;

/** The same; where something is to be checked and there is no app to call, with that as a problem of the url's. */
export function demandUrl(given: readonly Given[]): readonly Given[] {
  const names = new Set(given.filter(isWritten).map(({ name }) => name));
  const about = Object.keys(inputs).filter((name) => names.has(name) && aboutChecks.test(name));
  if (about.length === 0 || callable.some((name) => names.has(name))) return given;
  const problem = `missing; there is nothing to call, and a check is what ${about.join(', ')} ${about.length === 1 ? 'is' : 'are'} for`;
  return [...given, { name: 'url', writtenAs: 'url', value: '', problem }];
}

/** The same, with a problem where there is no app to call. */
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
