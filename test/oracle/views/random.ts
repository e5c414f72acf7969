import { seededShares } from '../../support/seeded.ts';

/** What random cases are drawn with; seeded, so that a failing one can be run again. */
export function random(seed: number): {
  below(n: number): number;
  pick<T>(from: readonly T[]): T;
  chance(p: number): boolean;
} {
  const next = seededShares(seed);
  return {
    below: n => Math.floor(next() * n),
    pick: from => from[Math.floor(next() * from.length)] as (typeof from)[number],
    chance: p => next() < p,
  };
}
