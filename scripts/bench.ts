/** Measures whole processes of the built dist, and its size. Prints medians; judges nothing. */
import { readdirSync, statSync } from 'node:fs';
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

/** What starts, and all that ships beside it: what is not needed is never loaded. */
function sizesOf(folder: string): Record<string, string> {
  const sizeOf = (name: string) => statSync(`${folder}/${name}`).size;
  const kib = (bytes: number) => `${Math.round(bytes / 1024)} KiB`;
  const all = readdirSync(folder).reduce((sum, name) => sum + sizeOf(name), 0);
  return {
    [`${folder}/index.js, loaded at start`]: kib(sizeOf('index.js')),
    [`${folder}/, the whole folder`]: kib(all),
  };
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
    ...sizesOf('dist/action'),
    ...sizesOf('dist/cli'),
  });
} finally {
  await emulator.close();
}
