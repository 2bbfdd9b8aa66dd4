import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { failures } from '../../src/failures/index.ts';
import type { AnsweredBy, Report, TokenFacts } from '../../src/report/result.ts';
import { denied, passed, reportOf, token, warned } from './values.ts';

const schema = JSON.parse(readFileSync('schema/report.schema.json', 'utf8')) as Record<string, unknown>;
// A condition repeats no type.
const validate = new Ajv2020({ strict: true, strictTypes: false, strictRequired: false }).compile(schema);

function isValid(report: unknown): boolean {
  return validate(JSON.parse(JSON.stringify(report)));
}

/** Every value, so that one more in the type is one more here. */
const answerers: Record<AnsweredBy, true> = {
  app: true,
  iap: true,
  'cloud-run': true,
  edge: true,
  'load-balancer': true,
  none: true,
};
const kinds: Record<TokenFacts['kind'], true> = { id_token: true, signed_jwt: true };

describe('report.schema.json', () => {
  it.each<[string, Report]>([
    ['of a token alone', reportOf()],
    ['of a check that passed', reportOf(passed)],
    ['of a failure', reportOf(passed, denied)],
    ['of a warning', reportOf(warned)],
    ['without an answer', reportOf({ ...denied, code: 'dns', status: null, answered_by: 'none' })],
    ...Object.keys(kinds).map((kind): [string, Report] => [
      `of the kind ${kind}`,
      { ...reportOf(), token: { ...token, kind: kind as TokenFacts['kind'] } },
    ]),
    ...Object.keys(answerers).map((name): [string, Report] => {
      const status = name === 'none' ? null : 503;
      return [`answered by ${name}`, reportOf({ ...denied, status, answered_by: name as AnsweredBy })];
    }),
    ...Object.keys(failures).map((code): [string, Report] => [`of ${code}`, reportOf({ ...denied, code })]),
  ])('takes a report %s', (_, report) => {
    expect([isValid(report), validate.errors]).toEqual([true, null]);
  });

  it.each<[string, object]>([
    ['no token', { passed: true, checks: [] }],
    ['the token itself', { ...reportOf(), token: { ...token, token: 'eyJ' } }],
    ['another kind', { ...reportOf(), token: { ...token, kind: 'access_token' } }],
    ['an expiry in words', { ...reportOf(), token: { ...token, expires_at: 'in an hour' } }],
    ['an empty principal', { ...reportOf(), token: { ...token, principal: '' } }],
    ['something more', { ...reportOf(), more: 1 }],
    ['a verdict that is none', { ...reportOf(), passed: 'yes' }],
    ['a verdict better than its checks', { ...reportOf(denied), passed: true }],
    ['a verdict worse than its checks', { ...reportOf(passed), passed: false }],
  ])('refuses a report with %s', (_, report) => {
    expect(isValid(report)).toBe(false);
  });

  it.each<[string, object]>([
    ['something more', { more: 1 }],
    ['no name', { name: undefined }],
    ['a code of nobody’s', { code: 'no-such-code' }],
    ['a failure without a code', { code: null, message: null, hint: null }],
    ['a code without a message', { message: null }],
    ['a code without a hint', { hint: null }],
    ['an answerer of nobody’s', { answered_by: 'proxy' }],
    ['an answer by nobody', { answered_by: 'none' }],
    ['no answer by somebody', { status: null }],
    ['a status of another kind', { status: '403' }],
    ['a status that is none', { status: 42 }],
    ['no try', { attempts: 0 }],
    ['half a try', { attempts: 1.5 }],
    ['a time before it began', { ms: -1 }],
    ['another protocol', { url: 'ftp://app.example.com/' }],
  ])('refuses a check with %s', (_, change) => {
    expect(isValid(reportOf({ ...denied, ...change }))).toBe(false);
  });

  it('refuses a check that passed with a message and no code', () => {
    expect(isValid(reportOf({ ...passed, message: 'x' }))).toBe(false);
    expect(isValid(reportOf({ ...passed, hint: 'x' }))).toBe(false);
  });
});
