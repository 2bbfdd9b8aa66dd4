import { IapError } from '../errors.ts';
import type { HttpResponse } from '../http.ts';
import { assertionTests, type BrokenAssertion, judgeAssertions } from '../iap/assertion.ts';
import { type AttemptDeps, attempt } from './attempt.ts';
import type { Check, Expectation } from './check.ts';
import type { Verdict } from './verdict.ts';

/**
 * One try with broken assertions: IAP sends the app each kind that it has, and the app must refuse them all.
 * https://cloud.google.com/iap/docs/signed-headers-howto#testing_jwt_verification
 */
export async function attemptAssertions(check: Check, deps: AttemptDeps): Promise<Verdict> {
  const { control, broken } = assertionTests(check.url);
  const at = (url: URL, expectations: readonly Expectation[]): Check => ({
    ...check,
    url,
    expectations,
    followsRedirects: false,
  });
  const good = new Set<string>();
  const remember: Expectation = (answer) => void good.add(kindOf(answer));
  // Without an answer to the good assertion, refusing the broken ones would prove nothing.
  const verdict = await attempt(at(control, [isServed, remember]), deps);
  if (verdict.error !== undefined) return verdict;
  const accepted: BrokenAssertion[] = [];
  // One after the other: an app is not to be kept busy by what it refuses.
  for (const { kind, url } of broken) {
    const answer = await attempt(at(url, [isOneOf(good), ...check.contents]), deps);
    if (answer.error === undefined) accepted.push(kind);
    else if (!isRefusal(answer)) return answer;
  }
  return { ...verdict, error: judgeAssertions(accepted) };
}

/** Whatever the check expects: its own status may be that of another method. */
const isServed: Expectation = ({ status }) => {
  if (status < 400) return undefined;
  const message = `the app answered ${status} to a good assertion; so it cannot be told whether it refuses broken ones`;
  return new IapError('app-status', message, { expected: 'below 400', found: status });
};

/** An app may send those that it lets in and those that it does not to two places, with one status. */
function kindOf({ status, headers }: HttpResponse): string {
  return `${status} ${headers['location'] ?? ''}`;
}

/** The same answer as to the good assertion. */
function isOneOf(kinds: ReadonlySet<string>): Expectation {
  return (answer) => {
    if (kinds.has(kindOf(answer))) return undefined;
    const facts = { expected: 'as to the good assertion', found: answer.status };
    return new IapError('app-status', `the app answered ${answer.status}`, facts);
  };
}

/** Only a refusal of the app's own proves something: what may pass with time, or came from before the app, does not. */
function isRefusal({ error, answeredBy }: Verdict): boolean {
  return answeredBy === 'app' && error !== undefined && error.retry === 'no' && error.code !== 'response-too-large';
}
