import { withoutControls } from '../text.ts';
import { problemOf } from './lines.ts';
import { clip, escapeLine, escapeMarkdown, fence } from './markdown.ts';
import type { CheckReport, CheckResult, Problem } from './result.ts';

const maxLine = 4000;

/** A failure as Markdown: its code and message, then its hint, with each command in a block of its own. */
export function problemSection({ code, message, hint }: Problem): string {
  const [first = '', ...rest] = message.split('\n');
  const words = escapeMarkdown(clip(first, maxLine)).trimEnd();
  return [`**\`${code}\`**: ${words}`, ...rest.map(messageLine), '', ...hint.split('\n').map(hintLine)].join('\n');
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

function hintLine(line: string): string {
  if (command.test(line)) return `\n${fence(withoutControls(clip(line, maxLine)))}\n`;
  return messageLine(line).replace(known, 'https://');
}

function plainLines(text: string): string {
  return clip(text, maxLine).split('\n').map(withoutControls).join('\n');
}
