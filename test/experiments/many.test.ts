import { afterAll, beforeAll, expect, it } from 'vitest';
import { openWarehouse, type Warehouse } from '../support/warehouse.ts';

const EXPERIMENTS = 150;
const METRICS = ['a', 'b', 'c', 'd', 'e'];
/** People of each experiment, one a day. */
const PEOPLE = 14;

let warehouse: Warehouse;

/** Experiments with PEOPLE people each, of numbers from `from` to before `to`. */
function addExperiments(from: number, to: number): void {
  warehouse.run(`INSERT INTO footfall.experiments (experiment, site, since, until, variations, metrics)
    SELECT concat('e', toString(number)), 'shop', '2026-10-01 00:00:00', '2026-10-20 00:00:00', ['x', 'y'], ['${METRICS.join("', '")}']
    FROM numbers(${from}, ${to - from})`);
  warehouse.run(`INSERT INTO footfall.event_rows
      (topic, epoch, partition, offset, version, session_id, arrival, event_id, event_name, event_time, visitor_id, site, experiment_id, variation_id)
    SELECT 't', 0, 0, number, number, concat('s', toString(number)), at, toString(number), 'experiment_viewed', at, concat('v', toString(number)), 'shop',
      concat('e', toString(intDiv(number, ${PEOPLE}))), ['x', 'y'][1 + number % 2]
    FROM (SELECT number, toDateTime64('2026-10-01 12:00:00', 3, 'UTC') + toIntervalDay(number % ${PEOPLE}) AS at FROM numbers(${from * PEOPLE}, ${(to - from) * PEOPLE}))
    SETTINGS max_partitions_per_insert_block = 0`);
}

beforeAll(() => {
  warehouse = openWarehouse();
  warehouse.insert('sites', [{ site: 'shop', timezone: 'UTC' }]);
  warehouse.run('SYSTEM RELOAD DICTIONARY footfall.site_facts');
  warehouse.insert(
    'metrics',
    METRICS.map(metric => ({ metric, kind: 'proportion', event: metric, value: 'any' })),
  );
  addExperiments(0, EXPERIMENTS);
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

it('experiment_segments takes the values of a dimension that few people have together, for thousands of them are no constant', () => {
  const [campaigns, kept, each] = [4000, 100, 4];
  const people = campaigns * each + kept + 1;
  warehouse.run(`INSERT INTO footfall.experiments (experiment, site, since, until, variations, metrics)
    VALUES ('wide', 'shop', '2026-10-01 00:00:00', '2026-10-20 00:00:00', ['x', 'y'], ['a'])`);
  // Of each campaign two people a day on two days, one a variation; of the first 101 one more, and one of these bears the name of the rest.
  const rows = `SELECT
      number, concat('w', toString(number)) AS visitor, concat('ws', toString(number)) AS session, ['x', 'y'][1 + number % 2] AS seen,
      if(number < ${campaigns * each}, intDiv(number, ${each}), number - ${campaigns * each}) AS n,
      if(n = ${kept}, '(other)', concat('c', toString(n))) AS of_campaign,
      toDateTime64('2026-10-01 12:00:00', 3, 'UTC') + toIntervalDay(intDiv(number, 2) % 2) AS at
    FROM numbers(${people})`;
  warehouse.run(`INSERT INTO footfall.event_rows
      (topic, epoch, partition, offset, version, session_id, arrival, event_id, event_name, event_time, visitor_id, site, experiment_id, variation_id)
    SELECT 't', 0, 0, 100000 + number, 100000 + number, session, at, concat('w', toString(number)), 'experiment_viewed', at, visitor, 'shop', 'wide', seen
    FROM (${rows}) SETTINGS max_partitions_per_insert_block = 0`);
  warehouse.run(`INSERT INTO footfall.session_rows
      (topic, epoch, partition, session_id, session_offset, version, tombstone, id_time, site, visitor_id, started_at, ended_at, events, active_events, campaign)
    SELECT 't', 0, 0, session, 100000 + number, 1, false, at, 'shop', visitor, at, at, 1, 1, of_campaign FROM (${rows})`);
  const told = warehouse.rows(
    `SELECT toUInt32(uniqExact(dimension)) AS dimensions, toUInt32(sum(people)) AS everybody, toUInt32(sumIf(people, dimension = '(other)')) AS others,
      toUInt32(maxIf(people, dimension = 'c99')) AS of_c99, toUInt32(countIf(dimension = 'c101')) AS rows_of_c101
    FROM footfall.experiment_segments(experiment = 'wide', by = 'campaign')`,
  );
  expect(told).toEqual([
    {
      dimensions: kept + 1,
      everybody: people,
      others: (campaigns - kept) * each + 1,
      of_c99: 3,
      rows_of_c101: 0,
    },
  ]);
}, 240_000);

it('experiments_overview has no rows of a site without experiments', () => {
  warehouse.insert('sites', [{ site: 'quiet', timezone: 'UTC' }]);
  expect(warehouse.rows("SELECT * FROM footfall.experiments_overview(site = 'quiet')")).toEqual([]);
});

it('where there are thousands experiments_overview says so, and experiment_results answers of each', () => {
  addExperiments(EXPERIMENTS, 2500);
  expect(() => warehouse.rows("SELECT * FROM footfall.experiments_overview(site = 'shop')")).toThrow(
    /more experiments, .* than can be told at once: ask experiment_results of one experiment/,
  );
  const rows = warehouse.rows(
    "SELECT metric, variation, toUInt32(people) AS people FROM footfall.experiment_results(experiment = 'e2000') WHERE is_primary",
  );
  expect(rows).toEqual(['x', 'y'].map(variation => ({ metric: 'a', variation, people: PEOPLE / 2 })));
}, 240_000);
