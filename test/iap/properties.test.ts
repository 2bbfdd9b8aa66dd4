import { describe, expect, it } from '@jest/globals';
import { IapError } from '../../src/errors.ts';
import { failures } from '../../src/failures/index.ts';
import { judgeAnonymous } from '../../src/iap/anonymous.ts';
import { type Judgement, judge } from '../../src/iap/answer.ts';
import { judgeRedirect } from '../../src/iap/redirect.ts';
import type { Sent } from '../../src/iap/sent.ts';
import { fc, textOf } from '../fuzz.ts';
import { expectLinear } from '../pace.ts';
import {
  clientId,
  forbiddenPage,
  managedId,
  notFoundPage,
  robotNotFound,
  sentTo,
  serverErrorPage,
  signInAt,
} from './literal.ts';

const hostile = [
  '$(id)',
  '`id`',
  '; id',
  '&& id',
  '| id',
  '\n',
  '\r\n',
  '\u2028',
  '\0',
  '<b>',
  '"',
  "'",
  '\\',
  '::error::',
];
const bodies = textOf(
  ...hostile,
  ...['empty token', 'Unable to parse JWT', 'JWT signature is invalid', "'email' claim", 'Invalid JWT audience'],
  ...[
    "audience doesn't match this application",
    ' expected value (',
    ')',
    clientId,
    managedId,
    'a@b.com',
    ' for user ',
  ],
  ...[
    'Audience specified does not match requested endpoint',
    'JWT has expired',
    'Access denied',
    'Error code ',
    '7',
    '900',
  ],
  ...['Invalid GCIP ID token', 'service account is not provisioned', 'IAP for Cloud Run app is not set up correctly'],
  ...[forbiddenPage, notFoundPage, robotNotFound, serverErrorPage(503), 'no healthy upstream'],
);
const locations = fc.oneof(
  textOf(
    ...hostile,
    ...[
      'https:',
      'http:',
      '//',
      '/',
      '\\',
      '@',
      ':',
      '443',
      '.',
      '?',
      '#',
      'app.example.com',
      'evil.com',
      '[',
      '::1',
      ']',
    ],
    ...['accounts.google.com', 'https://iap.googleapis.com/', 'blob:', 'javascript:', 'data:', '\t', '%2e', '%0a', ' '],
  ),
  fc.webUrl(),
  fc.constantFrom(signInAt(clientId), 'https://app.example.com/x', '/x'),
);
const headers = fc
  .record(
    {
      'x-goog-iap-generated-response': fc.constantFrom('true', 'TRUE', 'false', 'x'),
      'content-type': fc.constantFrom('text/html', 'application/json', 'text/plain', ''),
      'www-authenticate': textOf(
        'Bearer ',
        'error="invalid_token"',
        'access token could not be verified',
        ',',
        ...hostile,
      ),
      via: fc.constantFrom('1.1 google', '1.1 varnish'),
      location: locations,
    },
    { requiredKeys: [] },
  )
  .map((given) => given as Readonly<Record<string, string>>);
const statuses = fc.oneof(
  fc.integer({ min: 100, max: 599 }),
  fc.constantFrom(200, 301, 302, 303, 307, 308, 401, 403, 404, 429, 502, 503, 504),
);
const answers = fc.record({ status: statuses, headers, body: bodies, tries: fc.integer({ min: 1, max: 9 }) });
const urls = fc
  .oneof(
    fc.constantFrom('https://app.example.com/', 'https://shop-987654321098.us-central1.run.app/healthz'),
    textOf('shop', '-987654321098', '.us-central1', '$(id)', ';id', '`', '&', '---').map(
      (host) => `https://${host}.run.app/`,
    ),
    fc.webUrl(),
  )
  .filter((url) => URL.canParse(url))
  .map((url) => new URL(url));
const sents: fc.Arbitrary<Sent> = fc.record({
  url: urls,
  kind: fc.constantFrom('id_token' as const, 'signed_jwt' as const),
  audience: fc.oneof(
    fc.constantFrom(clientId, managedId, 'https://app.example.com/*'),
    textOf(clientId, '123-', ...hostile),
  ),
  principal: fc.oneof(fc.constant('ci@project.iam.gserviceaccount.com'), textOf('a@b.com', ...hostile)),
  expiry: fc.constant('2026-03-01T13:00:00Z'),
  expectedClient: fc.oneof(fc.constantFrom(undefined, clientId, managedId), textOf(clientId, ...hostile)),
});

/** A message on one line, a hint that is whole, and commands that nobody regrets to paste. */
function expectWellFormed(error: IapError): void {
  expect(Object.keys(failures)).toContain(error.code);
  expect(error.code).not.toBe('internal');
  expect(error.message).toMatch(/^[^\p{Cc}\u2028\u2029]+$/u);
  expect(error.hint).not.toMatch(/undefined|\[object|NaN/);
  for (const line of error.hint.split('\n').filter((one) => one.includes('gcloud '))) {
    expect(line).toMatch(/^gcloud [\w .:=@+/-]+(?:"value\(projectNumber\)")?$/);
  }
}

function expectJudgement({ answeredBy, error, ifUnexpected }: Judgement): void {
  expect(['app', 'iap', 'cloud-run', 'edge', 'load-balancer']).toContain(answeredBy);
  for (const found of [error, ifUnexpected]) if (found !== undefined) expectWellFormed(found);
}

describe('a body that says one thing over and over', () => {
  const pieces = [
    "audience doesn't match this application expected value (a",
    'access denied for user a.',
    '<title> ',
    '<',
  ];

  it.each([...pieces, ' ', 'a', 'error code ', 'a@', '.a', '(', 'Error 502 '])(
    'is judged in linear time: %j',
    (piece) => {
      const sent = sentTo('https://app.example.com/');
      const judgeAll = (length: number) => {
        const body = piece.repeat(Math.ceil(length / piece.length));
        for (const status of [401, 403, 404, 503]) {
          for (const mark of ['true', 'false']) {
            const given = { 'x-goog-iap-generated-response': mark, 'content-type': 'text/html', via: '1.1 google' };
            judge({ status, headers: given, body, tries: 1 }, sent);
          }
        }
      };
      // As much as is looked through; and more.
      expectLinear(judgeAll, 8 * 1024);
      expectLinear(judgeAll, 128 * 1024);
    },
  );
});

describe('any answer', () => {
  it('is judged: IAP’s is always an error, the app’s never before it was looked at', () => {
    fc.assert(
      fc.property(answers, sents, (answer, sent) => {
        const judgement = judge(answer, sent);
        expectJudgement(judgement);
        if (judgement.answeredBy === 'iap') expect(judgement.error).toBeDefined();
        if (judgement.answeredBy === 'app') expect(judgement.error).toBeUndefined();
        else expect(judgement.error ?? judgement.ifUnexpected).toBeDefined();
      }),
    );
  });

  it('to a request without a token passes only with IAP’s header, and never with what lets the caller in', () => {
    fc.assert(
      fc.property(answers, urls, (answer, url) => {
        const judgement = judgeAnonymous(answer, url);
        expectJudgement(judgement);
        if (judgement.error !== undefined) return;
        expect(answer.headers['x-goog-iap-generated-response']?.toLowerCase()).toBe('true');
        expect([301, 302, 303, 307, 308, 401, 403]).toContain(answer.status);
      }),
    );
  });

  it('redirects the token to where it came from, or nowhere', () => {
    fc.assert(
      fc.property(answers, urls, (answer, from) => {
        const found = judgeRedirect(answer, from);
        if (found instanceof IapError) expectWellFormed(found);
        else if (found !== undefined) {
          expect([found.protocol, found.hostname, found.port]).toEqual([from.protocol, from.hostname, from.port]);
          expect([found.username, found.password]).toEqual(['', '']);
        }
        const isMoved = [301, 302, 303, 307, 308].includes(answer.status) && Boolean(answer.headers['location']);
        expect(found !== undefined).toBe(isMoved);
      }),
    );
  });
});
