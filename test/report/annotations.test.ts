import { describe, expect, it } from '@jest/globals';
import { annotationsOf } from '../../src/report/annotations.ts';
import { denied, passed, warned } from './values.ts';

const many = (count: number, result: typeof passed) =>
  Array.from({ length: count }, (_, index) => ({ result: { ...result, name: `check ${index + 1}` } }));

describe('annotationsOf', () => {
  it('tells of nothing where all is well', () => {
    expect(annotationsOf([{ result: passed }])).toEqual([]);
  });

  it('tells of each failure, then of each warning', () => {
    expect(annotationsOf([{ result: warned }, { result: passed }, { result: denied, excerpt: 'no' }])).toEqual([
      {
        level: 'error',
        title: 'iap-access-denied: app.example.com/health',
        text: `iap-access-denied: ${denied.message}\n${denied.hint}`,
      },
      {
        level: 'warning',
        title: 'app-unprotected: app.example.com/health',
        text: 'app-unprotected: the app answers without a token\nTurn IAP on.',
      },
    ]);
  });

  it('shows ten', () => {
    const shown = annotationsOf(many(10, denied));
    expect(shown.map(({ title }) => title)).toEqual(
      Array.from({ length: 10 }, (_, index) => `iap-access-denied: check ${index + 1}`),
    );
  });

  it('counts those that GitHub would not show', () => {
    const shown = annotationsOf([...many(11, denied), ...many(12, warned)]);
    expect(shown.map(({ level }) => level).join(' ')).toBe(`${'error '.repeat(10)}${'warning '.repeat(10)}`.trim());
    expect(shown[8]?.title).toBe('iap-access-denied: check 9');
    expect(shown[9]).toEqual({
      level: 'error',
      title: '2 more',
      text: '2 more checks failed. See the log or the report output for each.',
    });
    expect(shown[19]).toEqual({
      level: 'warning',
      title: '3 more',
      text: '3 more checks passed with a warning. See the log or the report output for each.',
    });
  });
});
