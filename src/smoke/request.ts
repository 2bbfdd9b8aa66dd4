import { type Kind, Unfit } from '../inputs.ts';
import { isRounded } from '../json.ts';

export type Headers = Readonly<Record<string, string>>;

export const method: Kind<string> = {
  takes: 'an HTTP method',
  parse: (value) => {
    const name = value.toUpperCase();
    if (!/^[A-Z]{3,20}$/.test(name)) throw new Unfit('is not a valid HTTP method; give one such as GET or POST');
    if (name === 'CONNECT' || name === 'TRACE') throw new Unfit('is a method that no app answers; give GET or POST');
    return name;
  },
};

// Framing, hop-by-hop headers, and what iap-auth, IAP and the proxy write themselves.
const ours =
  /^(host|content-length|transfer-encoding|connection|keep-alive|te|trailer|upgrade|expect|user-agent|proxy-.*|x-goog-.*)$/i;

/** The request's headers: they may hold API keys, so none of their text is ever shown. */
export const headers: Kind<Headers> = {
  takes: '`Name: value`, one per line',
  isHidden: true,
  parse: (text) => {
    const fields = linesOf(text).map(([line, number]) => parseField(line, number));
    const names = fields.map(([name]) => name.toLowerCase());
    const twice = names.findIndex((name, index) => names.indexOf(name) < index);
    if (twice >= 0) throw new Unfit(`sets ${names[twice]} twice; join its values with a comma`);
    return Object.fromEntries(fields);
  },
};

function parseField(line: string, number: number): [name: string, value: string] {
  const [, name = '', value = ''] = /^([\w!#$%&'*+.^`|~-]+)\s*:\s*(.*)$/.exec(line) ?? [];
  if (name === '') throw new Unfit(`is not \`Name: value\` in line ${number}`);
  // What HTTP can carry: https://www.rfc-editor.org/rfc/rfc9110#section-5.5
  if (!/^[\t\x20-\x7e\x80-\xff]*$/.test(value))
    throw new Unfit(`contains, in line ${number}, a character that no header can carry`);
  if (ours.test(name)) throw new Unfit(`sets ${name}, which iap-auth or IAP sets itself; leave it out`);
  return [name, value];
}

/** Lines that are not blank, with their numbers. */
function linesOf(text: string): [line: string, number: number][] {
  return text
    .split(/\r?\n/)
    .map((line, index): [string, number] => [line.trim(), index + 1])
    .filter(([line]) => line !== '');
}

/** What a header of the answer must be: its text, or a `/regex/flags`. */
export interface ExpectedHeader {
  readonly name: string;
  readonly value: string;
}

/** One header that the answer must have. */
export const expectedHeader: Kind<ExpectedHeader> = {
  takes: '`name: value` or `name: /regex/flags`',
  parse: (line) => {
    const [, name, value] = /^([\w!#$%&'*+.^`|~-]+)\s*:\s*(.+)$/.exec(line) ?? [];
    if (name === undefined || value === undefined) throw new Unfit('is not `name: value`');
    return { name, value };
  },
};

/** What a JSONPath must find. */
export interface ExpectedJson {
  readonly path: string;
  readonly value: unknown;
}

/** One value that the answer must have. */
export const expectedJson: Kind<ExpectedJson> = {
  takes: 'a JSONPath (RFC 9535), ` == ` and a JSON value: `$.status == "ok"`',
  parse: (line) => {
    // A filter has a == of its own: the one to split at is the first with JSON, to the end, behind it.
    for (const { index } of line.matchAll(/==/g)) {
      const json = line.slice(index + 2).trim();
      if (!isJson(json)) continue;
      if (holdsLargeNumber(json))
        throw new Unfit('contains a number from 2^53 on, which JSON readers round; compare another field');
      return { path: line.slice(0, index).trim(), value: JSON.parse(json) };
    }
    throw new Unfit('is not a JSONPath, ==, and a JSON value; text needs its quotes, such as $.status == "ok"');
  },
};

function holdsLargeNumber(json: string): boolean {
  let isFound = false;
  JSON.parse(json, (_, value: unknown) => {
    isFound ||= isRounded(value);
  });
  return isFound;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** What is wrong with a header that would take the token's place. */
export function conflict(fields: Headers, tokenHeader: string): string | undefined {
  if (tokenHeader !== 'authorization') return undefined;
  if (!Object.keys(fields).some((name) => name.toLowerCase() === 'authorization')) return undefined;
  return 'the token goes into Authorization; with token_header: proxy-authorization that header is free for your own';
}

interface Bodies {
  readonly method: string;
  readonly body: string | undefined;
  readonly expectBody: string | undefined;
  readonly expectJson: readonly ExpectedJson[];
}

/** Bodies where HTTP has none, by the name of the input. Google's edge refuses a GET that has one. */
export function bodyProblems({ method, body, expectBody, expectJson }: Bodies): [name: string, problem: string][] {
  const sendsNone = method === 'GET' || method === 'HEAD';
  const answer = 'a HEAD is answered without a body; set method to GET, or leave this out';
  return [
    ...(sendsNone && body !== undefined ? [['body', `a ${method} has none; set method, for example to POST`]] : []),
    ...(method === 'HEAD' && expectBody !== undefined ? [['expect_body', answer]] : []),
    ...(method === 'HEAD' && expectJson.length > 0 ? [['expect_json', answer]] : []),
  ] as [string, string][];
}
