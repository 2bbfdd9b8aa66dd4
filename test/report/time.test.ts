import { describe, expect, it } from '@jest/globals';
import { timeText } from '../../src/report/time.ts';

describe('timeText', () => {
  it.each([
    [0, '0 ms'],
    [42.4, '42 ms'],
    [999.4, '999 ms'],
    [999.6, '1 s'],
    [1234, '1.2 s'],
    [2000, '2 s'],
    [59_949, '59.9 s'],
    [59_950, '1 min'],
    [60_000, '1 min'],
    [125_400, '2 min 5 s'],
    [3_600_000, '60 min'],
  ])('%d', (ms, expected) => {
    expect(timeText(ms)).toBe(expected);
  });
});
