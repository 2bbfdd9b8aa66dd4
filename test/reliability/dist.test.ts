import { beforeAll, describe, expect, it } from '@jest/globals';
import { distCells, distLimits, playAllOnDist } from './dist.ts';
import { compare } from './expected.ts';
import { titleOf } from './matrix.ts';
import type { Cell, Outcome } from './outcome.ts';

let outcomes: ReadonlyMap<Cell, Outcome>;

beforeAll(async () => {
  outcomes = await playAllOnDist(distCells);
}, 300_000);

describe('a service that fails the built action', () => {
  it.each(distCells.map((cell) => [titleOf(cell), cell] as const))('%s', (_, cell) => {
    const outcome = outcomes.get(cell);
    if (outcome === undefined) throw new Error('it was not played');
    const { found, expected } = compare(cell, outcome, distLimits);
    expect(found).toEqual(expected);
  });
});
