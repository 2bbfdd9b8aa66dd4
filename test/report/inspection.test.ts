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
    expect(textOf()).toBe(`kind:      an ID token of Google
signature: right, by the keys at https://www.googleapis.com/oauth2/v3/certs
expires:   2026-03-01T12:45:00.000Z, in 45 min
header:    {"alg":"RS256"}
claims:    {
  "email": "ci@p.iam.gserviceaccount.com",
  "exp": ${exp}
}
Nothing is wrong with it, as far as it tells. Only IAP knows its apps and its roles.
`);
  });

  it.each<[string, Partial<Inspection>, string]>([
    ['a wrong signature', { verified: false }, 'signature: WRONG, by the keys at https://www.g'],
    ['keys that could not be had', { verified: null }, 'signature: not checked: no keys at https://www.g'],
    ['an issuer of its own', { verified: null, keys: null }, 'the keys of its issuer are not known here'],
    ['an expired token', { claims: { exp: noon / 1000 - 90 } }, 'expires:   2026-03-01T11:58:30.000Z, 1 min 30 s ago'],
    ['a token without an expiry', { claims: {} }, 'expires:   it does not say'],
    ['a date that is none', { claims: { exp: 1e300 } }, 'expires:   it does not say'],
    ['a signed JWT', { kind: 'signed_jwt' }, 'kind:      a JWT that a service account signed itself'],
    ['another token', { kind: 'unknown' }, 'kind:      none that IAP takes'],
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
