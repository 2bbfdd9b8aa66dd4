import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { failureJunit, junitOf } from '../../src/report/junit.ts';
import { denied, hostile, hostileCheck, passed, reportOf, token, warned } from './values.ts';

interface Tag {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
}

interface Parser {
  on(event: 'error', handler: (error: Error) => void): void;
  on(event: 'opentag' | 'closetag', handler: (tag: Tag) => void): void;
  on(event: 'text', handler: (text: string) => void): void;
  write(text: string): Parser;
  close(): Parser;
}

// Its own types are not for this compiler.
const library = 'saxes';
const { SaxesParser } = (await import(library)) as { SaxesParser: new () => Parser };

interface Element extends Tag {
  readonly children: Element[];
  text: string;
}

/** What a parser that takes nothing but XML reads. */
function parse(xml: string): Element {
  const root: Element = { name: '', attributes: {}, children: [], text: '' };
  const open = [root];
  const parser = new SaxesParser();
  const parent = () => open.at(-1) ?? root;
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('opentag', ({ name, attributes }) => {
    const element = { name, attributes: { ...attributes }, children: [], text: '' };
    parent().children.push(element);
    open.push(element);
  });
  parser.on('closetag', () => void open.pop());
  parser.on('text', (text) => {
    parent().text += text;
  });
  parser.write(xml).close();
  const [top] = root.children;
  if (top === undefined) throw new Error('no element');
  return top;
}

const facts = 'GET https://app.example.com/health\nstatus: 200\nanswered by: app\ntries: 1';

describe('junitOf', () => {
  it('is a suite of no tests where nothing was checked', () => {
    expect(junitOf({ passed: true, token, checks: [] })).toBe(
      [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<testsuites name="iap-auth" tests="0" failures="0" errors="0" time="0.000">' +
          '<testsuite name="iap-auth" tests="0" failures="0" errors="0" time="0.000" skipped="0"></testsuite></testsuites>',
        '',
      ].join('\n'),
    );
  });

  it('is a test case for each check', () => {
    const { name, attributes, children } = parse(junitOf(reportOf(passed, denied, { ...warned, ms: 1500 })));
    const totals = { name: 'iap-auth', tests: '3', failures: '1', errors: '0', time: '1.584' };
    expect([name, attributes, children.length]).toEqual(['testsuites', totals, 1]);
    expect(children[0]).toMatchObject({ name: 'testsuite', attributes: { ...totals, skipped: '0' } });
    const test = { classname: 'iap-auth', name: 'app.example.com/health', time: '0.042' };
    const output = { name: 'system-out', attributes: {}, children: [] };
    expect(children[0]?.children).toEqual([
      { name: 'testcase', attributes: test, text: '', children: [{ ...output, text: facts }] },
      {
        name: 'testcase',
        attributes: test,
        text: '',
        children: [
          {
            name: 'failure',
            attributes: { type: 'iap-access-denied', message: `iap-access-denied: ${denied.message}` },
            children: [],
            text: denied.hint,
          },
          { ...output, text: 'GET https://app.example.com/health\nstatus: 403\nanswered by: iap\ntries: 2' },
        ],
      },
      {
        name: 'testcase',
        attributes: { ...test, time: '1.500' },
        text: '',
        children: [
          {
            ...output,
            text: `${facts}\nwarning: app-unprotected: the app answers without a token\nTurn IAP on.`,
          },
        ],
      },
    ]);
  });

  it('says that there was no answer', () => {
    const { children } = parse(junitOf(reportOf({ ...denied, status: null, answered_by: 'none' })));
    expect(children[0]?.children[0]?.children[1]?.text).toContain('\nstatus: no answer\nanswered by: none\n');
  });

  it('keeps what XML can hold, and drops the rest', () => {
    const text = '\t\n\r &<>"\' \u{1f600} \ufffd\0\u0008\u000b\u001b\ufffe\uffff\ud800';
    const kept = '\t\n\r &<>"\' \u{1f600} \ufffd';
    const { children } = parse(junitOf(reportOf({ ...denied, name: text, message: text, hint: text })));
    const testCase = children[0]?.children[0];
    expect(testCase?.attributes['name']).toBe(kept);
    expect(testCase?.children[0]).toMatchObject({
      attributes: { message: `iap-access-denied: ${kept}` },
      text: kept,
    });
  });

  it('is XML of the same shape, whatever is in it', () => {
    fc.assert(
      fc.property(fc.array(hostileCheck, { maxLength: 4 }), hostile, (checks, url) => {
        const results = checks.map(({ result }) => ({ ...result, url }));
        const cases = parse(junitOf(reportOf(...results))).children[0]?.children ?? [];
        expect(cases.map(({ children }) => children.map(({ name }) => name))).toEqual(
          results.map((result) => (result.passed ? ['system-out'] : ['failure', 'system-out'])),
        );
      }),
    );
  });
});

describe('failureJunit', () => {
  it('is one test case, which failed', () => {
    const { attributes, children } = parse(failureJunit({ code: 'key-rejected', message: 'a <b>', hint: 'Do "c".' }));
    const totals = { name: 'iap-auth', tests: '1', failures: '1', errors: '0', time: '0.000' };
    expect(attributes).toEqual(totals);
    expect(children).toMatchObject([{ attributes: { ...totals, skipped: '0' } }]);
    expect(children[0]?.children).toEqual([
      {
        name: 'testcase',
        attributes: { classname: 'iap-auth', name: 'token', time: '0.000' },
        text: '',
        children: [
          {
            name: 'failure',
            attributes: { type: 'key-rejected', message: 'key-rejected: a <b>' },
            text: 'Do "c".',
            children: [],
          },
        ],
      },
    ]);
  });
});
