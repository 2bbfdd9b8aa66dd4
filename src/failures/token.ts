import { failure } from './failure.ts';

const notExported = 'The token was not exported.';

/** What mends a token that its `aud` or `iss` shows to be a CI system's own. */
const ownToken = (found: string) =>
  /https:\/\/(iam\.googleapis\.com\/|token\.actions\.githubusercontent\.com|gitlab\.com)/.test(found)
    ? " This is the CI's own token: do not give it as id_token, but set workload_identity_provider."
    : '';

/** What is wrong with a minted token, found before it is exported. */
export const tokenFailures = {
  'token-malformed': failure(
    'no',
    'what should be a token is not a JWT',
    (f: { source: string; fix?: string }) =>
      f.fix ?? `${f.source} returned something other than a token: is a proxy in between? ${notExported}`,
    { source: 'SOURCE' },
  ),
  'token-audience': failure(
    'no',
    'the token is for another audience than the one asked for',
    (f: { expected: string; found: string }) =>
      `Expected ${f.expected}, found ${f.found}. ${notExported}${ownToken(f.found)}`,
  ),
  'token-email-missing': failure(
    'no',
    'the token has no `email` claim, which IAP requires',
    (f: { principal: string }) =>
      `Expected the email ${f.principal}. IAP refuses every token without one. ${notExported}`,
  ),
  'token-principal': failure(
    'no',
    'the token is for another account than the credential',
    (f: { expected: string; found: string }) => `Expected ${f.expected}, found ${f.found}. ${notExported}`,
  ),
  'token-issuer': failure(
    'no',
    'the token was not issued by Google',
    (f: { expected: string; found: string }) =>
      `Expected ${f.expected}, found ${f.found}. ${notExported}${ownToken(f.found)}`,
  ),
  'token-expired': failure(
    'no',
    'the token has already expired, or has no expiry',
    (f: { expiry: string; now: string }) =>
      `It expires at ${f.expiry}; the time is now ${f.now}. Is this machine's clock right? ${notExported}`,
  ),
  'token-signature': failure(
    'no',
    'the token is not signed with one of Google’s keys, or only its signature vouches for it and it cannot be checked',
    (f: { keys: string; fix?: string }) =>
      `${f.fix ?? `None of the keys at ${f.keys} signed it: something between here and Google may have changed it.`} ${notExported}`,
    { keys: 'KEYS' },
  ),
};
