import { describe, expect, it } from 'vitest';
import { backTest } from '../../pipeline/fit/backTest.ts';
import { expectedOrders, fitBgNbd } from '../../pipeline/fit/bgNbd.ts';
import { expectedSpend, fitGammaGamma } from '../../pipeline/fit/gammaGamma.ts';
import { removalShares } from '../../pipeline/fit/markov.ts';

const CDNOW = { r: 0.243, alpha: 4.414, a: 0.793, b: 2.426 };

describe('BG/NBD', () => {
  it('expects what the published formula does, whose series is worked out here in its plain form', () => {
    expect(expectedOrders({ x: 2, tx: 204 / 7, t: 39 }, CDNOW, 30 / 7)).toBeCloseTo(0.15309952238286728, 10);
    expect(expectedOrders({ x: 2, tx: 204 / 7, t: 39 }, CDNOW, 365 / 7)).toBeCloseTo(1.518246971214932, 10);
    expect(expectedOrders({ x: 0, tx: 0, t: 39 }, CDNOW, 365 / 7)).toBeCloseTo(0.25196521654918586, 10);
    // Fader, Hardie and Lee's example: x = 2, tx = 30.43, T = 38.86, 39 weeks to come.
    expect(expectedOrders({ x: 2, tx: 30.43, t: 38.86 }, CDNOW, 39)).toBeCloseTo(1.226, 3);
  });

  it('goes through a = 1, where the formula is 0 / 0, smoothly', () => {
    const at = (a: number): number => expectedOrders({ x: 3, tx: 10, t: 20 }, { ...CDNOW, a }, 10);
    expect(at(1)).toBeCloseTo((at(0.999) + at(1.001)) / 2, 5);
  });

  it('does not claim to know anything where nobody came back, or all are alike', () => {
    expect(fitBgNbd([]).converged).toBe(false);
    expect(fitBgNbd(Array.from({ length: 50 }, () => ({ x: 0, tx: 0, t: 20 }))).converged).toBe(false);
    expect(fitBgNbd(Array.from({ length: 50 }, () => ({ x: 4, tx: 20, t: 20 }))).converged).toBe(false);
  });
});

describe('gamma-gamma', () => {
  it('expects between the mean of all and the own, nearer to the own the more is known', () => {
    const cdnow = { p: 6.25, q: 3.74, gamma: 15.44 };
    const all = expectedSpend({ x: 0, mean: 0 }, cdnow);
    expect(all).toBeCloseTo((6.25 * 15.44) / 2.74, 9);
    const one = expectedSpend({ x: 1, mean: 100 }, cdnow);
    const ten = expectedSpend({ x: 10, mean: 100 }, cdnow);
    expect([all < one, one < ten, ten < 100]).toEqual([true, true, true]);
  });

  it('does not converge on one price', () => {
    expect(fitGammaGamma(Array.from({ length: 30 }, () => ({ x: 2, mean: 10 }))).converged).toBe(false);
    expect(fitGammaGamma([{ x: 0, mean: 0 }]).converged).toBe(false);
  });
});

describe('markov', () => {
  it('gives removal effects, worked out by hand', () => {
    // a → order 1, a → b → order 1, b → nothing 2. Start: a 1/2, b 1/2; a: order 1/2, b 1/2; b: order 1/3.
    // Orders 1/2 · (1/2 + 1/6) + 1/2 · 1/3 = 1/2; without a 1/6, without b 1/4. Effects 2/3 and 1/2, shares 4/7 and 3/7.
    const shares = removalShares([
      { channels: ['a'], converted: true, times: 1 },
      { channels: ['a', 'b'], converted: true, times: 1 },
      { channels: ['b'], converted: false, times: 2 },
    ]);
    expect(shares.get('a')).toBeCloseTo(4 / 7, 9);
    expect(shares.get('b')).toBeCloseTo(3 / 7, 9);
  });

  it('says nothing where no path ends in an order, and ends where channels follow themselves', () => {
    expect(removalShares([{ channels: ['a', 'a'], converted: false, times: 3 }]).size).toBe(0);
    const shares = removalShares([{ channels: ['a', 'a', 'a', 'b', 'a'], converted: true, times: 5 }]);
    expect([...shares.values()].reduce((x, y) => x + y, 0)).toBeCloseTo(1, 9);
  });
});

describe('the test on days held out', () => {
  it('compares with same as before, in tenths of all people', () => {
    const people = Array.from({ length: 25 }, (_, x) => ({
      x,
      tx: 38,
      t: 39,
      before: 1,
      came: x === 24 ? 11 : 1,
    }));
    const report = backTest(people, CDNOW, 4);
    expect(report.deciles).toHaveLength(10);
    expect(report.deciles.reduce((n, d) => n + d.people, 0)).toBe(25);
    expect([report.came, report.errorOfSame]).toEqual([35, 0.4]);
    expect(report.deciles.at(-1)?.predicted).toBeGreaterThan(report.deciles[0]?.predicted ?? 9);
  });
});
