import { describe, expect, it } from '@jest/globals';
import { checkLine, problemText, tokenLine } from '../../src/report/lines.ts';
import type { CheckResult } from '../../src/report/result.ts';

const passed: CheckResult = {
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

describe('log lines', () => {
  it('print a problem as its code and message, then the hint', () => {
    expect(problemText({ code: 'dns', message: 'no address', hint: 'Check it.\nnslookup x' })).toBe(
      'dns: no address\nCheck it.\nnslookup x',
    );
  });

  it('tell of the token', () => {
    const facts = {
      kind: 'id_token',
      audience: 'client-id',
      principal: 'ci@x.example',
      expires_at: '2026-03-01T13:00:00Z',
    } as const;
    expect(tokenLine(facts)).toBe(
      'Minted an ID token for ci@x.example, audience client-id, valid until 2026-03-01T13:00:00Z.',
    );
  });

  it.each<[Partial<CheckResult>, string]>([
    [{}, 'Passed: GET https://app.example.com/health brought 200 from app (1 try, 42 ms).'],
    [
      { passed: false, status: 403, answered_by: 'iap', attempts: 3 },
      'Failed: GET https://app.example.com/health brought 403 from iap (3 tries, 42 ms).',
    ],
    [
      { passed: false, status: null, answered_by: 'none', attempts: 4 },
      'Failed: GET https://app.example.com/health brought no answer (4 tries, 42 ms).',
    ],
  ])('tell of a check %p', (change, expected) => {
    expect(checkLine({ ...passed, ...change })).toBe(expected);
  });
});
