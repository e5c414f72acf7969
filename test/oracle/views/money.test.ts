import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadEvents } from '../../support/load.ts';
import { openWarehouse, type Warehouse } from '../../support/warehouse.ts';
import { type Entry, ledgerOf, localDay, minorUnits, type Rate, reported } from './ledger.ts';
import type { Ev } from './people.ts';
import { random } from './random.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const START = Date.UTC(2026, 9, 1);
const DAYS = 40;
const LOOKBACK_DAYS = 7;
const CURRENCIES = ['USD', 'EUR', 'JPY', 'KWD', 'XXX'];
/** Major units for 1 USD; nothing is known of XXX. */
const PER_DOLLAR: Record<string, number> = { USD: 1, EUR: 0.87, JPY: 151.37, KWD: 0.3071 };
const BOT = 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)';

/** A whole view takes seconds to plan: models and periods are shared out over the sites (attribution.test.ts has every model in every currency). */
const ALL = ['2026-09-20', '2026-12-20'] as const;
const SITES = [
  {
    currency: 'USD',
    timezone: 'America/New_York',
    by: '',
    period: ALL,
    models: ['first', 'last', 'last_non_direct'],
  },
  // Inside the log: both ends cut, at local midnights.
  {
    currency: 'JPY',
    timezone: 'Asia/Tokyo',
    by: '',
    period: ['2026-10-08', '2026-10-21'],
    models: ['linear', 'position'],
  },
  { currency: 'KWD', timezone: 'Asia/Kuwait', by: 'channel', period: ALL, models: ['time_decay', 'markov'] },
] as const;

/**
 * Orders in five currencies, by one or two devices of an account, a till and a bot: with lines, without, with lines that are
 * worth nothing, sent twice by other devices; refunds of a part, of more than there was, in another currency, as purchases
 * below 0, before the purchase, weeks later, of orders that nobody knows.
 */
function randomOrders(seed: number, people: number): Ev[] {
  const r = random(seed);
  const events: Ev[] = [];
  const add = (event: Omit<Ev, 'event_id'>): void => {
    events.push({ event_id: `e${events.length}`, ...event });
  };
  for (let p = 0; p < people; p++) {
    const bot = p % 12 === 5;
    for (let n = 1 + r.below(5); n > 0; n--) {
      const till = !bot && r.chance(0.1);
      const visitor_id = till ? `card${p}` : bot ? `bot${p}` : `v${p}-${r.below(2)}`;
      const who = {
        visitor_id,
        user_id: bot || r.chance(0.3) ? null : `a${p}`,
        ...(till ? { platform: 'pos', store_id: 's1' } : {}),
        ...(bot ? { user_agent: BOT } : {}),
      } as const;
      // Some at local midnights, where a day's rate changes.
      const time = START + r.below(DAYS * 24) * HOUR - r.below(2);
      if (!till) {
        const paid = r.pick([{ source: 'google', medium: 'cpc' }, { source: 'news', medium: 'email' }, {}]);
        add({ event_name: 'page_view', event_time: time, ...who, ...paid });
      }
      if (r.chance(0.4)) continue;
      const currency = r.pick(CURRENCIES);
      const value = r.pick([0, 1, 2, 7, 99, 1_001, 123_457, 9_007_199_254]);
      const lines = Array.from({ length: r.below(4) }, (_, i) => ({
        item_id: `i${r.below(9)}`,
        price: r.pick([0, 1, 3, 333, 70_000]),
        quantity: r.pick([1, 1, 2, 7]),
        cost: r.pick([null, 0, 5, 40]),
        index: i,
      }));
      const transaction_id = r.chance(0.1) ? '' : `t${events.length}`;
      const order = { event_name: 'purchase', ...who, transaction_id, currency, value, items: lines };
      add({ ...order, event_time: time + r.below(2) * 60_000 });
      if (transaction_id === '') continue;
      // Sent again, by the server or another device, with another value: the first counts.
      if (r.chance(0.15))
        add({
          ...order,
          visitor_id: 'server',
          user_id: null,
          platform: 'server',
          event_time: time + DAY,
          value: value + 5,
        });
      const back = {
        visitor_id: 'erp',
        user_id: null,
        platform: 'server',
        transaction_id,
        currency,
      } as const;
      for (let refunds = r.pick([0, 0, 0, 1, 2]); refunds > 0; refunds--) {
        const amount = r.pick([value, Math.floor(value / 3), value + 1, 1]);
        const below = r.chance(0.3);
        add({
          ...back,
          event_name: below ? 'purchase' : 'refund',
          event_time: time + r.pick([-HOUR, DAY, 20 * DAY]),
          currency: r.chance(0.1) ? r.pick(CURRENCIES) : currency,
          value: below ? -Math.max(1, amount) : r.chance(0.5) ? amount : -amount,
        });
      }
    }
    if (r.chance(0.1))
      add({
        event_name: 'refund',
        event_time: START + r.below(DAYS) * DAY,
        visitor_id: 'erp',
        user_id: null,
        platform: 'server',
        transaction_id: `nobody${p}`,
        currency: 'USD',
        value: 500,
      });
  }
  // So that as_of is later than all of it.
  add({ event_name: 'page_view', event_time: START + (DAYS + 30) * DAY, visitor_id: 'last', user_id: null });
  return events;
}

/** Rates of most days, with a gap of ten days in each currency, in which some orders have none. */
function randomRates(seed: number, site: string): Rate[] {
  const r = random(seed);
  return Object.entries(PER_DOLLAR)
    .filter(([from]) => from !== site)
    .flatMap(([from, dollars]) => {
      const gap = r.below(DAYS - 12);
      return Array.from({ length: DAYS + 4 }, (_, i) => i - 2)
        .filter(day => (day < gap || day > gap + 10) && r.chance(0.7))
        .map(day => ({
          day: new Date(START + day * DAY).toISOString().slice(0, 10),
          from,
          rate: ((PER_DOLLAR[site] ?? 1) / dollars) * (0.95 + r.below(1_000) / 10_000),
        }));
    });
}

let warehouse: Warehouse;
beforeAll(() => {
  warehouse = openWarehouse();
});
afterAll(() => warehouse.close());

describe.each(SITES)('a ledger reported in $currency', ({ currency, timezone, by, period, models }) => {
  const events = randomOrders(currency.charCodeAt(0), 90);
  const rates = randomRates(currency.charCodeAt(1), currency);
  const { entries, unmatched } = ledgerOf(events);
  const isBot = (entry: Entry): boolean => entry.visitor.startsWith('bot');
  const people = [...entries.values()].filter(entry => !isBot(entry));
  const dayOf = (entry: Entry): string => localDay(timezone, entry.at);
  const netOf = (entry: Entry): number | null => reported(entry, dayOf(entry), currency, rates);

  /** What the ledger says of the orders of some days, both in. */
  function expected(since: string, until: string): { orders: number; unrated: number; net: bigint } {
    const within = people.filter(entry => dayOf(entry) >= since && dayOf(entry) <= until);
    const nets = within.map(netOf);
    return {
      orders: within.length,
      unrated: nets.filter(net => net === null).length,
      net: nets.reduce<bigint>((sum, net) => sum + BigInt(net ?? 0), 0n),
    };
  }

  beforeAll(async () => {
    warehouse.clear();
    warehouse.insert('sites', [{ site: 'shop', currency, timezone }]);
    warehouse.run('SYSTEM RELOAD DICTIONARY footfall.site_facts');
    warehouse.insert(
      'fx_rates',
      rates.map(({ day, from, rate }) => ({ day, from_currency: from, to_currency: currency, rate })),
    );
    warehouse.insert(
      'models',
      Object.entries({ 'Paid Search': 0.4, Direct: 0.13 }).map(([parameter, value]) => ({
        site: 'shop',
        as_of: '2026-10-31',
        model: 'markov',
        parameter,
        value,
        lookback_days: LOOKBACK_DAYS,
      })),
    );
    await loadEvents(warehouse, events);
  });

  it('has something of everything', () => {
    expect(people.length).toBeGreaterThan(100);
    expect(people.length).toBeLessThan(entries.size);
    expect(unmatched.length).toBeGreaterThan(5);
    expect(people.filter(entry => entry.net < 0).length).toBeGreaterThan(3);
    expect(people.filter(entry => entry.items.length === 0).length).toBeGreaterThan(10);
    expect(
      people.filter(entry => netOf(entry) === null && PER_DOLLAR[entry.currency] !== undefined).length,
    ).toBeGreaterThan(5);
    for (const one of CURRENCIES)
      expect(
        people.some(entry => entry.currency === one && entry.refunded > 0),
        one,
      ).toBe(true);
  });

  it('orders_fact has each transaction as the ledger has it', () => {
    const rows = warehouse.rows<{ transaction: string; reporting_net: number | null }>(
      `SELECT transaction, visitor_id AS visitor, toUnixTimestamp64Milli(o.at) AS at, currency, gross, refunded, net, reporting_net
       FROM footfall.orders_fact AS o ORDER BY transaction`,
    );
    const told = [...entries.values()]
      .map(entry => {
        const { transaction, visitor, at, currency, gross, refunded, net } = entry;
        return { transaction, visitor, at, currency, gross, refunded, net, reporting_net: netOf(entry) };
      })
      .sort((a, b) => (a.transaction < b.transaction ? -1 : 1));
    expect(rows).toEqual(told);
  });

  it('every view comes to the same, to the minor unit', () => {
    const [since, until] = period;
    const sum = expected(since, until);
    expect(sum.unrated).toBeGreaterThan(0);
    const asked = `site = 'shop', since = '${since}', until = '${until}'`;
    const total = (view: string, revenue: string, orders: string, unrated: string) => {
      const [row] = warehouse.rows<{ revenue: string; orders: number; unrated: number }>(
        `SELECT toString(sum(${revenue})) AS revenue, ${orders} AS orders, ${unrated} AS unrated FROM footfall.${view} AS v`,
      );
      return { orders: row?.orders, unrated: row?.unrated, net: minorUnits(row?.revenue ?? '', currency) };
    };
    const lost = unmatched
      .map(refund => ({
        ...refund,
        day: localDay(timezone, refund.event_time),
        net: Math.abs(refund.value ?? 0),
      }))
      .filter(({ day }) => day >= since && day <= until)
      .map(({ net, day, currency: of }) =>
        reported({ gross: net, net, currency: of ?? '' }, day, currency, rates),
      );
    const [orders] = warehouse.rows<{ revenue: string; unmatched: string; orders: number; unrated: number }>(
      `SELECT toString(sum(revenue)) AS revenue, toString(sum(v.unmatched_refunds)) AS unmatched, sum(v.orders) AS orders,
         sum(orders_without_rate) AS unrated
       FROM footfall.orders(${asked}, grain = 'day', by = '${by}') AS v`,
    );
    expect({
      orders: orders?.orders,
      unrated: orders?.unrated,
      net: minorUnits(orders?.revenue ?? '', currency),
      unmatched: minorUnits(orders?.unmatched ?? '', currency),
    }).toEqual({ ...sum, unmatched: lost.reduce<bigint>((all, net) => all + BigInt(net ?? 0), 0n) });
    const traffic = `traffic(${asked}, grain = 'week', by = '${by}')`;
    expect(total(traffic, 'revenue', 'sum(v.orders)', 'sum(orders_without_rate)'), 'traffic').toEqual(sum);
    // Lines of one order may be of several items, so their numbers of orders do not add up.
    expect(
      total(`products(${asked}, by = '${by}')`, 'revenue', `${sum.orders}`, `${sum.unrated}`),
      'products',
    ).toEqual(sum);
    for (const model of models) {
      const view = `channels(${asked}, model = '${model}', lookback_days = ${LOOKBACK_DAYS}, by = '')`;
      const unrated = 'round(sum(credited_orders_without_rate), 6)';
      expect(total(view, 'credited_revenue', 'round(sum(credited_orders), 6)', unrated), model).toEqual(sum);
    }
    // Cohorts go on after the period: only over all of the log do they come to the same.
    const cohorts = `ltv(site = 'shop', since = '${ALL[0]}', until = '${ALL[1]}', grain = 'month', by = '${by}')`;
    expect(total(cohorts, 'revenue', 'sum(v.orders)', 'sum(orders_without_rate)'), cohorts).toEqual(
      expected(...ALL),
    );
  });
});
