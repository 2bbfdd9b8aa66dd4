import { readFileSync } from 'node:fs';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { type Given, type InputName, inputs } from '../config.ts';
import { systemCode } from '../errors.ts';
import { camel, type Group, type Input, type Kind, Unfit } from '../inputs.ts';
import { isWritten } from '../reading.ts';
import type { Spell } from '../spelling.ts';

const headings: Readonly<Record<Group, string>> = {
  credential: 'Credential:',
  token: 'Token:',
  smoke: 'Smoke check:',
  report: 'Report:',
};

type Row = readonly [name: InputName, row: Input<unknown>];

/** Adds those inputs to a command that it wants. */
export function addInputs(command: Command, isWanted: (name: InputName, group: Group) => boolean): Command {
  for (const [name, row] of rows()) {
    if (isWanted(name, row.group)) command.addOption(optionFor(name, row));
  }
  return command;
}

/** What was written on the command line, secrets read from where they are kept. */
export function fromOptions(options: Readonly<Record<string, string>>): Given[] {
  const fromStdin = rows().filter(([name, row]) => row.secret && options[camel(name)] === '@-');
  return rows().flatMap(([name, row]) => {
    const value = options[camel(name)];
    if (value === undefined) return [];
    const given = { name, writtenAs: flagOf(name), value };
    if (fromStdin.length > 1 && value === '@-')
      return [{ ...given, problem: 'standard input can be read only once; use @FILE for all but one of them' }];
    return [demandText(row.secret ? readSecret(given) : refusePath(given))];
  });
}

/** The names by which people here know the inputs: as they were written, or as options. */
export function spellAs(given: readonly Given[]): Spell {
  return (input) => given.filter(isWritten).find(({ name }) => name === input)?.writtenAs ?? flagOf(input);
}

function rows(): readonly Row[] {
  return Object.entries(inputs) as unknown as readonly Row[];
}

function flagOf(name: InputName): string {
  return `--${name.replaceAll('_', '-')}`;
}

function optionFor(name: InputName, row: Input<unknown>): Option {
  const takes = row.secret ? `@FILE, or @- for standard input: ${row.takes}` : row.takes;
  const defaults = row.default ? ` Default: ${row.default}.` : '';
  const description = `${row.help} Takes ${takes}.${defaults} Or set IAP_AUTH_${name.toUpperCase()}.`;
  return new Option(`${flagOf(name)} <value>`, description.replaceAll('`', '')).helpGroup(headings[row.group]);
}

/** Who writes an option means it: a variable that is not set must not switch a check, or a credential, off. */
function demandText(given: Given): Given {
  if (given.problem !== undefined || given.value.trim() !== '') return given;
  return { ...given, problem: 'is empty; give a value, or leave the option out' };
}

/** A file's path is another option's. No YAML begins with an @. */
function refusePath(given: Given): Given {
  if (given.name !== 'checks' || !given.value.startsWith('@')) return given;
  return { ...given, problem: 'takes the list itself; give the path to --checks-file' };
}

/** Everyone on a machine can read its command lines: a secret is not taken from one. */
function readSecret(given: Given): Given {
  if (!given.value.startsWith('@')) {
    return {
      ...given,
      problem: 'the value is a secret, and a command line shows it to others; give @FILE, or @- for standard input',
    };
  }
  const path = given.value.slice(1);
  try {
    return { ...given, value: readFileSync(path === '-' ? 0 : path, 'utf8') };
  } catch (error) {
    const code = systemCode(error) ?? 'unreadable';
    return {
      ...given,
      problem: `${JSON.stringify(given.value)} cannot be read (${code}); give the path of the file after the @`,
    };
  }
}

/** Parses the argument of an option that is no input. */
export function argumentOf<T>({ parse }: Kind<T>): (value: string) => T {
  return (value) => {
    try {
      return parse(value);
    } catch (error) {
      throw error instanceof Unfit ? new InvalidArgumentError(`It ${error.message}.`) : error;
    }
  };
}
