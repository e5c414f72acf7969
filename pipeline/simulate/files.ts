import { once } from 'node:events';
import { createWriteStream, type WriteStream } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { type Codec, createEventFileWriter, type EventFileWriter } from '../contract/eventFile.ts';
import { DAY_MS, HOUR_MS, isoDay } from './calendar.ts';
import type { TruthCounts } from './counts.ts';
import { EVENT_BYTES_MAX } from './encode.ts';
import { TAIL_HOURS } from './log.ts';
import { merge, type PackedHour } from './packed.ts';
import { LIFE_TABLES, type LifeTable } from './shard.ts';
import { openShards, shardsFor } from './shards.ts';
import type { Shop, ShopOptions } from './simulate.ts';
import { tablesOf } from './tables.ts';
import { truthOf } from './truth.ts';
import { truthFile } from './truthFile.ts';

const BLOCKS_UNDERWAY_MAX = 8;
const BLOCK_BYTES = 262_144;

export interface WrittenHistory {
  /** Event files in the order in which they are to be read. */
  files: { path: string; records: number; bytes: number; contentHash: string }[];
  /** Of tables loaded by people. */
  tables: { table: string; path: string; rows: number }[];
  truth: string;
  /** Of the first site, and of each by name. */
  counts: TruthCounts;
  sites: Record<string, TruthCounts>;
}

/**
 * Writes a shop's history: events/DAY.avro for each day of arrival (UTC), tables/TABLE.jsonl, and truth.json when the
 * rest is whole. The same shop gives the same bytes, with any number of shards. Errors: the file system's, and what goes
 * wrong in a shard; event files are whole or not there.
 */
export async function writeHistory(options: {
  shop: Shop;
  /** What the shop was made from. */
  given: ShopOptions;
  out: string;
  codec?: Codec;
  /** Parts of the people that are made side by side. */
  shards?: number;
  onProgress?: (records: number, daysDone: number) => void;
}): Promise<WrittenHistory> {
  const { shop, given, out, codec = 'snappy', shards = shardsFor(given), onProgress = () => {} } = options;
  const { start, end } = shop.calendar;
  await mkdir(join(out, 'events'), { recursive: true });
  await mkdir(join(out, 'tables'), { recursive: true });
  const files: WrittenHistory['files'] = [];
  const events = createDayFiles(join(out, 'events'), codec, files);
  const hours = (end - start) / HOUR_MS + TAIL_HOURS + 1;
  const made = await openShards(given, shards, hours);
  const lifeTables = Object.fromEntries(
    Object.keys(LIFE_TABLES).map(table => [table, createRowFile(out, table)]),
  ) as Record<LifeTable, RowFile>;
  let records = 0;
  let sites: Record<string, TruthCounts>;
  try {
    for (let hour = 0; hour < hours; hour++) {
      const parts = await made.hour();
      const rows = parts.flatMap(part => part.rows).sort((a, b) => a.maker - b.maker);
      for (const { table, lines, rows: count } of rows) lifeTables[table].write(lines, count);
      records += await events.write(
        start + hour * HOUR_MS,
        parts.map(part => part.packed),
      );
      onProgress(records, files.length);
      for (const file of Object.values(lifeTables)) await file.drained();
    }
    await events.close();
    sites = truthOf(shop, await made.truth());
  } catch (error) {
    await events.abort();
    for (const file of Object.values(lifeTables)) file.abort();
    throw error;
  } finally {
    await made.close();
  }

  const tables: WrittenHistory['tables'] = [];
  for (const file of Object.values(lifeTables)) tables.push(await file.close());
  for (const [table, rows] of Object.entries(tablesOf(shop))) {
    const file = createRowFile(out, table);
    file.write(rows.map(row => `${JSON.stringify(row)}\n`).join(''), rows.length);
    tables.push(await file.close());
  }
  const counts = sites[shop.world.site.site];
  if (counts === undefined) throw new Error('the first site was not counted');
  const path = join(out, 'truth.json');
  await writeFile(path, `${JSON.stringify(truthFile(given, shop, sites), null, 2)}\n`);
  return { files, tables: tables.sort((a, b) => (a.table < b.table ? -1 : 1)), truth: path, counts, sites };
}

interface DayFiles {
  /** Adds the events that arrive in an hour; gives how many. Hours come in order. */
  write(hour: number, parts: readonly PackedHour[]): Promise<number>;
  close(): Promise<void>;
  /** Removes the file that is not whole. */
  abort(): Promise<void>;
}

/** An event file for each day that has events. */
function createDayFiles(folder: string, codec: Codec, files: WrittenHistory['files']): DayFiles {
  let open: { day: number; path: string; writer: EventFileWriter } | null = null;
  /** Being filled: its end, and how many events are in it. */
  let block = Buffer.allocUnsafeSlow(BLOCK_BYTES + EVENT_BYTES_MAX);
  let end = 0;
  let count = 0;
  /** Being compressed and written. */
  const blocks: Promise<void>[] = [];

  function put(writer: EventFileWriter): void {
    const written = writer.writeBlock(block.subarray(0, end), count);
    // Awaited before long, but perhaps not before it fails.
    written.catch(() => {});
    blocks.push(written);
    block = Buffer.allocUnsafeSlow(BLOCK_BYTES + EVENT_BYTES_MAX);
    end = 0;
    count = 0;
  }

  async function close(): Promise<void> {
    if (open === null) return;
    const { path, writer } = open;
    if (count > 0) put(writer);
    await Promise.all(blocks.splice(0));
    files.push({ path, ...(await writer.close()) });
    open = null;
  }

  return {
    async write(hour, parts) {
      const arrived = parts.reduce((sum, part) => sum + part.arrivals.length, 0);
      if (arrived === 0) return 0;
      const day = Math.floor(hour / DAY_MS);
      if (open?.day !== day) {
        await close();
        const path = join(folder, `${isoDay(day * DAY_MS)}.avro`);
        open = { day, path, writer: await createEventFileWriter(path, { codec }) };
      }
      const { writer } = open;
      merge(parts, ({ bytes, starts, ends }, place) => {
        const event = bytes.subarray(starts[place], ends[place]);
        block.set(event, end);
        end += event.length;
        count++;
        if (end >= BLOCK_BYTES) put(writer);
      });
      // Blocks are compressed beside us, but never many.
      while (blocks.length > BLOCKS_UNDERWAY_MAX) await blocks.shift();
      return arrived;
    },
    close,
    async abort() {
      await open?.writer.abort();
      open = null;
    },
  };
}

interface RowFile {
  /** Lines of JSON, each with its end. */
  write(lines: string, rows: number): void;
  /** Resolves when what was written does not pile up in memory. */
  drained(): Promise<void>;
  close(): Promise<{ table: string; path: string; rows: number }>;
  /** Writes no more; what was written stays. */
  abort(): void;
}

function createRowFile(out: string, table: string): RowFile {
  const path = join(out, 'tables', `${table}.jsonl`);
  const stream: WriteStream = createWriteStream(path);
  const done = finished(stream);
  // Told by `close`; without this an early failure would count as unhandled.
  done.catch(() => {});
  let rows = 0;
  return {
    write(lines, count) {
      stream.write(lines);
      rows += count;
    },
    async drained() {
      if (stream.writableNeedDrain) await Promise.race([once(stream, 'drain'), done]);
    },
    async close() {
      stream.end();
      await done;
      return { table, path, rows };
    },
    abort() {
      stream.destroy();
    },
  };
}
