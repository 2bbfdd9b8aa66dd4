import { IapError } from '../errors.ts';

/** What is wrong with a credential, never any of it. */
export function malformed(what: string, fix: string): IapError<'credentials-malformed'> {
  return new IapError('credentials-malformed', `the credential ${what}`, { fix });
}
