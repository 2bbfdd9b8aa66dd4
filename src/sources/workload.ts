import { readFile } from 'node:fs/promises';
import type { Env } from '../ci/system.ts';
import { systemCode } from '../errors.ts';
import { exchangeSubjectToken, jwtType } from '../google/sts.ts';
import { impersonate } from './impersonation.ts';
import { malformed } from './shape.ts';
import type { Source, SourceConfig, SourceDeps } from './source.ts';
import { subjectOf } from './subject.ts';

/**
 * Workload Identity Federation: the CI's own OIDC token becomes a federated token, which may act as the service account.
 * https://cloud.google.com/iam/docs/workload-identity-federation-with-deployment-pipelines
 */
export const workloadIdentity: Source = {
  name: 'workload_identity_provider',
  chosenBy: (config) => config.workloadIdentityProvider !== undefined,
  open: async (config, deps) => {
    const { workloadIdentityProvider, serviceAccount: account = '', delegates, universe } = config;
    const provider = `//iam.${universe}/${workloadIdentityProvider}`;
    const audience = config.audience ?? `https://iam.${universe}/${workloadIdentityProvider}`;
    const subject = subjectOf(provider, () => fetchToken(audience, config, deps), deps.mask);
    const grant = {
      endpoint: deps.endpoints.sts,
      provider,
      subjectToken: subject.token,
      subjectTokenType: jwtType,
      declare: declareOf(audience, config, deps),
    };
    const accessToken = () => exchangeSubjectToken(grant, deps);
    return impersonate({ accessToken, account, delegates, member: subject.member }, deps);
  },
};

/** How the job says what the token is for; '' where it is another issuer's, undefined where the CI system is asked. */
function declareOf(
  audience: string,
  { subjectTokenFile, subjectTokenVariable }: SourceConfig,
  { ci }: SourceDeps,
): string | undefined {
  if (subjectTokenFile !== undefined) return '';
  return ci.declare?.(audience) ?? (subjectTokenVariable === undefined ? undefined : '');
}

async function fetchToken(
  audience: string,
  { subjectTokenFile, subjectTokenVariable }: SourceConfig,
  { ci, env, http, mask }: SourceDeps,
): Promise<string> {
  if (subjectTokenFile !== undefined) return readToken(subjectTokenFile);
  if (subjectTokenVariable !== undefined) return tokenIn(env, subjectTokenVariable);
  return ci.subjectToken(audience, { http, mask });
}

function tokenIn(env: Env, variable: string): string {
  const token = env[variable]?.trim() ?? '';
  if (token !== '') return token;
  const what = env[variable] === undefined ? 'is not set' : 'is empty';
  const fix = 'Pass the variable to this step, with the OIDC token in it and nothing else.';
  throw malformed(`variable ${variable} (subject_token_variable) ${what}`, fix);
}

async function readToken(path: string): Promise<string> {
  const fix = 'Write the OIDC token to that file first, and nothing else.';
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    const code = systemCode(cause) ?? 'unreadable';
    throw malformed(`file ${JSON.stringify(path)} (subject_token_file) cannot be read: ${code}`, fix);
  });
  const token = text.trim();
  if (token === '') throw malformed(`file ${JSON.stringify(path)} (subject_token_file) is empty`, fix);
  return token;
}
