import { afterAll, beforeAll, expect, it } from 'vitest';
import { openWarehouse, type Warehouse } from '../support/warehouse.ts';

const EXPERIMENTS = 150;
const METRICS = ['a', 'b', 'c', 'd', 'e'];
/** People of each experiment, one a day. */
const PEOPLE = 14;

let warehouse: Warehouse;
beforeAll(() => {
  warehouse = openWarehouse();
  warehouse.insert('sites', [{ site: 'shop', timezone: 'UTC' }]);
  warehouse.run('SYSTEM RELOAD DICTIONARY footfall.site_facts');
  warehouse.insert(
    'metrics',
    METRICS.map(metric => ({ metric, kind: 'proportion', event: metric, value: 'any' })),
  );
  warehouse.run(`INSERT INTO footfall.experiments (experiment, site, since, until, variations, metrics)
    SELECT concat('e', toString(number)), 'shop', '2026-10-01 00:00:00', '2026-10-20 00:00:00', ['x', 'y'], ['${METRICS.join("', '")}']
    FROM numbers(${EXPERIMENTS})`);
  warehouse.run(`INSERT INTO footfall.event_rows
      (topic, epoch, partition, offset, version, session_id, arrival, event_id, event_name, event_time, visitor_id, site, experiment_id, variation_id)
    SELECT 't', 0, 0, number, number, concat('s', toString(number)), at, toString(number), 'experiment_viewed', at, concat('v', toString(number)), 'shop',
      concat('e', toString(intDiv(number, ${PEOPLE}))), ['x', 'y'][1 + number % 2]
    FROM (SELECT number, toDateTime64('2026-10-01 12:00:00', 3, 'UTC') + toIntervalDay(number % ${PEOPLE}) AS at FROM numbers(${EXPERIMENTS * PEOPLE}))
    SETTINGS max_partitions_per_insert_block = 0`);
  warehouse.run(`INSERT INTO footfall.positions (topic, epoch, partition, version, next_offset, log_end, watermark, caught_up_at)
    VALUES ('t', 0, 0, 1, 1000000, 1000000, '2026-10-21 00:00:00', '2100-01-01 00:00:00')`);
}, 240_000);
afterAll(() => warehouse.close());

it('experiments_overview answers of a shop with many experiments, whose cells are handed on as one constant', () => {
  expect(
    warehouse.rows(
      "SELECT toUInt32(count()) AS experiments, toUInt32(sum(people)) AS people FROM footfall.experiments_overview(site = 'shop')",
    ),
  ).toEqual([{ experiments: EXPERIMENTS, people: EXPERIMENTS * PEOPLE }]);
}, 240_000);
