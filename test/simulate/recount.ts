import type { Event } from '../../pipeline/contract/event.ts';
import { normalize } from '../../pipeline/fold/normalize.ts';
import { rejectionOf } from '../../pipeline/fold/validate.ts';
import type { FunnelCounts, TruthCounts } from '../../pipeline/simulate/counts.ts';
import type { SimulatedRecord } from '../../pipeline/simulate/damage.ts';

/** Counts from the records alone, by sorting and splitting: what truth.json says must come out of them. */

const GAP_MS = 1_800_000;
const DAY_MS = 86_400_000;
/** Not by these is anybody there (DEFINITIONS: active session). */
const INACTIVE =
  /^(refund|ship|deliver|message_.*|coupon_.*|(earn|redeem|expire)_points|support_reply|support_resolved|survey_sent|page_timing|experiment_viewed)$/;

interface Session {
  events: Event[];
  active: boolean;
  start: number;
}

export type Recount = Omit<
  TruthCounts,
  | 'bots'
  | 'campaigns'
  | 'lost'
  | 'refusedOrders'
  | 'customers'
  | 'acquired'
  | 'repeaters'
  | 'referrals'
  | 'messages'
  | 'coupons'
  | 'points'
  | 'voice'
  | 'support'
  | 'stores'
> & {
  botSessions: number;
  botEvents: number;
};

export function recount(
  records: readonly SimulatedRecord[],
  experiments: readonly { id: string; ends: number }[],
  zone = 'Europe/Berlin',
): Recount {
  const local = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short' });
  const dayOf = (time: number): number => Date.parse(`${local.format(time)}T00:00:00Z`) / DAY_MS;
  const seen = new Set<string>();
  const accepted: Event[] = [];
  const rejected: Record<string, number> = {};
  let duplicate = 0;
  let unconsented = 0;
  for (const { event, misframed, arrival } of records) {
    const reject = (reason: string) => {
      rejected[reason] = (rejected[reason] ?? 0) + 1;
    };
    if (event === null) {
      reject(misframed ?? '');
      continue;
    }
    if (!event.consent_analytics) {
      unconsented++;
      continue;
    }
    const rejection = rejectionOf(event, arrival, arrival);
    if (rejection !== null) {
      reject(rejection.reason);
      continue;
    }
    const id = `${event.site} ${event.visitor_id} ${event.event_id} ${event.event_time}`;
    if (seen.has(id)) duplicate++;
    else {
      seen.add(id);
      accepted.push(structuredClone(event));
    }
  }
  const events: Record<string, number> = {};
  for (const event of accepted) events[event.event_name] = (events[event.event_name] ?? 0) + 1;

  const byVisitor = groupBy(accepted, event => event.visitor_id);
  const total = none();
  const channels: Record<string, FunnelCounts> = {};
  const devices: Record<string, FunnelCounts> = {};
  const countries: Record<string, FunnelCounts> = {};
  const days: Record<string, FunnelCounts> = {};
  const people = new Map<
    string,
    { days: Set<number>; visitors: Set<string>; exposed: Map<string, string> }
  >();
  let botSessions = 0;
  let botEvents = 0;
  const bought: { person: string; at: number }[] = [];
  for (const [visitor, own] of byVisitor) {
    own.sort((a, b) => a.event_time - b.event_time || (a.event_id < b.event_id ? -1 : 1));
    const sessions = split(own);
    if (visitor.startsWith('crawl')) {
      botSessions += sessions.length;
      botEvents += own.length;
      continue;
    }
    const user = own.findLast(event => event.user_id !== null)?.user_id;
    const name = user ? `u:${user}` : `v:${visitor}`;
    for (const session of sessions) {
      if (!session.active) continue;
      let person = people.get(name);
      if (person === undefined) {
        person = { days: new Set(), visitors: new Set(), exposed: new Map() };
        people.set(name, person);
      }
      const day = dayOf(session.start);
      person.days.add(day);
      person.visitors.add(visitor);
      const normal = session.events.map(event => normalize(structuredClone(event)));
      const channel = normal.find(event => event.channel !== '')?.channel ?? 'Direct';
      const device = normal.find(event => event.device !== '')?.device ?? '';
      const country = session.events[0]?.country ?? '';
      const names = new Set(session.events.map(event => event.event_name));
      for (const row of [
        total,
        of(channels, channel),
        of(devices, device),
        of(countries, country),
        of(days, iso(day)),
      ]) {
        row.sessions++;
        if (names.has('view_item')) row.view_item++;
        if (names.has('add_to_cart')) row.add_to_cart++;
        if (names.has('begin_checkout')) row.begin_checkout++;
        if (names.has('add_payment_info')) row.add_payment_info++;
        if (names.has('purchase')) row.purchase++;
      }
      for (const event of session.events) {
        if (event.event_name === 'purchase') bought.push({ person: name, at: session.start });
        if (event.event_name === 'experiment_viewed')
          person.exposed.set(event.experiment_id, event.variation_id);
      }
    }
  }

  const retention: Recount['retention'] = {};
  for (const { days: on } of people.values()) {
    const first = Math.min(...on);
    retention[iso(first)] ??= { people: 0, d1: 0, d7: 0, d30: 0 };
    const cohort = retention[iso(first)];
    if (cohort === undefined) continue;
    cohort.people++;
    if (on.has(first + 1)) cohort.d1++;
    if (on.has(first + 7)) cohort.d7++;
    if (on.has(first + 30)) cohort.d30++;
  }

  const results: Recount['experiments'] = {};
  for (const { id, ends } of experiments) {
    const arms: Record<string, { people: number; converted: number }> = {};
    for (const [name, { exposed }] of people) {
      const variation = exposed.get(id);
      if (variation === undefined) continue;
      arms[variation] ??= { people: 0, converted: 0 };
      const arm = arms[variation];
      if (arm === undefined) continue;
      arm.people++;
      if (bought.some(({ person, at }) => person === name && at < ends)) arm.converted++;
    }
    results[id] = arms;
  }

  const currencies: Recount['currencies'] = {};
  const purchases = new Map<string, Event>();
  for (const event of accepted)
    if (event.event_name === 'purchase') purchases.set(event.transaction_id, event);
  const money = (currency: string) => {
    currencies[currency] ??= {
      orders: 0,
      gross: 0,
      tax: 0,
      shipping: 0,
      discount: 0,
      refunded: 0,
      refunds: 0,
      unmatchedRefunds: 0,
    };
    return currencies[currency];
  };
  for (const event of purchases.values()) {
    const row = money(event.currency ?? '');
    row.orders++;
    row.gross += event.value;
    row.tax += event.tax;
    row.shipping += event.shipping;
    row.discount += event.discount;
  }
  for (const event of accepted) {
    if (event.event_name !== 'refund') continue;
    const row = money(event.currency ?? '');
    if (purchases.has(event.transaction_id)) {
      row.refunds++;
      row.refunded += event.value;
    } else row.unmatchedRefunds++;
  }

  const visitors = [...people.values()].reduce((sum, person) => sum + person.visitors.size, 0);
  return {
    records: records.length,
    accepted: accepted.length,
    duplicate,
    unconsented,
    rejected,
    events,
    total,
    channels,
    devices,
    countries,
    days,
    botSessions,
    botEvents,
    visitors,
    people: people.size,
    retention,
    currencies,
    experiments: results,
  };
}

function none(): FunnelCounts {
  return { sessions: 0, view_item: 0, add_to_cart: 0, begin_checkout: 0, add_payment_info: 0, purchase: 0 };
}

function of(rows: Record<string, FunnelCounts>, key: string): FunnelCounts {
  rows[key] ??= none();
  return rows[key];
}

function groupBy<T>(all: readonly T[], key: (one: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const one of all) {
    const group = groups.get(key(one));
    if (group === undefined) groups.set(key(one), [one]);
    else group.push(one);
  }
  return groups;
}

function split(events: readonly Event[]): Session[] {
  const sessions: Session[] = [];
  let last = Number.NEGATIVE_INFINITY;
  for (const event of events) {
    if (event.event_time - last > GAP_MS)
      sessions.push({ events: [], active: false, start: event.event_time });
    last = event.event_time;
    const session = sessions.at(-1);
    if (session === undefined) continue;
    session.events.push(event);
    if (event.platform !== 'server' && !INACTIVE.test(event.event_name)) session.active = true;
  }
  return sessions;
}

function iso(day: number): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10);
}
