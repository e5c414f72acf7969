import type { ClickHouseClient } from '@clickhouse/client';
import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import pino from 'pino';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Preview } from '../../dashboards/build.ts';
import { alertRules } from '../../dashboards/rules.ts';
import { startDemo } from '../../pipeline/demo.ts';
import { migrateDatabase } from '../../pipeline/migrate.ts';
import { createShop } from '../../pipeline/simulate/simulate.ts';
import { tablesOf } from '../../pipeline/simulate/tables.ts';
import { startTestClickHouse, type TestClickHouse } from '../support/clickhouse.ts';
import { dashboards, defaultsOf, interpolate, panelsOf, sqlOf, type Values } from './grafana.ts';

const DAY_MS = 86_400_000;
const DAYS = 40;
const NOW = Date.now();
const QUERY_MS_MAX = 150_000;

vi.setConfig({ testTimeout: QUERY_MS_MAX });

let server: TestClickHouse;
let reader: ClickHouseClient;

beforeAll(async () => {
  server = await startTestClickHouse();
  const client = server.client();
  await migrateDatabase({ client, database: 'footfall' });
  const options = {
    seed: 'dashboards',
    visitors: 1_200,
    days: DAYS,
    start: Math.floor(NOW / DAY_MS) * DAY_MS - DAYS * DAY_MS,
  };
  for (const [table, values] of Object.entries(tablesOf(createShop(options))))
    await client.insert({ table: `footfall.${table}`, values, format: 'JSONEachRow' });
  await client.command({ query: 'SYSTEM RELOAD DICTIONARY footfall.site_facts' });
  const demo = startDemo({
    client,
    database: 'footfall',
    shop: options,
    once: true,
    log: pino({ level: 'silent' }),
    signal: new AbortController().signal,
  });
  await demo.worker.done;
  // On a busy machine, queries wait for each other.
  reader = server.client({ username: 'reader', request_timeout: QUERY_MS_MAX });
});

afterAll(() => server.stop());

interface Answer {
  names: string[];
  types: Map<string, string>;
  rows: Array<Record<string, unknown>>;
}

/** What too few people of a small shop do for a figure to be known. */
const RARE = ['Would people recommend the shop (NPS)?', 'What share is satisfied (CSAT: 4 or 5 of 5)?'];

/** What so young a shop has none of. */
const EMPTY = ['How many of the silent did a campaign win back who would not have come?'];

/** Panels that share a query ask it once. */
const answers = new Map<string, Promise<Answer>>();

function ask(sql: string): Promise<Answer> {
  const known = answers.get(sql);
  if (known !== undefined) return known;
  const answer = reader.query({ query: sql, format: 'JSON' }).then(async result => {
    const { meta = [], data } = await result.json<Record<string, unknown>>();
    return { names: meta.map(m => m.name), types: new Map(meta.map(m => [m.name, m.type])), rows: data };
  });
  answers.set(sql, answer);
  return answer;
}

/** 'now-30d' of a dashboard's default range. */
function rangeOf(dashboard: Dashboard): { from: number; to: number } {
  const match = /^now-(\d+)([mhd])$/.exec(dashboard.time?.from ?? '');
  if (match === null) throw new Error(`range of ${dashboard.title}: ${dashboard.time?.from}`);
  const unit = { m: 60_000, h: 3_600_000, d: DAY_MS }[match[2] as 'm' | 'h' | 'd'];
  return { from: NOW - Number(match[1]) * unit, to: NOW };
}

/** As Grafana chooses when a dashboard opens: of a variable that is asked for, the first, if its own is not there. */
async function chosen(dashboard: Dashboard): Promise<Values> {
  const values = defaultsOf(dashboard);
  for (const variable of dashboard.templating.list ?? []) {
    if (variable.type !== 'query') continue;
    const { rows, names } = await ask(interpolate(String(variable.query), values, rangeOf(dashboard)));
    const options = rows.map(row => String(row[names[0] ?? '']));
    expect(options.length, `choices of ${variable.name}`).toBeGreaterThan(0);
    if (!options.includes(String(values[variable.name]))) values[variable.name] = options[0] ?? '';
  }
  return values;
}

/** Names of columns that a drawing reads. */
function columnsOf(preview: Preview): string[] {
  switch (preview.as) {
    case 'time': {
      const { interval } = preview;
      return [
        preview.time,
        ...(preview.series === null ? [] : [preview.series]),
        ...preview.values,
        ...(interval === undefined ? [] : [interval.value, interval.low, interval.high]),
      ];
    }
    case 'bars':
      return [preview.category, ...preview.values];
    case 'stat':
      return [preview.time, preview.value, ...(preview.before === null ? [] : [preview.before])];
    case 'heat':
      return [preview.row, preview.column, preview.value];
    case 'funnel':
      return [
        preview.step,
        preview.series,
        preview.value,
        preview.dropped,
        preview.pending,
        preview.rate,
        preview.seconds,
      ];
    case 'sankey':
      return [preview.step, preview.from, preview.to, preview.value];
    case 'interval':
      return [preview.label, preview.value, preview.low, preview.high];
    case 'table':
    case 'none':
      return [];
  }
}

describe.each(dashboards())('$file', ({ dashboard }) => {
  const panels = panelsOf(dashboard).flatMap(panel => {
    const sql = sqlOf(panel);
    return sql === null ? [] : [{ title: panel.title ?? '', panel, sql }];
  });

  it.concurrent.each(panels)('$title', async ({ title, panel, sql }) => {
    const { names, types, rows } = await ask(interpolate(sql, await chosen(dashboard), rangeOf(dashboard)));
    if (!EMPTY.includes(title)) expect(rows.length).toBeGreaterThan(0);

    // Every column that is spoken of is one of the query's.
    const preview = (panel.options as { preview: Preview }).preview;
    expect(names).toEqual(expect.arrayContaining(columnsOf(preview)));
    const spoken = panel.fieldConfig?.overrides.map(({ matcher }) => String(matcher.options)) ?? [];
    expect(names).toEqual(expect.arrayContaining(spoken));

    if (preview.as === 'time' || preview.as === 'stat') {
      // What Grafana takes for a series: an instant, in order, and numbers.
      expect(types.get('time')).toMatch(/^DateTime/);
      const times = rows.map(row => String(row.time));
      expect(times).toEqual([...times].sort());
      const values = preview.as === 'time' ? preview.values : [preview.value];
      for (const name of values) expect(types.get(name), name).toMatch(/^(Nullable\()?(U?Int|Float|Decimal)/);
      // Not only periods of which nothing is known yet.
      if (!RARE.includes(title)) expect(rows.some(row => values.some(name => row[name] !== null))).toBe(true);
    }
  });

  it('draws the remarks', async () => {
    for (const annotation of dashboard.annotations.list ?? []) {
      const { rawSql } = annotation.target as unknown as { rawSql: string };
      const all = { from: NOW - 2 * DAYS * DAY_MS, to: NOW };
      const { rows, names } = await ask(interpolate(rawSql, await chosen(dashboard), all));
      expect(names).toEqual(['time', 'text']);
      expect(rows.length).toBeGreaterThan(0);
    }
  });
});

interface RuleModel {
  rawSql?: string;
  conditions?: Array<{ evaluator: { type: 'gt' | 'lt'; params: number[] } }>;
}

describe('a site without experiments', () => {
  const board = dashboards().find(one => one.dashboard.uid === 'footfall-experiments')?.dashboard;
  const panels =
    board === undefined ? [] : panelsOf(board).filter(panel => sqlOf(panel)?.includes('experiment = '));

  it('is told of on each panel, and is no error', async () => {
    expect(panels.length).toBeGreaterThan(3);
    for (const panel of panels) {
      const { rows } = await ask(
        interpolate(sqlOf(panel) ?? '', { site: 'shop', experiment: '' }, { from: NOW - DAY_MS, to: NOW }),
      );
      expect(rows, panel.title).toEqual([]);
      expect((panel.options as { empty?: string }).empty, panel.title).toMatch(/^No experiment/);
    }
  });
});

describe('alert rules', () => {
  const { groups } = alertRules() as {
    groups: Array<{ rules: Array<{ title: string; data: Array<{ model: RuleModel }> }> }>;
  };
  const rules = groups.flatMap(group =>
    group.rules.flatMap(({ title, data }) => {
      const sql = data[0]?.model.rawSql;
      return sql === undefined ? [] : [{ title, sql }];
    }),
  );

  it.each(rules)('$title: one number a row, its labels text', async ({ sql }) => {
    // Grafana would take a $ for one of its environment.
    expect(sql).not.toContain('$');
    const { types, rows } = await ask(sql);
    const numbers = [...types.values()].filter(type => /(Int|Float|Decimal)/.test(type));
    expect(numbers).toHaveLength(1);
    expect([...types.values()].filter(type => /String/.test(type))).toHaveLength(types.size - 1);
    if (!sql.includes('HAVING')) expect(rows.length).toBeGreaterThan(0);
  });

  it('a shop as usual sets off none', async () => {
    const watched = groups
      .flatMap(group => group.rules)
      .filter(({ data }) => data[0]?.model.rawSql !== undefined);
    for (const { title, data } of watched) {
      const { rows, names } = await ask(data[0]?.model.rawSql ?? '');
      const { type, params } = data[1]?.model.conditions?.[0]?.evaluator ?? { type: '', params: [] };
      const [than = 0] = params;
      for (const row of rows) {
        const value = Number(row[names.at(-1) ?? '']);
        expect(type === 'gt' ? value > than : value < than, `${title}: ${value}`).toBe(false);
      }
    }
  });

  it('a site that was given no rules sets one off, and has its own when it is given', async () => {
    const { sql = '' } = rules.find(({ title }) => title === 'A site has no alerts') ?? {};
    const fires = async (query: string) =>
      (await ask(query)).rows.filter(row => Number(row.unwatched) > 0).map(row => row.site);
    expect(await fires(sql)).toEqual([]);
    await server.client().insert({
      table: 'footfall.sites',
      values: [{ site: 'outlet.example' }],
      format: 'JSONEachRow',
    });
    answers.clear();
    expect(await fires(sql)).toEqual(['outlet.example']);
    const { groups: both } = alertRules(['shop', 'outlet.example']) as {
      groups: Array<{ rules: Array<{ uid: string; title: string; data: Array<{ model: RuleModel }> }> }>;
    };
    const all = both.flatMap(group => group.rules);
    const own = all.filter(({ title }) => title.startsWith('outlet.example: '));
    expect(own.length).toBe(all.filter(({ title }) => title.startsWith('shop: ')).length);
    expect(new Set(all.map(({ uid }) => uid)).size).toBe(all.length);
    for (const { uid } of all) expect(uid).toMatch(/^[\w-]{1,40}$/);
    for (const { data } of own) expect(data[0]?.model.rawSql).toContain("site = 'outlet.example'");
    expect(
      await fires(all.find(({ title }) => title === 'A site has no alerts')?.data[0]?.model.rawSql ?? ''),
    ).toEqual([]);
    expect(() => alertRules(["it's"])).toThrow(/no rule can have/);
  });

  it('a day of failed payments sets off the rule of payments, for the whole shop', async () => {
    const { sql = '' } = rules.find(({ title }) => title.includes('payments fail')) ?? {};
    const { rows: before } = await ask(sql);
    expect(before.map(row => Number(row.score))).toEqual(before.map(() => 0));
    // As if a page of the last whole day had been a failed payment, many times over.
    await server.client().command({
      query: `INSERT INTO footfall.event_rows
        SELECT * EXCEPT (number) REPLACE (concat('failed', toString(number)) AS event_id, toUInt64(1000000000 + number) AS offset, 'payment_failed' AS event_name)
        FROM
        (
            SELECT * FROM footfall.event_rows
            WHERE event_name = 'page_view' AND site = 'shop'
                AND site_day('shop', event_time) = (SELECT toDate(any(at)) FROM footfall.anomalies(site = 'shop', as_of = now64(3), grain = 'day'))
                AND session_id IN (SELECT session_id FROM footfall.sessions WHERE active AND empty(bot_reasons))
            LIMIT 1
        ) AS e
        CROSS JOIN (SELECT number FROM numbers(500)) AS n
        SETTINGS async_insert = 0`,
    });
    answers.clear();
    const { rows } = await ask(sql);
    const [whole] = rows.filter(row => row.of === 'day' && row.dimension_name === 'total');
    expect(Number(whole?.score)).toBeGreaterThan(4);
  });

  it('an experiment whose people are not split as asked sets off its rule', async () => {
    const { sql = '' } = rules.find(({ title }) => title.includes('experiment')) ?? {};
    const { rows: before } = await ask(sql);
    expect(before.map(row => Number(row.fails))).toEqual(before.map(() => 0));
    // As if nine in ten should have seen the first variation.
    await server.client().command({
      query: `INSERT INTO footfall.experiments SELECT * REPLACE (arrayMap(i -> if(i = 1, 90, 10), arrayEnumerate(weights)) AS weights, now64(3) AS loaded_at)
              FROM footfall.experiments FINAL WHERE experiment = '${before[0]?.experiment}'`,
    });
    answers.clear();
    const after = (await ask(sql)).rows.find(row => row.experiment === before[0]?.experiment);
    expect(Number(after?.fails)).toBe(1);
  });
});
