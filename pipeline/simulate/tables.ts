import { type Calendar, DAY_MS, isoDay, type Span, zoneOffset } from './calendar.ts';
import { type Product, products } from './catalogue.ts';
import { billOf } from './goods.ts';
import { type Arm, firstShare, type Life, type World } from './life.ts';
import { PURPOSE, picker, seedOf, share } from './random.ts';
import { minorUnits, perEuro, SHOP } from './shop.ts';
import type { Shop } from './simulate.ts';

/** A row of one of the tables that people load; columns left out take the table's defaults. */
export type TableRow = Record<string, string | number | null | readonly (string | number)[]>;

/** Rows by table, for a period of days: what the shop's people would have loaded by then. */
export function tablesOf(shop: Shop, days: number = shop.calendar.days): Record<string, TableRow[]> {
  const { worlds } = shop;
  const until = shop.calendar.start + days * DAY_MS;
  return {
    sites: worlds.map(({ site: { site, timezone, currency }, calendar }) => ({
      site,
      timezone,
      currency,
      session_gap_seconds: SHOP.sessionGapSeconds,
      key_events: ['purchase', 'sign_up'],
      dormant_days: calendar.dormantDays,
      churned_days: calendar.dormantDays * SHOP.quiet.churnedTimes,
      point_value: inCurrency(SHOP.loyalty.pointValueCents, currency),
      brand_terms: SHOP.brandTerms,
    })),
    experiments: worlds.flatMap(experimentRows),
    metrics: METRICS,
    ...dailyRows(shop, 0, days),
    fx_rates: worlds.flatMap(world => rateRows(world, days)),
    campaign_plans: worlds.flatMap(world => planRows(world, until)),
    tiers: worlds.flatMap(({ site: { site } }) =>
      SHOP.loyalty.tiers.map(({ tier, points }) => ({
        site,
        tier,
        points_from: points,
        spend_from: 0,
        orders_from: 0,
        window_days: 365,
      })),
    ),
    calendar: worlds.flatMap(world => calendarRows(world, until)),
    annotations: worlds.flatMap(world => annotationRows(world, until)),
  };
}

/** Rows of the tables that grow by the day, for days of the shop's life: `until` is out. */
export function dailyRows(
  { worlds }: Pick<Shop, 'worlds'>,
  from: number,
  until: number,
): Record<'ad_costs' | 'competitor_prices' | 'mentions', TableRow[]> {
  return {
    ad_costs: worlds.flatMap(world => adCostRows(world, until, from)),
    competitor_prices: worlds.flatMap(world => competitorRows(world, from, until)),
    mentions: worlds.flatMap(world => mentionRows(world, from, until)),
  };
}

/** Cents of a euro as minor units of a currency, at the price list's rate. */
function inCurrency(cents: number, currency: string): number {
  return Math.round((cents / 100) * perEuro(currency) * minorUnits(currency));
}

function experimentRows({ site, calendar }: World): TableRow[] {
  return calendar.experiments.map(({ id, since, ends, variations, weights }) => ({
    experiment: id,
    site: site.site,
    since: seconds(since),
    until: Number.isFinite(ends) ? seconds(ends) : null,
    variations,
    weights,
    metrics: ['ordered', 'revenue_a_person', '!refunds_a_person'],
    minimum_effect: 0.15,
  }));
}

const METRICS: TableRow[] = [
  { metric: 'ordered', kind: 'proportion', event: 'purchase', value: 'any' },
  { metric: 'revenue_a_person', kind: 'mean', event: 'purchase', value: 'revenue', cap_percentile: 0.999 },
  { metric: 'refunds_a_person', kind: 'mean', event: 'refund', value: 'count', direction: -1 },
  { metric: 'carts', kind: 'proportion', event: 'add_to_cart', value: 'any' },
].map(row => ({
  denominator_event: '',
  denominator_value: '',
  delay_hours: 0,
  window_hours: 0,
  direction: 1,
  cap_percentile: 0,
  ...row,
}));

/** A row of ad_costs. */
type AdCost = {
  day: string;
  source: string;
  medium: string;
  campaign: string;
  cost: number;
  commission: number;
} & TableRow;

/** What advertising cost: each day's new people by the share of each source, and its prices. */
export function adCostRows(world: World, days: number, from = 0): AdCost[] {
  const { site, currency, countries } = world.site;
  const { clicksAFirstVisit, noise, affiliateOrders, affiliateEuros } = SHOP.advertising;
  const rows: AdCost[] = [];
  const regionShare = { west: 0, china: 0 };
  const shares = picker(SHOP.countries.map(({ code }) => countries[code] ?? 0)).shares;
  SHOP.countries.forEach((country, i) => {
    regionShare[country.sources] += shares[i] ?? 0;
  });
  for (let day = from; day < days; day++) {
    const people = world.births.first(day + 1) - world.births.first(day);
    SHOP.sources.forEach((source, index) => {
      const first = (['west', 'china'] as const).reduce(
        (sum, region) => sum + regionShare[region] * firstShare(region, index),
        0,
      );
      if (first === 0) return;
      source.campaigns.forEach((campaign, of) => {
        const draw = share(world.seed, PURPOSE.day, day, index * 16 + of);
        const strayed = 1 - noise + 2 * noise * draw;
        const clicks = Math.round(people * first * campaign.share * clicksAFirstVisit * strayed);
        if (clicks === 0) return;
        const sold = clicks * affiliateOrders * affiliateEuros;
        rows.push({
          site,
          day: isoDay(world.calendar.start + day * DAY_MS),
          source: source.source,
          medium: source.medium,
          campaign: campaign.campaign,
          term: campaign.term,
          content: campaign.content,
          currency,
          cost: inCurrency(clicks * campaign.cpc * 100, currency),
          commission: inCurrency(sold * source.commission * 100, currency),
          clicks,
          impressions: Math.round(clicks / source.clickRate),
        });
      });
    });
  }
  return rows;
}

/** Draws of a day that are for other tables than ad_costs begin at these numbers. */
const DRAWS = { competitors: 100_000, mentions: 200_000 };

function competitorRows({ site, seed, calendar }: World, from: number, until: number): TableRow[] {
  const { shops, everyProducts, everyDays, spread } = SHOP.competitors;
  const rows: TableRow[] = [];
  for (let day = Math.ceil(from / everyDays) * everyDays; day < until; day += everyDays) {
    for (let of = 0; of < products.length; of += everyProducts) {
      const { id, cents } = products[of] as Product;
      shops.forEach(({ competitor, level }, i) => {
        const draw = share(seed, PURPOSE.day, day, DRAWS.competitors + of * shops.length + i);
        rows.push({
          site: site.site,
          day: isoDay(calendar.start + day * DAY_MS),
          item_id: id,
          competitor,
          currency: site.currency,
          price: inCurrency(cents * level * (1 + spread * (2 * draw - 1)), site.currency),
        });
      });
    }
  }
  return rows;
}

function mentionRows({ site, seed, calendar, births }: World, from: number, until: number): TableRow[] {
  const { sources, topics, sentiments, brokenPayment } = SHOP.mentions;
  const rows: TableRow[] = [];
  for (let day = from; day < until; day++) {
    const hundreds = (births.first(day + 1) - births.first(day)) / 100;
    const time = calendar.start + day * DAY_MS;
    const broken = calendar.paymentBroken.from >= time && calendar.paymentBroken.from < time + DAY_MS;
    let draw: number = DRAWS.mentions;
    for (const [source, many] of Object.entries(sources))
      for (const [topic, ofTopic] of Object.entries(topics))
        for (const [sentiment, ofSentiment] of Object.entries(sentiments)) {
          const worse = broken && topic === 'service' && sentiment === 'negative' ? brokenPayment : 1;
          // A small shop is not spoken of every day.
          const noise = 2 * share(seed, PURPOSE.day, day, draw++);
          const rest = share(seed, PURPOSE.day, day, draw++);
          const count = Math.floor(hundreds * many * ofTopic * ofSentiment * worse * noise + rest);
          if (count > 0) rows.push({ site: site.site, day: isoDay(time), source, topic, sentiment, count });
        }
  }
  return rows;
}

/** One market for all sites and seeds: what a rate is there, it is everywhere. */
const MARKET = seedOf('market');
const LISTED = [...new Set(SHOP.countries.map(country => country.currency))];

/** What one unit of a currency is worth on a day in a site's own: around the price list's rate, in slow waves. */
export function rateOn(world: World, day: number, currency: string): number {
  const { market } = SHOP;
  const euros = (of: string): number => {
    if (of === 'EUR') return 1;
    const wave = (LISTED.indexOf(of) + 1) * 1.7;
    const noise = market.noise * (share(MARKET, PURPOSE.day, day, 1000 + Math.round(wave * 10)) - 0.5);
    return (1 + market.wave * Math.sin(day / market.waveDays + wave) + noise) / perEuro(of);
  };
  return Math.round((euros(currency) / euros(world.site.currency)) * 1e8) / 1e8;
}

function rateRows(world: World, days: number): TableRow[] {
  const to_currency = world.site.currency;
  const { start } = world.calendar;
  // West of Greenwich the first orders are of the day before; east of it the last are of the day after.
  const first = zoneOffset(world.site.timezone, start) < 0 ? -1 : 0;
  return Array.from({ length: days + 1 - first }, (_, i) => i + first).flatMap(day =>
    LISTED.filter(currency => currency !== to_currency).map(from_currency => ({
      day: isoDay(start + day * DAY_MS),
      from_currency,
      to_currency,
      rate: rateOn(world, day, from_currency),
    })),
  );
}

/** The whole days of a mailing that was tried with people held out: midnights of its plan's days, as UTC. */
export function mailingDays(calendar: Calendar, campaign: Arm['campaign']): Span {
  const welcome = campaign === 'welcome_series';
  const { withinDays } = welcome ? SHOP.messages.welcome : SHOP.messages.winback;
  const from = Math.floor((welcome ? calendar.welcome : calendar.winback) / DAY_MS) * DAY_MS;
  return { from, until: from + withinDays * DAY_MS };
}

function planRows({ site, calendar }: World, until: number): TableRow[] {
  const { messages, plans } = SHOP;
  const plan = (campaign: keyof typeof plans, from: number, to: number, kind: string, text: string) => ({
    site: site.site,
    campaign,
    since: isoDay(from),
    until: isoDay(Math.min(to, until) - 1),
    kind,
    currency: site.currency,
    cost: inCurrency(plans[campaign].cost * site.visitors, site.currency),
    goal: 'orders',
    target: plans[campaign].target,
    text,
  });
  const rows = [
    plan('newsletter', calendar.start, until, 'message', 'Fortnightly newsletter'),
    plan('invite_a_friend', calendar.start, until, 'reward', 'Five euros for both'),
  ];
  const mailings = [
    ['welcome_series', 'message', 'Welcome'],
    ['winback_autumn', 'winback', 'Winback'],
  ] as const;
  for (const [campaign, kind, text] of mailings) {
    const { from, until: to } = mailingDays(calendar, campaign);
    const { coupon } = messages[campaign === 'welcome_series' ? 'welcome' : 'winback'];
    if (from < until) rows.push(plan(campaign, from, to, kind, `${text}, ${coupon}`));
  }
  return rows;
}

function calendarRows({ site, calendar }: World, until: number): TableRow[] {
  const rows: TableRow[] = [];
  for (let time = calendar.start; time < until; time += DAY_MS) {
    const off = calendar.saleAt(time);
    if (off > 0)
      rows.push({
        site: site.site,
        day: isoDay(time),
        name: inSale(calendar, time) ? 'Sale' : 'Black Friday',
      });
  }
  return rows;
}

function inSale(calendar: Calendar, time: number): boolean {
  return time >= calendar.sale.from && time < calendar.sale.until;
}

function annotationRows({ site, calendar }: World, until: number): TableRow[] {
  return (
    [
      [calendar.sale.from, 'Sale begins'],
      [calendar.paymentBroken.from, 'Payment page broken'],
      [calendar.paymentBroken.until, 'Payment page mended'],
      [calendar.trackingLost.from, 'Tracking lost for some hours'],
      [calendar.welcome, 'Welcome mailing'],
      [calendar.winback, 'Winback mailing'],
    ] as const
  )
    .filter(([at]) => at < until)
    .map(([at, text]) => ({ at: seconds(at), site: site.site, text }));
}

/** DateTime's text form, UTC. */
function seconds(time: number): string {
  return new Date(time).toISOString().slice(0, 19).replace('T', ' ');
}

/** Who was in which arm of a campaign before `until`: accounts that consent to being counted. */
export function armRows(life: Life, until: number): TableRow[] {
  if (!life.person.consentAnalytics) return [];
  return life.arms
    .filter(({ at }) => at < until)
    .map(({ campaign, arm, at }) => ({
      site: life.world.site.site,
      campaign,
      person_id: `u:${life.account}`,
      arm,
      at: seconds(at),
    }));
}

/** What a life's account says of its person from the sign-up on: accounts of before `until` that consent to being counted. */
export function profileRows(life: Life, until: number): TableRow[] {
  const signedUp = life.visits.find(visit => visit.signIn === 'signs_up');
  if (signedUp === undefined || signedUp.at >= until || !life.person.consentAnalytics) return [];
  const values = {
    interest: SHOP.personas[life.person.persona]?.id ?? '',
    newsletter: life.person.subscribes ? 'yes' : 'no',
  };
  return Object.entries(values).map(([key, value]) => ({
    site: life.world.site.site,
    user_id: life.account,
    key,
    value,
    since: seconds(signedUp.at),
  }));
}

/** What the shop's books say of a life's orders before `until`, tracked or not, consenting or not. */
export function bookRows(life: Life, until: number): TableRow[] {
  return life.orders
    .filter(({ at }) => at < until)
    .map(order => {
      const bill = billOf(life, order);
      return {
        site: life.world.site.site,
        transaction_id: bill.transaction,
        day: isoDay(order.at),
        currency: bill.currency,
        value: bill.value,
      };
    });
}
