import { IapError } from '../errors.ts';

/** What is wrong with a credential, never any of it. */
export function malformed(
  what: string,
  fix = 'Give the whole file as Google wrote it.',
): IapError<'credentials-malformed'> {
  return new IapError('credentials-malformed', `the credential ${what}`, { fix });
}

/**
 * The fields of these names, each a text.
 *
 * @throws {IapError} `credentials-malformed`, with the names of all that are not there
 */
export function textFields<N extends string>(
  file: Readonly<Record<string, unknown>>,
  names: readonly N[],
): Record<N, string> {
  const absent = names.filter((name) => typeof file[name] !== 'string' || file[name] === '');
  if (absent.length > 0) throw malformed(`lacks ${absent.join(', ')}`);
  // Each was just seen to be a text.
  return Object.fromEntries(names.map((name) => [name, file[name]])) as Record<N, string>;
}
