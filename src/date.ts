import { type Clock, shifted } from './clock.ts';
import type { Http } from './http.ts';

/** A transport, and the time that its answers tell. */
export interface Dated {
  readonly http: Http;
  /** Goes by the `Date` of the last answer (RFC 9110 §6.6.1); undefined if that told none, or none came. */
  readonly told: () => Clock | undefined;
}

/** Notes how far this machine's clock is from those of the servers that answer. */
export function noteDates(http: Http, clock: Clock): Dated {
  let told: Clock | undefined;
  return {
    http: async (request) => {
      const response = await http(request);
      const date = Date.parse(response.headers['date'] ?? '');
      told = Number.isNaN(date) ? undefined : shifted(clock, date - clock.now());
      return response;
    },
    told: () => told,
  };
}
