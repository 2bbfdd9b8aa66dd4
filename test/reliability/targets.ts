import type { Service } from '../../src/emulator/index.ts';
import type { Code } from '../../src/errors.ts';
import type { Endpoints } from '../../src/google/endpoints.ts';
import { account, type Stage } from './stage.ts';

export type Inputs = Readonly<Record<string, string>>;

/** A request that can go wrong, by who answers it: one row of the matrix. */
export interface Target {
  /** In words, for the page. */
  readonly name: string;
  readonly service: Service;
  /** The paths of its requests. */
  readonly path: RegExp;
  /** How many requests to the same service come before it, and are to go well. */
  readonly skips?: number;
  /** How many requests of its path follow it, if it goes well. */
  readonly follows?: number;
  /**
   * Who tries again: the transport, four times · the smoke check, within retry_for · the transport, unless nobody
   * answers at all.
   */
  readonly triedBy: 'wire' | 'smoke' | 'probe';
  /** Whether there is no token yet. */
  readonly isBeforeToken?: true;
  /** What comes of it once it is given up: the step fails, or says that the signature was not checked. */
  readonly ends?: 'warning';
  /** What a refusal comes to, and whatever else has no code of its own. */
  readonly refused: Code;
  /** What an answer comes to that nobody can use, where that is not the same. */
  readonly useless?: Code;
  /** What a 403 comes to, where that is not the same. */
  readonly forbidden?: Code;
  readonly redirect?: Code;
  readonly large?: Code;
  /** The field of its answer that counts; none: the answer is no JSON. */
  readonly field?: string;
  /** What a text comes to that cannot stand in a header, where it is not useless like all else. */
  readonly unsendable?: Code;
  /** What a text comes to that is no token, in a field for one. */
  readonly opaque?: Code;
  /** Whether it answers with the token that is exported. */
  readonly gives?: 'service account' | 'user';
  /** Headers of all its answers. */
  readonly headers?: Inputs;
  readonly inputs: (stage: Stage) => Inputs | Promise<Inputs>;
  /** Its own address, behind this origin; where it is the app, the URL is. */
  readonly behind?: (origin: string) => Partial<Endpoints>;
}

const wif = ({ emulator }: Stage): Inputs => ({
  workload_identity_provider: emulator.provider,
  service_account: account,
});
const brought = async ({ emulator }: Stage): Promise<Inputs> => ({
  id_token: await emulator.mintIdToken({ email: account, sub: '1' }),
});
const check = async (stage: Stage): Promise<Inputs> => ({
  ...(await brought(stage)),
  url: `${stage.emulator.appUrl}/json`,
  expect_json: '$.status == "ok"',
  check_protected: 'off',
});

const google = { 'metadata-flavor': 'Google' };
const app = { path: /^\/json$/, triedBy: 'smoke', field: 'status', inputs: check } as const;
const keys = { path: /certs$/, triedBy: 'wire', field: 'keys', service: 'certs' } as const;

export const targets: readonly Target[] = [
  {
    name: "token endpoint, a key's assertion",
    service: 'token',
    path: /^\/token$/,
    triedBy: 'wire',
    refused: 'token-refused',
    field: 'id_token',
    unsendable: 'token-malformed',
    opaque: 'token-malformed',
    gives: 'service account',
    inputs: ({ key }) => ({ credentials_json: JSON.stringify(key) }),
    behind: (origin) => ({ token: `${origin}/token` }),
  },
  {
    name: "token endpoint, a user's refresh",
    service: 'token',
    path: /^\/token$/,
    triedBy: 'wire',
    refused: 'token-refused',
    field: 'id_token',
    opaque: 'token-malformed',
    gives: 'user',
    inputs: ({ user }) => ({ credentials_json: JSON.stringify(user) }),
    behind: (origin) => ({ token: `${origin}/token` }),
  },
  {
    name: "CI's OIDC issuer",
    service: 'oidc',
    path: /^\/oidc\/github$/,
    triedBy: 'wire',
    refused: 'oidc-refused',
    field: 'value',
    opaque: 'sts-refused',
    inputs: wif,
  },
  {
    name: 'Security Token Service',
    service: 'sts',
    path: /^\/v1\/token$/,
    triedBy: 'wire',
    refused: 'sts-refused',
    field: 'access_token',
    opaque: 'iam-refused',
    inputs: wif,
    behind: (origin) => ({ sts: `${origin}/v1/token` }),
  },
  {
    name: 'IAM Credentials, `generateIdToken`',
    service: 'iam',
    path: /:generateIdToken$/,
    triedBy: 'wire',
    refused: 'iam-refused',
    field: 'token',
    opaque: 'token-malformed',
    gives: 'service account',
    inputs: wif,
    behind: (origin) => ({ iamCredentials: `${origin}/v1` }),
  },
  {
    name: 'IAM Credentials, `signJwt`',
    service: 'iam',
    path: /:signJwt$/,
    triedBy: 'wire',
    refused: 'iam-refused',
    field: 'signedJwt',
    opaque: 'token-malformed',
    inputs: (stage) => ({ ...wif(stage), token_kind: 'signed_jwt', target_audience: 'https://app.example.com/*' }),
    behind: (origin) => ({ iamCredentials: `${origin}/v1` }),
  },
  {
    ...keys,
    name: "Google's keys",
    ends: 'warning',
    refused: 'token-signature',
    inputs: wif,
    behind: (origin) => ({ certs: `${origin}/oauth2/v3/certs` }),
  },
  {
    ...keys,
    name: "Google's keys, for an `id_token` that was brought",
    refused: 'token-signature',
    large: 'token-signature',
    inputs: brought,
    behind: (origin) => ({ certs: `${origin}/oauth2/v3/certs` }),
  },
  {
    ...keys,
    name: "a service account's keys",
    service: 'account-certs',
    path: /^\/service_accounts\//,
    ends: 'warning',
    refused: 'token-signature',
    inputs: (stage) => ({ ...wif(stage), token_kind: 'signed_jwt', target_audience: 'https://app.example.com/*' }),
    behind: (origin) => ({ accountCerts: `${origin}/service_accounts/v1/jwk/` }),
  },
  {
    name: 'metadata server, is there one?',
    service: 'metadata',
    path: /\/email$/,
    triedBy: 'probe',
    refused: 'credentials-missing',
    headers: google,
    inputs: () => ({}),
    behind: (origin) => ({ metadata: origin }),
  },
  {
    name: 'metadata server, identity',
    service: 'metadata',
    path: /\/(email|identity)/,
    skips: 1,
    triedBy: 'wire',
    refused: 'metadata-unavailable',
    useless: 'token-malformed',
    gives: 'service account',
    headers: google,
    inputs: () => ({}),
  },
  {
    name: 'IAP, asked for its client id',
    follows: 1,
    service: 'edge',
    path: /^\/json$/,
    triedBy: 'smoke',
    isBeforeToken: true,
    refused: 'discovery-failed',
    inputs: async (stage) => ({ ...(await check(stage)), target_audience: 'discover' }),
  },
  {
    ...app,
    name: 'load balancer before IAP',
    service: 'edge',
    refused: 'app-status',
    useless: 'app-json',
    redirect: 'app-redirect',
  },
  { ...app, name: 'IAP', service: 'iap', refused: 'iap-refused', forbidden: 'iap-access-denied' },
  { ...app, name: 'app', service: 'app', refused: 'app-status', useless: 'app-json', redirect: 'app-redirect' },
  {
    ...app,
    name: 'app, called without a token',
    service: 'edge',
    skips: 1,
    refused: 'app-unprotected',
    large: 'app-unprotected',
    inputs: async (stage) => ({ ...(await check(stage)), check_protected: 'fail' }),
  },
];
