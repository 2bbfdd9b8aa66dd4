import { execFileSync } from 'node:child_process';
import {
  closeSync,
  constants,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { replaceFile, writePrivate } from '../src/private.ts';

let folder: string;
/** Of pipes: whoever writes into one waits for it to be read. */
const readers: number[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'iap-auth-'));
});
afterEach(() => {
  for (const reader of readers.splice(0)) closeSync(reader);
  rmSync(folder, { recursive: true });
});

const at = (name: string) => join(folder, name);

const inTheWay: [string, (path: string) => void][] = [
  ['a file', (path) => writeFileSync(path, 'theirs')],
  [
    'a link to a file',
    (path) => {
      writeFileSync(at('target'), 'theirs');
      symlinkSync(at('target'), path);
    },
  ],
  ['a link to nothing', (path) => symlinkSync(at('nowhere'), path)],
  ['a folder', (path) => mkdirSync(path)],
  [
    'a pipe',
    (path) => {
      execFileSync('mkfifo', [path]);
      readers.push(openSync(path, constants.O_RDONLY | constants.O_NONBLOCK));
    },
  ],
];

describe('writePrivate', () => {
  it('writes a file for this user alone, whatever the umask', async () => {
    const before = process.umask(0);
    try {
      await writePrivate(at('new'), 'text');
    } finally {
      process.umask(before);
    }
    expect(readFileSync(at('new'), 'utf8')).toBe('text');
    expect(lstatSync(at('new')).mode & 0o777).toBe(0o600);
  });

  it.each(inTheWay)('writes nothing where %s stands', async (_, put) => {
    put(at('new'));
    const before = readdirSync(folder);
    await expect(writePrivate(at('new'), 'text')).rejects.toMatchObject({ code: 'EEXIST' });
    expect(readdirSync(folder)).toEqual(before);
    for (const name of before.filter((one) => lstatSync(at(one)).isFile())) {
      expect(readFileSync(at(name), 'utf8')).toBe('theirs');
    }
  });

  it('leaves nothing of what could not be written whole', async () => {
    await expect(writePrivate(at('new'), undefined as unknown as string)).rejects.toThrow();
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe('replaceFile', () => {
  it.each(['new', 'old'])('writes a %s file that others may read', async (name) => {
    writeFileSync(at('old'), 'before');
    await replaceFile(at(name), 'text');
    expect(readFileSync(at(name), 'utf8')).toBe('text');
    expect(lstatSync(at(name)).mode & 0o777).toBe(0o644 & ~process.umask());
    expect(readdirSync(folder).filter((one) => one.startsWith('.'))).toEqual([]);
  });

  it.each(inTheWay.slice(1))('leaves %s alone', async (_, put) => {
    put(at('new'));
    const before = readdirSync(folder);
    await expect(replaceFile(at('new'), 'text')).rejects.toThrow('not a file');
    expect(readdirSync(folder)).toEqual(before);
  });

  it('leaves nothing behind where it cannot be written', async () => {
    await expect(replaceFile(join(folder, 'gone', 'new'), 'text')).rejects.toMatchObject({ code: 'ENOENT' });
    expect(readdirSync(folder)).toEqual([]);
  });
});
