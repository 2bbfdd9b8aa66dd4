import { gzipSync } from 'node:zlib';
import type { Failing } from './failing.ts';
import type { Target } from './targets.ts';

function useless(name: string, body: string | Uint8Array, more: Partial<Failing> = {}): Failing {
  return { name, kind: 'useless', make: ({ headers = {} }) => ({ status: 200, headers, body }), ...more };
}

const bomb = gzipSync(new Uint8Array(64 * 1024 * 1024));
const page = '<!DOCTYPE html><html><title>Welcome</title><p>Please sign in to the wireless network.</html>';

/** Answers of the right status that nobody can use. */
export const shapes: readonly Failing[] = [
  useless('empty body', ''),
  useless('HTML', page),
  useless('JSON, a list', '[]'),
  useless('JSON, null', 'null'),
  useless('JSON, another object', '{"unexpected":{"token":"none"}}'),
  useless('JSON, cut short', '{"id_token":"eyJhbGciOi'),
  useless('JSON, 1000 deep', `${'['.repeat(1000)}${']'.repeat(1000)}`),
  useless('gzip bomb', bomb, {
    make: ({ headers }) => ({ status: 200, headers: { ...headers, 'content-encoding': 'gzip' }, body: bomb }),
  }),
  {
    ...useless('9 MiB', 'x'.repeat(9 * 1024 * 1024)),
    kind: 'large',
  },
];

/** The one field that counts, with something else in it. */
function field(name: string, value: unknown, more: Partial<Failing> = {}): Failing {
  return {
    name: `the field is ${name}`,
    kind: 'useless',
    appliesTo: (target) => target.field !== undefined,
    make: ({ headers = {}, field: of = '' }) => ({ status: 200, headers, body: JSON.stringify({ [of]: value }) }),
    ...more,
  };
}

const isKeys = ({ field: of }: Target) => of === 'keys';

/** Answers of the right shape, with something else in the field that counts. */
export const types: readonly Failing[] = [
  field('a number', 5),
  field('true', true),
  field('null', null),
  field('an object', { token: 'none' }),
  field('a list', ['eyJ'], { appliesTo: (target) => target.field !== undefined && !isKeys(target) }),
  field('empty text', '', { isUnsendable: true }),
  field('text of two lines', 'eyJhbGciOiJSUzI1NiJ9\r\nX-Injected: 1', { isUnsendable: true }),
  field('text that is no token', 'opaque-text-that-is-no-token', {
    isOpaque: true,
    appliesTo: ({ opaque }) => opaque !== undefined,
  }),
  ...[[], [5], [{ kty: 5 }], [{ kty: 'RSA', n: 7, e: {} }]].map((list) =>
    field(`keys, ${JSON.stringify(list)}`, list, { isKeySet: true, appliesTo: isKeys }),
  ),
];
