import { hasCode, IapError } from '../errors.ts';
import type { HttpResponse } from '../http.ts';
import { showUrl } from '../origin.ts';
import { timeText } from '../report/time.ts';

/** What passes with time, whoever says it. */
export function busy({ status, tries }: Pick<HttpResponse, 'status' | 'tries'>, url: URL): IapError | undefined {
  if (status === 429)
    return new IapError('rate-limited', `${url.host} answered 429, too many requests`, { url: showUrl(url) });
  if (status === 502 || status === 503 || status === 504) return unavailable(url, `last answered ${status}`, tries);
  return undefined;
}

export function unavailable(url: URL, message: string, tries: number): IapError<'unavailable'> {
  return new IapError('unavailable', `${url.host} ${message}`, { url: showUrl(url), tried: times(tries) });
}

/** The same error, with how long it was waited for: so many tries in so many milliseconds. */
export function waitedFor(error: IapError, tries: number, took: number): IapError {
  if (!hasCode(error, 'unavailable') || tries === 1) return error;
  const tried = `${times(tries)} within ${timeText(took)}`;
  return new IapError('unavailable', error.message, { ...error.facts, tried }, { tries });
}

function times(tries: number): string {
  return tries === 1 ? 'once' : `${tries} times`;
}
