/** Bundles lib/ into dist/; with --check, compares what is committed with what is built. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const entries = { action: 'lib/action.js', post: 'lib/post.js', cli: 'lib/cli/index.js' };

function bundle(into: string): void {
  for (const [name, entry] of Object.entries(entries)) {
    const options = ['--license', 'licenses.txt', '--no-cache', '--quiet'];
    const ncc = join('node_modules', '@vercel', 'ncc', 'dist', 'ncc', 'cli.js');
    execFileSync(process.execPath, [ncc, 'build', entry, '--out', join(into, name), ...options], { stdio: 'inherit' });
  }
}

function filesIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  const found = readdirSync(folder, { recursive: true, withFileTypes: true });
  return found.filter((one) => one.isFile()).map((one) => join(one.parentPath, one.name).slice(folder.length + 1));
}

function differences(committed: string, built: string): string[] {
  const names = new Set([...filesIn(committed), ...filesIn(built)]);
  return [...names].filter((name) => read(join(committed, name)) !== read(join(built, name))).sort();
}

function read(path: string): string | undefined {
  return existsSync(path) ? readFileSync(path, 'latin1') : undefined;
}

function check(): void {
  const built = mkdtempSync(join(tmpdir(), 'iap-auth-dist-'));
  try {
    bundle(built);
    const changed = differences('dist', built);
    if (changed.length === 0) return;
    console.error(`dist/ is not what src/ builds: ${changed.join(', ')}\nRun: npm run build`);
    process.exitCode = 1;
  } finally {
    rmSync(built, { recursive: true });
  }
}

if (process.argv.includes('--check')) check();
else {
  rmSync('dist', { recursive: true, force: true });
  bundle('dist');
}
