import { type BgNbd, expectedOrders, type Purchases } from './bgNbd.ts';

/** A customer at the start of the hold-out, and what came in it. */
export interface HeldOut extends Purchases {
  /** Order days in as many days before the hold-out as it has: what 'same as before' predicts. */
  before: number;
  /** Order days in the hold-out. */
  came: number;
}

export interface Calibration {
  people: number;
  /** Means a person. */
  predicted: number;
  came: number;
}

export interface BackTest {
  people: number;
  predicted: number;
  came: number;
  /** Mean absolute error a person of the model, and of 'same as before'. */
  error: number;
  errorOfSame: number;
  /** Tenths of the people by prediction, from the least on. */
  deciles: Calibration[];
}

/** What a model said of the days that were held out from its fit. */
export function backTest(customers: readonly HeldOut[], parameters: BgNbd, weeks: number): BackTest {
  const told = customers
    .map(c => ({ ...c, predicted: expectedOrders(c, parameters, weeks) }))
    .sort((a, b) => a.predicted - b.predicted);
  const sum = (of: (c: (typeof told)[number]) => number, list = told): number =>
    list.reduce((n, c) => n + of(c), 0);
  const n = told.length;
  return {
    people: n,
    predicted: sum(c => c.predicted),
    came: sum(c => c.came),
    error: sum(c => Math.abs(c.predicted - c.came)) / Math.max(1, n),
    errorOfSame: sum(c => Math.abs(c.before - c.came)) / Math.max(1, n),
    deciles: Array.from({ length: 10 }, (_, k) =>
      told.slice(Math.floor((k * n) / 10), Math.floor(((k + 1) * n) / 10)),
    )
      .filter(tenth => tenth.length > 0)
      .map(tenth => ({
        people: tenth.length,
        predicted: sum(c => c.predicted, tenth) / tenth.length,
        came: sum(c => c.came, tenth) / tenth.length,
      })),
  };
}
