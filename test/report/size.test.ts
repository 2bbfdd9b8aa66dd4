import { describe, expect, it } from '@jest/globals';
import type { CheckResult } from '../../src/report/result.ts';
import { summaryOf } from '../../src/report/summary.ts';
import { denied, givenOf, passed, tryOf } from './values.ts';

const results = (...all: readonly CheckResult[]) => all.map((result) => ({ result }));

describe('the size of a summary', () => {
  // What hides a secret may still lengthen it.
  const limit = 1000 * 1024;
  const many = (count: number, result: CheckResult, excerpt: string) =>
    Array.from({ length: count }, (_, index) => ({ result: { ...result, name: `check ${index}` }, excerpt }));

  it('is what GitHub takes, with a count of the problems left out', () => {
    const checks = many(1000, denied, 'é'.repeat(1024));
    const timeline = Array.from({ length: 300 }, () => tryOf());
    const markdown = summaryOf(givenOf(checks, { timeline }));
    const size = Buffer.byteLength(markdown);
    const shown = markdown.match(/^####/gm)?.length ?? 0;
    expect(size).toBeGreaterThan(limit * 0.9);
    expect(size).toBeLessThan(limit);
    expect(markdown.match(/^\| ❌/gm)).toHaveLength(1000);
    expect(markdown).toContain(
      `\n\n${1001 - shown} more checks with a problem are left out: a summary holds 1 MiB at most. The output \`report\` holds them all.\n\n#### Requests\n\n`,
    );
    expect(markdown.endsWith('Of 300 requests, the 200 in the middle are not shown.')).toBe(true);
  });

  it('is what GitHub takes, with a count of the checks left out, and room for the problems', () => {
    const name = '<'.repeat(290);
    const checks = results(
      ...Array.from({ length: 5000 }, () => ({ ...passed, name })),
      ...Array.from({ length: 500 }, () => denied),
    );
    const markdown = summaryOf(givenOf(checks));
    const shown = markdown.match(/^\| ✅/gm)?.length ?? 0;
    expect(Buffer.byteLength(markdown)).toBeGreaterThan(limit * 0.5);
    expect(Buffer.byteLength(markdown)).toBeLessThan(limit);
    expect(shown).toBeGreaterThan(100);
    expect(markdown).toContain(`|\n\n${5500 - shown} more checks are left out`);
    expect(markdown.match(/^#### ❌/gm)).toHaveLength(500);
  });

  it('has room for a few thousand', () => {
    const markdown = summaryOf(givenOf(results(...Array.from({ length: 3000 }, () => passed))));
    expect(markdown.match(/^\| ✅/gm)).toHaveLength(3000);
    expect(markdown).not.toContain('left out');
  });
});
