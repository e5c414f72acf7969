import { type Calendar, createBirths, createCalendar, DAY_MS, HOUR_MS } from './calendar.ts';
import type { SimulatedRecord } from './damage.ts';
import { type Life, lifeOf, type World } from './life.ts';
import { createLog, type Log, type Observer, TAIL_HOURS } from './log.ts';
import { seedOf } from './random.ts';
import { SHOP, SITES } from './shop.ts';

export interface ShopOptions {
  /** Any text; the same gives the same shop. */
  seed: string;
  /** People who come for the first time within the period; those whom they invite come on top. */
  visitors: number;
  /** Midnight UTC of the first day, ms. */
  start: number;
  days: number;
  /** Names of sites, of those that the simulation knows; left out: the first alone. */
  sites?: readonly string[];
}

/** The simulated shop: everything it does is a pure function of its options. */
export interface Shop {
  /** Its sites, and the first of them. They share nothing but the days. */
  readonly worlds: readonly World[];
  readonly world: World;
  readonly calendar: Calendar;
  /**
   * All that begins to arrive within the period, by hours of arrival and in its order; what began is told to its end,
   * so the last records are up to two hours after the period. Memory is bounded by what is planned, not by the length.
   */
  history(options?: { misframed?: boolean; observer?: Observer }): Generator<SimulatedRecord[], void, void>;
  /** Everybody who first comes before `until`, ms, and whom they invite. */
  lives(until: number): Generator<Life, void, void>;
  /** The endless log of one partition, its history included. Each call makes one of its own, to be read forwards. */
  partition(partition: number, partitions: number): Log;
}

/**
 * Offsets of the live log: those of hour h start at h × this, with a gap after the hour's last record, as compaction
 * leaves them. So an offset says its hour by itself, and nothing has to be counted to resume.
 */
export const OFFSETS_AN_HOUR = 2 ** 20;

export function createShop({ seed, visitors, start, days, sites = [SHOP.site] }: ShopOptions): Shop {
  if (!Number.isSafeInteger(visitors) || visitors < 1)
    throw new RangeError(`visitors is ${visitors}, at least 1`);
  if (!Number.isSafeInteger(days) || days < 1) throw new RangeError(`days is ${days}, at least 1`);
  if (!Number.isSafeInteger(start) || start % DAY_MS !== 0)
    throw new RangeError(`start is ${start}, a midnight UTC in ms`);
  const worlds = sites.map((name): World => {
    const site = SITES.find(known => known.site === name);
    if (site === undefined)
      throw new RangeError(`unknown site ${name}; sites: ${SITES.map(known => known.site).join(', ')}`);
    const calendar = createCalendar({ start, days, experiments: site.experiments });
    const births = createBirths(calendar, Math.max(1, Math.round(visitors * site.visitors)));
    return { site, seed: seedOf(site.mark === '' ? seed : `${seed} ${name}`), calendar, births };
  });
  const [world] = worlds;
  if (world === undefined) throw new RangeError('no sites');
  if (new Set(sites).size < sites.length) throw new RangeError(`a site is named twice: ${sites.join(', ')}`);
  const { calendar } = world;
  return {
    worlds,
    world,
    calendar,
    *history({ misframed = false, observer } = {}) {
      const log = merged(
        worlds.map(one =>
          createLog({
            world: one,
            partitions: 1,
            partition: null,
            misframed,
            until: calendar.end,
            ...(observer === undefined ? {} : { observer }),
          }),
        ),
      );
      const hours = (calendar.end - start) / HOUR_MS + TAIL_HOURS;
      for (let hour = 0; hour <= hours; hour++) yield log.hour(hour);
    },
    *lives(until) {
      for (const one of worlds) {
        const last = one.births.first(Math.max(0, Math.ceil((until - start) / DAY_MS)));
        for (let index = 0; index < last; index++) {
          const life = lifeOf(one, index);
          yield life;
          for (const invited of life.invited) if (invited.at < until) yield lifeOf(one, invited.index);
        }
      }
    },
    partition(partition, partitions) {
      const log = merged(
        worlds.map(one =>
          createLog({
            world: one,
            partitions,
            partition,
            misframed: true,
            until: Number.POSITIVE_INFINITY,
          }),
        ),
      );
      return {
        hour(hour) {
          const records = log.hour(hour);
          if (records.length > OFFSETS_AN_HOUR) {
            throw new RangeError(
              `${records.length} records in hour ${hour}, at most ${OFFSETS_AN_HOUR}: fewer visitors`,
            );
          }
          return records;
        },
      };
    },
  };
}

/** Logs of several sites in one order of arrival; at equal times the first site's before the others'. */
function merged(logs: readonly Log[]): Log {
  const [only] = logs;
  if (only !== undefined && logs.length === 1) return only;
  return { hour: hour => logs.flatMap(log => log.hour(hour)).sort((a, b) => a.arrival - b.arrival) };
}
