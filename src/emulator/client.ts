import type { Refusal } from './refusal.ts';
import type { World } from './world.ts';

/** Whether the form comes from the OAuth client of the users. unsure: the text for a wrong secret. */
export function judgeClient(form: URLSearchParams, { desktop }: World): Refusal | undefined {
  const refusal = { status: 401, error: 'invalid_client' };
  if (form.get('client_id') !== desktop.id || desktop.isDeleted) {
    return { ...refusal, error_description: 'The OAuth client was not found.' };
  }
  if (form.get('client_secret') !== desktop.secret) {
    return { ...refusal, error_description: 'The provided client secret is invalid.' };
  }
  return undefined;
}

/** The number of the project that owns a client: `NUMBER-….apps.googleusercontent.com`. */
export const projectOfClient = (id: string): string | undefined =>
  /^(\d+)-[\w-]+\.apps\.googleusercontent\.com$/.exec(id)?.[1];
