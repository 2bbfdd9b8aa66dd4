import { IapError } from '../errors.ts';
import { jsonObject } from '../json.ts';
import { isConfidential } from '../origin.ts';
import { wordsOf } from '../text.ts';
import { bearerIn, maskJwt } from '../token.ts';
import type { Env, OidcDeps } from './system.ts';

/** How a CI system's own endpoint is asked for a token. */
interface Question {
  /** The system's name, for people. */
  readonly system: string;
  readonly method: 'GET' | 'POST';
  /** The variable that holds the endpoint's URL. */
  readonly variable: string;
  /** The variable that holds the job's bearer token. */
  readonly bearerVariable: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** The field of the answer that holds the token. */
  readonly field: string;
  /** What the job lacks if it may not ask. */
  readonly fix: string;
  /** What mends a refusal. */
  readonly refusedFix: string;
}

/** @throws {IapError} `oidc-unavailable`, `oidc-refused` */
export async function askForToken(env: Env, question: Question, { http, mask }: OidcDeps): Promise<string> {
  const { system, method, headers = {}, field } = question;
  const bearer = bearerIn(env[question.bearerVariable]);
  if (!env[question.variable] || bearer === undefined) throw noToken(system, question.fix);
  mask(bearer);
  const url = urlOf(env, question);
  const accept = { authorization: `Bearer ${bearer}`, accept: 'application/json' };
  const response = await http({ method, url, headers: { ...accept, ...headers } });
  const value = jsonObject(response.body)[field];
  if (typeof value === 'string') maskJwt(value, mask);
  const token = bearerIn(value);
  if (response.status === 200 && token !== undefined) return token;
  const words = wordsOf(response.status, typeof value === 'string' ? undefined : response.body);
  throw new IapError('oidc-refused', `${system}'s OIDC endpoint refused: ${words}`, {
    host: url.host,
    ...(isFinal(response.status) ? { fix: question.refusedFix } : {}),
  });
}

/** Whether the job is at fault, and not the endpoint or the hour. */
function isFinal(status: number): boolean {
  return status >= 400 && status < 500 && status !== 429;
}

function urlOf(env: Env, { system, variable, query }: Question): URL {
  const endpoint = env[variable] ?? '';
  if (!URL.canParse(endpoint) || !isConfidential(new URL(endpoint))) {
    const fix = `${system} sets ${variable} by itself: do not set it in the job.`;
    throw new IapError('oidc-refused', `the address of ${system}'s OIDC endpoint is not an https URL`, {
      host: variable,
      fix,
    });
  }
  const url = new URL(endpoint);
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  return url;
}

export function noToken(system: string, fix: string): IapError<'oidc-unavailable'> {
  return new IapError('oidc-unavailable', `${system} gives this job no OIDC token`, { fix });
}
