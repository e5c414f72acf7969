import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readEventFile } from '../../pipeline/contract/eventFile.ts';
import { frameSingleObject } from '../../pipeline/contract/framing.ts';
import { encodeEvent, newest } from '../../pipeline/contract/schema.ts';
import { writeHistory } from '../../pipeline/simulate/files.ts';
import { openShards, shardsFor } from '../../pipeline/simulate/shards.ts';
import { createShop, type ShopOptions } from '../../pipeline/simulate/simulate.ts';
import { digests } from './digests.ts';

/** Busy enough that many records arrive in the same ms. */
const given: ShopOptions = {
  seed: 'shards',
  visitors: 6_000,
  start: Date.UTC(2026, 8, 1),
  days: 3,
  sites: ['shop', 'outlet'],
};

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'simulate-shards-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('one shop', () => {
  const written = new Map<number, Awaited<ReturnType<typeof writeHistory>>>();
  beforeAll(async () => {
    for (const shards of [1, 2, 3]) {
      const out = join(folder, `of-${shards}`);
      written.set(shards, await writeHistory({ shop: createShop(given), given, out, shards }));
    }
  });

  test.each([2, 3])('is the same bytes from one shard and from %i', async shards => {
    const alone = await digests(join(folder, 'of-1'));
    expect(alone.size).toBeGreaterThan(10);
    expect(alone.has('/truth.json')).toBe(true);
    expect(await digests(join(folder, `of-${shards}`))).toEqual(alone);
  });

  test('stands in files in the order in which its history tells it', async () => {
    const told: string[] = [];
    let ties = 0;
    let last = 0;
    for (const hour of createShop(given).history()) {
      for (const { arrival, event } of hour) {
        if (event === null) continue;
        if (arrival === last) ties++;
        last = arrival;
        told.push(frameSingleObject(newest.fingerprint, encodeEvent(event)).toString('latin1'));
      }
    }
    const found: string[] = [];
    for (const { path } of written.get(1)?.files ?? []) {
      for await (const batch of readEventFile(path))
        for (const { value } of batch) found.push(value.toString('latin1'));
    }
    expect(ties).toBeGreaterThan(10);
    expect(found.length).toBe(told.length);
    expect(found.findIndex((value, i) => value !== told[i])).toBe(-1);
  });
});

describe('what goes wrong', () => {
  test('in a thread is told to whoever waits for it', async () => {
    const shards = await openShards({ ...given, sites: ['nowhere'] }, 2, 10);
    try {
      await expect(shards.hour()).rejects.toThrow('unknown site nowhere');
      await expect(shards.hour()).rejects.toThrow('unknown site nowhere');
      await expect(shards.truth()).rejects.toThrow('unknown site nowhere');
    } finally {
      await shards.close();
    }
  });

  test('in a thread ends the writing of files', async () => {
    const out = join(folder, 'broken');
    const broken = { ...given, visitors: 0 };
    await expect(writeHistory({ shop: createShop(given), given: broken, out, shards: 2 })).rejects.toThrow(
      'visitors is 0',
    );
    expect([...(await digests(out)).keys()].filter(path => !path.startsWith('/tables/'))).toEqual([]);
  });

  test.each([1, 2])('leaves no half of a file; %i shards', async shards => {
    const out = join(folder, `stopped-${shards}`);
    let hours = 0;
    const onProgress = () => {
      if (++hours > 30) throw new Error('no space left');
    };
    await expect(writeHistory({ shop: createShop(given), given, out, shards, onProgress })).rejects.toThrow(
      'no space left',
    );
    expect(await readdir(join(out, 'events'))).toEqual(['2026-09-01.avro']);
  });
});

test('few people are one shard, and never are there many', () => {
  expect(shardsFor({ ...given, visitors: 1_000 })).toBe(1);
  expect(shardsFor({ ...given, visitors: 1_000_000 })).toBeLessThanOrEqual(4);
});
