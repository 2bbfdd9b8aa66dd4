import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { replaceFile } from '../src/private.ts';
import { temporaryFolder } from './folder.ts';

const folder = temporaryFolder();

it('leaves no unfinished file where it cannot take its place', async () => {
  await expect(replaceFile(join(folder, 'name/'), 'text')).rejects.toThrow(/^E/);
  expect(readdirSync(folder)).toEqual([]);
});
