import { IapError } from '../errors.ts';
import { listed } from '../text.ts';
import { openDefault } from './default.ts';
import { credentialsJson } from './file.ts';
import { givenToken } from './given.ts';
import { impersonate } from './impersonation.ts';
import type { Credential, Source, SourceConfig, SourceDeps } from './source.ts';
import { workloadIdentity } from './workload.ts';

/** The table of credential sources. A new one is a file here, and its row. */
export const sources: readonly Source[] = [givenToken, workloadIdentity, credentialsJson];

/**
 * The source that the inputs choose; undefined if none does: then it is Application Default Credentials.
 *
 * @throws {IapError} `credentials-conflict`
 */
export function chooseSource(config: SourceConfig): Source | undefined {
  const [chosen, ...others] = sources.filter((source) => source.chosenBy(config));
  if (chosen === undefined || others.length === 0) return chosen;
  const inputs = listed([chosen, ...others].map(({ name }) => name));
  throw new IapError('credentials-conflict', `several credentials were given: ${inputs}`, { inputs });
}

/**
 * Opens the source that the inputs choose; as `service_account`, if that is another account than its own.
 *
 * @throws {IapError} what is wrong with the credential
 */
export async function openCredential(config: SourceConfig, deps: SourceDeps): Promise<Credential> {
  const source = chooseSource(config);
  const inputs = sources.map(({ name }) => name);
  const credential = await (source === undefined ? openDefault(inputs, deps) : source.open(config, deps));
  const { serviceAccount: account, delegates } = config;
  if (account === undefined || account === credential.principal) return credential;
  const { accessToken, member } = credential;
  if (accessToken === undefined) {
    const inputs = 'id_token and service_account';
    throw new IapError('credentials-conflict', 'a token given as id_token cannot act as service_account', { inputs });
  }
  return impersonate({ accessToken, member, account, delegates }, deps);
}
