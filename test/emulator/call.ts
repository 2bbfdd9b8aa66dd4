import { importPKCS8, type JWTPayload, SignJWT } from 'jose';
import type { KeyFile } from '../../src/emulator/index.ts';

export const cloudPlatform = 'https://www.googleapis.com/auth/cloud-platform';

export interface Seen {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

export async function seen(response: Response): Promise<Seen> {
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

export const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

export const postForm = (url: string, form: Record<string, string>): Promise<Seen> =>
  fetch(url, { method: 'POST', body: new URLSearchParams(form) }).then(seen);

export const postJson = (url: string, body: unknown, headers: Record<string, string> = {}): Promise<Seen> =>
  fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  }).then(seen);

export async function signWith(key: KeyFile, claims: JWTPayload): Promise<string> {
  return new SignJWT(claims)
    .setProtectedHeader({ alg: 'RS256', typ: 'JWT', kid: key.private_key_id })
    .sign(await importPKCS8(key.private_key, 'RS256'));
}

/** A field of an answer that has to be text. */
export function textOf({ body }: Seen, name: string): string {
  const value = body[name];
  if (typeof value !== 'string') throw new Error(`no ${name} in ${JSON.stringify(body)}`);
  return value;
}
