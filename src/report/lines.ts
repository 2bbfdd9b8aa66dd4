import { withoutControls } from '../text.ts';
import type { AnsweredBy, CheckReport, CheckResult, Problem, TokenFacts } from './result.ts';
import { timeText } from './time.ts';

/** What is written into one group of the log. */
export interface LogGroup {
  readonly title: string;
  readonly lines: readonly string[];
}

/** What came of a try after which there is another. */
export interface Waiting {
  /** What waits: several checks may do so at once. */
  readonly name: string;
  /** The status and who answered it, or the code of why there is no answer. */
  readonly outcome: string;
  /** Milliseconds until the next try. */
  readonly next: number;
  /** Milliseconds that are left of the budget. */
  readonly left: number;
  /** The input that says how long to wait, where not retry_for. */
  readonly budget?: string;
}

/** Who answered, as a sentence names them. */
export const answerers: Readonly<Record<AnsweredBy, string>> = {
  app: 'the app',
  iap: 'IAP',
  'cloud-run': 'Cloud Run',
  edge: "Google's edge",
  'load-balancer': 'the load balancer',
  none: 'nobody',
};

/** The printed form of every failure. */
export function problemText({ code, message, hint }: Problem): string {
  return `${code}: ${message}\n${hint}`;
}

export function tokenLine({ kind, audience, principal, expires_at }: TokenFacts): string {
  return `Minted ${kind === 'id_token' ? 'an ID token' : 'a signed JWT'} for ${principal}, audience ${audience}, valid until ${expires_at}.`;
}

/** The verdict on a check. */
export function checkLine(check: CheckResult): string {
  const { method, url, attempts, ms } = check;
  const tries = attempts === 1 ? '1 try' : `${attempts} tries`;
  const verb = check.status === null ? 'got' : 'returned';
  return `${verdictOf(check)}: ${method} ${url} ${verb} ${answerOf(check)} (${tries}, ${timeText(ms)}).`;
}

/** All that the log tells of a check: the verdict, what was expected and found, what to do, what the app said. */
export function groupOf({ result, excerpt }: CheckReport): LogGroup {
  const problem = problemOf(result);
  const told = problem === undefined ? [] : problemText(problem).split('\n');
  const body = excerpt === undefined ? [] : ['The answer:', ...excerpt.split('\n').map(quote)];
  const code = problem === undefined ? '' : ` (${problem.code})`;
  const title = `${verdictOf(result)}: ${result.name}, ${answerOf(result)}${code}`;
  return { title, lines: [checkLine(result), ...told, ...body] };
}

/** What went wrong with a check, or is warned of; undefined if nothing. */
export function problemOf({ code, message, hint }: CheckResult): Problem | undefined {
  return code === null ? undefined : { code, message: message ?? '', hint: hint ?? '' };
}

export function waitingLine({ name, outcome, next, left, budget = 'retry_for' }: Waiting): string {
  return `${name}: ${outcome}; next try in ${timeText(next)}, ${timeText(left)} of ${budget} left`;
}

function verdictOf({ passed, code }: CheckResult): string {
  if (!passed) return 'Failed';
  return code === null ? 'Passed' : 'Passed with a warning';
}

function answerOf({ status, answered_by }: CheckResult): string {
  return status === null ? 'no answer' : `${status} from ${answerers[answered_by]}`;
}

// A line of the answer never stands at the start of a line of the log.
function quote(line: string): string {
  return `  | ${withoutControls(line)}`;
}
