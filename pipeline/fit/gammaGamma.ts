import gammaln from '@stdlib/math-base-special-gammaln';
import { type Fitted, maximize } from './likelihood.ts';

/** What a customer spent: on x repeat order days, `mean` on each, in major units of a currency. */
export interface Spending {
  x: number;
  mean: number;
}

export type GammaGamma = Record<'p' | 'q' | 'gamma', number>;

/**
 * Gamma-gamma: what an order day is worth is gamma(p, ν), ν is gamma(q, γ) over people. Of those with repeat order days that
 * were worth something. Fader and Hardie, The Gamma-Gamma Model of Monetary Value (2013).
 */
export function fitGammaGamma(customers: readonly Spending[]): Fitted<keyof GammaGamma> {
  const spenders = customers.filter(c => c.x > 0 && c.mean > 0);
  const mean = spenders.reduce((sum, c) => sum + c.mean, 0) / Math.max(1, spenders.length);
  return maximize(
    ['p', 'q', 'gamma'],
    parameters => spenders.reduce((sum, c) => sum + logLikelihood(c, parameters), 0),
    spenders.length,
    [
      [1, 2, mean],
      [6, 4, mean / 2],
    ],
  );
}

function logLikelihood({ x, mean }: Spending, { p, q, gamma }: GammaGamma): number {
  return (
    gammaln(p * x + q) -
    gammaln(p * x) -
    gammaln(q) +
    q * Math.log(gamma) +
    (p * x - 1) * Math.log(mean) +
    p * x * Math.log(x) -
    (p * x + q) * Math.log(gamma + x * mean)
  );
}

/** What an order day of a customer is expected to be worth; Infinity where q ≤ 1 and nothing is known of the customer. */
export function expectedSpend({ x, mean }: Spending, { p, q, gamma }: GammaGamma): number {
  const below = p * x + q - 1;
  return below <= 0 ? Number.POSITIVE_INFINITY : (p * (gamma + x * mean)) / below;
}
