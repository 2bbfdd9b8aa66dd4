import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { marked } from 'marked';
import type { CheckReport } from '../../src/report/result.ts';
import { failureSummary, type Summary, summaryOf } from '../../src/report/summary.ts';
import { withoutControls } from '../../src/text.ts';
import { hostile, hostileCheck, passed, reportOf, tryOf } from './values.ts';

const ours = new Set(
  ['h3', 'h4', 'p', 'strong', 'ul', 'li', 'table', 'thead', 'tbody', 'tr', 'th', 'td', 'pre', 'code'].flatMap((tag) => [
    `<${tag}>`,
    `</${tag}>`,
  ]),
).add('<code class="language-mermaid">');

/** The blocks of a hint: a line with what is indented below it and its closing brace, or a command. */
const blocks =
  /(?<![^\n])(?:\S[^\n]*(?:\n +\S[^\n]*)+(?:\n\}(?![^\n]))?|(?:gcloud|openssl|nslookup|curl|sudo) [^\n]*)/g;
const blocksIn = (hint: string | null) => hint?.match(blocks)?.length ?? 0;
const fencesOf = ({ result, excerpt }: CheckReport) =>
  result.code === null ? 0 : blocksIn(result.hint) + (excerpt === undefined ? 0 : 1);

function tagsOf(html: string): string[] {
  return html.match(/<[^>]*>?/g) ?? [];
}

function textOf(html: string): string {
  const signs: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"' };
  const text = html.replace(/&(?:#(\d+)|(\w+));/g, (_, number?: string, name = '') =>
    number === undefined ? (signs[name] ?? `&${name};`) : String.fromCodePoint(Number(number)),
  );
  return text.replace(/\s+/g, ' ').trim();
}

function renderOf(markdown: string): string {
  const html = marked.parse(markdown, { async: false, gfm: true });
  for (const tag of tagsOf(html)) expect(ours).toContain(tag);
  return html;
}

const count = (html: string, tag: string) => tagsOf(html).filter((one) => one === tag).length;

describe('hostile text in a summary', () => {
  it('is text, whatever it is', () => {
    fc.assert(
      fc.property(fc.array(hostileCheck, { maxLength: 4 }), hostile, (checks, path) => {
        const url = new URL(`https://app.example.com/${path}`);
        const summary: Summary = {
          report: reportOf(...checks.map(({ result }) => result)),
          checks,
          timeline: [tryOf({ url, method: path, outcome: path })],
        };
        const html = renderOf(summaryOf(summary));
        const headings = checks.filter(({ result }) => result.code !== null).length;
        expect(count(html, '<table>')).toBe(checks.length > 0 ? 2 : 1);
        expect(count(html, '<tr>')).toBe(5 + (checks.length > 0 ? 1 + checks.length : 0));
        expect(count(html, '<td>')).toBe(8 + 5 * checks.length);
        expect([count(html, '<h3>'), count(html, '<h4>')]).toEqual([1, headings + 1]);
        expect(count(html, '<pre>')).toBe(1 + checks.reduce((sum, check) => sum + fencesOf(check), 0));
        expect(count(html, '<code class="language-mermaid">')).toBe(1);
      }),
      { numRuns: 300 },
    );
  });

  it('is shown as it was written', () => {
    fc.assert(
      fc.property(hostile, (name) => {
        const html = renderOf(summaryOf({ report: reportOf({ ...passed, name }), checks: [], timeline: [] }));
        const cells = html.match(/(?<=<td>)[^<]*(?=<\/td>)/g) ?? [];
        const whole = `✅ ${name}`;
        const shown = whole.length > 300 ? `${whole.slice(0, 300)}…` : whole;
        expect(textOf(cells[8] ?? '')).toBe(withoutControls(shown).replace(/\s+/g, ' ').trim());
      }),
      { numRuns: 300 },
    );
  });

  it('is text in the summary of a run without a token', () => {
    fc.assert(
      fc.property(hostile, hostile, (message, hint) => {
        const html = renderOf(failureSummary({ code: 'sts-refused', message, hint }, []));
        expect([count(html, '<h3>'), count(html, '<table>'), count(html, '<strong>')]).toEqual([1, 0, 1]);
        expect(count(html, '<pre>')).toBe(blocksIn(hint));
      }),
      { numRuns: 300 },
    );
  });
});
