import type { Event } from '../contract/event.ts';
import type { RejectReason } from '../contract/outcome.ts';
import type { BotReason } from './bots.ts';
import { DAY_MS, isoDay, localDay, type ScheduledExperiment } from './calendar.ts';
import { CATALOGUE } from './catalogue.ts';
import type { SimulatedRecord } from './damage.ts';
import { billOf, refundOf } from './goods.ts';
import {
  type Errand,
  type Life,
  lifeOf,
  messageId,
  type Order,
  type Visit,
  variationOf,
  type World,
} from './life.ts';
import type { Observer } from './log.ts';
import { minorUnits, SHOP, SITES } from './shop.ts';
import type { Shop, ShopOptions } from './simulate.ts';
import { adCostRows, mailingDays, rateOn } from './tables.ts';
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
  /** Of them, with a session or an order on the days of the plan. */
  returned: number;
  ordered: number;
  /** Net revenue of those orders, minor units of the site's currency, and of each person's the square: for the spread. */
  revenue: number;
  revenueSquares: number;
  /** Those with a tracked order before they were chosen; of them, with a session on the days of the plan. */
  customers: number;
  customersReturned: number;
}

/** Persons whose first order lies in a month and came by a channel, and all that they ever bought within the period. */
export interface CustomerCounts {
  customers: number;
  /** Of them, with a second order within 14 days of the first. */
  again14: number;
  /** By months since the first order: orders, and their net revenue in minor units of the site's currency, at the rates of their days. */
  orders: number[];
  revenue: number[];
}

/** Messages of a campaign, each once. */
export interface MessageCounts {
  sent: number;
  delivered: number;
  opened: number;
  clicked: number;
  unsubscribed: number;
}

export interface CouponCounts {
  issued: number;
  claimed: number;
  expired: number;
  orders: number;
}

/** By month and channel of the first visit. */
export interface AcquiredCounts {
  /** Persons whose first visit lies in the month. */
  people: number;
  /** Persons whose first order does. */
  customers: number;
  /** What advertising of the channel cost in the month, commission included: minor units of the site's currency. */
  cost: number;
}

export interface ReferralCounts {
  /** Accounts with a session in the month. */
  accounts: number;
  /** By the month of the invitation: those sent, and persons who signed up with one within 14 days. */
  invite: { sent: number; accepted: number };
  /** Group buys opened, and persons who joined them. */
  group_buy: { sent: number; accepted: number };
  /** Links shared in the month; persons who came by one in it, and their orders in that visit. */
  share: { sent: number; accepted: number; orders: number };
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
  /** By the month of the first order and the channel of its visit; months are of the site's zone, YYYY-MM. */
  customers: Record<string, Record<string, CustomerCounts>>;
  /** By month and the channel of the first visit. */
  acquired: Record<string, Record<string, AcquiredCounts>>;
  /** Persons with orders on two days or more, and those of them who had not stopped by the end of the period. */
  repeaters: { people: number; alive: number };
  referrals: Record<string, ReferralCounts>;
  /** By campaign, and by coupon. */
  messages: Record<string, MessageCounts>;
  coupons: Record<string, CouponCounts>;
  points: { earned: number; redeemed: number; expired: number };
  voice: { reviews: number; stars: number; complaints: number };
  /** By channel: cases, each of which has one contact. */
  support: Record<string, number>;
  /** Orders at tills, by shop. */
  stores: Record<string, number>;
  /** Visits lost with the tracking, and their orders: nothing of them is in the events. */
  lost: { visits: number; orders: number };
  /** First orders that the broken payment page refused. */
  refusedOrders: number;
}

const STEPS = ['view_item', 'add_to_cart', 'begin_checkout', 'add_payment_info', 'purchase'] as const;

function noFunnel(): FunnelCounts {
  return { sessions: 0, view_item: 0, add_to_cart: 0, begin_checkout: 0, add_payment_info: 0, purchase: 0 };
}

/** Where ads are refused no campaign is kept. */
function keptCampaign(campaign: string, consentsToAds: boolean): string {
  return consentsToAds ? campaign : '';
}

function noArm(): ArmCounts {
  return {
    people: 0,
    returned: 0,
    ordered: 0,
    revenue: 0,
    revenueSquares: 0,
    customers: 0,
    customersReturned: 0,
  };
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
  /** It is the account; else one browser. */
  account: boolean;
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
  const found: Identity[] =
    account.length === 0 ? [] : [{ account: true, devices: [...known], visits: account }];
  for (let device = 0; device < life.person.devices.length; device++) {
    if (known.has(device)) continue;
    const visits = sent.filter(visit => visit.device === device);
    if (visits.length > 0) found.push({ account: false, devices: [device], visits });
  }
  return found;
}

/** Counts by site, of the people of one maker: to be added up by `truthOf`. */
export type TruthPart = Record<string, TruthCounts>;

export interface Truth {
  observer: Observer;
  record(record: SimulatedRecord): void;
  /** What was counted, without what is known before anybody comes. */
  part(): TruthPart;
  /** Of all sites, by name; records whose bytes are no event are counted in the first. */
  sites(): Record<string, TruthCounts>;
}

/** Counts while the history is made; memory: a byte for each browser, and the times of orders and invitations. */
export function createTruth(shop: Shop): Truth {
  const first = createCounter(shop.world);
  const others = new Map(shop.worlds.slice(1).map(world => [world.site.site, createCounter(world)]));

  function counterOf(site: string): Counter {
    // Most events are of it.
    if (site === shop.world.site.site) return first;
    const counter = others.get(site);
    if (counter === undefined) throw new Error(`no site ${site}`);
    return counter;
  }

  function part(): TruthPart {
    return {
      [shop.world.site.site]: first.counts(),
      ...Object.fromEntries([...others].map(([site, counter]) => [site, counter.counts()])),
    };
  }

  return {
    observer: {
      life: life => counterOf(life.world.site.site).life(life),
      visit: (life, visit, events) => counterOf(life.world.site.site).visit(life, visit, events),
      errand: (life, errand, events) => counterOf(life.world.site.site).errand(life, errand, events),
      bot: (reason, events) => counterOf(events[0]?.site ?? '').bot(reason, events),
    },
    record(record) {
      const counter = record.event === null ? first : counterOf(record.event.site);
      counter.record(record);
    },
    part,
    sites: () => truthOf(shop, [part()]),
  };
}

/** The counts that are by a key, and by how many: their keys are put in order. Other keys stand as they are declared. */
const KEYED: Partial<Record<keyof TruthCounts, 1 | 2>> = {
  rejected: 1,
  events: 1,
  channels: 1,
  devices: 1,
  countries: 1,
  days: 1,
  bots: 1,
  retention: 1,
  currencies: 1,
  campaigns: 1,
  customers: 2,
  acquired: 2,
  referrals: 1,
  messages: 1,
  coupons: 1,
  support: 1,
  stores: 1,
};

/** The counts of all people by site, from those of parts of them: the same whoever was in which part. */
export function truthOf(shop: Shop, parts: readonly TruthPart[]): Record<string, TruthCounts> {
  return Object.fromEntries(
    shop.worlds.map(world => {
      const counts = createCounter(world).counts();
      for (const part of parts) {
        const more = part[world.site.site];
        if (more !== undefined) add(counts, more);
      }
      addCosts(counts, world);
      for (const [name, depth] of Object.entries(KEYED))
        sortKeys(counts as unknown as Record<string, unknown>, name, depth);
      return [world.site.site, counts];
    }),
  );
}

/** Adds numbers, in however deep objects and lists, to those of the same keys. All are whole, so no sum is rounded. */
function add(sum: object, more: object): void {
  const into = sum as Record<string, unknown>;
  for (const [key, value] of Object.entries(more)) {
    const known = into[key];
    if (typeof value === 'number') into[key] = (typeof known === 'number' ? known : 0) + value;
    else if (typeof known === 'object' && known !== null) add(known, value);
    else into[key] = structuredClone(value);
  }
}

function sortKeys(of: Record<string, unknown>, name: string, depth: number): void {
  const entries = Object.entries(of[name] as Record<string, unknown>);
  const sorted = Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
  if (depth > 1) for (const key of Object.keys(sorted)) sortKeys(sorted, key, depth - 1);
  of[name] = sorted;
}

const noAcquired = (): AcquiredCounts => ({ people: 0, customers: 0, cost: 0 });

function acquiredIn(counts: TruthCounts, month: string, channel: string): AcquiredCounts {
  return entry(
    entry(counts.acquired, month, () => ({})),
    channel,
    noAcquired,
  );
}

function addCosts(counts: TruthCounts, world: World): void {
  for (const { day, source, medium, campaign, cost, commission } of adCostRows(world, world.calendar.days)) {
    const facts = SHOP.sources.find(
      one =>
        one.source === source && one.medium === medium && one.campaigns.some(c => c.campaign === campaign),
    );
    acquiredIn(counts, day.slice(0, 7), facts?.channel ?? '').cost += cost + commission;
  }
}

interface Counter extends Required<Observer> {
  record(record: SimulatedRecord): void;
  counts(): TruthCounts;
}

const INVITATIONS = ['invite', 'open_group_buy', 'sign_up', 'join_group_buy'];
const INVITE_DAYS = 14;
const AGAIN_DAYS = 14;

/** Of one site. */
function createCounter(world: World): Counter {
  const { calendar } = world;
  const { timezone } = world.site;
  const { end } = calendar;
  const dayOf = (time: number): number => localDay(timezone, time);
  /** Names of days, which are few, and asked for at every visit. */
  const names = new Map<number, string>();
  const nameOf = (day: number): string => {
    let name = names.get(day);
    if (name === undefined) {
      name = isoDay(day * DAY_MS);
      names.set(day, name);
    }
    return name;
  };
  const months = new Map<number, string>();
  const monthOf = (time: number): string => {
    const day = dayOf(time);
    let month = months.get(day);
    if (month === undefined) {
      month = nameOf(day).slice(0, 7);
      months.set(day, month);
    }
    return month;
  };
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
    customers: {},
    acquired: {},
    repeaters: { people: 0, alive: 0 },
    referrals: {},
    messages: {},
    coupons: {},
    points: { earned: 0, redeemed: 0, expired: 0 },
    voice: { reviews: 0, stars: 0, complaints: 0 },
    support: {},
    stores: {},
    lost: { visits: 0, orders: 0 },
    refusedOrders: 0,
  };
  /** Numbers of people who are in an arm of a campaign. */
  const chosen: number[] = [];
  const exposures = createExposures(world.births.first(calendar.days));
  /** When people bought, by person and number of the visit. */
  const bought = new Map<number, Map<number, number>>();
  const invitations = new Map<string, { at: number; kind: 'invite' | 'group_buy' }>();
  const joined: { code: string; at: number }[] = [];
  const referralsOf = (time: number): ReferralCounts =>
    entry(counts.referrals, monthOf(time), () => ({
      accounts: 0,
      invite: { sent: 0, accepted: 0 },
      group_buy: { sent: 0, accepted: 0 },
      share: { sent: 0, accepted: 0, orders: 0 },
    }));
  function life(life: Life): void {
    for (const visit of life.visits) {
      if (visit.at >= end) break;
      if (visit.lost) {
        counts.lost.visits++;
        if (visit.order >= 0) counts.lost.orders++;
      }
      if (visit.refused) counts.refusedOrders++;
    }
    for (const { account, visits } of identitiesOf(life, end)) {
      counts.people++;
      counts.visitors += new Set(visits.map(visit => visit.device)).size;
      const came = visits[0];
      if (came !== undefined) acquiredIn(counts, monthOf(came.at), channelOfVisit(life, came)).people++;
      let counted = '';
      for (const visit of account ? visits : []) {
        // In order, so a month comes once.
        const month = monthOf(visit.at);
        if (month !== counted) referralsOf(visit.at).accounts++;
        counted = month;
      }
      const days = new Set(visits.map(visit => dayOf(visit.at)));
      const first = Math.min(...days);
      const cohort = entry(counts.retention, nameOf(first), () => ({
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
    countOpened(life);
    if (life.arms.some(({ at }) => at < end)) chosen.push(life.person.index);
  }

  function visit(life: Life, made: Visit, events: readonly Event[]): void {
    const { person } = life;
    if (!person.consentAnalytics) return;
    const names = new Set<string>();
    for (const event of events) {
      names.add(event.event_name);
      tallies.get(event.event_name)?.(event);
      if (event.experiment_id !== '') exposures.add(person.index, made.device, event.experiment_id);
      if (event.group_id !== '') invitation(event);
    }
    const steps = STEPS.filter(step => names.has(step));
    if (made.index === 0 && life.link !== '') {
      const { share } = referralsOf(made.at);
      share.accepted++;
      if (made.order >= 0) share.orders++;
    }
    const rows = [
      counts.total,
      entry(counts.channels, channelOfVisit(life, made), noFunnel),
      entry(counts.devices, person.devices[made.device]?.name ?? '', noFunnel),
      entry(counts.countries, person.country.code, noFunnel),
      entry(counts.days, nameOf(dayOf(made.at)), noFunnel),
    ];
    for (const row of rows) {
      row.sessions++;
      for (const step of steps) row[step]++;
    }
    const order = life.orders[made.order];
    if (order === undefined) return;
    if (order.store !== '') counts.stores[order.store] = (counts.stores[order.store] ?? 0) + 1;
    const at = events.find(event => event.event_name === 'purchase')?.event_time ?? made.at;
    const own = bought.get(person.index);
    if (own === undefined) bought.set(person.index, new Map([[made.index, at]]));
    else own.set(made.index, at);
    const bill = billOf(life, order);
    const money = moneyOf(bill.currency);
    money.orders++;
    money.gross += bill.value;
    money.tax += bill.tax;
    money.shipping += bill.shipping;
    money.discount += bill.discount;
  }

  const messagesOf = (campaign: string, consentsToAds: boolean): MessageCounts =>
    entry(counts.messages, keptCampaign(campaign, consentsToAds), () => ({
      sent: 0,
      delivered: 0,
      opened: 0,
      clicked: 0,
      unsubscribed: 0,
    }));
  const couponOf = (coupon: string): CouponCounts =>
    entry(counts.coupons, coupon, () => ({ issued: 0, claimed: 0, expired: 0, orders: 0 }));

  /** What is counted by the event alone, by its name. */
  const tallies = new Map<string, (event: Event) => void>(
    Object.entries({
      message_sent({ campaign, consent_ads }: Event) {
        messagesOf(campaign, consent_ads).sent++;
      },
      message_delivered({ campaign, consent_ads }: Event) {
        messagesOf(campaign, consent_ads).delivered++;
      },
      message_unsubscribed({ campaign, consent_ads }: Event) {
        messagesOf(campaign, consent_ads).unsubscribed++;
      },
      coupon_issued({ coupon }: Event) {
        couponOf(coupon).issued++;
      },
      coupon_claimed({ coupon }: Event) {
        couponOf(coupon).claimed++;
      },
      coupon_expired({ coupon }: Event) {
        couponOf(coupon).expired++;
      },
      purchase({ coupon }: Event) {
        if (coupon !== '') couponOf(coupon).orders++;
      },
      earn_points({ points }: Event) {
        counts.points.earned += points;
      },
      redeem_points({ points }: Event) {
        counts.points.redeemed += points;
      },
      expire_points({ points }: Event) {
        counts.points.expired += points;
      },
      review({ score }: Event) {
        counts.voice.reviews++;
        counts.voice.stars += score ?? 0;
      },
      complaint() {
        counts.voice.complaints++;
      },
      support_contact({ params: { channel = '' } }: Event) {
        counts.support[channel] = (counts.support[channel] ?? 0) + 1;
      },
      share({ event_time }: Event) {
        referralsOf(event_time).share.sent++;
      },
    }),
  );

  /** One message may be opened twice: by itself, and by the visit that follows it. */
  function countOpened(life: Life): void {
    const opened = new Map<string, string>();
    const clicked = new Map<string, string>();
    for (const visit of life.visits) {
      if (visit.message === '' || !wasSent(visit, end)) continue;
      const id = messageId(visit.message, life.person, visit.at);
      opened.set(id, visit.message);
      clicked.set(id, visit.message);
    }
    for (const { what, campaign, at } of life.errands)
      if (what === 'message_opened' && at < end) opened.set(messageId(campaign, life.person, at), campaign);
    const { consentAds } = life.person;
    for (const campaign of opened.values()) messagesOf(campaign, consentAds).opened++;
    for (const campaign of clicked.values()) messagesOf(campaign, consentAds).clicked++;
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

  function errand(life: Life, made: Errand, events: readonly Event[]): void {
    if (life.person.consentAnalytics) for (const event of events) tallies.get(event.event_name)?.(event);
    const order = life.orders[made.order];
    if (made.what !== 'refund' || order === undefined || !life.person.consentAnalytics) return;
    const bill = billOf(life, order);
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

  function invitation({ event_name, event_time, group_id }: Event): void {
    if (!INVITATIONS.includes(event_name)) return;
    if (event_name === 'sign_up' || event_name === 'join_group_buy') {
      joined.push({ code: group_id, at: event_time });
      return;
    }
    const kind = event_name === 'invite' ? 'invite' : 'group_buy';
    invitations.set(group_id, { at: event_time, kind });
    referralsOf(event_time)[kind].sent++;
  }

  function countReferrals(): void {
    for (const month of Object.values(counts.referrals)) {
      month.invite.accepted = 0;
      month.group_buy.accepted = 0;
    }
    for (const { code, at } of joined) {
      const invite = invitations.get(code);
      if (invite === undefined) continue;
      const late = invite.kind === 'invite' && at > invite.at + INVITE_DAYS * DAY_MS;
      if (!late) referralsOf(invite.at)[invite.kind].accepted++;
    }
  }

  function countCustomers(): void {
    counts.customers = {};
    counts.repeaters = { people: 0, alive: 0 };
    for (const channels of Object.values(counts.acquired))
      for (const acquired of Object.values(channels)) acquired.customers = 0;
    for (const index of bought.keys()) {
      const known = lifeOf(world, index);
      for (const { visits } of identitiesOf(known, end)) {
        const orders = visits
          .flatMap(visit => {
            const order = known.orders[visit.order];
            return order === undefined ? [] : [{ visit, order, at: timeOfOrder(index, visit) }];
          })
          .sort((a, b) => a.at - b.at);
        const [first, second] = orders;
        const came = visits[0];
        if (first === undefined || came === undefined) continue;
        const month = monthOf(first.at);
        acquiredIn(counts, month, channelOfVisit(known, came)).customers++;
        const row = entry(
          entry(counts.customers, month, () => ({})),
          channelOfVisit(known, first.visit),
          (): CustomerCounts => ({ customers: 0, again14: 0, orders: [], revenue: [] }),
        );
        row.customers++;
        if (second !== undefined && second.at <= first.at + AGAIN_DAYS * DAY_MS) row.again14++;
        for (const { order, at } of orders) {
          const age = monthNumber(monthOf(at)) - monthNumber(month);
          while (row.orders.length <= age) {
            row.orders.push(0);
            row.revenue.push(0);
          }
          row.orders[age] = (row.orders[age] ?? 0) + 1;
          row.revenue[age] = (row.revenue[age] ?? 0) + netOf(known, order, at);
        }
        if (new Set(orders.map(({ at }) => dayOf(at))).size < 2) continue;
        counts.repeaters.people++;
        const last = known.orders[known.stoppedAfter];
        if (last === undefined || last.at >= end) counts.repeaters.alive++;
      }
    }
  }

  /** Of the accounts that were chosen: their sessions and orders on the days of the plan. */
  function countCampaigns(): void {
    counts.campaigns = {};
    for (const index of chosen) {
      const known = lifeOf(world, index);
      const account = identitiesOf(known, end).find(identity => identity.account);
      for (const { campaign, arm, at } of known.arms) {
        if (at >= end) continue;
        const of = entry(counts.campaigns, campaign, () => ({ treated: noArm(), held_out: noArm() }))[arm];
        of.people++;
        const days = mailingDays(calendar, campaign);
        const from = Math.floor(days.from / DAY_MS);
        const until = Math.floor(Math.min(days.until, end) / DAY_MS);
        const during = (time: number): boolean => dayOf(time) >= from && dayOf(time) < until;
        const visits = account?.visits ?? [];
        const orders = visits.flatMap(visit => {
          const order = known.orders[visit.order];
          return order === undefined ? [] : [{ order, at: timeOfOrder(index, visit) }];
        });
        const returned = visits.some(visit => during(visit.at));
        const customer = orders.some(order => order.at <= at);
        const bought = orders.filter(order => during(order.at));
        const revenue = bought.reduce((sum, one) => sum + netOf(known, one.order, one.at), 0);
        if (returned) of.returned++;
        if (bought.length > 0) of.ordered++;
        of.revenue += revenue;
        of.revenueSquares += revenue ** 2;
        if (customer) of.customers++;
        if (customer && returned) of.customersReturned++;
      }
    }
  }

  function timeOfOrder(index: number, visit: Visit): number {
    return bought.get(index)?.get(visit.index) ?? visit.at;
  }

  function countExperiments(): void {
    for (const experiment of calendar.experiments) {
      const arms = Object.fromEntries(experiment.variations.map(name => [name, { people: 0, converted: 0 }]));
      counts.experiments[experiment.id] = arms;
    }
    const count = (experiment: ScheduledExperiment, index: number, converted: boolean): void => {
      const variation = variationOf(world, experiment.index, index);
      const arm = counts.experiments[experiment.id]?.[experiment.variations[variation] ?? ''];
      if (arm === undefined) return;
      arm.people++;
      if (converted) arm.converted++;
    };
    const each = (index: number): void => {
      // Of most one browser saw it, and they never bought: their lives need not be planned again.
      if (!bought.has(index) && exposures.onOneDevice(index)) {
        for (const experiment of calendar.experiments)
          if (exposures.has(index, 0, experiment.id) || exposures.has(index, 1, experiment.id))
            count(experiment, index, false);
        return;
      }
      const known = lifeOf(world, index);
      for (const { devices, visits } of identitiesOf(known, end)) {
        for (const experiment of calendar.experiments) {
          if (!devices.some(device => exposures.has(index, device, experiment.id))) continue;
          count(
            experiment,
            index,
            visits.some(visit => visit.order >= 0 && visit.at < experiment.ends),
          );
        }
      }
    };
    exposures.everyone(each);
  }

  return {
    life,
    visit,
    errand,
    bot,
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
      countReferrals();
      countCustomers();
      countCampaigns();
      return counts;
    },
  };
}

/** An order's net value in minor units of its site's currency at the rate of its day, refunds within the period off. */
export function netOf(life: Life, order: Order, at: number): number {
  const { world } = life;
  const { end, start } = world.calendar;
  const { timezone, currency } = world.site;
  const bill = billOf(life, order);
  const refund = life.errands.find(errand => errand.what === 'refund' && errand.order === order.number);
  const back = refund === undefined || refund.at >= end ? 0 : refundOf(bill, order.refund === 'part').value;
  const net = bill.value + back;
  if (bill.currency === currency) return net;
  const day = localDay(timezone, at) - Math.floor(start / DAY_MS);
  return halfToEven(
    (net * rateOn(world, day, bill.currency) * minorUnits(currency)) / minorUnits(bill.currency),
  );
}

/** Months since the year 0, of YYYY-MM. */
function monthNumber(month: string): number {
  return Number(month.slice(0, 4)) * 12 + Number(month.slice(5, 7));
}

/** As ClickHouse rounds: a half to the even neighbour. */
export function halfToEven(value: number): number {
  const down = Math.floor(value);
  if (value - down !== 0.5) return Math.round(value);
  return down % 2 === 0 ? down : down + 1;
}

interface Exposures {
  add(person: number, device: number, experiment: string): void;
  has(person: number, device: number, experiment: string): boolean;
  onOneDevice(person: number): boolean;
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
    onOneDevice: person => (bitsOf(person) & 0x0f) === 0 || (bitsOf(person) & 0xf0) === 0,
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
  'counts.customers: persons by the month of their first order (of the site, YYYY-MM) and the channel of the visit that it was placed in; orders and net revenue (minor units of the site, refunds within the period off, at the rates of tables/fx_rates.jsonl) by months since.',
  'counts.acquired: by month and channel of the first visit; cost is that of tables/ad_costs.jsonl with commission.',
  'counts.repeaters: persons with orders on two days or more, and those who by BG/NBD are still customers at the end.',
  'counts.referrals: invitations by their month, accepted within 14 days; shares: those who came by a shared link, by the month in which they came.',
  "counts.messages: by campaign ('' of people who refuse ads), each message once; coupons: events by coupon, and orders that carry it; points: sums; voice: reviews with the sum of their stars, and complaints; support: cases by channel.",
  'counts.stores: orders at tills (platform pos), by store_id; they are in all other counts too.',
  'otherSites: the same counts of each further site, with its zone and currency.',
  'counts.campaigns: persons of each arm, with a session or an order on the days of the plan, and the net revenue of those orders; customers: those of them with a tracked order before they were chosen.',
  'parameters.bgNbd, gammaGamma: what the orders after the first follow, weeks and EUR. Orders by winback_autumn come on top.',
  'parameters.conversion, experiments.effects: factors of the chance that a visit of somebody without an order ends with one.',
  'parameters.damage: rates of what goes wrong on the way; misframed records are sent to Kafka and in live logs only.',
];

/** truth.json: what was asked for, all parameters, and what was counted of each site. */
export function truthFile(options: ShopOptions, shop: Shop, sites: Record<string, TruthCounts>): object {
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
      welcome: new Date(calendar.welcome).toISOString(),
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
    site: shop.world.site.site,
    counts: sites[shop.world.site.site],
    otherSites: Object.fromEntries(
      shop.worlds
        .slice(1)
        .map(({ site }) => [
          site.site,
          { timezone: site.timezone, currency: site.currency, counts: sites[site.site] },
        ]),
    ),
    parameters: { ...SHOP, sites: SITES, catalogue: CATALOGUE },
  };
}
