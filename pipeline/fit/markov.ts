/** How often people went by this path of channels, and whether an order came of it. */
export interface ChannelPath {
  channels: readonly string[];
  converted: boolean;
  times: number;
}

const START = '(start)';
const ORDER = '(order)';
const NOTHING = '(nothing)';
const CHANGE_MIN = 1e-13;
const ROUNDS_MAX = 100_000;

/**
 * Each channel's share of the removal effects in a Markov chain of order 1: by how much fewer paths would end in an order if
 * everybody who came to the channel went away. Shares sum to 1; empty where no path converts.
 */
export function removalShares(paths: readonly ChannelPath[]): Map<string, number> {
  const steps = new Map<string, Map<string, number>>();
  const add = (from: string, to: string, times: number): void => {
    const row = steps.get(from) ?? new Map<string, number>();
    row.set(to, (row.get(to) ?? 0) + times);
    steps.set(from, row);
  };
  for (const { channels, converted, times } of paths) {
    const path = [START, ...channels, converted ? ORDER : NOTHING];
    for (let i = 1; i < path.length; i++) add(path[i - 1] ?? START, path[i] ?? NOTHING, times);
  }
  const whole = conversion(steps, null);
  if (whole === 0) return new Map();
  const channels = [...steps.keys()].filter(state => state !== START);
  const effects = channels.map(channel => 1 - conversion(steps, channel) / whole);
  const total = effects.reduce((a, b) => a + b, 0);
  return new Map(
    channels.map((channel, i) => [channel, total === 0 ? 0 : Math.max(0, effects[i] ?? 0) / total]),
  );
}

/** The probability of coming from the start to an order, without one channel. */
function conversion(steps: ReadonlyMap<string, ReadonlyMap<string, number>>, removed: string | null): number {
  const states = [...steps.keys()];
  let reach = new Map<string, number>([[ORDER, 1]]);
  for (let round = 0; round < ROUNDS_MAX; round++) {
    let change = 0;
    const next = new Map<string, number>([[ORDER, 1]]);
    for (const state of states) {
      if (state === removed) continue;
      let sum = 0;
      let all = 0;
      for (const [to, times] of steps.get(state) ?? []) {
        all += times;
        if (to !== removed) sum += times * (reach.get(to) ?? 0);
      }
      const value = sum / all;
      change = Math.max(change, Math.abs(value - (reach.get(state) ?? 0)));
      next.set(state, value);
    }
    reach = next;
    if (change < CHANGE_MIN) break;
  }
  return reach.get(START) ?? 0;
}
