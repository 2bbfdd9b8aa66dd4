import { type Guard, guard } from './ci/guard.ts';
import { openCi } from './ci/index.ts';
import type { Env } from './ci/system.ts';
import { type Complaint, quote, unknown } from './complaint.ts';
import { type Config, type Given, type InputName, inputs } from './config.ts';
import { invalid } from './errors.ts';
import { type Camel, camel, flag } from './inputs.ts';
import type { Log } from './log.ts';
import { readConfig } from './reading.ts';
import { mintingInputs, smokeInputs } from './smoke/inputs.ts';
import { respelled } from './spelling.ts';

type SmokeName = keyof typeof smokeInputs;

// What a workflow step hands on, and how it tells people of its checks.
const reporting = ['show_response', 'export_env', 'header_file', 'summary', 'junit_file'] as const;

/** The inputs that say how a token is minted. */
type Minting = Exclude<InputName, Exclude<SmokeName, (typeof mintingInputs)[number]> | (typeof reporting)[number]>;
/** All but `url`, which stands by itself. */
type Checking = Exclude<InputName, 'url' | Exclude<(typeof reporting)[number], 'show_response'>>;

const all = Object.keys(inputs) as InputName[];
const isSmoke = (name: string): boolean =>
  Object.hasOwn(smokeInputs, name) && !mintingInputs.some((one) => one === name);
const isReport = (name: string): boolean => reporting.some((one) => one === name);
const minting = all.filter((name) => !isSmoke(name) && !isReport(name));

/** Which inputs each function takes. */
export const taken: Readonly<Record<'mintToken' | 'createTokenSource' | 'checkApp', readonly InputName[]>> = {
  mintToken: minting,
  createTokenSource: [...minting, 'token_header'],
  checkApp: all.filter((name) => name !== 'url' && (name === 'show_response' || !isReport(name))),
};

const lists = [
  'url',
  'delegates',
  'headers',
  'expect_status',
  'expect_header',
  'expect_json',
  'retry_on',
] as const satisfies readonly InputName[];

/** What an option takes, by what its input is parsed to. */
type Taken<Name extends InputName, Value> = Name extends 'concurrency'
  ? number | `${number}`
  : Name extends 'url'
    ? string | URL | readonly (string | URL)[]
    : Name extends (typeof lists)[number]
      ? string | readonly string[]
      : Value extends boolean
        ? boolean | 'true' | 'false'
        : Value extends string
          ? Value
          : string;

type Parsed<Name extends InputName> = NonNullable<ReturnType<(typeof inputs)[Name]['parse']>>;
type Options<Name extends InputName> = { readonly [K in Name as Camel<K>]?: Taken<K, Parsed<K>> | undefined };

/** What a function uses of the process, all of it optional. */
export interface Surroundings {
  /** Where Application Default Credentials and a CI system's own token are looked for. Default: `process.env`. */
  readonly env?: Env | undefined;
  /** Where lines for people go. Default: warnings by `process.emitWarning` as `IapAuthWarning`, all else nowhere. */
  readonly log?: Partial<Log> | undefined;
  /** Called with each secret the moment it arrives, so that a log can hide it. Default: nothing. */
  readonly onSecret?: ((secret: string) => void) | undefined;
}

/** The inputs that say how a token is minted, in camel case: see the README for what each takes. */
export interface MintOptions extends Options<Minting>, Surroundings {}

/** Those of `mintToken`, and `tokenHeader`. */
export interface SourceOptions extends Options<Minting | 'token_header'>, Surroundings {}

/** All inputs in camel case but `url`, and those that hand something on to later steps of a job. */
export interface CheckOptions extends Options<Checking>, Surroundings {}

/** Options, read: what is wanted, and what of the process serves it. */
export interface Opened {
  readonly config: Config;
  readonly env: Env;
  /** Guarded, with secrets of its own: whoever works for long opens one for each piece of work. */
  readonly openCi: () => Guard;
}

/** What stands in for surroundings that are left out. */
export interface Defaults {
  readonly env: Env;
  readonly warn: (line: string) => void;
}

/**
 * Reads the options of a function, as the action reads its inputs. The environment's IAP_AUTH_ inputs are not read.
 *
 * @throws {IapError} `config-invalid`, with every problem at once, by the names of the options
 */
export function readOptions(options: unknown, names: readonly InputName[], defaults: Defaults): Opened {
  if (typeof options !== 'object' || options === null) throw invalid(['options: not an object']);
  const { env = defaults.env, log = {}, onSecret = () => undefined, ...values } = options as Surroundings;
  const problems = [
    ...amiss('env', env, 'object'),
    ...amiss('log', log, 'object'),
    ...amiss('onSecret', onSecret, 'function'),
  ];
  const known = new Map(names.map((name) => [camel(name), name]));
  const given = Object.entries(values).flatMap(([key, value]): Given[] => {
    const name = known.get(key);
    if (name === undefined) problems.push(`${quote(key)}: ${unknown('option', key, [...known.keys()])}`);
    return name === undefined || value === undefined ? [] : [givenOf(name, value)];
  });
  const lines = logOf(log, defaults);
  return { config: configOf(given, problems), env, openCi: () => ciOf(env, lines, onSecret) };
}

function configOf(given: readonly Given[], problems: readonly Complaint[]): Config {
  try {
    return readConfig(given, problems);
  } catch (error) {
    return rethrowInCamel(error);
  }
}

function amiss(name: string, value: unknown, type: 'object' | 'function'): Complaint[] {
  return typeof value === type && value !== null
    ? []
    : [`${name}: not ${type === 'object' ? 'an object' : 'a function'}`];
}

function givenOf(name: InputName, value: unknown): Given {
  const writtenAs = camel(name);
  const text = textOf(name, value);
  if (text !== undefined) return { name, writtenAs, value: text };
  const { takes } = inputs[name];
  return {
    name,
    writtenAs,
    value: typeof value,
    problem: `has the wrong type; give ${takes.replaceAll('`', '')}`,
  };
}

/** The text that the action would read; undefined if the value is of a type that the option does not take. */
function textOf(name: InputName, value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return inputs[name].parse === flag.parse ? String(value) : undefined;
  if (typeof value === 'number') return name === 'concurrency' ? String(value) : undefined;
  if (value instanceof URL) return name === 'url' ? value.href : undefined;
  return Array.isArray(value) && lists.some((one) => one === name) ? linesOf(name, value) : undefined;
}

function linesOf(name: InputName, value: readonly unknown[]): string | undefined {
  const texts = value.map((one) => (Array.isArray(one) ? undefined : textOf(name, one)));
  return texts.includes(undefined) ? undefined : texts.join('\n');
}

/** What is worth a warning is so once: a token that is kept is minted again and again. */
function logOf(log: Partial<Log>, { warn }: Defaults): Log {
  const warned = new Set<string>();
  return {
    info: (line) => log.info?.(line),
    debug: (line) => log.debug?.(line),
    warn: (line) => {
      if (warned.has(line)) return;
      warned.add(line);
      if (log.warn === undefined) warn(line);
      else log.warn(line);
    },
  };
}

function ciOf(env: Env, log: Log, onSecret: (secret: string) => void): Guard {
  return guard({ ...openCi(env, () => undefined), ...log, mask: onSecret });
}

/** Throws it again; what is wrong with the configuration is told by the names of the options. */
export function rethrowInCamel(error: unknown): never {
  throw respelled(error, camel);
}
