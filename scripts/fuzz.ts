/** Runs the property tests with many more cases: `npm run fuzz -- -t NAME` for one. FUZZ_RUNS: how many, 100,000 if it is not set. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';

const jest = join(import.meta.dirname, '../node_modules/jest/bin/jest.js');
const args = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', jest];
const child = spawn(process.execPath, [...args, '--testPathPatterns=properties', ...process.argv.slice(2)], {
  env: { FUZZ_RUNS: '100000', ...process.env },
  stdio: 'inherit',
});
child.on('exit', (code) => {
  process.exitCode = code ?? 1;
});
