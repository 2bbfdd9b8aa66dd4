import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { temporaryFolder } from './folder.ts';

let folder: string;

beforeEach(() => {
  folder = temporaryFolder();
});

/** What the script says of a tree of these files. */
async function judge(files: Record<string, string>) {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(folder, dirname(path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  const judged = promisify(execFile)(process.execPath, [resolve('scripts/arrows.ts')], { cwd: folder });
  return judged.then(
    () => '',
    ({ stderr }: { stderr: string }) => stderr,
  );
}

const importOf = (path: string) => `import { x } from '${path}';\n`;

describe('scripts/arrows.ts', () => {
  it('has nothing to say of imports that point down', async () => {
    const emulator = { 'src/emulator/index.ts': importOf('./key.ts'), 'src/emulator/key.ts': '' };
    expect(await judge({ 'src/mint.ts': importOf('./errors.ts'), 'src/errors.ts': '', ...emulator })).toBe('');
  });

  it('names an import that points up', async () => {
    expect(await judge({ 'src/errors.ts': importOf('./mint.ts'), 'src/mint.ts': '' })).toBe(
      'imports that do not point down the layers of scripts/arrows.ts:\nsrc/errors.ts -> src/mint.ts\n',
    );
  });

  it.each([{}, { 'src/mint.ts': importOf('./x.ts') }])(
    'asks for a module that is not listed, whoever imports it: %j',
    async (files) => {
      const all = { 'src/x.ts': importOf('./errors.ts'), 'src/errors.ts': '', ...files };
      expect(await judge(all)).toBe('src/x.ts is not in the layers of scripts/arrows.ts: add it\n');
    },
  );
});
