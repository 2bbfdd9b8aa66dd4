import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Env } from '../ci/system.ts';
import { hasCode, IapError } from '../errors.ts';
import { listed } from '../text.ts';
import { openFile, parseFile } from './file.ts';
import { openMachine } from './metadata.ts';
import { malformed } from './shape.ts';
import type { Credential, SourceDeps } from './source.ts';

/**
 * Application Default Credentials, in Google's order:
 * https://cloud.google.com/docs/authentication/application-default-credentials#order
 *
 * @param inputs those that choose a credential, none of which is set
 * @throws {IapError} `credentials-missing`, or what is wrong with the credential that is there
 */
export async function openDefault(inputs: readonly string[], deps: SourceDeps): Promise<Credential> {
  return (await openNamed(deps)) ?? (await openGcloud(deps)) ?? openMachineOrNothing(inputs, deps);
}

// google-github-actions/auth sets both of these, to one path.
const variables = ['GOOGLE_APPLICATION_CREDENTIALS', 'GOOGLE_GHA_CREDS_PATH'];

/** The file that the environment names: if it names one, that one it must be. */
async function openNamed(deps: SourceDeps): Promise<Credential | undefined> {
  const variable = variables.find((name) => deps.env[name]);
  if (variable === undefined) return undefined;
  const text = await read(deps.env[variable] ?? '');
  if (text === undefined)
    throw malformed(
      `file that ${variable} names cannot be read`,
      'Set it to the path of a credential file, or unset it.',
    );
  return openFile(parseFile(text, deps.mask), deps);
}

async function openGcloud(deps: SourceDeps): Promise<Credential | undefined> {
  const path = gcloudFile(deps.env);
  const text = path && (await read(path));
  return text === undefined ? undefined : openFile(parseFile(text, deps.mask), deps);
}

/** Where `gcloud auth application-default login` writes, if this user has a home. */
function gcloudFile({ CLOUDSDK_CONFIG: config, APPDATA: appData, HOME: home }: Env): string | undefined {
  const folder = config || (appData ? join(appData, 'gcloud') : home && join(home, '.config', 'gcloud'));
  return folder && join(folder, 'application_default_credentials.json');
}

async function openMachineOrNothing(inputs: readonly string[], deps: SourceDeps): Promise<Credential> {
  try {
    return await openMachine(deps);
  } catch (cause) {
    // Anything else is a machine on Google Cloud that has a fault of its own.
    const isAbsent = cause instanceof IapError && (hasCode(cause, 'metadata-unavailable') || cause.retry === 'wait');
    if (!isAbsent) throw cause;
    const looked = [
      `The inputs ${listed(inputs)}: none is set.`,
      `The variables ${variables.join(' and ')}: neither is set.`,
      `gcloud's file ${gcloudFile(deps.env) ?? 'application_default_credentials.json'}: it is not there, or cannot be read.`,
      `The metadata server: ${cause.message}.`,
    ].join('\n');
    throw new IapError('credentials-missing', 'no credential was given, and none was found', { looked }, { cause });
  }
}

function read(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch(() => undefined);
}
