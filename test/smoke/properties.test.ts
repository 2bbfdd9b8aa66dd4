import { describe, expect, it } from '@jest/globals';
import { IapError } from '../../src/errors.ts';
import { Unfit } from '../../src/inputs.ts';
import type { Check } from '../../src/smoke/check.ts';
import { compilePath } from '../../src/smoke/path.ts';
import { regexOf } from '../../src/smoke/pattern.ts';
import { fc, hostile, runs, textOf } from '../fuzz.ts';
import { plan } from './step.ts';

const keys = [
  'name',
  'url',
  'method',
  'headers',
  'body',
  'expect_status',
  'expect_body',
  'expect_header',
  'expect_json',
];
const texts = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.constantFrom('https://a.example/', 'POST', '200', '/(a+)+[b-c]/i', '$..a == 1', 'a: b', 'x: /y/', '*a', '&a [*a]'),
);
const yaml = fc.oneof(
  texts,
  fc
    .array(fc.dictionary(fc.constantFrom(...keys), fc.oneof(texts, fc.jsonValue({ maxDepth: 3 }))))
    .map((all) => JSON.stringify(all)),
  fc
    .array(fc.tuple(fc.constantFrom('- ', '  ', '    '), fc.constantFrom(...keys, '&a a', '? '), texts))
    .map((lines) => lines.map(([indent, key, value]) => `${indent}${key}: ${value}`).join('\n')),
);

/** The checks, or the problems; anything else that is thrown fails the test. */
const outcome = async (values: Readonly<Record<string, string>>): Promise<readonly Check[] | IapError> => {
  try {
    return await plan(values);
  } catch (error) {
    if (error instanceof IapError && error.code === 'config-invalid') return error;
    throw error;
  }
};

describe('any YAML', () => {
  it('gives checks, or says what is wrong with it on lines of its own', async () => {
    const seen = { checks: 0, problems: 0 };
    await fc.assert(
      fc.asyncProperty(yaml, async (checks) => {
        const result = await outcome({ checks });
        if (result instanceof IapError) {
          seen.problems += 1;
          const [, ...problems] = result.message.split('\n');
          expect(problems.filter((line) => !/^- (checks\b|and \d+ more$)/.test(line))).toEqual([]);
        } else {
          seen.checks += 1;
          expect(result.filter(({ name }) => name === '' || /\p{Cc}/u.test(name))).toEqual([]);
          expect(new Set(result.map(({ name }) => name)).size).toBe(result.length);
        }
      }),
    );
    expect(seen.problems).toBeGreaterThan(0);
    expect(seen.checks).toBeGreaterThan(0);
  });
});

const inputs = fc.record(
  {
    expect_status: fc.constantFrom('200-299', '404'),
    expect_body: fc.oneof(texts, fc.constantFrom('/^(\\w+\\s?)*$/', '/(.*a){20}[x-z]/s', '/(a|a)*[bc]/')),
    expect_header: fc.constantFrom('x: y', 'x: /(a+)+$/', '__proto__: z'),
    expect_json: fc.constantFrom(
      '$ == {}',
      '$..a == 1',
      '$[?match(@.a, @.b)].a == "x"',
      '$..[?@..x] == 1',
      '$["__proto__"] == 1',
    ),
  },
  { requiredKeys: [] },
);
const answers = fc.record({
  status: fc.integer({ min: 100, max: 599 }),
  headers: fc.dictionary(fc.constantFrom('x', '__proto__', 'content-type'), fc.string({ unit: 'binary' })),
  body: fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.json(),
    fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes).toString('utf8')),
    fc.integer({ min: 1, max: 20_000 }).map((depth) => '['.repeat(depth) + ']'.repeat(depth)),
    fc.integer({ min: 1, max: 50_000 }).map((length) => 'a'.repeat(length)),
    fc.integer({ min: 1, max: 2000 }).map((length) => JSON.stringify(Array(length).fill({ a: 'aaa', b: '(a+)+c' }))),
  ),
  tries: fc.constant(1),
});

describe('any expectation of any answer', () => {
  it('passes, or says in a line that it does not, and soon', async () => {
    const seen = { passed: 0, failed: 0 };
    await fc.assert(
      fc.asyncProperty(inputs, answers, async (expected, answer) => {
        const checks = await outcome({ url: 'https://a.example/', ...expected });
        fc.pre(!(checks instanceof IapError));
        const started = performance.now();
        const errors = checks.flatMap(({ expectations }) => expectations.map((expectation) => expectation(answer)));
        expect(performance.now() - started).toBeLessThan(20_000);
        for (const error of errors) {
          if (error === undefined) seen.passed += 1;
          else {
            seen.failed += 1;
            expect(error.code).toMatch(/^app-(status|header|body|json)$/);
            expect(error.message).not.toMatch(/\p{Cc}/u);
            expect(error.message.length).toBeLessThan(700);
          }
        }
      }),
      { numRuns: Math.ceil(runs / 4) },
    );
    expect(seen.passed).toBeGreaterThan(0);
    expect(seen.failed).toBeGreaterThan(0);
  });
});

/** What `work` gives; undefined where it says that the text is unfit. Anything else that it throws fails the test. */
const unlessUnfit = async <T>(work: () => Promise<T>): Promise<T | undefined> => {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Unfit)) throw error;
    expect(error.message).not.toBe('');
    return undefined;
  }
};

describe('any regex', () => {
  const pieces = textOf(
    ...[
      '/',
      '(',
      ')',
      '(?:',
      '(?i)',
      '(?=',
      '(?<n>',
      '[',
      ']',
      '[^',
      '{',
      '}',
      '{1000}',
      '{2,',
      '*',
      '+',
      '?',
      '|',
      '.',
    ],
    ...[
      '^',
      '$',
      '\\',
      '\\b',
      '\\d',
      '\\p{L}',
      '\\u{1F600}',
      '\\1',
      '\\x',
      '\\Q',
      'a',
      'b-z',
      'é',
      'i',
      'm',
      's',
      'u',
      'g',
    ],
  );
  const text = fc.oneof(hostile, fc.string({ unit: 'binary' }), fc.constant('a'.repeat(2000)));

  it('compiles or is refused, and then is tried in time', async () => {
    const written = fc.oneof(
      pieces,
      pieces.map((source) => `/${source}/`),
      text,
    );
    await fc.assert(
      fc.asyncProperty(written, text, async (regex, body) => {
        const test = await unlessUnfit(() => regexOf(regex));
        const started = performance.now();
        const found = test?.(body);
        expect(performance.now() - started).toBeLessThan(20_000);
        expect([true, false, undefined]).toContain(found);
      }),
    );
  });

  it('finds what JavaScript finds, in what both write alike', async () => {
    const letter = fc.constantFrom('a', 'b', 'c', '.', '[ab]', '[^a]', '\\d', '\\.', '1', ' ');
    const { regex } = fc.letrec<{ regex: string }>((tie) => ({
      regex: fc.oneof(
        { maxDepth: 4, withCrossShrink: true },
        letter,
        fc.tuple(tie('regex'), tie('regex')).map(([a, b]) => `${a}${b}`),
        fc.tuple(tie('regex'), tie('regex')).map(([a, b]) => `(?:${a}|${b})`),
        fc.tuple(tie('regex'), fc.constantFrom('*', '+', '?', '{1,2}')).map(([a, times]) => `(${a})${times}`),
        tie('regex').map((a) => `^${a}`),
        tie('regex').map((a) => `${a}$`),
      ),
    }));
    const subject = fc.string({ unit: fc.constantFrom('a', 'b', 'c', '1', '.', ' ', '\n'), maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(regex, fc.constantFrom('', 'i', 'm', 's', 'ims'), subject, async (source, flags, body) => {
        const test = await regexOf(`/${source}/${flags}`);
        expect(test?.(body)).toBe(new RegExp(source, flags).test(body));
      }),
    );
  });
});

describe('any JSONPath', () => {
  const pieces = textOf(
    ...['$', '.', '..', '*', '[', ']', '[*]', '[?', '@', "'a'", '"b"', '0', '-1', ':', ',', ' ', '==', '!=', '<', '&&'],
    ...[
      '||',
      '!',
      '(',
      ')',
      'length(@)',
      'count(@.*)',
      'match(@.a, "(a+)+$")',
      'search(@, @.b)',
      'value(@..x)',
      'a',
      'b',
    ],
    ...['__proto__', 'constructor', 'true', 'null', '1e400', '\\u0000', '😀'],
  );
  const values = fc.oneof(
    fc.jsonValue(),
    fc.constant({ a: 'aaaa', b: ['(a+)+$', { x: 1 }], length: 3 }),
    fc.integer({ min: 1, max: 200 }).map((depth) => JSON.parse('['.repeat(depth) + ']'.repeat(depth)) as unknown),
  );

  it('is read or refused, and finds values or says that they are nested too deeply', async () => {
    const seen = { found: 0, refused: 0 };
    const path = fc.oneof(
      pieces,
      pieces.map((rest) => `$${rest}`),
      hostile,
      fc.constantFrom('$..*', '$[?@.a==1]', '$.a'),
    );
    await fc.assert(
      fc.asyncProperty(path, values, async (text, value) => {
        const find = await unlessUnfit(() => compilePath(text));
        seen[find === undefined ? 'refused' : 'found'] += 1;
        if (find === undefined) return;
        try {
          for (const one of find(value)) expect(one).toBeDefined();
        } catch (error) {
          expect(String((error as Error).name)).toMatch(/^(RangeError|JSONPathRecursionLimitError)$/);
        }
      }),
    );
    expect(seen.found).toBeGreaterThan(runs / 20);
    expect(seen.refused).toBeGreaterThan(0);
  });
});
