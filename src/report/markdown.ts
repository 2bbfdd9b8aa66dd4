import { withoutControls } from '../text.ts';

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '@': '&#64;',
  '://': '&#58;//',
  'www.': 'www&#46;',
};

/** Text that Markdown shows as it stands; what looks like a link becomes none. */
export function escapeMarkdown(text: string): string {
  return withoutControls(text).replace(
    /:\/\/|www\.|[&<>@\\`*_[\]|~#!$]/gi,
    (sign) => entities[sign.toLowerCase()] ?? `\\${sign}`,
  );
}

/** Text that fills a line, at whose ends Markdown also reads lists, rules, underlines and breaks. */
export function escapeLine(text: string): string {
  return escapeMarkdown(text)
    .trim()
    .replace(/^[-+=]/, '\\$&')
    .replace(/^(\d+)(?=[.)])/, '$1\\');
}

/** A fenced block that its content cannot end. */
export function fence(content: string, language = ''): string {
  const ticks = '`'.repeat(Math.max(2, ...(content.match(/`+/g) ?? []).map((run) => run.length)) + 1);
  return `${ticks}${language}\n${content}\n${ticks}`;
}

/** A row of a table; each cell is text, shown as it stands. */
export function tableRow(cells: readonly string[]): string {
  return `| ${cells.map((cell) => escapeMarkdown(clip(cell, 300))).join(' | ')} |`;
}

/** A table of these columns, of rows made by {@link tableRow}. */
export function table(head: readonly string[], rows: readonly string[]): string {
  return [tableRow(head), `|${' --- |'.repeat(head.length)}`, ...rows].join('\n');
}

/** No more than `max` characters. */
export function clip(text: string, max: number): string {
  return text.length > max ? `${text.slice(0, max)}…` : text;
}
