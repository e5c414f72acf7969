import type { Event } from '../contract/event.ts';
import { blankEvent } from './blank.ts';
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
    const event = blankEvent();
    event.event_id = `${visitor}.${page}`;
    event.event_name = 'page_view';
    event.event_time = now;
    event.visitor_id = visitor;
    event.site = world.site.site;
    event.page_location = `https://${world.site.host}/p/${product.id.toLowerCase()}`;
    event.page_title = product.name;
    event.country = country;
    event.user_agent = facts.userAgent;
    events.push(event);
  }
  return { events, reason: facts.reason };
}
