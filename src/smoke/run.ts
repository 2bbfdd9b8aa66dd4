import pMap from 'p-map';
import type { Bearers } from '../bearer.ts';
import type { Http } from '../http.ts';
import { showUrl } from '../origin.ts';
import { answerers } from '../report/lines.ts';
import type { CheckReport, CheckResult } from '../report/result.ts';
import { responseExcerpt } from '../text.ts';
import { type PollDeps, type Polled, poll } from '../wait/poll.ts';
import { attemptAnonymous } from './anonymous.ts';
import { attemptAssertions } from './assertion.ts';
import { attempt } from './attempt.ts';
import { type Check, type Gravity, getOf, isRepeatable } from './check.ts';
import { keepSecret, type Secrecy } from './secrecy.ts';
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
}

/** One request of the plan: a check, or what else is asked of its URL. */
interface Task {
  readonly name: string;
  readonly check: Check;
  readonly method: string;
  readonly gravity: Exclude<Gravity, 'off'>;
  readonly attempt: () => Promise<Verdict>;
}

/** Makes all checks, several at once, and reports them in order. It never throws: what goes wrong is a result. */
export function runChecks(checks: readonly Check[], deps: SmokeDeps, options: SmokeOptions): Promise<CheckReport[]> {
  const { bearers, hide } = keepSecret(deps.bearers, checks);
  const tasks = tasksOf(checks, { ...deps, bearers });
  return pMap(tasks, (task) => runTask(task, { ...deps, hide }, options), { concurrency: options.concurrency });
}

async function runTask(
  task: Task,
  deps: PollDeps & Pick<Secrecy, 'hide'>,
  { propagationWait }: SmokeOptions,
): Promise<CheckReport> {
  const { retryFor, retryOn, hidesAnswer } = task.check;
  const isOnce = !isRepeatable(task.method);
  const polled = await poll({ ...task, budget: { retryFor, retryOn, propagationWait, isOnce }, outcomeOf }, deps);
  const result = resultOf(task, polled, deps.hide);
  const { body } = polled.verdict;
  const isShown = !hidesAnswer && polled.verdict.error !== undefined && body !== undefined && body !== '';
  return isShown ? { result, excerpt: responseExcerpt(deps.hide(body)) } : { result };
}

function outcomeOf({ status, answeredBy, error }: Verdict): string {
  return status === null ? (error?.code ?? 'no answer') : `${status} from ${answerers[answeredBy]}`;
}

function resultOf(
  { name, check, method, gravity }: Task,
  { verdict, tries, took }: Polled<Verdict>,
  hide: Secrecy['hide'],
): CheckResult {
  const { error, status, answeredBy } = verdict;
  return {
    name,
    url: showUrl(check.url),
    method,
    passed: error === undefined || gravity === 'warn',
    code: error?.code ?? null,
    message: error ? hide(error.message) : null,
    hint: error ? hide(error.hint) : null,
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
    const tasks: Task[] = [{ ...check, check, gravity: 'fail', attempt: () => attempt(check, deps) }];
    const add = (what: string, gravity: Gravity, { check, attempt }: Pick<Task, 'check' | 'attempt'>) => {
      if (isFirst && gravity !== 'off')
        tasks.push({ name: `${check.name}, ${what}`, check, method: 'GET', gravity, attempt });
    };
    add('without a token', gravest(same, 'checkProtected'), { check, attempt: () => attemptAnonymous(check, deps) });
    const assertion = gravest(same, 'checkAssertion');
    // An assertion is broken on a GET; a check of another method does not tell what that is answered.
    const get = getOf(same);
    if (get !== undefined)
      add('with broken assertions', assertion, { check: get, attempt: () => attemptAssertions(get, deps) });
    else if (isFirst && assertion !== 'off')
      deps.log.warn(`check_assertion is skipped for ${showUrl(check.url)}: none of its checks is a GET or a HEAD.`);
    return tasks;
  });
}

/** What the strictest of the checks of one URL asks for. */
function gravest(checks: readonly Check[], which: 'checkProtected' | 'checkAssertion'): Gravity {
  const asked = checks.map((check) => check[which]);
  return asked.includes('fail') ? 'fail' : asked.includes('warn') ? 'warn' : 'off';
}
