import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { type Embedded, startEmbedded } from '../../pipeline/embedded/start.ts';
import { seededLog } from '../oracle/randomLog.ts';
import type { TestClickHouse } from '../support/clickhouse.ts';
import { event } from '../support/event.ts';
import { type TestKafka, testKafka } from '../support/kafka.ts';
import {
  type Content,
  contentOf,
  contentsOf,
  differences,
  HORIZON_MS,
  newTopics,
  openShop,
  sliced,
  startShop,
} from './shop.ts';
import type { FromWorker } from './workerChild.ts';
import { followProgress, killWorkers, startWorkerProcess } from './workers.ts';

/** How long ClickHouse is away; FOOTFALL_AWAY_SECONDS for a long run. */
const AWAY_MS = 1000 * Number(process.env.FOOTFALL_AWAY_SECONDS ?? 20);
const MB = 2 ** 20;
/** Sent while it is away: many times what may wait in memory. */
const SENT_MEANWHILE = 10_000;
const PARAM_BYTES = 2_000;
const PARTITIONS = 2;
const BUFFER_BYTES_MAX = MB;

let dataDir: string;
let clickhouse: TestClickHouse;
let again: Embedded | undefined;
let kafka: TestKafka;
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'footfall-away-'));
  [clickhouse, kafka] = await Promise.all([startShop({ dataDir }), testKafka()]);
});
afterEach(killWorkers);
afterAll(async () => {
  await again?.stop();
  await clickhouse?.stop();
  await kafka?.close();
  await rm(dataDir, { recursive: true, force: true });
});

/** Page views of two kilobytes. */
function largeViews(count: number): Content[] {
  const now = Date.now();
  return Array.from({ length: count }, (_, i) =>
    contentOf(
      event({
        event_id: `large ${i}`,
        visitor_id: `v${i % 50}`,
        event_time: now - (count - i),
        params: { text: `${i}`.padEnd(PARAM_BYTES, '.') },
      }),
    ),
  );
}

const isRetry = (message: FromWorker): message is { retry: string } => 'retry' in message;

it(
  `a ClickHouse killed while records flow and back after ${AWAY_MS / 1000} s: memory is bounded, no rebalance, nothing lost`,
  async () => {
    const topics = await newTopics(kafka, 'away', [PARTITIONS]);
    const shop = openShop(kafka, topics, await kafka.producer());
    const flowing = sliced(
      contentsOf(seededLog(8, 300)).map(content => ({ ...content, topic: 0 })),
      10,
    );
    const worker = startWorkerProcess({
      brokers: kafka.brokers,
      topics,
      group: `away-${randomUUID()}`,
      clickhouseUrl: clickhouse.url,
      // Far shorter than ClickHouse is away.
      sessionTimeoutMs: 4_000,
      kafkaBufferBytesMax: BUFFER_BYTES_MAX,
      limits: { horizonMs: HORIZON_MS },
      workerLimits: {
        flushIntervalMs: 100,
        bufferBytesMax: BUFFER_BYTES_MAX,
        flushBytesMax: MB / 4,
        foldRecordsMax: 50,
      },
    });
    const progress = followProgress();
    progress.watch(worker);
    // In the middle of a stream of records and flushes.
    await shop.send(largeViews(2_000));
    await progress.reaches(shop.ends);
    for (const slice of flowing.splice(0, 5)) await shop.send(slice);
    process.kill(clickhouse.pid, 'SIGKILL');
    await clickhouse.exited;
    for (const slice of flowing) await shop.send(slice);
    await worker.message(isRetry);

    const before = await worker.report();
    const reports = [before];
    const meanwhile = sliced(largeViews(2_000 + SENT_MEANWHILE).slice(2_000), 20);
    const goneAt = Date.now();
    for (const [i, slice] of meanwhile.entries()) {
      await shop.send(slice);
      reports.push(await worker.report());
      // The outage itself takes its time.
      await delay(Math.max(0, goneAt + ((i + 1) * AWAY_MS) / meanwhile.length - Date.now()));
    }
    const bytesHeld = Math.max(...reports.map(report => report.bufferBytes));
    // A partition looks at its limit after each 50 records.
    expect(bytesHeld).toBeLessThan(PARTITIONS * (BUFFER_BYTES_MAX + 60 * PARAM_BYTES));
    // It did fill up: else nothing here says that it is bounded.
    expect(bytesHeld).toBeGreaterThan(BUFFER_BYTES_MAX / 2);
    const grownBytes =
      Math.max(...reports.slice(5).map(r => r.rssBytes)) -
      Math.max(...reports.slice(0, 5).map(r => r.rssBytes));
    expect(grownBytes, `resident memory grew by ${Math.round(grownBytes / MB)} MB`).toBeLessThan(
      (SENT_MEANWHILE * PARAM_BYTES) / 2,
    );

    again = await startEmbedded({ dataDir, port: clickhouse.port });
    await progress.reaches(shop.ends);
    const after = await worker.report();
    expect(after).toMatchObject({ rebalances: 1 });
    expect(after.retries).toBeGreaterThan(1);
    await worker.stop();
    expect(await differences(clickhouse.client(), await shop.readBack())).toEqual([]);
  },
  AWAY_MS + 150_000,
);
