import gammaln from '@stdlib/math-base-special-gammaln';
import { type Fitted, maximize } from './likelihood.ts';

/** What the model knows of a customer, weeks: x repeat order days, the last at tx, watched for t since the first order. */
export interface Purchases {
  x: number;
  tx: number;
  t: number;
}

export type BgNbd = Record<'r' | 'alpha' | 'a' | 'b', number>;

/**
 * BG/NBD: orders come at a rate that is gamma(r, α) over people, and after each a person leaves for good with a probability
 * that is beta(a, b). Fader, Hardie and Lee, 'Counting Your Customers' the Easy Way, Marketing Science 24 (2005).
 */
export function fitBgNbd(customers: readonly Purchases[]): Fitted<keyof BgNbd> {
  // Many customers are alike, most of them with one order: each kind is worked out once, and what depends on x alone once an x.
  const kinds = new Map<string, Purchases & { people: number }>();
  const peopleOfX = new Map<number, number>();
  for (const { x, tx, t } of customers) {
    const key = `${x} ${tx} ${t}`;
    const kind = kinds.get(key);
    if (kind === undefined) kinds.set(key, { x, tx, t, people: 1 });
    else kind.people++;
    peopleOfX.set(x, (peopleOfX.get(x) ?? 0) + 1);
  }
  const list = [...kinds.values()];
  const logLikelihood = (parameters: BgNbd): number => {
    let sum = 0;
    for (const [x, people] of peopleOfX) sum += people * ofCount(x, parameters);
    for (const kind of list) sum += kind.people * ofTimes(kind, parameters);
    return sum;
  };
  return maximize(
    ['r', 'alpha', 'a', 'b'],
    logLikelihood,
    // Without anybody who came back nothing is known of rates.
    customers.some(c => c.x > 0) ? customers.length : 0,
    [
      [0.5, 5, 1, 2],
      [0.5, 10, 0.1, 1],
    ],
  );
}

function ofCount(x: number, { r, alpha, a, b }: BgNbd): number {
  const rate = gammaln(r + x) - gammaln(r) + r * Math.log(alpha);
  return rate + gammaln(a + b) + gammaln(b + x) - gammaln(b) - gammaln(a + b + x);
}

function ofTimes({ x, tx, t }: Purchases, { r, alpha, a, b }: BgNbd): number {
  const alive = -(r + x) * Math.log(alpha + t);
  if (x === 0) return alive;
  const gone = Math.log(a) - Math.log(b + x - 1) - (r + x) * Math.log(alpha + tx);
  const greater = Math.max(alive, gone);
  return greater + Math.log(Math.exp(alive - greater) + Math.exp(gone - greater));
}

/** Orders expected of a customer in the `weeks` to come. */
export function expectedOrders(
  { x, tx, t }: Purchases,
  { r, alpha, a: given, b }: BgNbd,
  weeks: number,
): number {
  // At a = 1 the formula is 0 / 0; beside it the answer is the same to six digits.
  const a = Math.abs(given - 1) < 1e-6 ? 1 + 1e-6 : given;
  const z = weeks / (alpha + t + weeks);
  // Euler's transformation of the published ₂F₁(r + x, b + x; a + b + x − 1; z): few terms, none of them large.
  const grown = (1 - z) ** (a - 1) * hypergeometric(a + b - 1 - r, a - 1, a + b + x - 1, z);
  const gone = x === 0 ? 0 : (a / (b + x - 1)) * ((alpha + t) / (alpha + tx)) ** (r + x);
  return (((a + b + x - 1) / (a - 1)) * (1 - grown)) / (1 + gone);
}

/** ₂F₁(a, b; c; z) by its series, 0 ≤ z < 1. */
function hypergeometric(a: number, b: number, c: number, z: number): number {
  let term = 1;
  let sum = 1;
  for (let n = 0; n < 1_000; n++) {
    term *= (((a + n) * (b + n)) / ((c + n) * (n + 1))) * z;
    sum += term;
    if (Math.abs(term) < 1e-13 * Math.abs(sum)) break;
  }
  return sum;
}
