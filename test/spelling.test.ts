import { describe, expect, it } from '@jest/globals';
import { IapError, invalid } from '../src/errors.ts';
import { respelled } from '../src/spelling.ts';

const spell = (input: string) => `<${input}>`;
const linesOf = (problem: string) => {
  const error = respelled(invalid([problem]), spell);
  return error instanceof IapError ? error.message.split('\n').slice(1) : error;
};

describe('respelled', () => {
  it.each([
    ['url: missing; give the address', '- <url>: missing; give the address'],
    ['body: a GET has none; set method', '- <body>: a GET has none; set method'],
    [
      'service_account: missing; workload_identity_provider needs it',
      '- <service_account>: missing; <workload_identity_provider> needs it',
    ],
    ['exchange: "token_kind \\" token_kind" is wrong', '- <exchange>: "token_kind \\" token_kind" is wrong'],
    ['checks, line 3: expect_status: wrong', '- <checks>, line 3: expect_status: wrong'],
    ['token_kind: an id_token cannot', '- <token_kind>: an <id_token> cannot'],
    ['exchange: gives no id_token', '- <exchange>: gives no id_token'],
    ['--timeout: retry_for is longer', '- --timeout: retry_for is longer'],
    ['GITHUB_OUTPUT: not there', '- GITHUB_OUTPUT: not there'],
    ['options: not an object', '- options: not an object'],
  ])('%s', (problem, line) => {
    expect(linesOf(problem)).toEqual([line]);
  });

  it('leaves other errors as they are', () => {
    const broken = new Error('- url: broken');
    expect(respelled(broken, spell)).toBe(broken);
  });
});
