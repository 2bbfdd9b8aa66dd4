import { describe, expect, it } from '@jest/globals';
import { type Inspection, inspectionText } from '../../src/report/inspection.ts';
import { noon } from '../world.ts';

const exp = noon / 1000 + 2700;
const good: Inspection = {
  kind: 'id_token',
  verified: true,
  keys: 'https://www.googleapis.com/oauth2/v3/certs',
  problem: null,
  header: { alg: 'RS256' },
  claims: { email: 'ci@p.iam.gserviceaccount.com', exp },
};
const textOf = (changes: Partial<Inspection> = {}) => inspectionText({ ...good, ...changes }, noon);

describe('inspectionText', () => {
  it('tells all of a token that is right', () => {
    expect(textOf()).toBe(`kind:      a Google ID token
signature: valid, checked with the keys at https://www.googleapis.com/oauth2/v3/certs
expires:   2026-03-01T12:45:00.000Z, in 45 min
header:    {"alg":"RS256"}
claims:    {
  "email": "ci@p.iam.gserviceaccount.com",
  "exp": ${exp}
}
No problem found in the token itself. Only IAP knows its apps and its roles.
`);
  });

  it.each<[string, Partial<Inspection>, string]>([
    ['a wrong signature', { verified: false }, 'signature: INVALID, checked with the keys at https://www.g'],
    [
      'keys that could not be had',
      { verified: null },
      'signature: not checked: could not get the keys at https://www.g',
    ],
    ['an issuer of its own', { verified: null, keys: null }, 'does not know the keys of its issuer'],
    ['an expired token', { claims: { exp: noon / 1000 - 90 } }, 'expires:   2026-03-01T11:58:30.000Z, 1 min 30 s ago'],
    ['a token without an expiry', { claims: {} }, 'expires:   not stated'],
    ['a date that is none', { claims: { exp: 1e300 } }, 'expires:   not stated'],
    ['a signed JWT', { kind: 'signed_jwt' }, 'kind:      a JWT that a service account signed'],
    ['another token', { kind: 'unknown' }, 'kind:      not a kind of token that IAP accepts'],
    [
      'a problem',
      { problem: { code: 'a-code', message: 'it is so', hint: 'Do this.' } },
      '\na-code: it is so\nDo this.\n',
    ],
  ])('tells %s', (_, changes, text) => {
    expect(textOf(changes)).toContain(text);
  });

  it('lets a claim start no command', () => {
    const text = textOf({ claims: { a: '\u001b[31m', b: '##[error]x', c: '\u2028::error::x', d: '\u009b1m' } });
    expect(text).not.toMatch(/[^\P{Cc}\n]|\p{Zl}|##\[|^\s*::/mu);
  });
});
