import { memberOf } from '../email.ts';
import { IapError } from '../errors.ts';
import type { Http, HttpResponse } from '../http.ts';
import { jsonObject, record } from '../json.ts';
import { saidIn, wordsOf } from '../text.ts';
import { bearerIn, type Mask, maskJwt } from '../token.ts';
import { cloudPlatform } from './endpoints.ts';

/** Who calls the IAM Credentials API, and as whom. */
export interface Impersonation {
  /** The API's address, version included. */
  readonly endpoint: string;
  /** Gives the caller's own access token. */
  readonly accessToken: () => Promise<string>;
  /** The email to act as. */
  readonly account: string;
  /** Emails that stand between the caller and the account, in order. */
  readonly delegates: readonly string[];
  /** Who needs the role, as an IAM member; asked when it is refused. */
  readonly member: () => string;
}

interface Deps {
  readonly http: Http;
  readonly mask: Mask;
}

type Verb = 'generateIdToken' | 'signJwt' | 'generateAccessToken';

const tokenCreator = 'roles/iam.serviceAccountTokenCreator';

/** What each call needs: https://cloud.google.com/iam/docs/service-account-permissions */
const needs: Readonly<Record<Verb, { permission: string; role: string }>> = {
  generateIdToken: {
    permission: 'iam.serviceAccounts.getOpenIdToken',
    role: 'roles/iam.serviceAccountOpenIdTokenCreator',
  },
  signJwt: { permission: 'iam.serviceAccounts.signJwt', role: tokenCreator },
  generateAccessToken: {
    permission: 'iam.serviceAccounts.getAccessToken',
    role: tokenCreator,
  },
};

/**
 * An ID token of the account, with its email: IAP refuses one without.
 * https://cloud.google.com/iam/docs/reference/credentials/rest/v1/projects.serviceAccounts/generateIdToken
 *
 * @throws {IapError} `iam-…`, and no answer's codes
 */
export async function generateIdToken(as: Impersonation, audience: string, deps: Deps): Promise<string> {
  const token = await call(as, 'generateIdToken', { audience, includeEmail: true }, deps);
  maskJwt(token, deps.mask);
  return token;
}

/** Claims signed as the account. The API allows 12 h; who asks keeps to IAP's one. */
export async function signJwt(as: Impersonation, claims: object, deps: Deps): Promise<string> {
  const jwt = await call(as, 'signJwt', { payload: JSON.stringify(claims) }, deps);
  maskJwt(jwt, deps.mask);
  return jwt;
}

/** An access token of the account, to act as yet another account. */
export async function generateAccessToken(as: Impersonation, deps: Deps): Promise<string> {
  const token = await call(as, 'generateAccessToken', { scope: [cloudPlatform] }, deps);
  deps.mask(token);
  return token;
}

const answers: Readonly<Record<Verb, string>> = {
  generateIdToken: 'token',
  signJwt: 'signedJwt',
  generateAccessToken: 'accessToken',
};

async function call(as: Impersonation, verb: Verb, body: object, { http }: Deps): Promise<string> {
  const delegates = as.delegates.map((email) => `projects/-/serviceAccounts/${email}`);
  const response = await http({
    method: 'POST',
    url: `${as.endpoint}/projects/-/serviceAccounts/${encodeURIComponent(as.account)}:${verb}`,
    headers: { authorization: `Bearer ${await as.accessToken()}`, 'content-type': 'application/json' },
    body: JSON.stringify({ ...body, delegates }),
  });
  const answer = bearerIn(jsonObject(response.body)[answers[verb]]);
  if (response.status === 200 && answer !== undefined) return answer;
  throw refusal(response, as, verb);
}

function refusal(response: HttpResponse, as: Impersonation, verb: Verb): IapError {
  const { message: words, status, details } = record(jsonObject(response.body)['error']);
  const said = saidIn(words, JSON.stringify(details ?? []));
  const { account } = as;
  const message = `IAM refused ${verb} for ${account}: ${wordsOf(response.status, status, words)}`;
  // A disabled API is a 403 too: it is looked for before a missing role.
  if (/SERVICE_DISABLED|has not been used in project|it is disabled/i.test(said)) {
    return new IapError('iam-api-disabled', message, {
      project: /project[s/ ]+(\d+)/i.exec(said)?.[1] ?? projectOf(account),
    });
  }
  if (/ACCESS_TOKEN_SCOPE_INSUFFICIENT|insufficient authentication scopes/i.test(said)) {
    return new IapError('iam-scope-insufficient', message, { scope: cloudPlatform });
  }
  if (/gaia id not found/i.test(said)) return new IapError('iam-service-account-unknown', message, { account });
  const denied = /iam\.serviceAccounts\.\w+/.exec(said)?.[0];
  // A proxy's 403 says nothing of permissions; a policy's is not mended by a role.
  if (response.status === 403 && /permission\b.{0,120}\bdenied|permission_denied|not have permission/is.test(said)) {
    const { permission, role } = needOf(verb, denied);
    const delegates = as.delegates.join(', ');
    return new IapError('iam-permission-denied', message, {
      permission,
      account,
      delegates,
      commands: grantsFor(as, role),
    });
  }
  return new IapError('iam-refused', message, { account });
}

/** A grant for each step from the caller by way of the delegates to the account: the refusal does not tell which one is missing. */
function grantsFor({ member, delegates, account }: Impersonation, role: string): string {
  const chain = [...delegates, account];
  const callers = [member(), ...delegates.map((email) => memberOf(email))];
  const lines = chain.map((email, link) => {
    const caller = callers[link] ?? '';
    const needed = email === account ? roleFor(caller, role) : needs.signJwt.role;
    return `gcloud iam service-accounts add-iam-policy-binding ${email} --role=${needed} --member="${caller}"`;
  });
  return lines.join('\n');
}

/** The role that the set-up of workload identity grants holds getOpenIdToken, too: one role for both. */
function roleFor(caller: string, role: string): string {
  const isWorkload = /^principal(Set)?:/.test(caller);
  return isWorkload && role === needs.generateIdToken.role ? 'roles/iam.workloadIdentityUser' : role;
}

function needOf(verb: Verb, permission: string | undefined): { permission: string; role: string } {
  const known = Object.values(needs).find((need) => need.permission === permission);
  if (known !== undefined) return known;
  return permission === undefined ? needs[verb] : { permission, role: tokenCreator };
}

function projectOf(account: string): string {
  return /@([\w-]+)\.iam\.gserviceaccount\.com$/.exec(account)?.[1] ?? 'PROJECT_ID';
}
