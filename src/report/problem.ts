import { withoutControls } from '../text.ts';
import { problemOf } from './lines.ts';
import { clip, escapeLine, escapeMarkdown, fence } from './markdown.ts';
import type { CheckReport, CheckResult, Problem } from './result.ts';

const maxLine = 4000;

/** A failure as Markdown: its code and message, then its hint, with each command, and what is to be pasted, in a block of its own. */
export function problemSection({ code, message, hint }: Problem): string {
  const [first = '', ...rest] = message.split('\n');
  const words = escapeMarkdown(clip(first, maxLine)).trimEnd();
  return [`**\`${code}\`**: ${words}`, ...rest.map(messageLine), '', ...hintLines(hint)].join('\n');
}

/** What a check lacks, or is warned of, and what it was answered; nothing where all is well. */
export function checkSection({ result, excerpt }: CheckReport): string[] {
  const problem = problemOf(result);
  if (problem === undefined) return [];
  const answer = excerpt === undefined ? [] : [`The answer:\n\n${fence(plainLines(excerpt))}`];
  return [
    [`#### ${signOf(result)} ${escapeMarkdown(clip(result.name, 300))}`, problemSection(problem), ...answer].join(
      '\n\n',
    ),
  ];
}

export function signOf({ passed, code }: CheckResult): string {
  if (!passed) return '❌';
  return code === null ? '✅' : '⚠️';
}

function messageLine(line: string): string {
  const [, bullet = '', text = ''] = /^(- )?(.*)$/s.exec(clip(line, maxLine)) ?? [];
  return bullet + escapeLine(text);
}

const command = /^(gcloud|openssl|nslookup|curl|sudo) /;
// A hint may quote anybody, too: only these pages become links.
const known = /https&#58;\/\/(?=(?:cloud\.google\.com|docs\.github\.com|github\.com\/iap-auth)\/)/g;

function hintLines(hint: string): string[] {
  const lines = hint.split('\n');
  const parts: string[] = [];
  for (let start = 0; start < lines.length; ) {
    const end = endOfBlock(lines, start);
    parts.push(end > start ? blockOf(lines.slice(start, end)) : hintLine(lines[start] ?? ''));
    start = Math.max(end, start + 1);
  }
  return parts;
}

/** Where the lines to paste end that begin here: a head, what is indented below it, and its closing brace. */
function endOfBlock(lines: readonly string[], start: number): number {
  const isIndented = (index: number) => /^ +\S/.test(lines[index] ?? '');
  if (!/^\S/.test(lines[start] ?? '') || !isIndented(start + 1)) return start;
  let end = start + 1;
  while (isIndented(end)) end++;
  return lines[end] === '}' ? end + 1 : end;
}

function blockOf(lines: readonly string[]): string {
  return `\n${fence(lines.map((line) => withoutControls(clip(line, maxLine))).join('\n'))}\n`;
}

function hintLine(line: string): string {
  if (command.test(line)) return blockOf([line]);
  return messageLine(line).replace(known, 'https://');
}

function plainLines(text: string): string {
  return clip(text, maxLine).split('\n').map(withoutControls).join('\n');
}
