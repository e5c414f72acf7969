import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Assignment, PartitionReader } from '../../pipeline/sources/source.ts';
import { type TestKafka, testKafka } from '../support/kafka.ts';
import { produce, readTo, recordsOf, sourceOf, started, streamOf, text } from './kafkaSupport.ts';

let kafka: TestKafka;
beforeAll(async () => {
  kafka = await testKafka();
});
afterAll(() => kafka.close());

const owns = (count: number) => (assignment: Assignment) => assignment.streams.length === count;

describe('workers that come and go', () => {
  it('shares the partitions, and the new owner begins where it is told, whatever was committed', async () => {
    const topic = await kafka.createTopic('shared', { partitions: 2 });
    for (const partition of [0, 1]) await produce(kafka, topic, 20, `p${partition}`, partition);
    const group = `shared-${randomUUID()}`;
    const numbers: number[] = [];
    const first = sourceOf(kafka, [topic], {
      group,
      hooks: { assigned: ({ number }) => numbers.push(number) },
    });
    const one = await started(first);
    expect((await one.assignment(owns(2))).number).toBe(1);
    const before = [0, 1].map(partition => first.open(streamOf(topic, partition), 0));
    for (const reader of before) await readTo(first, reader, 20);
    for (const partition of [0, 1]) await first.commit(streamOf(topic, partition), 20);

    const second = sourceOf(kafka, [topic], { group });
    const two = await started(second);
    const [mine, theirs] = await Promise.all([one.assignment(owns(1)), two.assignment(owns(1))]);
    expect(mine.number).toBe(numbers.length);
    expect(numbers.length).toBeGreaterThan(1);
    const [kept, moved] = [mine.streams[0], theirs.streams[0]];
    if (!kept || !moved) throw new Error('no partitions');
    expect(kept.partition + moved.partition).toBe(1);

    // Readers of the assignment before deliver nothing more, for either partition.
    for (const partition of [0, 1]) await produce(kafka, topic, 5, 'late', partition);
    const reader = second.open(moved, 15);
    const records = recordsOf(await readTo(second, reader, 25));
    expect(records.map(text)).toEqual([
      ...Array.from({ length: 5 }, (_, i) => `p${moved.partition}-${15 + i}`),
      ...Array.from({ length: 5 }, (_, i) => `late-${i}`),
    ]);
    expect(await Promise.all(before.map(old => old.next()))).toEqual([null, null]);
    // A partition that was lost cannot be opened or committed.
    expect(await first.open(moved, 0).next()).toBeNull();
    await first.commit(moved, 3);
    const [offsets] = await (await kafka.admin()).fetchOffsets({ groupId: group, topics: [topic] });
    const ofMoved = offsets?.partitions.find(({ partition }) => partition === moved.partition);
    expect(ofMoved?.offset).toBe('20');
    // One that stayed goes on once it is opened again.
    expect(recordsOf(await readTo(first, first.open(kept, 20), 25)).map(text)).toEqual(
      Array.from({ length: 5 }, (_, i) => `late-${i}`),
    );

    await second.stop();
    const all = await one.assignment(owns(2));
    expect(all.number).toBeGreaterThan(mine.number);
    expect(recordsOf(await readTo(first, first.open(moved, 24), 25)).map(text)).toEqual(['late-4']);
    await first.stop();
  });

  it('assigns nothing to a worker too many, until another leaves', async () => {
    const topic = await kafka.createTopic('spare');
    const group = `spare-${randomUUID()}`;
    const sources = [sourceOf(kafka, [topic], { group }), sourceOf(kafka, [topic], { group })];
    const [a, b] = sources;
    if (!a || !b) throw new Error('no sources');
    const one = await started(a);
    const two = await started(b);
    const [first, second] = await Promise.race([
      Promise.all([one.assignment(owns(1)), two.assignment(owns(0))]),
      Promise.all([one.assignment(owns(0)), two.assignment(owns(1))]),
    ]);
    const [leaving, staying] = first.streams.length === 1 ? [a, two] : [b, one];
    expect(first.streams.length + second.streams.length).toBe(1);
    await leaving.stop();
    expect((await staying.assignment(owns(1))).streams).toEqual([streamOf(topic)]);
    await Promise.all(sources.map(source => source.stop()));
  });
});

it('gives every record once, in order, to whoever opens where the one before stopped, while workers come and go', async () => {
  const [partitions, count] = [4, 3000];
  const all = partitions * count;
  const topic = await kafka.createTopic('crowd', { partitions });
  const group = `crowd-${randomUUID()}`;
  /** What the positions table is to the worker. */
  const positions = new Array<number>(partitions).fill(0);
  const total = () => positions.reduce((sum, next) => sum + next, 0);
  const goals: { total: number; reached: () => void }[] = [];
  const reaching = (goal: number) =>
    new Promise<void>(reached => {
      if (total() >= goal) reached();
      else goals.push({ total: goal, reached });
    });
  const moveTo = (partition: number, next: number) => {
    positions[partition] = Math.max(positions[partition] ?? 0, next);
    for (const goal of goals) if (total() >= goal.total) goal.reached();
  };
  let assignments = 0;

  /** Takes part from one count of read records to another, opening after each assignment where the group stands. */
  async function work(from: number, to: number): Promise<void> {
    if (from > 0) await reaching(from);
    let assigned: Assignment = { number: 0, streams: [] };
    const source = sourceOf(kafka, [topic], { group, bufferBytesMax: 20_000 });
    await source.start(assignment => {
      assigned = assignment;
      assignments++;
    });
    let number = 0;
    let readers: [partition: number, PartitionReader][] = [];
    while (total() < to) {
      if (assigned.number !== number) {
        number = assigned.number;
        readers = assigned.streams.map(stream => [
          stream.partition,
          source.open(stream, positions[stream.partition] ?? 0),
        ]);
      }
      for (const [partition, reader] of readers) {
        const batch = await reader.next();
        if (!batch) continue;
        const first = batch.records[0]?.offset ?? 0;
        const last = batch.next - 1;
        // A worker that has not heard of its successor yet repeats what is true; it skips nothing.
        expect(first).toBeLessThanOrEqual(positions[partition] ?? 0);
        const values = Array.from({ length: last - first + 1 }, (_, i) => `${partition}-${first + i}`);
        expect(batch.records.map(text)).toEqual(values);
        moveTo(partition, batch.next);
      }
      await source.wait(50);
    }
    await source.stop();
  }

  async function produceAll(): Promise<void> {
    const producer = await kafka.producer();
    const step = 50;
    for (let from = 0; from < count; from += step) {
      const ahead = 200;
      if (from > ahead) await reaching((from - ahead) * partitions);
      const messages = Array.from({ length: step * partitions }, (_, i) => {
        const partition = i % partitions;
        return { partition, value: `${partition}-${from + Math.floor(i / partitions)}` };
      });
      await producer.send({ topic, messages });
    }
  }
  const crowd = [
    work(0, all),
    work(0, 0.3 * all),
    work(0.1 * all, 0.7 * all),
    work(0.5 * all, all),
    work(0.8 * all, all),
  ];
  await Promise.all([produceAll(), ...crowd]);
  expect(positions).toEqual(new Array(partitions).fill(count));
  expect(assignments).toBeGreaterThan(crowd.length);
});
