import { table, tableRow } from './markdown.ts';
import { checkSection, problemSection, signOf } from './problem.ts';
import type { CheckReport, CheckResult, Problem, Report, TokenFacts, Try } from './result.ts';
import { timeText } from './time.ts';
import { extentOf, timelineOf } from './timeline.ts';

/** What the step summary tells of. */
export interface Summary {
  readonly report: Report;
  readonly checks: readonly CheckReport[];
  readonly timeline: readonly Try[];
}

// GitHub takes 1 MiB of a step; to hide a secret in it may still lengthen it a little.
const maxBytes = 1000 * 1024;

/** The step summary of a run that minted its token. */
export function summaryOf(summary: Summary): string {
  const { report, checks, timeline } = summary;
  const head = [`### ${verdictOf(summary)}`, tokenTable(report.token)];
  const requests = requestSection(timeline, report.checks);
  const room = maxBytes - bytesOf([...head, ...requests]);
  const results = resultSection(report.checks, room / 2);
  const problems = problemSections(checks, room - bytesOf(results));
  return [...head, ...results, ...problems, ...requests].join('\n\n');
}

/** The step summary of a run that got no token. */
export function failureSummary(problem: Problem, timeline: readonly Try[]): string {
  return ['### ❌ iap-auth: no token', problemSection(problem), ...requestSection(timeline, [])].join('\n\n');
}

function verdictOf({ report: { checks }, timeline }: Summary): string {
  const failed = checks.filter(({ passed }) => !passed).length;
  const warned = checks.filter(({ passed, code }) => passed && code !== null).length;
  const sign = failed > 0 ? '❌' : warned > 0 ? '⚠️' : '✅';
  const time = timeline.length === 0 ? '' : ` in ${timeText(extentOf(timeline).span)}`;
  if (checks.length === 0) return `${sign} iap-auth: token minted${time}`;
  if (failed > 0)
    return `${sign} iap-auth: ${checks.length > 1 ? `${failed} of ` : ''}${count(checks.length)} failed${time}`;
  return `${sign} iap-auth: ${count(checks.length)} passed${time}${warned > 0 ? `, ${warned} with a warning` : ''}`;
}

function count(checks: number): string {
  return checks === 1 ? '1 check' : `${checks} checks`;
}

function tokenTable({ kind, principal, audience, expires_at }: TokenFacts): string {
  const rows = { kind, account: principal, audience, 'valid until': expires_at };
  return table(['token', ''], Object.entries(rows).map(tableRow));
}

function resultSection(checks: readonly CheckResult[], room: number): string[] {
  if (checks.length === 0) return [];
  const rows = fitting(checks.map(checkRow), room);
  const results = table(['check', 'status', 'answered by', 'tries', 'time'], rows);
  return [results, ...leftOut(checks.length - rows.length, 'checks')];
}

function checkRow(check: CheckResult): string {
  const { name, status, answered_by, attempts, ms } = check;
  return tableRow([`${signOf(check)} ${name}`, String(status ?? '–'), answered_by, String(attempts), timeText(ms)]);
}

function problemSections(checks: readonly CheckReport[], room: number): string[] {
  // Failures before warnings, so that what is left out is not what made the run fail.
  const inOrder = [...checks.filter(({ result }) => !result.passed), ...checks.filter(({ result }) => result.passed)];
  const all = inOrder.flatMap(checkSection);
  const sections = fitting(all, room);
  return [...sections, ...leftOut(all.length - sections.length, 'checks with a problem')];
}

function requestSection(timeline: readonly Try[], checks: readonly CheckResult[]): string[] {
  const hosts = new Set(checks.flatMap(({ url }) => URL.parse(url)?.host ?? []));
  const chart = timelineOf(timeline, hosts);
  return chart === '' ? [] : [`#### Requests\n\n${chart}`];
}

function leftOut(number: number, what: string): string[] {
  if (number === 0) return [];
  return [`${number} more ${what} are left out: a summary holds 1 MiB at most. The output \`report\` holds them all.`];
}

/** The first of them that fit. */
function fitting(texts: readonly string[], room: number): readonly string[] {
  let left = room - 200;
  const end = texts.findIndex((text) => {
    left -= bytesOf([text]);
    return left < 0;
  });
  return end < 0 ? texts : texts.slice(0, end);
}

function bytesOf(texts: readonly string[]): number {
  return texts.reduce((sum, text) => sum + Buffer.byteLength(text) + 2, 0);
}
