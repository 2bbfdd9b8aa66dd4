import { setTimeout as delay } from 'node:timers/promises';

/** Time, passed in so that tests need not wait. */
export interface Clock {
  /** Milliseconds since 1970-01-01 UTC. */
  now(): number;
  /** Resolves after so many milliseconds. */
  sleep(ms: number): Promise<void>;
  /** Milliseconds since some time, by a clock that nobody sets. */
  ticks?(): number;
}

export const systemClock: Clock = { now: Date.now, sleep: (ms) => delay(ms), ticks: () => performance.now() };

/** The same clock, set right by so many milliseconds. */
export function shifted(clock: Clock, ms: number): Clock {
  const ticks = clock.ticks?.bind(clock);
  return { now: () => clock.now() + ms, sleep: (duration) => clock.sleep(duration), ...(ticks && { ticks }) };
}

/** Milliseconds since some time: by a clock that nobody sets, where there is one. */
export function ticksOf(clock: Clock): number {
  return clock.ticks?.() ?? clock.now();
}
