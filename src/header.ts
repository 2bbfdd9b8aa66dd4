import { randomUUID } from 'node:crypto';
import { lstat, realpath, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, relative, sep } from 'node:path';
import { invalid, systemCode } from './errors.ts';
import { writePrivate } from './private.ts';
import type { Token } from './token.ts';

const names = { authorization: 'Authorization', 'proxy-authorization': 'Proxy-Authorization' } as const;

/** Which header carries the token. */
export type TokenHeader = keyof typeof names;

/** The header that carries the token, as curl takes it. */
export function headerLine(header: TokenHeader, token: Token): string {
  return `${names[header]}: Bearer ${token.reveal()}`;
}

/** Folders of a job, as far as its CI system names them. */
export interface Folders {
  /** Where the job's own files go that nobody is to keep. */
  readonly temporary?: string | undefined;
  /** The checkout: artifacts and caches are made of its files, and whoever writes the code can put files there. */
  readonly workspace?: string | undefined;
}

/**
 * Writes the header for `curl -H @FILE`, for this user alone, to a file that was not there before, outside of the
 * workspace: artifacts and caches are made of that.
 *
 * @returns the path
 * @throws {IapError} `config-invalid` if there is no place for it
 */
export async function writeHeaderFile(
  { temporary, workspace }: Folders,
  header: TokenHeader,
  token: Token,
): Promise<string> {
  const folder = temporary || tmpdir();
  try {
    const place = await realpath(folder);
    if (workspace && isWithin(place, await realpath(workspace).catch(() => workspace))) {
      throw unfit(folder, 'is in the workspace, which artifacts and caches are made of');
    }
    const path = join(place, `iap-auth-${randomUUID()}.header`);
    await writePrivate(path, `${headerLine(header, token)}\n`);
    return path;
  } catch (error) {
    const code = systemCode(error);
    throw code === undefined ? error : unfit(folder, `cannot be written to (${code})`);
  }
}

function unfit(folder: string, why: string): Error {
  return invalid([
    `header_file: the temporary folder ${JSON.stringify(folder)} ${why}; set RUNNER_TEMP or TMPDIR to one outside of it that this user can write to`,
  ]);
}

function isWithin(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way === '' || (way !== '..' && !way.startsWith(`..${sep}`) && !/^[a-z]:/i.test(way));
}

/** Removes what `writeHeaderFile` wrote: nothing of another name, and no link. Says whether it was there. */
export async function removeHeaderFile(path: string): Promise<boolean> {
  if (!/^iap-auth-[0-9a-f-]{36}\.header$/.test(basename(path))) return false;
  const isFile = await lstat(path)
    .then((found) => found.isFile())
    .catch(() => false);
  if (isFile) await unlink(path);
  return isFile;
}
