import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { random } from '../oracle/views/random.ts';
import { type EventSketch, loadEvents } from '../support/load.ts';
import { openWarehouse, type Warehouse } from '../support/warehouse.ts';

vi.setConfig({ testTimeout: 120_000 });

const DAY = 86_400_000;
const START = Date.UTC(2026, 9, 20);

let warehouse: Warehouse;
beforeAll(async () => {
  const r = random(3);
  const events: EventSketch[] = [];
  for (let v = 0; v < 60; v++)
    for (let n = 1 + r.below(6); n > 0; n--) {
      const common = { visitor_id: `v${v}`, user_id: r.chance(0.3) ? `a${v % 20}` : null };
      const at = START + r.below(20) * DAY + r.below(DAY);
      events.push({ ...common, event_name: 'page_view', event_time: at, country: r.pick(['DE', 'FR', '']) });
      events.push({ ...common, event_name: 'view_item', event_time: at + 1_000, items: [{ item_id: 'i' }] });
      if (r.chance(0.3))
        events.push({
          ...common,
          event_name: 'experiment_viewed',
          event_time: at + 2_000,
          experiment_id: 'e1',
          variation_id: r.pick(['A', 'A', 'A', 'B']),
        });
      if (r.chance(0.4))
        events.push({
          ...common,
          event_name: 'purchase',
          event_time: at + 3_000,
          transaction_id: `t${events.length}`,
          currency: 'USD',
          value: 1 + r.below(10_000),
          items: [{ item_id: 'i', price: 100 }],
        });
    }
  warehouse = openWarehouse();
  warehouse.insert('sites', [{ site: 'shop', timezone: 'Asia/Kolkata' }]);
  warehouse.insert('experiments', [
    { experiment: 'e1', since: '2026-10-20 00:00:00', variations: ['A', 'B'], metrics: ['m'] },
  ]);
  warehouse.run('SYSTEM RELOAD DICTIONARY footfall.site_facts');
  await loadEvents(warehouse, events);
});
afterAll(() => warehouse.close());

const PERIOD = "site = 'shop', since = '2026-10-28', until = '2026-11-05'";
/** Views with what is counted once in them, whatever it is split by. */
const ADDITIVE = [
  ['traffic', `${PERIOD}, grain = 'week'`, ['sessions', 'events', 'orders', 'revenue'], ''],
  ['trend', `${PERIOD}, grain = 'day', event = 'view_item', value = ''`, ['count'], ''],
  ['active_hours', PERIOD, ['sessions', 'orders'], ''],
  ['products', PERIOD, ['quantity', 'revenue'], ''],
  [
    'funnel',
    `${PERIOD}, steps = ['view_item', 'purchase'], within = 86400, mode = ''`,
    ['people', 'dropped', 'pending'],
    '',
  ],
  ['ltv', `${PERIOD}, grain = 'month'`, ['customers'], 'WHERE age = 0'],
] as const;

describe.each(ADDITIVE)('%s', (view, args, measures, where) => {
  const sums = (by: string): Record<string, number> => {
    const list = measures.map(measure => `sum(toFloat64(ifNull(v.${measure}, 0))) AS ${measure}`);
    const [row] = warehouse.rows<Record<string, number>>(
      `SELECT ${list.join(', ')}, uniqExact(dimension) AS parts FROM footfall.${view}(${args}, by = '${by}') AS v ${where}`,
    );
    return row ?? {};
  };

  it.each(['segment:new', 'variation:e1'])('by %s comes to the whole', by => {
    const { parts: one, ...whole } = sums('');
    const { parts = 0, ...split } = sums(by);
    expect(one).toBe(1);
    for (const measure of measures)
      expect(split[measure], measure).toBeCloseTo(whole[measure] ?? Number.NaN, 4);
    expect(Math.max(...Object.values(whole))).toBeGreaterThan(0);
    // Who buys for the first time was in no segment of buyers before, and may not have been exposed.
    if (view !== 'ltv') expect(parts).toBeGreaterThan(1);
  });
});
