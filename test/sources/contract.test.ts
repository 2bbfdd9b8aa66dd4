import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { decodeJwt } from 'jose';
import type { KeyFile } from '../../src/emulator/index.ts';
import { openFile } from '../../src/sources/file.ts';
import { openCredential, sources } from '../../src/sources/index.ts';
import type { Credential, CredentialFile, SourceConfig } from '../../src/sources/source.ts';
import { openEmulator } from '../emulated.ts';
import { failureOf, noon, openTestWorld, sourceConfig, type TestWorld } from '../world.ts';

const email = 'ci@project.iam.gserviceaccount.com';
const target = 'target@project.iam.gserviceaccount.com';
const user = 'user@example.com';
const tokenCreator = 'roles/iam.serviceAccountTokenCreator';

const emulator = await openEmulator();
let key: KeyFile;

beforeAll(async () => {
  key = await emulator.createKey(email);
  for (const member of [`serviceAccount:${email}`, emulator.principalSet()])
    emulator.allow(member, target, tokenCreator);
  emulator.allow(`serviceAccount:${email}`, email, tokenCreator);
});

/** What a credential is, and whose email its tokens carry. */
interface Fixture {
  readonly principal: string | undefined;
  readonly prefers: Credential['prefers'];
  /** Before anything was sent. */
  readonly member: RegExp;
  /** The email in its ID tokens; undefined: it has none. */
  readonly email: string | undefined;
  readonly signs: boolean;
  readonly actsAsAnother: boolean;
}

interface SourceFixture extends Fixture {
  readonly config: () => Promise<Partial<SourceConfig>>;
}

interface FileFixture extends Fixture {
  readonly file: () => object;
}

const account = (principal: string): Fixture => ({
  principal,
  prefers: 'id_token',
  member: new RegExp(`^serviceAccount:${principal}$`),
  email: principal,
  signs: true,
  actsAsAnother: true,
});

const ofKey: Fixture = { ...account(email), prefers: 'signer' };

const bySource: Readonly<Record<string, SourceFixture>> = {
  id_token: {
    config: async () => ({ idToken: await emulator.mintIdToken({ email: user }) }),
    principal: undefined,
    prefers: 'id_token',
    member: /^user:EMAIL$/,
    email: user,
    signs: false,
    actsAsAnother: false,
  },
  workload_identity_provider: {
    config: async () => ({ workloadIdentityProvider: emulator.provider, serviceAccount: target }),
    ...account(target),
  },
  credentials_json: { config: async () => ({ credentialsJson: JSON.stringify(key) }), ...ofKey },
};

const byType: Readonly<Record<string, FileFixture>> = {
  service_account: { file: () => key, ...ofKey },
  authorized_user: {
    file: () => emulator.createUser(user),
    principal: undefined,
    prefers: 'id_token',
    member: /^user:EMAIL$/,
    email: user,
    signs: false,
    actsAsAnother: true,
  },
  external_account: {
    file: () => emulator.externalAccountFile(),
    principal: undefined,
    prefers: 'id_token',
    member: /^principalSet:\/\/iam\.googleapis\.com\/projects\/\d+\/locations\/global\/workloadIdentityPools\/ci\/\*$/,
    email: undefined,
    signs: false,
    actsAsAnother: true,
  },
  impersonated_service_account: { file: () => emulator.impersonatedFile(key, target), ...account(target) },
};

/** The types that a file may have, as the error for any other type tells them. */
const types = await failureOf(() => openFile({ type: 'x' }, openTestWorld({ host: '127.0.0.1:9' }))).then(
  ({ hint }) => /Types that work here: ([\w, ]+)\./.exec(hint)?.[1]?.split(', ') ?? [],
);

const openWorld = () => openTestWorld(emulator, { env: { GITHUB_ACTIONS: 'true', ...emulator.githubEnv() } });

interface Opened extends Fixture {
  readonly credential: Credential;
  readonly world: TestWorld;
  /** Secrets that were issued before, which are none of this credential's. */
  readonly known: ReadonlySet<string>;
}

async function openSource(name: string): Promise<Opened> {
  const fixture = bySource[name];
  if (fixture === undefined) throw new Error(`the source ${name} has no fixture in ${import.meta.url}`);
  const config = sourceConfig(await fixture.config());
  const world = openWorld();
  const known = new Set(emulator.ledger.secrets);
  return { ...fixture, world, known, credential: await openCredential(config, world) };
}

async function openType(type: string): Promise<Opened> {
  const fixture = byType[type];
  if (fixture === undefined) throw new Error(`files of type ${type} have no fixture in ${import.meta.url}`);
  const file = fixture.file() as CredentialFile;
  const world = openWorld();
  const known = new Set(emulator.ledger.secrets);
  return { ...fixture, world, known, credential: await openFile(file, world) };
}

const rows = [
  ...sources.map(({ name }) => [`source ${name}`, () => openSource(name)] as const),
  ...types.map((type) => [`file of type ${type}`, () => openType(type)] as const),
];

describe.each(rows)('a %s', (_, open) => {
  it('opens without a request', async () => {
    emulator.ledger.clear();
    await open();
    expect(emulator.ledger.requests).toEqual([]);
  });

  it('is whom it should be, and says whom a role is granted to', async () => {
    const { credential, principal, prefers, member } = await open();
    expect({ principal: credential.principal, prefers: credential.prefers }).toEqual({ principal, prefers });
    expect(credential.member()).toMatch(member);
  });

  it('has what it should, and nothing else', async () => {
    const { credential, email, signs, actsAsAnother } = await open();
    const has = {
      idToken: 'idToken' in credential,
      signer: 'signer' in credential,
      other: 'accessToken' in credential,
    };
    expect(has).toEqual({ idToken: email !== undefined, signer: signs, other: actsAsAnother });
    // What it prefers it must have, unless it can do no more than act as another.
    if (prefersMissing(credential)) expect(actsAsAnother).toBe(true);
  });

  it('gives ID tokens with its email', async () => {
    const { credential, email } = await open();
    const jwt = await credential.idToken?.(emulator.clientId);
    expect(jwt === undefined ? undefined : decodeJwt(jwt)).toEqual(
      email === undefined ? undefined : expect.objectContaining({ aud: emulator.clientId, email }),
    );
  });

  it('signs what it is given, as it is', async () => {
    const { credential, signs } = await open();
    const claims = { iss: 'a', sub: 'b', aud: 'c', iat: noon / 1000, exp: noon / 1000 + 60 };
    const jwt = await credential.signer?.sign(claims);
    expect(jwt === undefined ? undefined : decodeJwt(jwt)).toEqual(signs ? claims : undefined);
    if (signs) expect(credential.signer?.tokenUri).toBe(`${emulator.url}/token`);
  });

  it('acts as another with its access token', async () => {
    const { credential, actsAsAnother } = await open();
    const token = await credential.accessToken?.();
    expect(token === undefined).toBe(!actsAsAnother);
  });

  it('masks every secret that it comes by', async () => {
    const { credential, world, known } = await open();
    await credential.idToken?.(emulator.clientId);
    await credential.signer?.sign({ iss: 'a' });
    await credential.accessToken?.();
    const fresh = [...emulator.ledger.secrets].filter((secret) => !known.has(secret));
    expect(fresh.filter((secret) => !world.masks.includes(secret))).toEqual([]);
    expect(world.masks).not.toEqual([]);
  });
});

const prefersMissing = ({ prefers, signer, idToken }: Credential): boolean =>
  (prefers === 'signer' ? signer : idToken) === undefined;

describe('the tables of sources', () => {
  it('are as large as they were', () => {
    expect(types.length).toBeGreaterThanOrEqual(4);
    expect(sources.length).toBeGreaterThanOrEqual(3);
  });

  it('have one row a name', () => {
    expect(new Set(sources.map(({ name }) => name)).size).toBe(sources.length);
  });

  it('have a fixture for each row, and a row for each fixture', () => {
    expect(Object.keys(bySource).sort()).toEqual(sources.map(({ name }) => name).sort());
    expect(Object.keys(byType).sort()).toEqual([...types].sort());
  });

  it('each choose by their own input alone', async () => {
    for (const { name } of sources) {
      const config = sourceConfig(await bySource[name]?.config());
      expect(sources.filter((source) => source.chosenBy(config)).map((source) => source.name)).toEqual([name]);
    }
    expect(sources.filter((source) => source.chosenBy(sourceConfig()))).toEqual([]);
  });

  it('are told in the docs of the input', () => {
    const config = readFileSync(new URL('../../src/config.ts', import.meta.url), 'utf8');
    for (const type of types) expect(config).toContain(`\`${type}\``);
  });
});
