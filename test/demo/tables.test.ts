import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadDemoDays, loadDemoTables } from '../../pipeline/demoTables.ts';
import { sqlFiles } from '../../pipeline/migrate/schema.ts';
import { migrateDatabase } from '../../pipeline/migrate.ts';
import { SHOP } from '../../pipeline/simulate/shop.ts';
import { createShop } from '../../pipeline/simulate/simulate.ts';
import { startTestClickHouse, type TestClickHouse } from '../support/clickhouse.ts';

const shop = createShop({ seed: 'tables', visitors: 1_000, start: Date.UTC(2026, 9, 23), days: 30 });

let clickhouse: TestClickHouse;
let loaded: Record<string, number>;
beforeAll(async () => {
  clickhouse = await startTestClickHouse();
  const client = clickhouse.client();
  await migrateDatabase({ client, database: 'footfall' });
  loaded = await loadDemoTables({ client, database: 'footfall', shop });
});
afterAll(() => clickhouse.stop());

async function rows<T>(query: string): Promise<T[]> {
  const answer = await clickhouse.client().query({ query, format: 'JSONEachRow' });
  return answer.json<T>();
}

test('every table that the shop has is loaded, each row once', async () => {
  const all = [
    'ad_costs',
    'annotations',
    'back_office_orders',
    'calendar',
    'campaign_people',
    'campaign_plans',
    'competitor_prices',
    'experiments',
    'fx_rates',
    'mentions',
    'metrics',
    'profile_values',
    'sites',
    'tiers',
  ];
  const there = new Set(sqlFiles('tables').map(({ name }) => name));
  expect(Object.keys(loaded).sort()).toEqual(all.filter(table => there.has(table)));
  for (const [table, n] of Object.entries(loaded)) {
    const [found] = await rows<{ n: number }>(`SELECT count() AS n FROM footfall.${table} FINAL`);
    expect([table, found?.n]).toEqual([table, n]);
  }
});

test("zone, currency and brand terms are the shop's at once, also where views take them from the dictionary", async () => {
  expect(
    await rows(`SELECT site, timezone, currency, session_gap_seconds, brand_terms FROM footfall.sites FINAL`),
  ).toEqual([
    {
      site: SHOP.site,
      timezone: SHOP.timezone,
      currency: SHOP.currency,
      session_gap_seconds: SHOP.sessionGapSeconds,
      brand_terms: SHOP.brandTerms,
    },
  ]);
  expect(
    await rows(`SELECT dictGet('footfall.site_facts', 'timezone', tuple('shop')) AS timezone,
                       dictGet('footfall.site_facts', 'currency', tuple('shop')) AS currency`),
  ).toEqual([{ timezone: SHOP.timezone, currency: SHOP.currency }]);
});

test('every currency has a rate on each day of the history, and for a year of going on', async () => {
  const foreign = new Set(SHOP.countries.map(country => country.currency));
  foreign.delete(SHOP.currency);
  const found = await rows<{ currency: string; first: string; days: number }>(
    `SELECT from_currency AS currency, min(day) AS first, uniqExact(day) AS days FROM footfall.fx_rates FINAL
     WHERE to_currency = '${SHOP.currency}' GROUP BY currency`,
  );
  expect(found.map(({ currency }) => currency).sort()).toEqual([...foreign].sort());
  for (const { first, days } of found) {
    expect(first).toBe('2026-10-23');
    expect(days).toBeGreaterThan(30 + 365);
  }
});

test('costs, plans and calendar stay within the history', async () => {
  const [found] = await rows<{ first: string; last: string; days: number }>(
    `SELECT min(day) AS first, max(day) AS last, uniqExact(day) AS days FROM footfall.ad_costs FINAL`,
  );
  expect(found).toEqual({ first: '2026-10-23', last: '2026-11-21', days: 30 });
  const [plans] = await rows<{ last: string }>(
    `SELECT max(until) AS last FROM footfall.campaign_plans FINAL`,
  );
  expect(plans).toEqual({ last: '2026-11-21' });
});

test('what accounts say of their people, competitors ask and others say is a believable set', async () => {
  const [found] = await rows<Record<string, unknown>>(
    `SELECT
       (SELECT arraySort(groupUniqArray(toString(key))) FROM footfall.profile_values FINAL) AS keys,
       (SELECT countIf(n != 2) FROM (SELECT count() AS n FROM footfall.profile_values FINAL GROUP BY user_id)) AS uneven,
       (SELECT uniqExact(day) FROM footfall.competitor_prices FINAL WHERE price > 0) AS price_days,
       (SELECT uniqExact(sentiment) FROM footfall.mentions FINAL WHERE count > 0) AS sentiments`,
  );
  expect(found).toEqual({ keys: ['interest', 'newsletter'], uneven: 0, price_days: 5, sentiments: 3 });
});

test('live, the costs of each day come when it has ended, once, and what was edited stays', async () => {
  const client = clickhouse.client();
  const day = (n: number): number => shop.calendar.start + n * 86_400_000;
  const load = (now: number): Promise<number> => loadDemoDays({ client, database: 'footfall', shop, now });
  expect(await load(day(31) - 1)).toBe(0);
  expect(await load(day(32) + 1)).toBe(2);
  await client.command({
    query: `INSERT INTO footfall.ad_costs SELECT * REPLACE (7 AS cost, now64(3) AS loaded_at) FROM footfall.ad_costs FINAL WHERE day = '2026-11-22'`,
  });
  expect(await load(day(33))).toBe(1);
  expect(
    await rows(
      `SELECT toString(day) AS day, count() > 5 AS many, sum(cost) = 7 * count() AS edited FROM footfall.ad_costs FINAL
       WHERE day > '2026-11-21' GROUP BY day ORDER BY day`,
    ),
  ).toEqual([
    { day: '2026-11-22', many: 1, edited: 1 },
    { day: '2026-11-23', many: 1, edited: 0 },
    { day: '2026-11-24', many: 1, edited: 0 },
  ]);
  const [mentioned] = await rows<{ days: number }>(
    `SELECT uniqExact(day) AS days FROM footfall.mentions FINAL WHERE day > '2026-11-21'`,
  );
  expect(mentioned?.days).toBeGreaterThan(0);
});

test('started again, it changes nothing that somebody edited or removed', async () => {
  const client = clickhouse.client();
  await client.command({
    query: `INSERT INTO footfall.sites (site, timezone, currency) VALUES ('shop', 'Asia/Tokyo', 'JPY')`,
  });
  await client.command({ query: `TRUNCATE TABLE footfall.ad_costs` });
  expect(await loadDemoTables({ client, database: 'footfall', shop })).toEqual({});
  expect(await rows(`SELECT timezone FROM footfall.sites FINAL`)).toEqual([{ timezone: 'Asia/Tokyo' }]);
  expect(await rows(`SELECT count() AS n FROM footfall.ad_costs`)).toEqual([{ n: 0 }]);
});

test('a start that was killed before the end loads the rest the next time', async () => {
  const client = clickhouse.client();
  await client.command({ query: `TRUNCATE TABLE footfall.sites` });
  expect(await loadDemoTables({ client, database: 'footfall', shop })).toEqual(loaded);
  const [found] = await rows<{ n: number }>(`SELECT count() AS n FROM footfall.fx_rates FINAL`);
  expect(found?.n).toBe(loaded.fx_rates);
});
