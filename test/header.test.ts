import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { removeHeaderFile, writeHeaderFile } from '../src/header.ts';
import { Token } from '../src/token.ts';
import { temporaryFolder } from './folder.ts';
import { failureOf } from './world.ts';

let folder: string;
beforeEach(() => {
  folder = temporaryFolder();
});

const write = (header: 'authorization' | 'proxy-authorization' = 'authorization') =>
  writeHeaderFile({ temporary: folder }, header, new Token('s3cret'));
const uuid = '01234567-89ab-4cde-8f01-23456789abcd';

describe('writeHeaderFile', () => {
  it.each([
    ['authorization', 'Authorization'],
    ['proxy-authorization', 'Proxy-Authorization'],
  ] as const)('writes %s as curl reads it', async (header, name) => {
    const path = await write(header);
    expect(readFileSync(path, 'utf8')).toBe(`${name}: Bearer s3cret\n`);
  });

  it('is for this user alone, whatever the umask', async () => {
    const before = process.umask(0);
    try {
      expect(lstatSync(await write()).mode & 0o777).toBe(0o600);
    } finally {
      process.umask(before);
    }
  });

  it('is a file of its own each time, in the folder', async () => {
    const paths = [await write(), await write()];
    expect(
      readdirSync(folder)
        .map((name) => join(folder, name))
        .sort(),
    ).toEqual(paths.sort());
    expect(new Set(paths).size).toBe(2);
  });

  it('makes no folder', async () => {
    rmSync(folder, { recursive: true });
    expect(await failureOf(() => write())).toMatchObject({
      code: 'config-invalid',
      message: expect.stringContaining(`header_file: the temporary folder "${folder}" cannot be written to (ENOENT)`),
    });
    expect(existsSync(folder)).toBe(false);
  });

  describe('with a workspace', () => {
    const inside = (temporary: string, workspace: string) =>
      writeHeaderFile({ temporary, workspace }, 'authorization', new Token('s3cret'));

    it.each(['', 'temporary', '..temporary'])('refuses the folder %j of it', async (name) => {
      const temporary = join(folder, name);
      mkdirSync(temporary, { recursive: true });
      const error = await failureOf(() => inside(temporary, folder));
      expect(error).toMatchObject({ code: 'config-invalid', message: expect.stringContaining('is in the workspace') });
      expect(readdirSync(temporary).filter((one) => one.endsWith('.header'))).toEqual([]);
    });

    it('is not taken in by a link to it', async () => {
      const link = join(folder, 'link');
      mkdirSync(join(folder, 'workspace'));
      symlinkSync(join(folder, 'workspace'), link);
      expect(await failureOf(() => inside(link, join(folder, 'workspace')))).toMatchObject({ code: 'config-invalid' });
      expect(await failureOf(() => inside(join(folder, 'workspace'), link))).toMatchObject({ code: 'config-invalid' });
    });

    it('writes to a folder beside it, whose name begins alike', async () => {
      for (const name of ['work', 'work-temp']) mkdirSync(join(folder, name));
      const path = await inside(join(folder, 'work-temp'), join(folder, 'work'));
      expect(readFileSync(path, 'utf8')).toBe('Authorization: Bearer s3cret\n');
    });
  });

  it('has a name that no one can foresee', async () => {
    expect(await write()).toMatch(
      /\/iap-auth-[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\.header$/,
    );
  });
});

describe('removeHeaderFile', () => {
  it('removes what was written, once', async () => {
    const path = await write();
    expect(await removeHeaderFile(path)).toBe(true);
    expect(existsSync(path)).toBe(false);
    expect(await removeHeaderFile(path)).toBe(false);
  });

  it.each([
    `iap-auth-${uuid}`,
    `iap-auth-${uuid}.header.bak`,
    `iap-auth-${uuid.slice(1)}.header`,
    `IAP-AUTH-${uuid}.header`,
    `not-iap-auth-${uuid}.header`,
    'secrets.header',
  ])('leaves %s alone', async (name) => {
    const path = join(folder, name);
    writeFileSync(path, 'x');
    expect(await removeHeaderFile(path)).toBe(false);
    expect(readFileSync(path, 'utf8')).toBe('x');
  });

  it('leaves a link, and what it leads to, alone', async () => {
    const target = join(folder, 'target');
    const path = join(folder, `iap-auth-${uuid}.header`);
    writeFileSync(target, 'x');
    symlinkSync(target, path);
    expect(await removeHeaderFile(path)).toBe(false);
    expect([existsSync(target), lstatSync(path).isSymbolicLink()]).toEqual([true, true]);
  });

  it('leaves a folder of that name alone', async () => {
    const path = join(folder, `iap-auth-${uuid}.header`);
    mkdirSync(path);
    expect(await removeHeaderFile(path)).toBe(false);
    expect(existsSync(path)).toBe(true);
  });
});
