import { IapError } from '../errors.ts';
import type { Mask } from '../token.ts';
import { openKey } from './key.ts';
import { malformed } from './malformed.ts';
import type { Credential, Source, SourceDeps } from './source.ts';

/** The fields of a Google credential file, not yet checked. */
export type CredentialFile = Readonly<Record<string, unknown>>;

type Open = (file: CredentialFile, deps: SourceDeps) => Promise<Credential>;

/** What opens a credential file, by its `type`. */
const types: Readonly<Record<string, Open>> = { service_account: openKey };

export const credentialsJson: Source = {
  name: 'credentials_json',
  looksFor: 'the input credentials_json',
  chosenBy: (config) => config.credentialsJson !== undefined,
  open: async (config, deps) => openFile(parseFile(config.credentialsJson ?? '', deps.mask), deps),
};

async function openFile(file: CredentialFile, deps: SourceDeps): Promise<Credential> {
  const { type } = file;
  if (typeof type !== 'string') throw malformed('has no "type"', 'Give the whole file as Google wrote it.');
  const open = Object.hasOwn(types, type) ? types[type] : undefined;
  if (open !== undefined) return open(file, deps);
  // The type may be anything that somebody put there: only a known form of word is shown.
  const shown = /^[a-z_]{1,50}$/.test(type) ? type : 'unknown';
  const kinds = Object.keys(types).join(', ');
  throw new IapError('credentials-unsupported', `a credential of type "${shown}" is not supported`, { kinds });
}

/**
 * Reads a credential file, given as JSON or as base64 of it.
 *
 * @throws {IapError} `credentials-malformed`. Without a cause, as JSON.parse quotes what it was given.
 */
export function parseFile(given: string, mask: Mask): CredentialFile {
  const text = given.trim().replace(/^\ufeff/, '');
  const json = text.startsWith('{') ? text : decodeBase64(text, mask);
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    throw malformed('is not valid JSON', fixFor(json));
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw malformed('is not a JSON object', 'Give the whole file, from { to }.');
  }
  return value as CredentialFile;
}

function decodeBase64(text: string, mask: Mask): string {
  for (const line of text.split(/\s+/).filter((line) => line.length >= 16)) mask(line);
  const compact = text.replace(/\s/g, '');
  const decoded = /^[\w+/-]+={0,2}$/.test(compact) ? Buffer.from(compact, 'base64').toString('utf8') : '';
  const json = decoded.trim().replace(/^\ufeff/, '');
  if (json.startsWith('{')) return json;
  const isPath = /\.json$/i.test(text);
  throw malformed(
    'is neither JSON nor base64 of JSON',
    isPath
      ? 'It looks like a path: give what the file holds (on the command line: @PATH).'
      : 'Give the whole file, from { to }.',
  );
}

function fixFor(json: string): string {
  if (/-----BEGIN [A-Z ]+-----[\r\n]/.test(json)) {
    return 'Its private_key holds real line breaks; in JSON each must be the two characters \\n. Store the file again, unchanged.';
  }
  if (!json.trimEnd().endsWith('}'))
    return 'Its end is missing: it was cut off on the way. Store the whole file again.';
  return 'Store the file again as Google wrote it, or base64 of it: base64 -w0 key.json';
}
