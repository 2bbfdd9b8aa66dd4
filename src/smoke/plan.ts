import { readFile } from 'node:fs/promises';
import { type Complaint, quote } from '../complaint.ts';
import { invalid, systemCode } from '../errors.ts';
import { maxBytes, tellingBytes } from '../http.ts';
import { showUrl } from '../origin.ts';
import { type Check, getOf } from './check.ts';
import { type Demands, demandsOf } from './demands.ts';
import { maxChecks, readDocument } from './document.ts';
import { type Entry, readEntry } from './entry.ts';
import { type Step, severalOrigins } from './inputs.ts';
import { bodyProblems, conflict } from './request.ts';

/**
 * The checks that the inputs ask for: one for each `url`, then those of `checks` or `checks_file`.
 *
 * @throws {IapError} `config-invalid`, with every problem at once
 */
export async function planChecks(step: Step): Promise<Check[]> {
  const { checks, problems } = await planAll(step);
  if (problems.length > 0) throw invalid(problems);
  return numbered(checks);
}

/**
 * What is wrong with the checks, beside what is known of the inputs by themselves.
 *
 * @param wrong the inputs that are: nothing is said that follows from them alone
 */
export async function planProblems(step: Step, wrong: ReadonlySet<string>): Promise<readonly Complaint[]> {
  return (await planAll(step, wrong)).problems;
}

async function planAll(
  step: Step,
  wrong: ReadonlySet<string> = new Set(),
): Promise<{ checks: Check[]; problems: Complaint[] }> {
  const problems: Complaint[] = [];
  const shared = { ...none, ...(await demandsOf(step, { ...step, at: (name) => name, problems })) };
  const checks = step.url.map((url) => checkFor({ ...step, url }, shared));
  for (const entry of await readEntries(step, problems)) {
    const check = await checkOf(entry, { step, shared, problems, wrong });
    if (check !== undefined) checks.push(check);
  }
  if (checks.length > maxChecks)
    problems.push(`url: ${checks.length} checks are asked for; at most ${maxChecks} are allowed`);
  const all = checks.map(({ url }) => url);
  const amiss = severalOrigins(step.url, step) === undefined ? severalOrigins(all, step) : undefined;
  if (amiss !== undefined) problems.push(`checks: ${amiss}`);
  if (!wrong.has('url') && !wrong.has('method')) problems.push(...withoutGet(checks));
  return { checks, problems };
}

/** Broken assertions are sent with GET alone: without one to compare with, nothing would be checked. */
function withoutGet(checks: readonly Check[]): Complaint[] {
  const asked = checks.filter(({ checkAssertion }) => checkAssertion === 'fail').map(({ url }) => url.href);
  return [...new Set(asked)].flatMap((href) => {
    if (getOf(checks.filter(({ url }) => url.href === href)) !== undefined) return [];
    const fix = 'add one, or leave check_assertion off there';
    return [`check_assertion: needs a check of that URL with GET; ${showUrl(new URL(href))} has none: ${fix}`];
  });
}

const none: Demands = { status: [], header: [], body: [], json: [] };

async function readEntries(step: Step, problems: Complaint[]): Promise<Entry[]> {
  const where = step.checks === undefined ? 'checks_file' : 'checks';
  const text = step.checks ?? (await readChecksFile(step.checksFile, problems));
  if (text === undefined) return [];
  return (await readDocument(text, where, problems)).map((written) => readEntry(written, where, problems));
}

async function readChecksFile(path: string | undefined, problems: Complaint[]): Promise<string | undefined> {
  if (path === undefined) return undefined;
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const code = systemCode(error) ?? 'unreadable';
    problems.push(`checks_file: ${quote(path)} cannot be read (${code})`);
    return undefined;
  }
}

interface Plan {
  readonly step: Step;
  readonly shared: Demands;
  readonly problems: Complaint[];
  readonly wrong: ReadonlySet<string>;
}

async function checkOf(
  { values, isJson, at }: Entry,
  { step, shared, problems, wrong }: Plan,
): Promise<Check | undefined> {
  const own = await demandsOf(values, { showResponse: step.showResponse, at, problems });
  const request = { ...step, ...values };
  // A body is for the checks that send one: the step's is not meant for a GET.
  const body = values.body ?? (request.method === 'GET' || request.method === 'HEAD' ? undefined : step.body);
  const headers = isJson ? withJsonType(request.headers) : request.headers;
  const isKnown = (name: string, own: unknown) => own !== undefined || !wrong.has(name);
  const amiss = isKnown('token_header', values.tokenHeader) ? conflict(headers, request.tokenHeader) : undefined;
  if (amiss !== undefined) problems.push(`${at('headers')}: ${amiss}`);
  const bodies = isKnown('method', values.method) ? bodyProblems({ ...request, body }) : [];
  for (const [name, problem] of bodies) problems.push(`${at(name)}: ${problem}`);
  if (values.url === undefined) return undefined;
  return checkFor({ ...request, url: values.url, headers, body }, { ...shared, ...own });
}

type Request = Omit<Step, 'url'> & { readonly url: URL; readonly name?: string };

function checkFor(request: Request, { status, header, body, json }: Demands): Check {
  const { url, method, headers, tokenHeader, timeout, retryFor, checkProtected, checkAssertion } = request;
  const contents = [...header, ...body, ...json];
  return {
    name: request.name ?? nameOf(url),
    url,
    method,
    headers,
    body: request.body,
    tokenHeader,
    timeout,
    retryFor,
    retryOn: request.retryOn ?? [],
    expectations: [...status, ...contents],
    contents,
    hidesAnswer: request.showResponse === 'never',
    needsBytes: body.length + json.length > 0 ? maxBytes : tellingBytes,
    checkProtected,
    checkAssertion,
  };
}

/** Host and path: a query may hold a secret. */
function nameOf({ host, pathname }: URL): string {
  return (host + pathname).slice(0, 100);
}

function withJsonType(headers: Step['headers']): Step['headers'] {
  const isSet = Object.keys(headers).some((name) => name.toLowerCase() === 'content-type');
  return isSet ? headers : { ...headers, 'content-type': 'application/json' };
}

/** Two checks of one name get a number, so that a report can tell them apart. */
function numbered(checks: readonly Check[]): Check[] {
  const taken = new Set(checks.map(({ name }) => name));
  const seen = new Set<string>();
  const free = (name: string, number = 2): string =>
    taken.has(`${name} (${number})`) ? free(name, number + 1) : `${name} (${number})`;
  return checks.map((check) => {
    const name = seen.has(check.name) ? free(check.name) : check.name;
    seen.add(name);
    taken.add(name);
    return { ...check, name };
  });
}
