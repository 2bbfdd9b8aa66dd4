import pMap from 'p-map';
import { play } from './cell.ts';
import type { Barrier } from './door.ts';
import { faults } from './faults.ts';
import type { Cell, Outcome } from './outcome.ts';
import { openStage } from './stage.ts';
import { targets } from './targets.ts';

/** How many times in a row a fault is met. */
export const frequencies: Readonly<Record<string, number>> = {
  once: 1,
  twice: 2,
  'for ever': Number.POSITIVE_INFINITY,
};

/** All of them: every target, with every fault that it can have, as often as it can. */
export const cells: readonly Cell[] = targets.flatMap((target) =>
  faults
    .filter(({ appliesTo = () => true }) => appliesTo(target))
    .flatMap((fault) => Object.values(frequencies).map((times) => ({ target, fault, times }))),
);

/** Cells by what they need a stage for; those that wait for a timeout leave the processor to the others. The longest are first. */
const groups: readonly { barrier?: Barrier; isSlow: boolean; stages: number }[] = [
  { isSlow: false, stages: 4 },
  { isSlow: false, barrier: 'shut', stages: 2 },
  { isSlow: false, barrier: 'tls', stages: 2 },
  { isSlow: true, stages: 48 },
];

/** Plays the cells, several at a time, each on a stage of its own. */
export async function playAll(chosen: readonly Cell[]): Promise<Map<Cell, Outcome>> {
  const outcomes = new Map<Cell, Outcome>();
  await pMap(groups, async ({ barrier, isSlow, stages }) => {
    const left = chosen
      .filter(({ fault }) => fault.barrier === barrier && Boolean(fault.isSlow) === isSlow)
      .sort((one, other) => other.times - one.times || 0);
    await pMap(Array.from({ length: Math.min(stages, left.length) }), async () => {
      const stage = await openStage(barrier);
      for (let cell = left.shift(); cell !== undefined; cell = left.shift())
        outcomes.set(cell, await play(cell, stage));
      await stage.close();
    });
  });
  return new Map(chosen.map((cell): [Cell, Outcome] => [cell, outcomeIn(outcomes, cell)]));
}

function outcomeIn(outcomes: ReadonlyMap<Cell, Outcome>, cell: Cell): Outcome {
  const outcome = outcomes.get(cell);
  if (outcome === undefined) throw new Error(`${titleOf(cell)} was not played`);
  return outcome;
}

/** `IAP: no headers, twice`. */
export function titleOf({ target, fault, times }: Cell): string {
  const often = Object.keys(frequencies).find((name) => frequencies[name] === times);
  return `${target.name}: ${fault.name}, ${often}`;
}
