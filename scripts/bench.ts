/** Measures whole processes of the built dist, and its size. Prints medians; judges nothing. */
import { statSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { startEmulator } from '../src/emulator/index.ts';
import { runCli, runStep } from './runner.ts';

const runs = 5;

async function median(work: () => Promise<{ code: number | null }>): Promise<string> {
  const times: number[] = [];
  for (let run = 0; run <= runs; run++) {
    const started = performance.now();
    const { code } = await work();
    if (code !== 0) throw new Error(`exit code ${code}`);
    // The first run warms the disk's cache.
    if (run > 0) times.push(performance.now() - started);
  }
  times.sort((a, b) => a - b);
  const [low, middle, high] = [times[0], times[Math.floor(runs / 2)], times.at(-1)].map((time) =>
    Math.round(time ?? 0),
  );
  return `${middle} ms (${low} to ${high})`;
}

const emulator = await startEmulator();
try {
  const key = await emulator.createKey('bench@demo-project.iam.gserviceaccount.com');
  emulator.grant(key.client_email);
  const env = { IAP_AUTH_EMULATOR_HOST: emulator.host };
  const inputs = { credentials_json: JSON.stringify(key), target_audience: emulator.clientId };
  const url = Array.from({ length: 10 }, (_, index) => `${emulator.appUrl}/slow?ms=300&n=${index}`).join('\n');
  const slow = { ...inputs, url, check_protected: 'off' };
  console.table({
    'command line, --version': await median(() => runCli(['--version'])),
    'action, mint only': await median(() => runStep(inputs, env)),
    'action, mint and check': await median(() => runStep({ ...inputs, url: `${emulator.appUrl}/` }, env)),
    'action, ten checks of 300 ms, concurrency 1': await median(() => runStep({ ...slow, concurrency: '1' }, env)),
    'action, ten checks of 300 ms, concurrency 10': await median(() => runStep({ ...slow, concurrency: '10' }, env)),
    'dist/action/index.js': `${Math.round(statSync('dist/action/index.js').size / 1024)} KiB`,
    'dist/cli/index.js': `${Math.round(statSync('dist/cli/index.js').size / 1024)} KiB`,
  });
} finally {
  await emulator.close();
}
