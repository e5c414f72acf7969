import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadEvents } from '../../support/load.ts';
import { openWarehouse, type Warehouse } from '../../support/warehouse.ts';
import { type Entry, ledgerOf } from './ledger.ts';
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
  for (let p = 0; p < 5; p++)
    add({
      event_name: 'refund',
      event_time: START + (20 + 90 * p) * DAY,
      visitor_id: 'erp',
      user_id: null,
      platform: 'server',
      transaction_id: `unknown${p}`,
      currency: 'USD',
      value: 300,
    });
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

/** A row of the view orders; money in cents. */
interface OrdersRow {
  period: string;
  orders: number;
  buyers: number;
  repeat_buyers: number;
  revenue: number;
  gross: number;
  refunds: number;
  issued: number;
  unmatched: number;
  people: number;
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
  const orders = new Map<string, (Entry & { day: number })[]>();
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
  const PERIOD = `site = 'shop', since = '2025-09-01', until = '2027-06-30'`;

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

  it.each(['week', 'month'] as const)('orders by %s: every period', grain => {
    const rows = new Map<string, OrdersRow & { byBuyer: Map<string, number>; visitors: Set<string> }>();
    const row = (day: number): OrdersRow & { byBuyer: Map<string, number>; visitors: Set<string> } => {
      const period = firstDay(periodOf(day, grain), grain);
      const known = rows.get(period) ?? {
        ...{
          period,
          orders: 0,
          buyers: 0,
          repeat_buyers: 0,
          revenue: 0,
          gross: 0,
          refunds: 0,
          issued: 0,
          unmatched: 0,
        },
        ...{ people: 0, byBuyer: new Map(), visitors: new Set() },
      };
      rows.set(period, known);
      return known;
    };
    for (const [person, own] of orders) {
      for (const { day, gross, net, refunded } of own) {
        const of = row(day);
        of.orders++;
        of.revenue += net;
        of.gross += gross;
        of.refunds += refunded;
        of.byBuyer.set(person, (of.byBuyer.get(person) ?? 0) + 1);
      }
    }
    for (const visit of visits)
      if (visit.events.some(e => e.event_name !== 'refund'))
        row(localDay(visit.start, ZONE)).visitors.add(visit.person);
    for (const e of events) {
      if (e.event_name !== 'refund') continue;
      const known = entries.has(e.transaction_id ?? '');
      row(localDay(e.event_time, ZONE))[known ? 'issued' : 'unmatched'] += e.value ?? 0;
    }
    const told = [...rows.values()]
      .map(({ byBuyer, visitors, ...of }) => {
        const buyers = byBuyer.size;
        const repeat = [...byBuyer.values()].filter(n => n > 1).length;
        return { ...of, buyers, repeat_buyers: repeat, people: visitors.size };
      })
      .filter(of => of.orders + of.people + of.issued + of.unmatched > 0)
      .sort((a, b) => (a.period < b.period ? -1 : 1));
    const found = warehouse.rows<Omit<OrdersRow, 'gross'> & Record<'aov' | 'rate' | 'share', number | null>>(
      `SELECT toString(o.period) AS period, o.orders AS orders, o.buyers AS buyers, o.repeat_buyers AS repeat_buyers,
         round(toFloat64(o.revenue) * 100) AS revenue, round(toFloat64(o.refunds) * 100) AS refunds,
         round(toFloat64(refunds_issued) * 100) AS issued, round(toFloat64(unmatched_refunds) * 100) AS unmatched,
         o.people AS people, toFloat64(o.aov) * 100 AS aov, o.refund_rate AS rate, o.repeat_buyer_rate AS share
       FROM footfall.orders(${PERIOD}, grain = '${grain}', by = '') AS o
       WHERE o.orders + o.people + issued + unmatched > 0 ORDER BY period`,
    );
    expect(found.map(({ aov: _, rate: __, share: ___, ...exact }) => exact)).toEqual(
      told.map(({ gross: _, ...exact }) => exact),
    );
    found.forEach(({ aov, rate, share }, i) => {
      const { orders: n, revenue, gross, refunds, buyers, repeat_buyers } = told[i] as OrdersRow;
      if (n === 0) expect([aov, rate, share]).toEqual([null, null, null]);
      else {
        expect(Math.abs((aov ?? 0) - revenue / n)).toBeLessThanOrEqual(0.5 + 1e-6);
        expect(share).toBeCloseTo(repeat_buyers / buyers, 12);
        if (gross === 0) expect(rate).toBeNull();
        else expect(rate).toBeCloseTo(refunds / gross, 12);
      }
    });
  });

  it('rfm and segments: as many people as have the scores and the risk, with what they spent', () => {
    const moment = asOf;
    const known = knownAt(events, moment);
    const told = statesOf(known, today, SITE);
    const spent = new Map(known.map(of => [of.person, of.orders.reduce((sum, order) => sum + order.net, 0)]));
    const cells = new Map<string, { people: number; revenue: number; segment: string | null }>();
    for (const [person, { r, f, m, segment }] of told) {
      if (r === null) continue;
      const cell = cells.get(`${r} ${f} ${m}`) ?? { people: 0, revenue: 0, segment };
      cells.set(`${r} ${f} ${m}`, {
        ...cell,
        people: cell.people + 1,
        revenue: cell.revenue + (spent.get(person) ?? 0),
      });
    }
    const asked = `site = 'shop', as_of = toDateTime64('${stamp(moment)}', 3, 'UTC')`;
    const rows = warehouse.rows<{ cell: string; people: number; revenue: number; segment: string }>(
      `SELECT concat(toString(r), ' ', toString(f), ' ', toString(m)) AS cell, people, round(toFloat64(x.revenue) * 100) AS revenue, segment
       FROM footfall.rfm(${asked}) AS x WHERE people > 0`,
    );
    expect(new Map(rows.map(({ cell, ...of }) => [cell, of]))).toEqual(cells);

    const count = (is: (state: State) => boolean): number => [...told.values()].filter(is).length;
    const segments = Object.fromEntries(
      warehouse
        .rows<{ segment: string; people: number }>(`SELECT segment, people FROM footfall.segments(${asked})`)
        .map(({ segment, people }) => [segment, people]),
    );
    expect(segments).toMatchObject({
      dormant: count(({ stage }) => stage === 'dormant'),
      at_risk: count(({ risk }) => risk === 'watch' || risk === 'high'),
      active: count(({ risk }) => risk === 'watch' || risk === 'low'),
      high_value: count(({ m }) => m === 5),
    });
  });
});
