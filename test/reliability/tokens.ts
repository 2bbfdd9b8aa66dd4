import type { JWTPayload } from 'jose';
import type { Fault } from '../../src/emulator/index.ts';
import type { Code } from '../../src/errors.ts';
import type { Failing } from './failing.ts';
import { account } from './stage.ts';
import type { Target } from './targets.ts';

/** A token of Google's, or nearly so, with other claims than those that were asked for. */
function token(name: string, code: Code, claims: JWTPayload, more: Partial<Failing> = {}): Failing {
  return {
    name: `a token ${name}`,
    kind: 'wrong token',
    code,
    appliesTo: ({ gives }) => gives !== undefined,
    make: async (target, { emulator }) => answerWith(target, await emulator.mintIdToken({ email: account, ...claims })),
    ...more,
  };
}

function answerWith({ headers = {}, field: of }: Target, jwt: string): Fault {
  return { status: 200, headers, body: of === undefined ? jwt : JSON.stringify({ [of]: jwt }) };
}

/** The right answer, and fields that nobody asked for, each of a wrong type. */
const surplus: Failing = {
  name: 'other fields, of wrong types',
  kind: 'harmless',
  appliesTo: ({ gives, field, service }) => service === 'oidc' || (gives !== undefined && field !== undefined),
  make: async ({ field = '', service }, { emulator }) => {
    const token = service === 'oidc' ? emulator.signCiToken() : emulator.mintIdToken({ email: account });
    const others = { expires_in: 'soon', token_type: [5], scope: { a: null }, count: '?', error: 7 };
    return { status: 200, body: JSON.stringify({ ...others, [field]: await token }) };
  },
};

/** Signed by nobody, or with one bit of the signature turned. */
function forge(how: (parts: readonly string[]) => string): NonNullable<Failing['make']> {
  return async (target, { emulator }) =>
    answerWith(target, how((await emulator.mintIdToken({ email: account })).split('.')));
}

const none = Buffer.from(JSON.stringify({ alg: 'none', typ: 'JWT' })).toString('base64url');
const odds = { email: 5 } as unknown as JWTPayload;

/** Tokens that are not the one that was asked for. */
export const tokens: readonly Failing[] = [
  surplus,
  token('for another audience', 'token-audience', { aud: '1-other.apps.googleusercontent.com' }),
  token('for a list of audiences', 'token-audience', { aud: ['a', 'b'] }),
  token('without an email', 'token-email-missing', { email: undefined }),
  token('whose email is a number', 'token-email-missing', odds),
  token(
    'of another account',
    'token-principal',
    { email: 'eve@example.com' },
    {
      // A refresh token does not tell whose it is.
      appliesTo: ({ gives }) => gives === 'service account',
    },
  ),
  token('of another issuer', 'token-issuer', { iss: 'https://accounts.example.com' }),
  token('that has expired', 'token-expired', { exp: 1_700_000_000 }),
  token('without an expiry', 'token-expired', { exp: undefined } as unknown as JWTPayload),
  token('that is signed by nobody', 'token-signature', {}, { make: forge(([, claims]) => `${none}.${claims}.`) }),
  token(
    'whose signature is another',
    'token-signature',
    {},
    {
      make: forge(([head, claims, signature = '']) => `${head}.${claims}.${signature.split('').reverse().join('')}`),
    },
  ),
];
