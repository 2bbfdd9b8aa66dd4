import { generateKeyPairSync } from 'node:crypto';
import { inspect } from 'node:util';
import { openCi } from '../src/ci/index.ts';
import type { Env } from '../src/ci/system.ts';
import type { Clock } from '../src/clock.ts';
import type { Config, Given } from '../src/config.ts';
import type { Emulator } from '../src/emulator/index.ts';
import { IapError } from '../src/errors.ts';
import { emulatorEndpoints, googleUniverse } from '../src/google/endpoints.ts';
import { createHttp } from '../src/http.ts';
import { readConfig } from '../src/reading.ts';
import type { SourceConfig, SourceDeps } from '../src/sources/source.ts';

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

/** What the core uses of the world, against an emulator; it keeps what was logged and masked. */
export interface TestWorld extends SourceDeps {
  readonly clock: FakeClock;
  /** Lines for people, warnings and debug lines apart. */
  readonly lines: string[];
  readonly warnings: string[];
  readonly debugs: string[];
  readonly masks: string[];
}

export interface TestWorldOptions {
  readonly clock?: FakeClock;
  /** What the process would find in its environment; of GitHub's, if it says so. */
  readonly env?: Env;
  readonly universe?: string;
}

export function openTestWorld(
  emulator: Pick<Emulator, 'host'>,
  { clock = fakeClock(), env = {}, universe = googleUniverse }: TestWorldOptions = {},
): TestWorld {
  const lines: string[] = [];
  const warnings: string[] = [];
  const debugs: string[] = [];
  const masks: string[] = [];
  const log = {
    info: (line: string) => void lines.push(line),
    warn: (line: string) => void warnings.push(line),
    debug: (line: string) => void debugs.push(line),
  };
  return {
    http: createHttp({ clock, log, timeout: 5000 }),
    endpoints: emulatorEndpoints(emulator.host, universe),
    ci: openCi(env, () => undefined),
    mask: (secret) => void masks.push(secret),
    clock,
    env,
    log,
    lines,
    warnings,
    debugs,
    masks,
  };
}

/** The part of the configuration that sources read: nothing given, but for what is. */
export function sourceConfig(given: Partial<SourceConfig> = {}): SourceConfig {
  return {
    credentialsJson: undefined,
    workloadIdentityProvider: undefined,
    serviceAccount: undefined,
    delegates: [],
    audience: undefined,
    subjectTokenFile: undefined,
    subjectTokenVariable: undefined,
    idToken: undefined,
    universe: googleUniverse,
    ...given,
  };
}

/** Inputs, written by their own names. */
export function givenOf(values: Readonly<Record<string, string>>): Given[] {
  return Object.entries(values).map(([name, value]) => ({ name, writtenAs: name, value }));
}

/** The configuration of these inputs, as the action reads them. */
export function configOf(values: Readonly<Record<string, string>>): Config {
  return readConfig(givenOf(values));
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
