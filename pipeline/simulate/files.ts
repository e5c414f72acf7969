import { once } from 'node:events';
import { createWriteStream, type WriteStream } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { type Codec, createEventFileWriter, type EventFileWriter } from '../contract/eventFile.ts';
import { DAY_MS, isoDay } from './calendar.ts';
import { createEncoder } from './encode.ts';
import type { Life } from './life.ts';
import type { Observer } from './log.ts';
import type { Shop, ShopOptions } from './simulate.ts';
import { armRows, bookRows, profileRows, type TableRow, tablesOf } from './tables.ts';
import { createTruth, type TruthCounts, truthFile } from './truth.ts';

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
 * rest is whole. The same shop gives the same bytes. Errors: the file system's; event files are whole or not there.
 */
export async function writeHistory(options: {
  shop: Shop;
  given: ShopOptions;
  out: string;
  codec?: Codec;
  onProgress?: (records: number, daysDone: number) => void;
}): Promise<WrittenHistory> {
  const { shop, given, out, codec = 'snappy', onProgress = () => {} } = options;
  const { end } = shop.calendar;
  await mkdir(join(out, 'events'), { recursive: true });
  await mkdir(join(out, 'tables'), { recursive: true });
  const truth = createTruth(shop);
  const arms = createRowFile(out, 'campaign_people');
  const books = createRowFile(out, 'back_office_orders');
  const profiles = createRowFile(out, 'profile_values');
  const observer: Observer = {
    ...truth.observer,
    life(life: Life) {
      truth.observer.life?.(life);
      for (const row of armRows(life, end)) arms.write(row);
      for (const row of bookRows(life, end)) books.write(row);
      for (const row of profileRows(life, end)) profiles.write(row);
    },
  };

  const files: WrittenHistory['files'] = [];
  const open: { day: number; path: string; writer: EventFileWriter }[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(blocks.splice(0));
    for (const { path, writer } of open.splice(0)) files.push({ path, ...(await writer.close()) });
  };
  const encoder = createEncoder();
  /** Being compressed and written. */
  const blocks: Promise<void>[] = [];
  let records = 0;
  try {
    for (const hour of shop.history({ observer })) {
      for (const record of hour) {
        if (record.event === null) continue;
        const day = Math.floor(record.arrival / DAY_MS);
        let current = open[0];
        if (current?.day !== day) {
          await close();
          const path = join(out, 'events', `${isoDay(day * DAY_MS)}.avro`);
          current = {
            day,
            path,
            writer: await createEventFileWriter(path, { codec, blockBytes: BLOCK_BYTES }),
          };
          open.push(current);
        }
        truth.record(record);
        const full = current.writer.writeEncoded(encoder.encode(record.event));
        if (full === undefined) continue;
        // Blocks are compressed beside us, but never many.
        blocks.push(full);
        // Awaited below, but perhaps not before it fails.
        full.catch(() => {});
        if (blocks.length > BLOCKS_UNDERWAY_MAX) await blocks.shift();
      }
      records += hour.length;
      onProgress(records, files.length);
      await arms.drained();
      await books.drained();
      await profiles.drained();
    }
    await close();
  } catch (error) {
    for (const { writer } of open) await writer.abort();
    throw error;
  }

  const tables: WrittenHistory['tables'] = [await arms.close(), await books.close(), await profiles.close()];
  for (const [table, rows] of Object.entries(tablesOf(shop))) {
    const file = createRowFile(out, table);
    for (const row of rows) file.write(row);
    tables.push(await file.close());
  }
  const sites = truth.sites();
  const counts = sites[shop.world.site.site];
  if (counts === undefined) throw new Error('the first site was not counted');
  const path = join(out, 'truth.json');
  await writeFile(path, `${JSON.stringify(truthFile(given, shop, sites), null, 2)}\n`);
  return { files, tables: tables.sort((a, b) => (a.table < b.table ? -1 : 1)), truth: path, counts, sites };
}

interface RowFile {
  write(row: TableRow): void;
  /** Resolves when what was written does not pile up in memory. */
  drained(): Promise<void>;
  close(): Promise<{ table: string; path: string; rows: number }>;
}

function createRowFile(out: string, table: string): RowFile {
  const path = join(out, 'tables', `${table}.jsonl`);
  const stream: WriteStream = createWriteStream(path);
  const done = finished(stream);
  // Told by `close`; without this an early failure would count as unhandled.
  done.catch(() => {});
  let rows = 0;
  return {
    write(row) {
      stream.write(`${JSON.stringify(row)}\n`);
      rows++;
    },
    async drained() {
      if (stream.writableNeedDrain) await Promise.race([once(stream, 'drain'), done]);
    },
    async close() {
      stream.end();
      await done;
      return { table, path, rows };
    },
  };
}
