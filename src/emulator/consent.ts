import { randomBytes } from 'node:crypto';
import type { Handler } from './route.ts';
import { emailScope } from './signin.ts';
import { seconds, type World } from './world.ts';

/**
 * https://accounts.google.com/o/oauth2/v2/auth, with a user who agrees: the last who signed in, or
 * the one that `login_hint` names. Where there is none, nobody agrees.
 */
export const consent: Handler = (request, world) => {
  const query = new URL(request.url).searchParams;
  const wrong = wrongClient(query, world) ?? wrongRedirect(query) ?? wrongQuestion(query);
  if (wrong) return errorPage(wrong);
  const back = new URL(query.get('redirect_uri') ?? '');
  for (const [name, value] of Object.entries(answerOf(query, world))) back.searchParams.set(name, value);
  const state = query.get('state');
  if (state !== null) back.searchParams.set('state', state);
  return new Response(null, { status: 302, headers: { location: back.href } });
};

function answerOf(query: URLSearchParams, world: World): Record<string, string> {
  const users = [...world.users.values()];
  const user = users.find(({ email }) => email === query.get('login_hint')) ?? users.at(-1);
  if (!user) return { error: 'access_denied' };
  const code = `4/0A${randomBytes(48).toString('base64url')}`;
  const scopes = scopesOf(query);
  world.ledger.keep(code);
  world.codes.set(code, {
    user,
    scopes,
    redirectUri: query.get('redirect_uri') ?? '',
    challenge: query.get('code_challenge') ?? undefined,
    isOffline: query.get('access_type') === 'offline',
    // unsure: ten minutes.
    expires: seconds(world) + 600,
    isUsed: false,
  });
  return { code, scope: scopes.join(' '), authuser: '0', prompt: 'consent' };
}

const fullNames: Readonly<Record<string, string>> = { email: emailScope };

const scopesOf = (query: URLSearchParams): string[] =>
  (query.get('scope') ?? '')
    .split(/\s+/)
    .filter(Boolean)
    .map((scope) => fullNames[scope] ?? scope);

interface Wrong {
  readonly status: number;
  readonly error: string;
  readonly text: string;
}

function wrongClient(query: URLSearchParams, { desktop }: World): Wrong | undefined {
  if (query.get('client_id') === desktop.id && !desktop.isDeleted) return undefined;
  return { status: 401, error: 'invalid_client', text: 'The OAuth client was not found.' };
}

/** A desktop client may be sent back to this machine only: https://developers.google.com/identity/protocols/oauth2/native-app#redirect-uri_loopback */
function wrongRedirect(query: URLSearchParams): Wrong | undefined {
  if (/^http:\/\/127\.0\.0\.1(:\d+)?(\/[^?#]*)?$/.test(query.get('redirect_uri') ?? '')) return undefined;
  return {
    status: 400,
    error: 'redirect_uri_mismatch',
    text: 'You can’t sign in because this app sent an invalid request.',
  };
}

/** Google takes a plain challenge too, which protects nothing: here it is refused. */
function wrongQuestion(query: URLSearchParams): Wrong | undefined {
  const text = wrongParameter(query);
  return text === undefined ? undefined : { status: 400, error: 'invalid_request', text };
}

function wrongParameter(query: URLSearchParams): string | undefined {
  if (query.get('response_type') !== 'code') return 'Invalid response_type';
  if (scopesOf(query).length === 0) return 'Missing required parameter: scope';
  const hasChallenge = query.has('code_challenge') || query.has('code_challenge_method');
  if (!hasChallenge) return undefined;
  if (query.get('code_challenge_method') !== 'S256') return 'Invalid code_challenge_method';
  return /^[\w-]{43}$/.test(query.get('code_challenge') ?? '') ? undefined : 'Invalid code_challenge';
}

const errorPage = ({ status, error, text }: Wrong): Response =>
  new Response(
    `<!DOCTYPE html>\n<title>Sign in - Google Accounts</title>\n<p>Error ${status}: ${error}\n<p>${text}\n`,
    {
      status,
      headers: { 'content-type': 'text/html; charset=utf-8' },
    },
  );
