import { randomBytes } from 'node:crypto';
import { cloudPlatform, revokeAccessTokens } from './accesstoken.ts';
import { createKey, ensureAccount } from './account.ts';
import type { Accounts, Ci, Faulty, Iam, Iap, Users } from './emulator.ts';
import { externalAccountFile, type GithubEnv, impersonatedFile, userFile } from './file.ts';
import { mintIdToken } from './idtoken.ts';
import { signCiToken } from './oidc.ts';
import { createProvider, defaultProvider, poolOf } from './provider.ts';
import { emailScope, issueRefreshToken, signIn } from './signin.ts';
import type { World } from './world.ts';

/** All that changes the world from outside. */
export const controls = (world: World): Iap & Accounts & Iam & Ci & Users & Faulty => ({
  ...iapControls(world),
  ...accountControls(world),
  ...iamControls(world),
  ...ciControls(world),
  ...userControls(world),
  fail: (service, fault) => world.faults.add(service, fault),
  clearFaults: () => world.faults.clear(),
});

const iapControls = (world: World): Iap => ({
  grant: (email) => void world.members.add(email),
  revoke: (email) => void world.members.delete(email),
  setIap: (mode) => {
    world.iapMode = mode;
  },
  allowlist: (clientId) => void world.allowlist.add(clientId),
  setApp: (app) => {
    world.app = app;
  },
});

const accountControls = (world: World): Accounts => ({
  createAccount: (email) => void ensureAccount(world.accounts, email),
  createKey: async (email) => {
    const file = await createKey(world.accounts, email, `${world.url}/token`);
    world.ledger.keep(file.private_key);
    return file;
  },
  deleteKey: (email, keyId) => {
    const keys = world.accounts.get(email)?.keys;
    if (keyId === undefined) keys?.clear();
    else keys?.delete(keyId);
  },
  deleteAccount: (email) => {
    world.accounts.delete(email);
    world.members.delete(email);
    world.bindings.forget(email);
    revokeAccessTokens(email, world);
  },
  attach: (email, { scopes = [cloudPlatform] } = {}) => {
    ensureAccount(world.accounts, email);
    world.machine = { email, scopes };
  },
});

const iamControls = (world: World): Iam => ({
  allow: (member, account, role) => {
    world.bindings.allow({ member, account, role });
    ensureAccount(world.accounts, account);
  },
  disallow: (member, account, role) => world.bindings.disallow({ member, account, role }),
  disableApi: () => {
    world.isApiEnabled = false;
  },
  enableApi: () => {
    world.isApiEnabled = true;
  },
  createProvider: (options) => {
    const provider = createProvider(options);
    world.providers.set(provider.name, provider);
    return provider.name;
  },
  principal: (subject) => `principal://${poolOf(defaultProvider)}/subject/${subject}`,
  principalSet: (attribute, value) =>
    `principalSet://${poolOf(defaultProvider)}/${attribute === undefined ? '*' : `attribute.${attribute}/${value}`}`,
  externalAccountFile: ({ provider = defaultProvider, claims, env = githubEnv(world, claims), ...options } = {}) =>
    externalAccountFile({ ...options, provider, env }, world),
  impersonatedFile: (source, account, delegates = []) => impersonatedFile({ source, account, delegates }, world),
});

const ciControls = (world: World): Ci => ({
  githubEnv: (claims) => githubEnv(world, claims),
  signCiToken: (claims = {}) => signCiToken(claims, world),
  mintIdToken: (claims) => mintIdToken(claims, world),
});

function githubEnv(world: World, claims: Parameters<Ci['githubEnv']>[0] = {}): GithubEnv {
  const token = randomBytes(48).toString('base64url');
  world.jobs.set(token, claims);
  world.ledger.keep(token);
  return {
    ACTIONS_ID_TOKEN_REQUEST_URL: `${world.url}/oidc/github?api-version=2.0`,
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: token,
  };
}

const userControls = (world: World): Users => ({
  createUser: (email, { scopes = ['openid', emailScope, cloudPlatform] } = {}) =>
    userFile(issueRefreshToken(signIn(email, world), scopes, world), world),
  revokeUser: (email, why) => {
    const user = world.users.get(email);
    if (user) user.refusal = why;
  },
  deleteClient: () => {
    world.desktop.isDeleted = true;
  },
});
