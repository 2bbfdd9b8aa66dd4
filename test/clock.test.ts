import { describe, expect, it } from '@jest/globals';
import { shifted } from '../src/clock.ts';
import { fakeClock, noon } from './world.ts';

describe('shifted', () => {
  it.each([3_600_000, -90_000, 0])('tells a time that is %d ms off', (ms) => {
    expect(shifted(fakeClock(), ms).now()).toBe(noon + ms);
  });

  it.each([1, 2])('ticks like the clock under it, if that ticks: %d', (tick) => {
    expect(shifted({ ...fakeClock(), ticks: () => tick }, 1000).ticks?.()).toBe(tick);
    expect(shifted(fakeClock(), 1000)).not.toHaveProperty('ticks');
  });

  it('sleeps and runs on like the clock under it', async () => {
    const clock = fakeClock();
    const ahead = shifted(clock, 1000);
    await ahead.sleep(250);
    expect(clock.slept).toEqual([250]);
    expect(ahead.now()).toBe(noon + 1250);
  });
});
