import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadEvents } from '../../support/load.ts';
import { openWarehouse, type Warehouse } from '../../support/warehouse.ts';
import { ledgerOf } from './ledger.ts';
import { firstDay, localDay, periodOf } from './life.ts';
import { type Ev, eventsByPerson, type Visit, visitsOf } from './people.ts';
import { random } from './random.ts';
import { type Known, type State, statesOf } from './state.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const START = Date.UTC(2025, 8, 1);
const DAYS = 500;
const ZONE = 'Asia/Kolkata';
const SITE = { dormant: 40, churned: 120 };
/** Also in the middle of the log, where some orders, refunds and log-ins are still to come. */
const MOMENTS = [START + DAYS * DAY, START + 230 * DAY + 3 * HOUR];
const CATEGORIES = ['boots', 'tents', 'socks'];

/** People with all kinds of rhythms: one order, every week, every other month, long breaks; visits between; refunds. */
function randomCustomers(seed: number, people: number): Ev[] {
  const r = random(seed);
  const events: Ev[] = [];
  const add = (event: Omit<Ev, 'event_id'>): void => {
    events.push({ event_id: `e${events.length}`, ...event });
  };
  for (let p = 0; p < people; p++) {
    const every = r.pick([2, 7, 21, 60, 150, 400]);
    const quits = START + r.below(DAYS) * DAY;
    const account = r.chance(0.6);
    const days = r.below(r.pick([120, DAYS]));
    for (
      let at = START + days * DAY;
      at < START + DAYS * DAY;
      at += Math.ceil(every * (0.3 + 1.4 * (r.below(100) / 100)) * DAY)
    ) {
      if (at > quits && r.chance(0.9)) break;
      const who = { visitor_id: `v${p}-${r.below(2)}`, user_id: account && r.chance(0.7) ? `a${p}` : null };
      // Also at the border of local days, which begin at 18:30 UTC.
      const time = at - (at % DAY) + r.pick([3 * HOUR, 18.5 * HOUR - 1, 18.5 * HOUR, 22 * HOUR]);
      add({ event_name: 'page_view', event_time: time - 60_000, ...who });
      if (r.chance(0.4)) continue;
      const transaction_id = `t${events.length}`;
      const value = r.pick([0, 500, 500, 1_000, 9_999]);
      const order = { currency: 'USD', transaction_id } as const;
      const items = Array.from({ length: r.below(3) }, () => ({
        item_id: 'i',
        item_category: r.pick(CATEGORIES),
        price: 1,
      }));
      add({ event_name: 'purchase', event_time: time, ...who, ...order, value, items });
      if (!r.chance(0.15)) continue;
      const back = { visitor_id: 'erp', user_id: null, platform: 'server' } as const;
      add({
        event_name: 'refund',
        event_time: time + r.below(60) * DAY,
        ...back,
        ...order,
        value: r.pick([value, 400]),
      });
    }
  }
  // Ten times every other week, then nothing for most of a year, then once more.
  for (let p = 0; p < 4; p++) {
    for (const day of [...Array.from({ length: 10 }, (_, i) => i * 14), DAYS - 9 + 2 * p])
      add({
        event_name: 'purchase',
        event_time: START + (day + p) * DAY,
        visitor_id: `back${p}`,
        user_id: null,
        transaction_id: `back${p}-${day}`,
        currency: 'USD',
        value: 700,
      });
  }
  for (let p = 0; p < 8; p++)
    add({ event_name: 'page_view', event_time: START + p * 50 * DAY, visitor_id: `w${p}`, user_id: null });
  add({ event_name: 'page_view', event_time: START + (DAYS + 1) * DAY, visitor_id: 'last', user_id: null });
  return events;
}

/** Persons as they were known at a moment: sessions that had begun, links and orders and refunds up to it. */
function knownAt(events: readonly Ev[], moment: number): Known[] {
  const linked = new Map<string, { at: number; id: string; user: string }>();
  for (const e of events) {
    if (e.user_id === null || e.event_time > moment) continue;
    const known = linked.get(e.visitor_id);
    if (
      known === undefined ||
      e.event_time > known.at ||
      (e.event_time === known.at && e.event_id > known.id)
    )
      linked.set(e.visitor_id, { at: e.event_time, id: e.event_id, user: e.user_id });
  }
  const { entries } = ledgerOf(events.filter(e => e.event_time <= moment));
  const people = new Map<string, Known & { active: Set<number> }>();
  for (const visit of visitsOf([...events])) {
    if (visit.start > moment) continue;
    const own =
      visit.events.filter(e => e.user_id !== null).at(-1)?.user_id ?? linked.get(visit.visitor)?.user;
    const name = own === undefined ? `v:${visit.visitor}` : `u:${own}`;
    const known = people.get(name) ?? {
      person: name,
      active: new Set(),
      activeDays: [],
      orderDays: [],
      orders: [],
    };
    if (visit.events.some(e => e.event_name !== 'refund')) known.active.add(localDay(visit.start, ZONE));
    const orders = visit.events.flatMap(e => {
      const entry = e.event_name === 'purchase' ? entries.get(e.transaction_id ?? '') : undefined;
      return entry === undefined ? [] : [{ at: entry.at, day: localDay(entry.at, ZONE), net: entry.net }];
    });
    people.set(name, { ...known, orders: [...known.orders, ...orders] });
  }
  return [...people.values()]
    .filter(person => person.active.size > 0 || person.orders.length > 0)
    .map(({ person, active, orders }) => ({
      person,
      orders,
      activeDays: [...active].sort((a, b) => a - b),
      orderDays: [...new Set(orders.map(order => order.day))].sort((a, b) => a - b),
    }));
}

const stamp = (ms: number): string => new Date(ms).toISOString().slice(0, 23).replace('T', ' ');

let warehouse: Warehouse;
beforeAll(() => {
  warehouse = openWarehouse();
});
afterAll(() => warehouse.close());

describe.each([1, 2])('customers of log %i', seed => {
  const events = randomCustomers(seed, 60);
  const visits: Visit[] = visitsOf(events);

  beforeAll(async () => {
    warehouse.clear();
    const { dormant, churned } = SITE;
    warehouse.insert('sites', [
      { site: 'shop', timezone: ZONE, dormant_days: dormant, churned_days: churned },
    ]);
    warehouse.run('SYSTEM RELOAD DICTIONARY footfall.site_facts');
    await loadEvents(warehouse, events);
  });

  it('has people in every stage', () => {
    const stages = MOMENTS.flatMap(moment =>
      [...statesOf(knownAt(events, moment), localDay(moment, ZONE), SITE).values()].map(state => state.stage),
    );
    expect([...new Set(stages)].toSorted()).toEqual([
      'churned',
      'decline',
      'dormant',
      'growth',
      'introduction',
      'mature',
      'prospect',
      'returned',
    ]);
  });

  it.each(MOMENTS)('person_state at %i: stage, risk, cadence, RFM and value at risk of each', moment => {
    const told = statesOf(knownAt(events, moment), localDay(moment, ZONE), SITE);
    const rows = warehouse.rows<State & { person: string }>(
      `SELECT person_id AS person, stage, risk, own_cadence_days AS cadence, quiet_days AS quiet, r, f, m,
         rfm_segment(r, f, m) AS segment, value_at_risk AS valueAtRisk
       FROM footfall.person_state(site = 'shop', as_of = toDateTime64('${stamp(moment)}', 3, 'UTC'))`,
    );
    expect(rows.map(row => row.person).toSorted()).toEqual([...told.keys()].toSorted());
    for (const { person, cadence, valueAtRisk, ...row } of rows) {
      const state = told.get(person);
      if (state === undefined) throw new Error(person);
      const { cadence: c, valueAtRisk: v, ...rest } = state;
      expect(row, person).toEqual(rest);
      if (c === null) expect(cadence).toBeNull();
      else expect(cadence, person).toBeCloseTo(c, 9);
      // Rounded to a minor unit.
      if (v === null) expect(valueAtRisk).toBeNull();
      else expect(Math.abs((valueAtRisk ?? 0) - v), person).toBeLessThanOrEqual(0.5);
    }
  });

  /** Orders by person and time, as they are known now. */
  const orders = new Map<
    string,
    { at: number; day: number; net: number; items: NonNullable<Ev['items']> }[]
  >();
  const { entries } = ledgerOf(events);
  for (const [person, own] of eventsByPerson(visits)) {
    const bought = own.flatMap(e => {
      const entry = e.event_name === 'purchase' ? entries.get(e.transaction_id ?? '') : undefined;
      return entry === undefined ? [] : [{ ...entry, day: localDay(entry.at, ZONE) }];
    });
    if (bought.length > 0)
      orders.set(
        person,
        bought.sort((a, b) => a.at - b.at),
      );
  }
  const asOf = Math.max(...events.map(e => e.event_time));
  const today = localDay(asOf, ZONE);
  const PERIOD = `site = 'shop', since = '2025-09-01', until = '2026-12-31'`;

  const grains = seed === 1 ? (['day', 'week', 'month'] as const) : (['week', 'month'] as const);
  it.each(grains)('ltv by %s: every cohort at every age', grain => {
    const cohorts = new Map<number, { customers: number; orders: Map<number, { n: number; net: number }> }>();
    for (const own of orders.values()) {
      const cohort = periodOf(own[0]?.day ?? 0, grain);
      const row = cohorts.get(cohort) ?? { customers: 0, orders: new Map() };
      cohorts.set(cohort, row);
      row.customers++;
      for (const { day, net } of own) {
        const age = periodOf(day, grain) - cohort;
        const { n, net: sum } = row.orders.get(age) ?? { n: 0, net: 0 };
        row.orders.set(age, { n: n + 1, net: sum + net });
      }
    }
    const told = [...cohorts].flatMap(([cohort, { customers, orders: of }]) => {
      let soFar = 0;
      return Array.from({ length: periodOf(today, grain) - cohort + 1 }, (_, age) => {
        const { n = 0, net = 0 } = of.get(age) ?? {};
        soFar += net;
        // The day after as_of's belongs to nobody yet: a period has ended when its last day has.
        const mature = periodOf(today, grain) > cohort + age ? 1 : 0;
        return {
          cohort: firstDay(cohort, grain),
          age,
          customers,
          orders: n,
          revenue: net,
          mature,
          each: soFar / customers,
        };
      });
    });
    const rows = warehouse.rows<{
      cohort: string;
      age: number;
      revenue: number;
      each: number | null;
      mature: number;
    }>(
      `SELECT cohort, age, l.customers AS customers, l.orders AS orders, round(toFloat64(revenue) * 100) AS revenue, mature,
         toFloat64(cumulative_revenue_per_customer) * 100 AS each
       FROM footfall.ltv(${PERIOD}, grain = '${grain}', by = '') AS l ORDER BY cohort, age`,
    );
    const sorted = told.toSorted((a, b) =>
      a.cohort === b.cohort ? a.age - b.age : a.cohort < b.cohort ? -1 : 1,
    );
    expect(rows.map(({ each: _, ...row }) => row)).toEqual(sorted.map(({ each: _, ...row }) => row));
    rows.forEach(({ each, mature }, i) => {
      if (mature === 0) expect(each).toBeNull();
      else expect(Math.abs((each ?? 0) - (sorted[i]?.each ?? 0))).toBeLessThanOrEqual(0.5 + 1e-6);
    });
  });

  it.each([7, 30, 365])('repurchase within %i days', within => {
    const months = new Map<string, (typeof orders extends Map<string, infer T> ? T : never)[]>();
    for (const own of orders.values()) {
      const cohort = firstDay(periodOf(own[0]?.day ?? 0, 'month'), 'month');
      months.set(cohort, [...(months.get(cohort) ?? []), own]);
    }
    const told = [...months]
      .map(([cohort, buyers]) => {
        const end = (own: (typeof buyers)[number]): number => (own[0]?.at ?? 0) + within * DAY;
        const again = buyers.filter(own => own.length > 1 && (own[1]?.at ?? 0) <= end(own));
        const passed = buyers.filter(own => end(own) <= asOf);
        const gaps = again.map(own => ((own[1]?.at ?? 0) - (own[0]?.at ?? 0)) / DAY).sort((a, b) => a - b);
        const middle = (gaps.length - 1) / 2;
        const categories = new Map<string, number>();
        for (const own of again)
          for (const { item_category = '' } of own[1]?.items ?? [])
            categories.set(item_category, (categories.get(item_category) ?? 0) + 1);
        const [next] = [...categories].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1));
        return {
          cohort,
          buyers: buyers.length,
          repeat_buyers: again.length,
          mature_buyers: passed.length,
          repeat_rate:
            passed.length === 0 ? null : again.filter(own => passed.includes(own)).length / passed.length,
          orders_per_buyer:
            passed.length === 0
              ? null
              : passed.reduce((sum, own) => sum + own.filter(order => order.at <= end(own)).length, 0) /
                passed.length,
          median_gap_days:
            gaps.length === 0 ? null : ((gaps[Math.floor(middle)] ?? 0) + (gaps[Math.ceil(middle)] ?? 0)) / 2,
          next_category: next?.[0] ?? '',
        };
      })
      .sort((a, b) => (a.cohort < b.cohort ? -1 : 1));
    const rows = warehouse.rows<(typeof told)[number]>(
      `SELECT cohort, buyers, repeat_buyers, mature_buyers, repeat_rate, orders_per_buyer, median_gap_days, next_category
       FROM footfall.repurchase(${PERIOD}, within = ${within})`,
    );
    expect(rows).toHaveLength(told.length);
    rows.forEach((row, i) => {
      const expected = told[i];
      if (expected === undefined) throw new Error(row.cohort);
      const { repeat_rate, orders_per_buyer, median_gap_days, ...exact } = expected;
      expect(row).toMatchObject(exact);
      for (const [found, value] of [
        [row.repeat_rate, repeat_rate],
        [row.orders_per_buyer, orders_per_buyer],
        [row.median_gap_days, median_gap_days],
      ] as const) {
        if (value === null) expect(found, row.cohort).toBeNull();
        else expect(found, row.cohort).toBeCloseTo(value, 9);
      }
    });
  });
});
