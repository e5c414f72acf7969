import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { partitionOf } from '../../pipeline/contract/murmur2.ts';
import { rejectionOf } from '../../pipeline/fold/validate.ts';
import type { SimulatedRecord } from '../../pipeline/simulate/damage.ts';
import { writeHistory } from '../../pipeline/simulate/files.ts';
import { createShop, OFFSETS_AN_HOUR, type ShopOptions } from '../../pipeline/simulate/simulate.ts';
import { digests } from './digests.ts';

const small: ShopOptions = { seed: '7', visitors: 800, start: Date.UTC(2026, 8, 1), days: 12 };
const HOURS = 12 * 24;

function digest(records: readonly SimulatedRecord[]): string {
  return createHash('sha256').update(JSON.stringify(records)).digest('hex');
}

describe('the live log', () => {
  test('an hour from scratch is the hour in sequence', () => {
    // Enough visits that some are under way at every full hour.
    const busy = { ...small, visitors: 12_000 };
    const inSequence = createShop(busy).partition(2, 4);
    const hours = Array.from({ length: HOURS + 48 }, (_, hour) => digest(inSequence.hour(hour)));
    const jumping = createShop(busy).partition(2, 4);
    for (const hour of [200, 3, 0, 1, 330, 331, 150, 149, 151, 287, 289]) {
      expect(digest(jumping.hour(hour)), `hour ${hour}`).toBe(hours[hour]);
    }
    expect(new Set(hours).size).toBeGreaterThan(HOURS / 2);
  });

  test('goes on after the history as it was before', () => {
    const log = createShop(small).partition(0, 1);
    let before = 0;
    let after = 0;
    for (let hour = 0; hour < HOURS + 7 * 24; hour++) {
      const { length } = log.hour(hour);
      if (hour >= HOURS - 5 * 24 && hour < HOURS) before += length;
      if (hour >= HOURS + 2 * 24) after += length;
    }
    expect(after / before).toBeGreaterThan(0.7);
    expect(after / before).toBeLessThan(1.6);
  });

  test('partitions share out the history: each key in its own, arrivals never falling, offsets within the hour', () => {
    const shop = createShop(small);
    const all: string[] = [];
    for (let partition = 0; partition < 3; partition++) {
      const log = shop.partition(partition, 3);
      let last = 0;
      for (let hour = 0; hour < HOURS; hour++) {
        const records = log.hour(hour);
        expect(records.length).toBeLessThan(OFFSETS_AN_HOUR);
        for (const record of records) {
          expect(partitionOf(record.key, 3)).toBe(partition);
          expect(record.arrival).toBeGreaterThanOrEqual(last);
          expect(Math.floor((record.arrival - small.start) / 3_600_000)).toBe(hour);
          last = record.arrival;
          all.push(JSON.stringify(record));
        }
      }
    }
    const history = [...shop.history({ misframed: true })].slice(0, HOURS).flat();
    expect(all.sort()).toEqual(history.map(record => JSON.stringify(record)).sort());
  });
});

describe('records', () => {
  const records = [
    ...createShop({ ...small, visitors: 4_000, days: 20 }).history({ misframed: true }),
  ].flat();

  test('all are what they should be by the contract', () => {
    for (const { event, fate, misframed, arrival, key } of records) {
      if (event === null) {
        expect(misframed).toBe(fate);
        continue;
      }
      expect(event.visitor_id).toBe(key);
      expect(event.received_time).toBe(arrival);
      const good = fate === 'accepted' || fate === 'duplicate' || fate === 'unconsented';
      expect(rejectionOf(event, arrival, arrival)?.reason ?? null, event.event_id).toBe(good ? null : fate);
    }
  });

  test('event ids are given once; a duplicate comes after its original, with the same content', () => {
    const originals = new Map<string, string>();
    for (const { event, fate } of records) {
      if (event === null || event.event_id === '') continue;
      const content = JSON.stringify({ ...event, received_time: null });
      const known = originals.get(event.event_id);
      if (fate === 'duplicate' || (fate === 'unconsented' && known !== undefined))
        expect(known).toBe(content);
      else expect(known, event.event_id).toBeUndefined();
      originals.set(event.event_id, content);
    }
  });

  test('rates are as set', () => {
    const share = (of: (record: SimulatedRecord) => boolean) => records.filter(of).length / records.length;
    expect(share(record => record.fate === 'duplicate')).toBeGreaterThan(0.006);
    expect(share(record => record.fate === 'duplicate')).toBeLessThan(0.011);
    expect(share(record => record.fate === 'unconsented')).toBeGreaterThan(0.04);
    expect(share(record => record.fate === 'unconsented')).toBeLessThan(0.08);
    const lateMs = (record: SimulatedRecord) =>
      record.event === null || record.event.event_time === 0 ? 0 : record.arrival - record.event.event_time;
    expect(share(record => lateMs(record) > 60_000)).toBeGreaterThan(0.008);
    expect(share(record => lateMs(record) > 3_600_000)).toBeGreaterThan(0.0005);
    expect(Math.max(...records.map(lateMs))).toBeGreaterThan(2 * 86_400_000);
  });
});

test('the same seed gives the same bytes, another one others', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'simulate-'));
  try {
    const write = async (name: string, seed: string): Promise<Map<string, string>> => {
      const given = { ...small, seed, visitors: 300, days: 5 };
      const out = join(folder, name);
      await writeHistory({ shop: createShop(given), given, out });
      return digests(out);
    };
    const first = await write('a', 'seed');
    const again = await write('b', 'seed');
    const other = await write('c', 'other seed');
    expect([...first.keys()].sort()).toContain('/events/2026-09-03.avro');
    expect(again).toEqual(first);
    for (const [path, hash] of other) {
      if (path.startsWith('/events/')) expect(hash, path).not.toBe(first.get(path));
    }
  } finally {
    await rm(folder, { recursive: true });
  }
});

test.each([
  [{ visitors: 0 }, /visitors is 0/],
  [{ days: 0.5 }, /days is 0.5/],
  [{ start: 5 }, /start is 5/],
])('wrong options are refused: %o', (wrong, says) => {
  expect(() => createShop({ ...small, ...wrong })).toThrow(says);
});
