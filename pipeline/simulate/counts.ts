import type { RejectReason } from '../contract/outcome.ts';

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

/** Of nobody. */
export function noCounts(): TruthCounts {
  return {
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
}

/** Of no sessions. */
export function noFunnel(): FunnelCounts {
  return { sessions: 0, view_item: 0, add_to_cart: 0, begin_checkout: 0, add_payment_info: 0, purchase: 0 };
}

/** Of nobody. */
export function noArm(): ArmCounts {
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
export function entry<T>(counts: Record<string, T>, key: string, none: () => T): T {
  const known = counts[key];
  if (known !== undefined) return known;
  const made = none();
  counts[key] = made;
  return made;
}

const noAcquired = (): AcquiredCounts => ({ people: 0, customers: 0, cost: 0 });

/** The entry of a month and a channel. */
export function acquiredIn(counts: TruthCounts, month: string, channel: string): AcquiredCounts {
  return entry(
    entry(counts.acquired, month, () => ({})),
    channel,
    noAcquired,
  );
}
