import type { Event, Item } from '../../pipeline/contract/event.ts';
import { random } from '../oracle/views/random.ts';
import { type EventSketch, eventOf } from '../support/load.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** The first midnight of the shop's days, UTC, and how many there are: over the change of its clocks on 25 October. */
export const SHOP_START = Date.UTC(2026, 7, 3);
export const SHOP_DAYS = 100;
export const SHOP_ZONE = 'Europe/Berlin';

/** A record as it arrives: `arrival` belongs to the event, whenever it is delivered. */
export interface Delivered {
  event: Event;
  arrival: number;
  /** What becomes of it, unless it is a copy. */
  fate: 'accepted' | 'unconsented' | 'rejected';
}

export interface RandomShop {
  /** Each once, in order of event time: rejected and unconsented ones among them. */
  records: Delivered[];
  /** Rows of the tables loaded by people. */
  tables: Record<string, Array<Record<string, unknown>>>;
}

const BOT = 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)';
const ORIGINS: Array<Partial<Event>> = [
  {},
  {},
  { source: 'google', medium: 'cpc', campaign: 'spring' },
  { source: 'google', medium: 'organic', term: 'brand shoes' },
  { source: 'news', medium: 'email', campaign: 'letter' },
  { source: 'douyin', medium: 'cpc', campaign: 'spring' },
];
const ITEMS: Array<Partial<Item>> = [
  { item_id: 'i1', item_brand: 'b1', item_category: 'shoes', price: 1_999, cost: 900 },
  { item_id: 'i2', item_brand: 'b1', item_category: 'hats', price: 333, cost: null },
  { item_id: 'i3', item_brand: 'b2', item_category: 'shoes', price: 12_000, cost: 7_001, seller_id: 's1' },
  { item_id: 'i4', item_category: 'books', price: 1, cost: 1, in_stock: false },
];

/**
 * A small shop with something of every event that a view reads, dense in what is hard: several devices of an account and
 * several accounts of a device, sessions that only a late event joins, orders sent twice, refunds before and long after.
 */
export function randomShop(seed: number, people: number): RandomShop {
  const r = random(seed);
  const sketches: EventSketch[] = [];
  for (let p = 0; p < people; p++) {
    const robot = p % 20 === 7;
    const accounts = robot
      ? [null]
      : r.pick([[null], [`a${p}`], [null, `a${p}`], [`a${p}`, `a${p - 1}`, null]]);
    const devices = accounts.length === 1 ? 1 : 2;
    const first = r.below(SHOP_DAYS - 5);
    const days = new Set(Array.from({ length: 1 + r.below(7) }, () => first + r.below(SHOP_DAYS - first)));
    // Some on the last day, whose windows are open.
    if (p % 6 === 3) days.add(SHOP_DAYS - 1);
    for (const day of days) {
      const visitor_id = `v${p}-${r.below(devices)}`;
      let time = SHOP_START + day * DAY + r.pick([0.4, 9, 12, 21.9, 22.1, 23.8]) * HOUR + r.below(MINUTE);
      const who = {
        visitor_id,
        country: r.pick(['DE', 'FR', '']),
        device: r.pick(['desktop', 'mobile']),
        consent_ads: r.chance(0.9),
        ...(robot ? { user_agent: BOT } : {}),
      };
      const add = (event_name: string, more: Partial<EventSketch> = {}): void => {
        // Sometimes a whole gap, which a late event in between may close.
        time += r.pick([0, 900, 20_000, 4 * MINUTE, 25 * MINUTE, r.chance(0.2) ? 55 * MINUTE : 1]);
        const page_location = r.pick([
          'https://s.example/',
          'https://s.example/p/1',
          'https://s.example/p/2?x=1',
        ]);
        const user_id = r.pick(accounts);
        const engagement_time_ms = r.pick([0, 500, 9_000]);
        sketches.push({
          event_name,
          event_time: time,
          user_id,
          page_location,
          engagement_time_ms,
          ...who,
          ...more,
        });
      };
      const server = (event_name: string, after: number, more: Partial<EventSketch> = {}): void => {
        const { visitor_id: visitor } = who;
        const platform = 'server';
        sketches.push({ event_name, event_time: time + after, visitor_id: visitor, platform, ...more });
      };
      add('page_view', r.pick(ORIGINS));
      // Another device of the account opens at the same ms, from elsewhere: neither is the first.
      if (devices > 1 && r.chance(0.5))
        sketches.push({
          ...{ event_name: 'page_view', event_time: time, user_id: accounts.at(-1) ?? null, ...who },
          ...{ visitor_id: `v${p}-twin`, country: 'US', device: 'tablet', ...r.pick(ORIGINS) },
        });
      for (let n = r.below(9); n > 0; n--) act(add, server, p);
    }
  }
  // Up to the last day only, so that windows of its last days are open when all is read.
  const end = SHOP_START + SHOP_DAYS * DAY;
  const kept = sketches.filter(sketch => Number(sketch.event_time) < end);
  kept.sort((a, b) => Number(a.event_time) - Number(b.event_time));
  const records = kept.map((sketch, i): Delivered => {
    const event = eventOf(sketch, i);
    const late = r.pick([800, 800, 800, 40 * MINUTE, 5 * HOUR, 6 * DAY]);
    event.received_time = event.event_time + late;
    const arrival = event.received_time;
    switch (r.below(100)) {
      case 0:
        return { event: { ...event, consent_analytics: false }, arrival, fate: 'unconsented' };
      case 1:
        return { event: { ...event, event_name: 'Not A Name' }, arrival, fate: 'rejected' };
      case 2:
        return { event: { ...event, value: 5, currency: null }, arrival, fate: 'rejected' };
      default:
        return { event, arrival, fate: 'accepted' };
    }
  });
  return { records, tables: TABLES };

  function act(
    add: (name: string, more?: Partial<EventSketch>) => void,
    server: (name: string, after: number, more?: Partial<EventSketch>) => void,
    p: number,
  ): void {
    const lines = Array.from({ length: 1 + r.below(3) }, () => ({
      ...r.pick(ITEMS),
      quantity: 1 + r.below(3),
    }));
    const currency = r.pick(['EUR', 'EUR', 'USD', 'JPY']);
    const value = lines.reduce((sum, line) => sum + (line.price ?? 0) * line.quantity, 0);
    const priced = { items: lines, currency };
    const id = sketches.length;
    switch (r.below(16)) {
      case 0:
        add('page_timing', {
          metrics: { lcp_ms: r.pick([900, 4_000]), ttfb_ms: 80, inp_ms: 100, cls: 0.01 },
        });
        add('page_view', { params: { connection: r.pick(['4g', 'wifi']) } });
        break;
      case 1:
        add('search', {
          search_term: r.pick(['Shoes', ' shoes ', 'hat']),
          metrics: { search_results: r.below(3) },
        });
        add('view_item', priced);
        break;
      case 2: {
        const listed = lines.map((line, index) => ({ ...line, item_list_id: 'home', index }));
        add('view_item_list', { items: listed, currency });
        add('select_item', { items: listed.slice(0, 1), currency });
        break;
      }
      case 3:
        add('view_promotion', { promotion_id: 'p1', promotion_name: 'Autumn' });
        add('select_promotion', { promotion_id: 'p1', promotion_name: 'Autumn' });
        break;
      case 4:
        add('view_item', priced);
        add('add_to_cart', { ...priced, value });
        add(r.pick(['remove_from_cart', 'begin_checkout', 'add_shipping_info']), { ...priced, value });
        break;
      case 5:
      case 6:
      case 7: {
        const transaction_id = r.pick([`t${id}`, `t${id}`, `t${id}`, '', `again${p % 5}`]);
        const coupon = r.pick(['', '', 'TEN']);
        add('add_to_cart', { ...priced, value });
        add('begin_checkout');
        const payment_type = r.pick(['card', 'invoice']);
        add('payment_attempt', { params: { payment_type }, currency, value });
        if (r.chance(0.2)) {
          add('payment_failed', {
            params: { payment_type, error_code: r.pick(['declined', '']) },
            currency,
            value,
          });
          if (r.chance(0.5)) return;
        }
        const order = {
          ...priced,
          value,
          transaction_id,
          coupon,
          tax: 19,
          shipping: 495,
          discount: coupon ? 100 : 0,
        };
        add('purchase', order);
        if (r.chance(0.2)) add('purchase', { ...order, value: value + 1 });
        if (r.chance(0.3))
          server('refund', r.pick([-HOUR, DAY, 20 * DAY]), {
            ...{ transaction_id, currency, value: r.pick([value, 100]) },
            params: { reason: 'size' },
          });
        server('earn_points', MINUTE, { points: 1 + Math.floor(value / 100) });
        server('ship', 20 * HOUR, { transaction_id, params: { carrier: 'c' } });
        if (r.chance(0.4)) {
          server('survey_sent', 5 * DAY, { params: { survey: 'csat' } });
          add('survey_response', {
            params: { survey: r.pick(['nps', 'csat', 'ces']) },
            score: 1 + r.below(5),
          });
          add('review', { score: 1 + r.below(5), items: lines.slice(0, 1), currency });
        }
        return;
      }
      case 8:
        add('sign_up_start', { params: { method: 'mail' } });
        add('sign_up', { user_id: `a${p}`, group_id: r.pick(['', `g${p % 3}`]) });
        break;
      case 9:
        add('invite', { group_id: `g${p % 3}` });
        add('share', { params: { share_id: `s${p}` } });
        break;
      case 10:
        add('open_group_buy', { group_id: `b${p % 2}`, metrics: { size: 2 } });
        add('join_group_buy', { group_id: `b${p % 2}` });
        break;
      case 11: {
        const params = { case_id: `c${id}`, stage: r.pick(['pre_sale', 'after_sale']), channel: 'chat' };
        add('support_contact', { params });
        server('support_reply', 7 * MINUTE, {
          params: { case_id: `c${id}`, handled_by: r.pick(['bot', 'human']) },
        });
        if (r.chance(0.5)) server('support_resolved', HOUR, { params: { case_id: `c${id}` } });
        add('complaint', { params: { case_id: `c${id}`, reason: 'late' } });
        break;
      }
      case 12: {
        const message = {
          campaign: 'letter',
          params: { message_id: `m${id}`, channel: r.pick(['email', 'sms']) },
        };
        server('message_sent', 0, message);
        server('message_delivered', 1_000, message);
        if (r.chance(0.6)) server('message_opened', HOUR, message);
        if (r.chance(0.4)) server('message_clicked', HOUR + 1, message);
        if (r.chance(0.1)) server('message_unsubscribed', 2 * HOUR, message);
        return;
      }
      case 13:
        server('coupon_issued', 0, { coupon: 'TEN' });
        server('coupon_claimed', HOUR, { coupon: 'TEN' });
        server('coupon_expired', 30 * DAY, { coupon: 'TEN' });
        break;
      case 14:
        server('redeem_points', 0, { points: 3 });
        server('expire_points', 40 * DAY, { points: 1 });
        break;
      default:
        add('exception', { params: { message: 'x' } });
        add('click', { params: { element: 'menu' } });
        break;
    }
  }
}

const TABLES: RandomShop['tables'] = {
  sites: [
    {
      site: 'shop',
      ...{ timezone: SHOP_ZONE, currency: 'EUR', key_events: ['purchase', 'sign_up'] },
      ...{ dormant_days: 20, churned_days: 40, point_value: 1, brand_terms: ['brand'] },
    },
  ],
  // No rate of JPY: what cannot be told in the site's currency stands apart.
  fx_rates: Array.from({ length: 20 }, (_, week) => ({
    day: new Date(SHOP_START + (week * 7 - 3) * DAY).toISOString().slice(0, 10),
    from_currency: 'USD',
    to_currency: 'EUR',
    rate: 0.9 + week / 200,
  })),
  ad_costs: [
    { source: 'google', medium: 'cpc', campaign: 'spring', cost: 5_000 },
    { source: 'douyin', medium: 'cpc', campaign: 'spring', cost: 999 },
  ].flatMap(row =>
    ['2026-08-20', '2026-09-20', '2026-10-30'].map(day => ({ site: 'shop', day, currency: 'EUR', ...row })),
  ),
  campaign_plans: [
    {
      ...{ site: 'shop', campaign: 'letter', since: '2026-10-01', until: '2026-10-20', kind: 'message' },
      ...{ currency: 'EUR', cost: 10_000, goal: 'orders', target: 5 },
    },
    {
      ...{ site: 'shop', campaign: 'spring', since: '2026-10-10', until: '2026-10-25', kind: 'ads' },
      ...{ currency: 'EUR', cost: 0, goal: 'orders', target: 5 },
    },
    {
      ...{ site: 'shop', campaign: 'back', since: '2026-10-05', until: '2026-11-14', kind: 'winback' },
      ...{ currency: 'EUR', cost: 500, goal: 'orders', target: 5 },
    },
  ],
  campaign_people: ['letter', 'back'].flatMap(campaign =>
    Array.from({ length: 90 }, (_, p) => ({
      site: 'shop',
      campaign,
      person_id: p % 2 === 0 ? `u:a${p}` : `v:v${p}-0`,
      arm: p % 3 === 0 ? 'held_out' : 'treated',
      at: '2026-09-30 08:00:00',
    })),
  ),
  tiers: [
    { site: 'shop', tier: 'gold', points_from: 50, spend_from: 0, orders_from: 2, window_days: 90 },
    { site: 'shop', tier: 'silver', points_from: 1, spend_from: 0, orders_from: 1, window_days: 365 },
  ],
  models: [
    ...[
      ['bg_nbd', 'r', 0.5],
      ['bg_nbd', 'alpha', 4],
      ['bg_nbd', 'a', 0.9],
      ['bg_nbd', 'b', 2.5],
      ['bg_nbd', 'converged', 1],
      ['gamma_gamma', 'converged', 1],
      ['gamma_gamma', 'p', 6],
      ['gamma_gamma', 'q', 4],
      ['gamma_gamma', 'gamma', 15],
    ].map(([model, parameter, value]) => ({ site: 'shop', as_of: '2026-10-01', model, parameter, value })),
  ],
};
