import { constants } from 'node:fs';
import { open, rm } from 'node:fs/promises';

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = constants;

/**
 * Writes a new file that only this user can read, from its first byte on: whole, or not at all.
 *
 * @throws the system's error, `EEXIST` where anything is there already
 */
export async function writePrivate(path: string, text: string): Promise<void> {
  // Neither a file nor a link that somebody put there is written through. (Windows has no O_NOFOLLOW.)
  const file = await open(path, O_WRONLY | O_CREAT | O_EXCL | (O_NOFOLLOW ?? 0), 0o600);
  try {
    await file.writeFile(text).finally(() => file.close());
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  }
}
