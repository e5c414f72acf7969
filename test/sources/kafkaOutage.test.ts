import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Assignment } from '../../pipeline/sources/source.ts';
import { type KafkaServer, startKafka, type TestKafka, useKafka } from '../support/kafka.ts';
import { produce, readTo, recordsOf, sourceOf, started, streamOf, text } from './kafkaSupport.ts';

let server: KafkaServer;
let kafka: TestKafka;
beforeAll(async () => {
  server = await startKafka();
  kafka = useKafka(server.details);
});
afterAll(async () => {
  await kafka.close();
  await server.stop();
});

it('goes on after the broker died and came back, with nothing lost and nothing twice', async () => {
  const topic = await kafka.createTopic('outage');
  await produce(kafka, topic, 10);
  const source = sourceOf(kafka, [topic]);
  let present: Assignment | null = null;
  await source.start(assignment => {
    present = assignment;
  });
  let next = 0;
  let number = 0;
  let reader = source.open(streamOf(topic), next);
  const seen: string[] = [];
  // As the worker does: opens where it is after every assignment, and reads on.
  const readUntil = async (end: number) => {
    while (next < end) {
      if (present && present.streams.length > 0 && present.number !== number) {
        number = present.number;
        reader = source.open(streamOf(topic), next);
      }
      const batch = await reader.next();
      if (batch) {
        seen.push(...batch.records.map(text));
        next = batch.next;
      } else await source.wait(500);
    }
  };
  await readUntil(10);
  await kafka.close();
  await server.kill();
  // Neither a failing fetch nor a commit that cannot be made ends the worker.
  await source.wait(2000);
  expect(await reader.next()).toBeNull();
  await server.restart();
  await produce(kafka, topic, 10, 'after');
  await readUntil(20);
  const expected = ['m', 'after'].flatMap(prefix => Array.from({ length: 10 }, (_, i) => `${prefix}-${i}`));
  expect(seen).toEqual(expected);
  await source.commit(streamOf(topic), 20);
  await source.stop();
});

it('starts before the broker is there', async () => {
  const topic = await kafka.createTopic('early');
  await produce(kafka, topic, 3);
  await kafka.close();
  await server.kill();
  let waited = () => {};
  const waiting = new Promise<void>(resolve => {
    waited = resolve;
  });
  const source = sourceOf(kafka, [topic], { hooks: { waiting: () => waited() } });
  const starting = started(source);
  await waiting;
  await server.restart();
  await starting;
  expect(recordsOf(await readTo(source, source.open(streamOf(topic), 0), 3))).toHaveLength(3);
  await source.stop();
});
