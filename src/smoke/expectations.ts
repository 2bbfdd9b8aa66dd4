import { IapError } from '../errors.ts';
import type { HttpResponse } from '../http.ts';

/** HTTP statuses, as inclusive ranges. */
export type Statuses = readonly (readonly [from: number, to: number])[];

/** What the app's answer must be like. */
export interface Expectations {
  readonly expectStatus: Statuses;
}

/** What the answer lacks; undefined if it is as expected. */
export function unmet({ status }: HttpResponse, { expectStatus }: Expectations): IapError | undefined {
  if (expectStatus.some(([from, to]) => from <= status && status <= to)) return undefined;
  const expected = expectStatus.map(([from, to]) => (from === to ? String(from) : `${from}-${to}`)).join(',');
  return new IapError('app-status', `the app answered ${status}, expected ${expected}`, { expected, found: status });
}
