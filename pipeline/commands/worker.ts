import type { ClickHouseClient } from '@clickhouse/client';
import { Command } from 'commander';
import type { Logger } from 'pino';
import { createDecoder } from '../contract/decode.ts';
import { createRegistry } from '../contract/registry.ts';
import { createMetrics, type Metrics } from '../metrics.ts';
import { startOperations } from '../operations.ts';
import { addSettings, limitsOf, required, type Settings, settingsOf } from '../settings.ts';
import { createClickHouseStore } from '../sink/clickhouse.ts';
import { columnsOf, PIPELINE_TABLES } from '../sink/layout.ts';
import { retrying } from '../sink/retry.ts';
import { createKafkaSource } from '../sources/kafka.ts';
import { startWorker } from '../worker.ts';
import { serverClient } from './clickhouse.ts';
import { kafkaConnection, topicFacts, topicProblems, withAdmin } from './kafka.ts';
import { createLog } from './log.ts';

/** A stop that takes longer than its limit by so much has hung. */
const STOP_GRACE_MS = 10_000;
/** Tables that are read or written beside those of a flush. */
const OTHER_TABLES = ['site_gaps', 'erasures'] as const;

/** `footfall worker`: reads the topics until it is told to stop. */
export function workerCommand(): Command {
  const command = new Command('worker')
    .description(
      'Reads events from Kafka and writes rows to ClickHouse until it is stopped (SIGTERM, SIGINT; the second ends it at once). Start as many as there are partitions. Exit code 3: it halted and needs a person; the last lines say what to do.',
    )
    .action(async () => {
      const settings = required(settingsOf(command), 'KAFKA_BROKERS', 'KAFKA_TOPICS', 'SCHEMA_REGISTRY_URL');
      const log = createLog(settings);
      const stop = new AbortController();
      const onSignal = (signal: string): void => {
        if (stop.signal.aborted) {
          log.warn({ signal }, 'ended at once: what is not written is read again');
          process.exit(1);
        }
        log.info({ signal }, 'stopping');
        stop.abort(new Error(`stopped by ${signal}`));
        setTimeout(() => {
          log.error('the stop hangs: ended');
          process.exit(1);
        }, settings.STOP_MS + STOP_GRACE_MS).unref();
      };
      process.on('SIGTERM', onSignal);
      process.on('SIGINT', onSignal);
      try {
        await runWorker(settings, log, stop.signal);
      } catch (error) {
        // Waiting for ClickHouse or Kafka ends with the stop: that is no failure.
        if (!stop.signal.aborted || !isStop(error, stop.signal.reason)) throw error;
      } finally {
        process.off('SIGTERM', onSignal);
        process.off('SIGINT', onSignal);
      }
      log.info('stopped');
    });
  return addSettings(command, 'all');
}

function isStop(error: unknown, reason: unknown): boolean {
  return (
    error === reason || (error instanceof Error && (error.name === 'AbortError' || error.cause === reason))
  );
}

/** Resolves when `signal` has stopped it. Errors: a Halt, or what ended it. */
async function runWorker(
  settings: Settings & { KAFKA_BROKERS: string[]; KAFKA_TOPICS: string[]; SCHEMA_REGISTRY_URL: string },
  log: Logger,
  signal: AbortSignal,
): Promise<void> {
  const topics = settings.KAFKA_TOPICS;
  const database = settings.CLICKHOUSE_DATABASE;
  const connection = kafkaConnection(settings);
  const metrics = createMetrics({ processMetrics: true });
  const client = serverClient(settings);
  let sign = Date.now();
  const alive = (): void => {
    sign = Date.now();
  };
  let notReady: () => Promise<string | null> = async () => 'waiting for ClickHouse';
  const operations = await startOperations({
    host: settings.METRICS_HOST,
    port: settings.METRICS_PORT,
    registry: metrics.registry,
    notReady: () => notReady(),
    lastSign: () => sign,
  });
  log.info({ url: operations.url }, 'metrics at /metrics, probes at /live and /ready');
  // What still waits for a ClickHouse that is away when we end would keep the process running.
  const ended = new AbortController();
  try {
    const store = createClickHouseStore({
      client,
      database,
      cluster: settings.CLICKHOUSE_CLUSTER,
      signal: ended.signal,
      onInsert(table, rows, bytes, seconds) {
        alive();
        metrics.insertedRows.inc({ table }, rows);
        metrics.insertedBytes.inc({ table }, bytes);
        metrics.insertSeconds.observe({ table }, seconds);
      },
      onRetry(what, error, waitMs) {
        alive();
        if (what !== 'select') metrics.insertRetries.inc({ table: what });
        log.warn({ what, reason: reasonOf(error), waitMs: Math.round(waitMs) }, 'ClickHouse: trying again');
      },
    });
    await waitForClickHouse({ client, database, signal, log, alive });
    notReady = async () => 'waiting for Kafka';
    const epochs = new Map<string, number>();
    for (const topic of topics) {
      const positions = await store.positions(topic);
      epochs.set(topic, Math.max(0, ...positions.map(p => p.epoch)));
    }
    const source = createKafkaSource({
      connection,
      topics,
      group: settings.KAFKA_GROUP,
      epochs: topic => epochs.get(topic) ?? 0,
      log,
      bufferBytesMax: settings.KAFKA_BUFFER_BYTES_MAX,
      batchBytesMax: settings.KAFKA_BATCH_BYTES_MAX,
      checkIntervalMs: settings.KAFKA_CHECK_INTERVAL_MS,
      fetchWaitMs: settings.KAFKA_FETCH_WAIT_MS,
      sessionTimeoutMs: settings.KAFKA_SESSION_TIMEOUT_MS,
    });
    const worker = startWorker({
      source,
      store,
      decoder: createDecoder({
        messageBytesMax: settings.MESSAGE_BYTES_MAX,
        ...registryOf(settings, metrics, log, alive),
      }),
      metrics,
      log,
      ...limitsOf(settings),
      at: alive,
    });
    // A worker that was given no partition has no loop that could give a sign.
    const heartbeat = setInterval(() => {
      if (worker.ready()) alive();
    }, 10_000);
    notReady = async () => {
      if (!worker.ready()) return 'partitions are being restored';
      const ping = await client.ping();
      return ping.success ? null : `ClickHouse: ${ping.error.message}`;
    };
    const warned = warnOfTopics(settings, log, signal);
    const stopped = new Promise<void>(resolve => {
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
    try {
      await Promise.race([worker.done, stopped]);
      if (signal.aborted) await worker.stop();
    } catch (error) {
      // The same error once more, or one that followed from it.
      await worker.stop().catch(after => log.debug({ reason: reasonOf(after) }, 'while ending'));
      throw error;
    } finally {
      clearInterval(heartbeat);
      await warned;
    }
  } finally {
    ended.abort(new Error('the worker has ended'));
    await operations.stop();
    await client.close();
  }
}

function registryOf(
  settings: Settings & { SCHEMA_REGISTRY_URL: string },
  metrics: Metrics,
  log: Logger,
  alive: () => void,
): { registry?: ReturnType<typeof createRegistry> } {
  if (settings.SCHEMA_REGISTRY_URL === 'none') return {};
  const { SCHEMA_REGISTRY_USER: user, SCHEMA_REGISTRY_PASSWORD: password } = settings;
  const registry = createRegistry({
    url: settings.SCHEMA_REGISTRY_URL,
    ...(user === undefined || password === undefined ? {} : { user, password }),
    unknownTries: settings.SCHEMA_REGISTRY_UNKNOWN_TRIES,
    unknownOverMs: settings.SCHEMA_REGISTRY_UNKNOWN_OVER_MS,
    onRetry(id, reason, waitMs) {
      alive();
      metrics.registryRetries.inc();
      log.warn({ schema: id, reason, waitMs }, 'schema registry: asking again');
    },
  });
  return { registry };
}

/** Waits for a ClickHouse that is away. Errors: its tables are not those of this version. */
async function waitForClickHouse(options: {
  client: ClickHouseClient;
  database: string;
  signal: AbortSignal;
  log: Logger;
  alive: () => void;
}): Promise<void> {
  const { client, database, log } = options;
  const tables = [...PIPELINE_TABLES, ...OTHER_TABLES];
  const there = await retrying(
    async () => {
      const answer = await client.query({
        query: `SELECT table, name FROM system.columns WHERE database = {database:String} AND table IN {tables:Array(String)}`,
        query_params: { database, tables },
        format: 'JSONEachRow',
      });
      return await answer.json<{ table: string; name: string }>();
    },
    {
      waitMinMs: 500,
      waitMaxMs: 15_000,
      signal: options.signal,
      onRetry(error, waitMs) {
        options.alive();
        log.warn({ reason: reasonOf(error), waitMs: Math.round(waitMs) }, 'waiting for ClickHouse');
      },
    },
  );
  const missing = tables.flatMap(table => {
    const names = new Set(there.filter(row => row.table === table).map(row => row.name));
    if (names.size === 0) return [table];
    return columnsOf(table)
      .filter(column => !names.has(column.name))
      .map(column => `${table}.${column.name}`);
  });
  if (missing.length > 0) {
    throw new Error(
      `database ${database} lacks ${missing.join(', ')}: bring it to this version first (npm run -s footfall -- migrate)`,
    );
  }
}

/** Tells of topics whose configuration spoils answers; `doctor` fails on them. */
async function warnOfTopics(
  settings: Settings & { KAFKA_BROKERS: string[]; KAFKA_TOPICS: string[] },
  log: Logger,
  signal: AbortSignal,
): Promise<void> {
  try {
    await withAdmin(kafkaConnection(settings), log, async admin => {
      for (const topic of settings.KAFKA_TOPICS) {
        const facts = await topicFacts(admin, topic);
        if (facts.partitions === null) continue;
        for (const problem of topicProblems(facts)) log.warn({ topic }, `topic ${topic}: ${problem}`);
      }
    });
  } catch (error) {
    if (!signal.aborted)
      log.warn({ reason: reasonOf(error) }, "the topics' configuration cannot be checked now");
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return error.errors.map(reasonOf).join('; ');
  return error instanceof Error ? error.message : String(error);
}
