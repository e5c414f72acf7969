import { stripVTControlCharacters } from 'node:util';
import type { ClickHouseClient } from '@clickhouse/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { migrateDatabase } from '../../pipeline/migrate.ts';
import { WIDTH } from '../../pipeline/readout/lines.ts';
import { type PowerOptions, type PowerReport, powerOf } from '../../pipeline/readout/power.ts';
import { powerText } from '../../pipeline/readout/powerText.ts';
import { startTestClickHouse, type TestClickHouse } from '../support/clickhouse.ts';
import { footfall } from '../support/footfall.ts';
import { type EventSketch, loadEvents } from '../support/load.ts';
import { seededShares } from '../support/seeded.ts';

const database = 'footfall';
const DAY = 86_400_000;
const HOUR = 3_600_000;
/** Local midnight in New York. */
const END = Date.UTC(2026, 10, 25, 5);
const DAYS = 21;
const START = END - DAYS * DAY;

let clickhouse: TestClickHouse;
let client: ClickHouseClient;
let events: EventSketch[];

/** 900 visitors over seven weeks, some with one account on two browsers, a few of them bots. */
function history(): EventSketch[] {
  const next = seededShares(11);
  const out: EventSketch[] = [];
  for (let i = 0; i < 900; i++) {
    const user = next() < 0.2 ? `u${Math.floor(next() * 100)}` : null;
    const base = { visitor_id: `v${i}`, user_id: user, device: next() < 0.03 ? ('bot' as const) : 'desktop' };
    const keen = 1 + Math.floor(next() ** 3 * 6);
    for (let visit = 0; visit < keen; visit++) {
      // Between 8 and 18 local time, so that no visit runs over a midnight.
      const at = START + Math.floor((next() * 7 - 4) * 7) * DAY + 8 * HOUR + Math.floor(next() * 9 * HOUR);
      out.push({
        ...base,
        event_name: 'page_view',
        event_time: at,
        engagement_time_ms: Math.floor(next() * 60_000),
      });
      if (next() < 0.6) out.push({ ...base, event_name: 'view_item', event_time: at + 60_000 });
      if (next() < 0.25)
        out.push({
          ...base,
          event_name: 'purchase',
          event_time: at + 120_000,
          currency: 'USD',
          value: 500 + Math.floor(next() ** 4 * 60_000),
          transaction_id: `t${i}-${visit}`,
          items: [{ item_id: 'i', price: 500, quantity: 1 + Math.floor(next() * 4) }],
        });
      if (next() < 0.3)
        out.push({
          ...base,
          event_name: 'page_timing',
          event_time: at + 1_000,
          metrics: { lcp_ms: 900 + Math.floor(next() * 3000) },
        });
    }
  }
  // As_of is the morning after the last whole day.
  out.push({ visitor_id: 'end', event_name: 'page_view', event_time: END + 9 * HOUR });
  return out.filter(event => Number(event.event_time) <= END + 9 * HOUR);
}

const METRICS = [
  { metric: 'buyers_3d', kind: 'proportion', event: 'purchase', value: 'any', window_hours: 72 },
  { metric: 'spend', kind: 'mean', event: 'purchase', value: 'revenue', cap_percentile: 0.98 },
  {
    metric: 'order_value',
    kind: 'ratio',
    event: 'purchase',
    value: 'revenue',
    denominator_event: 'purchase',
    denominator_value: 'count',
  },
  {
    metric: 'units_later',
    kind: 'mean',
    event: 'purchase',
    value: 'quantity',
    delay_hours: 24,
    window_hours: 96,
  },
  { metric: 'attention', kind: 'mean', event: '', value: 'engagement_time_ms' },
  {
    metric: 'lcp',
    kind: 'ratio',
    event: 'page_timing',
    value: 'metrics.lcp_ms',
    denominator_event: 'page_timing',
    denominator_value: 'count',
    direction: -1,
  },
  { metric: 'signed', kind: 'proportion', event: 'sign_up', value: 'any' },
  { metric: 'visited', kind: 'proportion', event: 'page_view', value: 'any' },
  { metric: 'far', kind: 'proportion', event: 'purchase', value: 'any', window_hours: 2000 },
];
type Metric = Partial<(typeof METRICS)[number]> & { kind: string; event: string; value: string };

beforeAll(async () => {
  clickhouse = await startTestClickHouse();
  client = clickhouse.client();
  await migrateDatabase({ client, database });
  const insert = async (table: string, values: readonly unknown[]): Promise<void> => {
    await client.insert({
      table: `${database}.${table}`,
      values,
      format: 'JSONEachRow',
      clickhouse_settings: { max_partitions_per_insert_block: '0' },
    });
  };
  await insert('sites', [
    { site: 'shop', timezone: 'America/New_York' },
    { site: 'young', timezone: 'UTC' },
  ]);
  await insert('metrics', METRICS);
  await client.command({ query: 'SYSTEM RELOAD DICTIONARIES' });
  events = history();
  const inserts: Array<Promise<void>> = [];
  await loadEvents({ insert: (table, values) => void inserts.push(insert(table, values)) }, events);
  await Promise.all(inserts);
});
afterAll(() => clickhouse?.stop());

function options(more: Partial<PowerOptions> & { metric: string }): PowerOptions {
  return {
    client,
    database,
    site: 'shop',
    effect: 0.1,
    allocation: [1, 1],
    share: 1,
    metrics: 1,
    power: 0.8,
    alpha: 0.05,
    historyDays: DAYS,
    ...more,
  };
}

/** What the history says, the long way: people and when they came, and what each did after. */
function naive(
  m: Metric,
  exposedBy = '',
  end = END,
): { people: number; n: number; mean: number; variance: number } {
  const all = events
    .map((e, i) => ({ ...e, at: Number(e.event_time), id: i }))
    .filter(e => e.device !== 'bot');
  const account = new Map<string, string>();
  for (const e of [...all].sort((a, b) => a.at - b.at || (`e${a.id + 1}` < `e${b.id + 1}` ? -1 : 1)))
    if (e.user_id) account.set(e.visitor_id ?? '', e.user_id);
  const person = (e: { visitor_id?: string | undefined }): string =>
    account.get(e.visitor_id ?? '') ?? `v:${e.visitor_id}`;
  const came = new Map<string, number>();
  for (const e of all) {
    if (
      e.at < START ||
      e.at >= end ||
      (exposedBy === '' ? e.event_name === 'page_timing' : e.event_name !== exposedBy)
    )
      continue;
    came.set(person(e), Math.min(e.at, came.get(person(e)) ?? Number.POSITIVE_INFINITY));
  }
  const amount = (e: (typeof all)[number], event: string, value: string): number => {
    if (event !== '' && e.event_name !== event) return 0;
    if (value === 'revenue') return (e.value ?? 0) / 100;
    if (value === 'quantity') return (e.items ?? []).reduce((sum, item) => sum + (item.quantity ?? 1), 0);
    if (value === 'engagement_time_ms') return e.engagement_time_ms ?? 0;
    if (value.startsWith('metrics.')) return e.metrics?.[value.slice(8)] ?? 0;
    return 1;
  };
  let y: number[] = [];
  let d: number[] = [];
  const mine = new Map<string, typeof all>();
  for (const e of all) mine.set(person(e), [...(mine.get(person(e)) ?? []), e]);
  for (const [id, at] of came) {
    const from = at + (m.delay_hours ?? 0) * HOUR;
    const to = m.window_hours ? from + m.window_hours * HOUR : end;
    if (m.window_hours ? to > end : from >= end) continue;
    const sum = (event: string, value: string): number =>
      (mine.get(id) ?? [])
        .filter(e => e.at >= from && e.at < to && e.at < end)
        .reduce((s, e) => s + amount(e, event, value), 0);
    const total = sum(m.event, m.value);
    y.push(m.kind === 'proportion' ? Number(total > 0) : total);
    d.push(sum(m.denominator_event ?? '', m.denominator_value ?? 'count'));
  }
  if (m.cap_percentile) {
    const cap = [...y].sort((a, b) => a - b)[Math.floor(m.cap_percentile * y.length)] ?? Number.NaN;
    y = y.map(v => Math.min(v, cap));
  }
  const average = (v: number[]): number => v.reduce((a, b) => a + b, 0) / v.length;
  if (m.kind === 'ratio') {
    const [my, md] = [average(y), average(d)];
    y = y.map((v, i) => my / md + (v - (my / md) * (d[i] ?? Number.NaN)) / md);
  } else d = [];
  const mean = average(y);
  const spread = y.reduce((s, v) => s + (v - mean) ** 2, 0) / (y.length - 1);
  return {
    people: came.size,
    n: y.length,
    mean,
    variance: m.kind === 'proportion' ? mean * (1 - mean) : spread,
  };
}

function near(actual: number, expected: number): void {
  expect(Math.abs(actual - expected), `${actual} for ${expected}`).toBeLessThanOrEqual(
    1e-9 * Math.max(1, Math.abs(expected)),
  );
}

/** z of a two-sided 5 % and of 80 % power. */
const K = 1.959963984540054 + 0.8416212335729143;

describe('the history', () => {
  it.each(METRICS.slice(0, 6).flatMap(m => ['', 'view_item'].map(by => [m.metric, by, m] as const)))(
    '%s of people who came by %s is what the events say',
    async (metric, exposedBy, m) => {
      const report = await powerOf(options({ metric, exposedBy: exposedBy === '' ? undefined : exposedBy }));
      const expected = naive(m, exposedBy);
      expect([report.people, report.mature_people]).toEqual([expected.people, expected.n]);
      near(report.mean, expected.mean);
      near(report.variance, expected.variance);
      expect([report.since, report.until, report.history_days, report.currency]).toEqual([
        '2026-11-04',
        '2026-11-24',
        DAYS,
        'USD',
      ]);
    },
  );

  it('takes built-in metrics', async () => {
    for (const [metric, m] of [
      ['any:purchase', { kind: 'proportion', event: 'purchase', value: 'any' }],
      ['count:view_item', { kind: 'mean', event: 'view_item', value: 'count' }],
      ['revenue', { kind: 'mean', event: 'purchase', value: 'revenue' }],
    ] as const) {
      const report = await powerOf(options({ metric }));
      near(report.mean, naive(m).mean);
      near(report.variance, naive(m).variance);
    }
  });
});

describe('the plan', () => {
  let report: PowerReport;
  beforeAll(async () => {
    report = await powerOf(options({ metric: 'buyers_3d' }));
  });

  it('needs the people of the formula', () => {
    // Both variances at the control's: k²s²(1 + R²)/(m·lift)² an arm; the history's length is the least here.
    const { mean, variance } = naive(METRICS[0] as Metric);
    const arm = Math.ceil((K ** 2 * variance * (1 + 1.1 ** 2)) / (mean * 0.1) ** 2);
    expect(report.needed.people).toBe(2 * arm);
    expect(report.needed.days).toBeGreaterThan(DAYS);
    // Beyond the history people come as in its last week.
    const days = DAYS + Math.ceil((2 * arm - report.mature_people) / report.people_a_day_last);
    expect(report.needed.days).toBe(days);
  });

  it('says of weeks within the history what that week had, by the function that experiment_results uses', async () => {
    const [week] = report.weeks;
    const expected = naive(METRICS[0] as Metric, '', START + 7 * DAY);
    expect(week?.people).toBe(expected.n);
    const answer = await client.query({
      query: `SELECT minimum_detectable_lift(${expected.n / 2}, ${expected.variance}, ${expected.n / 2}, ${expected.mean}, ${expected.variance}, 0.05, 0.8) AS v`,
      format: 'JSONEachRow',
    });
    const [row] = await answer.json<{ v: number }>();
    near(week?.lift ?? Number.NaN, row?.v ?? Number.NaN);
  });

  it('agrees with itself: in the days that an effect needs, that effect is just seen', async () => {
    const twice = await powerOf(options({ metric: 'buyers_3d', allocation: [3, 1], effect: 0.3 }));
    const people = twice.needed.people ?? Number.NaN;
    const least = async (n: number): Promise<number> => {
      const answer = await client.query({
        query: `SELECT minimum_detectable_lift(${n / 4}, ${twice.variance}, ${(3 * n) / 4}, ${twice.mean}, ${twice.variance}, 0.05, 0.8) AS v`,
        format: 'JSONEachRow',
      });
      return (await answer.json<{ v: number }>())[0]?.v ?? Number.NaN;
    };
    // Longer than the history, whose last day's figures then hold.
    expect(twice.needed.days).toBeGreaterThan(DAYS);
    expect(await least(people)).toBeLessThanOrEqual(0.3);
    expect(await least(people * 0.99)).toBeGreaterThan(0.3);
    // Unequal arms, and fewer people, cost time.
    const equal = await powerOf(options({ metric: 'buyers_3d', effect: 0.3 }));
    expect(people).toBeGreaterThan(equal.needed.people ?? 0);
    const half = await powerOf(options({ metric: 'buyers_3d', effect: 0.3, share: 0.5 }));
    expect(half.needed.people).toBe(equal.needed.people);
    expect(half.needed.days ?? 0).toBeGreaterThan(equal.needed.days ?? 0);
  });

  it('shares alpha among variations and metrics', async () => {
    const several = await powerOf(options({ metric: 'buyers_3d', allocation: [1, 1, 1], metrics: 2 }));
    expect([several.comparisons, several.alpha_each]).toEqual([4, 0.0125]);
    const strict = await powerOf(options({ metric: 'buyers_3d', alpha: 0.0125 }));
    expect(several.needed.people).toBe(((strict.needed.people ?? 0) * 3) / 2);
    expect(powerText(several).replace(/\s+/g, ' ')).toContain(
      '2 metrics × 2 variations: planned with alpha 1.25 % each',
    );
  });

  it('needs more people and days for smaller effects, and longer where it is looked at daily', () => {
    expect(report.effects.map(row => row.lift)).toEqual([0.05, 0.1, 0.15, 0.2, 0.3]);
    for (const [i, row] of report.effects.entries()) {
      const smaller = report.effects[i - 1];
      if (smaller !== undefined) expect(row.people ?? 0).toBeLessThan(smaller.people ?? 0);
      if (row.daily_days !== null) expect(row.daily_days).toBeGreaterThanOrEqual(row.days ?? 0);
      expect(row.days ?? 1000).toBeGreaterThanOrEqual(7);
    }
  });

  it('asks for nothing that cannot be: more than everybody, less than nothing', async () => {
    const most = await powerOf(options({ metric: 'any:view_item', effect: 0.2 }));
    expect(most.effects.every(row => most.mean * (1 + row.lift) <= 1)).toBe(true);
    await expect(powerOf(options({ metric: 'any:view_item', effect: 2 }))).rejects.toThrow(
      /--effect is 2: from [\d.]+ % there is no lift above 0\.\d+/,
    );
    const least = await powerOf(options({ metric: 'revenue', effect: -0.6 }));
    expect(least.effects.map(row => row.lift)).toEqual([-0.3, -0.6, -0.9]);
  });

  it('does not take a good first day for an answer', async () => {
    // A lift of 900 % would show at once; a week is the least, with 100 people an arm.
    const huge = await powerOf(options({ metric: 'attention', effect: 9 }));
    expect(huge.needed.days).toBeGreaterThanOrEqual(7);
  });
});

describe('the command', () => {
  const power = (...args: string[]): ReturnType<typeof footfall> =>
    footfall(['power', '--data', clickhouse.dataDir, ...args]);

  it('prints the plan, beside a server that runs, in 100 columns', async () => {
    const { code, stdout, stderr } = await power(
      '--site',
      'shop',
      '--metric',
      'spend',
      '--effect',
      '0.2',
      '--days-of-history',
      '21',
    );
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(
      /^shop, spend: net revenue \(USD\) per person, the top 2 % of people cut off there\n/,
    );
    expect(stdout).toMatch(/effect +\+20\.0 %: from \d+\.\d\d USD to \d+\.\d\d USD/);
    expect(stdout).toMatch(/people +[\d,]+ an arm, [\d,]+ in all/);
    expect(stdout).toMatch(/\n +4 weeks +[\d,]+ +\+[\d.]+ %/);
    for (const line of stdout.split('\n')) expect(line.length, line).toBeLessThanOrEqual(WIDTH);
    expect(stdout).toBe(stripVTControlCharacters(stdout));
    expect(stdout).not.toMatch(/NaN|undefined|null/);
  });

  it('gives the same as JSON', async () => {
    const { stdout } = await power('--site', 'shop', '--metric', 'spend', '--effect', '-0.2', '--json');
    const report = JSON.parse(stdout) as PowerReport;
    expect(report.needed.lift).toBe(-0.2);
    expect(report.shortened).toBe(false);
    expect(report.history_days).toBe(28);
  });

  it.each([
    [['--site', 'shap', '--metric', 'spend'], /^error: --site: unknown site 'shap'; sites: shop, young$/m, 2],
    [
      ['--site', 'shop', '--metric', 'spent'],
      /^error: --metric: unknown metric 'spent'; metrics: attention, buyers_3d, .*; or any:EVENT/m,
      2,
    ],
    [
      ['--site', 'shop', '--metric', 'any:purchases'],
      /^error: --metric: no event 'purchases' on shop; events: page_timing, page_view, purchase, view_item$/m,
      2,
    ],
    [
      ['--site', 'young', '--metric', 'revenue'],
      /^error: young has no whole day of visits yet: no history to plan by$/m,
      1,
    ],
    [
      ['--site', 'shop', '--metric', 'signed'],
      /^error: 'signed' is 0 for everybody from 2026-10-28 to 2026-11-24: there is nothing to compare with$/m,
      1,
    ],
    [
      ['--site', 'shop', '--metric', 'visited'],
      /^error: 'visited' is the same for everybody .*: no spread/m,
      1,
    ],
    [
      ['--site', 'shop', '--metric', 'far'],
      /^error: the metric counts until 2000 hours after a person comes and so nobody of the last 28 days/m,
      1,
    ],
    [
      ['--site', 'shop', '--metric', 'spend', '--exposed-by', 'sign_up'],
      /^error: nobody of shop sent 'sign_up' from/m,
      1,
    ],
    [['--site', 'shop', '--metric', 'spend', '--effect', '0'], /^error: --effect is 0/m, 2],
    [
      ['--site', 'shop', '--metric', 'spend', '--effect', '5 %'],
      /^error: --effect is '5 %'; it may be a number from -0.99 to 10$/m,
      2,
    ],
    [['--site', 'shop', '--metric', 'spend', '--arms', '1'], /^error: --arms is '1'/m, 2],
    [['--site', 'shop', '--metric', 'spend', '--allocation', '1,-1'], /^error: --allocation is '1,-1'/m, 2],
    [['--site', 'shop', '--metric', 'spend', '--power', '0.5'], /^error: --power is 0.5/m, 2],
    [
      ['--site', 'shop', '--metric', 'spend', '--exposed-by', "x' OR 1"],
      /^error: --exposed-by: not an event name/m,
      2,
    ],
  ] as const)('says what is wrong with %j', async (args, message, code) => {
    const ended = await power(...args);
    expect(ended.stderr).toMatch(message);
    expect([ended.code, ended.stdout]).toEqual([code, '']);
  });
});
