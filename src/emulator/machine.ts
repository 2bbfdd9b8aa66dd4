import { accountMember, issueAccessToken } from './accesstoken.ts';
import type { Account } from './account.ts';
import { mintIdToken } from './idtoken.ts';
import { projectNumber } from './provider.ts';
import type { Handler } from './route.ts';
import type { Machine, World } from './world.ts';

/**
 * The metadata server of a VM.
 * https://cloud.google.com/compute/docs/metadata/querying-metadata
 */
export const metadata: Handler = (request, world) => {
  const { machine } = world;
  // As where there is none: whatever answers at that address, it does not say that it is Google's.
  if (!machine) return new Response('Not Found', { status: 404 });
  if (request.headers.get('metadata-flavor') !== 'Google') return text(403, 'Missing Metadata-Flavor:Google header.');
  return visit(request, machine, world);
};

function visit(request: Request, machine: Machine, world: World): Response | Promise<Response> {
  const { pathname, searchParams } = new URL(request.url);
  if (pathname === '/computeMetadata/v1/') return text(200, 'instance/\noslogin/\nproject/\n');
  const what = /^\/computeMetadata\/v1\/instance\/service-accounts\/default\/(email|identity|token)$/.exec(
    pathname,
  )?.[1];
  const account = world.accounts.get(machine.email);
  if (!account) return text(404, 'Not Found');
  if (what === 'email') return text(200, machine.email);
  if (what === 'token') return answerToken(machine, world);
  if (what === 'identity') return answerIdentity(account, searchParams, world);
  return text(404, 'Not Found');
}

function answerToken({ email, scopes }: Machine, world: World): Response {
  const accessToken = issueAccessToken({ kind: 'account', members: [accountMember(email)], scopes }, world);
  const body = { access_token: accessToken, expires_in: 3599, token_type: 'Bearer' };
  return answer(200, JSON.stringify(body), 'application/json');
}

/** https://cloud.google.com/compute/docs/instances/verifying-instance-identity */
async function answerIdentity(account: Account, query: URLSearchParams, world: World): Promise<Response> {
  const aud = query.get('audience');
  // unsure: the text.
  if (!aud) return text(400, 'non-empty audience parameter required');
  const claims = { aud, azp: account.uniqueId, sub: account.uniqueId };
  const { email } = account;
  const full = {
    email,
    email_verified: true,
    google: {
      compute_engine: { instance_id: '1234567890', instance_name: 'vm', project_number: Number(projectNumber) },
    },
  };
  return text(200, await mintIdToken({ ...claims, ...(query.get('format') === 'full' ? full : {}) }, world));
}

const text = (status: number, body: string): Response => answer(status, body, 'application/text');

const answer = (status: number, body: string, type: string): Response =>
  new Response(body, {
    status,
    headers: { 'content-type': type, 'metadata-flavor': 'Google', server: 'Metadata Server for VM' },
  });
