import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { exportToken } from '../src/export.ts';
import { mintToken } from '../src/mint.ts';
import type { TokenFacts } from '../src/report/result.ts';
import { Token } from '../src/token.ts';
import { openEmulator } from './emulated.ts';
import { temporaryFolder } from './folder.ts';
import { noting } from './noting.ts';
import { failureOf, openTestWorld, sourceConfig } from './world.ts';

const emulator = await openEmulator();
let folder: string;
beforeEach(() => {
  folder = temporaryFolder();
});

const facts: TokenFacts = {
  kind: 'id_token',
  audience: 'client',
  principal: 'ci@project.iam.gserviceaccount.com',
  expires_at: '2026-03-01T13:00:00Z',
};

/** What a CI system notes, as lines. */
function open(options: { readonly canExport?: boolean; readonly canKeep?: boolean } = {}) {
  const { ci, calls } = noting({ folders: { temporary: folder }, ...options });
  return { ci, calls: () => calls.map((call) => call.join(' ')) };
}

const nothing = { exportEnv: undefined, headerFile: false, tokenHeader: 'authorization' } as const;
type Wanted = Parameters<typeof exportToken>[1];

async function exported(change: Partial<Wanted> = {}, kind: TokenFacts['kind'] = 'id_token', canExport = true) {
  const { ci, calls } = open({ canExport });
  await exportToken({ token: new Token('s3cret'), facts: { ...facts, kind } }, { ...nothing, ...change }, { ci });
  return calls();
}

const line = 'for ci@project.iam.gserviceaccount.com, audience client, valid until 2026-03-01T13:00:00Z.';
const rest = [
  'output target_audience client',
  'output principal ci@project.iam.gserviceaccount.com',
  'output expires_at 2026-03-01T13:00:00Z',
];
const idToken = [
  `info Minted an ID token ${line}`,
  'output token s3cret',
  'output id_token s3cret',
  'output token_kind id_token',
  ...rest,
];

describe('exportToken', () => {
  it('tells of an ID token, and hands it on under both names', async () => {
    expect(await exported()).toEqual(idToken);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('hands a signed JWT on as what it is', async () => {
    expect(await exported({}, 'signed_jwt')).toEqual([
      `info Minted a signed JWT ${line}`,
      'output token s3cret',
      'output token_kind signed_jwt',
      ...rest,
    ]);
  });

  it('sets the variable', async () => {
    expect(await exported({ exportEnv: 'IAP_TOKEN' })).toEqual(['export IAP_TOKEN s3cret', ...idToken]);
  });

  it('says where no variable can be set', async () => {
    expect(await exported({ exportEnv: 'IAP_TOKEN' }, 'id_token', false)).toEqual([
      'export IAP_TOKEN s3cret',
      'warn export_env: variables cannot be passed to later steps here; IAP_TOKEN was not set.',
      ...idToken,
    ]);
  });

  it.each([
    ['authorization', 'Authorization: Bearer s3cret\n'],
    ['proxy-authorization', 'Proxy-Authorization: Bearer s3cret\n'],
  ] as const)(
    'writes the header %s to a file, kept for the clean-up before it is told of',
    async (tokenHeader, text) => {
      const calls = await exported({ headerFile: true, tokenHeader });
      const path = join(folder, readdirSync(folder)[0] ?? '');
      expect(readFileSync(path, 'utf8')).toBe(text);
      expect(calls).toEqual([`keep headerFile ${path}`, ...idToken, `output header_file ${path}`]);
    },
  );

  it('says where the file is, if nothing removes it', async () => {
    const { ci, calls } = open({ canKeep: false });
    await exportToken({ token: new Token('s3cret'), facts }, { ...nothing, headerFile: true }, { ci });
    const path = join(folder, readdirSync(folder)[0] ?? '');
    expect(calls()[1]).toBe(
      `info The header is in ${path}. It is not removed automatically here; when you are done, run: rm '${path}'`,
    );
  });

  it('hands on nothing where the file cannot be written', async () => {
    rmSync(folder, { recursive: true });
    const { ci, calls } = open();
    const minted = { token: new Token('s3cret'), facts };
    const error = await failureOf(() => exportToken(minted, { ...nothing, exportEnv: 'X', headerFile: true }, { ci }));
    expect(error).toMatchObject({
      code: 'config-invalid',
      message: expect.stringContaining('cannot be written to (ENOENT)'),
    });
    expect(calls()).toEqual([]);
  });
});

describe('a token that is minted and exported', () => {
  it('is masked before it is handed on', async () => {
    const { ci, calls: told } = open();
    const world = { ...openTestWorld(emulator), ci, mask: ci.mask };
    const key = await emulator.createKey(facts.principal);
    const config = sourceConfig({ credentialsJson: JSON.stringify(key) });
    const minted = await mintToken(
      { ...config, tokenKind: 'id_token', exchange: 'auto', verify: true },
      emulator.clientId,
      world,
    );
    await exportToken(minted, { ...nothing, exportEnv: 'X', headerFile: true }, world);
    const jwt = minted.token.reveal();
    const calls = told();
    const first = calls.findIndex((call) => call.includes(jwt));
    expect(calls[first]).toBe(`mask ${jwt}`);
    expect(calls.indexOf(`mask ${jwt.split('.')[2]}`)).toBeLessThan(calls.indexOf(`output token ${jwt}`));
    const shown = calls.filter((call) => /^(info|warn|debug|annotate|group|keep) /.test(call));
    expect(shown.filter((call) => call.includes(jwt))).toEqual([]);
    expect(shown).not.toEqual([]);
  });
});
