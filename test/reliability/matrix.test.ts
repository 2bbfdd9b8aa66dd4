import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { limits } from './cell.ts';
import { compare } from './expected.ts';
import { cells, playAll, titleOf } from './matrix.ts';
import type { Cell, Outcome } from './outcome.ts';
import { pageOf } from './page.ts';

let outcomes: ReadonlyMap<Cell, Outcome>;

beforeAll(async () => {
  outcomes = await playAll(cells);
}, 180_000);

const named = cells.map((cell) => [titleOf(cell), cell] as const);

describe('a service that fails', () => {
  it('has a name of its own in each case', () => {
    expect(new Set(named.map(([title]) => title)).size).toBe(cells.length);
  });

  it.each(named)('%s', (_, cell) => {
    const outcome = outcomes.get(cell);
    if (outcome === undefined) throw new Error('it was not played');
    const { found, expected } = compare(cell, outcome, limits);
    expect(found).toEqual(expected);
  });
});

describe('README.md', () => {
  it('says how many faults are played', () => {
    expect(readFileSync('README.md', 'utf8')).toContain(`plays ${cells.length} faults`);
  });
});

describe('docs/faults.md', () => {
  it('says what came of it; if it does not, run: npm run reliability', () => {
    expect(readFileSync('docs/faults.md', 'utf8')).toBe(pageOf(outcomes));
  });
});
