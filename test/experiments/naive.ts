/** A second opinion for tests: what an experiment's numbers must be, computed the long way from plain arrays. */

export interface Arm {
  y: number[];
  d: number[];
  x: number[];
}

const mean = (v: number[]): number => v.reduce((a, b) => a + b, 0) / v.length;
/** Sample covariance, two passes. */
export function covariance(a: number[], b: number[]): number {
  const [ma, mb] = [mean(a), mean(b)];
  return a.reduce((sum, v, i) => sum + (v - ma) * ((b[i] ?? Number.NaN) - mb), 0) / (a.length - 1);
}

/** ln Γ by Stirling's series, from 20 upwards; below by Γ(x) = Γ(x + 1)/x. */
function lnGamma(x: number): number {
  if (x < 20) return lnGamma(x + 1) - Math.log(x);
  return (
    (x - 0.5) * Math.log(x) -
    x +
    0.5 * Math.log(2 * Math.PI) +
    1 / (12 * x) -
    1 / (360 * x ** 3) +
    1 / (1260 * x ** 5)
  );
}

/** Regularised incomplete beta by its continued fraction. */
function beta(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  if (x > (a + 1) / (a + b + 2)) return 1 - beta(1 - x, b, a);
  const tiny = 1e-300;
  let [c, d] = [1, 1 - ((a + b) * x) / (a + 1)];
  d = 1 / (Math.abs(d) < tiny ? tiny : d);
  let h = d;
  for (let m = 1; m < 500; m++) {
    for (const term of [
      (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m)),
      (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1)),
    ]) {
      d = 1 + term * d;
      d = 1 / (Math.abs(d) < tiny ? tiny : d);
      c = 1 + term / c;
      if (Math.abs(c) < tiny) c = tiny;
      h *= d * c;
    }
  }
  return (Math.exp(lnGamma(a + b) - lnGamma(a) - lnGamma(b) + a * Math.log(x) + b * Math.log(1 - x)) * h) / a;
}

/** Two-sided p of Student's t. */
export function tP(t: number, degrees: number): number {
  return beta(degrees / (degrees + t * t), degrees / 2, 0.5);
}

/** t beyond which lies alpha, two-sided, by bisection. */
export function tCritical(alpha: number, degrees: number): number {
  let [low, high] = [0, 1000];
  for (let i = 0; i < 200; i++) {
    const middle = (low + high) / 2;
    if (tP(middle, degrees) > alpha) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** Φ, by the series of erf that has no signs to cancel. */
export function normalCdf(x: number): number {
  const z = Math.abs(x) / Math.SQRT2;
  let [term, sum] = [z, z];
  for (let n = 1; n < 300; n++) {
    term *= (2 * z * z) / (2 * n + 1);
    sum += term;
  }
  const erf = Math.min(1, (2 / Math.sqrt(Math.PI)) * Math.exp(-z * z) * sum);
  return x < 0 ? (1 - erf) / 2 : (1 + erf) / 2;
}

/** z beyond which lies alpha, two-sided, by bisection. */
export function normalCritical(alpha: number): number {
  let [low, high] = [0, 40];
  for (let i = 0; i < 200; i++) {
    const middle = (low + high) / 2;
    if (2 * (1 - normalCdf(middle)) > alpha) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** Holm's p-values, in the order given. */
export function holm(ps: number[]): number[] {
  const sorted = [...ps].sort((a, b) => a - b);
  let running = 0;
  const adjusted = sorted.map((p, i) => {
    running = Math.max(running, Math.min(1, p * (sorted.length - i)));
    return running;
  });
  return ps.map(p => adjusted[sorted.indexOf(p)] ?? Number.NaN);
}

/** People, mean and variance of an arm, of a ratio by the delta method. */
export interface Moments {
  n: number;
  m: number;
  s: number;
}

export interface Comparison {
  treated: Moments;
  control: Moments;
  error: number;
  critical: number;
  mean: number;
  difference: number;
  low: number;
  high: number;
  p: number;
  lift: number;
  liftLow: number;
  liftHigh: number;
  cuped: { difference: number; error: number; low: number; p: number; lift: number; liftLow: number } | null;
}

/** What the definitions say of a variation against the control; kind as the table metrics has it. */
export function compare(kind: string, t: Arm, c: Arm, alpha = 0.05): Comparison {
  const of = (arm: Arm): Moments => {
    const n = arm.y.length;
    if (kind === 'ratio') {
      const [my, md] = [mean(arm.y), mean(arm.d)];
      // The delta method as a variance of residuals: (y − r·d)/d̄.
      const r = my / md;
      const e = arm.y.map((y, i) => (y - r * (arm.d[i] ?? Number.NaN)) / md);
      return { n, m: r, s: covariance(e, e) };
    }
    const m = mean(arm.y);
    return { n, m, s: kind === 'proportion' ? m * (1 - m) : covariance(arm.y, arm.y) };
  };
  const [a, b] = [of(t), of(c)];
  const degreesOf = (sa: number, sb: number): number =>
    (sa / a.n + sb / b.n) ** 2 / ((sa / a.n) ** 2 / (a.n - 1) + (sb / b.n) ** 2 / (b.n - 1));
  const degrees = degreesOf(a.s, b.s);
  const error = Math.sqrt(a.s / a.n + b.s / b.n);
  const critical = tCritical(alpha, degrees);
  const difference = a.m - b.m;
  const lift = difference / Math.abs(b.m);
  const liftError = Math.sqrt(a.s / a.n / b.m ** 2 + ((b.s / b.n) * a.m ** 2) / b.m ** 4);
  let cuped: Comparison['cuped'] = null;
  if (kind !== 'ratio') {
    const [y, x] = [
      [...t.y, ...c.y],
      [...t.x, ...c.x],
    ];
    const theta = covariance(y, x) / covariance(x, x);
    if (Number.isFinite(theta)) {
      const spread = (arm: Arm, s: number): number =>
        s + theta ** 2 * covariance(arm.x, arm.x) - 2 * theta * covariance(arm.y, arm.x);
      const [ta, tb] = [spread(t, a.s), spread(c, b.s)];
      const v = degreesOf(ta, tb);
      const e = Math.sqrt(ta / a.n + tb / b.n);
      const d = a.m - theta * mean(t.x) - b.m + theta * mean(c.x);
      const r = a.m / b.m;
      const liftE = Math.sqrt(
        ta / a.n / b.m ** 2 +
          (b.s * r ** 2 - 2 * theta * covariance(c.y, c.x) * r + theta ** 2 * covariance(c.x, c.x)) /
            b.n /
            b.m ** 2,
      );
      cuped = {
        difference: d,
        error: e,
        low: d - tCritical(alpha, v) * e,
        p: tP(d / e, v),
        lift: d / Math.abs(b.m),
        liftLow: d / Math.abs(b.m) - tCritical(alpha, v) * liftE,
      };
    }
  }
  return {
    treated: a,
    control: b,
    error,
    critical,
    mean: a.m,
    difference,
    low: difference - critical * error,
    high: difference + critical * error,
    p: tP(difference / error, degrees),
    lift,
    liftLow: lift - critical * liftError,
    liftHigh: lift + critical * liftError,
    cuped,
  };
}
