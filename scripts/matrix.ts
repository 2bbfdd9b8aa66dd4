/** Which requests each way to a token makes, in order. docs/credentials.md shows this table; the scenarios hold it to the built action. */

/** A request to Google or to the CI. Fetching keys to check a signature with goes on at the same time, and is left out. */
export type Step =
  | 'oidc'
  | 'sts'
  | 'generateIdToken'
  | 'signJwt'
  | 'token'
  | 'metadata email'
  | 'metadata identity'
  | 'metadata token';

/** The four ways: `exchange` for an ID token, and `token_kind: signed_jwt`. */
export const ways = {
  auto: {},
  token_uri: { exchange: 'token_uri' },
  generate_id_token: { exchange: 'generate_id_token' },
  signed_jwt: { token_kind: 'signed_jwt' },
} as const satisfies Record<string, Readonly<Record<string, string>>>;

export type Way = keyof typeof ways;

/** undefined: this credential cannot. */
export type Row = Readonly<Record<Way, readonly Step[] | undefined>>;

/** What every credential can that acts as a service account through IAM, once it has an access token by `first`. */
function byIam(...first: readonly Step[]): Row {
  return {
    auto: [...first, 'generateIdToken'],
    token_uri: [...first, 'signJwt', 'token'],
    generate_id_token: [...first, 'generateIdToken'],
    signed_jwt: [...first, 'signJwt'],
  };
}

export const matrix = {
  '`credentials_json`: `service_account`': {
    auto: ['token'],
    token_uri: ['token'],
    generate_id_token: ['generateIdToken'],
    signed_jwt: [],
  },
  'the same, with `service_account`': byIam(),
  '`workload_identity_provider`': byIam('oidc', 'sts'),
  '`workload_identity_provider`, `subject_token_file`': byIam('sts'),
  '`credentials_json`: `external_account`, by URL': byIam('oidc', 'sts'),
  '`credentials_json`: `external_account`, by file, with `service_account`': byIam('sts'),
  '`credentials_json`: `impersonated_service_account` of a user': byIam('token'),
  '`credentials_json`: `authorized_user`': {
    auto: ['token'],
    token_uri: undefined,
    generate_id_token: ['token'],
    signed_jwt: undefined,
  },
  'metadata server': {
    auto: ['metadata email', 'metadata identity'],
    token_uri: ['metadata email', 'metadata token', 'signJwt', 'token'],
    generate_id_token: ['metadata email', 'metadata identity'],
    signed_jwt: ['metadata email', 'metadata token', 'signJwt'],
  },
  '`id_token`': { auto: [], token_uri: undefined, generate_id_token: [], signed_jwt: undefined },
} as const satisfies Record<string, Row>;

export type Credential = keyof typeof matrix;
