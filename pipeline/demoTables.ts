import type { ClickHouseClient } from '@clickhouse/client';
import { DAY_MS } from './simulate/calendar.ts';
import { SHOP } from './simulate/shop.ts';
import type { Shop } from './simulate/simulate.ts';
import { armRows, bookRows, dailyRows, profileRows, type TableRow, tablesOf } from './simulate/tables.ts';

/** A demo goes on live; orders of a day without a rate would be in no sum of money. */
const RATE_DAYS_AHEAD = 400;
const ROWS_AT_ONCE = 50_000;

/**
 * The tables that the simulated shop's people would have loaded by the end of its history: its zone, currency, rates,
 * costs, experiments, plans, who was held out, its books. Once: where `sites` has the shop, nothing is changed, so what
 * somebody edited stays. Before the first event: the session gap is pinned from `sites`. Returns rows by table.
 */
export async function loadDemoTables(options: {
  client: ClickHouseClient;
  database: string;
  shop: Shop;
}): Promise<Record<string, number>> {
  const { client, database, shop } = options;
  const loaded: Record<string, number> = {};
  const there = new Set<string>();
  const insert = async (table: string, values: readonly TableRow[]): Promise<void> => {
    if (values.length === 0 || !there.has(table)) return;
    await client.insert({
      table: `${database}.${table}`,
      values,
      format: 'JSONEachRow',
      clickhouse_settings: { async_insert: 0, insert_deduplicate: 0 },
    });
    loaded[table] = (loaded[table] ?? 0) + values.length;
  };
  const known = await client.query({
    query: `SELECT count() AS n FROM ${database}.sites WHERE site = {site:String}`,
    query_params: { site: SHOP.site },
    format: 'JSONEachRow',
  });
  const [{ n } = { n: 0 }] = await known.json<{ n: number | string }>();
  if (Number(n) > 0) return loaded;

  // The shop has rows for every table that people load, also of those that this database was not given.
  const tables = await client.query({
    query: 'SELECT name FROM system.tables WHERE database = {database:String}',
    query_params: { database },
    format: 'JSONEachRow',
  });
  for (const { name } of await tables.json<{ name: string }>()) there.add(name);
  const { start, days, end } = shop.calendar;
  const { sites = [], fx_rates: _, ...others } = tablesOf(shop);
  for (const [table, rows] of Object.entries(others)) await insert(table, rows);
  await insert('fx_rates', tablesOf(shop, days + RATE_DAYS_AHEAD).fx_rates ?? []);

  const people: Record<'campaign_people' | 'back_office_orders' | 'profile_values', TableRow[]> = {
    campaign_people: [],
    back_office_orders: [],
    profile_values: [],
  };
  for (const life of shop.lives(start + days * DAY_MS)) {
    people.campaign_people.push(...armRows(life, end));
    people.back_office_orders.push(...bookRows(life, end));
    people.profile_values.push(...profileRows(life, end));
    for (const [table, rows] of Object.entries(people)) {
      if (rows.length >= ROWS_AT_ONCE) await insert(table, rows.splice(0));
    }
  }
  for (const [table, rows] of Object.entries(people)) await insert(table, rows);

  // Last: it says that all the rest is there. A start that was killed before it loads the same rows again.
  await insert('sites', sites);
  // Zones, currencies and the like are read through dictionaries, which would else be up to a minute behind.
  await client.command({ query: 'SYSTEM RELOAD DICTIONARIES' });
  return loaded;
}

/**
 * Costs, competitors' prices and mentions of the days that have ended since the history, or since this was last asked: a shop that goes
 * on live has costs every morning. Days that are there stay as they are. Returns how many days were added.
 */
export async function loadDemoDays(options: {
  client: ClickHouseClient;
  database: string;
  shop: Shop;
  now: number;
}): Promise<number> {
  const { client, database, shop, now } = options;
  const { start, days } = shop.calendar;
  const found = await client.query({
    query: `SELECT toUInt32(max(day)) AS last FROM ${database}.ad_costs WHERE site = {site:String}`,
    query_params: { site: SHOP.site },
    format: 'JSONEachRow',
  });
  const [{ last } = { last: 0 }] = await found.json<{ last: number }>();
  const from = Math.max(days, last + 1 - start / DAY_MS);
  const until = Math.floor((now - start) / DAY_MS);
  if (from >= until) return 0;
  // Costs last: they say up to which day the others are there.
  const { ad_costs, ...others } = dailyRows(shop, from, until);
  for (const [table, values] of Object.entries({ ...others, ad_costs })) {
    if (values.length === 0) continue;
    await client.insert({ table: `${database}.${table}`, values, format: 'JSONEachRow' });
  }
  return until - from;
}
