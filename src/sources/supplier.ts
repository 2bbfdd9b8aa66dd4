import { readFile } from 'node:fs/promises';
import { isNativeError } from 'node:util/types';
import { IapError, systemCode } from '../errors.ts';
import { jsonObject, record, textOf } from '../json.ts';
import { isConfidential } from '../origin.ts';
import { wordsOf } from '../text.ts';
import { malformed } from './shape.ts';
import type { CredentialFile, SourceDeps } from './source.ts';

type Fields = Readonly<Record<string, unknown>>;

const recreate = 'Create the file again: gcloud iam workload-identity-pools create-cred-config';

/**
 * Gives the subject tokens of an external account, from wherever its `credential_source` says:
 * https://google.aip.dev/auth/4117
 *
 * @throws {IapError} `credentials-malformed`
 */
export async function supplierOf(file: CredentialFile, deps: SourceDeps): Promise<() => Promise<string>> {
  const source = record(file['credential_source']);
  const { file: path, url, executable, environment_id: environment } = source;
  // First: AWS has a `url`, too.
  if (environment !== undefined) return byLibrary({ ...file, credential_source: awsSource(source) });
  if (executable !== undefined) return byLibrary(file);
  if (typeof path === 'string') return async () => tokenIn(await read(path), source);
  if (typeof url === 'string') return () => fetchToken(url, source, deps);
  throw malformed('has a credential_source that cannot be used', recreate);
}

async function read(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw unavailable(systemCode(error) ?? 'unreadable');
  }
}

async function fetchToken(url: string, source: Fields, { http, mask }: SourceDeps): Promise<string> {
  const target = addressOf({ url }, 'url');
  const isLinkLocal = !isConfidential(target);
  const headers = headersIn(source);
  // google-github-actions/auth writes the runner's own bearer into the file.
  for (const value of Object.values(headers)) if (value.length >= 16) mask(value.replace(/^Bearer /i, ''));
  const { status, body } = await http({ method: 'GET', url: target, headers, ...(isLinkLocal ? { isLinkLocal } : {}) });
  if (status !== 200) throw unavailable(wordsOf(status));
  return tokenIn(body, source);
}

// The metadata servers of Azure, which has Google's address, and of AWS: none of them speaks TLS.
const linkLocal = ['http://169.254.169.254', 'http://[fd00:ec2::254]'];

/** @throws {IapError} `credentials-malformed` */
function addressOf(source: Fields, name: string): URL {
  const url = URL.parse(textOf(source[name]));
  if (url !== null && (isConfidential(url) || linkLocal.includes(url.origin))) return url;
  throw malformed(`has a credential_source.${name} that is not https`, recreate);
}

/** What google-auth-library goes by, each field by one of the two names that it knows. */
function awsSource(source: Fields): Fields {
  const addresses = ['url', 'region_url', 'imdsv2_session_token_url'].filter((name) => source[name] !== undefined);
  const { environment_id, regional_cred_verification_url } = source;
  return {
    environment_id,
    regional_cred_verification_url,
    ...Object.fromEntries(addresses.map((name) => [name, addressOf(source, name).href])),
  };
}

function headersIn({ headers }: Fields): Record<string, string> {
  const fields = Object.entries(record(headers));
  // What HTTP can carry: https://www.rfc-editor.org/rfc/rfc9110#section-5
  const isField = (field: [string, unknown]): field is [string, string] =>
    /^[\w!#$%&'*+.^`|~-]+$/.test(field[0]) &&
    typeof field[1] === 'string' &&
    /^[\t\x20-\x7e\x80-\xff]*$/.test(field[1]);
  if (!fields.every(isField)) throw malformed('has credential_source.headers that HTTP cannot carry', recreate);
  return Object.fromEntries(fields);
}

/** The token in what was read: all of it, or a field of it. */
function tokenIn(text: string, { format }: Fields): string {
  const { type = 'text', subject_token_field_name: field } = record(format);
  const token = type === 'json' ? typeof field === 'string' && jsonObject(text)[field] : text.trim();
  if (typeof token === 'string' && token !== '') return token;
  throw unavailable(type === 'json' ? 'no such field in its JSON' : 'it is empty');
}

/** What google-auth-library's clients for external accounts all do. */
interface Client {
  retrieveSubjectToken(): Promise<string>;
}

/** AWS and commands are google-auth-library's to ask, by a transport of its own; it is loaded only here. */
async function byLibrary({
  type,
  audience,
  subject_token_type,
  token_url,
  service_account_impersonation_url,
  credential_source,
}: CredentialFile): Promise<() => Promise<string>> {
  const { AwsClient, PluggableAuthClient } = await import('google-auth-library');
  const isCommand = record(credential_source)['environment_id'] === undefined;
  // Their options are the file, which they check; but it could tell their transport where to go, too.
  const options = {
    type,
    audience,
    subject_token_type,
    token_url,
    service_account_impersonation_url,
    credential_source,
  };
  const LibraryClient = (isCommand ? PluggableAuthClient : AwsClient) as unknown as new (
    options: CredentialFile,
  ) => Client;
  let client: Client;
  try {
    client = new LibraryClient(options);
  } catch {
    // Without a cause: it may quote the file.
    throw malformed('has a credential_source that cannot be used', recreate);
  }
  return async () => {
    try {
      return await client.retrieveSubjectToken();
    } catch (error) {
      // Its errors carry the request, headers and all: only what a network says by itself is told.
      throw unavailable(
        /\b(E[A-Z]{4,}|[45]\d\d)\b/.exec(isNativeError(error) ? error.message : '')?.[0] ??
          'no reason that is safe to show',
      );
    }
  };
}

function unavailable(why: string): IapError {
  const fix =
    'Look at credential_source in the file: check that what it names exists in this job. A credential file from another job does not work here.';
  return new IapError('oidc-unavailable', `the credential's source returned no subject token: ${why}`, { fix });
}
