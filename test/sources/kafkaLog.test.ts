import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Halt } from '../../pipeline/halt.ts';
import { type TestKafka, testKafka } from '../support/kafka.ts';
import { failureOf, produce, readTo, recordsOf, sourceOf, started, streamOf, text } from './kafkaSupport.ts';

let kafka: TestKafka;
beforeAll(async () => {
  kafka = await testKafka();
});
afterAll(() => kafka.close());

/** What retention does: the log begins at `offset` from now on. */
async function deleteBefore(topic: string, offset: number): Promise<void> {
  const admin = await kafka.admin();
  // kafkajs finds the partition's leader only in what it asked for before.
  await admin.fetchTopicOffsets(topic);
  await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: String(offset) }] });
}

/** Deletes the topic and creates it again. */
async function recreate(topic: string): Promise<void> {
  const admin = await kafka.admin();
  await admin.deleteTopics({ topics: [topic] });
  for (;;) {
    try {
      await kafka.createExactTopic(topic);
      return;
    } catch (error) {
      // Deletion is asynchronous: 'already exists' until it is done.
      if (
        !String(error).includes('already exists') &&
        !JSON.stringify(error).includes('TOPIC_ALREADY_EXISTS')
      )
        throw error;
    }
  }
}

async function reading(name: string, records: number, options: Parameters<typeof sourceOf>[2] = {}) {
  const topic = await kafka.createTopic(name);
  if (records > 0) await produce(kafka, topic, records);
  const source = sourceOf(kafka, [topic], options);
  await started(source);
  return { topic, source };
}

const quietly = { checkIntervalMs: 3_600_000 };

describe('records deleted before they were read', () => {
  it('halts when the log begins after the offset that is opened, instead of going on with what is left', async () => {
    const { topic, source } = await reading('lost-before', 50, quietly);
    await deleteBefore(topic, 20);
    const error = await failureOf(source, source.open(streamOf(topic), 10));
    expect(error).toBeInstanceOf(Halt);
    expect(error).toMatchObject({
      code: 'log_lost',
      remedy: expect.stringContaining(`accept-log ${topic} --lost`),
    });
    await source.stop();
  });

  it('halts in mid-run, after what was fetched soundly', async () => {
    // One record fills the buffer: the second fetch waits until the first is taken, when its records are gone.
    let paused = () => {};
    const full = new Promise<void>(resolve => {
      paused = resolve;
    });
    const options = { ...quietly, bufferBytesMax: 1, hooks: { paused: () => paused() } };
    const { topic, source } = await reading('lost-running', 0, options);
    const reader = source.open(streamOf(topic), 0);
    await produce(kafka, topic, 20);
    await full;
    const fetched = await produce(kafka, topic, 30, 'late').then(() => deleteBefore(topic, 40));
    expect(fetched).toBeUndefined();
    const batches = await readTo(source, reader, 20);
    expect(recordsOf(batches).map(text)).toEqual(Array.from({ length: 20 }, (_, i) => `m-${i}`));
    expect(await failureOf(source, reader)).toMatchObject({ code: 'log_lost' });
    await source.stop();
  });

  it('finds it by the regular check where nothing is left to fetch', async () => {
    const { topic, source } = await reading('lost-all', 30);
    await deleteBefore(topic, 30);
    expect(await failureOf(source, source.open(streamOf(topic), 10))).toMatchObject({ code: 'log_lost' });
    await source.stop();
  });

  it('takes no harm from a log that begins where it is read', async () => {
    const { topic, source } = await reading('kept', 30);
    await deleteBefore(topic, 10);
    expect(recordsOf(await readTo(source, source.open(streamOf(topic), 10), 30))).toHaveLength(20);
    expect(await source.bounds(streamOf(topic))).toEqual({ start: 10, end: 30 });
    await source.stop();
  });
});

describe('partitions added', () => {
  it('halts', async () => {
    const { topic, source } = await reading('grown', 3);
    const reader = source.open(streamOf(topic), 0);
    await readTo(source, reader, 3);
    await (await kafka.admin()).createPartitions({ topicPartitions: [{ topic, count: 2 }] });
    expect(await failureOf(source, reader)).toMatchObject({
      code: 'partitions_added',
      remedy: expect.stringContaining('accept-partitions'),
    });
    await source.stop();
  });
});

describe('a topic deleted and created again', () => {
  it('halts when the new log is shorter', async () => {
    const { topic, source } = await reading('shorter', 40);
    const reader = source.open(streamOf(topic), 0);
    await readTo(source, reader, 40);
    await recreate(topic);
    await produce(kafka, topic, 5, 'new');
    expect(await failureOf(source, reader)).toMatchObject({
      code: 'log_changed',
      remedy: expect.stringContaining(`accept-log ${topic}`),
    });
    await source.stop();
  });

  it('says what is opened beyond the end of the log', async () => {
    const { topic, source } = await reading('beyond', 5);
    const error = await failureOf(source, source.open(streamOf(topic), 9));
    expect(error).toMatchObject({
      code: 'log_changed',
      message: expect.stringContaining('ends at offset 5'),
    });
    await source.stop();
  });

  it('halts or is assigned anew when the new log is longer by the time we look', async () => {
    const topic = await kafka.createTopic('longer');
    await produce(kafka, topic, 10);
    const source = sourceOf(kafka, [topic]);
    let assignments = 0;
    await source.start(() => {
      assignments++;
    });
    const reader = source.open(streamOf(topic), 0);
    await readTo(source, reader, 10);
    await recreate(topic);
    await produce(kafka, topic, 50, 'new');
    const seen: string[] = [];
    try {
      while (assignments === 1) {
        const batch = await reader.next();
        if (batch) seen.push(...batch.records.map(text));
        else await source.wait(1000);
      }
    } catch (error) {
      expect(error).toMatchObject({ code: 'log_changed' });
    }
    // Whatever it was, nothing of the new log was taken for a continuation of the old one.
    expect(seen).toEqual([]);
    await source.stop();
  });

  it('halts when that happens while the partition is paused, and nothing is fetched that could fail', async () => {
    let paused = () => {};
    const full = new Promise<void>(resolve => {
      paused = resolve;
    });
    const options = { ...quietly, bufferBytesMax: 100, hooks: { paused: () => paused() } };
    const { topic, source } = await reading('longer-paused', 10, options);
    const reader = source.open(streamOf(topic), 0);
    await full;
    await recreate(topic);
    await produce(kafka, topic, 50, 'new');
    expect(recordsOf(await readTo(source, reader, 10)).map(text)).toEqual(
      Array.from({ length: 10 }, (_, i) => `m-${i}`),
    );
    expect(await failureOf(source, reader)).toMatchObject({ code: 'log_changed' });
    await source.stop();
  });
});

describe('transactions', () => {
  it('leaves out aborted records, and goes on behind the markers at the end of the log', async () => {
    const { topic, source } = await reading('transactions', 0);
    const producer = await kafka.producer({
      transactionalId: `t-${topic}`,
      idempotent: true,
      maxInFlightRequests: 1,
    });
    const transaction = async (value: string, end: 'commit' | 'abort') => {
      const open = await producer.transaction();
      await open.send({ topic, messages: [{ value: `${value}-0` }, { value: `${value}-1` }] });
      await open[end]();
    };
    const reader = source.open(streamOf(topic), 0);
    await transaction('a', 'commit');
    await transaction('b', 'abort');
    await transaction('c', 'commit');
    const read = await readTo(source, reader, 9);
    expect(recordsOf(read).map(record => [record.offset, text(record)])).toEqual([
      [0, 'a-0'],
      [1, 'a-1'],
      [6, 'c-0'],
      [7, 'c-1'],
    ]);
    // The end of an aborted transaction, with nothing after it.
    await transaction('d', 'abort');
    const end = await readTo(source, reader, 12);
    expect(recordsOf(end)).toEqual([]);
    expect(end.at(-1)).toMatchObject({ next: 12, logEnd: 12 });
    expect(await source.bounds(streamOf(topic))).toEqual({ start: 0, end: 12 });
    // Opened in the middle of it all: the next record, or none.
    expect(recordsOf(await readTo(source, source.open(streamOf(topic), 3), 12)).map(text)).toEqual([
      'c-0',
      'c-1',
    ]);
    expect(recordsOf(await readTo(source, source.open(streamOf(topic), 9), 12))).toEqual([]);
    await source.stop();
  });

  it('leaves out the same records wherever a fetch begins among overlapping transactions', async () => {
    const { topic, source } = await reading('overlapping', 0);
    const begin = async (name: string) => {
      const options = { transactionalId: `${name}-${topic}`, idempotent: true, maxInFlightRequests: 1 };
      return (await kafka.producer(options)).transaction();
    };
    const [first, second, third] = await Promise.all(['first', 'second', 'third'].map(begin));
    if (!first || !second || !third) throw new Error('no transactions');
    for (let round = 0; round < 3; round++) {
      for (const [name, open] of Object.entries({ aborted: first, ended: second, kept: third })) {
        await open.send({ topic, messages: [{ value: `${name}-${round}` }] });
      }
    }
    // The one that began last ends first, and so stands first in the broker's list.
    await second.abort();
    await first.send({ topic, messages: [{ value: 'aborted-3' }] });
    await first.abort();
    await third.commit();
    await produce(kafka, topic, 1, 'plain');
    const end = 9 + 1 + 3 + 1;
    const all = recordsOf(await readTo(source, source.open(streamOf(topic), 0), end));
    expect(all.map(text).sort()).toEqual(['kept-0', 'kept-1', 'kept-2', 'plain-0']);
    for (let from = 1; from < end; from++) {
      const some = recordsOf(await readTo(source, source.open(streamOf(topic), from), end));
      expect(some).toEqual(all.filter(({ offset }) => offset >= from));
    }
    await source.stop();
  });
});
