import type { CheckResult, Problem, Report } from './result.ts';

/** The report as JUnit XML: a test case for each check. */
export function junitOf({ checks }: Report): string {
  const failures = checks.filter(({ passed }) => !passed).length;
  const time = seconds(checks.reduce((sum, { ms }) => sum + ms, 0));
  return suiteOf(checks.map(testCase), { failures, time });
}

/** What kept the token from being minted as JUnit XML: one test case, which failed. */
export function failureJunit({ code, message, hint }: Problem): string {
  const failure = element('failure', { type: code, message: `${code}: ${message}` }, [escapeXml(hint)]);
  const time = seconds(0);
  return suiteOf([element('testcase', { classname: 'iap-auth', name: 'token', time }, [failure])], {
    failures: 1,
    time,
  });
}

function suiteOf(cases: readonly string[], { failures, time }: { failures: number; time: string }): string {
  const totals = { name: 'iap-auth', tests: String(cases.length), failures: String(failures), errors: '0', time };
  const suite = element('testsuite', { ...totals, skipped: '0' }, cases);
  return `<?xml version="1.0" encoding="UTF-8"?>\n${element('testsuites', totals, [suite])}\n`;
}

function testCase(check: CheckResult): string {
  const { name, url, method, passed, code, message, hint, status, answered_by, attempts, ms } = check;
  const facts = `${method} ${url}\nstatus: ${status ?? 'no answer'}\nanswered by: ${answered_by}\ntries: ${attempts}`;
  const problem = code === null ? '' : `${code}: ${message ?? ''}`;
  const failure = passed
    ? []
    : [element('failure', { type: code ?? 'failed', message: problem }, [escapeXml(hint ?? '')])];
  const warning = passed && code !== null ? `\nwarning: ${problem}\n${hint ?? ''}` : '';
  const output = element('system-out', {}, [escapeXml(facts + warning)]);
  return element('testcase', { classname: 'iap-auth', name, time: seconds(ms) }, [...failure, output]);
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(3);
}

function element(name: string, attributes: Readonly<Record<string, string>>, content: readonly string[]): string {
  const start = Object.entries(attributes).map(([key, value]) => ` ${key}="${escapeAttribute(value)}"`);
  return `<${name}${start.join('')}>${content.join('')}</${name}>`;
}

// Even written as an entity, other characters are no XML: https://www.w3.org/TR/xml/#charsets
const noXml = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu;

function escapeXml(text: string): string {
  return text.replace(noXml, '').replace(/[&<>\r]/g, numeric);
}

// A parser takes line breaks and tabs in an attribute for spaces, unless they are written as entities.
function escapeAttribute(text: string): string {
  return escapeXml(text).replace(/["\t\n]/g, numeric);
}

function numeric(sign: string): string {
  return `&#${sign.codePointAt(0)};`;
}
