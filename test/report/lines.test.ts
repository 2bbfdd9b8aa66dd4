import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { checkLine, groupOf, problemOf, problemText, tokenLine, waitingLine } from '../../src/report/lines.ts';
import type { CheckResult } from '../../src/report/result.ts';
import { denied, hostile, passed, token, warned } from './values.ts';

describe('log lines', () => {
  it('print a problem as its code and message, then the hint', () => {
    expect(problemText({ code: 'dns', message: 'no address', hint: 'Check it.\nnslookup x' })).toBe(
      'dns: no address\nCheck it.\nnslookup x',
    );
  });

  it('tell of the token', () => {
    const end = 'for ci@project.iam.gserviceaccount.com, audience here, valid until 2026-03-01T13:00:00Z.';
    expect(tokenLine({ ...token, audience: 'here' })).toBe(`Minted an ID token ${end}`);
    expect(tokenLine({ ...token, audience: 'here', kind: 'signed_jwt' })).toBe(`Minted a signed JWT ${end}`);
  });

  it.each<[Partial<CheckResult>, string]>([
    [{}, 'Passed: GET https://app.example.com/health returned 200 from the app (1 try, 42 ms).'],
    [
      { passed: false, status: 403, answered_by: 'iap', attempts: 3, ms: 2345 },
      'Failed: GET https://app.example.com/health returned 403 from IAP (3 tries, 2.3 s).',
    ],
    [
      { passed: false, status: null, answered_by: 'none', attempts: 4 },
      'Failed: GET https://app.example.com/health got no answer (4 tries, 42 ms).',
    ],
    [
      { code: 'app-unprotected' },
      'Passed with a warning: GET https://app.example.com/health returned 200 from the app (1 try, 42 ms).',
    ],
  ])('tell of a check %p', (change, expected) => {
    expect(checkLine({ ...passed, ...change })).toBe(expected);
  });

  it.each([
    [undefined, 'web: 503 from the load balancer; next try in 2 s, 54 s of retry_for left'],
    ['propagation_wait', 'web: 503 from the load balancer; next try in 2 s, 54 s of propagation_wait left'],
  ])('tell what is waited for, of %p', (budget, expected) => {
    const waiting = { name: 'web', outcome: '503 from the load balancer', next: 2000, left: 54_000 };
    expect(waitingLine(budget === undefined ? waiting : { ...waiting, budget })).toBe(expected);
  });
});

describe('problemOf', () => {
  it('is what failed, or nothing', () => {
    expect(problemOf(passed)).toBeUndefined();
    expect(problemOf(warned)).toEqual({
      code: 'app-unprotected',
      message: 'the app answers without a token',
      hint: 'Turn IAP on.',
    });
    expect(problemOf({ ...warned, message: null, hint: null })).toEqual({
      code: 'app-unprotected',
      message: '',
      hint: '',
    });
  });
});

describe('groupOf', () => {
  it('tells of a check that passed', () => {
    expect(groupOf({ result: passed })).toEqual({
      title: 'Passed: app.example.com/health, 200 from the app',
      lines: ['Passed: GET https://app.example.com/health returned 200 from the app (1 try, 42 ms).'],
    });
  });

  it('tells of a check that failed, and what the app said', () => {
    expect(groupOf({ result: denied, excerpt: 'Access denied\n\n::error::x' })).toEqual({
      title: 'Failed: app.example.com/health, 403 from IAP (iap-access-denied)',
      lines: [
        'Failed: GET https://app.example.com/health returned 403 from IAP (2 tries, 42 ms).',
        'iap-access-denied: IAP answered 403, "<b>Access</b> denied | `x`"',
        'Grant it:',
        'gcloud iap web add-iam-policy-binding --member=user:a@b.c',
        'That is <all>.',
        'The answer:',
        '  | Access denied',
        '  | ',
        '  | ::error::x',
      ],
    });
  });

  it('starts no line of the log with a line of the answer', () => {
    const own = groupOf({ result: denied }).lines.length + 1;
    fc.assert(
      fc.property(hostile, (excerpt) => {
        const lines = groupOf({ result: denied, excerpt }).lines.slice(own);
        expect(lines).toHaveLength(excerpt.split('\n').length);
        for (const line of lines) expect(line).toMatch(/^ {2}\| [^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]*$/u);
      }),
    );
  });
});
