import { tellingBytes } from '../http.ts';
import { isIap } from '../iap/sign.ts';
import { iapRefusal } from '../iap/words.ts';
import { abortable } from './abort.ts';
import { beginningOf } from './body.ts';
import { argumentsOf, type Call, type Revealing, redirectOf, requestOf, withToken } from './call.ts';
import { type Hop, headOf, nextHop } from './redirect.ts';

/** Sends a request with a token, and follows redirects, if the caller wants them followed. */
export async function follow<T extends Revealing>(first: Hop, call: Call<T>): Promise<Response> {
  const isFollowing = redirectOf(call) === 'follow';
  let hop = first;
  for (let redirects = 0; ; redirects++) {
    const send = (one: Hop) => call.fetch(...argumentsOf(one, redirects === 0, call));
    const response = await (hop.isTrusted ? sendTrusted(hop, send, call) : send(hop));
    const next = isFollowing ? nextHop(response, hop, redirects) : undefined;
    if (next === undefined) return redirects === 0 ? response : asRedirected(response);
    await response.body?.cancel();
    hop = next;
  }
}

/** With a token; with another, where IAP finds it expired and the request can be sent twice. */
async function sendTrusted<T extends Revealing>(
  hop: Hop,
  send: (hop: Hop) => Promise<Response>,
  { source, input, init }: Call<T>,
): Promise<Response> {
  const signal = init.signal ?? requestOf(input)?.signal;
  const bearer = await abortable(source.getToken(), signal);
  const response = await send(withToken(hop, bearer, source));
  if (!hop.canRepeat || !(await isExpired(response, hop.url, signal))) return response;
  await response.body?.cancel();
  return send(withToken(hop, await abortable(source.getToken(bearer), signal), source));
}

/** Only the kind of refusal counts here: what it says of the token is not looked at. */
const unknown = { kind: 'id_token', audience: '', principal: '', expiry: '' } as const;

async function isExpired(response: Response, url: URL, signal: AbortSignal | null | undefined): Promise<boolean> {
  const head = headOf(response);
  if (!isIap(head)) return false;
  const body = await beginningOf(response, { bytes: tellingBytes, signal });
  return iapRefusal({ ...head, body, tries: 1 }, { ...unknown, url })?.code === 'iap-token-expired';
}

/** As `fetch` marks an answer that redirects led to. */
function asRedirected(response: Response): Response {
  return Object.defineProperty(response, 'redirected', { value: true });
}
