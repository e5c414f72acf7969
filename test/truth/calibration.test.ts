import { beforeAll, describe, expect, test } from 'vitest';
import { SHOP } from '../../pipeline/simulate/shop.ts';
import { type Calibration, calibrate, type Estimate } from './calibration.ts';

/** 99.9 %: the seed is fixed, so this says that it is no accident, not that it might fail. */
const Z = 3.29;
/** 1,500 customers or so. The seed is fixed; over 10,000 customers of any seed by hand: test/truth/calibrate.ts. */
const VISITORS = 90_000;

let found: Calibration;
beforeAll(async () => {
  found = await calibrate('1', VISITORS);
});

function within({ value, error }: Estimate, truth: number): void {
  expect(error).toBeGreaterThan(0);
  expect(Math.abs(value - truth), `${value} ± ${error}, in truth ${truth}`).toBeLessThan(Z * error);
}

describe('fit over the simulated shop comes to the parameters that its customers were made by', () => {
  test('both models converge', () => {
    expect(found.converged).toBe(true);
    expect(found.customers).toBeGreaterThan(1_000);
  });

  test.each(['r', 'alpha', 'a', 'b'] as const)('BG/NBD: %s', name => {
    within(found.orders[name], SHOP.bgNbd[name]);
  });

  test.each(['p', 'q', 'gamma'] as const)('gamma-gamma: %s', name => {
    within(found.spend[name], SHOP.gammaGamma[name]);
  });

  test('the errors are small enough to tell the parameters from others', () => {
    const rate = (r: Estimate, alpha: Estimate): number => r.value / alpha.value;
    const { r, alpha, a, b } = SHOP.bgNbd;
    expect(rate(found.orders.r, found.orders.alpha) / (r / alpha)).toBeGreaterThan(0.8);
    expect(rate(found.orders.r, found.orders.alpha) / (r / alpha)).toBeLessThan(1.25);
    const stops = found.orders.a.value / (found.orders.a.value + found.orders.b.value);
    expect(Math.abs(stops - a / (a + b))).toBeLessThan(0.08);
    const { p, q, gamma } = found.spend;
    const mean = (SHOP.gammaGamma.p * SHOP.gammaGamma.gamma) / (SHOP.gammaGamma.q - 1);
    expect(Math.abs((p.value * gamma.value) / (q.value - 1) / mean - 1)).toBeLessThan(0.05);
  });
});

describe('the views tell what is to come', () => {
  test('orders of the next 90 days, in the mean of all customers', () => {
    expect(
      Math.abs(found.predicted.value / found.came - 1),
      `${found.predicted.value} of ${found.came}`,
    ).toBeLessThan(0.05);
    // So large a sample that the 5 % are no accident of a few people.
    expect(found.came).toBeGreaterThan(800);
    expect(found.predicted.error / found.came).toBeLessThan(0.07);
  });

  test("`fit`'s own test on days held out says the same", () => {
    const { backTest } = found;
    if (backTest === null) throw new Error('nothing was held out');
    expect(
      Math.abs(backTest.predicted / backTest.came - 1),
      `${backTest.predicted} of ${backTest.came}`,
    ).toBeLessThan(0.05);
    expect(backTest.error).toBeLessThan(backTest.errorOfSame);
    // The more is predicted, the more come.
    const halves = [backTest.deciles.slice(0, 5), backTest.deciles.slice(5)].map(half =>
      half.reduce((sum, tenth) => sum + tenth.came, 0),
    );
    expect(halves[1] ?? 0).toBeGreaterThan(halves[0] ?? 0);
  });

  test('the share of customers who have left', () => {
    within(found.alive, found.trulyAlive);
    expect(found.trulyAlive / found.repeaters).toBeLessThan(0.8);
  });

  test('the churned, by their own rhythm: nobody more or less than from the orders one by one', () => {
    expect(found.churned.told).toBe(found.churned.known);
    expect(found.churned.known).toBeGreaterThan(20);
  });

  test('the share with a second order within 30 days', () => {
    const { r, alpha } = SHOP.bgNbd;
    const { hits, of } = found.again;
    const truth = 1 - (alpha / (alpha + 30 / 7)) ** r;
    within({ value: hits / of, error: Math.sqrt((truth * (1 - truth)) / of) }, truth);
  });
});
