import { assertionTests, judgeAssertions } from '../iap/assertion.ts';
import { type AttemptDeps, attempt } from './attempt.ts';
import type { Check } from './check.ts';
import type { Verdict } from './verdict.ts';

/**
 * One try with broken assertions: IAP sends the app each kind that it has, and the app must refuse them all.
 * https://cloud.google.com/iap/docs/signed-headers-howto#testing_jwt_verification
 */
export async function attemptAssertions(check: Check, tries: number, deps: AttemptDeps): Promise<Verdict> {
  const { control, broken } = assertionTests(check.url);
  const at = (url: URL): Check => ({ ...check, url, method: 'GET', body: undefined, followsRedirects: false });
  // Without an answer to the good assertion, refusing the broken ones would prove nothing.
  const verdict = await attempt(at(control), tries, deps);
  if (verdict.error !== undefined) return verdict;
  const answers = await Promise.all(
    broken.map(async ({ kind, url }) => ({ kind, verdict: await attempt(at(url), tries, deps) })),
  );
  // Only a refusal of the app's own proves something: what may pass with time, or came from before the app, does not.
  const unproven = answers.find(({ verdict }) => verdict.error !== undefined && !isRefusal(verdict));
  if (unproven !== undefined) return unproven.verdict;
  const accepted = answers.filter(({ verdict }) => verdict.error === undefined).map(({ kind }) => kind);
  return { ...verdict, error: judgeAssertions(accepted) };
}

function isRefusal({ error, answeredBy }: Verdict): boolean {
  return answeredBy === 'app' && error !== undefined && error.retry === 'no' && error.code !== 'response-too-large';
}
