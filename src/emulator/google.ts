import { reply, toReply } from './answer.ts';
import { accountKeys, certs, iapKeys } from './certs.ts';
import { consent } from './consent.ts';
import { iam, iamPath } from './iam.ts';
import { metadata } from './machine.ts';
import { oidc } from './oidc.ts';
import type { Route, Serve } from './route.ts';
import { sts } from './sts.ts';
import { token } from './token.ts';
import type { World } from './world.ts';

/** Google's services: a new one is a file with its handler, and its row here. */
const routes: readonly Route[] = [
  { service: 'token', method: 'POST', path: /^\/token$/, handle: token },
  { service: 'certs', method: 'GET', path: /^\/oauth2\/v3\/certs$/, handle: certs },
  { service: 'iap-keys', method: 'GET', path: /^\/iap\/verify\/public_key-jwk$/, handle: iapKeys },
  { service: 'account-certs', method: 'GET', path: /^\/service_accounts\/v1\/jwk\/[^/]+$/, handle: accountKeys },
  { service: 'consent', method: 'GET', path: /^\/o\/oauth2\/v2\/auth$/, handle: consent },
  { service: 'oidc', method: 'GET', path: /^\/oidc\/github$/, handle: oidc },
  { service: 'sts', method: 'POST', path: /^\/v1\/token$/, handle: sts },
  { service: 'iam', method: 'POST', path: iamPath, handle: iam },
  { service: 'metadata', method: 'GET', path: /^\/computeMetadata\//, handle: metadata },
];

export function serveGoogle(world: World): Serve {
  return (request, exchange) => {
    const { pathname } = new URL(request.url);
    const route = routes.find(({ method, path }) => method === request.method && path.test(pathname));
    if (!route) return toReply(notFound());
    exchange.service = route.service;
    return reply(world, route.service, async () => toReply(await route.handle(request, world)));
  };
}

const notFound = (): Response =>
  new Response(notFoundPage, { status: 404, headers: { 'content-type': 'text/html; charset=UTF-8' } });

const notFoundPage = `<!DOCTYPE html>
<html lang=en>
  <title>Error 404 (Not Found)!!1</title>
  <p><b>404.</b> <ins>That’s an error.</ins>
  <p>The requested URL was not found on this server.  <ins>That’s all we know.</ins>
`;
