import { setTimeout as delay } from 'node:timers/promises';
import type { Admin, Batch, KafkaMessage } from 'kafkajs';
import PQueue from 'p-queue';
import type { Logger } from 'pino';
import type { LogBatch, LogRecord, Stream } from '../contract/record.ts';
import { Halt } from '../halt.ts';
import { correctAbortedFilter } from './kafkaAborted.ts';
import { createKafkaClient, type KafkaConnection } from './kafkaClient.ts';
import { registerCodecs } from './kafkaCodecs.ts';
import type { Assignment, LogBounds, Source } from './source.ts';

/** What happens inside, for the metrics. */
export interface KafkaHooks {
  /** Partitions were given out (again). */
  assigned?(assignment: Assignment): void;
  /** A batch came that no open reader waits for: fetched before a seek, or under an older assignment. */
  staleBatch?(topic: string, partition: number): void;
  /** A topic is not there, or the cluster cannot be reached: told at every try. */
  waiting?(topic: string, reason: string): void;
  /** A partition's buffer is full (true), or has room again (false). */
  paused?(stream: Stream, isPaused: boolean): void;
}

export interface KafkaSourceOptions {
  connection: KafkaConnection;
  topics: string[];
  group?: string;
  epochs: (topic: string) => number;
  log: Logger;
  hooks?: KafkaHooks;
  /** Fetched and not yet taken by `next()`, over all partitions; one fetch (1 MiB packed) a partition may come on top. */
  bufferBytesMax?: number;
  /** A compressed batch may unpack to so much. */
  batchBytesMax?: number;
  /** How often partition counts and the ends of the logs are compared with what was read. */
  checkIntervalMs?: number;
  /** How long the broker may hold a fetch that finds nothing: the most that a resumed partition waits. */
  fetchWaitMs?: number;
  /** A worker that is not heard of for so long loses its partitions. */
  sessionTimeoutMs?: number;
}

/** What a record takes in memory beside its bytes: itself and its views. */
const RECORD_BYTES = 250;
/** Times in a row that a partition's position may be put right before we give up. */
const REPAIRS_MAX = 10;

/** The last record that was fetched of a partition; its arrival tells a topic from one that took its name. */
interface LastRecord {
  offset: number;
  arrival: number;
}

interface Reader {
  stream: Stream;
  queue: { batch: LogBatch; bytes: number }[];
  bytes: number;
  isPaused: boolean;
  /** The next batch must begin here. */
  expected: number;
  /** Where `next()` has got to. */
  delivered: number;
  /** Examining: the cluster is being asked. Rereading: the last record is on its way, to be compared. */
  state: 'reading' | 'examining' | 'rereading' | 'closed';
  repairs: number;
  /** Thrown when the queue, which is sound, has been taken. */
  failure: Error | null;
}

/**
 * Kafka's partitions, by kafkajs. kafkajs pushes batches and moves its position by itself when it thinks best (to the
 * default offset when ours is out of range), so nothing is taken on trust: a batch is kept only if its first offset
 * is the one that we expect, and anything else is looked into before the partition goes on.
 */
export function createKafkaSource(options: KafkaSourceOptions): Source {
  const { topics, group = 'footfall', epochs, log, hooks = {} } = options;
  const {
    bufferBytesMax = 128 << 20,
    checkIntervalMs = 10_000,
    fetchWaitMs = 250,
    sessionTimeoutMs = 30_000,
  } = options;
  registerCodecs(options.batchBytesMax ?? 64 << 20);
  correctAbortedFilter();

  // A topic deleted, created and filled again within a moment would else look as if it had only grown.
  const unknownTopic = () => {
    for (const reader of readers.values()) examine(reader, null);
  };
  const kafka = createKafkaClient({ ...options.connection, log, unknownTopic });
  const consumer = kafka.consumer({
    groupId: group,
    allowAutoTopicCreation: false,
    maxWaitTimeInMs: fetchWaitMs,
    sessionTimeout: sessionTimeoutMs,
    heartbeatInterval: Math.ceil(sessionTimeoutMs / 10),
  });
  const stopping = new AbortController();
  /** Of the present assignment, by topic and partition. */
  const readers = new Map<string, Reader>();
  /** By topic and partition, also after their readers: what was read last. */
  const lastRecords = new Map<string, LastRecord>();
  const partitionCounts = new Map<string, number>();
  const missing = new Set<string>();
  let assignment: Assignment = { number: 0, streams: [] };
  /** Between a join and a crash; outside, kafkajs refuses seek, pause and resume. */
  let isJoined = false;
  let failure: Error | null = null;
  /** Something came that no `wait` has told yet. */
  let hasNews = false;
  const waiters = new Set<() => void>();

  function news(): void {
    hasNews = true;
    for (const wake of waiters) wake();
  }

  function fail(error: Error): void {
    failure ??= error;
    news();
  }

  // --- Questions to the cluster

  let connection: Promise<Admin> | null = null;
  /** One at a time: kafkajs forgets the leaders of one topic while it asks for another's. */
  const questions = new PQueue({ concurrency: 1 });

  const ask = <Answer>(question: (admin: Admin) => Promise<Answer>): Promise<Answer> =>
    questions.add(() => askNow(question));

  /** One connection, given up after an error: a deleted topic that it once heard of would spoil its later answers. */
  async function askNow<Answer>(question: (admin: Admin) => Promise<Answer>): Promise<Answer> {
    const used = connection ?? connect();
    connection = used;
    try {
      return await question(await used);
    } catch (error) {
      if (connection === used) connection = null;
      void hangUp(used);
      throw error;
    }
  }

  /** Never fails: where there is no connection, none has to be closed. */
  const hangUp = (used: Promise<Admin>) =>
    used
      .then(admin => admin.disconnect())
      .catch(error =>
        log.debug({ reason: messageOf(error) }, 'the connection was lost before it was closed'),
      );

  async function connect(): Promise<Admin> {
    const admin = kafka.admin();
    await admin.connect();
    return admin;
  }

  /** Partition numbers of a topic; null if there is none of this name. */
  async function partitionsOf(topic: string): Promise<number[] | null> {
    try {
      const { topics: found } = await ask(admin => admin.fetchTopicMetadata({ topics: [topic] }));
      const partitions = found.flatMap(({ partitions }) => partitions.map(({ partitionId }) => partitionId));
      return partitions.sort((a, b) => a - b);
    } catch (error) {
      if (isOfType(error, ['UNKNOWN_TOPIC_OR_PARTITION'])) return null;
      throw error;
    }
  }

  async function boundsOf(topic: string): Promise<Map<number, LogBounds>> {
    const found = await ask(admin => admin.fetchTopicOffsets(topic));
    return new Map(
      found.map(({ partition, low, high }) => [partition, { start: Number(low), end: Number(high) }]),
    );
  }

  async function bounds({ topic, partition }: Stream): Promise<LogBounds> {
    const found = (await boundsOf(topic)).get(partition);
    if (!found) throw new Error(`Topic ${topic} has no partition ${partition}`);
    return found;
  }

  /** Asks until there is an answer: waits for a cluster that cannot be reached, and for a topic that is not there (yet). */
  async function waitFor<Answer>(topic: string, question: () => Promise<Answer | null>): Promise<Answer> {
    for (let tries = 0; ; tries++) {
      let reason = 'there is no such topic; it must be created first';
      try {
        const answer = await question();
        if (answer) return answer;
      } catch (error) {
        if (!isTransient(error)) throw error;
        reason = messageOf(error);
      }
      stopping.signal.throwIfAborted();
      hooks.waiting?.(topic, reason);
      if (tries % 15 === 0) log.warn({ topic, reason }, `waiting for topic ${topic}: ${reason}`);
      await delay(2000, undefined, { signal: stopping.signal });
    }
  }
  const waitForTopic = (topic: string): Promise<number[]> => waitFor(topic, () => partitionsOf(topic));

  // --- The position of a partition

  const placeOf = ({ topic, partition }: { topic: string; partition: number }) => `${topic}/${partition}`;
  const isCurrent = (reader: Reader) => reader.state !== 'closed';

  function pause({ topic, partition }: Stream): void {
    if (isJoined) consumer.pause([{ topic, partitions: [partition] }]);
  }

  function resume({ topic, partition }: Stream, offset: number): void {
    if (!isJoined) return;
    consumer.seek({ topic, partition, offset: String(offset) });
    consumer.resume([{ topic, partitions: [partition] }]);
  }

  function close(reader: Reader): void {
    reader.state = 'closed';
    reader.queue.length = 0;
    reader.bytes = 0;
  }

  function failReader(reader: Reader, error: Error): void {
    reader.failure ??= error;
    pause(reader.stream);
    news();
  }

  /**
   * The position is not where it should be: kafkajs was reset, or there is a hole in the log. `found` is where a batch
   * began. Asks the cluster, then goes on or fails the reader.
   */
  function examine(reader: Reader, found: number | null): void {
    if (reader.state === 'examining' || reader.failure || !isCurrent(reader)) return;
    if (found !== null) reader.repairs++;
    reader.state = 'examining';
    pause(reader.stream);
    const place = { ...reader.stream, expected: reader.expected, found };
    log.info(place, 'making sure that the log still goes on where we are');
    examined(reader, found).catch(error => failReader(reader, error));
  }

  async function examined(reader: Reader, found: number | null): Promise<void> {
    if (reader.repairs > REPAIRS_MAX) {
      throw new Error(`Kafka keeps moving ${describe(reader.stream)} away from offset ${reader.expected}`);
    }
    const log = await settledBounds(reader);
    if (!isCurrent(reader) || !log) return;
    compare(reader, log);
    if (found !== null && found > reader.expected) {
      // The log still has our offset or what followed it: a hole of compaction or of control records.
      reader.expected = found;
      goOn(reader);
    } else {
      reread(reader, log.start);
    }
  }

  /** Fetches from `offset` on, unless the buffer is full: then `take` does. */
  function goOn(reader: Reader, offset = reader.expected): void {
    reader.state = offset === reader.expected || reader.isPaused ? 'reading' : 'rereading';
    if (!reader.isPaused) resume(reader.stream, offset);
  }

  /** Goes on with the last record once more, to see that it is the same; without it where it is not there any more. */
  function reread(reader: Reader, logStart = 0): void {
    const last = lastRecords.get(placeOf(reader.stream));
    const isComparable = last && last.offset >= logStart && last.offset < reader.expected;
    goOn(reader, isComparable ? last.offset : reader.expected);
  }

  /** Where the log starts and ends. An end before our offset is asked for again: a new leader may not know it yet. */
  async function settledBounds(reader: Reader): Promise<LogBounds | null> {
    for (let tries = 1; ; tries++) {
      const found = await bounds(reader.stream).catch(error => {
        if (!isTransient(error) && !isOfType(error, ['UNKNOWN_TOPIC_OR_PARTITION'])) throw error;
        log.warn({ ...reader.stream, reason: messageOf(error) }, 'the bounds of the log cannot be read yet');
        return null;
      });
      if (!isCurrent(reader) || stopping.signal.aborted) return null;
      if (found && (found.end >= reader.expected || tries >= 5)) return found;
      await delay(500, undefined, { signal: stopping.signal });
    }
  }

  /** Errors: a Halt where the log has lost what we have not read, or is shorter than what we have. */
  function compare({ stream, expected }: Reader, log: LogBounds): void {
    const what = describe(stream);
    if (log.start > expected) {
      throw new Halt(
        'log_lost',
        `${what} begins at offset ${log.start} now, and offsets from ${expected} on were not read yet: the broker deleted them`,
        `npm run -s footfall -- accept-log ${stream.topic} --lost`,
      );
    }
    if (log.end < expected)
      throw logChanged(stream, `ends at offset ${log.end}, and ${expected} was expected next`);
  }

  // --- Batches, as kafkajs pushes them

  function receive(batch: Batch, isStale: boolean): void {
    const { topic, partition } = batch;
    const reader = readers.get(placeOf(batch));
    if (!reader || isStale || reader.state === 'examining' || reader.failure) {
      hooks.staleBatch?.(topic, partition);
      return;
    }
    const first = Number(batch.firstOffset());
    let messages = batch.messages;
    if (reader.state === 'rereading') {
      if (!isSameLog(reader, batch)) return;
      reader.state = 'reading';
      messages = messages.filter(({ offset }) => Number(offset) >= reader.expected);
    } else if (first !== reader.expected) {
      examine(reader, first);
      return;
    }
    keep(reader, messages, Number(batch.lastOffset()) + 1, Number(batch.highWatermark));
  }

  /** After a reset: whether the last record that we took is still the one at its offset. */
  function isSameLog(reader: Reader, batch: Batch): boolean {
    const { stream } = reader;
    const last = lastRecords.get(placeOf(stream));
    if (!last || Number(batch.firstOffset()) !== last.offset) {
      reader.repairs++;
      examine(reader, null);
      return false;
    }
    const again = batch.messages[0];
    if (Number(again?.offset) === last.offset && Number(again?.timestamp) === last.arrival) {
      reader.repairs = 0;
      return true;
    }
    failReader(
      reader,
      logChanged(stream, `has another record at offset ${last.offset} than the one that was read`),
    );
    return false;
  }

  function keep(reader: Reader, messages: KafkaMessage[], next: number, logEnd: number): void {
    // The last record, read again, came alone.
    if (messages.length === 0 && next <= reader.expected) return;
    const { records, bytes } = copyRecords(messages);
    const last = records.at(-1);
    if (last) lastRecords.set(placeOf(reader.stream), { offset: last.offset, arrival: last.arrival });
    reader.expected = Math.max(reader.expected, next);
    reader.repairs = 0;
    reader.bytes += bytes;
    reader.queue.push({ batch: { records, next: reader.expected, logEnd }, bytes });
    if (!reader.isPaused && reader.bytes > bufferBytesMax / readers.size) {
      reader.isPaused = true;
      pause(reader.stream);
      hooks.paused?.(reader.stream, true);
    }
    news();
  }

  consumer.on(consumer.events.END_BATCH_PROCESS, ({ payload }) => {
    // Nothing but control records and aborted transactions: eachBatch is not called, yet the log goes on.
    const reader = readers.get(placeOf(payload));
    if (payload.batchSize > 0 || payload.firstOffset === null || reader?.state !== 'reading') return;
    if (Number(payload.firstOffset) !== reader.expected) return;
    keep(reader, [], Number(payload.lastOffset) + 1, Number(payload.highWatermark));
  });

  // --- Membership

  function join(
    memberAssignment: Record<string, number[]>,
    assigned: (assignment: Assignment) => void,
  ): void {
    isJoined = true;
    for (const reader of readers.values()) close(reader);
    readers.clear();
    const streams = Object.entries(memberAssignment)
      .flatMap(([topic, partitions]) =>
        partitions.map(partition => ({ topic, epoch: epochs(topic), partition })),
      )
      .sort((a, b) => (a.topic === b.topic ? a.partition - b.partition : a.topic < b.topic ? -1 : 1));
    // A new generation begins at the committed offsets, which are only advice: nothing is fetched until it is opened.
    for (const stream of streams) {
      pause(stream);
      const known = partitionCounts.get(stream.topic) ?? 0;
      if (stream.partition >= known) fail(partitionsAdded(stream.topic, known, stream.partition + 1));
    }
    assignment = { number: assignment.number + 1, streams };
    log.info({ assignment: assignment.number, streams: streams.map(describe) }, 'partitions assigned');
    hooks.assigned?.(assignment);
    assigned(assignment);
    news();
  }

  consumer.on(consumer.events.CRASH, ({ payload: { error, restart } }) => {
    isJoined = false;
    if (restart) log.warn({ reason: messageOf(error) }, 'reading from Kafka failed: starting again');
    else fail(new Error(`Reading from Kafka failed: ${messageOf(error)}${hintOf(error)}`, { cause: error }));
  });

  // --- The regular check

  async function check(): Promise<void> {
    for (const topic of topics) {
      const partitions = await partitionsOf(topic);
      if (!partitions) {
        if (!missing.has(topic)) log.error({ topic }, `topic ${topic} is gone; waiting for it to come back`);
        missing.add(topic);
        continue;
      }
      const known = partitionCounts.get(topic) ?? partitions.length;
      if (partitions.length > known) fail(partitionsAdded(topic, known, partitions.length));
      if (partitions.length < known) {
        fail(logChanged({ topic }, `has ${partitions.length} partitions, and had ${known}`));
      }
      // Reading goes on while the bounds are asked for: their end may be behind where we are by then.
      const before = [...readers.values()].map(reader => ({ reader, expected: reader.expected }));
      const found = await boundsOf(topic);
      const wasMissing = missing.delete(topic);
      for (const { reader, expected } of before) {
        const log = reader.stream.topic === topic && found.get(reader.stream.partition);
        if (!log || reader.state !== 'reading') continue;
        if (wasMissing || log.start > reader.expected || log.end < expected) examine(reader, null);
      }
    }
  }

  let timer: NodeJS.Timeout | undefined;
  function scheduleCheck(): void {
    timer = setTimeout(async () => {
      try {
        await check();
      } catch (error) {
        log.warn({ reason: messageOf(error) }, 'the topics cannot be checked now');
      }
      if (!stopping.signal.aborted) scheduleCheck();
    }, checkIntervalMs);
  }

  return {
    endless: true,
    arrival: 'record',

    async start(assigned) {
      for (const topic of topics) partitionCounts.set(topic, (await waitForTopic(topic)).length);
      consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => join(payload.memberAssignment, assigned));
      await consumer.connect();
      await consumer.subscribe({ topics, fromBeginning: true });
      await consumer.run({
        autoCommit: false,
        eachBatch: async ({ batch, isStale }) => receive(batch, isStale()),
      });
      scheduleCheck();
    },

    async streams() {
      const all: Stream[] = [];
      for (const topic of topics) {
        for (const partition of await waitForTopic(topic))
          all.push({ topic, epoch: epochs(topic), partition });
      }
      return all;
    },

    bounds: stream => waitFor(stream.topic, () => bounds(stream)),

    open(stream, offset) {
      const place = placeOf(stream);
      const before = readers.get(place);
      if (before) close(before);
      const reader: Reader = {
        stream,
        queue: [],
        bytes: 0,
        isPaused: false,
        expected: offset,
        delivered: offset,
        state: 'reading',
        repairs: 0,
        failure: null,
      };
      const isOurs = isJoined && assignment.streams.some(own => placeOf(own) === place);
      if (isOurs) {
        readers.set(place, reader);
        resume(stream, offset);
      } else {
        // Lost while it was being restored; the next assignment is on its way.
        close(reader);
      }
      return {
        next: async () => take(reader),
        close() {
          if (readers.get(place) === reader) {
            readers.delete(place);
            pause(stream);
          }
          close(reader);
        },
      };
    },

    async wait(timeout_ms) {
      if (!hasNews && !failure && !stopping.signal.aborted) {
        await new Promise<void>(resolve => {
          const wake = () => {
            clearTimeout(timeout);
            waiters.delete(wake);
            resolve();
          };
          const timeout = setTimeout(wake, timeout_ms);
          waiters.add(wake);
        });
      }
      hasNews = false;
      if (failure) throw failure;
    },

    async commit({ topic, partition }, next) {
      const reader = readers.get(placeOf({ topic, partition }));
      if (!isJoined || !reader || next > reader.delivered) return;
      try {
        await consumer.commitOffsets([{ topic, partition, offset: String(next) }]);
      } catch (error) {
        if (!isTransient(error) && !isOfType(error, REBALANCE_TYPES)) throw error;
        log.info({ topic, partition, next, reason: messageOf(error) }, 'the offset was not committed');
      }
    },

    async stop() {
      stopping.abort(new Error('The source was stopped'));
      clearTimeout(timer);
      for (const reader of readers.values()) close(reader);
      readers.clear();
      news();
      await consumer.disconnect();
      isJoined = false;
      if (connection) await hangUp(connection);
      connection = null;
    },
  };

  function take(reader: Reader): LogBatch | null {
    if (failure) throw failure;
    const entry = reader.queue.shift();
    if (!entry) {
      if (reader.failure) throw reader.failure;
      return null;
    }
    reader.bytes -= entry.bytes;
    reader.delivered = entry.batch.next;
    if (reader.isPaused && reader.bytes <= bufferBytesMax / readers.size / 2) {
      reader.isPaused = false;
      // Nobody fetched meanwhile, so nobody would have seen the topic go and come back.
      if (reader.state !== 'examining' && !reader.failure) reread(reader);
      hooks.paused?.(reader.stream, false);
    }
    return entry.batch;
  }
}

const describe = ({ topic, partition }: Stream) => `${topic}[${partition}]`;

const NO_HEADERS: LogRecord['headers'] = [];

/** kafkajs's values are slices of what was fetched: kept, they would hold it whole. One buffer a batch is enough. */
function copyRecords(messages: KafkaMessage[]): { records: LogRecord[]; bytes: number } {
  let bytes = 0;
  for (const { key, value } of messages) bytes += (key?.length ?? 0) + (value?.length ?? 0);
  const buffer = Buffer.allocUnsafeSlow(bytes);
  let at = 0;
  const copy = (from: Buffer) => {
    const start = at;
    at += from.copy(buffer, start);
    return buffer.subarray(start, at);
  };
  const records = messages.map(({ offset, timestamp, key, value, headers }) => ({
    offset: Number(offset),
    arrival: Number(timestamp),
    key: key && copy(key),
    value: value && copy(value),
    headers: headers ? copyHeaders(headers) : NO_HEADERS,
  }));
  for (const { headers } of records) for (const [name, value] of headers) bytes += name.length + value.length;
  return { records, bytes: bytes + records.length * RECORD_BYTES };
}

function copyHeaders(headers: NonNullable<KafkaMessage['headers']>): LogRecord['headers'] {
  const names = Object.keys(headers);
  if (names.length === 0) return NO_HEADERS;
  return names.flatMap(name =>
    [headers[name] ?? ''].flat().map((value): [string, Uint8Array] => [name, Buffer.from(value)]),
  );
}

function partitionsAdded(topic: string, before: number, now: number): Halt {
  return new Halt(
    'partitions_added',
    `Topic ${topic} has ${now} partitions, and had ${before}: visitors move between partitions`,
    'npm run -s footfall -- accept-partitions',
  );
}

function logChanged({ topic, partition }: { topic: string; partition?: number }, what: string): Halt {
  const place = partition === undefined ? `Topic ${topic}` : `${topic}[${partition}]`;
  return new Halt(
    'log_changed',
    `${place} ${what}: was the topic re-created?`,
    `npm run -s footfall -- accept-log ${topic}`,
  );
}

const REBALANCE_TYPES = [
  'REBALANCE_IN_PROGRESS',
  'ILLEGAL_GENERATION',
  'UNKNOWN_MEMBER_ID',
  'NOT_COORDINATOR_FOR_GROUP',
];

/** The error and those that it wraps, outermost first. */
function* chain(error: unknown): Generator<Error> {
  for (let at = error; at instanceof Error; at = at.cause) yield at;
}

/** Whether the broker answered with one of these error types. */
function isOfType(error: unknown, types: string[]): boolean {
  return [...chain(error)].some(
    cause => 'type' in cause && typeof cause.type === 'string' && types.includes(cause.type),
  );
}

/** Whether trying again may help, by what kafkajs says of the innermost of its errors. */
function isTransient(error: unknown): boolean {
  const flags = [...chain(error)].flatMap(cause => ('retriable' in cause ? [cause.retriable] : []));
  return flags.at(-1) === true;
}

/** kafkajs passes the records of a batch as arguments of one call, of which the stack holds some 120,000. */
function hintOf(error: unknown): string {
  if (!messageOf(error).includes('call stack')) return '';
  return ' (a batch of more than 100,000 records? `node --stack-size=4000 pipeline/commands/footfall.mjs worker` reads past it; lower batch.size of the producer)';
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));
