import type { ClickHouseClient } from '@clickhouse/client';
import type { Logger } from 'pino';
import { createDecoder } from './contract/decode.ts';
import { DEFAULT_LIMITS, type PipelineLimits } from './contract/limits.ts';
import { LIMITS, type Limits } from './fold/validate.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import { createClickHouseStore } from './sink/clickhouse.ts';
import type { Store } from './sink/store.ts';
import { FILES_TOPIC, type OnInspected, registerFiles } from './sources/fileRegistry.ts';
import { createFileSource } from './sources/files.ts';
import { startWorker } from './worker.ts';
import { WORKER_LIMITS, type WorkerLimits } from './workerLimits.ts';

export interface ReplayOptions {
  client: ClickHouseClient;
  database: string;
  paths: readonly string[];
  log: Logger;
  limits?: PipelineLimits;
  eventLimits?: Limits;
  workerLimits?: Partial<WorkerLimits>;
  metrics?: Metrics;
  onInspected?: OnInspected;
  onProgress?: (records: number, total: number) => void;
  /** Stops early: what is whole is written, and the next replay goes on. */
  signal?: AbortSignal;
}

export interface ReplayReport {
  /** Files read by this call. */
  read: string[];
  /** Files that had been read before. */
  known: string[];
  /** Records in the files read by this call. */
  records: number;
  ledger: LedgerLine[];
}

/** One line of the ledger of all event files: what became of their records. */
export interface LedgerLine {
  outcome: string;
  reason: string;
  records: number;
}

/**
 * Reads event files to their end through the same loop as Kafka's records. Files that were read before change nothing.
 * Errors: those of registerFiles and of the worker.
 */
export async function replayFiles(options: ReplayOptions): Promise<ReplayReport> {
  const { client, database, log } = options;
  const metrics = options.metrics ?? createMetrics({ processMetrics: false });
  const store: Store = createClickHouseStore({
    client,
    database,
    signal: options.signal,
    onInsert: (table, rows, bytes, seconds) => {
      metrics.insertedRows.inc({ table }, rows);
      metrics.insertedBytes.inc({ table }, bytes);
      metrics.insertSeconds.observe({ table }, seconds);
    },
    onRetry: (what, error, waitMs) =>
      log.warn({ err: error, waitMs: Math.round(waitMs) }, `${what}: trying again`),
  });
  const files = await registerFiles({
    paths: options.paths,
    store,
    ...(options.onInspected === undefined ? {} : { onInspected: options.onInspected }),
  });
  const records = files.toRead.reduce((n, f) => n + Number(f.row.records), 0);
  if (files.toRead.length > 0) {
    const decoder = createDecoder({});
    const source = createFileSource({
      files: files.toRead,
      decoder,
      onProgress: read => options.onProgress?.(read, records),
    });
    const worker = startWorker({
      source,
      store,
      decoder,
      metrics,
      log,
      limits: options.limits ?? DEFAULT_LIMITS,
      eventLimits: options.eventLimits ?? LIMITS,
      // Nobody waits for the first rows of a file: larger flushes make fewer, larger parts.
      workerLimits: { ...WORKER_LIMITS, flushIntervalMs: 10_000, ...options.workerLimits },
    });
    const stop = (): void => {
      worker.stop().catch(() => undefined);
    };
    options.signal?.addEventListener('abort', stop, { once: true });
    try {
      await worker.done;
    } finally {
      options.signal?.removeEventListener('abort', stop);
      await source.stop();
    }
  }
  return {
    read: files.toRead.map(f => f.path),
    known: files.done.map(f => f.path),
    records,
    ledger: await ledgerOfFiles(client, database),
  };
}

async function ledgerOfFiles(client: ClickHouseClient, database: string): Promise<LedgerLine[]> {
  const answer = await client.query({
    query: `SELECT outcome, reason, sum(records) AS n FROM ${database}.ledger_rows FINAL
            WHERE topic = {topic:String} GROUP BY outcome, reason ORDER BY n DESC, outcome, reason`,
    query_params: { topic: FILES_TOPIC },
    format: 'JSONEachRow',
  });
  const rows = await answer.json<{ outcome: string; reason: string; n: string }>();
  return rows.map(({ outcome, reason, n }) => ({ outcome, reason, records: Number(n) }));
}
