import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

const root = resolve(import.meta.dirname, '..');
const run = promisify(execFile);
let folder: string;
let tarball: string;
let installed: string;

interface Packed {
  readonly filename: string;
  readonly size: number;
  readonly files: readonly { readonly path: string }[];
}
let packed: Packed;

/** npm, as this was started by; a proxy and a cache are the machine's own. */
function npm(args: readonly string[], cwd: string) {
  const { npm_execpath: cli } = process.env;
  return cli?.endsWith('.js') ? run(process.execPath, [cli, ...args], { cwd }) : run('npm', args, { cwd });
}

const node = (args: readonly string[], cwd: string) => run(process.execPath, args, { cwd, env: clean() });

/** Nothing of the environment decides what the package does. */
function clean(): NodeJS.ProcessEnv {
  const { PATH, SYSTEMROOT, TEMP } = process.env;
  return { PATH, SYSTEMROOT, TEMP };
}

beforeAll(async () => {
  if (!existsSync(join(root, 'lib', 'index.js'))) throw new Error('lib/ is not built: npm run lib');
  folder = mkdtempSync(join(tmpdir(), 'iap-auth-package-'));
  // The script that builds it all would, a second time.
  const { stdout } = await npm(['pack', '--ignore-scripts', '--json', '--pack-destination', folder], root);
  [packed] = JSON.parse(stdout);
  tarball = join(folder, packed.filename);
  installed = join(folder, 'consumer');
  mkdirSync(installed);
  writeFileSync(join(installed, 'package.json'), '{ "private": true, "type": "module" }');
  await npm(['install', '--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts', tarball], installed);
}, 180_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the package', () => {
  it('holds what is meant for others, and no more', () => {
    const paths = packed.files.map(({ path }) => path);
    const meant =
      /^(lib\/[\w/-]+\.(js|d\.ts)|dist\/cli\/[\w.-]+|schema\/report\.schema\.json|package\.json|README\.md|CHANGELOG\.md|LICENSE)$/;
    expect(paths.filter((path) => !meant.test(path))).toEqual([]);
    expect(paths.filter((path) => /\.map$|^lib\/(action|post|cli)\b/.test(path))).toEqual([]);
    expect(paths).toEqual(
      expect.arrayContaining([
        'lib/index.js',
        'lib/index.d.ts',
        'lib/emulator/index.d.ts',
        'dist/cli/index.js',
        'LICENSE',
      ]),
    );
  });

  it('is smaller than 1.5 MB', () => {
    expect(packed.size).toBeLessThan(1_500_000);
  });

  it('is clean to publint', async () => {
    const { publint } = await import('publint');
    const bytes = readFileSync(tarball);
    const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
    const { messages } = await publint({ strict: true, pack: { tarball: buffer } });
    expect(messages).toEqual([]);
  });

  it('has types that resolve for those who import it', async () => {
    const attw = join(root, 'node_modules', '@arethetypeswrong', 'cli', 'dist', 'index.js');
    const { stdout } = await node([attw, '--profile', 'esm-only', '--format', 'json', tarball], folder);
    const { analysis } = JSON.parse(stdout);
    expect(Object.keys(analysis.entrypoints).sort()).toEqual(['.', './emulator', './package.json']);
    const problems: { resolutionKind?: string }[] = analysis.problems;
    // Node 22 and ES modules are what it asks for: `require`, and resolution without `exports`, are not served.
    const unserved = ['node10', 'node16-cjs'];
    expect(problems.filter(({ resolutionKind = '' }) => !unserved.includes(resolutionKind))).toEqual([]);
  }, 60_000);
});

describe('the package, installed', () => {
  it('has the command line', async () => {
    const { stdout } = await npm(['exec', '--no', '--', 'iap-auth', '--version'], installed);
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    expect(stdout).toBe(`${version}\n`);
  }, 60_000);

  it('gets through the emulator that it brings, from the command line and as a library', async () => {
    writeFileSync(join(installed, 'tour.mjs'), tour);
    const { stdout, stderr } = await node(['tour.mjs'], installed);
    expect(JSON.parse(stdout)).toEqual({
      cli: 'ci@project.iam.gserviceaccount.com',
      library: 'ci@project.iam.gserviceaccount.com',
      report: true,
      status: [302, 200],
      code: 'config-invalid',
    });
    expect(stderr.match(/\(node:\d+\) IapAuthWarning: .*/g)?.length).toBe(3);
    expect(stderr.replace(/\(node:\d+\) IapAuthWarning: .*\n|\(Use `node.*\n/g, '')).toBe('');
  }, 60_000);

  it('has types that hold in a strict project, its examples too', async () => {
    const examples = [
      ...examplesIn('lib/index.d.ts', / \* @example\n((?: \*.*\n)+?) (?:\*\/|\* @)/g),
      ...snippetsIn('README.md'),
    ];
    expect(examples.length).toBeGreaterThanOrEqual(5);
    const files = Object.fromEntries(examples.map((text, index) => [`example${index}.ts`, text]));
    for (const [name, text] of Object.entries({ ...files, 'typed.ts': typed }))
      writeFileSync(join(installed, name), text);
    expect(await compiled({ compilerOptions: tsconfig })).toBe('');
  }, 120_000);

  it("has types that hold in a project without Node's", async () => {
    const snippets = snippetsIn('README.md').filter((text) => text.includes("from 'iap-auth'"));
    expect(snippets.length).toBeGreaterThan(0);
    const text = [...snippets, "export { startEmulator } from 'iap-auth/emulator';"].join('\n');
    writeFileSync(join(installed, 'bare.ts'), text);
    const compilerOptions = { ...tsconfig, lib: ['es2023', 'dom'], typeRoots: [], types: [] };
    expect(await compiled({ compilerOptions, files: ['bare.ts'] })).toBe('');
  }, 120_000);
});

/** What the compiler says of the installed project. */
async function compiled(project: object): Promise<string> {
  writeFileSync(join(installed, 'tsconfig.json'), JSON.stringify(project));
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const { stdout } = await node([tsc, '-p', '.'], installed).catch((error) => {
    throw new Error(error.stdout || error.message);
  });
  return stdout;
}

/** The examples of a file's docstrings. */
function examplesIn(path: string, pattern: RegExp): string[] {
  const text = readFileSync(join(root, path), 'utf8');
  return [...text.matchAll(pattern)].map(([, lines = '']) => lines.replace(/^ \* ?/gm, ''));
}

function snippetsIn(path: string): string[] {
  const text = readFileSync(join(root, path), 'utf8');
  return [...text.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code = '']) => code);
}

const tsconfig = {
  module: 'nodenext',
  target: 'es2023',
  lib: ['es2023'],
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  skipLibCheck: false,
  noEmit: true,
  typeRoots: [join(root, 'node_modules', '@types')],
  types: ['node'],
};

const typed = `
import { type CheckOptions, checkApp, type Code, createTokenSource, hasCode, IapError, mintToken, type Report, withIapAuth } from 'iap-auth';
import { type Emulator, startEmulator } from 'iap-auth/emulator';

const emulator: Emulator = await startEmulator({ port: 0 });
const minted = await mintToken({ targetAudience: 'x', verify: false, tokenKind: 'id_token', delegates: ['a@b.example'], env: {} });
const jwt: string = minted.token.reveal();
const date: Date = minted.expiresAt;
const options: CheckOptions = { expectStatus: ['200'], concurrency: 3, checkProtected: 'warn', log: { info: (line: string) => line } };
const report: Report = await checkApp(new URL(emulator.appUrl), options);
const source = createTokenSource({ url: [new URL(emulator.appUrl)], tokenHeader: 'proxy-authorization' });
const one: typeof fetch = withIapAuth(fetch, source);
const two: typeof fetch = withIapAuth(fetch, { origins: ['https://a.example'], getToken: async () => ({ token: { reveal: () => 'x' } }) });
const code: Code = 'key-rejected';
try {
  await one('x');
} catch (error) {
  if (hasCode(error, 'clock-skew')) error.facts.seconds.toFixed();
  if (error instanceof IapError) error.hint.trim();
}
// @ts-expect-error a misspelt option
await mintToken({ targetAudiance: 'x' });
// @ts-expect-error a word that is not one of them
await mintToken({ tokenKind: 'access_token' });
// @ts-expect-error durations have a unit
await mintToken({ timeout: 10 });
// @ts-expect-error it hands nothing on
await mintToken({ exportEnv: 'IAP_TOKEN' });
// @ts-expect-error the address stands by itself
await checkApp('https://a.example', { url: 'https://a.example' });
// @ts-expect-error a token is no text
const text: string = minted.token;
export { code, date, jwt, report, text, two };
`;

const tour = `
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { checkApp, createTokenSource, mintToken, withIapAuth } from 'iap-auth';
import { startEmulator } from 'iap-auth/emulator';

const emulator = await startEmulator();
const key = await emulator.createKey('ci@project.iam.gserviceaccount.com');
emulator.grant(key.client_email);
writeFileSync('key.json', JSON.stringify(key));
process.env.IAP_AUTH_EMULATOR_HOST = emulator.host;
const options = { credentialsJson: JSON.stringify(key), targetAudience: emulator.clientId };
const emailOf = (jwt) => JSON.parse(Buffer.from(jwt.split('.')[1], 'base64url')).email;

const args = ['node_modules/iap-auth/dist/cli/index.js', 'token', '--credentials-json', '@key.json', '--target-audience', emulator.clientId];
const cli = await promisify(execFile)(process.execPath, args);
const { token } = await mintToken(options);
const { passed } = await checkApp(emulator.appUrl, options);
const fetchApp = withIapAuth(fetch, createTokenSource({ ...options, url: emulator.appUrl }));
const status = [(await fetch(emulator.appUrl, { redirect: 'manual' })).status, (await fetchApp(emulator.appUrl)).status];
const code = await mintToken({}).catch((error) => error.code);
console.log(JSON.stringify({ cli: emailOf(cli.stdout.trim()), library: emailOf(token.reveal()), report: passed, status, code }));
await emulator.close();
`;
