import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import type { Write } from './system.ts';

// Windows takes 32 KiB for all variables of a process, Linux 128 KiB for one: with more, no later step would start.
const longest = 16 * 1024;

/** The variable that an output goes into. Not IAP_AUTH_: what begins so is read as an input. */
export function variableOf(output: string): string {
  return `IAP_${output.toUpperCase()}`;
}

/** Whether an output is the token itself, which belongs only where the CI system hides it. */
export function isToken(output: string): boolean {
  return output === 'token' || output === 'id_token';
}

/** Whether an output is of use on this machine alone: elsewhere there is no such file, and the token does not travel. */
export function isLocal(output: string): boolean {
  return isToken(output) || output === 'header_file';
}

/** Whether a value is one that the environment of later steps can hold. */
export function isShort(value: string): boolean {
  return Buffer.byteLength(value) <= longest;
}

/** Adds a line to a file of the CI's. False, and a warning, where it cannot be written. */
export function appendLine(path: string, line: string, write: Write): boolean {
  return writing(path, () => appendFileSync(path, `${isMidLine(path) ? '\n' : ''}${line}\n`, { mode: 0o600 }), write);
}

/** Whether what somebody else wrote last has no end: what follows would belong to it. */
function isMidLine(path: string): boolean {
  return existsSync(path) && /[^\n]$/.test(readFileSync(path, 'utf8'));
}

/** What is handed on is a convenience: a file that cannot be written ends nothing. */
export function writing(path: string, work: () => void, write: Write): boolean {
  try {
    work();
    return true;
  } catch {
    write(`warning: could not pass values to later steps: ${JSON.stringify(path)} cannot be written`, 'warning');
    return false;
  }
}
