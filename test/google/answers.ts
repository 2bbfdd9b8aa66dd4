import { fc, hostile } from '../fuzz.ts';

// What no answer may make anybody see; each is masked, or of a form that is never shown.
export const jwt = 'eyJhbGciOiJSUzI1NiJ9.eyJhdWQiOiJodW50ZXIyIn0.aHVudGVyMmh1bnRlcjJodW50ZXIy';
export const opaque = `ya29.d.${'hunter2-'.repeat(12)}`;
export const signature = jwt.split('.')[2] ?? '';

const words = fc.oneof(
  fc.jsonValue(),
  hostile,
  fc.constantFrom(
    ...['invalid_grant', 'Invalid JWT Signature.', 'account not found', 'in a reasonable timeframe', 'invalid_scope'],
    ...['invalid_target', 'Invalid value for "audience"', 'attribute condition', 'audience in ID token'],
    ...['issuer in ID Token', 'stale to sign-in', 'SERVICE_DISABLED', 'project 12', 'Gaia id not found'],
    ...["Permission 'iam.serviceAccounts.signJwt' denied", 'insufficient authentication scopes', 'invalid_rapt'],
    ...['invalid_client', 'invalid_audience', 'expired or revoked', 'iam.serviceAccounts.x;id', jwt, opaque],
  ),
);
const fields = (...names: string[]) =>
  fc.dictionary(fc.constantFrom(...names), words, { maxKeys: 4, noNullPrototype: true });
const oauth = fields('error', 'error_description', 'id_token', 'access_token', 'refresh_token', 'value', 'oidcToken');
const api = fields('code', 'message', 'status', 'details', 'token', 'signedJwt', 'accessToken', 'keys');

/** What a service may answer with, telling words and tokens among it. */
export const bodies = fc.oneof(
  fc.string(),
  fc.json(),
  hostile,
  oauth.map((value) => JSON.stringify(value)),
  api.map((error) => JSON.stringify({ error })),
  api.map((value) => JSON.stringify(value)),
  fc.constantFrom('ci@project.iam.gserviceaccount.com', jwt, opaque, `\n${opaque}\n`, 'null', '[]', '{"keys":[{}]}'),
);
