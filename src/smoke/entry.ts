import { type Complaint, parse, quote, unknown } from '../complaint.ts';
import { appUrl, camel, type Kind, text, Unfit, type Values } from '../inputs.ts';
import type { Written } from './document.ts';
import { smokeInputs } from './inputs.ts';

/** What a check is called: shown in logs, the summary and JUnit. */
const name: Kind<string> = {
  takes: 'text on one line',
  parse: (value) => {
    if (value.length > 100) throw new Unfit('is longer than 100 characters');
    return text.parse(value);
  },
};

/** What an entry of `checks` may say: all but `name` and `url` in place of the input of that name. */
const keys = {
  name,
  url: appUrl,
  method: smokeInputs.method,
  headers: smokeInputs.headers,
  body: smokeInputs.body,
  expect_status: smokeInputs.expect_status,
  expect_body: smokeInputs.expect_body,
  expect_header: smokeInputs.expect_header,
  expect_json: smokeInputs.expect_json,
  timeout: smokeInputs.timeout,
  retry_for: smokeInputs.retry_for,
  retry_on: smokeInputs.retry_on,
  token_header: smokeInputs.token_header,
  check_protected: smokeInputs.check_protected,
  check_assertion: smokeInputs.check_assertion,
} satisfies Record<string, Kind<unknown>>;

/** One entry of `checks`, parsed. */
export interface Entry {
  readonly values: Partial<Values<typeof keys>>;
  /** Whether the body was written as a map or a list. */
  readonly isJson: boolean;
  /** Where a key of it was written. */
  readonly at: (key: string) => string;
}

/** Parses an entry; what is wrong with it is added to the problems. */
export function readEntry({ line, fields }: Written, where: string, problems: Complaint[]): Entry {
  const lineOf = (key: string) => fields.find((field) => field.key === key)?.line ?? line;
  const label = labelOf(fields);
  const at = (key: string) => `${where}, line ${lineOf(key)}${label}: ${key}`;
  const values = fields.flatMap(({ key, line: ownLine, text, problem }): [string, unknown][] => {
    if (!isKey(key)) {
      problems.push(`${where}, line ${ownLine}${label}: ${plain(key)}: ${unknown('key', key, Object.keys(keys))}`);
    } else if (problem !== undefined) {
      problems.push(`${at(key)}: ${problem}`);
    } else if (text.trim() === '') {
      problems.push(`${at(key)}: is empty; give a value, or leave the key out`);
    } else {
      return [[camel(key), parse<unknown>(key === 'body' ? text : text.trim(), keys[key], at(key), problems)]];
    }
    return [];
  });
  if (!fields.some(({ key }) => key === 'url')) problems.push(`${at('url')}: missing; give the address to call`);
  return {
    // The fields are walked one by one, so the compiler cannot see that each has its key's type.
    values: Object.fromEntries(values.filter(([, value]) => value !== undefined)),
    isJson: fields.some(({ key, isJson }) => key === 'body' && isJson),
    at,
  };
}

function labelOf(fields: Written['fields']): string {
  const given = fields.find(({ key }) => key === 'name')?.text.trim();
  return given ? `, ${quote(given)}` : '';
}

function isKey(key: string): key is keyof typeof keys {
  return Object.hasOwn(keys, key);
}

function plain(key: string): string {
  return /^[\w-]{1,40}$/.test(key) ? key : quote(key);
}
