import type { Event } from '../contract/event.ts';
import type { RejectReason } from '../contract/outcome.ts';
import type { BotReason } from './bots.ts';
import { DAY_MS, isoDay, localDay } from './calendar.ts';
import type { SimulatedRecord } from './damage.ts';
import { billOf, refundOf } from './goods.ts';
import { type Errand, type Life, lifeOf, type Visit, variationOf } from './life.ts';
import type { Observer } from './log.ts';
import { SHOP } from './shop.ts';
import type { Shop, ShopOptions } from './simulate.ts';
import { channelOfVisit } from './visit.ts';

/** Sessions, and how many of them have an event of each step, whatever came before it. */
export interface FunnelCounts {
  sessions: number;
  view_item: number;
  add_to_cart: number;
  begin_checkout: number;
  add_payment_info: number;
  purchase: number;
}

/** Orders of one currency, minor units. */
export interface MoneyCounts {
  orders: number;
  gross: number;
  tax: number;
  shipping: number;
  discount: number;
  /** Of orders that were tracked; below 0. */
  refunded: number;
  refunds: number;
  /** Of orders that were not: their purchase was lost. */
  unmatchedRefunds: number;
}

/** Persons first seen on a day of the site's zone, and those of them seen 1, 7 and 30 days later. */
export interface CohortCounts {
  people: number;
  d1: number;
  d7: number;
  d30: number;
}

export interface ArmCounts {
  people: number;
  /** Of them, with a session or an order within 14 days. */
  returned: number;
  ordered: number;
}

/** What was made, counted by who made it: consenting people only, bots apart. */
export interface TruthCounts {
  records: number;
  accepted: number;
  duplicate: number;
  unconsented: number;
  rejected: Partial<Record<RejectReason, number>>;
  /** Accepted, of people and bots. */
  events: Record<string, number>;
  total: FunnelCounts;
  channels: Record<string, FunnelCounts>;
  devices: Record<string, FunnelCounts>;
  countries: Record<string, FunnelCounts>;
  /** Sessions by the day of the site's zone on which they start. */
  days: Record<string, FunnelCounts>;
  bots: Record<string, { sessions: number; events: number }>;
  /** Browsers, apps and persons with a session: an account's browsers are one person, others one each. */
  visitors: number;
  people: number;
  retention: Record<string, CohortCounts>;
  currencies: Record<string, MoneyCounts>;
  /** Persons exposed by variation, and those of them with an order from then to the experiment's end. */
  experiments: Record<string, Record<string, { people: number; converted: number }>>;
  campaigns: Record<string, Record<'treated' | 'held_out', ArmCounts>>;
  /** Visits lost with the tracking, and their orders: nothing of them is in the events. */
  lost: { visits: number; orders: number };
  /** First orders that the broken payment page refused. */
  refusedOrders: number;
}

const STEPS = ['view_item', 'add_to_cart', 'begin_checkout', 'add_payment_info', 'purchase'] as const;
const ARM_DAYS = 14;

function noFunnel(): FunnelCounts {
  return { sessions: 0, view_item: 0, add_to_cart: 0, begin_checkout: 0, add_payment_info: 0, purchase: 0 };
}

/** The entry of a key, made when it is first asked for. */
function entry<T>(counts: Record<string, T>, key: string, none: () => T): T {
  const known = counts[key];
  if (known !== undefined) return known;
  const made = none();
  counts[key] = made;
  return made;
}

/** A person as views see one: an account with its browsers, or a browser that never signed in. */
export interface Identity {
  devices: readonly number[];
  /** Its visits that were sent, in order. */
  visits: readonly Visit[];
}

/** Did a visit begin to arrive within the period, and with the tracking working? */
export function wasSent(visit: Visit, end: number): boolean {
  return !visit.lost && (visit.syncedAt > 0 ? visit.syncedAt : visit.at) < end;
}

/** The persons that views make of one life, by what was sent of it. None if nothing may be kept. */
export function identitiesOf(life: Life, end: number): Identity[] {
  if (!life.person.consentAnalytics) return [];
  const sent = life.visits.filter(visit => wasSent(visit, end));
  const known = new Set<number>();
  for (const visit of sent) if (visit.signIn !== 'no') known.add(visit.device);
  for (const errand of life.errands) if (errand.signedIn && errand.at < end) known.add(errand.device);
  const account = sent.filter(visit => known.has(visit.device));
  const found: Identity[] = account.length === 0 ? [] : [{ devices: [...known], visits: account }];
  for (let device = 0; device < life.person.devices.length; device++) {
    if (known.has(device)) continue;
    const visits = sent.filter(visit => visit.device === device);
    if (visits.length > 0) found.push({ devices: [device], visits });
  }
  return found;
}

export interface Truth {
  observer: Observer;
  record(record: SimulatedRecord): void;
  counts(): TruthCounts;
}

/** Counts while the history is made; memory: a byte for each browser. */
export function createTruth(shop: Shop): Truth {
  const { world, calendar } = shop;
  const { end } = calendar;
  const counts: TruthCounts = {
    records: 0,
    accepted: 0,
    duplicate: 0,
    unconsented: 0,
    rejected: {},
    events: {},
    total: noFunnel(),
    channels: {},
    devices: {},
    countries: {},
    days: {},
    bots: {},
    visitors: 0,
    people: 0,
    retention: {},
    currencies: {},
    experiments: {},
    campaigns: {},
    lost: { visits: 0, orders: 0 },
    refusedOrders: 0,
  };
  const exposures = createExposures(world.births.first(calendar.days));

  function life(life: Life): void {
    for (const visit of life.visits) {
      if (visit.at >= end) break;
      if (visit.lost) {
        counts.lost.visits++;
        if (visit.order >= 0) counts.lost.orders++;
      }
      if (visit.refused) counts.refusedOrders++;
    }
    for (const { visits } of identitiesOf(life, end)) {
      counts.people++;
      counts.visitors += new Set(visits.map(visit => visit.device)).size;
      const days = new Set(visits.map(visit => localDay(SHOP.timezone, visit.at)));
      const first = Math.min(...days);
      const cohort = entry(counts.retention, isoDay(first * DAY_MS), () => ({
        people: 0,
        d1: 0,
        d7: 0,
        d30: 0,
      }));
      cohort.people++;
      if (days.has(first + 1)) cohort.d1++;
      if (days.has(first + 7)) cohort.d7++;
      if (days.has(first + 30)) cohort.d30++;
    }
    if (!life.person.consentAnalytics) return;
    for (const { campaign, arm, at } of life.arms) {
      if (at >= end) continue;
      const none = (): ArmCounts => ({ people: 0, returned: 0, ordered: 0 });
      const of = entry(counts.campaigns, campaign, () => ({ treated: none(), held_out: none() }))[arm];
      const after = life.visits.filter(
        visit => wasSent(visit, end) && visit.at >= at && visit.at < at + ARM_DAYS * DAY_MS,
      );
      of.people++;
      if (after.length > 0) of.returned++;
      if (after.some(visit => visit.order >= 0)) of.ordered++;
    }
  }

  function visit(life: Life, made: Visit, events: readonly Event[]): void {
    const { person } = life;
    if (!person.consentAnalytics) return;
    const steps = new Set<string>();
    for (const event of events) {
      steps.add(event.event_name);
      if (event.experiment_id !== '') exposures.add(person.index, made.device, event.experiment_id);
    }
    const rows = [
      counts.total,
      entry(counts.channels, channelOfVisit(life, made), noFunnel),
      entry(counts.devices, person.devices[made.device]?.name ?? '', noFunnel),
      entry(counts.countries, person.country.code, noFunnel),
      entry(counts.days, isoDay(localDay(SHOP.timezone, made.at) * DAY_MS), noFunnel),
    ];
    for (const row of rows) {
      row.sessions++;
      for (const step of STEPS) if (steps.has(step)) row[step]++;
    }
    const order = life.orders[made.order];
    if (order === undefined) return;
    const bill = billOf(world.seed, life, order);
    const money = moneyOf(bill.currency);
    money.orders++;
    money.gross += bill.value;
    money.tax += bill.tax;
    money.shipping += bill.shipping;
    money.discount += bill.discount;
  }

  function moneyOf(currency: string): MoneyCounts {
    return entry(counts.currencies, currency, () => ({
      orders: 0,
      gross: 0,
      tax: 0,
      shipping: 0,
      discount: 0,
      refunded: 0,
      refunds: 0,
      unmatchedRefunds: 0,
    }));
  }

  function errand(life: Life, made: Errand): void {
    const order = life.orders[made.order];
    if (made.what !== 'refund' || order === undefined || !life.person.consentAnalytics) return;
    const bill = billOf(world.seed, life, order);
    const money = moneyOf(bill.currency);
    const bought = life.visits.find(visit => visit.order === order.number);
    if (bought === undefined || !wasSent(bought, end)) {
      money.unmatchedRefunds++;
    } else {
      money.refunds++;
      money.refunded += refundOf(bill, order.refund === 'part').value;
    }
  }

  function bot(reason: BotReason, events: readonly Event[]): void {
    const row = entry(counts.bots, reason, () => ({ sessions: 0, events: 0 }));
    row.sessions++;
    row.events += events.length;
  }

  function countExperiments(): void {
    for (const experiment of calendar.experiments) {
      const arms = Object.fromEntries(experiment.variations.map(name => [name, { people: 0, converted: 0 }]));
      counts.experiments[experiment.id] = arms;
    }
    const each = (index: number): void => {
      const known = lifeOf(world, index);
      for (const { devices, visits } of identitiesOf(known, end)) {
        for (const experiment of calendar.experiments) {
          if (!devices.some(device => exposures.has(index, device, experiment.id))) continue;
          const variation = variationOf(world, experiment.index, index);
          const arm = counts.experiments[experiment.id]?.[experiment.variations[variation] ?? ''];
          if (arm === undefined) continue;
          arm.people++;
          if (visits.some(visit => visit.order >= 0 && visit.at < experiment.ends)) arm.converted++;
        }
      }
    };
    exposures.everyone(each);
  }

  return {
    observer: { life, visit, errand, bot },
    record({ fate, event }) {
      counts.records++;
      if (fate === 'accepted') {
        counts.accepted++;
        if (event !== null) counts.events[event.event_name] = (counts.events[event.event_name] ?? 0) + 1;
      } else if (fate === 'duplicate') counts.duplicate++;
      else if (fate === 'unconsented') counts.unconsented++;
      else counts.rejected[fate] = (counts.rejected[fate] ?? 0) + 1;
    },
    counts() {
      countExperiments();
      return counts;
    },
  };
}

interface Exposures {
  add(person: number, device: number, experiment: string): void;
  has(person: number, device: number, experiment: string): boolean;
  everyone(each: (person: number) => void): void;
}

/** Which browsers saw which experiments: four bits for each of a person's two browsers. */
function createExposures(people: number): Exposures {
  const seen = new Uint8Array(people);
  const invited = new Map<number, number>();
  const bit = (device: number, experiment: string): number =>
    1 << (device * 4 + SHOP.experiments.findIndex(known => known.id === experiment));
  const bitsOf = (person: number): number => (person < people ? seen[person] : invited.get(person)) ?? 0;
  return {
    add(person, device, experiment) {
      const bits = bitsOf(person) | bit(device, experiment);
      if (person < people) seen[person] = bits;
      else invited.set(person, bits);
    },
    has: (person, device, experiment) => (bitsOf(person) & bit(device, experiment)) !== 0,
    everyone(each) {
      for (let person = 0; person < people; person++) if (seen[person] !== 0) each(person);
      for (const person of invited.keys()) each(person);
    },
  };
}

/** What readers of truth.json must know to hold views against it. */
const ABOUT = [
  'counts: exact, of what is in the event files; people who refuse analytics are in records and unconsented only, bots in bots, events and accepted only.',
  'counts.total, channels, devices, countries, days: active sessions by their start, and how many of them have an event of each step.',
  'counts.retention: persons by the day of first_seen in the zone of the shop; d1, d7, d30: seen on exactly that day after. Days that the period has not reached are 0.',
  'counts.currencies: minor units; gross is the sum of value, refunded is below 0 and of tracked orders only.',
  'counts.experiments: persons exposed, and those with an order in a visit that began before the end of the experiment.',
  'counts.campaigns: persons of each arm, and those with a session or an order within 14 days.',
  'parameters.bgNbd, gammaGamma: what the orders after the first follow, weeks and EUR. Orders by winback_autumn come on top.',
  'parameters.conversion, experiments.effects: factors of the chance that a visit of somebody without an order ends with one.',
  'parameters.damage: rates of what goes wrong on the way; misframed records are sent to Kafka and in live logs only.',
];

/** truth.json: what was asked for, all parameters, and what was counted. */
export function truthFile(options: ShopOptions, shop: Shop, counts: TruthCounts): object {
  const { calendar } = shop;
  const span = ({ from, until }: { from: number; until: number }) => ({
    from: new Date(from).toISOString(),
    until: new Date(until).toISOString(),
  });
  return {
    about: ABOUT,
    seed: options.seed,
    visitors: options.visitors,
    from: isoDay(calendar.start),
    until: isoDay(calendar.end - 1),
    days: options.days,
    calendar: {
      sale: span(calendar.sale),
      paymentBroken: span(calendar.paymentBroken),
      trackingLost: span(calendar.trackingLost),
      winback: new Date(calendar.winback).toISOString(),
    },
    experiments: calendar.experiments.map(({ id, since, ends, variations, weights, effects, loses }) => ({
      experiment: id,
      since: new Date(since).toISOString(),
      until: Number.isFinite(ends) ? new Date(ends).toISOString() : null,
      variations,
      weights,
      effects,
      loses,
    })),
    counts,
    parameters: SHOP,
  };
}
