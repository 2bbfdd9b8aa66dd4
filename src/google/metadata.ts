import { isEmail } from '../email.ts';
import { IapError } from '../errors.ts';
import type { Http, HttpRequest, HttpResponse } from '../http.ts';
import { jsonObject } from '../json.ts';
import { wordsOf } from '../text.ts';
import { bearerIn, type Mask, maskJwt } from '../token.ts';

interface Deps {
  readonly http: Http;
  readonly mask: Mask;
}

/** The metadata server's origin, as the environment names it: https://cloud.google.com/compute/docs/metadata/querying-metadata */
export function metadataOrigin(env: Readonly<Record<string, string | undefined>>): string {
  const host = env['GCE_METADATA_IP'] || env['GCE_METADATA_HOST'] || '169.254.169.254';
  return `http://${host.replace(/^http:\/\//, '').replace(/\/$/, '')}`;
}

/**
 * The email of the machine's service account. That there is no metadata server is known after three seconds, the time
 * that Google's own clients wait for one: https://github.com/googleapis/google-cloud-node-core/tree/main/packages/gcp-metadata
 * A busy one is waited for.
 */
export async function fetchEmail(origin: string, deps: Deps): Promise<string> {
  const email = await fetchText(origin, 'email', deps, { isThere: isGoogles, within: 3000 });
  if (!isEmail(email)) throw unavailable(origin, 'it did not return a valid email');
  return email;
}

/** An ID token of the machine's service account, with its email: https://cloud.google.com/compute/docs/instances/verifying-instance-identity */
export async function fetchIdentity(origin: string, audience: string, deps: Deps): Promise<string> {
  const jwt = await fetchText(origin, `identity?audience=${encodeURIComponent(audience)}&format=full`, deps);
  maskJwt(jwt, deps.mask);
  return jwt;
}

/** An access token of the machine's service account. */
export async function fetchAccessToken(origin: string, deps: Deps): Promise<string> {
  const token = bearerIn(jsonObject(await fetchText(origin, 'token', deps))['access_token']);
  if (token === undefined) throw unavailable(origin, 'no access token in its answer');
  deps.mask(token);
  return token;
}

async function fetchText(origin: string, what: string, { http }: Deps, probe?: HttpRequest['probe']): Promise<string> {
  if (!URL.canParse(origin)) throw unavailable(origin, 'the address is not valid');
  const url = `${origin}/computeMetadata/v1/instance/service-accounts/default/${what}`;
  // The address is link-local: what it answers never leaves the machine that hosts the VM.
  const response = await http({
    method: 'GET',
    url,
    headers: { 'metadata-flavor': 'Google' },
    isLinkLocal: true,
    ...(probe && { probe }),
  });
  if (!isGoogles(response.headers)) throw unavailable(origin, "the answer does not carry Google's header");
  if (response.status !== 200) throw unavailable(origin, wordsOf(response.status, response.body));
  return response.body.trim();
}

/** A proxy or a captive portal answers too, but not with this header. */
function isGoogles(headers: HttpResponse['headers']): boolean {
  return headers['metadata-flavor'] === 'Google';
}

function unavailable(origin: string, why: string): IapError {
  const host = origin.replace(/^http:\/\//, '');
  return new IapError('metadata-unavailable', `cannot use the metadata server at ${host}: ${why}`, { host });
}
