import { beforeAll, describe, expect, it } from 'vitest';
import { fitBgNbd } from '../../pipeline/fit/bgNbd.ts';
import { fitGammaGamma } from '../../pipeline/fit/gammaGamma.ts';
import { cdnowOrders } from '../support/cdnow.ts';

const DAY_MS = 86_400_000;
const CALIBRATION_END = Date.parse('1997-09-30');

/** Each customer's order days up to the end of the calibration, with what was spent on each. */
let customers: Array<Array<{ at: number; cents: number }>>;

beforeAll(async () => {
  const days = new Map<string, Map<number, number>>();
  for (const { customer, day, cents } of await cdnowOrders()) {
    const at = Date.parse(day);
    if (at > CALIBRATION_END) continue;
    const own = days.get(customer) ?? new Map<number, number>();
    own.set(at, (own.get(at) ?? 0) + cents);
    days.set(customer, own);
  }
  customers = [...days.values()].map(own =>
    [...own].map(([at, cents]) => ({ at, cents })).sort((a, b) => a.at - b.at),
  );
});

const week = (ms: number): number => ms / DAY_MS / 7;

describe('the published figures of CDNOW', () => {
  it('BG/NBD: Fader, Hardie and Lee 2005, table 2', () => {
    expect(customers).toHaveLength(2357);
    const fit = fitBgNbd(
      customers.map(own => {
        const first = own[0]?.at ?? 0;
        return {
          x: own.length - 1,
          tx: week((own.at(-1)?.at ?? 0) - first),
          t: week(CALIBRATION_END - first),
        };
      }),
    );
    expect(fit.converged).toBe(true);
    expect(fit.parameters.r).toBeCloseTo(0.243, 3);
    expect(fit.parameters.alpha).toBeCloseTo(4.414, 3);
    expect(fit.parameters.a).toBeCloseTo(0.793, 3);
    expect(fit.parameters.b).toBeCloseTo(2.426, 3);
    expect(fit.logLikelihood).toBeCloseTo(-9582.4, 1);
  });

  it('gamma-gamma: Fader and Hardie 2013', () => {
    const spending = customers
      .filter(own => own.length > 1)
      .map(own => {
        const repeats = own.slice(1);
        return {
          x: repeats.length,
          mean: repeats.reduce((sum, d) => sum + d.cents, 0) / repeats.length / 100,
        };
      });
    expect(spending).toHaveLength(946);
    const fit = fitGammaGamma(spending);
    expect(fit.converged).toBe(true);
    expect(fit.parameters.p).toBeCloseTo(6.25, 2);
    expect(fit.parameters.q).toBeCloseTo(3.74, 2);
    expect(fit.parameters.gamma).toBeCloseTo(15.44, 1);
  });
});
