import { readFileSync } from 'node:fs';
import { type Command, Option } from 'commander';
import { camel, type Given, type InputName, inputs, invalid } from '../config.ts';
import type { Group, Input } from '../inputs.ts';

const headings: Readonly<Record<Group, string>> = {
  credential: 'Credential:',
  token: 'Token:',
  smoke: 'Smoke check:',
  report: 'Report:',
};

type Row = readonly [name: InputName, row: Input<unknown>];

/** Adds the inputs of these groups to a command; `except` are given in another way. */
export function addInputs(command: Command, groups: readonly Group[], except: readonly InputName[] = []): Command {
  for (const [name, row] of rows()) {
    if (groups.includes(row.group) && !except.includes(name)) command.addOption(optionFor(name, row));
  }
  return command;
}

/** What was written on the command line, secrets read from where they are kept. */
export function fromOptions(options: Readonly<Record<string, string>>): Given[] {
  return rows().flatMap(([name, row]) => {
    const value = options[camel(name)];
    if (value === undefined) return [];
    const writtenAs = flagOf(name);
    return [{ name, writtenAs, value: row.secret ? readSecret(value, writtenAs) : value }];
  });
}

function rows(): readonly Row[] {
  return Object.entries(inputs) as unknown as readonly Row[];
}

function flagOf(name: InputName): string {
  return `--${name.replaceAll('_', '-')}`;
}

function optionFor(name: InputName, row: Input<unknown>): Option {
  const takes = row.secret ? `@FILE, or @- for standard input: ${row.takes}` : row.takes;
  const defaults = row.default === undefined ? '' : ` Default: ${row.default}.`;
  const description = `${row.help} Takes ${takes}.${defaults} Or set IAP_AUTH_${name.toUpperCase()}.`;
  return new Option(`${flagOf(name)} <value>`, description.replaceAll('`', '')).helpGroup(headings[row.group]);
}

/** Everyone on a machine can read its command lines: a secret is not taken from one. */
function readSecret(value: string, writtenAs: string): string {
  if (!value.startsWith('@')) {
    throw invalid([
      `${writtenAs}: the value is a secret, and a command line shows it to others; give @FILE, or @- for standard input`,
    ]);
  }
  const path = value.slice(1);
  try {
    return readFileSync(path === '-' ? 0 : path, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
    throw invalid([
      `${writtenAs}: ${JSON.stringify(value)} cannot be read (${code}); give the path of the file after the @`,
    ]);
  }
}
