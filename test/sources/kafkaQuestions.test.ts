import { afterAll, beforeAll, expect, it } from 'vitest';
import { type TestKafka, testKafka } from '../support/kafka.ts';
import { produce, sourceOf, streamOf } from './kafkaSupport.ts';

let kafka: TestKafka;
beforeAll(async () => {
  kafka = await testKafka();
});
afterAll(() => kafka.close());

it('answers many questions about several topics asked at once', async () => {
  const topics: string[] = [];
  for (const [i, name] of ['one', 'two', 'three'].entries()) {
    const topic = await kafka.createTopic(name);
    await produce(kafka, topic, i + 1);
    topics.push(topic);
  }
  for (let round = 0; round < 10; round++) {
    const source = sourceOf(kafka, topics);
    // As a worker's partitions do while they are restored; the source's own check asks beside them.
    const asked = topics.flatMap((topic, i) => [
      source.streams().then(all => expect(all.map(stream => stream.topic)).toEqual(topics)),
      source.bounds(streamOf(topic)).then(found => expect(found).toEqual({ start: 0, end: i + 1 })),
    ]);
    await Promise.all(asked);
    await source.stop();
  }
});
