import { describe, expect, it } from '@jest/globals';
import { IapError } from '../../src/errors.ts';
import type { CheckResult, TokenFacts } from '../../src/report/result.ts';
import { failureSummary, summaryOf } from '../../src/report/summary.ts';

const token: TokenFacts = {
  kind: 'id_token',
  audience: '123-abc.apps.googleusercontent.com',
  principal: 'ci@project.iam.gserviceaccount.com',
  expires_at: '2026-03-01T13:00:00Z',
};

const tokenTable = [
  '| token |  |',
  '| --- | --- |',
  '| kind | id\\_token |',
  '| account | ci&#64;project.iam.gserviceaccount.com |',
  '| audience | 123-abc.apps.googleusercontent.com |',
  '| valid until | 2026-03-01T13:00:00Z |',
];

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

const denied: CheckResult = {
  ...passed,
  passed: false,
  code: 'iap-access-denied',
  message: 'IAP answered 403, "<b>Access</b> denied | `x`"',
  hint: 'Grant it:\ngcloud iap web add-iam-policy-binding --member=user:a@b.c\nThat is <all>.',
  status: 403,
  answered_by: 'iap',
  attempts: 2,
};

describe('summaryOf', () => {
  it('tells of a token alone', () => {
    expect(summaryOf({ passed: true, token, checks: [] }).split('\n')).toEqual([
      '### iap-auth: token minted',
      '',
      ...tokenTable,
    ]);
  });

  it('tells of a check that passed', () => {
    expect(summaryOf({ passed: true, token, checks: [passed] }).split('\n')).toEqual([
      '### iap-auth: the app answers behind IAP',
      '',
      ...tokenTable,
      '',
      '| check | status | answered by | tries | time |',
      '| --- | --- | --- | --- | --- |',
      '| ✅ app.example.com/health | 200 | app | 1 | 42 ms |',
    ]);
  });

  it('tells of a check that failed, with its command fenced', () => {
    expect(summaryOf({ passed: false, token, checks: [denied] }).split('\n')).toEqual([
      '### iap-auth: the smoke check failed',
      '',
      ...tokenTable,
      '',
      '| check | status | answered by | tries | time |',
      '| --- | --- | --- | --- | --- |',
      '| ❌ app.example.com/health | 403 | iap | 2 | 42 ms |',
      '',
      '**`iap-access-denied`**: IAP answered 403, "&lt;b&gt;Access&lt;/b&gt; denied \\| \\`x\\`"',
      '',
      'Grant it:',
      '',
      '```',
      'gcloud iap web add-iam-policy-binding --member=user:a@b.c',
      '```',
      '',
      'That is &lt;all&gt;.',
    ]);
  });

  it('keeps a hostile name in its cell', () => {
    const hostile = { ...passed, name: 'a|b\n| c <script>', status: null, answered_by: 'none' as const };
    expect(summaryOf({ passed: false, token, checks: [hostile] })).toContain(
      '\n| ✅ a\\|b \\| c &lt;script&gt; | – | none | 1 | 42 ms |',
    );
  });
});

describe('failureSummary', () => {
  it('keeps the list of problems a list', () => {
    const error = new IapError('config-invalid', '2 inputs are wrong:\n- a: "*"\n- b: "<x>"', {});
    expect(failureSummary(error).split('\n')).toEqual([
      '### iap-auth: no token',
      '',
      '**`config-invalid`**: 2 inputs are wrong:',
      '- a: "\\*"',
      '- b: "&lt;x&gt;"',
      '',
      'Nothing was sent. Correct each input named above, then run the step again. The README lists what each takes.',
    ]);
  });

  it('fences the command of a real hint', () => {
    const account = 'ci@project.iam.gserviceaccount.com';
    const error = new IapError('key-rejected', 'Google refused', { account, keyId: 'abc' });
    expect(failureSummary(error)).toContain(
      `\n\n\`\`\`\ngcloud iam service-accounts keys list --iam-account=${account}\n\`\`\`\n`,
    );
  });
});
