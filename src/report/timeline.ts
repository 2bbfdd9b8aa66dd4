import { fence } from './markdown.ts';
import type { Try } from './result.ts';

const most = 100;

interface Bar {
  readonly section: string;
  readonly line: string;
}

/**
 * Every request from minting to the last check as a Mermaid chart, a bar each; empty without any. What goes to a host
 * of `checked` stands in a section of that host.
 *
 * https://mermaid.js.org/syntax/gantt.html
 */
export function timelineOf(timeline: readonly Try[], checked: ReadonlySet<string>): string {
  if (timeline.length === 0) return '';
  const { start, span } = extentOf(timeline);
  // In a time zone that is off by half an hour the seconds are right, the minutes not.
  const [axis, origin] = span < 60_000 ? ['%S.%L', start] : ['%H:%M:%S', 0];
  const bars = timeline
    .toSorted((a, b) => a.started - b.started)
    .map((one, index) => ({
      section: checked.has(one.url.host) ? label(one.url.host) : 'Token',
      line: barOf(one, index + 1, origin),
    }));
  const shown = bars.length <= most ? bars : [...bars.slice(0, most / 2), ...bars.slice(-most / 2)];
  const left = bars.length - shown.length;
  const note = left === 0 ? [] : [`Of ${bars.length} requests, the ${left} in the middle are not shown.`];
  return [fence(chartOf(shown, axis), 'mermaid'), ...note].join('\n\n');
}

/** When it all began, and how many milliseconds it took. */
export function extentOf(timeline: readonly Try[]): { start: number; span: number } {
  const start = timeline.reduce((least, { started }) => Math.min(least, started), Number.POSITIVE_INFINITY);
  const end = timeline.reduce((latest, { ended }) => Math.max(latest, ended), start);
  return { start, span: end - start };
}

function chartOf(bars: readonly Bar[], axis: string): string {
  const sections = [...new Set(bars.map(({ section }) => section))];
  const lines = sections.flatMap((name) => [
    `section ${name}`,
    ...bars.filter(({ section }) => section === name).map(({ line }) => line),
  ]);
  // Mermaid leaves 75 pixels for the names of sections, however long they are.
  const padding = Math.max(75, ...sections.map((name) => 20 + 7 * name.length));
  const config = ['---', 'config:', '  gantt:', `    leftPadding: ${padding}`, '---'];
  const head = ['dateFormat x', `axisFormat ${axis}`, 'todayMarker off'];
  return [...config, 'gantt', ...[...head, ...lines].map((line) => `  ${line}`)].join('\n');
}

function barOf({ method, url, started, ended, outcome }: Try, number: number, origin: number): string {
  const from = Math.round(started - origin);
  const to = Math.max(from + 1, Math.round(ended - origin));
  const isBad = !/^[1-4]\d\d$/.test(outcome) || outcome === '429';
  // It begins with a number, so that no word of it is one of Mermaid's own.
  const text = label(`${number} ${method} ${url.pathname.slice(-40)} ${outcome}`);
  return `${text} :${isBad ? 'crit, ' : ''}t${number}, ${from}, ${to}`;
}

/** Text without any sign that Mermaid could read as its own. */
function label(text: string): string {
  return text
    .replace(/[^\w./+=-]+/g, ' ')
    .trim()
    .slice(0, 80);
}
