import { maskJwt, readClaims } from '../token.ts';
import type { Source } from './source.ts';

/** A token that was minted elsewhere: it is checked, exported and used as if minted here. */
export const givenToken: Source = {
  name: 'id_token',
  chosenBy: (config) => config.idToken !== undefined,
  open: async ({ idToken = '' }, { mask }) => {
    maskJwt(idToken, mask);
    readClaims(idToken, 'id_token');
    return {
      principal: undefined,
      prefers: 'id_token',
      isUnvouched: true,
      member: () => 'user:EMAIL',
      idToken: async () => idToken,
    };
  },
};
