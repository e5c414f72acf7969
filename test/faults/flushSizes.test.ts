import { afterAll, beforeAll, expect, it } from 'vitest';
import { createClickHouseStore } from '../../pipeline/sink/clickhouse.ts';
import { seededLog } from '../oracle/randomLog.ts';
import type { TestClickHouse } from '../support/clickhouse.ts';
import { memoryLogs, runWorker } from '../support/logRun.ts';
import { createMemorySource } from '../support/memorySource.ts';
import { clearTables, differences, dump, HORIZON_MS, startShop } from './shop.ts';

let clickhouse: TestClickHouse;
beforeAll(async () => {
  clickhouse = await startShop();
});
afterAll(() => clickhouse?.stop());

/** Records a batch, each batch its own flush, written before the next is read. */
const SIZES = [1, 13, 10_000];

it(`a flush of every ${SIZES.join(', of every ')} events through the engine: equal tables`, async () => {
  const client = clickhouse.client();
  const log = seededLog(77, 60);
  const dumps: string[][] = [];
  for (const records of SIZES) {
    await clearTables(client);
    const worker = runWorker({
      source: createMemorySource({ logs: memoryLogs(log), batchRecords: () => records }),
      store: createClickHouseStore({ client, database: 'footfall' }),
      limits: { horizonMs: HORIZON_MS },
      // No bytes may wait: the loop waits for each flush.
      workerLimits: { flushIntervalMs: 0, bufferBytesMax: -1 },
    });
    await worker.done;
    expect(await differences(client, log, { keyed: false }), `flushes of ${records}`).toEqual([]);
    dumps.push(await dump(client, { without: ['version', 'written_at', 'pinned_at'] }));
  }
  for (const [i, one] of dumps.entries()) expect(one, `flushes of ${SIZES[i]}`).toEqual(dumps[0]);
}, 120_000);
