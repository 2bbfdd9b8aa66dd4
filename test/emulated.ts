import { afterAll, afterEach } from '@jest/globals';
import { type Emulator, type EmulatorOptions, startEmulator } from '../src/emulator/index.ts';
import { noon } from './world.ts';

/** An emulator for the tests of a file, where it is noon if nothing else is said. After each test its faults are over, and its ledger is empty. */
export async function openEmulator(options: EmulatorOptions = { now: () => noon }): Promise<Emulator> {
  const emulator = await startEmulator(options);
  afterEach(() => {
    emulator.clearFaults();
    emulator.ledger.clear();
  });
  afterAll(() => emulator.close());
  return emulator;
}
