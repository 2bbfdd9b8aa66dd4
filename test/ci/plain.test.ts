import { describe, expect, it } from '@jest/globals';
import { plain } from '../../src/ci/plain.ts';

describe('plain lines', () => {
  it('say how grave they are', () => {
    const lines: unknown[][] = [];
    const ci = plain('x', { RUNNER_DEBUG: '1' }, (...line) => lines.push(line));
    ci.info('a');
    ci.warn('b');
    ci.annotate('error', 'title', 'c');
    ci.group('title', ['d', 'e']);
    ci.debug('f');
    expect(lines).toEqual([
      ['a'],
      ['warning: b', 'warning'],
      ['error: c', 'error'],
      ['title'],
      ['  d'],
      ['  e'],
      ['debug: f'],
    ]);
  });
});
