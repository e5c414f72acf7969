import { randomUUID } from 'node:crypto';
import pino from 'pino';
import type { LogBatch, LogRecord, Stream } from '../../pipeline/contract/record.ts';
import { createKafkaSource, type KafkaSourceOptions } from '../../pipeline/sources/kafka.ts';
import type { Assignment, PartitionReader, Source } from '../../pipeline/sources/source.ts';
import type { TestKafka } from '../support/kafka.ts';

export const log = pino({ level: process.env.LOG_LEVEL ?? 'silent' });

/** A source in a group of its own, with limits that suit tests. */
export function sourceOf(
  kafka: TestKafka,
  topics: string[],
  options: Partial<KafkaSourceOptions> = {},
): Source {
  return createKafkaSource({
    connection: { brokers: kafka.brokers },
    topics,
    group: `test-${randomUUID()}`,
    epochs: () => 0,
    log,
    checkIntervalMs: 300,
    fetchWaitMs: 50,
    sessionTimeoutMs: 6000,
    ...options,
  });
}

/** Starts a source; `assignment` waits for the next one that `fits`, the one that stands included. */
export async function started(source: Source): Promise<{
  assignment(fits: (assignment: Assignment) => boolean): Promise<Assignment>;
}> {
  let present: Assignment | null = null;
  let changed = () => {};
  await source.start(assignment => {
    present = assignment;
    changed();
  });
  return {
    async assignment(fits) {
      for (;;) {
        if (present && fits(present)) return present;
        await new Promise<void>(resolve => {
          changed = resolve;
        });
      }
    },
  };
}

export const streamOf = (topic: string, partition = 0): Stream => ({ topic, epoch: 0, partition });
export const text = (record: LogRecord | undefined) => Buffer.from(record?.value ?? []).toString();

/** Takes batches until `next` is `end` (or fails, as next() and wait() do). */
export async function readTo(source: Source, reader: PartitionReader, end: number): Promise<LogBatch[]> {
  const batches: LogBatch[] = [];
  for (;;) {
    const batch = await reader.next();
    if (batch) batches.push(batch);
    else await source.wait(1000);
    if ((batches.at(-1)?.next ?? 0) >= end) return batches;
  }
}

export const recordsOf = (batches: LogBatch[]) => batches.flatMap(({ records }) => records);

/** What a source throws sooner or later. */
export async function failureOf(source: Source, reader: PartitionReader): Promise<unknown> {
  try {
    for (;;) if (!(await reader.next())) await source.wait(1000);
  } catch (error) {
    return error;
  }
}

/** `count` messages 'prefix-0', … to one partition. */
export async function produce(kafka: TestKafka, topic: string, count: number, prefix = 'm', partition = 0) {
  const producer = await kafka.producer();
  const messages = Array.from({ length: count }, (_, i) => ({
    key: `k${i}`,
    value: `${prefix}-${i}`,
    partition,
  }));
  await producer.send({ topic, messages });
}
