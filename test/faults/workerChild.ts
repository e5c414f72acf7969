/**
 * A worker as a process of its own, told what to do by messages of the test that started it (test/faults/workers.ts). It
 * is loaded first and starts when told, so that the next one can wait beside one that is about to die.
 */
import pino from 'pino';
import { embeddedClient } from '../../pipeline/commands/clickhouse.ts';
import { createDecoder } from '../../pipeline/contract/decode.ts';
import { DEFAULT_LIMITS, type PipelineLimits } from '../../pipeline/contract/limits.ts';
import { createRegistry } from '../../pipeline/contract/registry.ts';
import { LIMITS } from '../../pipeline/fold/validate.ts';
import { Halt } from '../../pipeline/halt.ts';
import { createMetrics } from '../../pipeline/metrics.ts';
import type { LoopPoint } from '../../pipeline/partitionLoop.ts';
import { createClickHouseStore } from '../../pipeline/sink/clickhouse.ts';
import { createKafkaSource } from '../../pipeline/sources/kafka.ts';
import { startWorker } from '../../pipeline/worker.ts';
import { WORKER_LIMITS, type WorkerLimits } from '../../pipeline/workerLimits.ts';

import { testDecoder } from '../support/logRun.ts';

export interface WorkerSettings {
  brokers: string[];
  topics: string[];
  group: string;
  clickhouseUrl: string;
  /** Without one, ids of schemas are unknown. */
  registryUrl?: string;
  sessionTimeoutMs?: number;
  kafkaBufferBytesMax?: number;
  limits?: Partial<PipelineLimits>;
  workerLimits?: Partial<WorkerLimits>;
  /** Kills itself when it passes this point of the loop for the n-th time. */
  kill?: { point: LoopPoint; passing: number };
}

export type ToWorker = { start: WorkerSettings } | { stop: true } | { report: true };

/** What the worker holds and has done. */
export interface Report {
  rssBytes: number;
  heapBytes: number;
  /** Highest since the report before: encoded rows not yet acknowledged, of all partitions. */
  bufferBytes: number;
  rebalances: number;
  /** Inserts and queries that were sent again. */
  retries: number;
  rejected: number;
  registryRetries: number;
}

export type FromWorker =
  | { loaded: true }
  | { assigned: number }
  /** Everything of the partition below `next` is in the tables. */
  | { written: { topic: string; partition: number; next: number } }
  | { retry: string }
  /** It cannot reach Kafka. */
  | { waiting: string }
  | { report: Report }
  | { failed: { message: string; halt?: string; remedy?: string } };

/** Resolves when the message is on its way. */
function tell(message: FromWorker): Promise<void> {
  return new Promise(sent => (process.connected ? process.send?.(message, () => sent()) : sent()));
}

async function sumOf(metric: { get(): Promise<{ values: Array<{ value: number }> }> }): Promise<number> {
  return (await metric.get()).values.reduce((sum, { value }) => sum + value, 0);
}

function work(settings: WorkerSettings): { stop(): Promise<void>; report(): Promise<Report> } {
  const log = pino({ level: process.env.LOG_LEVEL ?? 'silent' }, pino.destination(2));
  const metrics = createMetrics({ processMetrics: false });
  let retries = 0;
  let bufferBytes = 0;
  const client = embeddedClient(settings.clickhouseUrl);
  const store = createClickHouseStore({
    client,
    database: 'footfall',
    onRetry(what, error, waitMs) {
      retries++;
      log.warn({ what, err: error, waitMs }, 'ClickHouse: trying again');
      void tell({ retry: what });
    },
  });
  const kafka = createKafkaSource({
    connection: { brokers: settings.brokers },
    topics: settings.topics,
    group: settings.group,
    epochs: () => 0,
    log,
    checkIntervalMs: 500,
    fetchWaitMs: 50,
    sessionTimeoutMs: settings.sessionTimeoutMs ?? 10_000,
    hooks: { waiting: (_, reason) => void tell({ waiting: reason }) },
    ...(settings.kafkaBufferBytesMax === undefined ? {} : { bufferBytesMax: settings.kafkaBufferBytesMax }),
  });
  const { kill } = settings;
  let passings = 0;
  const worker = startWorker({
    source: {
      ...kafka,
      start: assigned =>
        kafka.start(assignment => {
          void tell({ assigned: assignment.streams.length });
          assigned(assignment);
        }),
      // Comes after the position is in its table.
      async commit(stream, next) {
        void tell({ written: { topic: stream.topic, partition: stream.partition, next } });
        await kafka.commit(stream, next);
      },
    },
    store,
    decoder:
      settings.registryUrl === undefined
        ? testDecoder()
        : createDecoder({
            registry: createRegistry({
              url: settings.registryUrl,
              unknownTries: 2,
              unknownOverMs: 50,
              backoffMinMs: 50,
              backoffMaxMs: 500,
              requestTimeoutMs: 2_000,
              onRetry: (_, why) => {
                metrics.registryRetries.inc();
                void tell({ retry: `registry: ${why}` });
              },
            }),
            messageBytesMax: 200_000,
          }),
    metrics,
    log,
    limits: { ...DEFAULT_LIMITS, ...settings.limits },
    eventLimits: LIMITS,
    workerLimits: {
      ...WORKER_LIMITS,
      flushIntervalMs: 100,
      idlePositionMs: 300,
      stopMs: 10_000,
      ...settings.workerLimits,
    },
    at(point) {
      if (kill?.point === point && ++passings === kill.passing) process.kill(process.pid, 'SIGKILL');
    },
  });
  worker.done.catch(async (error: unknown) => {
    const failed =
      error instanceof Halt
        ? { message: error.message, halt: error.code, remedy: error.remedy }
        : { message: error instanceof Error ? (error.stack ?? error.message) : String(error) };
    await tell({ failed });
    process.exit(error instanceof Halt ? 3 : 1);
  });
  setInterval(() => {
    void sumOf(metrics.bufferBytes).then(bytes => {
      bufferBytes = Math.max(bufferBytes, bytes);
    });
  }, 20);
  return {
    async stop() {
      await worker.stop();
      await client.close();
    },
    async report() {
      const { rss, heapUsed } = process.memoryUsage();
      const seen = bufferBytes;
      bufferBytes = 0;
      const rejected = (await metrics.records.get()).values
        .filter(({ labels }) => labels.outcome === 'rejected')
        .reduce((sum, { value }) => sum + value, 0);
      return {
        rssBytes: rss,
        heapBytes: heapUsed,
        bufferBytes: seen,
        rebalances: await sumOf(metrics.rebalances),
        retries,
        rejected,
        registryRetries: await sumOf(metrics.registryRetries),
      };
    },
  };
}

let running: ReturnType<typeof work> | null = null;
process.on('message', async (message: ToWorker) => {
  if ('start' in message) running = work(message.start);
  else if ('stop' in message) {
    await running?.stop();
    process.exit(0);
  } else if (running !== null) await tell({ report: await running.report() });
});
// The test is gone: so are we.
process.on('disconnect', () => process.exit(1));
await tell({ loaded: true });
