import { setTimeout as delay } from 'node:timers/promises';
import type { LogRecord, Stream } from '../contract/record.ts';
import { createRecordValues } from '../simulate/bytes.ts';
import { OFFSETS_AN_HOUR, type Shop } from '../simulate/simulate.ts';
import type { Source } from './source.ts';

/** The simulated shop's topic. */
export const SIMULATED_TOPIC = 'simulated';

const HOUR_MS = 3_600_000;
/** Records handed out at once while the past is read. */
const BATCH_RECORDS_MAX = 5_000;

/**
 * The simulated shop as a log that grows with the clock: every record that has arrived by now is there. A record is a pure
 * function of the shop, its partition and its offset, so the log can be read again from anywhere.
 */
export function createGeneratedSource(options: {
  shop: Shop;
  partitions: number;
  now: () => number;
  /** Stretches the log to an end: records that arrive before it, ms; then `next` gives null. Infinity: endless. */
  until?: number;
}): Source {
  const { shop, partitions, now } = options;
  const until = options.until ?? Number.POSITIVE_INFINITY;
  const { start } = shop.calendar;
  const streams: Stream[] = Array.from({ length: partitions }, (_, partition) => ({
    topic: SIMULATED_TOPIC,
    epoch: 0,
    partition,
  }));
  const stopping = new AbortController();
  /** By partition: where the log was found to end when a reader had all of it. */
  const ends = new Map<number, number>();

  /** Records that arrive before it are there. */
  function horizon(): number {
    return Math.min(now(), until);
  }

  return {
    endless: until === Number.POSITIVE_INFINITY,
    arrival: 'record',
    async start(assigned) {
      assigned({ number: 1, streams });
    },
    async streams() {
      return streams;
    },
    async bounds({ partition }) {
      // Where the log ends within this hour shows only as it is read; the next hour's first offset is past all of it.
      const hours = Math.max(0, Math.floor((horizon() - start) / HOUR_MS));
      return { start: 0, end: ends.get(partition) ?? (hours + 1) * OFFSETS_AN_HOUR };
    },
    open({ partition }, from) {
      const log = shop.partition(partition, partitions);
      const encodedValue = createRecordValues(null);
      let hour = Math.floor(from / OFFSETS_AN_HOUR);
      let at = from % OFFSETS_AN_HOUR;
      let records = log.hour(hour);
      return {
        async next() {
          for (;;) {
            const to = horizon();
            let end = at;
            while (end < records.length && end - at < BATCH_RECORDS_MAX && (records[end]?.arrival ?? to) < to)
              end++;
            if (end > at) {
              const batch: LogRecord[] = [];
              for (; at < end; at++) {
                const record = records[at];
                if (record === undefined) continue;
                batch.push({
                  offset: hour * OFFSETS_AN_HOUR + at,
                  arrival: record.arrival,
                  key: Buffer.from(record.key),
                  value: encodedValue(record),
                  headers: [],
                });
              }
              const next = hour * OFFSETS_AN_HOUR + at;
              ends.delete(partition);
              const isLast = at >= records.length || (records[at]?.arrival ?? to) >= to;
              const isNow = start + (hour + 1) * HOUR_MS > to;
              return { records: batch, next, logEnd: isLast && isNow ? next : next + 1 };
            }
            // An hour is over when its time is, not when its last record is out.
            if (at < records.length || start + (hour + 1) * HOUR_MS > to) {
              ends.set(partition, hour * OFFSETS_AN_HOUR + at);
              return null;
            }
            hour++;
            at = 0;
            records = log.hour(hour);
          }
        },
        close() {},
      };
    },
    async wait(timeoutMs) {
      await delay(timeoutMs, undefined, { signal: stopping.signal }).catch(() => undefined);
    },
    async commit() {},
    async stop() {
      stopping.abort();
    },
  };
}
