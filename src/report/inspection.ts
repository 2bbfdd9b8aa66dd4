import { inert } from '../text.ts';
import { problemText } from './lines.ts';
import type { Problem } from './result.ts';
import { timeText } from './time.ts';

/** What a token says of itself, and what there is to say of it. */
export interface Inspection {
  /** `unknown`: neither an ID token of Google's nor a JWT that a service account signed itself. */
  readonly kind: 'id_token' | 'signed_jwt' | 'unknown';
  /** Whether the signature is right; null if it could not be checked. */
  readonly verified: boolean | null;
  /** Where the keys are that it was checked with; null if the issuer's are not known here. */
  readonly keys: string | null;
  /** Why IAP would refuse it, the first reason; null if nothing is seen to be wrong. */
  readonly problem: Problem | null;
  readonly header: Readonly<Record<string, unknown>>;
  readonly claims: Readonly<Record<string, unknown>>;
}

const kinds = {
  id_token: 'a Google ID token',
  signed_jwt: 'a JWT that a service account signed',
  unknown: 'not a kind of token that IAP accepts',
} as const;

/** An inspection for people. `now` is in milliseconds since 1970. */
export function inspectionText({ kind, verified, keys, problem, header, claims }: Inspection, now: number): string {
  const lines = [
    `kind:      ${kinds[kind]}`,
    `signature: ${signatureText(verified, keys)}`,
    `expires:   ${expiryText(claims['exp'], now)}`,
    `header:    ${JSON.stringify(header)}`,
    `claims:    ${JSON.stringify(claims, null, 2)}`,
    problem === null
      ? 'No problem found in the token itself. Only IAP knows its apps and its roles.'
      : problemText(problem),
  ];
  // What a token says is text of unknown origin.
  return `${inert(lines.join('\n'))}\n`;
}

function signatureText(verified: boolean | null, keys: string | null): string {
  if (keys === null) return 'not checked: iap-auth does not know the keys of its issuer';
  if (verified === null) return `not checked: could not get the keys at ${keys}`;
  return `${verified ? 'valid' : 'INVALID'}, checked with the keys at ${keys}`;
}

function expiryText(exp: unknown, now: number): string {
  const date = new Date(typeof exp === 'number' ? exp * 1000 : Number.NaN);
  if (Number.isNaN(date.getTime())) return 'not stated';
  const left = date.getTime() - now;
  return `${date.toISOString()}, ${left > 0 ? `in ${timeText(left)}` : `${timeText(-left)} ago`}`;
}
