import type { CheckResult, Problem, TokenFacts } from './result.ts';

/** The printed form of every failure. */
export function problemText({ code, message, hint }: Problem): string {
  return `${code}: ${message}\n${hint}`;
}

export function tokenLine({ kind, audience, principal, expires_at }: TokenFacts): string {
  return `Minted ${kind === 'id_token' ? 'an ID token' : 'a signed JWT'} for ${principal}, audience ${audience}, valid until ${expires_at}.`;
}

export function checkLine(check: CheckResult): string {
  const verdict = check.passed ? 'Passed' : 'Failed';
  const answer = check.status === null ? 'no answer' : `${check.status} from ${check.answered_by}`;
  const tries = check.attempts === 1 ? '1 try' : `${check.attempts} tries`;
  return `${verdict}: ${check.method} ${check.url} brought ${answer} (${tries}, ${check.ms} ms).`;
}

/** What a check has to say of itself, if anything. */
export function problemsOf({ code, message, hint }: CheckResult): Problem[] {
  return code === null ? [] : [{ code, message: message ?? '', hint: hint ?? '' }];
}
