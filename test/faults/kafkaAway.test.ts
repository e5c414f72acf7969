import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { seededLog } from '../oracle/randomLog.ts';
import type { TestClickHouse } from '../support/clickhouse.ts';
import { type KafkaServer, startKafka, type TestKafka, useKafka } from '../support/kafka.ts';
import { contentsOf, differences, HORIZON_MS, newTopics, openShop, sliced, startShop } from './shop.ts';
import { followProgress, killWorkers, startWorkerProcess } from './workers.ts';

let clickhouse: TestClickHouse;
let server: KafkaServer;
let kafka: TestKafka;
beforeAll(async () => {
  [clickhouse, server] = await Promise.all([startShop(), startKafka()]);
  kafka = useKafka(server.details);
});
afterEach(killWorkers);
afterAll(async () => {
  await kafka?.close();
  await clickhouse?.stop();
  await server?.stop();
});

it('a Kafka that dies under workers that read and workers that restore: all wait, and go on where they were', async () => {
  const topics = await newTopics(kafka, 'outage', [2, 1]);
  const shop = openShop(kafka, topics, await kafka.producer());
  const [before = [], after = []] = sliced(contentsOf(seededLog(4, 300)), 2);
  const settings = {
    brokers: kafka.brokers,
    topics,
    group: `outage-${randomUUID()}`,
    clickhouseUrl: clickhouse.url,
    limits: { horizonMs: HORIZON_MS },
    // Idle partitions ask for the end of the log again and again.
    workerLimits: { idlePositionMs: 100 },
  };
  const progress = followProgress();
  const reading = startWorkerProcess(settings);
  progress.watch(reading);
  await shop.send(before);
  await progress.reaches(shop.ends);

  await server.kill();
  const starting = startWorkerProcess(settings);
  progress.watch(starting);
  // Several of its tries to reach the cluster, and more idle rounds of the other's, go by.
  await starting.waits(2);
  await reading.waits(2);
  await server.restart();
  await shop.send(after);
  await progress.reaches(shop.ends);
  await Promise.all([reading.stop(), starting.stop()]);
  expect([(await reading.ended).code, (await starting.ended).code]).toEqual([0, 0]);
  expect(await differences(clickhouse.client(), await shop.readBack())).toEqual([]);
}, 150_000);
