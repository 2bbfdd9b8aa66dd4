import { describe, expect, it } from '@jest/globals';
import { type Given, type InputName, inputs } from '../src/config.ts';
import { hasCode } from '../src/errors.ts';
import { retryAfter } from '../src/http.ts';
import { duration, type Input, statuses, Unfit, wait } from '../src/inputs.ts';
import { isConfidential } from '../src/origin.ts';
import { readConfig } from '../src/reading.ts';
import { escapeMarkdown, fence } from '../src/report/markdown.ts';
import { excerpt, inert, responseExcerpt } from '../src/text.ts';
import { damaged, fc, hostile, textOf } from './fuzz.ts';
import { noon } from './world.ts';

const names = Object.keys(inputs) as InputName[];
/** What stands in inputs, and what nearly does. */
const pieces = textOf(
  ...['true', 'false', '10', '1', '0', '.', 'ms', 's', 'm', 'h', 'd', '-', ',', '200', '299', '404', ' ', '\n', '\r\n'],
  ...['https:', 'http:', '//', '/', 'app.example.com', '127.0.0.1', 'localhost', ':8080', '@', 'user:pass', '?', '#'],
  ...['ci@project.iam.gserviceaccount.com', 'googleapis.com', '123-abc.apps.googleusercontent.com', 'eyJhbGci'],
  ...[
    '//iam.googleapis.com/',
    'projects/',
    '123456789012',
    'my-project',
    '/locations/global/',
    'workloadIdentityPools/',
  ],
  ...['pool', '/providers/', 'github', 'Authorization', 'X-A', 'Host', 'x-goog-iap', ': ', 'value', '/(a+)+$/', 'i'],
  ...['$.a', '$..', '[?@.b', ']', ' == ', '"ok"', '1', '{}', 'null', 'GET', 'POST', 'TRACE', 'IAP_TOKEN', 'PATH'],
  ...['GITHUB_TOKEN', 'LD_PRELOAD', 'discover', 'auto', 'id_token', 'fail', 'off', '\u0000', '\u2028', 'é', '😀'],
);
const anyText = fc.oneof(pieces, hostile, fc.string({ unit: 'binary' }), fc.string());

describe('inputs', () => {
  const given = fc.array(
    fc.record({ name: fc.oneof(fc.constantFrom(...names), fc.string()), writtenAs: fc.string(), value: anyText }),
  );

  /** The problems of a refusal, one a line; undefined if all was right. Any other error is thrown again. */
  const refusalOf = (all: readonly Given[]): string[] | undefined => {
    try {
      readConfig(all);
      return undefined;
    } catch (error) {
      if (!hasCode(error, 'config-invalid')) throw error;
      return error.message.split('\n').slice(1);
    }
  };

  it('are read, or refused with one code', () => {
    const seen = { read: 0, refused: 0 };
    fc.assert(
      fc.property(given, (all) => {
        const problems = refusalOf(all);
        seen[problems === undefined ? 'read' : 'refused'] += 1;
        expect(problems).not.toEqual([]);
        expect(problems?.filter((line) => !line.startsWith('- ')) ?? []).toEqual([]);
      }),
    );
    expect(seen.refused).toBeGreaterThan(0);
  });

  it('that may be secret are never shown', () => {
    const secret = 'hunter2-hunter2-hunter2';
    const hidden = names.filter((name) => {
      const row: Input<unknown> = inputs[name];
      return row.secret || row.isHidden;
    });
    expect(hidden).toEqual(
      expect.arrayContaining(['credentials_json', 'id_token', 'headers', 'body', 'checks', 'subject_token_variable']),
    );
    const around = fc.tuple(fc.constantFrom(...hidden), anyText, anyText, given);
    fc.assert(
      fc.property(around, ([name, before, after, others]) => {
        const value = `${before}${secret}${after}`;
        expect(refusalOf([{ name, writtenAs: name, value }, ...others])?.join('\n') ?? '').not.toContain(secret);
      }),
    );
  });

  /** What no value of these inputs may be. */
  const invariants: Partial<Record<InputName, (value: never) => void>> = {
    url: (value: readonly URL[]) => {
      for (const one of value) expect([isConfidential(one), one.username, one.password]).toEqual([true, '', '']);
    },
    workload_identity_provider: (value: string) =>
      expect(value).toMatch(/^projects\/\d+\/locations\/global\/workloadIdentityPools\/[\w-]+\/providers\/[\w-]+$/),
    service_account: (value: string) => expect(value).toMatch(/^[\w.+-]+@[\w.-]+\.[\w-]+$/),
    target_audience: (value: string) => expect(value).not.toMatch(/^eyJ|[^\x21-\x7e]|[<>'"`$;|&\\]/),
    universe: (value: string) => expect(value).toMatch(/^[a-z0-9.-]+$/),
    export_env: (value: string) =>
      expect(value).not.toMatch(/^(PATH|LD_.*|GITHUB_.*|IAP_AUTH_.*|BASH_ENV|NODE_OPTIONS)$|[^A-Za-z0-9_]/i),
    method: (value: string) => expect(value).toMatch(/^(?!TRACE$|CONNECT$)[A-Z]+$/),
    headers: (value: Readonly<Record<string, string>>) => {
      for (const [name, text] of Object.entries(value)) {
        expect(name).not.toMatch(/^(host|content-length|transfer-encoding|connection|user-agent|proxy-.*|x-goog-.*)$/i);
        expect(() => new Headers([[name, text]])).not.toThrow();
      }
    },
    concurrency: (value: number) => expect(Number.isInteger(value) && value >= 1 && value <= 64).toBe(true),
    timeout: (value: number) => expect(Number.isInteger(value) && value >= 1 && value <= 86_400_000).toBe(true),
    retry_for: (value: number) => expect(Number.isInteger(value) && value >= 0 && value <= 86_400_000).toBe(true),
  };

  /** What is right, to be damaged a little. */
  const examples: Partial<Record<InputName, string>> = {
    url: 'https://app.example.com:8443/health?x=1\nhttp://127.0.0.1:8080/',
    workload_identity_provider: '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/g',
    service_account: 'ci@my-project.iam.gserviceaccount.com',
    delegates: 'a@b.com,c@d.com',
    target_audience: '123-abc.apps.googleusercontent.com',
    universe: 'googleapis.com',
    headers: 'X-A: 1\nAccept: text/html',
    expect_header: 'x-a: /1/i\ny: 2',
    expect_json: '$.a == 1\n$[?@.b == "x"] == {"c": null}',
    expect_status: '200-299,404',
    retry_on: '404, 500-502',
    timeout: '1.5h',
    retry_for: '90s',
    propagation_wait: '0',
    concurrency: '64',
    method: 'post',
    export_env: 'IAP_TOKEN',
    subject_token_variable: 'OIDC_TOKEN',
  };

  it.each(names)('%s: any text has a value, or what is wrong with it is said', (name) => {
    const row: Input<unknown> = inputs[name];
    const example = examples[name] ?? row.default ?? '';
    fc.assert(
      fc.property(fc.oneof(anyText, damaged(example, anyText)), (text) => {
        try {
          const value = row.parse(text);
          expect(value).toBeDefined();
          invariants[name]?.(value as never);
        } catch (error) {
          if (!(error instanceof Unfit)) throw error;
          expect(error.message).not.toBe('');
        }
      }),
    );
  });

  it('read what a list of statuses says', () => {
    const status = fc.integer({ min: 100, max: 599 });
    const range = fc.tuple(status, status).map(([a, b]): [number, number] => [Math.min(a, b), Math.max(a, b)]);
    const space = fc.constantFrom('', ' ', '  ');
    const comma = fc.constantFrom(',', '\n');
    fc.assert(
      fc.property(fc.array(range, { minLength: 1 }), space, comma, (ranges, gap, between) => {
        const text = ranges.map(([from, to]) => (from === to ? `${from}` : `${from}${gap}-${gap}${to}`));
        expect(statuses.parse(text.join(`${gap}${between}${gap}`))).toEqual(ranges);
      }),
    );
  });

  it('read what a duration says', () => {
    const units = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
    const unit = fc.constantFrom(...(Object.keys(units) as (keyof typeof units)[]));
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 24 }), unit, fc.constantFrom('', ' '), (count, name, gap) => {
        expect(duration.parse(`${count}${gap}${name}`)).toBe(count * units[name]);
        expect(wait.parse(`${count}${gap}${name}`)).toBe(count * units[name]);
      }),
    );
  });

  it('read the JSON value behind a JSONPath as it was written', () => {
    const path = fc.constantFrom('$', '$.a', '$["a == b"]', '$[?@.a == "1"].b', '$[?@.a == 1 && @.b == 2]');
    fc.assert(
      fc.property(path, fc.jsonValue(), (start, value) => {
        // Numbers from 2^53 on are refused.
        fc.pre(!/\d{16}|\d[eE]\+/.test(JSON.stringify(value)));
        const [found, ...more] = inputs.expect_json.parse(`${start} == ${JSON.stringify(value)}`);
        expect(more).toEqual([]);
        expect(found).toEqual({ path: start, value: JSON.parse(JSON.stringify(value)) });
      }),
    );
  });
});

describe('Retry-After', () => {
  it('is no wait, or one of so many milliseconds, whatever it says', () => {
    const dates = fc.date({ noInvalidDate: true }).map((date) => date.toUTCString());
    const texts = fc.oneof(
      fc.string(),
      fc.stringMatching(/^\d{1,400}$/),
      dates,
      textOf('1', '-', '+', 'e', '.', 'GMT'),
    );
    fc.assert(fc.property(texts, (text) => expect(retryAfter(text, noon)).toBeGreaterThanOrEqual(0)));
  });

  it('is what it says, in seconds and as a date', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1_000_000 }), (seconds) => {
        expect(retryAfter(String(seconds), noon)).toBe(seconds * 1000);
        expect(retryAfter(new Date(noon + seconds * 1000).toUTCString(), noon)).toBe(seconds * 1000);
      }),
    );
  });
});

describe('texts', () => {
  // The runner trims white space of every kind, as .NET has it, before it looks for a command.
  const command = /^[\s\u0085]*::/u;

  it('made inert start no command of the runner', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const lines = inert(text).split(/[\r\n\u0085\u2028\u2029]/u);
        expect(lines.filter((line) => command.test(line) || /##(?:vso)?\[/.test(line))).toEqual([]);
      }),
    );
  });

  it('made inert stay as they are when made so again', () => {
    fc.assert(fc.property(hostile, (text) => expect(inert(inert(text))).toBe(inert(text))));
  });

  it('escaped for Markdown stay in their cell, without markup', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const shown = escapeMarkdown(text);
        const unescaped = shown.replace(/\\[!-/:-@[-`{-~]/g, '').replace(/&(amp|lt|gt|#64);/g, '');
        expect(unescaped).not.toMatch(/[|<>&`*_[\]~\\@]/);
        expect(shown).not.toMatch(/[\n\r\u0085\u2028\u2029\u202e\0]/);
      }),
    );
  });

  it('in a fence do not end it', () => {
    const content = textOf('`', '``', '```', '````', '~~~', '\n', ' ', 'a', '<b>');
    fc.assert(
      fc.property(content, (text) => {
        const lines = fence(text).split('\n');
        const [open = ''] = lines;
        expect(open).toMatch(/^`{3,}$/);
        expect(lines.at(-1)).toBe(open);
        const closing = new RegExp(`^ {0,3}\`{${open.length},}\\s*$`);
        expect(lines.slice(1, -1).filter((line) => closing.test(line))).toEqual([]);
        expect(lines.slice(1, -1).join('\n')).toBe(text);
      }),
    );
  });

  it('in an excerpt are one line, not too long, without tags and tokens', () => {
    const content = fc.oneof(
      hostile,
      textOf('eyJhbGciOiJSUzI1NiJ9', '.', 'eyJ', '<script>', '</script>', '<', '>', 'A'.repeat(30)),
    );
    fc.assert(
      fc.property(content, (text) => {
        const shown = excerpt(text, 80);
        expect(shown.length).toBeLessThanOrEqual(81);
        expect(shown).not.toMatch(/[\p{Cc}\u2028\u2029\u202e]/u);
        expect(shown).not.toMatch(/<[^>]*>/);
        expect(shown).not.toMatch(/eyJ[\w-]|[\w+/=-]{40}/);
      }),
    );
  });

  it('of an answer are few lines, without commands, controls and tokens', () => {
    const content = fc.oneof(
      hostile,
      textOf(
        'eyJhbGciOiJSUzI1NiJ9',
        '.',
        '<script>',
        '<html>',
        '\n',
        '\n::set-env',
        'A'.repeat(50),
        '\u001b]8;;x',
        'y\n',
      ),
      fc.constantFrom('x'.repeat(70_000), '\n'.repeat(500), 'a\n'.repeat(500), 'é'.repeat(5000)),
    );
    fc.assert(
      fc.property(content, (text) => {
        const shown = responseExcerpt(text);
        expect(Buffer.byteLength(shown)).toBeLessThanOrEqual(2048);
        const lines = shown.split('\n');
        expect(lines.length).toBeLessThanOrEqual(20);
        expect(lines.filter((line) => command.test(line) || /##(?:vso)?\[|\p{Cc}/u.test(line))).toEqual([]);
        expect(shown).not.toMatch(/eyJ[\w-]|[\w+/=-]{40}/);
      }),
    );
  });
});
