/** Bundles lib/ into dist/, with a list of the packages in it; with --check, compares what is committed with what is built. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundledPackages, packageList, type Stats } from './packages.ts';

// Packages that a dependency takes if they happen to be there: here, for development, they are.
const left = ['supports-color'];

const entries = { action: 'lib/action.js', post: 'lib/post.js', cli: 'lib/cli/index.js' };

function bundle(into: string): void {
  const scratch = mkdtempSync(join(tmpdir(), 'iap-auth-stats-'));
  try {
    const found = Object.entries(entries).flatMap(([name, entry]) => {
      const stats = join(scratch, `${name}.json`);
      const external = left.flatMap((one) => ['--external', one]);
      const options = ['--license', 'licenses.txt', '--stats-out', stats, '--no-cache', '--quiet', ...external];
      const ncc = join('node_modules', '@vercel', 'ncc', 'dist', 'ncc', 'cli.js');
      execFileSync(process.execPath, [ncc, 'build', entry, '--out', join(into, name), ...options], {
        stdio: 'inherit',
      });
      return bundledPackages(JSON.parse(readFileSync(stats, 'utf8')) as Stats);
    });
    const lock: unknown = JSON.parse(readFileSync('package-lock.json', 'utf8'));
    writeFileSync(join(into, 'packages.txt'), packageList(found, lock));
  } finally {
    rmSync(scratch, { recursive: true });
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
