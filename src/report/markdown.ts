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

/** A fenced block that its content cannot end. */
export function fence(content: string): string {
  const ticks = '`'.repeat(Math.max(2, ...(content.match(/`+/g) ?? []).map((run) => run.length)) + 1);
  return `${ticks}\n${content}\n${ticks}`;
}
