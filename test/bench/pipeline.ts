import { readFileSync } from 'node:fs';
import { createClient } from '@clickhouse/client';
import { Kafka, logLevel, Partitioners } from 'kafkajs';
import pino from 'pino';
import { createDecoder } from '../../pipeline/contract/decode.ts';
import { SINGLE_OBJECT_HEADER_BYTES } from '../../pipeline/contract/framing.ts';
import { DEFAULT_LIMITS } from '../../pipeline/contract/limits.ts';
import { eventType } from '../../pipeline/contract/schema.ts';
import { LIMITS } from '../../pipeline/fold/validate.ts';
import { createMetrics } from '../../pipeline/metrics.ts';
import { createClickHouseStore } from '../../pipeline/sink/clickhouse.ts';
import { createKafkaSource } from '../../pipeline/sources/kafka.ts';
import { startWorker } from '../../pipeline/worker.ts';
import { WORKER_LIMITS } from '../../pipeline/workerLimits.ts';
import { LOAD, messageOf, visitorOf } from './events.ts';

/** Seconds of CPU, by the process itself; and what it did. */
export interface Spent {
  events: number;
  cpuSeconds: number;
  wallSeconds: number;
}

export interface Target {
  brokers: string[];
  topic: string;
}

async function measured(run: () => Promise<number>): Promise<Spent> {
  const before = process.cpuUsage();
  const started = performance.now();
  const events = await run();
  const { user, system } = process.cpuUsage(before);
  return { events, cpuSeconds: (user + system) / 1e6, wallSeconds: (performance.now() - started) / 1000 };
}

function kafka({ brokers }: Target): Kafka {
  return new Kafka({ brokers, logLevel: logLevel.NOTHING });
}

/** Writes the load, keyed by visitor. */
export async function produce(target: Target): Promise<void> {
  const producer = kafka(target).producer({ createPartitioner: Partitioners.DefaultPartitioner });
  await producer.connect();
  const start = Date.now() - LOAD.events * LOAD.stepMs;
  const BATCH = 10_000;
  for (let from = 0; from < LOAD.events; from += BATCH) {
    const messages = Array.from({ length: Math.min(BATCH, LOAD.events - from) }, (_, k) => ({
      key: visitorOf(from + k),
      value: messageOf(from + k, start),
    }));
    await producer.send({ topic: target.topic, messages, acks: 1 });
  }
  await producer.disconnect();
}

/** What any Node consumer must do: kafkajs fetches, avsc decodes, the result is thrown away. */
export function fetchAndDecode(target: Target): Promise<Spent> {
  return measured(async () => {
    const consumer = kafka(target).consumer({
      groupId: `bench-${Date.now()}`,
      maxBytesPerPartition: 4 * 2 ** 20,
    });
    await consumer.connect();
    await consumer.subscribe({ topic: target.topic, fromBeginning: true });
    let events = 0;
    await new Promise<void>((resolve, reject) => {
      consumer
        .run({
          eachBatch: async ({ batch }) => {
            for (const { value } of batch.messages) {
              if (value === null) continue;
              eventType.decode(value, SINGLE_OBJECT_HEADER_BYTES);
              events++;
            }
            if (events >= LOAD.events) resolve();
          },
        })
        .catch(reject);
    });
    await consumer.disconnect();
    return events;
  });
}

/** The whole worker: Kafka to rows in ClickHouse, positions included. */
export function wholeWorker(target: Target, url: string): Promise<Spent> {
  return measured(async () => {
    const client = createClient({ url, request_timeout: 300_000 });
    const log = pino({ level: 'warn' }, pino.destination(2));
    const source = createKafkaSource({
      connection: { brokers: target.brokers },
      topics: [target.topic],
      epochs: () => 0,
      log,
    });
    const written = new Map<number, number>();
    let tell: () => void = () => undefined;
    const all = new Promise<void>(resolve => {
      tell = resolve;
    });
    const worker = startWorker({
      source: {
        ...source,
        async commit(stream, next) {
          written.set(stream.partition, next);
          await source.commit(stream, next);
          if ([...written.values()].reduce((sum, n) => sum + n, 0) >= LOAD.events) tell();
        },
      },
      store: createClickHouseStore({ client, database: 'footfall' }),
      decoder: createDecoder({}),
      metrics: createMetrics({ processMetrics: false }),
      log,
      limits: DEFAULT_LIMITS,
      eventLimits: LIMITS,
      workerLimits: WORKER_LIMITS,
    });
    await Promise.race([all, worker.done]);
    await worker.stop();
    await client.close();
    return LOAD.events;
  });
}

/** CPU seconds that another process has used so far (Linux). */
export function cpuOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  const ticksASecond = 100;
  return (Number(fields[11]) + Number(fields[12])) / ticksASecond;
}
