import leven from 'leven';
import { IapError } from './errors.ts';
import { always, appUrl, audience, duration, flag, type Input, optional, secret, statuses, Unfit } from './inputs.ts';

/**
 * Every input, as a row. The docs, `action.yml`, `--help` and the type Config follow from this table:
 * after a change run `npm run generate`.
 */
export const inputs = {
  credentials_json: optional(secret('JSON, or base64 of it'), {
    group: 'credential',
    help: 'The key file of a service account, as Google wrote it.',
  }),
  target_audience: always(audience, {
    group: 'token',
    required: true,
    help: "IAP's OAuth client id: `NNN-….apps.googleusercontent.com`, shown in the console under Security > Identity-Aware Proxy.",
  }),
  verify: always(flag, {
    group: 'token',
    default: 'true',
    help: "Check the token's signature against Google's keys. Its claims are always checked.",
  }),
  url: optional(appUrl, {
    group: 'smoke',
    help: 'The app URL to call with the token. Left out: the token is minted, and nothing is called.',
  }),
  expect_status: always(statuses, {
    group: 'smoke',
    default: '200-299',
    help: 'The statuses with which the app passes.',
  }),
  timeout: always(duration, {
    group: 'smoke',
    default: '10s',
    help: 'How long one attempt of any request may take.',
  }),
  summary: always(flag, {
    group: 'report',
    default: 'true',
    help: 'Write a step summary, where the CI system has one.',
  }),
} satisfies Record<string, Input<unknown>>;

/** Every output of the action, in the order of the docs. The token's are set before the smoke check starts. */
export const outputs = {
  token: 'The token, for `Authorization: Bearer …` in later steps of this job. Masked.',
  id_token: 'The same, when it is an ID token.',
  token_kind: '`id_token`.',
  target_audience: 'The audience of the token.',
  principal: 'The email that the token carries: the account to grant access to.',
  expires_at: 'When the token expires, RFC 3339. One hour after it was minted.',
  result: '`passed`, `failed`, or `skipped` where no `url` was given.',
  status: 'The HTTP status of the smoke check; empty without an answer.',
  report:
    'The whole result as JSON: `{passed, token: {kind, audience, principal, expires_at}, checks: [{name, url, method, passed, code, message, hint, status, answered_by, attempts, ms}]}`.',
} as const;

export type OutputName = keyof typeof outputs;

export type InputName = keyof typeof inputs;

type Camel<S extends string> = S extends `${infer Head}_${infer Tail}` ? `${Head}${Capitalize<Camel<Tail>>}` : S;
type ValueOf<I> = I extends Input<infer T> ? T : never;

/** All inputs, parsed, under their names in camel case. */
export type Config = { readonly [K in InputName as Camel<K>]: ValueOf<(typeof inputs)[K]> };

/** One value that somebody wrote, and the name that they wrote it by. */
export interface Given {
  readonly name: string;
  readonly writtenAs: string;
  readonly value: string;
  /** What is wrong with it already, before it is parsed. */
  readonly problem?: string;
}

/**
 * Reads what was given; of two values for one input, the first counts.
 *
 * @throws {IapError} `config-invalid`, with every problem at once
 */
export function readConfig(given: readonly Given[]): Config {
  const written = given.filter(({ value }) => value.trim() !== '');
  const problems = written.filter(({ name }) => !isInput(name)).map(unknownInput);
  const entries = Object.entries(inputs).map(([name, row]): [string, unknown] => {
    const found = written.find((one) => one.name === name);
    if (found?.problem !== undefined) return [camel(name), void problems.push(`${found.writtenAs}: ${found.problem}`)];
    const text = found?.value.trim() ?? row.default;
    if (text === undefined) return [camel(name), 'required' in row ? missing(name, row, problems) : undefined];
    return [camel(name), parse(text, row, found?.writtenAs ?? name, problems)];
  });
  if (problems.length > 0) throw invalid(problems);
  // The rows are walked one by one, so the compiler cannot see that each entry has its row's type.
  return Object.fromEntries(entries) as Config;
}

/** An input's name on the command line's side of things and in the library: `target_audience` → `targetAudience`. */
export function camel(name: string): string {
  return name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
}

function isInput(name: string): name is InputName {
  return Object.hasOwn(inputs, name);
}

function missing(name: string, row: Input<unknown>, problems: string[]): undefined {
  problems.push(`${name}: missing; ${row.help}`);
}

function parse(value: string, row: Input<unknown>, writtenAs: string, problems: string[]): unknown {
  try {
    return row.parse(value);
  } catch (error) {
    if (!(error instanceof Unfit)) throw error;
    const shown = row.secret ? 'the value' : quote(value);
    problems.push(`${writtenAs}: ${shown} ${error.message}`);
    return undefined;
  }
}

function unknownInput({ name, writtenAs }: Given): string {
  const nearest = Object.keys(inputs).reduce((best, one) => (leven(name, one) < leven(name, best) ? one : best));
  const isNear = leven(name, nearest) <= Math.max(1, nearest.length / 3);
  return `${quote(writtenAs)}: there is no such input${isNear ? `; did you mean ${nearest}?` : ''}`;
}

// A value in the wrong place may be a credential: JSON, PEM, a JWT, long runs of base64 and a URL's password are not shown.
const secretLike = /[{}]|-----|eyJ[\w-]{8}|[\w+/=-]{40}|:\/\/[^/\s]*@/;

function quote(value: string): string {
  return value.length > 200 || secretLike.test(value) ? 'a value that may be secret' : JSON.stringify(value);
}

/** One `config-invalid` that names every problem. */
export function invalid(problems: readonly string[]): IapError<'config-invalid'> {
  const count = problems.length === 1 ? 'one input is wrong' : `${problems.length} inputs are wrong`;
  return new IapError('config-invalid', [`${count}:`, ...problems.map((problem) => `- ${problem}`)].join('\n'), {});
}
