import { beforeAll, describe, expect, test } from 'vitest';
import { rejectionOf } from '../../pipeline/fold/validate.ts';
import type { TruthCounts } from '../../pipeline/simulate/counts.ts';
import type { SimulatedRecord } from '../../pipeline/simulate/damage.ts';
import { createShop, type ShopOptions } from '../../pipeline/simulate/simulate.ts';
import { tablesOf } from '../../pipeline/simulate/tables.ts';
import { createTruth } from '../../pipeline/simulate/truth.ts';
import { recount } from './recount.ts';

const given: ShopOptions = { seed: 'sites', visitors: 3_000, start: Date.UTC(2026, 8, 10), days: 50 };

function made(sites: readonly string[]): {
  records: SimulatedRecord[];
  truth: Record<string, TruthCounts>;
  tables: ReturnType<typeof tablesOf>;
} {
  const shop = createShop({ ...given, sites });
  const truth = createTruth(shop);
  const records: SimulatedRecord[] = [];
  for (const hour of shop.history({ observer: truth.observer })) {
    for (const record of hour) {
      truth.record(record);
      records.push(record);
    }
  }
  return { records, truth: truth.sites(), tables: tablesOf(shop) };
}

let both: ReturnType<typeof made>;
let alone: ReturnType<typeof made>;
beforeAll(() => {
  both = made(['shop', 'outlet']);
  alone = made(['shop']);
});

const eventsOf = (records: readonly SimulatedRecord[], site: string) =>
  records.flatMap(({ event }) => (event?.site === site ? [event] : []));

describe('two sites in one simulation', () => {
  test('the first is what it is alone', () => {
    expect(eventsOf(both.records, 'shop')).toEqual(eventsOf(alone.records, 'shop'));
    expect(both.truth.shop).toEqual(alone.truth.shop);
  });

  test('the records arrive in one order', () => {
    const arrivals = both.records.map(({ arrival }) => arrival);
    expect(arrivals).toEqual(arrivals.toSorted((a, b) => a - b));
  });

  test('they share no id of any kind', () => {
    const ids = (site: string): Set<string> => {
      const events = eventsOf(both.records, site);
      return new Set(
        events.flatMap(event =>
          [
            event.event_id,
            event.visitor_id,
            event.user_id ?? '',
            event.transaction_id,
            event.group_id,
            event.params.share_id ?? '',
            event.params.message_id ?? '',
            event.params.case_id ?? '',
          ].filter(id => id !== ''),
        ),
      );
    };
    const shop = ids('shop');
    const shared = [...ids('outlet')].filter(id => shop.has(id));
    expect(shared).toEqual([]);
    expect(ids('outlet').size).toBeGreaterThan(500);
  });

  test('the other has its own zone, currency, pages, costs and rates, and no experiments', () => {
    const events = eventsOf(both.records, 'outlet');
    const hosts = new Set(
      events.flatMap(e => (e.page_location === '' ? [] : [new URL(e.page_location).host])),
    );
    expect([...hosts]).toEqual(['outlet.fernweh-outdoor.example']);
    expect(new Set(events.map(e => e.currency ?? '')).has('USD')).toBe(true);
    expect(events.some(e => e.event_name === 'experiment_viewed')).toBe(false);
    expect(both.tables.sites?.map(({ site, timezone, currency }) => [site, timezone, currency])).toEqual([
      ['shop', 'Europe/Berlin', 'EUR'],
      ['outlet', 'America/New_York', 'USD'],
    ]);
    for (const table of ['ad_costs', 'campaign_plans']) {
      const rows = both.tables[table]?.filter(({ site }) => site === 'outlet') ?? [];
      expect(rows.length, table).toBeGreaterThan(0);
      expect(new Set(rows.map(({ currency }) => currency))).toEqual(new Set(['USD']));
    }
    // The first hours there are still the day before.
    const rates = both.tables.fx_rates?.filter(
      row => row.to_currency === 'USD' && row.from_currency === 'JPY',
    );
    expect(rates?.[0]?.day).toBe('2026-09-09');
  });

  test('what truth.json says of the other is what its records hold', () => {
    const { outlet } = both.truth;
    const records = both.records.filter(({ event }) => event?.site === 'outlet');
    const found = recount(records, [], 'America/New_York');
    for (const name of [
      'records',
      'accepted',
      'rejected',
      'events',
      'total',
      'channels',
      'days',
      'people',
      'retention',
      'currencies',
    ] as const)
      expect(outlet?.[name], name).toEqual(found[name]);
    expect(outlet?.total.purchase).toBeGreaterThan(3);
  });
});

describe('tills and shared links', () => {
  test('orders at a till have its shop and an account, nothing is shipped, and truth.json counts them', () => {
    const sold = eventsOf(alone.records, 'shop').filter(
      event =>
        event.platform === 'pos' &&
        rejectionOf(event, event.received_time ?? 0, event.received_time ?? 0) === null,
    );
    const seen: Record<string, Set<string>> = {};
    for (const event of sold) {
      expect(event.event_name).toBe('purchase');
      expect(event.user_id).not.toBeNull();
      expect(event.visitor_id).toMatch(/\.card$/);
      expect(event.shipping).toBe(0);
      expect(event.page_location).toBe('');
      if (!event.consent_analytics) continue;
      seen[event.store_id] ??= new Set();
      seen[event.store_id]?.add(event.transaction_id);
    }
    const counted = Object.fromEntries(Object.entries(seen).map(([store, orders]) => [store, orders.size]));
    expect(alone.truth.shop?.stores).toEqual(counted);
    expect(sold.length).toBeGreaterThan(2);
    const transactions = new Set(sold.map(event => event.transaction_id));
    const shipped = eventsOf(alone.records, 'shop').filter(
      ({ event_name, transaction_id }) => event_name === 'ship' && transactions.has(transaction_id),
    );
    expect(shipped).toEqual([]);
  });

  test('who comes by a shared link lands on a page that carries it, after it was shared, by another person', () => {
    const events = eventsOf(alone.records, 'shop');
    const shared = new Map(
      events.filter(e => e.event_name === 'share').map(e => [e.params.share_id ?? '', e] as const),
    );
    const landed = new Map(
      events.flatMap(event => {
        const id = /[?&]share_id=([^&]+)/.exec(event.page_location)?.[1];
        return id === undefined || event.event_name !== 'page_view' ? [] : [[id, event] as const];
      }),
    );
    expect(landed.size).toBeGreaterThan(10);
    for (const [id, event] of landed) {
      const by = shared.get(id);
      // Shared where the tracking was lost, or beyond the end of an offline app.
      if (by === undefined) continue;
      expect(event.event_time).toBeGreaterThan(by.event_time);
      expect(event.visitor_id).not.toBe(by.visitor_id);
    }
    const months = Object.values(alone.truth.shop?.referrals ?? {});
    const sent = new Set(
      events.filter(e => e.event_name === 'share' && e.consent_analytics).map(e => e.params.share_id),
    );
    expect(months.reduce((sum, { share }) => sum + share.sent, 0)).toBe(sent.size);
    const came = [...landed.values()].filter(event => event.consent_analytics);
    expect(months.reduce((sum, { share }) => sum + share.accepted, 0)).toBe(came.length);
  });
});
