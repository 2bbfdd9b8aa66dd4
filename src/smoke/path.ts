import type { FilterFunction } from 'json-p3';
import type { RE2JS } from 're2js';
import { Unfit } from '../inputs.ts';
import { find } from './pattern.ts';

/** What a path finds in a JSON value, one by one. */
export type Find = (value: unknown) => Iterable<unknown>;

/** How deep `..` looks. Deeper JSON is refused: an app must not be able to keep us busy. */
const maxDepth = 64;

/**
 * The query of a JSONPath.
 *
 * @throws {Unfit} if it is none
 */
export async function compilePath(path: string): Promise<Find> {
  const { JSONPathEnvironment, JSONPathError } = await import('json-p3');
  const environment = new JSONPathEnvironment({ maxRecursionDepth: maxDepth });
  for (const [name, filter] of Object.entries(await regexFilters())) environment.functionRegister.set(name, filter);
  try {
    const query = environment.compile(path);
    return function* found(value) {
      // The library's type of JSON has no unknown; what it is given was parsed from JSON.
      for (const node of query.lazyQuery(value as string)) yield node.value;
    };
  } catch (error) {
    if (error instanceof RangeError) throw new Unfit('nests too deeply');
    if (!(error instanceof JSONPathError)) throw error;
    // The library quotes the path after what is wrong with it.
    throw new Unfit(`is not a valid JSONPath (RFC 9535): ${error.message.replace(/ \('.*$/s, '')}`);
  }
}

/** match() and search() in linear time; the library's own are JavaScript's, which a text can keep busy for hours. */
async function regexFilters(): Promise<Record<string, FilterFunction>> {
  const { FunctionExpressionType } = await import('json-p3');
  const { RE2JS } = await import('re2js');
  const compile = (pattern: string): RE2JS | undefined => {
    try {
      return RE2JS.compile(RE2JS.translateRegExp(pattern));
    } catch {
      // RFC 9535 §2.4.6: what is no regex matches nothing.
      return undefined;
    }
  };
  const filter = (wrap: (pattern: string) => string): FilterFunction => {
    let last: { pattern: string; regex: RE2JS | undefined } | undefined;
    return {
      argTypes: [FunctionExpressionType.ValueType, FunctionExpressionType.ValueType],
      returnType: FunctionExpressionType.LogicalType,
      call: (text, pattern) => {
        if (typeof text !== 'string' || typeof pattern !== 'string') return false;
        if (last?.pattern !== pattern) last = { pattern, regex: compile(wrap(pattern)) };
        return last.regex !== undefined && find(last.regex, text);
      },
    };
  };
  return { search: filter((pattern) => pattern), match: filter((pattern) => `^(?:${pattern})$`) };
}
