import { describe, expect, it } from '@jest/globals';
import { saidIn, wordsOf } from '../../src/google/wire.ts';

describe('saidIn', () => {
  it.each<[unknown[], string]>([
    [['invalid_grant', 'Bad Request'], 'invalid_grant: Bad Request'],
    [['invalid_grant', undefined], 'invalid_grant'],
    [[undefined, 'Bad Request'], 'Bad Request'],
    [['', 'Bad Request'], 'Bad Request'],
    [[{ toString: 1 }, null, 7, ['x']], ''],
    [[], ''],
  ])('of %p is %p', (words, said) => {
    expect(saidIn(...words)).toBe(said);
  });
});

describe('wordsOf', () => {
  it('quotes what was said', () => {
    expect(wordsOf(400, 'invalid_grant', 'Bad Request')).toBe('status 400, "invalid_grant: Bad Request"');
  });

  it.each([[undefined], [''], [null], [{ error: 'x' }]])('is the status alone where nothing was said: %p', (word) => {
    expect(wordsOf(502, word)).toBe('status 502');
  });

  it('is one harmless line, without a token', () => {
    const jwt = 'eyJhbGciOiJSUzI1NiJ9.eyJhdWQiOiJ4In0.c2lnbmF0dXJl';
    expect(wordsOf(500, 'a\n::error::b', `<b>${jwt}</b> ${'k'.repeat(50)}`)).toBe(
      'status 500, "a ::error::b: [token] […]"',
    );
  });
});
