/** What a piece of integrations/ is to the tests, and what CI systems do with its text. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Job, root } from './job.ts';

/** What a user of a piece sets, under the names of iap-auth's own inputs. */
export type Inputs = Readonly<Record<string, string | readonly string[]>>;

/** What a CI system hands to a job. */
export interface Given {
  readonly inputs: Inputs;
  readonly folder: string;
  /** An OIDC token of the CI's. */
  sign(audience: string): Promise<string>;
  /** An endpoint that hands out such a token, to one who may ask: Azure's. */
  listen(bearer: string, token: string): Promise<string>;
}

export interface Piece {
  readonly name: string;
  readonly path: string;
  /** The files that hold its script and its inputs. */
  readonly files: readonly string[];
  readonly issuer: string;
  /** The audience of its tokens, where it is not the provider. */
  readonly audience?: string;
  /** Where the result stands for later steps. */
  readonly handsOn: { readonly file?: string; readonly line: (result: string) => string };
  /** The inputs that it declares. */
  declared(): readonly string[];
  job(given: Given): Promise<Job>;
}

export type Tree = { readonly [key: string]: unknown };

export const read = (path: string): string => readFileSync(join(root, 'integrations', path), 'utf8');

export const keys = (tree: unknown): string[] => Object.keys(tree as Tree);

/** Replaces `pattern` in each text of a parsed document by the input of that name. */
export function fill<T>(tree: T, pattern: RegExp, value: (name: string) => string): T {
  const walk = (node: unknown): unknown => {
    if (typeof node === 'string') return node.replace(pattern, (_, name: string) => value(name));
    if (Array.isArray(node)) return node.map(walk);
    if (typeof node !== 'object' || node === null) return node;
    return Object.fromEntries(Object.entries(node).map(([key, child]) => [String(walk(key)), walk(child)]));
  };
  // What is walked keeps its shape.
  return walk(tree) as T;
}

export const oneALine = (value: Inputs[string] | undefined, separator = '\n') => [value ?? []].flat().join(separator);

export const environment = (inputs: Inputs) =>
  Object.fromEntries(
    Object.entries(inputs).map(([name, value]) => [`IAP_AUTH_${name.toUpperCase()}`, oneALine(value)]),
  );

/** The inputs of iap-auth that a text names by their variables. */
export function named(text: string): string[] {
  const names = [...text.matchAll(/IAP_(?:AUTH|GATE)_([A-Z][A-Z_]*[A-Z])(?![A-Z_]*\w)/g)].map(([, name = '']) => name);
  return [...new Set(names.map((name) => name.toLowerCase()))];
}
