import { accountMember, issueAccessToken } from './accesstoken.ts';
import { readAssertion } from './assertion.ts';
import { exchangeCode } from './code.ts';
import { mintIdToken } from './idtoken.ts';
import { refreshTokens } from './refresh.ts';
import { json, refuse } from './refusal.ts';
import type { Handler } from './route.ts';
import type { World } from './world.ts';

/** What each grant answers: a new one is a file, and its row here. */
const grants: Readonly<Record<string, (form: URLSearchParams, world: World) => Promise<Response>>> = {
  'urn:ietf:params:oauth:grant-type:jwt-bearer': exchangeAssertion,
  authorization_code: exchangeCode,
  refresh_token: refreshTokens,
};

/** https://oauth2.googleapis.com/token */
export const token: Handler = async (request, world) => {
  const form = new URLSearchParams(await request.text());
  const type = form.get('grant_type') ?? '';
  const grant = Object.hasOwn(grants, type) ? grants[type] : undefined;
  if (!grant) return refuse({ error: 'unsupported_grant_type', error_description: `Invalid grant_type: ${type}` });
  return grant(form, world);
};

async function exchangeAssertion(form: URLSearchParams, world: World): Promise<Response> {
  const assertion = await readAssertion(form.get('assertion') ?? '', world);
  if ('error' in assertion) return refuse(assertion);
  const { account, targetAudience, scopes } = assertion;
  if (targetAudience === undefined) {
    const members = [accountMember(account.email)];
    const accessToken = issueAccessToken({ kind: 'account', members, scopes }, world);
    return json(200, { access_token: accessToken, expires_in: 3599, token_type: 'Bearer' });
  }
  const claims = {
    aud: targetAudience,
    // unsure: azp as the email; Google has been seen to put the numeric id here too.
    azp: account.email,
    email: account.email,
    email_verified: true,
    sub: account.uniqueId,
  };
  return json(200, { id_token: await mintIdToken(claims, world) });
}
