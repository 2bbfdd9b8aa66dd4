import type { Alias, Document, Node, Pair } from 'yaml';
import type { Complaint } from '../complaint.ts';
import { Unfit } from '../inputs.ts';
import { isRounded } from '../json.ts';

/** One key of a check, and what stands behind it, as text. */
export interface Field {
  readonly key: string;
  readonly line: number;
  readonly text: string;
  /** The text was written as a map or a list, not as text. */
  readonly isJson: boolean;
  readonly problem?: string;
}

/** One check as it was written. */
export interface Written {
  readonly line: number;
  readonly fields: readonly Field[];
}

const maxText = 1024 * 1024;
/** How many checks are made at most. */
export const maxChecks = 1000;

/** The checks of a YAML text; what is wrong with it is added to the problems. Values are never shown: some are secret. */
export async function readDocument(text: string, where: string, problems: Complaint[]): Promise<Written[]> {
  try {
    if (text.length > maxText) throw new Unfit(`${where}: is longer than 1 MiB`);
    return await parse(text.replace(/^\ufeff/, ''), where, problems);
  } catch (error) {
    if (!(error instanceof Unfit) && !(error instanceof RangeError)) throw error;
    problems.push(error instanceof Unfit ? error.message : `${where}: nests too deeply`);
    return [];
  }
}

async function parse(text: string, where: string, problems: Complaint[]): Promise<Written[]> {
  const { isMap, isSeq, LineCounter, parseDocument } = await import('yaml');
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    stringKeys: true,
    logLevel: 'error',
  });
  const at = (offset = 0) => `${where}, line ${lines.linePos(offset).line}`;
  const [error] = [...document.errors, ...document.warnings];
  // The library's message may quote the text, its code does not; all further errors follow from the first.
  if (error) throw new Unfit(`${at(error.pos[0])}: is not YAML (${error.code.toLowerCase().replaceAll('_', ' ')})`);
  if (!isSeq<Node>(document.contents)) throw new Unfit(`${where}: is not a list of checks; begin each with "- url:"`);
  const { items } = document.contents;
  if (items.length === 0) throw new Unfit(`${where}: has no checks`);
  if (items.length > maxChecks)
    throw new Unfit(`${where}: has ${items.length} checks; at most ${maxChecks} are allowed`);
  const reader = await openReader(document);
  return items.flatMap((item) => {
    const node = reader.resolve(item);
    const line = lines.linePos(item.range?.[0] ?? 0).line;
    if (!isMap<Node, Node | null>(node)) {
      problems.push(`${where}, line ${line}: is not a check; give its keys, such as url:`);
      return [];
    }
    const fields = node.items.map((pair) => reader.field(pair, lines.linePos(pair.key.range?.[0] ?? 0).line));
    return [{ line, fields }];
  });
}

interface Reader {
  /** What an alias stands for; any other node itself. */
  resolve(node: unknown): unknown;
  field(pair: Pair<Node, Node | null>, line: number): Field;
}

async function openReader(document: Document): Promise<Reader> {
  const { isAlias, isMap, isNode, isScalar, isSeq } = await import('yaml');
  const targets = await targetsOf(document);
  const resolve = (node: unknown): unknown => (isAlias(node) ? targets.get(node) : node);
  const scalarText = (node: unknown): string | undefined => {
    const scalar = resolve(node);
    // As it was written: 1.10 is a version, and not 1.1.
    if (isScalar(scalar)) return scalar.value === null ? '' : (scalar.source ?? String(scalar.value));
    return scalar === null ? '' : undefined;
  };
  const lineOf = (node: unknown): string => {
    const line = isPairOf(node) ? [scalarText(node.key), scalarText(node.value)] : [scalarText(node)];
    if (line.includes(undefined)) throw new Unfit('is nested; give text');
    if (/[\r\n]/.test(line.join('').trim())) throw new Unfit('contains a line break in one of its parts');
    const text = line.join(': ').trim();
    if (text === '') throw new Unfit('has an empty item; give a value, or leave it out');
    return text;
  };
  const textOf = (key: string, value: unknown): string => {
    if (!isMap(value) && !isSeq(value)) return scalarText(value) ?? '';
    if (key === 'body') return jsonOf(value, document);
    if (isMap(value) ? !takesMap.has(key) : !takesList.has(key)) throw new Unfit('takes text only');
    return value.items.map(lineOf).join('\n');
  };
  return {
    resolve,
    field: ({ key: node, value: raw }, line) => {
      const key = scalarText(node) ?? '';
      const value = resolve(raw);
      const isJson = isNode(value) && !isScalar(value);
      try {
        if (value === undefined) throw new Unfit('is an alias without an anchor; define the anchor before it');
        return { key, line, text: textOf(key, value), isJson };
      } catch (error) {
        if (!(error instanceof Unfit)) throw error;
        return { key, line, text: '', isJson, problem: error.message };
      }
    },
  };
}

const takesMap = new Set(['headers', 'expect_header']);
const takesList = new Set(['headers', 'expect_header', 'expect_json', 'expect_status', 'retry_on']);

function isPairOf(node: unknown): node is Pair {
  return typeof node === 'object' && node !== null && 'key' in node;
}

/** What each alias stands for, found in one pass. */
async function targetsOf(document: Document): Promise<Map<Alias, Node | undefined>> {
  const { visit } = await import('yaml');
  const anchors = new Map<string, Node>();
  const targets = new Map<Alias, Node | undefined>();
  visit(document, {
    Alias: (_, alias) => void targets.set(alias, anchors.get(alias.source)),
    Value: (_, node) => void (node.anchor && anchors.set(node.anchor, node)),
  });
  return targets;
}

/** YAML's numbers have as many digits as somebody writes. */
function exactly(_: string, value: unknown): unknown {
  if (isRounded(value))
    throw new Unfit('contains a number from 2^53 on, which would be rounded; write the body as text');
  return value;
}

function jsonOf(node: Node, document: Document): string {
  try {
    return JSON.stringify(node.toJS(document, { maxAliasCount: 100 }), exactly);
  } catch (error) {
    // Too many aliases, an unknown one, or one that stands for what it is in.
    if (!(error instanceof ReferenceError) && !(error instanceof TypeError)) throw error;
    throw new Unfit('cannot be written as JSON: look at its aliases');
  }
}
