import pMap from 'p-map';
import type { Bearers } from '../bearer.ts';
import type { Http } from '../http.ts';
import type { CheckReport, CheckResult } from '../report/result.ts';
import { responseExcerpt } from '../text.ts';
import { attemptAnonymous } from './anonymous.ts';
import { attemptAssertions } from './assertion.ts';
import { attempt } from './attempt.ts';
import type { Check, Gravity } from './check.ts';
import { type PollDeps, type Polled, poll } from './poll.ts';
import type { Verdict } from './verdict.ts';

export interface SmokeDeps extends PollDeps {
  readonly http: Http;
  readonly bearers: Bearers;
}

export interface SmokeOptions {
  /** How many checks run at once. */
  readonly concurrency: number;
  /** Milliseconds to wait for a fresh grant. */
  readonly propagationWait: number;
  readonly showResponse: 'on_failure' | 'never';
}

/** One request of the plan: a check, or what else is asked of its URL. */
interface Task {
  readonly name: string;
  readonly check: Check;
  readonly method: string;
  readonly gravity: Exclude<Gravity, 'off'>;
  readonly attempt: (tries: number) => Promise<Verdict>;
}

/** Makes all checks, several at once, and reports them in order. It never throws: what goes wrong is a result. */
export function runChecks(checks: readonly Check[], deps: SmokeDeps, options: SmokeOptions): Promise<CheckReport[]> {
  return pMap(tasksOf(checks, deps), (task) => runTask(task, deps, options), { concurrency: options.concurrency });
}

async function runTask(
  task: Task,
  deps: SmokeDeps,
  { propagationWait, showResponse }: SmokeOptions,
): Promise<CheckReport> {
  const { retryFor, retryOn } = task.check;
  const polled = await poll({ ...task, budget: { retryFor, retryOn, propagationWait } }, deps);
  const result = resultOf(task, polled);
  const { body } = polled.verdict;
  const isShown =
    showResponse === 'on_failure' && polled.verdict.error !== undefined && body !== undefined && body !== '';
  return isShown ? { result, excerpt: responseExcerpt(body) } : { result };
}

function resultOf({ name, check, method, gravity }: Task, { verdict, tries, took }: Polled): CheckResult {
  const { error, status, answeredBy } = verdict;
  return {
    name,
    url: check.url.href,
    method,
    passed: error === undefined || gravity === 'warn',
    code: error?.code ?? null,
    message: error?.message ?? null,
    hint: error?.hint ?? null,
    status,
    answered_by: answeredBy,
    attempts: tries,
    ms: Math.round(took),
  };
}

/** Each check, followed by what else is asked of its URL: once for each distinct one. */
function tasksOf(checks: readonly Check[], deps: SmokeDeps): Task[] {
  return checks.flatMap((check, index) => {
    const same = checks.filter(({ url }) => url.href === check.url.href);
    const isFirst = same[0] === checks[index];
    const tasks: Task[] = [{ ...check, check, gravity: 'fail', attempt: (tries) => attempt(check, tries, deps) }];
    const add = (what: string, gravity: Gravity, extra: Task['attempt']) => {
      if (isFirst && gravity !== 'off')
        tasks.push({ name: `${check.name}, ${what}`, check, method: 'GET', gravity, attempt: extra });
    };
    add('without a token', gravest(same, 'checkProtected'), (tries) => attemptAnonymous(check, tries, deps));
    add('with broken assertions', gravest(same, 'checkAssertion'), (tries) => attemptAssertions(check, tries, deps));
    return tasks;
  });
}

/** What the strictest of the checks of one URL asks for. */
function gravest(checks: readonly Check[], which: 'checkProtected' | 'checkAssertion'): Gravity {
  const asked = checks.map((check) => check[which]);
  return asked.includes('fail') ? 'fail' : asked.includes('warn') ? 'warn' : 'off';
}
