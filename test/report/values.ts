import fc from 'fast-check';
import type { CheckReport, CheckResult, Report, TokenFacts, Try } from '../../src/report/result.ts';
import type { Summary } from '../../src/report/summary.ts';

export const token: TokenFacts = {
  kind: 'id_token',
  audience: '123-abc.apps.googleusercontent.com',
  principal: 'ci@project.iam.gserviceaccount.com',
  expires_at: '2026-03-01T13:00:00Z',
};

export const passed: CheckResult = {
  name: 'app.example.com/health',
  url: 'https://app.example.com/health',
  method: 'GET',
  passed: true,
  code: null,
  message: null,
  hint: null,
  status: 200,
  answered_by: 'app',
  attempts: 1,
  ms: 42,
};

export const denied: CheckResult = {
  ...passed,
  passed: false,
  code: 'iap-access-denied',
  message: 'IAP answered 403, "<b>Access</b> denied | `x`"',
  hint: 'Grant it:\ngcloud iap web add-iam-policy-binding --member=user:a@b.c\nThat is <all>.',
  status: 403,
  answered_by: 'iap',
  attempts: 2,
};

export const warned: CheckResult = {
  ...passed,
  code: 'app-unprotected',
  message: 'the app answers without a token',
  hint: 'Turn IAP on.',
};

export function reportOf(...checks: readonly CheckResult[]): Report {
  return { passed: checks.every((check) => check.passed), token, checks };
}

export function givenOf(checks: readonly CheckReport[], change: Partial<Summary> = {}): Summary {
  return { report: reportOf(...checks.map(({ result }) => result)), checks, timeline: [], ...change };
}

export function tryOf(change: Partial<Try> = {}): Try {
  const url = new URL('https://oauth2.googleapis.com/token');
  return { method: 'POST', url, started: 1_772_000_000_000, ended: 1_772_000_000_120, outcome: '200', ...change };
}

const pieces = [
  '::error::x',
  '::add-mask::x',
  '##[error]x',
  '##vso[task.complete]x',
  '%0A::warning::x',
  '\u001b[31mred\u001b[0m',
  '\u001b]0;title\u0007',
  '\0\u0008\u007f\u009b31m',
  '\u202e\u2066\u200b\ufeff\ufffd\ud800',
  '<script>alert(1)</script>',
  '<img src=x onerror=alert(1)>',
  '<a href="javascript:alert(1)">x</a>',
  '<!-- -->',
  '<![CDATA[ ]]>',
  '&lt;b&gt;&amp;&#60;',
  '</details></td></table>',
  '[a](https://evil.example)',
  '![a](https://evil.example/x.png)',
  '[a]: https://evil.example',
  'https://evil.example/ http://evil.example www.evil.example a@evil.example',
  'https://github.com/evil',
  '@team #1 $x$',
  '**a** _b_ ~~c~~ `d`',
  '# title',
  '- item',
  '+ item',
  '1. item',
  '===',
  '---',
  '| a | b |',
  '|',
  '\\|',
  '\\',
  '```',
  '~~~~',
  '`````mermaid\ngantt\n`````',
  'gcloud x',
  'title x',
  'section x',
  'click x href "https://evil.example"',
  '%%{init: {"securityLevel": "loose"}}%%',
  '%% x',
  'a :crit, b, 0, 1',
  ';#,"\'',
  '2020-01-01',
  '    code',
  '\t',
  '\n',
  '\r\n',
  '\r',
  '\u2028',
  'word',
  ' ',
];

/** Text as the worst app would answer it. */
export const hostile = fc
  .array(fc.oneof({ weight: 5, arbitrary: fc.constantFrom(...pieces) }, fc.string({ unit: 'binary', maxLength: 8 })), {
    maxLength: 8,
  })
  .map((parts) => parts.join(''));

/** A check of which every text is hostile. */
export const hostileCheck: fc.Arbitrary<CheckReport> = fc
  .record({
    name: hostile,
    method: hostile,
    passed: fc.boolean(),
    problem: fc.option(fc.record({ message: hostile, hint: hostile }), { nil: null }),
    excerpt: fc.option(hostile, { nil: null }),
  })
  .map(({ name, method, problem, excerpt, passed: isPassed }) => ({
    result: {
      ...passed,
      name,
      method,
      passed: isPassed && problem === null,
      code: problem === null && isPassed ? null : 'app-status',
      message: problem?.message ?? null,
      hint: problem?.hint ?? null,
    },
    ...(excerpt === null ? {} : { excerpt }),
  }));
