import { rmSync } from 'node:fs';

// rm -rf that works on every system; only what this project builds may be named.
for (const folder of process.argv.slice(2)) {
  if (!['lib', 'dist'].includes(folder)) throw new Error(`not a build folder: ${folder}`);
  rmSync(folder, { recursive: true, force: true });
}
