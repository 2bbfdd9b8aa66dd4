import { IapError } from '../errors.ts';
import { maskJwt, readClaims } from '../token.ts';
import type { Source } from './source.ts';

/** A token that was minted elsewhere: it is checked, exported and used as if minted here. */
export const givenToken: Source = {
  name: 'id_token',
  chosenBy: (config) => config.idToken !== undefined,
  open: async ({ idToken = '' }, { mask }) => {
    maskJwt(idToken, mask);
    checkForm(idToken);
    return {
      principal: undefined,
      prefers: 'id_token',
      isUnvouched: true,
      member: () => 'user:EMAIL',
      idToken: async () => idToken,
    };
  },
};

function checkForm(jwt: string): void {
  const source = 'the input id_token';
  try {
    readClaims(jwt, source);
  } catch (cause) {
    const fix = 'Give the token itself, without "Bearer" and without quotes.';
    throw new IapError('token-malformed', `${source} is not a JWT`, { source, fix }, { cause });
  }
}
