import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { openCi } from '../../src/ci/index.ts';
import { IapError } from '../../src/errors.ts';
import type { CheckResult } from '../../src/report/result.ts';
import { failureSummary, type Summary, summaryOf } from '../../src/report/summary.ts';
import { failureOf, openTestWorld } from '../world.ts';
import { denied, givenOf, passed, tryOf, warned } from './values.ts';

const tokenTable = [
  '| token |  |',
  '| --- | --- |',
  '| kind | id\\_token |',
  '| account | ci&#64;project.iam.gserviceaccount.com |',
  '| audience | 123-abc.apps.googleusercontent.com |',
  '| valid until | 2026-03-01T13:00:00Z |',
];
const checkHead = ['| check | status | answered by | tries | time |', '| --- | --- | --- | --- | --- |'];
const problem = [
  '**`iap-access-denied`**: IAP answered 403, "&lt;b&gt;Access&lt;/b&gt; denied \\| \\`x\\`"',
  '',
  'Grant it:',
  '',
  '```',
  'gcloud iap web add-iam-policy-binding --member=user:a@b.c',
  '```',
  '',
  'That is &lt;all&gt;.',
];
const { started } = tryOf();

const results = (...all: readonly CheckResult[]) => all.map((result) => ({ result }));
const titleOf = (summary: Summary) => summaryOf(summary).split('\n')[0];

describe('summaryOf', () => {
  it('tells of a token alone', () => {
    expect(summaryOf(givenOf([])).split('\n')).toEqual(['### ✅ iap-auth: token minted', '', ...tokenTable]);
  });

  it('tells of a check that passed', () => {
    expect(summaryOf(givenOf(results({ ...passed, ms: 1234 }))).split('\n')).toEqual([
      '### ✅ iap-auth: 1 check passed',
      '',
      ...tokenTable,
      '',
      ...checkHead,
      '| ✅ app.example.com/health | 200 | app | 1 | 1.2 s |',
    ]);
  });

  it('tells of a check that failed, of its command, of the answer and of the requests', () => {
    const checks = [{ result: denied, excerpt: 'Access denied\n```\n</details>' }];
    const timeline = [
      tryOf(),
      tryOf({ url: new URL(denied.url), started: started + 200, ended: started + 1300, outcome: '403' }),
    ];
    expect(summaryOf(givenOf(checks, { timeline })).split('\n')).toEqual([
      '### ❌ iap-auth: 1 check failed in 1.3 s',
      '',
      ...tokenTable,
      '',
      ...checkHead,
      '| ❌ app.example.com/health | 403 | iap | 2 | 42 ms |',
      '',
      '#### ❌ app.example.com/health',
      '',
      ...problem,
      '',
      'The answer:',
      '',
      '````',
      'Access denied',
      '```',
      '</details>',
      '````',
      '',
      '#### Requests',
      '',
      '```mermaid',
      '---',
      'config:',
      '  gantt:',
      '    leftPadding: 125',
      '---',
      'gantt',
      '  dateFormat x',
      '  axisFormat %S.%L',
      '  todayMarker off',
      '  section Token',
      '  1 POST /token 200 :t1, 0, 120',
      '  section app.example.com',
      '  2 POST /health 403 :t2, 200, 1300',
      '```',
    ]);
  });

  it('takes the host of a URL that is none for no host', () => {
    const markdown = summaryOf(givenOf(results({ ...passed, url: 'none' }), { timeline: [tryOf()] }));
    expect(markdown).toContain('\n  section Token\n');
  });

  it.each([
    [[passed, passed], '### ✅ iap-auth: 2 checks passed'],
    [[passed, warned], '### ⚠️ iap-auth: 2 checks passed, 1 with a warning'],
    [[denied, warned, denied], '### ❌ iap-auth: 2 of 3 checks failed'],
  ])('sums up %#', (all, expected) => {
    expect(titleOf(givenOf(results(...all)))).toBe(expected);
  });

  it('shows failures before warnings, and no answer to a check that passed', () => {
    const checks = [{ result: warned }, { result: denied }, { result: passed, excerpt: 'hello' }];
    const markdown = summaryOf(givenOf(checks));
    expect(markdown.match(/^####.*$/gm)).toEqual(['#### ❌ app.example.com/health', '#### ⚠️ app.example.com/health']);
    expect(markdown.match(/^\| .. ?app.*$/gmu)?.map((row) => row.slice(2, 4))).toEqual(['⚠️', '❌ ', '✅ ']);
    expect(markdown).not.toContain('hello');
  });

  it('keeps a hostile name in its cell', () => {
    const hostile = { ...passed, name: 'a|b\n| c <script>', status: null, answered_by: 'none' as const };
    expect(summaryOf(givenOf(results(hostile)))).toContain(
      '\n| ✅ a\\|b \\| c &lt;script&gt; | – | none | 1 | 42 ms |',
    );
  });

  it('links to the pages that are known, and to no other', () => {
    const hint = [
      'See https://cloud.google.com/iap/docs/faq and https://github.com/iap-auth/iap-auth/issues/new.',
      'Not https://evil.example/ or https://github.com/evil or http://cloud.google.com/.',
    ].join('\n');
    expect(summaryOf(givenOf(results({ ...denied, hint })))).toContain(
      [
        'See https://cloud.google.com/iap/docs/faq and https://github.com/iap-auth/iap-auth/issues/new.',
        'Not https&#58;//evil.example/ or https&#58;//github.com/evil or http&#58;//cloud.google.com/.',
      ].join('\n'),
    );
  });

  it.each(['gcloud', 'openssl', 'nslookup', 'curl', 'sudo'])(
    'fences a command of %s, without what a terminal obeys',
    (word) => {
      const markdown = summaryOf(givenOf(results({ ...denied, hint: `Do:\n${word} x\u001b[2K\u202ey` })));
      expect(markdown.endsWith(`\nDo:\n\n\`\`\`\n${word} x [2K y\n\`\`\`\n`)).toBe(true);
    },
  );

  it('shows the beginning of what is too long', () => {
    const long = { ...denied, name: 'n'.repeat(301), message: 'm'.repeat(4001), hint: `gcloud ${'h'.repeat(4000)}` };
    const markdown = summaryOf(givenOf([{ result: long, excerpt: 'e'.repeat(4001) }]));
    expect(markdown.match(/n{10,}…/g)).toEqual([`${'n'.repeat(298)}…`, `${'n'.repeat(300)}…`]);
    for (const letter of 'mhe') expect(markdown).toMatch(new RegExp(`${letter}{3990,4000}…`));
  });
});

describe('failureSummary', () => {
  it('tells of the requests that were made', () => {
    const error = new IapError('config-invalid', 'one input is wrong:\n- a: "b"', {});
    const lines = failureSummary(error, [tryOf({ outcome: 'dns' })]).split('\n');
    expect(
      lines
        .slice(lines.indexOf('Correct each one named above, then run it again. The README lists what each takes.') + 1)
        .join('\n'),
    ).toContain('dns');
  });

  it('keeps the list of problems a list', () => {
    const error = new IapError('config-invalid', '2 inputs are wrong:\n- a: "*"\n- b: "<x>"', {});
    expect(failureSummary(error, []).split('\n')).toEqual([
      '### ❌ iap-auth: no token',
      '',
      '**`config-invalid`**: 2 inputs are wrong:',
      '- a: "\\*"',
      '- b: "&lt;x&gt;"',
      '',
      'Correct each one named above, then run it again. The README lists what each takes.',
    ]);
  });

  it('fences the command of a real hint', () => {
    const account = 'ci@project.iam.gserviceaccount.com';
    const error = new IapError('key-rejected', 'Google refused', { account, keyId: 'abc' });
    expect(failureSummary(error, [])).toContain(
      `\n\n\`\`\`\ngcloud iam service-accounts keys list --iam-account=${account}\n\`\`\`\n`,
    );
  });

  /** The hint of a job that has no OIDC token, and the blocks of it in the summary. */
  async function blocksOn(env: Record<string, string>) {
    const audience = 'https://iam.googleapis.com/projects/1/x';
    const ci = openCi(env, () => undefined);
    const { code, message, hint } = await failureOf(() => ci.subjectToken(audience, openTestWorld({ host: 'x' })));
    const summary = failureSummary({ code, message, hint }, []);
    return { hint, blocks: [...summary.matchAll(/^```\n(.*?)\n```$/gms)].map(([, block = '']) => block) };
  }

  it.each<[string, Record<string, string>, unknown]>([
    ['GitHub', { GITHUB_ACTIONS: 'true' }, { permissions: { contents: 'read', 'id-token': 'write' } }],
    [
      'GitLab',
      { GITLAB_CI: 'true' },
      { id_tokens: { GITLAB_OIDC_TOKEN: { aud: 'https://iam.googleapis.com/projects/1/x' } } },
    ],
    [
      'Bitbucket',
      { BITBUCKET_BUILD_NUMBER: '7' },
      [{ step: { oidc: { audiences: ['https://iam.googleapis.com/projects/1/x'] } } }],
    ],
    ['Azure Pipelines', { TF_BUILD: 'True' }, [expect.objectContaining({ task: 'AzureCLI@2' })]],
  ])('keeps what is to be pasted on %s as it is to be pasted', async (_, env, expected) => {
    const { hint, blocks } = await blocksOn(env);
    expect(blocks).toHaveLength(1);
    expect(parse(blocks[0] ?? '')).toEqual(expected);
    expect(hint).toContain(`\n${blocks[0]}\n`);
  });

  it('keeps what is to be pasted on Jenkins up to its closing brace', async () => {
    const { hint, blocks } = await blocksOn({ JENKINS_URL: 'https://ci.example.com/' });
    expect(blocks).toEqual([expect.stringMatching(/^withCredentials\(.*\{\n {2}sh '.*'\n\}$/)]);
    expect(hint).toContain(`\n${blocks[0]}\n`);
  });

  it('lets no block be ended by its own lines', () => {
    const error = { code: 'internal', message: 'x', hint: 'head:\n  ```\n  <b>\n<i>' };
    expect(failureSummary(error, []).split('\n').slice(4)).toEqual([
      '',
      '````',
      'head:',
      '  ```',
      '  <b>',
      '````',
      '',
      '&lt;i&gt;',
    ]);
  });

  it('shows what was sent before', () => {
    const error = { code: 'key-rejected', message: 'no', hint: 'Look.' };
    const lines = failureSummary(error, [tryOf({ outcome: '400' })]).split('\n');
    expect(lines.slice(4, 8)).toEqual(['Look.', '', '#### Requests', '']);
    expect(lines.at(-2)).toBe('  1 POST /token 400 :t1, 0, 120');
  });

  it('shows a message of several lines as text', () => {
    const error = { code: 'internal', message: '- a\n===\n---\n1. b\n  # c\n+ d\n\n> e', hint: 'Look.' };
    expect(failureSummary(error, []).split('\n').slice(2)).toEqual([
      '**`internal`**: - a',
      '\\===',
      '\\---',
      '1\\. b',
      '\\# c',
      '\\+ d',
      '',
      '&gt; e',
      '',
      'Look.',
    ]);
  });
});
