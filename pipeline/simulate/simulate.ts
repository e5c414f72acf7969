import { type Calendar, createBirths, createCalendar, DAY_MS, HOUR_MS } from './calendar.ts';
import type { SimulatedRecord } from './damage.ts';
import { type Life, lifeOf, type World } from './life.ts';
import { createLog, type Log, type Observer, TAIL_HOURS } from './log.ts';
import { seedOf } from './random.ts';

export interface ShopOptions {
  /** Any text; the same gives the same shop. */
  seed: string;
  /** People who come for the first time within the period; those whom they invite come on top. */
  visitors: number;
  /** Midnight UTC of the first day, ms. */
  start: number;
  days: number;
}

/** The simulated shop: everything it does is a pure function of its options. */
export interface Shop {
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

export function createShop({ seed, visitors, start, days }: ShopOptions): Shop {
  if (!Number.isSafeInteger(visitors) || visitors < 1)
    throw new RangeError(`visitors is ${visitors}, at least 1`);
  if (!Number.isSafeInteger(days) || days < 1) throw new RangeError(`days is ${days}, at least 1`);
  if (!Number.isSafeInteger(start) || start % DAY_MS !== 0)
    throw new RangeError(`start is ${start}, a midnight UTC in ms`);
  const calendar = createCalendar({ start, days });
  const world: World = { seed: seedOf(seed), calendar, births: createBirths(calendar, visitors) };
  return {
    world,
    calendar,
    *history({ misframed = false, observer } = {}) {
      const log = createLog({
        world,
        partitions: 1,
        partition: null,
        misframed,
        until: calendar.end,
        ...(observer === undefined ? {} : { observer }),
      });
      const hours = (calendar.end - start) / HOUR_MS + TAIL_HOURS;
      for (let hour = 0; hour <= hours; hour++) yield log.hour(hour);
    },
    *lives(until) {
      const last = world.births.first(Math.max(0, Math.ceil((until - start) / DAY_MS)));
      for (let index = 0; index < last; index++) {
        const life = lifeOf(world, index);
        yield life;
        for (const invited of life.invited) if (invited.at < until) yield lifeOf(world, invited.index);
      }
    },
    partition(partition, partitions) {
      const log = createLog({
        world,
        partitions,
        partition,
        misframed: true,
        until: Number.POSITIVE_INFINITY,
      });
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
