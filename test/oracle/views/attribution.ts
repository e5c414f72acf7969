import type { Visit } from './people.ts';

export type Model = 'first' | 'last' | 'last_non_direct' | 'linear' | 'position' | 'time_decay' | 'markov';

export interface Touch {
  at: number;
  session: string;
  channel: string;
}

const WEEK = 7 * 86_400_000;

/** Sessions of the person that start within the lookback before the order, both ends in; of equal starts by visitor. */
export function touchesOf(
  visits: ReadonlyArray<Visit & Touch>,
  person: string,
  orderedAt: number,
  lookbackMs: number,
): Touch[] {
  return visits
    .filter(v => v.person === person && v.start <= orderedAt && v.start >= orderedAt - lookbackMs)
    .sort((a, b) => a.start - b.start || (a.visitor < b.visitor ? -1 : 1));
}

/** What each touch weighs, as plain fractions; null: the model has nothing to say of this path. */
export function weightsOf(
  model: Model,
  touches: readonly Touch[],
  effects: ReadonlyMap<string, number>,
): number[] | null {
  const n = touches.length;
  const one = (at: number): number[] => touches.map((_, i) => (i === at ? 1 : 0));
  switch (model) {
    case 'first':
      return one(0);
    case 'last':
      return one(n - 1);
    case 'last_non_direct': {
      const at = touches.findLastIndex(t => t.channel !== 'Direct');
      return one(at < 0 ? n - 1 : at);
    }
    case 'linear':
      return touches.map(() => 1 / n);
    case 'position':
      if (n <= 2) return touches.map(() => 1 / n);
      return touches.map((_, i) => (i === 0 || i === n - 1 ? 0.4 : 0.2 / (n - 2)));
    case 'time_decay': {
      const last = touches.at(-1)?.at ?? 0;
      return touches.map(t => 2 ** (-(last - t.at) / WEEK));
    }
    case 'markov': {
      const weights = touches.map(
        t => (effects.get(t.channel) ?? 0) / touches.filter(x => x.channel === t.channel).length,
      );
      return weights.some(w => w > 0) ? weights : null;
    }
  }
}
