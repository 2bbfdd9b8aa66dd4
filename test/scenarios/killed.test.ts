import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, lstatSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { inputVariables } from '../../scripts/runner.ts';
import { temporaryFolder } from '../folder.ts';
import { onScene, type Scene } from './scene.ts';

let folder: string;
beforeEach(() => {
  folder = temporaryFolder();
});

const headerFiles = () => readdirSync(folder).filter((name) => name.endsWith('.header'));

/** Starts a step whose app never answers, without any umask, and ends it once its header file is there. */
async function killWhileItChecks({ emulator, env, inputs }: Scene): Promise<void> {
  emulator.fail('app', { hang: 'before-headers' });
  for (const name of ['output', 'state', 'env', 'summary']) writeFileSync(join(folder, name), '');
  const step = spawn('sh', ['-c', 'umask 0; exec "$0" "$1"', process.execPath, resolve('dist/action/index.js')], {
    env: {
      ...env,
      GITHUB_ACTIONS: 'true',
      RUNNER_TEMP: folder,
      GITHUB_OUTPUT: join(folder, 'output'),
      GITHUB_STATE: join(folder, 'state'),
      ...inputVariables({ ...inputs, header_file: 'true' }),
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await told(step, 'Minted an ID token');
  step.kill('SIGKILL');
  await once(step, 'close');
}

async function told(step: ChildProcess, words: string): Promise<void> {
  let said = '';
  for await (const chunk of step.stdout ?? []) {
    said += String(chunk);
    if (said.includes(words)) return;
  }
  throw new Error(`the step ended, and said ${said}`);
}

/** The clean-up, with what the step kept in its state. */
async function cleanUp(state: Readonly<Record<string, string>>): Promise<number> {
  const post = spawn(process.execPath, [resolve('dist/post/index.js')], { env: state, stdio: 'ignore' });
  const [code] = (await once(post, 'close')) as [number];
  return code;
}

describe('a step that is killed', () => {
  it('leaves nothing that others can read, and its clean-up removes what it left', () =>
    onScene(async (scene) => {
      await killWhileItChecks(scene);
      const [name = ''] = headerFiles();
      const path = join(folder, name);
      expect(readFileSync(path, 'utf8')).toMatch(/^Authorization: Bearer eyJ/);
      expect(lstatSync(path).mode & 0o777).toBe(0o600);
      const kept = readFileSync(join(folder, 'state'), 'utf8');
      expect(kept).toContain(path);
      expect(await cleanUp({ STATE_headerFile: path })).toBe(0);
      expect(headerFiles()).toEqual([]);
    }));

  it.each(['output', 'state'])('has a clean-up that leaves %s alone, whatever the state says', async (name) => {
    writeFileSync(join(folder, name), 'theirs');
    expect(await cleanUp({ STATE_headerFile: join(folder, name) })).toBe(0);
    expect(existsSync(join(folder, name))).toBe(true);
  });
});
