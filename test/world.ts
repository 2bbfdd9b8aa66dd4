import { generateKeyPairSync } from 'node:crypto';
import { inspect } from 'node:util';
import type { Clock } from '../src/clock.ts';
import type { Emulator } from '../src/emulator/index.ts';
import { IapError } from '../src/errors.ts';
import { emulatorEndpoints } from '../src/google/endpoints.ts';
import { createHttp } from '../src/http.ts';
import type { MintDeps } from '../src/mint.ts';

/** A clock that moves only when somebody sleeps on it, and then at once. */
export interface FakeClock extends Clock {
  readonly slept: number[];
}

export const noon = Date.parse('2026-03-01T12:00:00Z');

export function fakeClock(start = noon): FakeClock {
  const slept: number[] = [];
  return {
    slept,
    now: () => slept.reduce((sum, ms) => sum + ms, start),
    sleep: async (ms) => {
      slept.push(ms);
    },
  };
}

/** What minting and checking use of the world, against an emulator; it keeps what was logged and masked. */
export interface TestWorld extends MintDeps {
  readonly clock: FakeClock;
  readonly warnings: string[];
  readonly masks: string[];
}

export function openTestWorld(emulator: Pick<Emulator, 'host'>, clock = fakeClock()): TestWorld {
  const warnings: string[] = [];
  const masks: string[] = [];
  const log = { info: () => undefined, warn: (line: string) => void warnings.push(line), debug: () => undefined };
  return {
    http: createHttp({ clock, log, timeout: 5000 }),
    endpoints: emulatorEndpoints(emulator.host),
    mask: (secret) => void masks.push(secret),
    clock,
    log,
    warnings,
    masks,
  };
}

/** The error of ours that `work` ends in. Anything else that it ends in fails the test. */
export async function failureOf(work: () => unknown): Promise<IapError> {
  try {
    await work();
  } catch (error) {
    if (error instanceof IapError) return error;
    throw error;
  }
  throw new Error('it did not fail');
}

/** All that anybody can get to see of an error. */
export function shownOf(error: IapError): string {
  return [error.message, error.hint, error.stack, inspect(error, { depth: Infinity, showHidden: true })].join('\n');
}

/** A key as in a key file, and the lines of it that must stay secret. */
export function createPem(): { pem: string; lines: string[] } {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  return { pem, lines: secretLines(pem) };
}

export function secretLines(pem: string): string[] {
  return pem.split('\n').filter((line) => line !== '' && !line.includes('-----'));
}
