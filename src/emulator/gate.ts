import { randomBytes } from 'node:crypto';
import { reply, toReply } from './answer.ts';
import { judgeBearer, type Visitor } from './bearer.ts';
import type { Serve } from './route.ts';
import type { Reply } from './service.ts';
import { signAssertion } from './tamper.ts';
import { seconds, type World } from './world.ts';

/** The `aud` of IAP's assertions: the backend service that it protects. */
export const assertionAudience = '/projects/123456789012/global/backendServices/1234567890123456789';

/**
 * IAP, with the app behind it.
 * https://cloud.google.com/iap/docs/authentication-howto
 */
export function serveGate(world: World): Serve {
  return (request, exchange) => {
    exchange.service = 'edge';
    return reply(world, 'edge', () => {
      exchange.service = 'iap';
      return reply(world, 'iap', async () => {
        const visitor = await admit(request, world);
        if (visitor instanceof Response) return toReply(visitor);
        exchange.service = 'app';
        return callApp(visitor, world);
      });
    });
  };
}

/** The request that the app is to get, or IAP's refusal. */
async function admit(request: Request, world: World): Promise<Request | Response> {
  const bearer = await chooseBearer(request, world);
  if (!bearer) return anonymous(request, world);
  if (typeof bearer.user === 'string') return refuse(401, bearer.user);
  const { user } = bearer;
  if (!world.members.has(user.email)) {
    return refuse(403, `${world.appTitle}: Access denied. For user ${user.email}.`);
  }
  const headers = new Headers(request.headers);
  for (const name of request.headers.keys()) if (name.startsWith('x-goog-')) headers.delete(name);
  headers.delete('proxy-authorization');
  headers.delete(bearer.header);
  for (const [name, value] of Object.entries(await identityHeaders(user, request.url, world))) headers.set(name, value);
  return new Request(request, { headers });
}

interface Bearer {
  readonly header: string;
  readonly user: Visitor | string;
}

/**
 * Proxy-Authorization comes first; Authorization counts only if that held no valid token.
 * unsure: which of two refusals IAP reports. Here it is that of the last header it tried.
 */
async function chooseBearer(request: Request, world: World): Promise<Bearer | undefined> {
  let last: Bearer | undefined;
  for (const header of ['proxy-authorization', 'authorization']) {
    const token = /^Bearer\s+(.+)$/i.exec(request.headers.get(header) ?? '')?.[1];
    if (token === undefined) continue;
    last = { header, user: await judgeBearer(token, request.url, world) };
    if (typeof last.user !== 'string') return last;
  }
  return last;
}

function callApp(request: Request, world: World): Promise<Reply> {
  return reply(world, 'app', async () => toReply(await world.app(request)));
}

/** https://cloud.google.com/iap/docs/signed-headers-howto */
async function identityHeaders({ email, id }: Visitor, url: string, world: World): Promise<Record<string, string>> {
  const iat = seconds(world);
  const claims = { iss: 'https://cloud.google.com/iap', aud: assertionAudience, iat, exp: iat + 600 };
  const assertion = await signAssertion({ ...claims, email, sub: `accounts.google.com:${id}` }, url, world);
  world.ledger.keep(assertion);
  return {
    'x-goog-iap-jwt-assertion': assertion,
    'x-goog-authenticated-user-email': `accounts.google.com:${email}`,
    'x-goog-authenticated-user-id': `accounts.google.com:${id}`,
  };
}

/** A browser is sent to sign in; what is not one (a POST, a script's request) is told. */
function anonymous(request: Request, { iapMode, clientId }: World): Response {
  // unsure: the text on Identity Platform.
  const text =
    iapMode === 'identity-platform' ? 'Invalid GCIP ID token: empty token' : 'Invalid IAP credentials: empty token';
  const isScript = request.headers.get('x-requested-with')?.toLowerCase() === 'xmlhttprequest';
  if (isScript || !['GET', 'HEAD'].includes(request.method)) return refuse(401, text);
  const nonce = randomBytes(16).toString('base64url');
  return refuse(302, text, {
    location: signInUrl(nonce, { iapMode, clientId }),
    'set-cookie': `GCP_IAP_XSRF_NONCE_${nonce}=1; path=/; Secure; HttpOnly`,
  });
}

/** A client of a project of Google's, of which nobody has the secret. */
const managedClient = '369001918367-0123456789abcdefghijklmnopqrstuv.apps.googleusercontent.com';

/** unsure: the parameters of Identity Platform's. */
function signInUrl(nonce: string, { iapMode, clientId }: Pick<World, 'iapMode' | 'clientId'>): string {
  if (iapMode === 'identity-platform') {
    const back = encodeURIComponent(
      'https://iap.googleapis.com/v1alpha1/gcip/resources/0123456789abcdef:handleRedirect',
    );
    return `https://auth.example/?mode=login&apiKey=emulator&redirectUrl=${back}&state=${nonce}`;
  }
  const id = iapMode === 'custom' ? clientId : managedClient;
  return (
    `https://accounts.google.com/o/oauth2/v2/auth?client_id=${id}&response_type=code&scope=openid+email` +
    `&redirect_uri=https://iap.googleapis.com/v1/oauth/clientIds/${id}:handleRedirect&state=${nonce}`
  );
}

const refuse = (status: number, text: string, headers: Record<string, string> = {}): Response =>
  new Response(text, {
    status,
    headers: { 'content-type': 'text/html; charset=UTF-8', 'x-goog-iap-generated-response': 'true', ...headers },
  });
