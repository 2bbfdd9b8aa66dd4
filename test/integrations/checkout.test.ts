/** The pieces with the npm of this machine, in a checkout whose author wants to choose the program that runs. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { root, runJob, version } from './job.ts';
import { pieces } from './pieces.ts';

const run = promisify(execFile);
let folder: string;
let npm: string;
let settings: string;
let registry: Server;

/** Holds the package as it would be published, and none of those that it depends on: the command line is a bundle. */
function serve(tarball: Buffer): Server {
  const integrity = `sha512-${createHash('sha512').update(tarball).digest('base64')}`;
  return createServer(({ url, headers: { host } }, response) => {
    if (url === '/iap-auth.tgz') return response.end(tarball);
    const dist = { integrity, tarball: `http://${host}/iap-auth.tgz` };
    const one = { name: 'iap-auth', version, bin: { 'iap-auth': 'dist/cli/index.js' }, dist };
    const found = { name: 'iap-auth', 'dist-tags': { latest: version }, versions: { [version]: one } };
    return response.writeHead(url === '/iap-auth' ? 200 : 404).end(JSON.stringify(url === '/iap-auth' ? found : {}));
  });
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'iap-auth-checkout-'));
  const { npm_execpath: cli } = process.env;
  npm = cli?.endsWith('.js') ? cli : (await run('sh', ['-c', 'command -v npm'])).stdout.trim();
  await run(npm, ['pack', '--ignore-scripts', '--pack-destination', folder], { cwd: root });
  registry = serve(readFileSync(join(folder, `iap-auth-${version}.tgz`))).listen(0, '127.0.0.1');
  await once(registry, 'listening');
  const address = registry.address();
  if (typeof address !== 'object') throw new Error('the registry has no port');
  settings = join(folder, 'npmrc');
  writeFileSync(settings, `registry=http://127.0.0.1:${address?.port}/\n`);
}, 60_000);
afterAll(() => {
  registry.close();
  rmSync(folder, { recursive: true });
});

const planted = '#!/bin/sh\necho "planted: $0"\n';

const checkout = {
  'package.json': JSON.stringify({ name: 'iap-auth', version, bin: 'planted.js', overrides: { 'iap-auth': 'file:.' } }),
  'planted.js': planted,
  '.npmrc': 'registry=http://127.0.0.1:1/\nscript-shell=./planted.js\n',
  'node_modules/iap-auth/package.json': JSON.stringify({ name: 'iap-auth', version, bin: 'planted.js' }),
  'node_modules/iap-auth/planted.js': planted,
  ...Object.fromEntries(['iap-auth', 'node', 'npm', 'sh'].map((name) => [`node_modules/.bin/${name}`, planted])),
  'checks.yml': '- name: of the checkout\n',
};

describe.each(pieces)('the piece for $name', (piece) => {
  it("runs the registry's program in the checkout, and none of the checkout's", async () => {
    const ended = await runJob(async (workspace) => {
      const inputs = { checks_file: 'checks.yml', target_audience: 'x.apps.googleusercontent.com' };
      const given = { inputs, folder: workspace, sign: async () => 'none', listen: async () => 'none' };
      const job = await piece.job(given);
      const programs = { ...job.programs, node: `#!/bin/sh\nexec "${process.execPath}" "$@"\n` };
      return {
        ...job,
        checkout,
        env: { ...job.env, npm_config_userconfig: settings },
        programs: { ...programs, npm: `#!/bin/sh\nexec "${process.execPath}" "${npm}" "$@"\n` },
      };
    });
    expect(`${ended.stdout}${ended.stderr}`).not.toContain('planted');
    // The file is found, and something is wrong with it.
    const found = expect.stringContaining('IAP_AUTH_CHECKS_FILE, line 1, "of the checkout"');
    expect(ended).toMatchObject({ code: 2, stderr: found });
    const modules = Object.keys(ended.files).filter((path) => path.includes('node_modules/'));
    expect(modules.filter((path) => !Object.hasOwn(checkout, path))).toEqual([]);
  }, 60_000);
});
