import { isoDay } from './calendar.ts';
import { CATALOGUE } from './catalogue.ts';
import type { TruthCounts } from './counts.ts';
import { SHOP, SITES } from './shop.ts';
import type { Shop, ShopOptions } from './simulate.ts';

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
