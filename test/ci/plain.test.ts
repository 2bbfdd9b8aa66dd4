import { describe, expect, it } from '@jest/globals';
import { plain } from '../../src/ci/plain.ts';

describe('a problem in plain lines', () => {
  it.each([
    ['code: what is wrong\nDo this.', 'error: code: what is wrong. Do this.'],
    ['code: what is wrong.\nDo this.', 'error: code: what is wrong. Do this.'],
    ['code: what is wrong', 'error: code: what is wrong'],
    ['code: what is wrong\nDo this:\ngcloud x', 'error: code: what is wrong\nDo this:\ngcloud x'],
  ])('%j is %j', (text, line) => {
    const lines: string[] = [];
    plain({}, (one) => lines.push(one)).annotate('error', 'title', text);
    expect(lines).toEqual([line]);
  });
});

describe('plain lines', () => {
  it('say how grave they are', () => {
    const lines: unknown[][] = [];
    const ci = plain({ RUNNER_DEBUG: '1' }, (...line) => lines.push(line));
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
