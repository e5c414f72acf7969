import type { Event } from '../contract/event.ts';
import { type Encoder, EVENT_BYTES_MAX } from './encode.ts';

/** Events that arrive in one hour, encoded: in memory that threads share, so that nothing is copied between them. */
export interface PackedHour {
  /** In the order of the log. */
  arrivals: Float64Array;
  /** Who made each, over all sites: at equal times the lower comes first. */
  makers: Float64Array;
  /** Where each stands in `bytes`, which has them in the order of making. */
  starts: Uint32Array;
  ends: Uint32Array;
  bytes: Uint8Array;
}

/** Takes the events of one hour after another, each hour's in any order. */
export interface Packer {
  /** Begins an hour, ms. */
  open(from: number): void;
  add(event: Event, arrival: number, maker: number): void;
  /** What was added since. */
  pack(): PackedHour;
}

/** People's numbers, and bots' below 0, are within half of this; each further site's makers come after the ones before. */
const SITE_MAKERS = 2 ** 45;

export function makerOf(site: number, who: number): number {
  return site * SITE_MAKERS + who;
}

/** Keys of the sort are a time within the hour (22 bits) and a place. */
const PLACES = 2 ** 30;

export function createPacker(encoder: Encoder): Packer {
  let bytes = Buffer.allocUnsafeSlow(4 * EVENT_BYTES_MAX);
  let keys = new Float64Array(512);
  let makers = new Float64Array(512);
  let ends = new Uint32Array(512);
  let from = 0;
  let count = 0;
  let end = 0;

  return {
    open(hour) {
      from = hour;
      count = 0;
      end = 0;
      // What it would copy from is written over now.
      encoder.forget();
    },

    add(event, arrival, maker) {
      if (bytes.length - end < EVENT_BYTES_MAX) {
        const larger = Buffer.allocUnsafeSlow(bytes.length * 2);
        larger.set(bytes);
        bytes = larger;
      }
      if (count === keys.length) {
        keys = enlarged(keys, new Float64Array(count * 2));
        makers = enlarged(makers, new Float64Array(count * 2));
        ends = enlarged(ends, new Uint32Array(count * 2));
      }
      end = encoder.encode(event, bytes, end);
      keys[count] = (arrival - from) * PLACES + count;
      makers[count] = maker;
      ends[count] = end;
      count++;
    },

    pack() {
      const sorted = keys.subarray(0, count).sort();
      const memory = new SharedArrayBuffer(24 * count + end);
      const packed: PackedHour = {
        arrivals: new Float64Array(memory, 0, count),
        makers: new Float64Array(memory, 8 * count, count),
        starts: new Uint32Array(memory, 16 * count, count),
        ends: new Uint32Array(memory, 20 * count, count),
        bytes: new Uint8Array(memory, 24 * count, end),
      };
      packed.bytes.set(bytes.subarray(0, end));
      for (let i = 0; i < count; i++) {
        const key = sorted[i] as number;
        const place = key % PLACES;
        const arrival = from + (key - place) / PLACES;
        const maker = makers[place] as number;
        // Of the same ms the lower maker first; they are few, and one maker's are in order already.
        let to = i;
        for (
          ;
          to > 0 && packed.arrivals[to - 1] === arrival && (packed.makers[to - 1] as number) > maker;
          to--
        )
          move(packed, to - 1, to);
        packed.arrivals[to] = arrival;
        packed.makers[to] = maker;
        packed.starts[to] = place === 0 ? 0 : (ends[place - 1] as number);
        packed.ends[to] = ends[place] as number;
      }
      return packed;
    },
  };
}

function enlarged<T extends Float64Array | Uint32Array>(from: T, to: T): T {
  to.set(from);
  return to;
}

function move({ arrivals, makers, starts, ends }: PackedHour, from: number, to: number): void {
  arrivals[to] = arrivals[from] as number;
  makers[to] = makers[from] as number;
  starts[to] = starts[from] as number;
  ends[to] = ends[from] as number;
}

/** The events of several hours in one order: an hour and a place in it, each in turn. */
export function merge(hours: readonly PackedHour[], each: (hour: PackedHour, place: number) => void): void {
  const places = hours.map(() => 0);
  for (;;) {
    let next = -1;
    let arrival = Number.POSITIVE_INFINITY;
    let maker = 0;
    for (let i = 0; i < hours.length; i++) {
      const hour = hours[i] as PackedHour;
      const place = places[i] as number;
      if (place === hour.arrivals.length) continue;
      const at = hour.arrivals[place] as number;
      const by = hour.makers[place] as number;
      if (at < arrival || (at === arrival && by < maker)) {
        next = i;
        arrival = at;
        maker = by;
      }
    }
    if (next < 0) return;
    each(hours[next] as PackedHour, places[next] as number);
    (places[next] as number)++;
  }
}
