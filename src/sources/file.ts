import { IapError } from '../errors.ts';
import { googleUniverse } from '../google/endpoints.ts';
import type { Mask } from '../token.ts';
import { openExternal } from './external.ts';
import { openImpersonated } from './impersonated.ts';
import { openKey } from './key.ts';
import { malformed } from './shape.ts';
import type { Credential, CredentialFile, OpenFile, Source, SourceDeps } from './source.ts';
import { openUser } from './user.ts';

/** What opens a credential file, by its `type`. A new kind is a file here, and its row. */
const types: Readonly<Record<string, OpenFile>> = {
  service_account: openKey,
  authorized_user: openUser,
  external_account: openExternal,
  impersonated_service_account: openImpersonated,
};

export const credentialsJson: Source = {
  name: 'credentials_json',
  chosenBy: (config) => config.credentialsJson !== undefined,
  open: async (config, deps) => openFile(parseFile(config.credentialsJson ?? '', deps.mask), deps),
};

/**
 * Opens a credential file of any type.
 *
 * @throws {IapError} `credentials-unsupported`, `credentials-malformed`
 */
export async function openFile(file: CredentialFile, deps: SourceDeps): Promise<Credential> {
  const { type } = file;
  if (typeof type !== 'string') throw malformed('has no "type"');
  checkUniverse(file, deps);
  const open = Object.hasOwn(types, type) ? types[type] : undefined;
  if (open !== undefined) return open(file, deps, openFile);
  // The type may be anything that somebody put there: only a known form of word is shown.
  const shown = /^[a-z_]{1,50}$/.test(type) ? type : 'unknown';
  throw new IapError('credentials-unsupported', `a credential of type "${shown}" cannot reach IAP`, {
    fix: `Types that work here: ${Object.keys(types).join(', ')}.`,
  });
}

/** A credential goes to the services of its own universe, and to no other's. */
function checkUniverse(
  { universe_domain: universe = googleUniverse }: CredentialFile,
  { endpoints }: SourceDeps,
): void {
  if (universe === endpoints.universe) return;
  // The field may hold anything: only what looks like a domain is shown.
  const shown = typeof universe === 'string' && /^[a-z0-9.-]{1,60}$/.test(universe) ? universe : '…';
  throw malformed(
    `is of the universe ${JSON.stringify(shown)}, and the input universe is ${endpoints.universe}`,
    'Set the input universe to that of the credential.',
  );
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
