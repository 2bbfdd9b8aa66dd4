import { setTimeout as sleep } from 'node:timers/promises';
import { createLocalJWKSet, type JWTVerifyGetKey, jwtVerify } from 'jose';
import { assertionAudience } from './gate.ts';
import type { App, Keys, World } from './world.ts';

/** The demo app. It trusts nothing but IAP's assertion, as an app behind IAP should. */
export function createDemoApp({ keys, now }: Pick<World, 'now'> & { readonly keys: Pick<Keys, 'iap'> }): App {
  const iapKeys = createLocalJWKSet({ keys: [keys.iap.jwk] });
  return async (request) => {
    const email = await readEmail(request, { iapKeys, now });
    if (email === undefined) return new Response('The x-goog-iap-jwt-assertion header is not valid.', { status: 401 });
    const { pathname } = new URL(request.url);
    const page = pages.find(({ path }) => path.test(pathname));
    return page ? page.show(request, email) : new Response('Not found.', { status: 404 });
  };
}

const pages: readonly { path: RegExp; show: (request: Request, email: string) => Response | Promise<Response> }[] = [
  { path: /^\/$/, show: (_request, email) => new Response(`Hello, ${email}.\n`) },
  { path: /^\/json$/, show: (_request, email) => Response.json({ status: 'ok', email }) },
  { path: /^\/slow$/, show: slow },
  { path: /^\/status\/[2-5]\d\d$/, show: showStatus },
  { path: /^\/echo$/, show: echo },
];

async function slow(request: Request): Promise<Response> {
  const ms = Number(new URL(request.url).searchParams.get('ms') ?? 1000);
  await sleep(ms, undefined, { signal: request.signal });
  return new Response(`Slept ${ms} ms.\n`);
}

function showStatus(request: Request): Response {
  const status = Number(request.url.match(/\/status\/(\d+)/)?.[1]);
  // A Response refuses a body where HTTP has none.
  return new Response([204, 205, 304].includes(status) ? null : `Status ${status}.\n`, { status });
}

async function echo(request: Request): Promise<Response> {
  const { method, url, headers } = request;
  return Response.json({ method, url, headers: Object.fromEntries(headers), body: await request.text() });
}

interface Trust {
  readonly iapKeys: JWTVerifyGetKey;
  readonly now: () => number;
}

/** https://cloud.google.com/iap/docs/signed-headers-howto#verifying_the_jwt_payload */
async function readEmail(request: Request, { iapKeys, now }: Trust): Promise<string | undefined> {
  try {
    const { payload } = await jwtVerify(request.headers.get('x-goog-iap-jwt-assertion') ?? '', iapKeys, {
      algorithms: ['ES256'],
      issuer: 'https://cloud.google.com/iap',
      audience: assertionAudience,
      currentDate: new Date(now()),
      maxTokenAge: 600,
      clockTolerance: 30,
    });
    return typeof payload['email'] === 'string' ? payload['email'] : undefined;
  } catch {
    return undefined;
  }
}
