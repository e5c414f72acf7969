import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TestKafka, testKafka } from '../support/kafka.ts';
import { produce, readTo, recordsOf, sourceOf, started, streamOf, text } from './kafkaSupport.ts';

let kafka: TestKafka;
beforeAll(async () => {
  kafka = await testKafka();
});
afterAll(() => kafka.close());

describe('delivery', () => {
  it('begins at the offset that was opened, and keeps order', async () => {
    const topic = await kafka.createTopic('order');
    await produce(kafka, topic, 100);
    const source = sourceOf(kafka, [topic]);
    const { assignment } = await started(source);
    const { streams } = await assignment(({ streams }) => streams.length === 1);
    expect(streams).toEqual([streamOf(topic)]);
    const batches = await readTo(source, source.open(streamOf(topic), 40), 100);
    const records = recordsOf(batches);
    expect(records.map(({ offset }) => offset)).toEqual(Array.from({ length: 60 }, (_, i) => 40 + i));
    expect(records.map(text)).toEqual(Array.from({ length: 60 }, (_, i) => `m-${40 + i}`));
    expect(batches.at(-1)).toMatchObject({ next: 100, logEnd: 100 });
    expect(await source.bounds(streamOf(topic))).toEqual({ start: 0, end: 100 });
    await source.stop();
  });

  it('gives each record its bytes, key, headers and the time at which the broker took it', async () => {
    const topic = await kafka.createTopic('whole');
    const producer = await kafka.producer();
    const value = Buffer.from([0, 255, 128, 10]);
    const before = Date.now();
    await producer.send({
      topic,
      messages: [
        { key: null, value: null, timestamp: '1000' },
        { key: 'k', value, timestamp: '1000', headers: { replay_of: 'a/0/0/7', twice: ['x', 'y'] } },
        { key: '', value: '' },
      ],
    });
    const source = sourceOf(kafka, [topic]);
    await started(source);
    const [empty, full, blank] = recordsOf(await readTo(source, source.open(streamOf(topic), 0), 3));
    expect(empty).toMatchObject({ offset: 0, key: null, value: null, headers: [] });
    expect(full?.value).toEqual(value);
    expect(text(full?.key ? { ...full, value: full.key } : undefined)).toBe('k');
    expect(full?.headers.map(([name, bytes]) => [name, Buffer.from(bytes).toString()])).toEqual([
      ['replay_of', 'a/0/0/7'],
      ['twice', 'x'],
      ['twice', 'y'],
    ]);
    expect(blank).toMatchObject({ key: Buffer.alloc(0), value: Buffer.alloc(0) });
    expect(full?.arrival).toBeGreaterThanOrEqual(before - 1);
    expect(full?.arrival).toBeLessThanOrEqual(Date.now() + 1);
    await source.stop();
  });

  it('reads several topics and goes on with what is produced later', async () => {
    const topics = [await kafka.createTopic('one', { partitions: 2 }), await kafka.createTopic('two')];
    const [one = '', two = ''] = topics;
    const source = sourceOf(kafka, topics, { epochs: topic => (topic === two ? 3 : 0) });
    const { assignment } = await started(source);
    const expected = [streamOf(one, 0), streamOf(one, 1), { topic: two, epoch: 3, partition: 0 }];
    expect(await source.streams()).toEqual(expected);
    const { streams } = await assignment(({ streams }) => streams.length === 3);
    expect(streams).toEqual(expected);
    const readers = streams.map(stream => source.open(stream, 0));
    expect(await Promise.all(readers.map(reader => reader.next()))).toEqual([null, null, null]);
    for (const [i, { topic, partition }] of streams.entries()) {
      await produce(kafka, topic, 3, `p${i}`, partition);
      const reader = readers[i];
      if (!reader) throw new Error('no reader');
      expect(recordsOf(await readTo(source, reader, 3)).map(text)).toEqual([`p${i}-0`, `p${i}-1`, `p${i}-2`]);
    }
    await source.stop();
  });

  it('delivers nothing from a closed reader, and starts anew from another offset', async () => {
    const topic = await kafka.createTopic('reopened');
    await produce(kafka, topic, 50);
    const source = sourceOf(kafka, [topic]);
    await started(source);
    const first = source.open(streamOf(topic), 0);
    await readTo(source, first, 50);
    first.close();
    await produce(kafka, topic, 10, 'late');
    const second = source.open(streamOf(topic), 30);
    expect(recordsOf(await readTo(source, second, 60)).map(({ offset }) => offset)).toEqual(
      Array.from({ length: 30 }, (_, i) => 30 + i),
    );
    expect(await first.next()).toBeNull();
    await source.stop();
  });

  it('waits for a topic that is not there, and does not create it', async () => {
    const topic = `absent-${Date.now()}`;
    let waited = (_reason: string) => {};
    const waiting = new Promise<string>(resolve => {
      waited = resolve;
    });
    const source = sourceOf(kafka, [topic], { hooks: { waiting: (_, reason) => waited(reason) } });
    let streams: unknown = null;
    const starting = source.start(assignment => {
      streams = assignment.streams;
    });
    expect(await waiting).toContain('there is no such topic');
    expect(await (await kafka.admin()).listTopics()).not.toContain(topic);
    await kafka.createExactTopic(topic);
    await starting;
    expect(streams).toEqual([streamOf(topic)]);
    await source.stop();
  });

  it('gives up waiting for a topic when it is stopped', async () => {
    const source = sourceOf(kafka, [`never-${Date.now()}`]);
    const starting = source.start(() => {}).catch(error => error);
    await source.stop();
    expect(await starting).toMatchObject({ message: expect.stringMatching(/stopped|aborted/) });
  });
});

describe('limits', () => {
  it('stops fetching a partition whose buffer is full, and goes on when it is taken', async () => {
    const topic = await kafka.createTopic('full', { partitions: 2 });
    const producer = await kafka.producer();
    const value = Buffer.alloc(10_000, 7);
    const [count, sends] = [200, 4];
    for (let i = 0; i < sends; i++) {
      const messages = Array.from({ length: count / sends }, () => ({ value, partition: 0 }));
      await producer.send({ topic, messages });
    }
    const pauses: boolean[] = [];
    let paused = () => {};
    const full = new Promise<void>(resolve => {
      paused = resolve;
    });
    const source = sourceOf(kafka, [topic], {
      bufferBytesMax: 400_000,
      hooks: {
        paused(_, isPaused) {
          pauses.push(isPaused);
          paused();
        },
      },
    });
    await started(source);
    const reader = source.open(streamOf(topic, 0), 0);
    const other = source.open(streamOf(topic, 1), 0);
    await full;
    // The other partition goes on meanwhile.
    await produce(kafka, topic, 5, 'm', 1);
    expect(recordsOf(await readTo(source, other, 5))).toHaveLength(5);
    expect(pauses).toEqual([true]);
    const buffered: number[] = [];
    for (let batch = await reader.next(); batch; batch = await reader.next())
      buffered.push(batch.records.length);
    const bufferedBytes = buffered.reduce((sum, records) => sum + records, 0) * value.length;
    // Its share is half of the buffer; one fetch of a partition (1 MiB) may come on top.
    expect(bufferedBytes).toBeGreaterThan(200_000);
    expect(bufferedBytes).toBeLessThan(200_000 + 1.2 * 2 ** 20);
    expect(bufferedBytes).toBeLessThan(count * value.length);
    expect(pauses).toEqual([true, false]);
    const rest = recordsOf(await readTo(source, reader, count));
    expect(bufferedBytes / value.length + rest.length).toBe(count);
    await source.stop();
  });

  it('holds no more of a fetch than the records that it keeps', async () => {
    const topic = await kafka.createTopic('copied');
    await produce(kafka, topic, 1000);
    const source = sourceOf(kafka, [topic]);
    await started(source);
    const records = recordsOf(await readTo(source, source.open(streamOf(topic), 990), 1000));
    const bytes = records.reduce((sum, { key, value }) => sum + (key?.length ?? 0) + (value?.length ?? 0), 0);
    const held = new Set(records.flatMap(({ key, value }) => [key?.buffer, value?.buffer]));
    expect([...held].reduce((sum, buffer) => sum + (buffer?.byteLength ?? 0), 0)).toBe(bytes);
    await source.stop();
  });
});

describe('commit', () => {
  it('tells the group how far we are, but only of what was delivered from a partition that is ours', async () => {
    const topic = await kafka.createTopic('commits', { partitions: 2 });
    await produce(kafka, topic, 10);
    const group = `commits-${Date.now()}`;
    const source = sourceOf(kafka, [topic], { group });
    await started(source);
    const admin = await kafka.admin();
    const committed = async () => {
      const [found] = await admin.fetchOffsets({ groupId: group, topics: [topic] });
      return found?.partitions.sort((a, b) => a.partition - b.partition).map(({ offset }) => Number(offset));
    };
    const reader = source.open(streamOf(topic), 0);
    await readTo(source, reader, 10);
    await source.commit(streamOf(topic), 7);
    expect(await committed()).toEqual([7, -1]);
    await source.commit(streamOf(topic), 11);
    await source.commit(streamOf(topic, 1), 0);
    expect(await committed()).toEqual([7, -1]);
    await source.commit(streamOf(topic), 10);
    reader.close();
    await source.commit(streamOf(topic), 3);
    expect(await committed()).toEqual([10, -1]);
    await source.stop();
  });
});
