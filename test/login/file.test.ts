import { lstatSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { defaultPlace, preparePlace, type UserFile, writeUserFile } from '../../src/login/file.ts';
import { temporaryFolder } from '../folder.ts';
import { failureOf } from '../world.ts';

const user: UserFile = {
  type: 'authorized_user',
  client_id: '123-abc.apps.googleusercontent.com',
  client_secret: 's3cret',
  refresh_token: '1//0refresh',
};

let folder: string;
beforeEach(() => {
  folder = temporaryFolder();
});

const modeOf = (path: string) => statSync(path).mode & 0o777;

async function withoutUmask<T>(work: () => Promise<T>): Promise<T> {
  const before = process.umask(0);
  try {
    return await work();
  } finally {
    process.umask(before);
  }
}

describe('defaultPlace', () => {
  it.each([
    ['linux', {}, '/home/me/.config/iap-auth/credentials.json'],
    ['darwin', { APPDATA: '/x' }, '/home/me/.config/iap-auth/credentials.json'],
    ['linux', { XDG_CONFIG_HOME: '/settings' }, '/settings/iap-auth/credentials.json'],
    ['linux', { XDG_CONFIG_HOME: 'settings' }, '/home/me/.config/iap-auth/credentials.json'],
    ['linux', { XDG_CONFIG_HOME: '' }, '/home/me/.config/iap-auth/credentials.json'],
  ] as const)('on %s with %j is %s', (platform, env, path) => {
    expect(defaultPlace(env, '/home/me', platform)).toBe(path);
  });

  it.each([
    [{ APPDATA: 'D:\\Roaming', XDG_CONFIG_HOME: 'C:\\x' }, 'D:\\Roaming\\iap-auth\\credentials.json'],
    [{}, 'C:\\Users\\me\\AppData\\Roaming\\iap-auth\\credentials.json'],
  ])('on Windows with %j is %s', (env, path) => {
    expect(defaultPlace(env, 'C:\\Users\\me', 'win32')).toBe(path);
  });
});

describe('preparePlace', () => {
  it('makes the folders, for this user alone', async () => {
    await withoutUmask(() => preparePlace(join(folder, 'a', 'b', 'user.json')));
    expect([modeOf(join(folder, 'a')), modeOf(join(folder, 'a', 'b'))]).toEqual([0o700, 0o700]);
    expect(readdirSync(join(folder, 'a', 'b'))).toEqual([]);
  });

  it('takes the place of an older sign-in', async () => {
    const path = join(folder, 'user.json');
    await writeUserFile(path, user);
    await preparePlace(path);
    expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual(user);
  });

  it.each([
    ['a key', (path: string) => writeFileSync(path, '{"type": "service_account"}')],
    ['any other file', (path: string) => writeFileSync(path, 'x')],
    ['a folder', (path: string) => mkdirSync(path)],
    ['a link', (path: string) => symlinkSync('/etc/passwd', path)],
    ['a link that leads nowhere', (path: string) => symlinkSync(join(folder, 'nowhere'), path)],
  ])('refuses that of %s', async (_name, put) => {
    const path = join(folder, 'user.json');
    put(path);
    const error = await failureOf(() => preparePlace(path));
    expect(error).toMatchObject({ code: 'config-invalid' });
    expect(error.message).toContain(`--out: ${JSON.stringify(path)} already exists and is not a sign-in file`);
    expect(readdirSync(folder)).toEqual(['user.json']);
  });

  it('says where no folder can be made', async () => {
    writeFileSync(join(folder, 'file'), '');
    const error = await failureOf(() => preparePlace(join(folder, 'file', 'user.json')));
    expect(error.code).toBe('config-invalid');
    expect(error.message).toMatch(/cannot be written \((EEXIST|ENOTDIR)\); give another path$/);
  });
});

describe('writeUserFile', () => {
  it('is for this user alone, whatever the umask and the file that was there', async () => {
    const path = join(folder, 'user.json');
    writeFileSync(path, '{}', { mode: 0o644 });
    await withoutUmask(() => writeUserFile(path, user));
    expect(modeOf(path)).toBe(0o600);
    expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual(user);
    expect(readdirSync(folder)).toEqual(['user.json']);
  });

  it('writes through no link, and leaves what it leads to alone', async () => {
    const target = join(folder, 'target');
    const path = join(folder, 'user.json');
    writeFileSync(target, 'x');
    symlinkSync(target, path);
    await expect(writeUserFile(path, user)).rejects.toThrow('not a file');
    expect([readFileSync(target, 'utf8'), lstatSync(path).isSymbolicLink()]).toEqual(['x', true]);
  });

  it('leaves nothing behind where it cannot end', async () => {
    const path = join(folder, 'user.json');
    mkdirSync(path);
    await expect(writeUserFile(path, user)).rejects.toThrow('not a file');
    expect(readdirSync(folder)).toEqual(['user.json']);
  });
});
