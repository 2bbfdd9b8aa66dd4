import { IapError } from '../errors.ts';
import type { HttpResponse } from '../http.ts';
import type { Statuses } from '../inputs.ts';
import { excerpt, withoutControls } from '../text.ts';
import type { Expectation } from './check.ts';
import { within } from './limit.ts';
import type { Find } from './path.ts';
import type { Test } from './pattern.ts';
import type { ExpectedHeader, ExpectedJson } from './request.ts';

/** How a text of the app's is shown: cut and harmless, or not at all. */
export type Shown = (text: string) => string | undefined;

export const excerpted: Shown = (text) => excerpt(text, 100);
export const hidden: Shown = () => undefined;

/** One of these statuses. */
export function expectStatus(statuses: Statuses): Expectation {
  const expected = statuses.map(([from, to]) => (from === to ? String(from) : `${from}-${to}`)).join(',');
  return ({ status }) => {
    if (statuses.some(([from, to]) => from <= status && status <= to)) return undefined;
    return new IapError('app-status', `the app answered ${status}, expected ${expected}`, { expected, found: status });
  };
}

/** A header with exactly this value, or with one that the regex matches. */
export function expectHeader({ name, value }: ExpectedHeader, regex: Test | undefined, shown: Shown): Expectation {
  const expected = regex ? cut(value) : cut(JSON.stringify(value));
  const test = regex ?? ((text: string) => text === value);
  const key = name.toLowerCase();
  return ({ headers }) => {
    const found = Object.hasOwn(headers, key) ? headers[key]?.trim() : undefined;
    const words =
      found === undefined
        ? 'is missing'
        : within(() => (test(found) ? undefined : `is ${isPrivate(name) ? 'different' : quoted(found, shown)}`));
    if (words === undefined) return undefined;
    return new IapError('app-header', `the app's header ${name} ${words}, expected ${expected}`, { name, expected });
  };
}

function quoted(found: string, shown: Shown): string {
  const text = shown(found);
  return text === undefined ? 'different' : JSON.stringify(text);
}

// What signs a user in is nobody's to read in a log.
function isPrivate(name: string): boolean {
  return /cookie|auth|token|secret|key|session/i.test(name);
}

/** A body that contains this text, or that the regex matches. */
export function expectBody(text: string, regex: Test | undefined, shown: Shown): Expectation {
  const expected = regex ? cut(text) : cut(JSON.stringify(text));
  const test = regex ?? ((body: string) => body.includes(text));
  return (answer) => {
    const verb = regex ? 'match' : 'contain';
    const words = within(() =>
      test(answer.body) ? undefined : `does not ${verb} ${expected}${beginning(answer, shown)}`,
    );
    return words === undefined ? undefined : new IapError('app-body', `the app's body ${words}`, { expected });
  };
}

/** A JSON body where all that the path finds, and it must find something, equals the value. */
export function expectJson({ path, value }: ExpectedJson, find: Find, shown: Shown): Expectation {
  const expected = cut(`${path} == ${JSON.stringify(value)}`);
  return (answer) => {
    const words = within(() => {
      const json = parseJson(answer.body);
      return json === undefined ? `is not JSON${beginning(answer, shown)}` : differing(find(json.value), value, shown);
    });
    if (words === undefined) return undefined;
    return new IapError('app-json', `the app's body ${words}, expected ${expected}`, { expected });
  };
}

/** How what was found differs from the value; undefined if it does not. */
function differing(all: Iterable<unknown>, value: unknown, shown: Shown): string | undefined {
  let isFound = false;
  for (const found of all) {
    if (!isEqual(found, value)) return `has ${shown(JSON.stringify(found)) ?? 'a different value'} there`;
    isFound = true;
  }
  return isFound ? undefined : 'has nothing there';
}

function beginning({ headers, body }: HttpResponse, shown: Shown): string {
  if (body.trim() === '') return '; it is empty';
  const encoding = headers['content-encoding'] ?? 'identity';
  const start = shown(encoding === 'identity' ? body : encoding);
  if (encoding !== 'identity') return `; it is encoded${start === undefined ? '' : ` (${start})`}, which is not read`;
  return start === undefined ? '' : `; it begins ${JSON.stringify(start)}`;
}

function cut(text: string, max = 200): string {
  const line = withoutControls(text);
  return line.length > max ? `${line.slice(0, max)}…` : line;
}

function parseJson(body: string): { value: unknown } | undefined {
  try {
    return { value: JSON.parse(body.replace(/^\ufeff/, '')) };
  } catch {
    return undefined;
  }
}

/** Equality of JSON values: numbers by value, objects by their own keys in any order. */
function isEqual(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (!isObject(a) || !isObject(b) || Array.isArray(a) !== Array.isArray(b)) return false;
  const keys = Object.keys(a);
  if (keys.length !== Object.keys(b).length) return false;
  return keys.every((key) => Object.hasOwn(b, key) && isEqual(a[key], b[key]));
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
