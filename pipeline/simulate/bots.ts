import type { Event } from '../contract/event.ts';
import { DAY_MS } from './calendar.ts';
import { products } from './catalogue.ts';
import type { World } from './life.ts';
import { exponential, PURPOSE, picker, stream, whole } from './random.ts';
import { SHOP } from './shop.ts';

const kind = picker(SHOP.bots.kinds.map(facts => facts.share));

/** How many bots visit on a day of the shop's life. */
export function botsOn(world: World, day: number): number {
  const { aPerson } = SHOP.bots;
  return Math.floor(world.births.first(day + 1) * aPerson) - Math.floor(world.births.first(day) * aPerson);
}

/** A bot's number from its day and its place in it, below 0 so that it is nobody's; and its time. */
export function botOf(world: World, day: number, n: number): { index: number; at: number } {
  const index = -(day * 1_000_000 + n) - 1;
  const random = stream(world.seed, PURPOSE.bot, index, 0);
  return { index, at: world.calendar.start + day * DAY_MS + whole(random, 0, DAY_MS - 1) };
}

export function botVisitor(world: World, index: number): string {
  return `crawl${world.site.mark}${(-index).toString(36)}`;
}

export type BotReason = (typeof SHOP.bots.kinds)[number]['reason'];

/** One session of a bot; its visitor id is used once. */
export function botEvents(world: World, index: number, at: number): { events: Event[]; reason: BotReason } {
  const random = stream(world.seed, PURPOSE.bot, index, 1);
  const facts = SHOP.bots.kinds[kind(random)] ?? SHOP.bots.kinds[0];
  const visitor = botVisitor(world, index);
  const { countries, pageMsMax } = SHOP.bots;
  const country = countries[whole(random, 0, countries.length - 1)] ?? '';
  const pages = whole(random, facts.pages[0], facts.pages[1]);
  const events: Event[] = [];
  let now = at;
  for (let page = 0; page < pages; page++) {
    const product = products[whole(random, 0, products.length - 1)];
    if (product === undefined) break;
    // An hour at most, whatever the pauses.
    if (page > 0) now += Math.min(pageMsMax, Math.round(facts.pauseMs * (0.5 + exponential(random) / 2)) + 1);
    events.push(
      botEvent(world, `${visitor}.${page}`, now, visitor, country, facts.userAgent, product.id, product.name),
    );
  }
  return { events, reason: facts.reason };
}

function botEvent(
  { site }: World,
  id: string,
  time: number,
  visitor: string,
  country: string,
  userAgent: string,
  item: string,
  name: string,
): Event {
  return {
    event_id: id,
    event_name: 'page_view',
    event_time: time,
    visitor_id: visitor,
    site: site.site,
    user_id: null,
    platform: 'web',
    received_time: null,
    page_location: `https://${site.host}/p/${item.toLowerCase()}`,
    page_title: name,
    page_referrer: '',
    source: '',
    medium: '',
    campaign: '',
    term: '',
    content: '',
    country,
    region: '',
    city: '',
    language: '',
    timezone: '',
    user_agent: userAgent,
    device: '',
    browser: '',
    os: '',
    consent_analytics: true,
    consent_ads: true,
    engagement_time_ms: 0,
    currency: null,
    value: 0,
    tax: 0,
    shipping: 0,
    discount: 0,
    transaction_id: '',
    coupon: '',
    items: [],
    search_term: '',
    promotion_id: '',
    promotion_name: '',
    experiment_id: '',
    variation_id: '',
    group_id: '',
    store_id: '',
    score: null,
    points: 0,
    params: {},
    metrics: {},
  };
}
