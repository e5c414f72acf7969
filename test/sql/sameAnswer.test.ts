import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openWarehouse, sqlFiles, type Warehouse } from '../support/warehouse.ts';
import { type Answer, ask, MARTS } from './asking.ts';
import { randomShop } from './randomShop.ts';
import { loadClean, loadRough } from './shopLoads.ts';

/** How far each partition was read, and how often what: that is what differs. */
const ABOUT_READING = ['conservation', 'freshness'];
const PUBLIC = ['events', 'sessions', 'people', 'orders_fact', 'dead_letters'];
const VIEWS = [
  ...MARTS.filter(file => !ABOUT_READING.includes(file.name)),
  ...sqlFiles('base').filter(file => PUBLIC.includes(file.name)),
];
/** By what a session has, so that sessions are found for what is counted, absorbed ones too. */
const BY = { by: "'country'" };
/** Where a record stands is its own affair; so is which of a session's events came first, whose place is its id. */
const PLACES = ['session_id', 'session_key', 'topic', 'epoch', 'partition', 'offset', 'schema_id'];

/** Each view's columns, in order: what dashboards and analysts rely on. One that is to change is changed here too. */
const COLUMNS = JSON.parse(readFileSync(join(import.meta.dirname, 'columns.json'), 'utf8')) as Record<
  string,
  string[]
>;

/** Rows without their places; in an order of their own where the view promises none. */
function bare(rows: Answer): string[] {
  return rows
    .map(row => JSON.stringify(Object.entries(row).filter(([name]) => !PLACES.includes(name))))
    .sort();
}

let warehouse: Warehouse;
const rough = new Map<string, string[]>();
beforeAll(async () => {
  warehouse = openWarehouse();
  const shop = randomShop(5, 90);
  const { died, copies, tombstones } = await loadRough(warehouse, shop, 5);
  expect([died > 1, copies > 100, tombstones > 10]).toEqual([true, true, true]);
  expect(
    warehouse.rows(
      "SELECT sum(abs(residual)) AS r FROM footfall.conservation(since = '2026-01-01', until = '2027-12-31')",
    ),
  ).toEqual([{ r: 0 }]);
  for (const view of VIEWS) rough.set(view.name, bare(ask(warehouse, view, BY)));
  await loadClean(warehouse, shop);
  // Nor may what the asker has set change an answer.
  warehouse.run(
    "SET join_use_nulls = 1, aggregate_functions_null_for_empty = 1, session_timezone = 'Asia/Tokyo'",
  );
}, 300_000);
afterAll(() => warehouse.close());

describe('late, doubled, replayed, by workers that die: the answer of a fresh load', () => {
  it.each(VIEWS.map(view => [view.name, view] as const))('%s', (name, view) => {
    const answer = ask(warehouse, view, BY);
    const rows = bare(answer);
    expect(Object.keys(answer[0] ?? {})).toEqual(COLUMNS[name]);
    expect(rough.get(name)).toEqual(rows);
    expect(rows.length, 'has something to compare').toBeGreaterThan(0);
  });
});
