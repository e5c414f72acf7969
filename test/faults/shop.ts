/**
 * Random logs sent through a real Kafka, and the tables that come of them compared with the oracle's: the oracle is given
 * each topic as Kafka has it, read back by a plain consumer.
 */
import { randomUUID } from 'node:crypto';
import type { ClickHouseClient } from '@clickhouse/client';
import { Kafka, logLevel, type Producer } from 'kafkajs';
import type { Event } from '../../pipeline/contract/event.ts';
import { frameSingleObject } from '../../pipeline/contract/framing.ts';
import { encodeEvent, newest } from '../../pipeline/contract/schema.ts';
import { migrateDatabase } from '../../pipeline/migrate.ts';
import { PIPELINE_TABLES } from '../../pipeline/sink/layout.ts';
import { compare, type Row } from '../oracle/compare.ts';
import { leavesOf } from '../oracle/leaves.ts';
import {
  GAP_MS,
  type Log,
  type LogEntry,
  oracle,
  type StreamLog,
  type UnreadableReason,
} from '../oracle/oracle.ts';
import { published } from '../oracle/published.ts';
import { GAPS_MS } from '../oracle/randomLog.ts';
import { startTestClickHouse, type TestClickHouse } from '../support/clickhouse.ts';
import { item } from '../support/event.ts';
import type { TestKafka } from '../support/kafka.ts';
import { bytesOf } from '../support/logRun.ts';
import { placeOf } from './workers.ts';

export { placeOf } from './workers.ts';

/** A session gap of 13 h and 2 h more: see GAPS_MS. */
export const HORIZON_MS = 15 * 3_600_000;

/** A ClickHouse with all tables, and the gaps of the random logs' sites. */
export async function startShop(
  options: Parameters<typeof startTestClickHouse>[0] = {},
): Promise<TestClickHouse> {
  const clickhouse = await startTestClickHouse(options);
  const client = clickhouse.client();
  await migrateDatabase({ client, database: 'footfall' });
  const values = Object.entries(GAPS_MS)
    .filter(([, gap]) => gap !== GAP_MS)
    .map(([site, gap]) => ({ site, session_gap_seconds: gap / 1000 }));
  await client.insert({ table: 'footfall.sites', values, format: 'JSONEachRow' });
  return clickhouse;
}

/** One record to be sent, and what it is. */
export interface Content {
  /** Which of the topics. */
  topic: number;
  key: string;
  value: Buffer | null;
  is: { event: Event } | { unreadable: UnreadableReason };
}

/** A random log's records in order of arrival, moved in time so that they end now: the broker gives the arrival. */
export function contentsOf(log: Log, now = Date.now()): Content[] {
  const all = log.streams
    .flatMap(({ stream, entries }) => entries.map(entry => ({ stream, entry })))
    .sort((a, b) => a.entry.arrival - b.entry.arrival);
  const shift = now - (all.at(-1)?.entry.arrival ?? now);
  return all.map(({ stream, entry }): Content => {
    const topic = stream.topic === 'clicks' && stream.epoch === 0 ? 0 : 1;
    const moved: LogEntry =
      entry.event === undefined
        ? entry
        : { ...entry, event: { ...entry.event, event_time: entry.event.event_time + shift } };
    const bytes = bytesOf(moved);
    return {
      topic,
      key: moved.event?.visitor_id ?? `broken ${entry.offset}`,
      value: bytes === null ? null : Buffer.from(bytes),
      is: moved.event === undefined ? { unreadable: moved.unreadable } : { event: moved.event },
    };
  });
}

/** An event as its producer would send it. */
export function contentOf(event: Event, topic = 0): Content {
  const value = frameSingleObject(newest.fingerprint, encodeEvent(event));
  return { topic, key: event.visitor_id, value, is: { event } };
}

/** The list in so many pieces, in order. */
export function sliced<T>(list: readonly T[], pieces: number): T[][] {
  return Array.from({ length: pieces }, (_, i) =>
    list.slice(Math.floor((i * list.length) / pieces), Math.floor(((i + 1) * list.length) / pieces)),
  );
}

/** Topics of these numbers of partitions. */
export async function newTopics(
  kafka: TestKafka,
  name: string,
  partitions: readonly number[],
): Promise<string[]> {
  const topics: string[] = [];
  for (const count of partitions) topics.push(await kafka.createTopic(name, { partitions: count }));
  return topics;
}

const textOf = (value: Uint8Array | null): string =>
  value === null ? 'null' : Buffer.from(value).toString('base64');

/** Sends contents, and reads back what became of them. */
export interface Shop {
  send(contents: readonly Content[]): Promise<void>;
  /** The ends of the partitions' logs. */
  readonly ends: ReadonlyMap<string, number>;
  /** Records sent. */
  readonly sent: number;
  /** The topics as Kafka has them. */
  readBack(): Promise<Log>;
}

/** A request to a broker takes a megabyte at most. */
const REQUEST_BYTES = 500_000;

/** Keyed by visitor, by Java's partitioner. */
export function openShop(kafka: TestKafka, topics: readonly string[], producer: Producer): Shop {
  const known = new Map<string, Content['is']>();
  const ends = new Map<string, number>();
  let sent = 0;
  return {
    ends,
    get sent() {
      return sent;
    },
    async send(contents) {
      for (const { value, is } of contents) known.set(textOf(value), is);
      await Promise.all(
        topics.map(async (topic, i) => {
          const messages = contents.filter(c => c.topic === i).map(({ key, value }) => ({ key, value }));
          for (let from = 0; from < messages.length; ) {
            let to = from;
            for (let bytes = 0; to < messages.length && bytes < REQUEST_BYTES; to++)
              bytes += messages[to]?.value?.length ?? 0;
            await producer.send({ topic, messages: messages.slice(from, to) });
            from = to;
          }
        }),
      );
      sent += contents.length;
      const admin = await kafka.admin();
      for (const topic of topics) {
        for (const { partition, high } of await admin.fetchTopicOffsets(topic))
          ends.set(placeOf(topic, partition), Number(high));
      }
    },
    async readBack() {
      const log = await readTopics(kafka, topics);
      const streams = log.map(({ topic, partition, messages }): StreamLog => {
        const entries = messages.map(({ offset, timestamp, value }): LogEntry => {
          const is = known.get(textOf(value));
          if (is === undefined) throw new Error(`${topic}[${partition}] ${offset} was never sent`);
          return { ...is, offset, arrival: timestamp };
        });
        return { stream: { topic, epoch: 0, partition }, entries };
      });
      return { streams, gapsMs: GAPS_MS };
    },
  };
}

export interface Message {
  offset: number;
  timestamp: number;
  key: Buffer | null;
  value: Buffer | null;
  /** A name may come several times. */
  headers: Array<[name: string, value: Buffer]>;
}

/** Every message of the topics, by partition. */
export async function readTopics(
  kafka: TestKafka,
  topics: readonly string[],
): Promise<Array<{ topic: string; partition: number; messages: Message[] }>> {
  const admin = await kafka.admin();
  const logs = new Map<string, { topic: string; partition: number; end: number; messages: Message[] }>();
  for (const topic of topics) {
    for (const { partition, high } of await admin.fetchTopicOffsets(topic))
      logs.set(placeOf(topic, partition), { topic, partition, end: Number(high), messages: [] });
  }
  const isWhole = (): boolean =>
    [...logs.values()].every(l => (l.messages.at(-1)?.offset ?? -1) + 1 >= l.end);
  const client = new Kafka({ brokers: kafka.brokers, logLevel: logLevel.NOTHING });
  const consumer = client.consumer({ groupId: `read-back-${randomUUID()}`, maxWaitTimeInMs: 50 });
  await consumer.connect();
  try {
    await consumer.subscribe({ topics: [...topics], fromBeginning: true });
    await new Promise<void>((resolve, reject) => {
      if (isWhole()) resolve();
      consumer
        .run({
          autoCommit: false,
          eachMessage: async ({
            topic,
            partition,
            message: { offset, timestamp, key, value, headers = {} },
          }) => {
            logs.get(placeOf(topic, partition))?.messages.push({
              offset: Number(offset),
              timestamp: Number(timestamp),
              // Slices of what was fetched.
              key: key && Buffer.from(key),
              value: value && Buffer.from(value),
              headers: Object.entries(headers).flatMap(([name, values]) =>
                [values ?? ''].flat().map((one): [string, Buffer] => [name, Buffer.from(one)]),
              ),
            });
            if (isWhole()) resolve();
          },
        })
        .catch(reject);
    });
  } finally {
    await consumer.disconnect();
  }
  return [...logs.values()];
}

async function rowsOf(client: ClickHouseClient, query: string): Promise<Row[]> {
  const answer = await client.query({ query, format: 'JSONEachRow' });
  return answer.json<Row>();
}

/** The view's items, an array of tuples, as the columns that they are stored in. */
function withItemColumns(row: Row): Row {
  const items = row.items as ReadonlyArray<Row>;
  return { ...row, ...Object.fromEntries(ITEM_FIELDS.map(f => [`items.${f}`, items.map(one => one[f])])) };
}
const ITEM_FIELDS = Object.keys(item());

/**
 * How the tables of the log's topics differ from the oracle's, in words; empty where all is equal and residuals are 0.
 * `keyed`: the log's records are where their visitors' keys belong.
 */
export async function differences(
  client: ClickHouseClient,
  log: Log,
  { keyed = true }: { keyed?: boolean } = {},
): Promise<string[]> {
  const topics = [...new Set(log.streams.map(s => s.stream.topic))].map(topic => `'${topic}'`).join(', ');
  const ours = `WHERE topic IN (${topics})`;
  const rows = (from: string): Promise<Row[]> => rowsOf(client, `SELECT * FROM footfall.${from} ${ours}`);
  const answer = oracle(log, leavesOf());
  const conservation = await rows(`conservation(since='2020-01-01', until='2099-01-01')`);
  const stored = {
    event_rows: await rows('event_rows'),
    session_rows: await rows('session_rows'),
    session_aliases: await rows('session_aliases'),
    minute_rows: await rows('minute_rows'),
    ledger_rows: await rows('ledger_rows'),
    dead_letter_rows: await rows('dead_letter_rows'),
    positions: await rows('positions'),
  };
  return [
    ...published(stored).faults,
    ...conservation
      .filter(row => Number(row.residual) !== 0 || (keyed && Number(row.misplaced) !== 0))
      .map(row => `residual or misplaced not 0: ${JSON.stringify(row)}`),
    ...compare(answer, {
      events: (await rows('events')).map(withItemColumns),
      sessions: await rows('session_facts'),
      minutes: await rows('minute_rows FINAL'),
      ledger: await rows('ledger_rows FINAL'),
      deadLetters: await rows('dead_letters'),
      positions: await rows('positions FINAL'),
      conservation,
    }),
  ];
}

const TABLES = [...PIPELINE_TABLES, 'site_gaps', 'files', 'milestones'] as const;

/** What a query answers, a line of text a row, in an order of their own. */
export async function linesOf(client: ClickHouseClient, query: string): Promise<string[]> {
  const answer = await client.query({ query, format: 'JSONCompactEachRow' });
  return (await answer.text())
    .split('\n')
    .filter(line => line !== '')
    .sort();
}

/** Every row of every table that the pipeline writes, newest versions; but for some columns. */
export async function dump(
  client: ClickHouseClient,
  options: { without?: readonly string[] } = {},
): Promise<string[]> {
  const columns = options.without === undefined ? '*' : `* EXCEPT (${options.without.join(', ')})`;
  const lines: string[] = [];
  for (const table of TABLES) {
    // Partitions pin a site's gap side by side; the earliest of equal ones is in force.
    const distinct = table === 'site_gaps' ? 'DISTINCT ' : '';
    const found = await linesOf(client, `SELECT ${distinct}${columns} FROM footfall.${table} FINAL`);
    lines.push(...found.map(line => `${table} ${line}`));
  }
  return lines;
}

/** Empties what the pipeline writes. */
export async function clearTables(client: ClickHouseClient): Promise<void> {
  for (const table of TABLES) await client.command({ query: `TRUNCATE TABLE footfall.${table}` });
}
