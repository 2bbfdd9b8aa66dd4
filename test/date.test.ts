import { describe, expect, it } from '@jest/globals';
import { noteDates } from '../src/date.ts';
import type { HttpResponse } from '../src/http.ts';
import { fakeClock, noon } from './world.ts';

/** What it tells after answers with these dates; undefined: an answer without one. */
async function toldAfter(...dates: readonly (string | undefined)[]) {
  const clock = fakeClock();
  const answers = dates.map((date): HttpResponse => {
    return { status: 200, headers: date === undefined ? {} : { date }, body: 'x', tries: 1 };
  });
  const left = [...answers];
  const { http, told } = noteDates(async () => left.shift() ?? Promise.reject(new Error('no more')), clock);
  for (const answer of answers) expect(await http({ method: 'GET', url: 'https://example.com/' })).toBe(answer);
  return { clock, told };
}

const date = (ms: number) => new Date(noon + ms).toUTCString();

describe('noteDates', () => {
  it('tells the time of the last answer, and goes on with the clock', async () => {
    const { clock, told } = await toldAfter(date(-86_400_000), date(-7_200_000));
    expect(told()?.now()).toBe(noon - 7_200_000);
    await clock.sleep(500);
    expect(told()?.now()).toBe(noon - 7_200_000 + 500);
  });

  it.each([
    ['before any answer', []],
    ['of an answer without a date', [date(0), undefined]],
    ['of a date that is none', [date(0), 'no date']],
  ])('tells nothing %s', async (_, dates) => {
    expect((await toldAfter(...dates)).told()).toBeUndefined();
  });
});
