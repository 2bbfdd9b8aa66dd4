import { IapError } from '../errors.ts';
import type { HttpResponse } from '../http.ts';
import { assertionTests, type BrokenAssertion, judgeAssertions } from '../iap/assertion.ts';
import { isRedirect, targetOf } from '../iap/sign.ts';
import { type AttemptDeps, attempt } from './attempt.ts';
import type { Check, Expectation } from './check.ts';
import type { Verdict } from './verdict.ts';

/**
 * One try with broken assertions: IAP sends the app each kind that it has, and the app must refuse them all.
 * https://cloud.google.com/iap/docs/signed-headers-howto#testing_jwt_verification
 */
export async function attemptAssertions(check: Check, deps: AttemptDeps): Promise<Verdict> {
  const { control, broken } = assertionTests(check.url);
  const contents = contentsOf(check);
  // Without what is expected of the app for the good assertion, lacking it for the broken ones would prove nothing.
  const askControl = () => ask({ ...check, url: control, expectations: [isServed, ...contents] }, deps);
  const good = await askControl();
  if (good.verdict.error !== undefined) return good.verdict;
  const accepted: BrokenAssertion[] = [];
  let isDoubtful = false;
  // One after the other: an app is not to be kept busy by what it refuses.
  for (const { kind, url } of broken) {
    const answer = await askBroken({ ...check, url, expectations: [isLike(good, url), ...contents] }, deps);
    if (answer.verdict.error === undefined) accepted.push(kind);
    else if (!isRefusal(answer)) return answer.verdict;
    else isDoubtful ||= isFault(answer) || answer.verdict.status === good.verdict.status;
  }
  // With one status for both, it is the rest of the answer that tells, and that may change from one to the next; and
  // an app that is out of order refuses the good one as well.
  const again = isDoubtful ? await askControl() : good;
  if (again.verdict.error !== undefined) return again.verdict;
  return { ...good.verdict, error: again.kind === good.kind ? judgeAssertions(accepted) : changing() };
}

/** A fault of the moment is no refusal: that is there the next time, too. */
async function askBroken(check: Check, deps: AttemptDeps): Promise<Asked> {
  const answer = await ask(check, deps);
  return isFault(answer) ? ask(check, deps) : answer;
}

interface Asked {
  readonly verdict: Verdict;
  /** Of which kind the answer is; empty if it was surely not the app's. */
  readonly kind: string;
}

async function ask(check: Check, deps: AttemptDeps): Promise<Asked> {
  let kind = '';
  const remember: Expectation = (answer) => {
    kind = kindOf(answer, check.url);
    return undefined;
  };
  const expectations = [remember, ...check.expectations];
  const verdict = await attempt({ ...check, expectations, followsRedirects: false }, deps);
  return { verdict, kind };
}

/** What the page must hold is not asked of a redirect that leads there. */
function contentsOf({ expectations, contents }: Check): Expectation[] {
  const statuses = expectations.filter((one) => !contents.includes(one));
  const isOnTheWay = (answer: HttpResponse) =>
    isRedirect(answer) && statuses.some((status) => status(answer) !== undefined);
  return contents.map((content) => (answer) => (isOnTheWay(answer) ? undefined : content(answer)));
}

/** Whatever the check expects: its own status may be that of another method. */
const isServed: Expectation = ({ status }) => {
  if (status < 400) return undefined;
  const message = `the app answered ${status} to a good assertion; so nobody can tell whether it refuses broken ones`;
  return new IapError('app-status', message, { expected: 'below 400', found: status });
};

/**
 * An app may send those that it lets in and those that it does not to two places, with one status. The query is no
 * part of the place: it may be another each time.
 */
function kindOf(answer: HttpResponse, url: URL): string {
  const target = targetOf(answer, url);
  const place = target === undefined ? (answer.headers['location'] ?? '') : target.origin + target.pathname;
  return isRedirect(answer) ? `${answer.status} ${place}` : `${answer.status}`;
}

/** The same answer as to the good assertion. */
function isLike({ kind }: Asked, url: URL): Expectation {
  return (answer) => {
    if (kindOf(answer, url) === kind) return undefined;
    const facts = { expected: 'as to the good assertion', found: answer.status };
    return new IapError('app-status', `the app answered ${answer.status}`, facts);
  };
}

/**
 * Only a refusal of the app's own proves something: what may pass with time, or came from before the app, does not.
 * Where it cannot be told from one of Cloud Run's, it is the app's: Cloud Run has just let the good assertion through.
 */
function isRefusal({ verdict: { error }, kind }: Asked): boolean {
  return kind !== '' && error !== undefined && error.retry === 'no';
}

/** An app may well throw at a broken assertion; but it does at other things, too. */
function isFault({ verdict: { status } }: Asked): boolean {
  return status !== null && (status >= 500 || status === 408 || status === 425);
}

function changing(): IapError {
  const message =
    'the app does not redirect good assertions to one place; so nobody can tell whether it refuses broken ones';
  return new IapError('app-redirect', message, { to: 'another place each time' });
}
