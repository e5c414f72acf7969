import { type Counter, createCounter } from './counter.ts';
import { acquiredIn, noCounts, type TruthCounts } from './counts.ts';
import type { SimulatedRecord } from './damage.ts';
import type { World } from './life.ts';
import type { Observer } from './log.ts';
import { SHOP } from './shop.ts';
import type { Shop } from './simulate.ts';
import { adCostRows } from './tables.ts';

/** Counts by site, of a part of the people: to be added up by `truthOf`. */
export type TruthPart = Record<string, TruthCounts>;

export interface Truth {
  observer: Observer;
  record(record: SimulatedRecord): void;
  /** What was counted, without what is known before anybody comes: the costs of advertising. */
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

/** The counts that are by a key, or by two: these are put in order. Other keys stand as they are declared. */
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
      const counts = noCounts();
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

/** Adds numbers, in however deep objects and lists, to those of the same keys. All are whole and below 2^53: no sum is rounded. */
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

function addCosts(counts: TruthCounts, world: World): void {
  for (const { day, source, medium, campaign, cost, commission } of adCostRows(world, world.calendar.days)) {
    const facts = SHOP.sources.find(
      one =>
        one.source === source && one.medium === medium && one.campaigns.some(c => c.campaign === campaign),
    );
    acquiredIn(counts, day.slice(0, 7), facts?.channel ?? '').cost += cost + commission;
  }
}
