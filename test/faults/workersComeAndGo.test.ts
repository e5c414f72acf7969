import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { seededLog } from '../oracle/randomLog.ts';
import type { TestClickHouse } from '../support/clickhouse.ts';
import { type TestKafka, testKafka } from '../support/kafka.ts';
import { contentsOf, differences, HORIZON_MS, newTopics, openShop, sliced, startShop } from './shop.ts';
import { followProgress, isAssigned, killWorkers, loadWorker, type WorkerProcess } from './workers.ts';

let clickhouse: TestClickHouse;
let kafka: TestKafka;
beforeAll(async () => {
  [clickhouse, kafka] = await Promise.all([startShop(), testKafka()]);
});
afterEach(killWorkers);
afterAll(async () => {
  await clickhouse?.stop();
  await kafka?.close();
});

const STEPS = 40;

it('workers of one group that join, leave and die in mid-stream, while producers go on, over several topics', async () => {
  const topics = await newTopics(kafka, 'crowd', [4, 2]);
  const group = `crowd-${randomUUID()}`;
  const shop = openShop(kafka, topics, await kafka.producer());
  const slices = sliced(contentsOf(seededLog(31, 2_500)), STEPS);
  const progress = followProgress();
  const spare = [loadWorker(), loadWorker(), loadWorker()];

  /** Resolves when the group has given it partitions, which it also takes from the others. */
  async function join(): Promise<WorkerProcess> {
    const worker = spare.shift() ?? loadWorker();
    progress.watch(worker);
    worker.start({
      brokers: kafka.brokers,
      topics,
      group,
      clickhouseUrl: clickhouse.url,
      // Heartbeats must come through on a busy machine; the killed one's partitions are free after it.
      sessionTimeoutMs: 3_000,
      limits: { sessionsMax: 5, eventIdsMax: 10, horizonMs: HORIZON_MS },
      workerLimits: { flushIntervalMs: 50, foldRecordsMax: 10 },
    });
    await worker.message(isAssigned);
    return worker;
  }

  const first = await join();
  let second: WorkerProcess | undefined;
  let third: WorkerProcess | undefined;
  for (const [step, slice] of slices.entries()) {
    await shop.send(slice);
    // Producers are ahead of the workers, but not so far that nothing is left to do when members change.
    const behind = slices.slice(0, Math.max(0, step - 3)).flat().length;
    await progress.total(behind);
    if (step === 10) second = await join();
    if (step === 20) await first.stop();
    if (step === 24) third = await join();
    if (step === 30) await second?.kill();
  }
  await progress.reaches(shop.ends);
  const failed =
    third === undefined ? null : await Promise.race([third.ended, third.report().then(() => null)]);
  expect(failed).toBeNull();
  await third?.stop();
  const log = await shop.readBack();
  expect(log.streams.filter(stream => stream.entries.length > 0).length).toBeGreaterThan(3);
  expect(await differences(clickhouse.client(), log)).toEqual([]);
}, 180_000);
