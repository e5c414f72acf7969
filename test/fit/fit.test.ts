import type { ClickHouseClient } from '@clickhouse/client';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { fitSite } from '../../pipeline/fit/fit.ts';
import { migrateDatabase } from '../../pipeline/migrate.ts';
import { cdnowOrders } from '../support/cdnow.ts';
import { startTestClickHouse, type TestClickHouse } from '../support/clickhouse.ts';
import { loadEvents } from '../support/load.ts';

const database = 'footfall';
let clickhouse: TestClickHouse;
let client: ClickHouseClient;

async function rows<Row>(query: string): Promise<Row[]> {
  const answer = await client.query({
    query,
    format: 'JSONEachRow',
    clickhouse_settings: { output_format_json_quote_64bit_integers: 0 },
  });
  return await answer.json<Row>();
}

beforeAll(async () => {
  clickhouse = await startTestClickHouse();
  client = clickhouse.client();
  await migrateDatabase({ client, database });
  const inserts: Array<Promise<unknown>> = [];
  await loadEvents(
    {
      insert: (table, values) => {
        inserts.push(
          client.insert({
            table: `${database}.${table}`,
            values: [...values],
            format: 'JSONEachRow',
            clickhouse_settings: { max_partitions_per_insert_block: '0' },
          }),
        );
      },
    },
    (await cdnowOrders()).map(({ customer, day, cents }, i) => ({
      event_name: 'purchase',
      event_time: `${day} 12:00:00`,
      visitor_id: customer,
      transaction_id: `t${i}`,
      currency: 'USD',
      value: cents,
    })),
  );
  await Promise.all(inserts);
});
afterAll(() => clickhouse?.stop());

it('comes from events to the published figures of CDNOW, stores them, and the view predicts the next 39 weeks', async () => {
  const fit = await fitSite({
    client,
    database,
    site: 'shop',
    asOf: '1997-09-30',
    lookbackDays: [30],
    holdOutDays: 0,
  });
  const { r, alpha, a, b } = fit.orders.parameters;
  expect([r.toFixed(3), alpha.toFixed(3), a.toFixed(3), b.toFixed(3)]).toEqual([
    '0.243',
    '4.414',
    '0.793',
    '2.426',
  ]);
  expect(fit.orders.logLikelihood.toFixed(1)).toBe('-9582.4');
  const { p, q, gamma } = fit.spend.parameters;
  expect([p.toFixed(2), q.toFixed(2), gamma.toFixed(2)]).toEqual(['6.25', '3.74', '15.44']);
  expect([fit.orders.people, fit.spend.people, fit.orders.converged, fit.spend.converged]).toEqual([
    2357,
    946,
    true,
    true,
  ]);

  expect(
    await rows(
      `SELECT model, parameter, round(value, 2) AS value FROM footfall.models FINAL WHERE parameter IN ('r', 'q', 'converged') ORDER BY model, parameter`,
    ),
  ).toEqual([
    { model: 'bg_nbd', parameter: 'converged', value: 1 },
    { model: 'bg_nbd', parameter: 'r', value: 0.24 },
    { model: 'gamma_gamma', parameter: 'converged', value: 1 },
    { model: 'gamma_gamma', parameter: 'q', value: 3.74 },
    { model: 'markov', parameter: 'converged', value: 1 },
  ]);
  const [sums] = await rows<{ people: number; expected: number; repeaters: number }>(
    `SELECT count() AS people, sum(expected_orders_90d) AS expected, countIf(p_alive IS NOT NULL) AS repeaters
     FROM footfall.predictions(site = 'shop', as_of = '1997-09-30 23:59:59.999')`,
  );
  const [came] = await rows<{ n: number }>(
    `SELECT uniqExact(person_id, day) AS n FROM footfall.orders_fact WHERE day > '1997-09-30' AND day <= toDate('1997-09-30') + 90`,
  );
  expect([sums?.people, sums?.repeaters]).toEqual([2357, 946]);
  // The model is known to fall short here: the paper's figure 2 has it below what came by as much.
  expect(Math.abs((sums?.expected ?? 0) / (came?.n ?? 1) - 1)).toBeLessThan(0.15);
});

it('tests itself on days held out', async () => {
  const { backTest } = await fitSite({
    client,
    database,
    site: 'shop',
    asOf: '1998-06-30',
    lookbackDays: [],
    holdOutDays: 273,
  });
  if (backTest === null) throw new Error('no test');
  expect(backTest.people).toBe(2357);
  expect(Math.abs(backTest.predicted / backTest.came - 1)).toBeLessThan(0.15);
  expect(backTest.error).toBeLessThan(backTest.errorOfSame);
  const [least, most] = [backTest.deciles[0], backTest.deciles.at(-1)];
  expect((most?.came ?? 0) > 5 * (least?.came ?? 1)).toBe(true);
});

it('refuses a site that nothing knows', async () => {
  await expect(fitSite({ client, database, site: 'shap', lookbackDays: [], holdOutDays: 0 })).rejects.toThrow(
    "no site 'shap' is known",
  );
});
