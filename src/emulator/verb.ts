import { CompactSign, type JWTPayload } from 'jose';
import { accountMember, issueAccessToken } from './accesstoken.ts';
import { type Account, managedKeyOf } from './account.ts';
import { mintIdToken } from './idtoken.ts';
import type { Permission } from './role.ts';
import { seconds, type World } from './world.ts';

type Fields = Readonly<Record<string, unknown>>;

/** A call on a service account: what it needs, and what it does; undefined where an argument is wrong. */
export interface Verb {
  readonly permission: Permission;
  readonly act: (account: Account, fields: Fields, world: World) => Promise<object | undefined>;
}

/** https://cloud.google.com/iam/docs/reference/credentials/rest/v1/projects.serviceAccounts */
export const verbs: Readonly<Record<string, Verb>> = {
  generateIdToken: { permission: 'iam.serviceAccounts.getOpenIdToken', act: generateIdToken },
  generateAccessToken: { permission: 'iam.serviceAccounts.getAccessToken', act: generateAccessToken },
  signJwt: { permission: 'iam.serviceAccounts.signJwt', act: signJwt },
  signBlob: { permission: 'iam.serviceAccounts.signBlob', act: signBlob },
};

async function generateIdToken(account: Account, fields: Fields, world: World): Promise<object | undefined> {
  const { audience, includeEmail, useEmailAzp } = fields;
  if (typeof audience !== 'string' || audience === '') return undefined;
  const claims: JWTPayload = {
    aud: audience,
    azp: useEmailAzp === true ? account.email : account.uniqueId,
    sub: account.uniqueId,
  };
  const email = includeEmail === true ? { email: account.email, email_verified: true } : {};
  return { token: await mintIdToken({ ...claims, ...email }, world) };
}

async function generateAccessToken(account: Account, fields: Fields, world: World): Promise<object | undefined> {
  const { scope, lifetime = '3600s' } = fields;
  const length = Number(/^(\d+)s$/.exec(String(lifetime))?.[1]);
  if (!isScopes(scope) || !(length > 0 && length <= 3600)) return undefined;
  const members = [accountMember(account.email)];
  const accessToken = issueAccessToken({ kind: 'account', members, scopes: scope, lifetime: length }, world);
  const expires = new Date((seconds(world) + length) * 1000);
  return { accessToken, expireTime: expires.toISOString().replace('.000Z', 'Z') };
}

const isScopes = (scope: unknown): scope is string[] =>
  Array.isArray(scope) &&
  scope.length > 0 &&
  scope.every(
    (one) => typeof one === 'string' && /^(https:\/\/www\.googleapis\.com\/auth\/[\w.-]+|openid|email)$/.test(one),
  );

/** Signs the payload as it is given, letter by letter. */
async function signJwt(account: Account, { payload }: Fields, world: World): Promise<object | undefined> {
  const claims = parseObject(payload);
  if (typeof payload !== 'string' || !claims || !isWithinTwelveHours(claims['exp'], seconds(world))) return undefined;
  const { kid, privateKey } = await managedKeyOf(account);
  const signing = new CompactSign(new TextEncoder().encode(payload));
  const signedJwt = await signing.setProtectedHeader({ alg: 'RS256', kid, typ: 'JWT' }).sign(privateKey);
  world.ledger.keep(signedJwt);
  return { keyId: kid, signedJwt };
}

function isWithinTwelveHours(exp: unknown, now: number): boolean {
  if (exp === undefined) return true;
  return Number.isInteger(exp) && Number(exp) > now && Number(exp) <= now + 12 * 3600;
}

async function signBlob(account: Account, { payload }: Fields): Promise<object | undefined> {
  if (typeof payload !== 'string' || !/^[\w+/-]+={0,2}$/.test(payload)) return undefined;
  const { kid, privateKey } = await managedKeyOf(account);
  const blob = Buffer.from(payload, 'base64');
  const signature = await crypto.subtle.sign('RSASSA-PKCS1-v1_5', privateKey, blob);
  return { keyId: kid, signedBlob: Buffer.from(signature).toString('base64') };
}

function parseObject(text: unknown): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(String(text));
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}
