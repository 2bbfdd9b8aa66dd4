import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { beginningOf } from '../../src/fetch/body.ts';

/** An answer that begins so, and does not end. */
const endless = (text = 'JWT has') =>
  new Response(new ReadableStream({ start: (out) => out.enqueue(new TextEncoder().encode(text)) }), { status: 401 });

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

const timers = () => jest.getTimerCount();

describe('the beginning of an answer', () => {
  it('that ends is all of it, and leaves it whole', async () => {
    const response = new Response('JWT has expired');
    expect(await beginningOf(response, { bytes: 1024 })).toBe('JWT has expired');
    expect(await response.text()).toBe('JWT has expired');
    expect(timers()).toBe(0);
  });

  it('is as long as it may be', async () => {
    expect(await beginningOf(endless('JWT has'), { bytes: 3 })).toBe('JWT');
    expect(timers()).toBe(0);
  });

  it.each([
    [3000, {}],
    [50, { most: 50 }],
  ])('that does not end is what came within %d ms', async (ms, limit) => {
    const response = endless();
    let told: string | undefined;
    const reading = beginningOf(response, { bytes: 1024, ...limit }).then((text) => {
      told = text;
    });
    await jest.advanceTimersByTimeAsync(ms - 1);
    expect(told).toBeUndefined();
    await jest.advanceTimersByTimeAsync(1);
    await reading;
    expect(told).toBe('JWT has');
    const again = response.body?.getReader();
    expect(new TextDecoder().decode((await again?.read())?.value)).toBe('JWT has');
  });

  it.each(['before', 'after'])('is no more than what came %s the caller gave up', async (when) => {
    const control = new AbortController();
    if (when === 'before') control.abort();
    const reading = beginningOf(endless(), { bytes: 1024, signal: control.signal });
    await jest.advanceTimersByTimeAsync(10);
    control.abort();
    expect(await reading).toBe(when === 'before' ? '' : 'JWT has');
    expect(timers()).toBe(0);
  });

  it('of an answer without a body is nothing', async () => {
    expect(await beginningOf(new Response(null, { status: 401 }), { bytes: 1024 })).toBe('');
  });
});
