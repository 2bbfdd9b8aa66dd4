import { describe, expect, it } from '@jest/globals';
import { statuses } from '../../src/inputs.ts';
import { unmet } from '../../src/smoke/expectations.ts';

const check = (status: number, expectStatus: string) =>
  unmet({ status, headers: {}, body: '', tries: 1 }, { expectStatus: statuses.parse(expectStatus) });

describe('unmet', () => {
  it.each([
    [200, '200-299'],
    [299, '200-299'],
    [204, '204'],
    [404, '200-299,404'],
    [301, '301-302,200'],
  ])('passes %d where %s is expected', (status, expected) => {
    expect(check(status, expected)).toBeUndefined();
  });

  it.each([
    [199, '200-299', '200-299'],
    [300, '200-299', '200-299'],
    [203, '202, 204 - 206', '202,204-206'],
    [404, '200-200', '200'],
  ])('fails %d where %s is expected', (status, expected, shown) => {
    const error = check(status, expected);
    expect(error).toMatchObject({
      code: 'app-status',
      message: `the app answered ${status}, expected ${shown}`,
      facts: { expected: shown, found: status },
    });
    expect(error?.hint).toContain(`set expect_status (now ${shown})`);
  });
});
