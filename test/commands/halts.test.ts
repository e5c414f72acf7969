import { randomUUID } from 'node:crypto';
import type { ClickHouseClient } from '@clickhouse/client';
import type { KafkaJSError } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { frameSingleObject } from '../../pipeline/contract/framing.ts';
import { encodeEvent, newest } from '../../pipeline/contract/schema.ts';
import { migrateDatabase } from '../../pipeline/migrate.ts';
import { startTestClickHouse, type TestClickHouse } from '../support/clickhouse.ts';
import { eventually, footfall, type RunningFootfall, startFootfall } from '../support/footfall.ts';
import { type TestKafka, testKafka } from '../support/kafka.ts';

let kafka: TestKafka;
let clickhouse: TestClickHouse;
let client: ClickHouseClient;

beforeAll(async () => {
  [kafka, clickhouse] = await Promise.all([testKafka(), startTestClickHouse()]);
  client = clickhouse.client();
  await migrateDatabase({ client, database: 'footfall' });
});
afterAll(async () => {
  await kafka?.close();
  await clickhouse?.stop();
});

const settingsFor = (topic: string): Record<string, string> => ({
  KAFKA_BROKERS: kafka.brokers.join(','),
  KAFKA_TOPICS: topic,
  KAFKA_GROUP: topic,
  KAFKA_CHECK_INTERVAL_MS: '300',
  KAFKA_FETCH_WAIT_MS: '50',
  SCHEMA_REGISTRY_URL: 'none',
  CLICKHOUSE_URL: clickhouse.url,
  METRICS_PORT: '0',
  FLUSH_INTERVAL_MS: '50',
});

/** Page views of several visitors, each by its key. */
async function produce(topic: string, events: number): Promise<void> {
  const producer = await kafka.producer();
  const now = Date.now();
  await producer.send({
    topic,
    messages: Array.from({ length: events }, (_, i) => {
      const visitor_id = `v${i % 7}`;
      const event = {
        event_id: randomUUID(),
        event_name: 'page_view',
        event_time: now - i * 1000,
        visitor_id,
      };
      return { key: visitor_id, value: frameSingleObject(newest.fingerprint, encodeEvent(event)) };
    }),
  });
}

async function rows<Row>(query: string, topic: string): Promise<Row[]> {
  const answer = await client.query({ query, query_params: { topic }, format: 'JSONEachRow' });
  return await answer.json<Row>();
}

/** Accepted events of the topic, over all epochs. */
async function accepted(topic: string): Promise<number> {
  const [row] = await rows<{ n: number }>(
    'SELECT toUInt32(count()) AS n FROM footfall.events WHERE topic = {topic:String}',
    topic,
  );
  return row?.n ?? 0;
}

interface Position {
  epoch: number;
  partition: number;
  next: number;
  partitions: number;
}

async function positions(topic: string): Promise<Position[]> {
  return await rows<Position>(
    `SELECT epoch, partition, toUInt32(next_offset) AS next, partitions FROM footfall.positions FINAL
     WHERE topic = {topic:String} ORDER BY epoch, partition`,
    topic,
  );
}

async function residuals(topic: string): Promise<unknown[]> {
  return await rows(
    `SELECT * FROM footfall.conservation(since = today() - 1, until = today() + 1) WHERE topic = {topic:String} AND residual != 0`,
    topic,
  );
}

/** What retention does: the log of partition 0 begins at `offset` from now on. */
async function deleteBefore(topic: string, offset: string): Promise<void> {
  const admin = await kafka.admin();
  // kafkajs finds the partition's leader only in what it asked for before.
  await admin.fetchTopicOffsets(topic);
  await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset }] });
}

/** Runs a worker until all positions of the newest epoch add up to `next`, and stops it. */
async function readUpTo(topic: string, next: number): Promise<void> {
  const worker = await startFootfall(['worker'], { env: settingsFor(topic) });
  const failed = worker.ended.then(({ code, stderr }) => {
    throw new Error(`the worker ended (${code}): ${stderr}`);
  });
  const there = eventually(
    () => positions(topic),
    found => {
      const epoch = Math.max(...found.map(p => p.epoch));
      return found.filter(p => p.epoch === epoch).reduce((sum, p) => sum + p.next, 0) === next;
    },
  );
  await Promise.race([there, failed]);
  failed.catch(() => undefined);
  await stop(worker);
}

async function stop(worker: RunningFootfall): Promise<void> {
  worker.child.kill('SIGTERM');
  const { code, stderr } = await worker.ended;
  expect(code, stderr).toBe(0);
}

/** Runs a worker that must halt, and does what it says. Returns what the command wrote. */
async function haltAndAccept(topic: string, reason: string, command: string): Promise<string> {
  const { code, stderr } = await footfall(['worker'], { env: settingsFor(topic) });
  expect(stderr).toContain(`halted (${reason})`);
  expect(stderr.trimEnd().endsWith(`npm run -s footfall -- ${command}`), stderr).toBe(true);
  expect(code).toBe(3);

  const before = await positions(topic);
  const args = command.split(' ');
  const unasked = await footfall(args, { env: settingsFor(topic) });
  expect(unasked.stderr).toContain('say --yes');
  expect(unasked.code).toBe(2);
  expect(await positions(topic)).toEqual(before);

  const done = await footfall([...args, '--yes'], { env: settingsFor(topic) });
  expect(done.code, done.stderr).toBe(0);
  expect(done.stdout).toContain('written: start the workers');
  return done.stderr;
}

describe('a worker that halts, and the command that it names', () => {
  it('a topic that was re-created is read as a new epoch', async () => {
    const topic = await kafka.createTopic('recreated', { partitions: 2 });
    await produce(topic, 40);
    await readUpTo(topic, 40);

    const needless = await footfall(['accept-log', topic, '--yes'], { env: settingsFor(topic) });
    expect(needless.stderr).toContain('was not re-created');
    expect(needless.code).toBe(1);

    const admin = await kafka.admin();
    await admin.deleteTopics({ topics: [topic] });
    await eventually(
      () => admin.listTopics(),
      topics => !topics.includes(topic),
    );
    await kafka.createExactTopic(topic, { partitions: 2 });
    await produce(topic, 60);

    const said = await haltAndAccept(topic, 'log_changed', `accept-log ${topic}`);
    expect(said).toContain('epoch 1 begins');
    await readUpTo(topic, 60);
    expect(await accepted(topic)).toBe(100);
    expect((await positions(topic)).map(p => p.epoch)).toEqual([0, 0, 1, 1]);
    expect(await residuals(topic)).toEqual([]);
  });

  it('records that were deleted unread are gone, and the rest is read', async () => {
    const topic = await kafka.createTopic('lost');
    await produce(topic, 20);
    await readUpTo(topic, 20);
    const needless = await footfall(['accept-log', topic, '--lost', '--yes'], { env: settingsFor(topic) });
    expect(needless.stderr).toContain('nothing');
    expect(needless.code).toBe(1);

    await produce(topic, 10);
    await deleteBefore(topic, '25');

    const said = await haltAndAccept(topic, 'log_lost', `accept-log ${topic} --lost`);
    expect(said).toContain('5 records, offsets 20 to 24');
    await readUpTo(topic, 30);
    expect(await accepted(topic)).toBe(25);
    expect((await positions(topic)).map(p => p.epoch)).toEqual([0]);
    expect(await residuals(topic)).toEqual([]);
  });

  it('written rows that were lost, with half of their records, are read again as far as they are there', async () => {
    const topic = await kafka.createTopic('rows');
    await produce(topic, 20);
    await readUpTo(topic, 20);
    await client.command({
      query: 'DELETE FROM footfall.event_rows WHERE topic = {topic:String} AND offset < 15',
      query_params: { topic },
      clickhouse_settings: { lightweight_deletes_sync: '2' },
    });
    await deleteBefore(topic, '10');

    const said = await haltAndAccept(topic, 'log_lost', `accept-log ${topic} --lost`);
    expect(said).toContain('15 written events of offsets 0 to 19, of which Kafka has those from 10 on');
    await produce(topic, 1);
    await readUpTo(topic, 21);
    expect(await accepted(topic)).toBe(11);
  });

  it('partitions that were added are read too', async () => {
    const topic = await kafka.createTopic('grown', { partitions: 2 });
    await produce(topic, 40);
    await readUpTo(topic, 40);
    const admin = await kafka.admin();
    await admin.createPartitions({ topicPartitions: [{ topic, count: 4 }] });
    await eventually(
      // A new partition has no leader for a moment.
      () =>
        admin.fetchTopicOffsets(topic).catch((error: KafkaJSError) => {
          if (error.retriable) return [];
          throw error;
        }),
      found => found.length === 4,
    );

    await haltAndAccept(topic, 'partitions_added', 'accept-partitions');
    await produce(topic, 40);
    await readUpTo(topic, 80);
    const found = await positions(topic);
    expect(found.map(p => [p.epoch, p.partition, p.partitions])).toEqual([
      [0, 0, 4],
      [0, 1, 4],
      [0, 2, 4],
      [0, 3, 4],
    ]);
    expect(await accepted(topic)).toBe(80);
    expect(await residuals(topic)).toEqual([]);
  });

  it('another logic version is accepted', async () => {
    const topic = await kafka.createTopic('logic');
    await produce(topic, 10);
    await readUpTo(topic, 10);
    await client.command({
      query: `INSERT INTO footfall.positions SELECT * REPLACE (0 AS logic_version, written_at + 1 AS written_at)
              FROM footfall.positions FINAL WHERE topic = {topic:String}`,
      query_params: { topic },
    });

    const said = await haltAndAccept(topic, 'logic_version', 'accept-logic');
    expect(said).toContain('folded by logic version 0');
    await produce(topic, 5);
    await readUpTo(topic, 15);
    expect(await accepted(topic)).toBe(15);
    expect(await residuals(topic)).toEqual([]);
  });

  it('no position is written while a worker runs', async () => {
    const topic = await kafka.createTopic('busy');
    await produce(topic, 10);
    const worker = await startFootfall(['worker'], { env: settingsFor(topic) });
    await worker.says('"msg":"restored"');
    await eventually(
      () => accepted(topic),
      n => n === 10,
    );
    for (const command of [['accept-log', topic], ['accept-partitions'], ['accept-logic']]) {
      const refused = await footfall([...command, '--yes'], { env: settingsFor(topic) });
      expect(refused.stderr).toContain(`1 worker runs in group ${topic}`);
      expect(refused.code).toBe(1);
    }
    await stop(worker);
  });
});
