import { lstat, mkdir, readFile } from 'node:fs/promises';
import { dirname, posix, win32 } from 'node:path';
import { invalid, systemCode } from '../errors.ts';
import { jsonObject } from '../json.ts';
import { replaceFile } from '../private.ts';

/** A user's sign-in, as gcloud keeps it and as Google's libraries read it. */
export interface UserFile {
  readonly type: 'authorized_user';
  readonly client_id: string;
  readonly client_secret: string;
  readonly refresh_token: string;
}

/** Where this user's settings are: https://specifications.freedesktop.org/basedir-spec/latest/ */
export function defaultPlace(env: Env, home: string, platform: NodeJS.Platform): string {
  const path = platform === 'win32' ? win32 : posix;
  const told = env[platform === 'win32' ? 'APPDATA' : 'XDG_CONFIG_HOME'] ?? '';
  const usual = platform === 'win32' ? path.join(home, 'AppData', 'Roaming') : path.join(home, '.config');
  return path.join(path.isAbsolute(told) ? told : usual, 'iap-auth', 'credentials.json');
}

type Env = Readonly<Record<string, string | undefined>>;

/**
 * Makes the folder, for this user alone, and looks whether the file may be written: an older sign-in is replaced,
 * nothing else is.
 *
 * @throws {IapError} `config-invalid`
 */
export async function preparePlace(path: string): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    if (!(await isReplaceable(path)))
      throw invalid([`--out: ${JSON.stringify(path)} already exists and is not a sign-in file; give another path`]);
  } catch (error) {
    const code = systemCode(error);
    if (code === undefined) throw error;
    throw invalid([`--out: ${JSON.stringify(path)} cannot be written (${code}); give another path`]);
  }
}

async function isReplaceable(path: string): Promise<boolean> {
  const found = await lstat(path).catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  });
  if (found === undefined) return true;
  return found.isFile() && jsonObject(await readFile(path, 'utf8'))['type'] === 'authorized_user';
}

/** Writes the sign-in for this user alone: whole, or not at all. */
export function writeUserFile(path: string, user: UserFile): Promise<void> {
  return replaceFile(path, `${JSON.stringify(user, null, 2)}\n`, 0o600);
}
