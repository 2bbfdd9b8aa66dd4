import type { World } from './world.ts';

/** What a job with `permissions: id-token: write` finds in its environment. */
export interface GithubEnv {
  readonly ACTIONS_ID_TOKEN_REQUEST_URL: string;
  readonly ACTIONS_ID_TOKEN_REQUEST_TOKEN: string;
}

/** As `gcloud auth application-default login` writes it; of no address, as google-auth-library heeds none. */
export interface UserFile {
  readonly type: 'authorized_user';
  readonly client_id: string;
  readonly client_secret: string;
  readonly refresh_token: string;
  readonly universe_domain: string;
}

/** As google-github-actions/auth writes it. */
export interface ExternalAccountFile {
  readonly type: 'external_account';
  readonly audience: string;
  readonly subject_token_type: string;
  readonly token_url: string;
  readonly credential_source: FileSource | UrlSource;
  readonly service_account_impersonation_url?: string;
  readonly universe_domain: string;
}

interface FileSource {
  readonly file: string;
}

interface UrlSource {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly format: { readonly type: 'json'; readonly subject_token_field_name: string };
}

/** As `gcloud auth application-default login --impersonate-service-account` writes it. */
export interface ImpersonatedFile {
  readonly type: 'impersonated_service_account';
  readonly service_account_impersonation_url: string;
  readonly delegates: readonly string[];
  readonly source_credentials: object;
  readonly universe_domain: string;
}

export interface ExternalAccountOptions {
  /** Default: the emulator's own provider. */
  readonly provider?: string;
  /** The service account to act as. */
  readonly account?: string;
  /** Path of a file that holds the subject token. */
  readonly file?: string;
  /** Where to ask for a subject token, if there is no file. */
  readonly env: GithubEnv;
}

const universe = { universe_domain: 'googleapis.com' } as const;

const impersonationUrl = ({ url }: World, account: string): string =>
  `${url}/v1/projects/-/serviceAccounts/${account}:generateAccessToken`;

export function externalAccountFile(
  { provider, account, file, env }: ExternalAccountOptions & { readonly provider: string },
  world: World,
): ExternalAccountFile {
  return {
    ...universe,
    type: 'external_account',
    audience: `//iam.googleapis.com/${provider}`,
    subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
    token_url: `${world.url}/v1/token`,
    ...(account === undefined ? {} : { service_account_impersonation_url: impersonationUrl(world, account) }),
    credential_source: file === undefined ? urlSource(provider, env) : { file },
  };
}

function urlSource(provider: string, env: GithubEnv): UrlSource {
  const audience = encodeURIComponent(`https://iam.googleapis.com/${provider}`);
  return {
    url: `${env.ACTIONS_ID_TOKEN_REQUEST_URL}&audience=${audience}`,
    headers: { Authorization: `Bearer ${env.ACTIONS_ID_TOKEN_REQUEST_TOKEN}` },
    format: { type: 'json', subject_token_field_name: 'value' },
  };
}

export function impersonatedFile({ source, account, delegates }: Chain, world: World): ImpersonatedFile {
  return {
    ...universe,
    type: 'impersonated_service_account',
    service_account_impersonation_url: impersonationUrl(world, account),
    delegates,
    source_credentials: source,
  };
}

interface Chain {
  readonly source: object;
  readonly account: string;
  readonly delegates: readonly string[];
}

export function userFile(refreshToken: string, { desktop }: World): UserFile {
  return {
    ...universe,
    type: 'authorized_user',
    client_id: desktop.id,
    client_secret: desktop.secret,
    refresh_token: refreshToken,
  };
}
