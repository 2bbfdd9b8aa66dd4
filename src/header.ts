import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { lstat, open, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Token } from './token.ts';

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = constants;

/**
 * Writes the header for `curl -H @FILE`, for this user alone, to a file that was not there before.
 *
 * @param folder where no other user and no artifact upload looks: the runner's temporary folder
 * @returns the path
 */
export async function writeHeaderFile(folder: string, header: string, token: Token): Promise<string> {
  const path = join(folder, `iap-auth-${randomUUID()}.header`);
  // Neither a file nor a link that somebody put there is written through. (Windows has no O_NOFOLLOW.)
  const file = await open(path, O_WRONLY | O_CREAT | O_EXCL | (O_NOFOLLOW ?? 0), 0o600);
  try {
    await file.writeFile(`${header}: Bearer ${token.reveal()}\n`);
  } finally {
    await file.close();
  }
  return path;
}

/** Removes what `writeHeaderFile` wrote: nothing of another name, and no link. Says whether it was there. */
export async function removeHeaderFile(path: string): Promise<boolean> {
  if (!/^iap-auth-[0-9a-f-]{36}\.header$/.test(basename(path))) return false;
  const isFile = await lstat(path)
    .then((found) => found.isFile())
    .catch(() => false);
  if (isFile) await rm(path);
  return isFile;
}
