import { frameSingleObject } from '../../pipeline/contract/framing.ts';
import { partitionOf } from '../../pipeline/contract/murmur2.ts';
import type { LogRecord } from '../../pipeline/contract/record.ts';
import { encodeEvent, newest } from '../../pipeline/contract/schema.ts';
import { random } from '../oracle/views/random.ts';
import { putRows } from '../support/load.ts';
import { runWorker } from '../support/logRun.ts';
import { createMemorySource, type MemoryLog } from '../support/memorySource.ts';
import { createMemoryStore } from '../support/memoryStore.ts';
import type { Warehouse } from '../support/warehouse.ts';
import type { Delivered, RandomShop } from './randomShop.ts';

const PARTITIONS = 3;
const HOUR = 3_600_000;

function logsOf(records: readonly Delivered[]): MemoryLog[] {
  const logs = Array.from({ length: PARTITIONS }, (_, partition) => ({
    stream: { topic: 'clicks', epoch: 1, partition },
    records: [] as LogRecord[],
  }));
  for (const { event, arrival } of records) {
    const { records: own } = logs[partitionOf(event.visitor_id, PARTITIONS)] as (typeof logs)[number];
    own.push({
      offset: own.length,
      arrival,
      key: Buffer.from(event.visitor_id),
      value: frameSingleObject(newest.fingerprint, encodeEvent(event)),
      headers: [],
    });
  }
  return logs;
}

/** Empties the warehouse and loads the tables that people load. */
function begin(warehouse: Warehouse, shop: RandomShop): void {
  warehouse.clear();
  for (const [table, rows] of Object.entries(shop.tables)) warehouse.insert(table, rows);
  warehouse.run('SYSTEM RELOAD DICTIONARY footfall.site_facts');
}

/** Every record once, in order of event time, in one run: each row once, as merged parts have it. */
export async function loadClean(warehouse: Warehouse, shop: RandomShop): Promise<void> {
  begin(warehouse, shop);
  const store = createMemoryStore();
  await runWorker({
    source: createMemorySource({ logs: logsOf(shop.records), batchRecords: () => 1_000 }),
    store,
  }).done;
  putRows(warehouse, table => store.rows(table));
}

class Crash extends Error {}

/**
 * The same records in any order, some twice or more often, read by several workers one after another, with little memory
 * and small flushes: some end with what there is so far, some die between the writes of a flush, the last finds its
 * positions gone and reads the log again from its start. Every row that any of them wrote is there, as unmerged parts have
 * it. Resolves with how many workers died, and how many records were copies.
 */
export async function loadRough(
  warehouse: Warehouse,
  shop: RandomShop,
  seed: number,
): Promise<{ died: number; copies: number; tombstones: number }> {
  begin(warehouse, shop);
  const r = random(seed);
  const delivered = [...shop.records];
  // What is accepted may be sent again; of the rest every copy counts.
  const good = shop.records.filter(({ fate }) => fate === 'accepted');
  for (const record of good) while (r.chance(0.12)) delivered.push(record);
  for (let last = delivered.length - 1; last > 0; last--) {
    const other = r.below(last + 1);
    [delivered[last], delivered[other]] = [delivered[other] as Delivered, delivered[last] as Delivered];
  }
  const store = createMemoryStore();
  const logs = logsOf(delivered);
  let died = 0;
  const RUNS = 6;
  for (let run = 1; run <= RUNS; run++) {
    if (run === RUNS) store.inserted('positions').length = 0;
    // Each finds more of the log than the one before it.
    const soFar = logs.map(({ stream, records }) => ({
      stream,
      records: records.slice(0, Math.ceil((records.length * Math.min(run, RUNS - 1)) / (RUNS - 1))),
    }));
    let writes = run % 2 === 0 ? 4 + r.below(12) : Number.POSITIVE_INFINITY;
    const worker = runWorker({
      source: createMemorySource({ logs: soFar, batchRecords: () => 1 + r.below(400) }),
      store,
      limits: {
        sessionsMax: 5 + r.below(60),
        pageViewsMax: 1 + r.below(200),
        eventIdsMax: 1 + r.below(5),
        horizonMs: (3 + r.below(30)) * HOUR,
      },
      workerLimits: { flushIntervalMs: 1e9, flushBytesMax: 10_000 + r.below(60_000) },
      at: point => {
        if (run < RUNS && point.endsWith('_written') && --writes < 0) throw new Crash();
      },
    });
    try {
      await worker.done;
    } catch (error) {
      if (!(error instanceof Crash)) throw error;
      died++;
    }
  }
  putRows(warehouse, table => store.inserted(table));
  const tombstones = store.rows('session_rows').filter(row => row.tombstone === true).length;
  return { died, copies: delivered.length - shop.records.length, tombstones };
}
