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
});
