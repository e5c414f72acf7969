import type { Ev } from './people.ts';

/** A row of the public view `sessions`, without what an origin or a user agent stands for: the tests know that of theirs. */
export interface SessionAnswer {
  session_id: string;
  site: string;
  visitor_id: string;
  user_id: string | null;
  started_at: number;
  ended_at: number;
  duration_seconds: number;
  events: number;
  page_views: number;
  engagement_seconds: number;
  active: 0 | 1;
  engaged: 0 | 1;
  landing_page: string;
  exit_page: string;
  referrer: string;
  country: string;
  region: string;
  city: string;
  language: string;
  platform: string;
  product_views: number;
  cart_adds: number;
  checkouts: number;
  orders: number;
  revenue: Record<string, number>;
  searches: number;
}

/** A session's events in order of (time, id), and the row that the definitions make of them. */
export interface SessionFound {
  events: Ev[];
  answer: SessionAnswer;
}

export interface SessionsAsked {
  /** By site, ms. */
  gapsMs: Record<string, number>;
  /** By site: names that make a session engaged. */
  keyEvents: Record<string, string[]>;
  /** What session ids begin with: topic-epoch-partition. */
  place: string;
}

const PASSIVE = new Set(
  (
    'refund ship deliver earn_points redeem_points expire_points support_reply support_resolved survey_sent page_timing ' +
    'experiment_viewed message_sent message_delivered message_opened message_clicked message_unsubscribed coupon_issued ' +
    'coupon_claimed coupon_expired'
  ).split(' '),
);

const inOrder = (a: Ev, b: Ev): number =>
  a.event_time - b.event_time || (a.event_id < b.event_id ? -1 : a.event_id > b.event_id ? 1 : 0);

/** An event with its offset in the log: the first of its copies. */
type Placed = Ev & { offset: number };

/** Of copies (one visitor, site, id and time) the first stays. */
function distinct(log: Ev[]): Placed[] {
  const kept = new Map<string, Placed>();
  for (const [offset, e] of log.entries()) {
    const key = JSON.stringify([e.site ?? 'shop', e.visitor_id, e.event_id, e.event_time]);
    if (!kept.has(key)) kept.set(key, { ...e, offset });
  }
  return [...kept.values()];
}

const siteOf = (e: Ev): string => e.site ?? 'shop';
const transactionOf = (e: Ev): string => JSON.stringify([siteOf(e), e.transaction_id || e.event_id]);
const isPurchase = (e: Ev): boolean => e.event_name === 'purchase' && (e.value ?? 0) >= 0;
const isRefund = (e: Ev): boolean =>
  e.event_name === 'refund' || (e.event_name === 'purchase' && (e.value ?? 0) < 0);

/** The sessions of a log, whose order is that of arrival. */
export function sessionsOf(log: Ev[], asked: SessionsAsked): SessionFound[] {
  const events = distinct(log);
  const groups: Placed[][] = [];
  const visitors = new Set(events.map(e => JSON.stringify([siteOf(e), e.visitor_id])));
  for (const visitor of visitors) {
    const own = events.filter(e => JSON.stringify([siteOf(e), e.visitor_id]) === visitor).sort(inOrder);
    for (const [i, e] of own.entries()) {
      const before = own[i - 1];
      const apart = before === undefined ? Number.POSITIVE_INFINITY : e.event_time - before.event_time;
      if (apart > (asked.gapsMs[siteOf(e)] ?? 1_800_000)) groups.push([]);
      groups.at(-1)?.push(e);
    }
  }
  return groups.map(group => ({ events: group, answer: answerOf(group, events, asked) }));
}

function answerOf(group: Placed[], all: Placed[], asked: SessionsAsked): SessionAnswer {
  const [first, last] = [group[0], group.at(-1)];
  if (first === undefined || last === undefined) throw new Error('a session has an event');
  const site = siteOf(first);
  const count = (name: string): number => group.filter(e => e.event_name === name).length;
  const filled = (field: 'page_referrer' | 'country' | 'region' | 'city' | 'language'): string =>
    group.map(e => e[field] ?? '').find(value => value !== '') ?? '';
  const isKey = (e: Ev): boolean => (asked.keyEvents[site] ?? ['purchase']).includes(e.event_name);
  const engagementMs = group.reduce((sum, e) => sum + (e.engagement_time_ms ?? 0), 0);
  // The first purchase of each transaction, whoever sent it, if it is one of these events; less what was given back of it.
  const bought = group.filter(
    e => isPurchase(e) && all.filter(o => isPurchase(o) && sameOrder(o, e)).sort(inOrder)[0] === e,
  );
  const revenue: Record<string, number> = {};
  for (const order of bought) {
    const back = all
      .filter(r => isRefund(r) && sameOrder(r, order) && (r.currency ?? '') === (order.currency ?? ''))
      .reduce((sum, r) => sum + Math.abs(r.value ?? 0), 0);
    const currency = order.currency ?? '';
    revenue[currency] = (revenue[currency] ?? 0) + (order.value ?? 0) - back;
  }
  return {
    session_id: `${asked.place}-${Math.min(...group.map(e => e.offset))}`,
    site,
    visitor_id: first.visitor_id,
    user_id: group.filter(e => e.user_id !== null).at(-1)?.user_id ?? null,
    started_at: first.event_time,
    ended_at: last.event_time,
    duration_seconds: (last.event_time - first.event_time) / 1000,
    events: group.length,
    page_views: count('page_view'),
    engagement_seconds: engagementMs / 1000,
    active: group.some(e => e.platform !== 'server' && !PASSIVE.has(e.event_name)) ? 1 : 0,
    engaged: engagementMs >= 10_000 || count('page_view') >= 2 || group.some(isKey) ? 1 : 0,
    landing_page: first.page_location ?? '',
    exit_page: last.page_location ?? '',
    referrer: filled('page_referrer'),
    country: filled('country'),
    region: filled('region'),
    city: filled('city'),
    language: filled('language'),
    platform: first.platform ?? 'web',
    product_views: count('view_item'),
    cart_adds: count('add_to_cart'),
    checkouts: count('begin_checkout'),
    orders: bought.length,
    revenue,
    searches: count('search'),
  };
}

function sameOrder(a: Ev, b: Ev): boolean {
  return transactionOf(a) === transactionOf(b);
}
