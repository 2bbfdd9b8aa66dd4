import { expect } from '@jest/globals';
import type { Ended, StepEnded } from '../../scripts/runner.ts';
import { type Emulator, type EmulatorOptions, type KeyFile, startEmulator } from '../../src/emulator/index.ts';

/** An emulator, an account that may pass, and the inputs that make its gate open. */
export interface Scene {
  readonly emulator: Emulator;
  readonly key: KeyFile;
  readonly env: Readonly<Record<string, string>>;
  readonly inputs: Readonly<Record<string, string>>;
}

export const account = 'ci@demo-project.iam.gserviceaccount.com';

/** Runs a scenario on a fresh emulator, and closes it whatever happens. */
export async function onScene<T>(play: (scene: Scene) => Promise<T>, options?: EmulatorOptions): Promise<T> {
  const emulator = await startEmulator(options);
  try {
    const key = await emulator.createKey(account);
    emulator.grant(account);
    const inputs = {
      credentials_json: JSON.stringify(key),
      target_audience: emulator.clientId,
      url: `${emulator.appUrl}/`,
      // One request, and no waiting: scenarios that are about more say so.
      check_protected: 'off',
      retry_for: '1ms',
    };
    // What a step prints must not depend on whether it is debugged; what it must not print is looked for in all of it.
    return await play({ emulator, key, env: { IAP_AUTH_EMULATOR_HOST: emulator.host, RUNNER_DEBUG: '1' }, inputs });
  } finally {
    await emulator.close();
  }
}

const mask = /^::add-mask::/;

/** Fails if a secret of the emulator or of the key stands anywhere but in a mask, or a token output. */
export function expectNoLeak({ emulator, key }: Scene, { stdout, stderr, ...step }: Ended | StepEnded): void {
  const secrets = [
    ...emulator.ledger.secrets,
    ...key.private_key.split('\n').filter((line) => line && !line.startsWith('-----')),
  ];
  expect(secrets.length).toBeGreaterThan(10);
  const log = `${stdout}\n${stderr}`.split('\n').filter((line) => !mask.test(line));
  const { outputs = {}, summary = '' } = step as Partial<StepEnded>;
  const { token, id_token, ...others } = outputs;
  const shown = [...log, summary, ...Object.values(others)].join('\n');
  expect(secrets.filter((secret) => shown.includes(secret))).toEqual([]);
}

/** Fails unless the token was masked before anything else could show it. */
export function expectMasked(secret: string, stdout: string): void {
  expect(stdout.split('\n')).toContain(`::add-mask::${secret}`);
}
