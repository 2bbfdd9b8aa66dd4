import { problemsOf } from './lines.ts';
import { escapeMarkdown, fence } from './markdown.ts';
import type { CheckResult, Problem, Report, TokenFacts } from './result.ts';

/** The step summary of a run that minted its token. */
export function summaryOf({ passed, token, checks }: Report): string {
  const verdict =
    checks.length === 0 ? 'token minted' : passed ? 'the app answers behind IAP' : 'the smoke check failed';
  const sections = [`### iap-auth: ${verdict}`, tokenTable(token)];
  if (checks.length > 0) sections.push(checkTable(checks));
  return [...sections, ...checks.flatMap(problemsOf).map(problemSection)].join('\n\n');
}

/** The step summary of a run that got no token. */
export function failureSummary(problem: Problem): string {
  return ['### iap-auth: no token', problemSection(problem)].join('\n\n');
}

function tokenTable(token: TokenFacts): string {
  const rows = [
    ['kind', token.kind],
    ['account', token.principal],
    ['audience', token.audience],
    ['valid until', token.expires_at],
  ] as const;
  return table(['token', ''], rows);
}

function checkTable(checks: readonly CheckResult[]): string {
  const rows = checks.map((check) => [
    `${check.passed ? '✅' : '❌'} ${check.name}`,
    String(check.status ?? '–'),
    check.answered_by,
    String(check.attempts),
    `${check.ms} ms`,
  ]);
  return table(['check', 'status', 'answered by', 'tries', 'time'], rows);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map(escapeMarkdown).join(' | ')} |`;
  return [line(head), `|${' --- |'.repeat(head.length)}`, ...rows.map(line)].join('\n');
}

function problemSection({ code, message, hint }: Problem): string {
  const [first = '', ...rest] = message.split('\n').map(lineOf);
  // A hint is ours, and may hold a link; a message may quote anybody.
  const advice = hint.split('\n').map((line) => lineOf(line).replaceAll('&#58;//', '://'));
  return [`**\`${code}\`**: ${first}`, ...rest, '', ...advice].join('\n');
}

const command = /^(gcloud|openssl|nslookup|curl|sudo) /;

function lineOf(line: string): string {
  if (command.test(line)) return `\n${fence(line)}\n`;
  const [, bullet = '', text = ''] = /^(- )?(.*)$/s.exec(line) ?? [];
  return bullet + escapeMarkdown(text);
}
