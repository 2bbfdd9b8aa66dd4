import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { bundledPackages, packageList } from '../scripts/packages.ts';

const lock = {
  packages: {
    'node_modules/a': { version: '1.0.0', license: 'MIT' },
    'node_modules/@b/c': { version: '2.0.0', license: 'ISC' },
    'node_modules/a/node_modules/@b/c': { version: '1.9.0' },
    'node_modules/tool': { version: '1.0.0', license: 'MIT', dev: true },
  },
};

describe('bundledPackages', () => {
  it.each([
    ['/home/me/project/node_modules/a/lib/index.js', 'node_modules/a'],
    ['/home/me/project/node_modules/@b/c/index.js', 'node_modules/@b/c'],
    ['/home/me/project/node_modules/a/node_modules/@b/c/lib/x.js', 'node_modules/a/node_modules/@b/c'],
    ['/home/me/project/node_modules/a/lib/deep/er/node_modules/d/x.js', 'node_modules/a/lib/deep/er/node_modules/d'],
    ['D:\\project\\node_modules\\@b\\c\\index.js', 'node_modules/@b/c'],
  ])('finds the package of %s', (nameForCondition, folder) => {
    expect(bundledPackages({ modules: [{ nameForCondition }] })).toEqual([folder]);
  });

  it('finds those inside of others, and none in our own files', () => {
    const own = { nameForCondition: '/home/me/project/lib/action.js' };
    const inner = { nameForCondition: '/home/me/project/node_modules/a/x.js' };
    expect(bundledPackages({ modules: [{ modules: [own, inner] }, { nameForCondition: null }] })).toEqual([
      'node_modules/a',
    ]);
  });
});

describe('packageList', () => {
  it('names each once, with version and licence', () => {
    const folders = ['node_modules/@b/c', 'node_modules/a', 'node_modules/a', 'node_modules/a/node_modules/@b/c'];
    expect(packageList(folders, lock)).toBe('@b/c@1.9.0 licence not stated\n@b/c@2.0.0 ISC\na@1.0.0 MIT\n');
  });

  it.each(['node_modules/tool', 'node_modules/unknown'])('refuses %s', (folder) => {
    expect(() => packageList([folder], lock)).toThrow(`the bundle holds ${folder}, which is no dependency`);
  });
});

describe('what ships', () => {
  const lines = readFileSync('dist/packages.txt', 'utf8').trim().split('\n');

  it('has a licence that lets it', () => {
    const licences = new Set(lines.map((line) => line.replace(/^\S+ /, '')));
    expect([...licences].sort()).toEqual(['Apache-2.0', 'BSD-3-Clause', 'ISC', 'MIT']);
  });

  it('holds every package that it is said to need at run time', () => {
    const { dependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as {
      dependencies: Record<string, string>;
    };
    const names = lines.map((line) => line.replace(/ .*/, ''));
    expect(names).toEqual(
      expect.arrayContaining(Object.entries(dependencies).map(([name, version]) => `${name}@${version}`)),
    );
  });
});
