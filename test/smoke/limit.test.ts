import { describe, expect, it } from '@jest/globals';
import { within } from '../../src/smoke/limit.ts';

describe('within', () => {
  it.each([undefined, 'is other'])('says what the work says: %p', (words) => {
    expect(within(() => words)).toBe(words);
  });

  it('ends work that does not end', () => {
    const forever = () => {
      for (;;);
    };
    expect(within(forever, 20)).toBe('takes too long to check');
    expect(within(() => 'goes on', 20)).toBe('goes on');
  });

  it('keeps everything else waiting for three seconds at most', () => {
    const begin = performance.now();
    within(() => {
      for (;;);
    });
    // Not for ever; more than three seconds on a machine that is busy.
    expect(performance.now() - begin).toBeLessThan(20_000);
  }, 30_000);

  it('has words for what is too deep, or too long for a regex', () => {
    const deep = (): string => `${deep()}x`;
    const words = 'is too long, or nested too deeply, to be checked';
    expect(within(deep)).toBe(words);
    expect(
      within(() => {
        throw new RangeError('x');
      }),
    ).toBe(words);
  });

  it('passes on any other fault', () => {
    expect(() =>
      within(() => {
        throw new TypeError('oops');
      }),
    ).toThrow('oops');
  });
});
