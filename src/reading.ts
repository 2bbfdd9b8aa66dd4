import { type Complaint, quote, unfitness, unknown } from './complaint.ts';
import { type Config, type Given, type InputName, inputs } from './config.ts';
import { invalid } from './errors.ts';
import { camel, type Input, Unfit } from './inputs.ts';
import { rules } from './rules.ts';

/**
 * Reads what was given; of two values for one input, the first counts.
 *
 * @param found problems that were found before
 * @throws {IapError} `config-invalid`, with every problem at once
 */
export function readConfig(given: readonly Given[], found: readonly Complaint[] = []): Config {
  const { config, problems } = parseConfig(given, found);
  if (problems.length > 0) throw invalid(problems);
  return config;
}

/** What was read, and all that is wrong with it. */
export interface Parsed {
  readonly config: Config;
  readonly problems: readonly Complaint[];
  /** The inputs whose own value is wrong: in the configuration they are as if they had been left out. */
  readonly wrong: ReadonlySet<string>;
}

export function parseConfig(given: readonly Given[], found: readonly Complaint[] = []): Parsed {
  const written = given.filter(isWritten);
  const foreign = written.filter(({ name }) => !isInput(name));
  const problems = [
    ...found,
    ...foreign.map(({ name, writtenAs }) => `${quote(writtenAs)}: ${unknown('input', name, Object.keys(inputs))}`),
  ];
  const wrong = new Set<string>();
  const entries = Object.entries(inputs).map(([name, row]: [string, Input<unknown>]): [string, unknown] => {
    const found = written.find((one) => one.name === name) ?? { name, writtenAs: name, value: row.default };
    try {
      return [camel(name), parseInput(found, row)];
    } catch (error) {
      if (!(error instanceof Unfit)) throw error;
      problems.push(`${found.writtenAs}: ${error.message}`);
      wrong.add(name);
      return [camel(name), row.default === undefined ? undefined : row.parse(row.default)];
    }
  });
  // The rows are walked one by one, so the compiler cannot see that each entry has its row's type.
  const config = Object.fromEntries(entries) as Config;
  const applicable = rules.filter(({ reads }) => !reads.some((name) => wrong.has(name)));
  problems.push(...applicable.flatMap(({ amiss }) => amiss(config) ?? []));
  return { config, problems, wrong };
}

/** Whether something was given at all: the runner gives every input of the action, those left out as empty. */
export function isWritten({ value, problem }: Given): boolean {
  return value.trim() !== '' || problem !== undefined;
}

/** @throws {Unfit} with the value in front, unless it may be secret */
function parseInput(
  { value, problem }: Omit<Given, 'value'> & { readonly value: string | undefined },
  row: Input<unknown>,
): unknown {
  if (problem !== undefined) throw new Unfit(problem);
  if (value === undefined) return undefined;
  try {
    return row.parse(value.trim());
  } catch (error) {
    throw new Unfit(unfitness(error, row.secret || row.isHidden ? undefined : value.trim()));
  }
}

function isInput(name: string): name is InputName {
  return Object.hasOwn(inputs, name);
}
