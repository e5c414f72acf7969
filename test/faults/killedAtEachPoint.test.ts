import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { LOOP_POINTS } from '../../pipeline/partitionLoop.ts';
import { seededLog } from '../oracle/randomLog.ts';
import type { TestClickHouse } from '../support/clickhouse.ts';
import { event } from '../support/event.ts';
import { type TestKafka, testKafka } from '../support/kafka.ts';
import { seededShares } from '../support/seeded.ts';
import {
  contentOf,
  contentsOf,
  differences,
  HORIZON_MS,
  newTopics,
  openShop,
  sliced,
  startShop,
} from './shop.ts';
import type { WorkerSettings } from './workerChild.ts';
import { followProgress, killWorkers, loadWorker } from './workers.ts';

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

/** Runs out of slices only if a point is not passed though there is plenty to fold. */
const SLICES_PER_POINT = 6;

describe('a worker killed with SIGKILL', () => {
  it(`at each of the ${LOOP_POINTS.length} points of the loop, one after the other: nothing is lost, nothing twice`, async () => {
    const share = seededShares(5);
    const topics = await newTopics(kafka, 'killed', [2, 1]);
    const shop = openShop(kafka, topics, await kafka.producer());
    const slices = sliced(contentsOf(seededLog(20, 1_500)), LOOP_POINTS.length * SLICES_PER_POINT);
    const progress = followProgress();
    const settings = (kill?: WorkerSettings['kill']): WorkerSettings => ({
      brokers: kafka.brokers,
      topics,
      // Positions are the truth, not the group: a new one need not wait until the dead member's session is over.
      group: `killed-${randomUUID()}`,
      clickhouseUrl: clickhouse.url,
      limits: { sessionsMax: 4, eventIdsMax: 8, horizonMs: HORIZON_MS },
      workerLimits: { flushIntervalMs: 50, foldRecordsMax: 7 },
      ...(kill === undefined ? {} : { kill }),
    });
    let next = loadWorker();
    for (const point of LOOP_POINTS) {
      const worker = next;
      next = loadWorker();
      // Every life has a site that is new, so that there is a gap to pin.
      await shop.send([
        ...(slices.shift() ?? []),
        contentOf(event({ site: `of ${point}`, event_id: point })),
      ]);
      const isAtStart = ['assigned', 'positions_written', 'restored', 'gap_pinned', 'idle'].includes(point);
      progress.watch(worker);
      worker.start(settings({ point, passing: isAtStart ? 1 : 1 + Math.floor(share() * 3) }));
      for (let n = 1; ; n++) {
        const ended = await Promise.race([worker.ended, progress.reaches(shop.ends).then(() => null)]);
        if (ended !== null) {
          expect(ended, `${point}: ${ended.failed?.message}`).toMatchObject({ signal: 'SIGKILL' });
          break;
        }
        if (n === SLICES_PER_POINT) throw new Error(`no worker ever passed ${point}`);
        await shop.send(slices.shift() ?? []);
      }
    }
    await shop.send(slices.flat());
    progress.watch(next);
    next.start(settings());
    await Promise.race([progress.reaches(shop.ends), next.ended.then(ended => expect(ended).toBeNull())]);
    await next.stop();
    expect(await differences(clickhouse.client(), await shop.readBack())).toEqual([]);
  }, 240_000);
});
