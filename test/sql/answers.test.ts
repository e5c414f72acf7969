import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openWarehouse, type Warehouse } from '../support/warehouse.ts';
import { type Answer, ask, MARTS, parametersOf } from './asking.ts';
import { randomShop } from './randomShop.ts';
import { loadClean } from './shopLoads.ts';

let warehouse: Warehouse;
const answers = new Map<string, Answer>();
beforeAll(async () => {
  warehouse = openWarehouse();
  await loadClean(warehouse, randomShop(9, 90));
  // A site that nobody has come to yet.
  warehouse.run(
    "INSERT INTO footfall.sites (site, timezone, currency) VALUES ('quiet', 'Asia/Tokyo', 'JPY')",
  );
  warehouse.run('SYSTEM RELOAD DICTIONARY footfall.site_facts');
});
afterAll(() => warehouse.close());

const find = (name: string) => {
  const file = MARTS.find(mart => mart.name === name);
  if (file === undefined) throw new Error(`no mart ${name}`);
  return file;
};

/** The answer without a dimension; each is asked once. */
function whole(name: string): Answer {
  const known = answers.get(name) ?? ask(warehouse, find(name));
  answers.set(name, known);
  return known;
}

/**
 * What adds up over a dimension, by what else a row is told apart: people only where their dimension never changes. By which
 * dimension is asked: those of sessions, of persons, and the ones that need more than the session's row, shared out.
 */
const ADDITIVE: Record<string, { by: string; keys: string[]; sums: string[] }> = {
  activation: { by: 'country', keys: ['period'], sums: ['started', 'signed_up', 'activated'] },
  active_hours: { by: 'device', keys: ['weekday', 'hour'], sums: ['sessions', 'orders', 'revenue'] },
  carts: { by: 'channel', keys: ['period'], sums: ['carts', 'abandoned', 'value_abandoned', 'recovered'] },
  channels: {
    by: 'new_or_returning',
    keys: ['channel'],
    sums: [
      'new_people',
      'sessions',
      'orders',
      'credited_orders',
      'credited_revenue',
      'credited_orders_without_rate',
    ],
  },
  churn: { by: 'country', keys: ['period'], sums: ['active_at_start', 'churned', 'revenue_lost'] },
  coupons: {
    by: 'device',
    keys: ['coupon'],
    sums: ['issued', 'claimed', 'expired', 'discount_cost', 'orders', 'orders_without_rate'],
  },
  feedback: { by: 'channel', keys: ['period'], sums: ['responses', 'reviews', 'complaints', 'orders'] },
  funnel: {
    by: 'connection',
    keys: ['step'],
    sums: ['people', 'dropped', 'pending', 'mature_people', 'mature_entrants'],
  },
  lifecycle: {
    by: 'country',
    keys: ['period'],
    sums: ['new', 'returning', 'resurrected', 'dormant', 'dormant_pool'],
  },
  ltv: {
    by: 'channel',
    keys: ['cohort', 'age'],
    sums: ['customers', 'orders', 'revenue', 'orders_without_rate'],
  },
  ltv_drivers: { by: 'country', keys: [], sums: ['customers'] },
  messages: {
    by: 'device',
    keys: ['campaign', 'channel'],
    sums: ['sent', 'delivered', 'opened', 'clicked', 'unsubscribed', 'visits', 'orders', 'revenue'],
  },
  orders: {
    by: 'new_or_returning',
    keys: ['period'],
    sums: ['orders', 'revenue', 'revenue_at_constant_rates', 'refunds', 'orders_without_rate'],
  },
  page_performance: {
    by: 'country',
    keys: ['path'],
    sums: ['samples', 'error_sessions', 'fast_sessions', 'slow_sessions'],
  },
  pages: { by: 'connection', keys: ['path'], sums: ['views', 'entrances', 'exits', 'engagement_seconds'] },
  payback: { by: 'country', keys: ['cohort', 'channel', 'age'], sums: ['new_people', 'new_customers'] },
  payments: {
    by: 'channel',
    keys: ['payment_type', 'error'],
    sums: ['attempts', 'succeeded', 'lost_value'],
  },
  placements: {
    by: 'device',
    keys: ['kind', 'id'],
    sums: ['impressions', 'clicks', 'cart_adds', 'revenue'],
  },
  products: {
    by: 'landing_page',
    keys: ['item_id'],
    sums: [
      ...['impressions', 'list_clicks', 'views', 'cart_adds', 'purchases', 'quantity', 'revenue'],
      'out_of_stock_views',
    ],
  },
  retention: { by: 'channel', keys: ['cohort', 'age'], sums: ['eligible', 'retained'] },
  retention_summary: { by: 'device', keys: ['cohort'], sums: ['eligible'] },
  support: { by: 'country', keys: ['channel'], sums: ['cases', 'contacts', 'reopened'] },
  traffic: {
    by: 'new_or_returning',
    keys: ['period'],
    sums: [
      ...[
        'new_people',
        'sessions',
        'page_views',
        'events',
        'engaged_sessions',
        'engagement_seconds',
        'orders',
      ],
      ...['revenue', 'orders_without_rate'],
    ],
  },
  trend: { by: 'connection', keys: ['period'], sums: ['count', 'value'] },
};
/** Views of people and shares, of which nothing adds up. */
const NOT_ADDITIVE = ['stickiness'];

describe('the sum over `by` equals the total', () => {
  it('is asked of every view that takes `by`', () => {
    const taking = MARTS.filter(mart => parametersOf(mart).includes('by')).map(mart => mart.name);
    expect([...Object.keys(ADDITIVE), ...NOT_ADDITIVE].sort()).toEqual(taking.sort());
  });

  it.each(Object.entries(ADDITIVE))('%s', (name, { by, keys, sums }) => {
    /** Sums by key; NULL where there is nothing but NULL; without keys at which nothing was. */
    const total = (rows: Answer): Map<string, Array<number | null>> => {
      const found = new Map<string, Array<number | null>>();
      for (const row of rows) {
        const key = JSON.stringify(keys.map(column => row[column]));
        const before = found.get(key) ?? sums.map(() => null);
        found.set(
          key,
          sums.map((column, i) => {
            const value = row[column];
            const sum = before[i] ?? null;
            return value === null ? sum : (sum ?? 0) + Number(value);
          }),
        );
      }
      for (const [key, values] of found)
        if (values.every(value => value === null || value === 0)) found.delete(key);
      const rounded = (value: number | null): number | null => value && Number(value.toPrecision(7));
      return new Map([...found].sort().map(([key, values]) => [key, values.map(rounded)]));
    };
    const parts = ask(warehouse, find(name), { by: `'${by}'` });
    const expected = total(whole(name));
    expect(total(parts)).toEqual(expected);
    expect(expected.size).toBeGreaterThan(0);
    expect(new Set(parts.map(row => row.dimension)).size, 'has several dimensions').toBeGreaterThan(1);
  });
});

/** Columns at which a site without events has numbers other than 0: names of rows, bounds, and what is a fact by itself. */
const NAMES = new Set(
  'step age bucket from_seconds to_seconds weekday hour r f m mature left_censored horizon weeks'.split(' '),
);

describe('a site that nobody has come to yet has no rows, or zeros', () => {
  // Of logs, not of sites.
  const views = MARTS.filter(mart => parametersOf(mart).includes('site'));
  it.each(views.map(view => [view.name, view] as const))('%s', (_, view) => {
    for (const row of ask(warehouse, view, { site: "'quiet'" }))
      for (const [column, value] of Object.entries(row))
        if (typeof value === 'number' && !NAMES.has(column)) expect([column, value]).toEqual([column, 0]);
  });
});

const RETENTION = { keys: ['cohort', 'age'], rates: ['rate'], of: 'eligible' };
/** Of each view with windows (and what it is asked): what a row is told apart by, what is NULL while a window is open, and of how many. */
const WINDOWS: Record<
  string,
  { view?: string; asked?: Record<string, string>; keys: string[]; rates: string[]; of: string }
> = {
  activation: { keys: ['period'], rates: ['rate'], of: 'started' },
  carts: { keys: ['period'], rates: ['abandonment_rate'], of: 'carts' },
  churn: { keys: ['period'], rates: ['churned', 'churn_rate', 'revenue_lost'], of: 'active_at_start' },
  funnel: {
    asked: { within: '31622400' },
    keys: ['step'],
    rates: ['conversion_from_start'],
    of: 'people',
  },
  funnel_trend: { keys: ['period', 'step'], rates: ['conversion_from_start'], of: 'people' },
  lifecycle: { keys: ['period'], rates: ['dormant'], of: 'new' },
  ltv: { keys: ['cohort', 'age'], rates: ['cumulative_revenue_per_customer'], of: 'customers' },
  referrals: { keys: ['period', 'mechanism'], rates: ['accept_rate'], of: 'invites' },
  // Its rates are of the mature among the buyers: not NULL while some are.
  repurchase: { keys: ['cohort'], rates: [], of: 'buyers' },
  retention: RETENTION,
  'retention on or after': { ...RETENTION, view: 'retention', asked: { kind: "'on_or_after'" } },
  'recurring retention': { ...RETENTION, view: 'retention', asked: { kind: "'recurring'" } },
  'retention by 24 hours': { ...RETENTION, view: 'retention', asked: { grain: "'24h'" } },
  winback: { keys: ['campaign'], rates: ['return_rate_treated'], of: 'treated' },
};

describe('what is not known yet is NULL with mature 0, and a number when the time has passed', () => {
  let before: Map<string, Answer>;
  beforeAll(() => {
    before = new Map([
      ...Object.entries(WINDOWS).map(
        ([name, { view, asked }]) =>
          [name, asked === undefined ? whole(name) : ask(warehouse, find(view ?? name), asked)] as const,
      ),
      ['retention_summary', whole('retention_summary')],
    ]);
    warehouse.run(
      `INSERT INTO footfall.positions SELECT * REPLACE (version + 1 AS version, watermark + INTERVAL 2 YEAR AS watermark)
       FROM footfall.positions FINAL`,
    );
  });

  it.each(Object.entries(WINDOWS))('%s', (name, { view, asked, keys, rates, of }) => {
    const open = (before.get(name) ?? []).filter(row => row.mature === 0 || row.mature === null);
    expect(open.some(row => Number(row[of]) > 0)).toBe(true);
    for (const row of open) for (const rate of rates) expect([rate, row[rate]]).toEqual([rate, null]);
    const later = ask(warehouse, find(view ?? name), asked);
    for (const row of open.filter(row => Number(row[of]) > 0)) {
      const now = later.find(one => keys.every(key => one[key] === row[key]));
      expect(now, JSON.stringify(row)).toMatchObject({ mature: 1 });
      for (const rate of rates) expect(now?.[rate], `${rate} of ${JSON.stringify(now)}`).not.toBeNull();
    }
  });

  it('retention_summary', () => {
    const days = ['d1', 'd7', 'd30', 'd90'];
    const rows = before.get('retention_summary') ?? [];
    const people = rows.filter(row => Number(row.eligible) > 0);
    for (const day of days)
      expect(
        people.some(row => row[day] === null),
        day,
      ).toBe(true);
    const later = ask(warehouse, find('retention_summary'));
    for (const row of later.filter(row => Number(row.eligible) > 0)) {
      const earlier = rows.find(one => one.cohort === row.cohort) ?? {};
      for (const day of days) {
        expect(row[day], `${day} of ${row.cohort}`).not.toBeNull();
        if (earlier[day] !== null) expect(row[day]).toBe(earlier[day]);
      }
    }
  });
});
