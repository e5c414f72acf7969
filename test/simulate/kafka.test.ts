import { Kafka, logLevel } from 'kafkajs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDecoder } from '../../pipeline/contract/decode.ts';
import { partitionOf } from '../../pipeline/contract/murmur2.ts';
import { rejectionOf } from '../../pipeline/fold/validate.ts';
import { produceHistory } from '../../pipeline/simulate/produce.ts';
import { createShop } from '../../pipeline/simulate/simulate.ts';
import { readTo, recordsOf, sourceOf, started, streamOf } from '../sources/kafkaSupport.ts';
import { type TestKafka, testKafka } from '../support/kafka.ts';

let kafka: TestKafka;
beforeAll(async () => {
  kafka = await testKafka();
});
afterAll(() => kafka.close());

test('sends every record to its partition, misframed ones as they are, and counts them', async () => {
  const topic = await kafka.createTopic('simulated', { partitions: 2 });
  // A year ago, so that nothing of it is in the future but what is meant to be.
  const start = Math.floor(Date.now() / 86_400_000 - 300) * 86_400_000;
  const counts = await produceHistory({
    shop: createShop({ seed: 'kafka', visitors: 2_000, start, days: 20 }),
    kafka: new Kafka({ brokers: kafka.brokers, logLevel: logLevel.NOTHING }),
    topic,
    rate: 0,
    schemaId: null,
    signal: new AbortController().signal,
  });
  const decoder = createDecoder({});
  const source = sourceOf(kafka, [topic]);
  await started(source);
  let records = 0;
  const rejected: Record<string, number> = {};
  for (const partition of [0, 1]) {
    const stream = streamOf(topic, partition);
    const { end } = await source.bounds(stream);
    for (const { key, value, arrival } of recordsOf(await readTo(source, source.open(stream, 0), end))) {
      records++;
      expect(partitionOf(key ?? '', 2)).toBe(partition);
      const decoded = decoder.decode(value);
      const rejection =
        'rejection' in decoded
          ? decoded.rejection
          : 'event' in decoded && decoded.event.consent_analytics
            ? rejectionOf(decoded.event, arrival, arrival)
            : null;
      if (rejection !== null) rejected[rejection.reason] = (rejected[rejection.reason] ?? 0) + 1;
    }
  }
  await source.stop();
  expect(records).toBe(counts.shop?.records);
  expect(rejected).toEqual(counts.shop?.rejected);
});

test('keeps to the rate, and ends at the signal between two batches', async () => {
  const topic = await kafka.createTopic('paced');
  const stop = new AbortController();
  const started = performance.now();
  const counts = await produceHistory({
    shop: createShop({ seed: 'kafka', visitors: 2_000, start: Date.UTC(2026, 0, 1), days: 20 }),
    kafka: new Kafka({ brokers: kafka.brokers, logLevel: logLevel.NOTHING }),
    topic,
    rate: 500,
    schemaId: null,
    signal: stop.signal,
    onProgress: sent => {
      if (sent >= 500) stop.abort();
    },
  });
  // Ten batches of 50; the wait after the last is cut short by the signal.
  expect(performance.now() - started).toBeGreaterThan(850);
  expect(counts.shop?.records).toBe(500);
});
