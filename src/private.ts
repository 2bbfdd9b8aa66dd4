import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { lstat, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = constants;

/**
 * Writes a new file that only this user can read, from its first byte on: whole, or not at all.
 *
 * @throws the system's error, `EEXIST` where anything is there already
 */
export async function writePrivate(path: string, text: string, mode = 0o600): Promise<void> {
  // Neither a file nor a link that somebody put there is written through. (Windows has no O_NOFOLLOW.)
  const file = await open(path, O_WRONLY | O_CREAT | O_EXCL | (O_NOFOLLOW ?? 0), mode);
  try {
    await file.writeFile(text).finally(() => file.close());
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  }
}

/**
 * Writes a file in the place of an older one, whole or not at all: through no link, and into no pipe.
 *
 * @throws the system's error, or one that says that it is not a file
 */
export async function replaceFile(path: string, text: string, mode = 0o644): Promise<void> {
  const found = await lstat(path).catch(() => undefined);
  if (found !== undefined && !found.isFile()) throw new Error('not a file');
  const unfinished = join(dirname(path), `.${basename(path)}.${randomUUID()}`);
  await writePrivate(unfinished, text, mode);
  try {
    await rename(unfinished, path);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
}
