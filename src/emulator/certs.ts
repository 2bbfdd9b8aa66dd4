import type { JWK } from 'jose';
import { jwksOf } from './account.ts';
import { accountNotFound, answerError } from './apierror.ts';
import type { Handler } from './route.ts';

/** The keys of ID tokens: https://www.googleapis.com/oauth2/v3/certs */
export const certs: Handler = (_request, { keys }) => jwkSet([keys.googleNext.jwk, keys.google.jwk]);

/** The keys of IAP's assertions: https://www.gstatic.com/iap/verify/public_key-jwk */
export const iapKeys: Handler = (_request, { keys }) => jwkSet([keys.iap.jwk]);

/** The keys of a service account: https://www.googleapis.com/service_accounts/v1/jwk/EMAIL. unsure: the 404's body. */
export const accountKeys: Handler = async (request, { accounts }) => {
  const email = decodeURIComponent(new URL(request.url).pathname.split('/').at(-1) ?? '');
  const account = accounts.get(email);
  return account ? jwkSet(await jwksOf(account)) : answerError(accountNotFound(email));
};

const jwkSet = (keys: JWK[]): Response =>
  new Response(JSON.stringify({ keys }), {
    headers: {
      'content-type': 'application/json; charset=UTF-8',
      'cache-control': 'public, max-age=22000, must-revalidate, no-transform',
    },
  });
