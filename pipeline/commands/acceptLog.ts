import { Command } from 'commander';
import type { Stream } from '../contract/record.ts';
import { hashBytes } from '../fold/hash.ts';
import { LOGIC_VERSION } from '../restore.ts';
import { required, settingsOf } from '../settings.ts';
import { type PositionRow, versionOf } from '../sink/rows.ts';
import type { Store } from '../sink/store.ts';
import { createKafkaSource, type KafkaSourceOptions } from '../sources/kafka.ts';
import type { Assignment } from '../sources/source.ts';
import { firstPosition } from '../topicPositions.ts';
import { UsageError } from '../usageError.ts';
import {
  acceptOptions,
  acceptStore,
  count,
  isConfirmed,
  livePositions,
  replacing,
  requireNoWorkers,
  writePositions,
} from './accept.ts';
import { serverClient } from './clickhouse.ts';
import { kafkaConnection, type TopicFacts, topicFacts, withAdmin } from './kafka.ts';
import { createLog } from './log.ts';

/** How long the records that were read last may take to come. */
const READ_TIMEOUT_MS = 30_000;

type Bounds = NonNullable<TopicFacts['partitions']>[number];
/** What the log of a partition is, seen from what was read: `unknown` where its last record is not there any more. */
export type LogState = 'same' | 'shorter' | 'other' | 'gone' | 'unknown';

/** What is to be written, and what it means, line by line. */
export interface Plan {
  rows: PositionRow[];
  explanation: string[];
}

/** `footfall accept-log TOPIC`: the way on after the halts log_changed, and with --lost log_lost. */
export function acceptLogCommand(): Command {
  const command = new Command('accept-log')
    .description(
      'After a halt: reads a topic that was re-created as a new epoch, beside what was read of the old one. With --lost: goes on after records that Kafka deleted before they were read.',
    )
    .argument('<topic>')
    .option('--lost', 'the log is the same, but records were deleted: go on where it begins now')
    .action(async (topic: string, options: { lost?: boolean; yes?: boolean }) => {
      const settings = required(settingsOf(command), 'KAFKA_BROKERS');
      const log = createLog(settings);
      const connection = kafkaConnection(settings);
      const client = serverClient(settings);
      try {
        const store = acceptStore(client, settings, log);
        const positions = await livePositions(store, topic);
        const partitions = await withAdmin(connection, log, async admin => {
          const facts = await topicFacts(admin, topic);
          if (facts.partitions === null) throw new UsageError(`Kafka has no topic ${topic}`);
          await requireNoWorkers(admin, settings);
          return facts.partitions;
        });
        let plan: Plan;
        if (options.lost === true) plan = await planLost(store, positions, partitions);
        else {
          const source = { connection, topics: [topic], group: settings.KAFKA_GROUP, log };
          const states = await compareLogs(source, positions, partitions);
          const { number } = await store.erasures();
          plan = planNewLog(positions, partitions, states, number);
        }
        if (await isConfirmed(plan.explanation, options.yes)) await writePositions(store, plan.rows);
      } finally {
        await client.close();
      }
    });
  return acceptOptions(command);
}

/** Positions of the next epoch. Errors: nothing shows that the log is another. */
export function planNewLog(
  positions: readonly PositionRow[],
  partitions: readonly Bounds[],
  states: ReadonlyMap<number, LogState>,
  erasures: number,
): Plan {
  const [first] = positions;
  if (first === undefined) throw new Error('no positions');
  const { topic } = first;
  const epoch = first.epoch + 1;
  const isSame = (partition: number): boolean => states.get(partition) === 'same';
  const known = [...states.values()].filter(state => state !== 'unknown');
  if (known.length > 0 && known.every(state => state === 'same')) {
    throw new Error(
      `${topic} holds the very records that were read last: it was not re-created, and as a new epoch all of it would count twice. Records deleted before they were read: accept-log ${topic} --lost; more partitions: accept-partitions ${topic}`,
    );
  }
  const rows = partitions.map(({ partition, start }) => {
    // Read on where the log goes on: its records are there already, in the old epoch.
    const before = positions.find(p => p.partition === partition);
    const at = before !== undefined && isSame(partition) ? Number(before.next_offset) : start;
    const stream = { topic, epoch, partition };
    return {
      ...firstPosition(stream, at, partitions.length, LOGIC_VERSION),
      version: versionOf(erasures, at),
      erasures,
    };
  });
  const told: Record<LogState, string> = {
    same: 'goes on as it was; read on from there',
    shorter: 'ends before what was read',
    other: 'has another record where the last one was read',
    gone: 'is not there any more',
    unknown: 'begins after what was read: whether it is another cannot be told',
  };
  return {
    rows,
    explanation: [
      `${topic}: epoch ${epoch} begins, with ${count(partitions.length, 'partition')}.`,
      ...positions.map(p => `  partition ${p.partition}: ${told[states.get(p.partition) ?? 'unknown']}`),
      `What was read of epoch ${first.epoch} stays, and counts. The new log is read from its start:`,
      '  records that were copied into it from the old one count twice;',
      '  records of the old one that were not read are lost;',
      '  sessions do not go on from one into the other.',
    ],
  };
}

/** Positions that go on where the log begins now. Errors: nothing was lost. */
export async function planLost(
  store: Pick<Store, 'countAccepted' | 'erasures'>,
  positions: readonly PositionRow[],
  partitions: readonly Bounds[],
): Promise<Plan> {
  const rows: PositionRow[] = [];
  const told: string[] = [];
  const { number } = await store.erasures();
  for (const p of positions) {
    const bounds = partitions.find(b => b.partition === p.partition);
    if (bounds === undefined) continue;
    const [next, rangeStart] = [Number(p.next_offset), Number(p.range_start)];
    if (bounds.end < next) {
      throw new Error(
        `${p.topic} partition ${p.partition} ends at ${bounds.end}, and ${next} were read: the topic was re-created (accept-log ${p.topic})`,
      );
    }
    if (next < bounds.start) {
      told.push(
        `  partition ${p.partition}: ${count(bounds.start - next, 'record')}, offsets ${next} to ${bounds.start - 1}`,
      );
      rows.push(
        replacing(p, {
          version: versionOf(Math.max(number, p.erasures), bounds.start),
          next_offset: BigInt(bounds.start),
          last_offset: -1,
          last_hash: 0n,
          range_start: BigInt(bounds.start),
          range_accepted: 0n,
          log_end: BigInt(bounds.end),
        }),
      );
    } else if (rangeStart < bounds.start) {
      const there = await store.countAccepted(p, rangeStart, next);
      const missing = Number(p.range_accepted) - there;
      if (missing <= 0) continue;
      told.push(
        `  partition ${p.partition}: ${count(missing, 'written event')} of offsets ${rangeStart} to ${next - 1}, of which Kafka has those from ${bounds.start} on`,
      );
      rows.push(
        replacing(p, {
          range_start: BigInt(bounds.start),
          // More than there can be: so the worker finds the range short, and reads again what the log still has.
          range_accepted: BigInt(next - bounds.start + 1),
        }),
      );
    }
  }
  const [first] = positions;
  if (rows.length === 0) throw new Error(`nothing of ${first?.topic} was lost: there is nothing to accept`);
  return {
    rows,
    explanation: [
      `${first?.topic}: these are gone for good, and what goes on is read from where the log begins now:`,
      ...told,
      'Sessions and counts of that time lack them. To keep records longer: the topic’s retention.ms.',
    ],
  };
}

/** Reads each partition's last record once more, as the only member of the workers' group; commits nothing. */
async function compareLogs(
  options: Omit<KafkaSourceOptions, 'epochs'>,
  positions: readonly PositionRow[],
  partitions: readonly Bounds[],
): Promise<Map<number, LogState>> {
  const states = new Map<number, LogState>();
  const toRead: PositionRow[] = [];
  for (const p of positions) {
    const bounds = partitions.find(b => b.partition === p.partition);
    if (bounds === undefined) states.set(p.partition, 'gone');
    else if (Number(p.next_offset) > bounds.end) states.set(p.partition, 'shorter');
    else if (p.last_offset < bounds.start) states.set(p.partition, 'unknown');
    else toRead.push(p);
  }
  const [first] = toRead;
  if (first === undefined) return states;
  const source = createKafkaSource({ ...options, epochs: () => first.epoch, fetchWaitMs: 100 });
  const late = AbortSignal.timeout(READ_TIMEOUT_MS);
  const timedOut = new Promise<never>((_, reject) => {
    late.addEventListener('abort', () =>
      reject(new Error(`the last records of ${first.topic} did not come in ${READ_TIMEOUT_MS / 1000} s`)),
    );
  });
  const stateOf = async (p: PositionRow): Promise<LogState> => {
    const stream: Stream = { topic: p.topic, epoch: p.epoch, partition: p.partition };
    const reader = source.open(stream, p.last_offset);
    for (;;) {
      const batch = await reader.next();
      const record = batch?.records[0];
      if (record !== undefined)
        return record.offset === p.last_offset && hashBytes(record.value) === p.last_hash ? 'same' : 'other';
      late.throwIfAborted();
      if (batch === null) await source.wait(500);
    }
  };
  try {
    const assigned = new Promise<Assignment>((resolve, reject) => {
      source
        .start(assignment => {
          if (assignment.streams.length === partitions.length) resolve(assignment);
        })
        .catch(reject);
    });
    await Promise.race([assigned, timedOut]);
    for (const p of toRead) states.set(p.partition, await Promise.race([stateOf(p), timedOut]));
  } finally {
    timedOut.catch(() => undefined);
    await source.stop();
  }
  return states;
}
