import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { deflateRaw } from 'node:zlib';
import avro from 'avsc';
import pino from 'pino';
import { compress } from 'snappy';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Event } from '../../pipeline/contract/event.ts';
import { type Codec, crc32, writeEventFile } from '../../pipeline/contract/eventFile.ts';
import { partitionOf } from '../../pipeline/contract/murmur2.ts';
import { type ReplayReport, replayFiles } from '../../pipeline/replay.ts';
import { FILE_PARTITIONS, FILES_TOPIC } from '../../pipeline/sources/fileRegistry.ts';
import type { Log, LogEntry } from '../oracle/oracle.ts';
import { GAPS_MS, seededLog } from '../oracle/randomLog.ts';
import type { TestClickHouse } from '../support/clickhouse.ts';
import { event, item } from '../support/event.ts';
import { seededShares } from '../support/seeded.ts';
import type { ReplaySettings } from './replayChild.ts';
import { clearTables, differences, dump, HORIZON_MS, linesOf, sliced, startShop } from './shop.ts';

const HOUR_MS = 3_600_000;

let clickhouse: TestClickHouse;
let folder: string;
beforeAll(async () => {
  clickhouse = await startShop();
  folder = await mkdtemp(join(tmpdir(), 'footfall-replay-'));
});
beforeEach(() => clearTables(clickhouse.client()));
afterAll(async () => {
  await clickhouse?.stop();
  await rm(folder, { recursive: true, force: true });
});

/**
 * A random log's events in order of arrival, moved in time to end some hours ago; the collector noted when it got two of
 * three. A copy is the same to the last bit, so that it does not matter which one comes first.
 */
function eventsOf(seed: number, steps: number): Event[] {
  const entries = seededLog(seed, steps)
    .streams.flatMap(({ entries: all }) => all)
    .sort((a, b) => a.arrival - b.arrival);
  const shift = Date.now() - 5 * HOUR_MS - (entries.at(-1)?.arrival ?? 0);
  const noted = new Map<string, number | null>();
  return entries.flatMap(({ event: one, arrival }, i) => {
    if (one === undefined) return [];
    const identity = JSON.stringify(one);
    if (!noted.has(identity)) noted.set(identity, i % 3 === 0 ? null : arrival + shift);
    const received_time = noted.get(identity) ?? null;
    return [{ ...one, event_time: one.event_time + shift, received_time }];
  });
}

let written = 0;
/** A new event file. Small blocks: the smaller, the more often a reader stands in the middle of a file. */
async function fileOf(events: Iterable<Event>, codec: Codec = 'deflate'): Promise<string> {
  const path = join(folder, `${written++}.avro`);
  await writeEventFile(path, events, { codec, blockBytes: 2_000 });
  return path;
}

function replay(paths: readonly string[]): Promise<ReplayReport> {
  return replayFiles({
    client: clickhouse.client(),
    database: 'footfall',
    paths,
    log: pino({ level: 'silent' }),
    limits: { horizonMs: HORIZON_MS, sessionsMax: 5, pageViewsMax: 20, eventIdsMax: 10, sitesMax: 100 },
    workerLimits: { flushIntervalMs: 0, foldRecordsMax: 50 },
  });
}

/** The log that the registered files are, for the oracle. */
async function logOf(events: ReadonlyMap<string, readonly Event[]>): Promise<Log> {
  const answer = await clickhouse.client().query({
    query: `SELECT name, toUInt32(base_offset) AS base, toUnixTimestamp64Milli(first_seen) AS seen
            FROM footfall.files FINAL ORDER BY base_offset`,
    format: 'JSONEachRow',
    clickhouse_settings: { output_format_json_quote_64bit_integers: 0 },
  });
  const partitions = Array.from({ length: FILE_PARTITIONS }, (): LogEntry[] => []);
  for (const { name, base, seen } of await answer.json<{ name: string; base: number; seen: number }>()) {
    for (const [index, one] of (events.get(name) ?? []).entries()) {
      const place = { offset: base + index, event: one };
      partitions[partitionOf(one.visitor_id, FILE_PARTITIONS)]?.push(
        one.received_time === null
          ? { ...place, arrival: seen, untimed: true }
          : { ...place, arrival: one.received_time },
      );
    }
  }
  return {
    streams: partitions.map((entries, partition) => ({
      stream: { topic: FILES_TOPIC, epoch: 0, partition },
      entries,
    })),
    gapsMs: GAPS_MS,
  };
}

/** What the tables answer, without ids, places and versions. */
async function answers(): Promise<Record<string, string[]>> {
  const client = clickhouse.client();
  const place = 'topic, epoch, partition';
  return {
    events: await linesOf(
      client,
      `SELECT * EXCEPT (${place}, offset, session_id, schema_id, arrival),
         if(received_time IS NULL, NULL, arrival) AS arrival FROM footfall.events`,
    ),
    // id_time is the time of the event that came first, whichever that was.
    sessions: await linesOf(
      client,
      `SELECT * EXCEPT (${place}, version, session_id, session_offset, id_time) FROM footfall.session_facts`,
    ),
    'events of sessions': await linesOf(
      client,
      'SELECT site, visitor_id, arraySort(groupArray((event_time, event_id))) FROM footfall.events GROUP BY site, visitor_id, session_id',
    ),
    minutes: await linesOf(
      client,
      `SELECT site, minute, event_name, country, device, platform, currency, sum(events), sum(engagement_ms), sum(value),
         sum(quantity) FROM footfall.minute_rows FINAL GROUP BY ALL`,
    ),
    ledger: await linesOf(
      client,
      'SELECT site, platform, outcome, reason, sum(records) FROM footfall.ledger_rows FINAL GROUP BY ALL',
    ),
    'dead letters': await linesOf(
      client,
      'SELECT hex(bytes), reason, site, platform FROM footfall.dead_letters',
    ),
    orders: await linesOf(
      client,
      'SELECT * EXCEPT (session_id, session_key, person_id) FROM footfall.orders_fact',
    ),
  };
}

async function expectOracle(events: ReadonlyMap<string, readonly Event[]>): Promise<void> {
  expect(await differences(clickhouse.client(), await logOf(events))).toEqual([]);
}

/** Files of these lists of events, and which has which. */
async function filesOf(
  lists: readonly Event[][],
  codecs: readonly Codec[] = ['deflate'],
): Promise<Map<string, Event[]>> {
  const files = new Map<string, Event[]>();
  for (const [i, list] of lists.entries()) files.set(await fileOf(list, codecs[i % codecs.length]), list);
  return files;
}

/** Ends in mid-file, killed. */
async function killedReplay(paths: string[], killAtRecords: number): Promise<void> {
  const settings: ReplaySettings = { clickhouseUrl: clickhouse.url, paths, killAtRecords };
  const child = fork(
    fileURLToPath(new URL('./replayChild.ts', import.meta.url)),
    [JSON.stringify(settings)],
    {
      execArgv: ['--import', import.meta.resolve('tsx')],
    },
  );
  const [, signal] = await once(child, 'exit');
  expect(signal).toBe('SIGKILL');
}

describe('the same files again', () => {
  it('change no row: in the same order, in another, under other names, one by one', async () => {
    const files = await filesOf(sliced(eventsOf(51, 250), 3), ['deflate', 'snappy', 'null']);
    const paths = [...files.keys()];
    const first = await replay(paths);
    expect(first.records).toBe([...files.values()].flat().length);
    await expectOracle(files);
    const rows = await dump(clickhouse.client());
    const renamed = await fileOf(files.get(paths[0] ?? '') ?? []);
    for (const again of [paths, [...paths].reverse(), [renamed], paths.slice(1, 2)]) {
      const report = await replay(again);
      expect(report).toMatchObject({ read: [], records: 0, ledger: first.ledger });
      expect(report.known).toHaveLength(again.length);
      expect(await dump(clickhouse.client())).toEqual(rows);
    }
  }, 60_000);
});

describe('the same records', () => {
  it('in files of another order, and split over other files: no answer differs', async () => {
    const events = eventsOf(52, 250);
    const inOrder = await filesOf(sliced(events, 3));
    await replay([...inOrder.keys()]);
    await expectOracle(inOrder);
    const expected = await answers();
    expect(expected.events?.length).toBeGreaterThan(100);

    const reversed = await filesOf(sliced(events, 3).reverse(), ['snappy']);
    const share = seededShares(3);
    // Each record to one of five files, and there in a random order.
    const shuffled = sliced(
      events.map(one => ({ one, at: share() })).sort((a, b) => a.at - b.at),
      5,
    ).map(list => list.map(({ one }) => one));
    for (const files of [reversed, await filesOf(shuffled, ['null', 'deflate'])]) {
      await clearTables(clickhouse.client());
      await replay([...files.keys()]);
      await expectOracle(files);
      expect(await answers()).toEqual(expected);
    }
  }, 90_000);
});

describe('a replay that was killed in mid-file', () => {
  it('and is started again, twice, gives what one that was not killed gives', async () => {
    const files = await filesOf(sliced(eventsOf(53, 500), 3));
    const paths = [...files.keys()];
    await replay(paths);
    const expected = await answers();
    await clearTables(clickhouse.client());

    const total = [...files.values()].flat().length;
    await killedReplay(paths, Math.floor(total / 4));
    const begun = await linesOf(clickhouse.client(), 'SELECT count() FROM footfall.event_rows');
    expect(begun).not.toEqual(['[0]']);
    // Other files must wait: offsets of the one that was begun are not yet whole.
    const other = await fileOf([event({ event_id: 'other', event_time: Date.now() - HOUR_MS })]);
    await expect(replay([other])).rejects.toThrow(/was begun and not read to its end/);
    await killedReplay(paths, Math.floor(total / 3));
    const report = await replay(paths);
    expect(report.read.length).toBeGreaterThan(0);
    await expectOracle(files);
    expect(await answers()).toEqual(expected);
    const rows = await dump(clickhouse.client());
    await replay(paths);
    expect(await dump(clickhouse.client())).toEqual(rows);
  }, 120_000);
});

describe("another writer's files", () => {
  /** Fewer fields than ours, in another order, some of its own, int where we have long, no defaults. */
  const foreign = {
    type: 'record',
    name: 'Event',
    namespace: 'footfall',
    fields: [
      { name: 'visitor_id', type: 'string' },
      { name: 'shelves', type: { type: 'map', values: 'double' } },
      { name: 'value', type: 'int' },
      { name: 'currency', type: ['null', 'string'] },
      {
        name: 'items',
        type: {
          type: 'array',
          items: {
            type: 'record',
            name: 'Item',
            fields: [
              { name: 'quantity', type: 'int' },
              { name: 'colour', type: { type: 'enum', name: 'Colour', symbols: ['RED', 'BLUE'] } },
              { name: 'price', type: 'int' },
              { name: 'item_id', type: 'string' },
            ],
          },
        },
      },
      { name: 'event_time', type: { type: 'long', logicalType: 'timestamp-millis' } },
      { name: 'event_name', type: 'string' },
      { name: 'received_time', type: ['null', { type: 'long', logicalType: 'timestamp-millis' }] },
      { name: 'till', type: { type: 'fixed', name: 'Till', size: 4 } },
      { name: 'event_id', type: 'string' },
    ],
  } as const;

  async function foreignFile(events: readonly Event[], codec: 'deflate' | 'snappy'): Promise<string> {
    const path = join(folder, `foreign-${codec}.avro`);
    const encoder = avro.createFileEncoder(path, foreign as unknown as avro.Schema, {
      codec,
      blockSize: 500,
      codecs: {
        deflate: deflateRaw,
        snappy: (data, done) => {
          // After the compressed data: the CRC-32 of the data, big-endian.
          const sum = Buffer.alloc(4);
          sum.writeUInt32BE(crc32(data) >>> 0);
          compress(data).then(
            packed => done(null, Buffer.concat([packed, sum])),
            error => done(error),
          );
        },
      },
    });
    for (const one of events) {
      encoder.write({
        ...one,
        shelves: { left: 0.5 },
        till: Buffer.from('T001'),
        items: one.items.map(i => ({ ...i, colour: 'BLUE' })),
      });
    }
    encoder.end();
    await once(encoder, 'finish');
    return path;
  }

  it('are read by the rules of Avro: deflate and snappy, with and without received_time', async () => {
    const now = Date.now();
    const events = Array.from({ length: 120 }, (_, i) =>
      event({
        event_id: `f${i}`,
        visitor_id: `v${i % 9}`,
        event_name: i % 4 === 0 ? 'purchase' : 'view_item',
        event_time: now - (i % 40) * 11 * 60_000 - HOUR_MS,
        received_time: i % 3 === 0 ? null : now - (i % 5) * 60_000,
        currency: i % 4 === 0 ? 'EUR' : null,
        value: i % 4 === 0 ? 1000 + i : 0,
        items: i % 2 === 0 ? [item({ item_id: `i${i}`, quantity: 2 })] : [],
      }),
    );
    const [one = [], two = []] = sliced(events, 2);
    const files = new Map([
      [await foreignFile(one, 'deflate'), one],
      [await foreignFile(two, 'snappy'), two],
    ]);
    const report = await replay([...files.keys()]);
    expect(report.records).toBe(events.length);
    await expectOracle(files);
  }, 60_000);
});
