import { nelderMead } from 'fmin';

/** Where a likelihood is greatest. */
export interface Fitted<Name extends string> {
  parameters: Record<Name, number>;
  logLikelihood: number;
  /** False: the maximum lies nowhere inside (too little data, or data that the model does not fit). */
  converged: boolean;
  people: number;
}

const RESTARTS_MAX = 20;
const GAIN_MIN = 1e-9;
/** Parameters beyond e^±12 are no estimates: the likelihood is still rising at the edge. */
const LOG_MAX = 12;
const SLOPE_STEP = 1e-4;

/**
 * Maximum likelihood over positive parameters: Nelder–Mead on their logarithms, begun again where it ended until it gains
 * nothing. Converged: inside the bounds, and level: the likelihood curves down along every parameter, and its slope is that of
 * rounding. `logLikelihood` may return −Infinity or NaN where it cannot be worked out.
 */
export function maximize<Name extends string>(
  names: readonly Name[],
  logLikelihood: (parameters: Record<Name, number>) => number,
  people: number,
  starts: ReadonlyArray<readonly number[]>,
): Fitted<Name> {
  const named = (logs: readonly number[]): Record<Name, number> =>
    Object.fromEntries(names.map((name, i) => [name, Math.exp(logs[i] ?? 0)])) as Record<Name, number>;
  const loss = (logs: number[]): number => {
    if (logs.some(x => Math.abs(x) > 2 * LOG_MAX)) return Number.MAX_VALUE;
    const value = -logLikelihood(named(logs));
    return Number.isFinite(value) ? value : Number.MAX_VALUE;
  };
  if (people === 0)
    return { parameters: named(names.map(() => Number.NaN)), logLikelihood: 0, converged: false, people };

  let best = { fx: Number.POSITIVE_INFINITY, x: names.map(() => 0) };
  for (const start of starts) {
    let found = { fx: Number.POSITIVE_INFINITY, x: start.map(Math.log) };
    for (let restart = 0; restart < RESTARTS_MAX; restart++) {
      const before = found.fx;
      const { fx, x } = nelderMead(loss, [...found.x], {
        maxIterations: 2_000,
        minErrorDelta: 1e-10,
        zeroDelta: 0.1,
        nonZeroDelta: 1.3,
      });
      if (fx < found.fx) found = { fx, x: [...x] };
      if (before - fx < GAIN_MIN * Math.max(1, Math.abs(fx))) break;
    }
    if (found.fx < best.fx) best = found;
  }
  return {
    parameters: named(best.x),
    logLikelihood: -best.fx,
    converged:
      best.fx < Number.MAX_VALUE &&
      best.x.every(x => Math.abs(x) < LOG_MAX) &&
      isLevel(loss, best.x, best.fx),
    people,
  };
}

function isLevel(loss: (x: number[]) => number, at: readonly number[], value: number): boolean {
  return at.every((_, i) => {
    const moved = (by: number): number => loss(at.map((x, k) => (k === i ? x + by : x)));
    const [up, down] = [moved(SLOPE_STEP), moved(-SLOPE_STEP)];
    const slope = (up - down) / (2 * SLOPE_STEP);
    const curve = (up - 2 * value + down) / SLOPE_STEP ** 2;
    // How far off the top still lies along this parameter, relative: the step that Newton's method would take.
    return curve > 0 && Math.abs(slope / curve) < 0.01;
  });
}
