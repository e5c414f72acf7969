import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { frameConfluent } from '../../pipeline/contract/framing.ts';
import { encodeEvent, newest } from '../../pipeline/contract/schema.ts';
import type { TestClickHouse } from '../support/clickhouse.ts';
import { event } from '../support/event.ts';
import { type TestKafka, testKafka } from '../support/kafka.ts';
import { registerSchema, testRegistry } from '../support/registry.ts';
import { type RegistryProxy, startRegistryProxy } from './registryProxy.ts';
import { type Content, differences, newTopics, openShop, type Shop, startShop } from './shop.ts';
import type { FromWorker, WorkerSettings } from './workerChild.ts';
import { followProgress, killWorkers, startWorkerProcess, type WorkerProcess } from './workers.ts';

let clickhouse: TestClickHouse;
let kafka: TestKafka;
let registryUrl: string;
let schemaId: number;
beforeAll(async () => {
  [clickhouse, kafka, { url: registryUrl }] = await Promise.all([startShop(), testKafka(), testRegistry()]);
  schemaId = await registerSchema(registryUrl, `away-${randomUUID()}`, newest.text);
});
let registry: RegistryProxy;
let topics: string[];
let shop: Shop;
beforeEach(async () => {
  registry = await startRegistryProxy(registryUrl);
  topics = await newTopics(kafka, 'registry', [2]);
  shop = openShop(kafka, topics, await kafka.producer());
});
afterEach(async () => {
  await killWorkers();
  await registry.close();
});
afterAll(async () => {
  await clickhouse?.stop();
  await kafka?.close();
});

function settings(more: Partial<WorkerSettings> = {}): WorkerSettings {
  return {
    brokers: kafka.brokers,
    topics,
    group: `registry-${randomUUID()}`,
    clickhouseUrl: clickhouse.url,
    registryUrl: registry.url,
    sessionTimeoutMs: 3_000,
    ...more,
  };
}

/** Page views of some visitors, framed with a schema id as Confluent's serializers do. */
function views(name: string, count: number, id = schemaId): Content[] {
  return Array.from({ length: count }, (_, i) => {
    const one = event({ event_id: `${name} ${i}`, visitor_id: `v${i % 7}`, event_time: Date.now() - 1000 });
    return {
      topic: 0,
      key: one.visitor_id,
      value: frameConfluent(id, encodeEvent(one)),
      is: { event: one },
    };
  });
}

const hasAsked =
  (why: RegExp) =>
  (message: FromWorker): message is { retry: string } =>
    'retry' in message && why.test(message.retry);

/** Waits until the registry was asked so often from now on, in vain. */
function askedAgain(worker: WorkerProcess, times: number): Promise<void> {
  return new Promise(resolve => {
    worker.onMessage(message => {
      if (hasAsked(/registry/)(message) && --times === 0) resolve();
    });
  });
}

describe('a schema registry that is away', () => {
  it('makes the worker wait, however it is away; nothing is rejected, no partition lost; then it goes on', async () => {
    await registry.be('refused');
    await shop.send(views('before', 30));
    const worker = startWorkerProcess(settings());
    const progress = followProgress();
    progress.watch(worker);
    await worker.message(hasAsked(/fetch failed/));
    for (const state of ['hanging', 'failing', 'refused'] as const) {
      await registry.be(state);
      // Hanging takes a request's whole time limit each.
      await askedAgain(worker, state === 'hanging' ? 2 : 8);
    }
    await shop.send(views('meanwhile', 30));
    expect(await worker.report()).toMatchObject({ rejected: 0, rebalances: 1 });
    const written = await clickhouse.client().query({
      query: `SELECT count() AS n FROM footfall.event_rows WHERE topic = '${topics[0]}'`,
      format: 'JSONEachRow',
    });
    expect(await written.json()).toEqual([{ n: 0 }]);
    await registry.be('there');
    await progress.reaches(shop.ends);
    expect(await worker.report()).toMatchObject({ rejected: 0, rebalances: 1 });
    await worker.stop();
    const log = await shop.readBack();
    expect(log.streams.flatMap(s => s.entries)).toHaveLength(60);
    expect(await differences(clickhouse.client(), log)).toEqual([]);
  }, 90_000);

  it('is not missed while the schemas are known, and can be waited for by a worker that is stopped', async () => {
    await shop.send(views('known', 20));
    const worker = startWorkerProcess(settings());
    const progress = followProgress();
    progress.watch(worker);
    await progress.reaches(shop.ends);
    await registry.be('refused');
    await shop.send(views('still known', 20));
    await progress.reaches(shop.ends);
    // The next version of the schema: another id.
    const wider = JSON.parse(newest.text) as { fields: object[] };
    wider.fields.push({ name: 'added', type: 'string', default: '' });
    const id = await registerSchema(registryUrl, `away-${randomUUID()}`, JSON.stringify(wider));
    const news = views('new', 20).map(content => ({
      ...content,
      // The added field is the last: an empty string.
      value: Buffer.concat([
        frameConfluent(id, content.value?.subarray(5) ?? Buffer.alloc(0)),
        Buffer.from([0]),
      ]),
    }));
    await shop.send(news);
    await worker.message(hasAsked(/registry/));
    await worker.stop();
    expect((await worker.ended).code).toBe(0);

    await registry.be('there');
    const second = startWorkerProcess(settings());
    progress.watch(second);
    await progress.reaches(shop.ends);
    await second.stop();
    expect(await differences(clickhouse.client(), await shop.readBack())).toEqual([]);
  }, 90_000);

  it('a lagging replica: what was rejected before a crash stays rejected, though the schema is known after it', async () => {
    await registry.be('lagging');
    const doomed = views('doomed', 10);
    for (const content of doomed) content.is = { unreadable: 'unknown_schema' };
    await shop.send(doomed);
    // Killed when the letters of both partitions are written, by the first flush of each, and perhaps nothing else is.
    const first = startWorkerProcess(
      settings({
        kill: { point: 'dead_letters_written', passing: 2 },
        workerLimits: { idlePositionMs: 60_000 },
      }),
    );
    expect(await first.ended).toMatchObject({ signal: 'SIGKILL' });
    await registry.be('there');
    await shop.send(views('after', 10));
    const second = startWorkerProcess(settings());
    const progress = followProgress();
    progress.watch(second);
    await progress.reaches(shop.ends);
    await second.stop();
    expect(await differences(clickhouse.client(), await shop.readBack())).toEqual([]);
  }, 90_000);
});
