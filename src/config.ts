import { held, variable } from './ci/variable.ts';
import { googleUniverse } from './google/endpoints.ts';
import { audience, domain, email, oidcAudience, provider } from './google/kinds.ts';
import { always, choice, flag, type Input, list, optional, secret, text, type Values } from './inputs.ts';
import { smokeInputs } from './smoke/inputs.ts';

/**
 * Every input, as a row. The docs, `action.yml`, `--help` and the type Config follow from this table:
 * after a change run `npm run generate`.
 */
export const inputs = {
  credentials_json: optional(secret('JSON, or base64 of it'), {
    group: 'credential',
    help: 'A Google credential file: `service_account`, `authorized_user`, `external_account` or `impersonated_service_account`.',
  }),
  workload_identity_provider: optional(provider, {
    group: 'credential',
    help: "The provider that trusts the CI's own OIDC token. Needs `service_account`.",
  }),
  service_account: optional(email, {
    group: 'credential',
    help: 'The service account to act as. Needed with `workload_identity_provider`; with any other credential it impersonates.',
  }),
  delegates: always(list(email), {
    group: 'credential',
    default: '',
    help: 'The delegation chain: service accounts, in order, through which the credential impersonates `service_account`.',
  }),
  audience: optional(oidcAudience, {
    group: 'credential',
    help: "The audience to request for the CI's own OIDC token, if it is not `https://iam.googleapis.com/` followed by the provider.",
  }),
  subject_token_file: optional(
    { ...text, takes: 'a path' },
    {
      group: 'credential',
      help: "A file that holds an OIDC token from another issuer, used instead of the CI's own. Needs `workload_identity_provider`.",
    },
  ),
  subject_token_variable: optional(held, {
    group: 'credential',
    help: "The name of an environment variable that holds an OIDC token, used instead of the CI's own. Needs `workload_identity_provider`.",
  }),
  id_token: optional(secret('a JWT'), {
    group: 'credential',
    help: 'A token that was minted elsewhere: it is checked, exported and used.',
  }),
  universe: always(domain, {
    group: 'credential',
    default: googleUniverse,
    help: 'The Google Cloud universe domain; change it only outside the public cloud.',
  }),
  target_audience: optional(audience, {
    group: 'token',
    help: "IAP's OAuth client id: `NNN-….apps.googleusercontent.com`. Or `discover`, to read it from the sign-in redirect of `url`.",
  }),
  token_kind: always(choice('id_token', 'signed_jwt'), {
    group: 'token',
    default: 'id_token',
    help: "What to mint. `signed_jwt` is a JWT that the service account signs for the app's URL: IAP accepts nothing else with its Google-managed client.",
  }),
  exchange: always(choice('auto', 'token_uri', 'generate_id_token'), {
    group: 'token',
    default: 'auto',
    help: 'How the ID token is minted: `token_uri` exchanges a signed assertion at the token endpoint, `generate_id_token` asks IAM for it. `auto` picks the one that needs the fewest permissions.',
  }),
  verify: always(flag, {
    group: 'token',
    default: 'true',
    help: "Check the token's signature against Google's keys. Its claims are always checked.",
  }),
  ...smokeInputs,
  show_response: always(choice('on_failure', 'never'), {
    group: 'report',
    default: 'on_failure',
    help: "Whether the log shows an excerpt of the app's answer when a check fails.",
  }),
  export_env: optional(variable, {
    group: 'report',
    help: 'The environment variable that holds the token for later steps.',
  }),
  header_file: always(flag, {
    group: 'report',
    default: 'false',
    help: 'Write `Authorization: Bearer …` to a private file, for `curl -H @FILE` in later steps. The action removes it when the job ends.',
  }),
  summary: always(flag, {
    group: 'report',
    default: 'true',
    help: 'Write a step summary, where the CI system has one.',
  }),
  junit_file: optional(
    { ...text, takes: 'a path' },
    { group: 'report', help: 'Where to write the checks as JUnit XML.' },
  ),
} satisfies Record<string, Input<unknown>>;

/** Every output of the action, in the order of the docs. The token's are set before the smoke check starts. */
export const outputs = {
  token: 'The token, for `Authorization: Bearer …` in later steps of this job. Masked.',
  id_token: 'The same token, if it is an ID token.',
  token_kind: '`id_token` or `signed_jwt`.',
  target_audience: 'The audience of the token.',
  principal: 'The email that the token carries: the account to grant access to.',
  header_file: 'With `header_file: true`: the path of the file. It is removed when the job ends.',
  expires_at: 'When the token expires, in RFC 3339: one hour after it was minted.',
  result: '`passed`, `failed`, or `skipped` where no `url` was given.',
  status: 'The HTTP status of the first check; empty without an answer.',
  report:
    'The whole result as JSON: `{passed, token: {kind, audience, principal, expires_at}, checks: [{name, url, method, passed, code, message, hint, status, answered_by, attempts, ms}]}`.',
} as const;

export type OutputName = keyof typeof outputs;

export type InputName = keyof typeof inputs;

/** All inputs, parsed, under their names in camel case. */
export type Config = Values<typeof inputs>;

/** One value that somebody wrote, and the name that they wrote it by. */
export interface Given {
  readonly name: string;
  readonly writtenAs: string;
  readonly value: string;
  /** What is wrong with it already, before it is parsed. */
  readonly problem?: string;
}
