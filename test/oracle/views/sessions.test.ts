import { afterAll, beforeAll, expect, it } from 'vitest';
import { loadEvents } from '../../support/load.ts';
import { openWarehouse, type Warehouse } from '../../support/warehouse.ts';
import type { Ev } from './people.ts';
import { random } from './random.ts';
import { type SessionAnswer, type SessionFound, sessionsOf } from './sessions.ts';

const HOUR = 3_600_000;
/** A chain of five gaps on `long` is over the 48 hours at which a session is taken for a bot's. */
const GAPS_MS: Record<string, number> = { shop: 1_800_000, short: 10_000, long: 13 * HOUR };
const KEY_EVENTS = { short: ['click', 'sign_up'], long: [] };
const START = Date.UTC(2026, 9, 30, 20);

type Origin = Pick<
  SessionAnswer & Dimensions,
  'channel' | 'source' | 'medium' | 'campaign' | 'term' | 'content'
>;
interface Dimensions {
  channel: string;
  source: string;
  medium: string;
  campaign: string;
  term: string;
  content: string;
  device: string;
  browser: string;
  os: string;
  bot_reasons: string[];
}
const DIRECT: Origin = { channel: 'Direct', source: '', medium: '', campaign: '', term: '', content: '' };

/** Where a visit comes from, and what that is, by GA4's default channel groups: worked out by hand. null: carries nothing. */
const ORIGINS: Array<{ sent: Partial<Ev>; is: Origin | null }> = [
  { sent: {}, is: null },
  { sent: { page_location: 'https://shop.example/p/1?size=m' }, is: null },
  { sent: { page_location: 'https://shop.example/cart', page_referrer: 'https://shop.example/' }, is: null },
  {
    sent: { source: 'google', medium: 'cpc', campaign: 'spring', term: 'shoes', content: 'red' },
    is: {
      channel: 'Paid Search',
      ...{ source: 'google', medium: 'cpc', campaign: 'spring', term: 'shoes', content: 'red' },
    },
  },
  {
    sent: { page_location: 'https://shop.example/?utm_source=news&utm_medium=email&utm_campaign=w45' },
    is: { ...DIRECT, channel: 'Email', source: 'news', medium: 'email', campaign: 'w45' },
  },
  {
    sent: { source: 'douyin', medium: 'cpc' },
    is: { ...DIRECT, channel: 'Paid Social', source: 'douyin', medium: 'cpc' },
  },
  {
    sent: { source: 'partner', medium: 'affiliate', content: 'banner' },
    is: { ...DIRECT, channel: 'Affiliates', source: 'partner', medium: 'affiliate', content: 'banner' },
  },
];

/** What is sent of a device, and what a session has of it. */
const AGENTS: Array<{ sent: Partial<Ev>; is: Pick<Dimensions, 'device' | 'browser' | 'os'>; bot: string[] }> =
  [
    { sent: {}, is: { device: '', browser: '', os: '' }, bot: [] },
    {
      sent: { device: 'tablet', browser: 'Opera', os: 'HarmonyOS' },
      is: { device: 'tablet', browser: 'Opera', os: 'HarmonyOS' },
      bot: [],
    },
    {
      sent: { device: 'desktop', browser: 'Firefox', os: 'Linux' },
      is: { device: 'desktop', browser: 'Firefox', os: 'Linux' },
      bot: [],
    },
    {
      sent: { user_agent: 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)' },
      is: { device: 'bot', browser: 'Googlebot', os: '' },
      bot: ['user_agent'],
    },
  ];

const NAMES = (
  'page_view page_view page_view view_item add_to_cart begin_checkout purchase purchase refund search click sign_up ' +
  'message_opened page_timing experiment_viewed coupon_issued our_own_event'
).split(' ');

/** Few transactions and many gaps of exactly a session's end ± 1 ms; in the order of arrival, which is any. */
function randomLog(seed: number, visitors: number): Ev[] {
  const r = random(seed);
  const log: Ev[] = [];
  for (let v = 0; v < visitors; v++) {
    const site = r.pick(['shop', 'shop', 'shop', 'short', 'long']);
    const gap = GAPS_MS[site] ?? 0;
    const robot = r.chance(0.1);
    const server = r.chance(0.1);
    const accounts = r.pick([[null], [null, `a${v}`], [`a${v}`, `a${v - 1}`, null]]);
    let time = START + r.below(48) * HOUR;
    for (let n = 1 + r.below(9); n > 0; n--) {
      time += r.pick([0, 0, 7, gap / 2, gap, gap, gap - 1, gap + 1, 2 * gap]);
      const event_name = r.pick(NAMES);
      const paid = event_name === 'purchase' || event_name === 'refund';
      const value = paid ? r.pick([0, 1, 1_999, 120_000, event_name === 'purchase' ? -500 : 500]) : 0;
      const agent = robot ? AGENTS[3] : AGENTS[r.below(3)];
      log.push({
        // Of any length, so that the order of ids is that of bytes, not of numbers.
        event_id: `e${v * 10 + n}`,
        event_name,
        event_time: time,
        visitor_id: `v${v}`,
        user_id: r.pick(accounts),
        site,
        platform: server ? 'server' : r.pick(['web', 'ios', 'pos']),
        page_location: r.pick(['', 'https://shop.example/', 'https://shop.example/a/']),
        page_referrer: '',
        country: r.pick(['', '', 'DE', 'FR']),
        region: r.pick(['', 'BE']),
        city: r.pick(['', 'Paris', 'Köln']),
        language: r.pick(['', 'de', 'fr']),
        engagement_time_ms: r.pick([0, 0, 1, 4_999, 5_000, 10_000]),
        ...ORIGINS[r.below(r.chance(0.5) ? 1 : ORIGINS.length)]?.sent,
        ...agent?.sent,
        ...(paid ? { currency: value === 0 && r.chance(0.5) ? null : r.pick(['USD', 'EUR']), value } : {}),
        ...(paid ? { transaction_id: r.pick(['', `t${v}`, `t${v}`, `t${v - 1}`]) } : {}),
      });
    }
    // More than a person can do.
    if (v % 29 === 0)
      for (let n = 0; n < 40; n++)
        log.push({
          event_id: `burst${v}-${n}`,
          ...{ event_name: 'click', event_time: time + n, visitor_id: `v${v}`, user_id: null, site },
        });
  }
  for (const e of log.filter(() => r.chance(0.1))) log.push({ ...e });
  for (let i = log.length - 1; i > 0; i--) {
    const j = r.below(i + 1);
    [log[i], log[j]] = [log[j] as Ev, log[i] as Ev];
  }
  return log;
}

/** The rest of a session's columns: of the first event that carries an origin, the first that names a device, the sums. */
function dimensionsOf({ events, answer }: SessionFound): Dimensions {
  const origins = events.map(e => ORIGINS.find(o => o.is !== null && carries(e, o.sent))?.is ?? null);
  const agents = events.map(e => AGENTS.find(a => Object.keys(a.sent).length > 0 && carries(e, a.sent)));
  const filled = (field: 'device' | 'browser' | 'os'): string =>
    agents.map(a => a?.is[field] ?? '').find(value => value !== '') ?? '';
  const active = events.filter(
    e =>
      e.platform !== 'server' &&
      !/^(message|coupon)_|^(refund|page_timing|experiment_viewed)$/.test(e.event_name),
  );
  return {
    ...(origins.find(o => o !== null) ?? DIRECT),
    device: filled('device'),
    browser: filled('browser'),
    os: filled('os'),
    bot_reasons: [
      ...(active.length >= 30 && active.length > 10 * Math.max(1, answer.duration_seconds)
        ? ['impossible_rate']
        : []),
      ...(answer.duration_seconds > 48 * 3_600 ? ['too_long'] : []),
      ...(agents.some(a => a?.bot.length) ? ['user_agent'] : []),
    ],
  };
}

function carries(e: Ev, sent: Partial<Ev>): boolean {
  return Object.entries(sent).every(([field, value]) => (e as Record<string, unknown>)[field] === value);
}

let warehouse: Warehouse;
beforeAll(() => {
  warehouse = openWarehouse();
});
afterAll(() => warehouse.close());

it.each([1, 2, 3])(
  'sessions equals sorting, splitting and summing each visitor by hand: log %i',
  async seed => {
    warehouse.clear();
    for (const [site, names] of Object.entries(KEY_EVENTS))
      warehouse.insert('sites', [{ site, key_events: names }]);
    warehouse.run('SYSTEM RELOAD DICTIONARY footfall.site_facts');
    const log = randomLog(seed, 150);
    await loadEvents(warehouse, log, { gapsMs: GAPS_MS });
    const expected = sessionsOf(log, { gapsMs: GAPS_MS, keyEvents: KEY_EVENTS, place: 'events-1-0' });
    const rows = warehouse.rows<Record<string, unknown> & { session_id: string }>(
      `SELECT * REPLACE (toUnixTimestamp64Milli(started_at) AS started_at, toUnixTimestamp64Milli(ended_at) AS ended_at)
     FROM footfall.sessions`,
    );
    expect(rows.length).toBe(expected.length);
    const found = new Map(rows.map(row => [row.session_id, row]));
    for (const session of expected) {
      const hint = session.events.map(e => JSON.stringify(e)).join('\n');
      expect(found.get(session.answer.session_id), hint).toEqual({
        ...session.answer,
        ...dimensionsOf(session),
      });
    }
    const arrivals = ({ events }: SessionFound): number[] =>
      events.map(e => log.findIndex(sent => sent.event_id === e.event_id));
    // The log has of everything.
    const has = (test: (s: SessionFound) => boolean): boolean => expected.some(test);
    expect([
      has(s => s.answer.active === 0),
      has(s => s.answer.orders > 1),
      has(s => Object.values(s.answer.revenue).some(net => net < 0)),
      has(s => s.answer.orders === 0 && s.events.some(isSale)),
      has(s => dimensionsOf(s).bot_reasons.includes('too_long')),
      has(s => dimensionsOf(s).bot_reasons.includes('impossible_rate')),
      has(s => s.events.length > 1 && s.answer.duration_seconds === 0),
      // What arrived first is not what happened first: sessions were begun, moved and merged.
      has(s => s.events.length > 3 && arrivals(s)[0] !== Math.min(...arrivals(s))),
    ]).not.toContain(false);
  },
);

const isSale = (e: Ev): boolean => e.event_name === 'purchase';
