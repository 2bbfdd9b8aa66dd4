import type { JSONWebKeySet } from 'jose';
import type { Http } from '../http.ts';
import { jsonObject } from '../json.ts';

/**
 * The keys that Google signs ID tokens with, or undefined if the answer is no set of keys:
 * https://developers.google.com/identity/openid-connect/openid-connect#validatinganidtoken
 */
export async function fetchKeys(http: Http, url: string): Promise<JSONWebKeySet | undefined> {
  const { status, body } = await http({ method: 'GET', url, headers: { accept: 'application/json' } });
  const { keys } = jsonObject(body);
  return status === 200 && Array.isArray(keys) ? { keys } : undefined;
}
