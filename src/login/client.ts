import { IapError } from '../errors.ts';
import { record } from '../json.ts';
import { parseFile } from '../sources/file.ts';
import { malformed, textFields } from '../sources/shape.ts';
import type { Mask } from '../token.ts';

/** An OAuth client of type "Desktop app". */
export interface DesktopClient {
  readonly clientId: string;
  readonly clientSecret: string;
}

const create =
  'Create one under https://console.cloud.google.com/auth/clients: Create client > Application type "Desktop app". ' +
  'Then download its JSON, and give that file.';

/**
 * Reads the file that Google's console gives for a desktop client: `{"installed": {"client_id", "client_secret", …}}`.
 * What it says of addresses is not read: the sign-in goes to Google's own.
 *
 * @throws {IapError} `credentials-malformed`, `credentials-unsupported`
 */
export function readClient(text: string, mask: Mask): DesktopClient {
  const file = parseFile(text, mask);
  if ('web' in file) {
    throw new IapError('credentials-unsupported', 'the OAuth client is of type "Web application"', {
      fix: `A sign-in with it cannot end on this machine: create a client of type "Desktop app" instead. ${create}`,
    });
  }
  if (!('installed' in file)) throw malformed('is not a desktop OAuth client: it has no "installed"', create);
  const fields = textFields(record(file['installed']), ['client_id', 'client_secret']);
  mask(fields.client_secret);
  return { clientId: fields.client_id, clientSecret: fields.client_secret };
}
