/** Runs the script of a piece as its CI system would, with the built command line in the place of the published one. */
import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import type { Ended } from '../../scripts/runner.ts';

export const root = resolve(import.meta.dirname, '../..');

export const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };

type Variables = Readonly<Record<string, string>>;

export interface Job {
  readonly shell: readonly [program: string, ...flags: string[]];
  readonly script: string;
  readonly env: Variables;
  /** Programs on the PATH, besides npm or in its place: shell scripts by name. */
  readonly programs?: Variables;
  /** What the repository holds, by path. */
  readonly checkout?: Variables;
}

export interface JobEnded extends Ended {
  /** What the job left in its folder and in its own files, by path. */
  readonly files: Variables;
}

/** How a piece installs the command line. */
export const install = `npm install --prefix "$dir" --cache "$dir/cache" --ignore-scripts --no-audit --no-fund iap-auth@${version}`;

// It takes no other package, and no other version.
const npm = `#!/bin/sh
dir="$3"
if [ "npm $*" != "${install.replaceAll('"', '')}" ]; then echo "npm: unexpected: $*" >&2; exit 99; fi
mkdir -p "$dir/node_modules/.bin"
cat > "$dir/node_modules/.bin/iap-auth" << 'END'
#!/bin/sh
exec "${process.execPath}" "${join(root, 'dist/cli/index.js')}" "$@"
END
chmod +x "$dir/node_modules/.bin/iap-auth"
`;

/** Runs a job in a folder of its own, with nothing in its environment but what the job has. */
export async function runJob(prepare: (folder: string) => Job | Promise<Job>): Promise<JobEnded> {
  const base = mkdtempSync(join(tmpdir(), 'iap-auth-job-'));
  const [bin, folder] = [join(base, 'bin'), join(base, 'workspace')];
  try {
    for (const path of [bin, folder]) mkdirSync(path);
    const { shell, script, env, programs, checkout = {} } = await prepare(folder);
    for (const [name, text] of Object.entries(checkout)) writeProgram(join(folder, name), text);
    for (const [name, text] of Object.entries({ npm, ...programs })) writeProgram(join(bin, name), text);
    writeFileSync(join(base, 'script'), script);
    const [program, ...flags] = shell;
    // What stays of temporary files is seen among the job's.
    const usual = { PATH: `${bin}:/usr/bin:/bin`, HOME: base, TMPDIR: folder };
    const ended = await run([program, ...flags, join(base, 'script')], { ...usual, ...env }, folder);
    return { ...ended, files: filesIn(folder) };
  } finally {
    rmSync(base, { recursive: true });
  }
}

function writeProgram(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  chmodSync(path, 0o755);
}

function run([program = '', ...args]: readonly string[], env: Variables, cwd: string): Promise<Ended> {
  const child = spawn(program, args, { env, cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
  return new Promise((done, failed) => {
    child.on('error', failed);
    child.on('close', (code) => done({ code, stdout: String(Buffer.concat(out)), stderr: String(Buffer.concat(err)) }));
  });
}

function filesIn(folder: string): Record<string, string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return Object.fromEntries(
    files.map(({ parentPath, name }) => {
      const path = join(parentPath, name);
      return [path.slice(folder.length + 1), readFileSync(path, 'utf8')];
    }),
  );
}
