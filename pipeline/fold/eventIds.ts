import { hashLanes } from './hash.ts';

/**
 * The 64-bit hashes of the events that a partition has accepted, by which duplicates are known: an open-addressed
 * table outside the JavaScript heap (16 bytes a slot). Takes the hash from `hashLanes`.
 * Ids older than `floor` may have been dropped: those are looked up in event_rows.
 */
export interface EventIds {
  /** Ms of event time: every id of a held event at or after it, and every id not acknowledged, is here. */
  readonly floor: number;
  readonly size: number;
  readonly bytes: number;
  has(): boolean;
  /** Adds the hash; false if it was there. `flush`: the number of the flush that will write it; 0: written. */
  add(eventTime: number, flush: number): boolean;
  /** Drops ids that are acknowledged and older than `keepFrom`; if more than `idsMax` are left, of newer hours too. */
  trim(options: { keepFrom: number; idsMax: number; acknowledgedFlush: number }): void;
}

const HOUR_MS = 3_600_000;

export function createEventIds(): EventIds {
  let capacity = 1024;
  let high = new Uint32Array(capacity);
  let low = new Uint32Array(capacity);
  let hours = new Int32Array(capacity);
  /** 0: free slot; else the flush number + 1. */
  let flushes = new Uint32Array(capacity);
  let size = 0;
  let floor = Number.NEGATIVE_INFINITY;

  function slotOf(h: number, l: number): number {
    const mask = capacity - 1;
    let slot = (l ^ (h >>> 7)) & mask;
    while (flushes[slot] !== 0 && (high[slot] !== h || low[slot] !== l)) slot = (slot + 1) & mask;
    return slot;
  }

  function rebuild(newCapacity: number, keep: (slot: number) => boolean): void {
    const [h, l, t, f] = [high, low, hours, flushes];
    const kept: number[] = [];
    for (let slot = 0; slot < capacity; slot++) if (f[slot] !== 0 && keep(slot)) kept.push(slot);
    while (newCapacity < kept.length * 2) newCapacity *= 2;
    capacity = newCapacity;
    high = new Uint32Array(capacity);
    low = new Uint32Array(capacity);
    hours = new Int32Array(capacity);
    flushes = new Uint32Array(capacity);
    for (const slot of kept) {
      const to = slotOf(h[slot] ?? 0, l[slot] ?? 0);
      high[to] = h[slot] ?? 0;
      low[to] = l[slot] ?? 0;
      hours[to] = t[slot] ?? 0;
      flushes[to] = f[slot] ?? 0;
    }
    size = kept.length;
  }

  return {
    get floor() {
      return floor;
    },
    get size() {
      return size;
    },
    get bytes() {
      return capacity * 16;
    },
    has() {
      return flushes[slotOf(hashLanes.high, hashLanes.low)] !== 0;
    },
    add(eventTime, flush) {
      const { high: h, low: l } = hashLanes;
      let slot = slotOf(h, l);
      if (flushes[slot] !== 0) return false;
      if ((size + 1) * 3 > capacity * 2) {
        rebuild(capacity * 2, () => true);
        slot = slotOf(h, l);
      }
      high[slot] = h;
      low[slot] = l;
      hours[slot] = Math.floor(eventTime / HOUR_MS);
      flushes[slot] = flush + 1;
      size++;
      return true;
    },
    trim({ keepFrom, idsMax, acknowledgedFlush }) {
      let fromHour = Math.floor(keepFrom / HOUR_MS);
      const acknowledged = (slot: number): boolean => (flushes[slot] ?? 0) <= acknowledgedFlush + 1;
      const perHour = new Map<number, number>();
      let old = 0;
      let kept = 0;
      for (let slot = 0; slot < capacity; slot++) {
        if (flushes[slot] === 0) continue;
        const hour = hours[slot] ?? 0;
        if (!acknowledged(slot)) kept++;
        else if (hour < fromHour) old++;
        else perHour.set(hour, (perHour.get(hour) ?? 0) + 1);
      }
      for (const n of perHour.values()) kept += n;
      for (const hour of [...perHour.keys()].sort((a, b) => a - b)) {
        if (kept <= idsMax) break;
        kept -= perHour.get(hour) ?? 0;
        old += perHour.get(hour) ?? 0;
        fromHour = hour + 1;
      }
      if (old === 0) return;
      rebuild(1024, slot => !acknowledged(slot) || (hours[slot] ?? 0) >= fromHour);
      floor = Math.max(floor, fromHour * HOUR_MS);
    },
  };
}
