import { once } from 'node:events';
import { createServer } from 'node:net';
import { Counter, Registry } from 'prom-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { frameSingleObject } from '../../pipeline/contract/framing.ts';
import { encodeEvent, newest } from '../../pipeline/contract/schema.ts';
import { migrateDatabase } from '../../pipeline/migrate.ts';
import { type Operations, startOperations } from '../../pipeline/operations.ts';
import { startTestClickHouse, type TestClickHouse } from '../support/clickhouse.ts';
import { eventually, footfall, type RunningFootfall, startFootfall } from '../support/footfall.ts';
import { type TestKafka, testKafka } from '../support/kafka.ts';

async function get(url: string): Promise<{ status: number; text: string }> {
  const answer = await fetch(url);
  return { status: answer.status, text: await answer.text() };
}

describe('operations', () => {
  const running: Operations[] = [];
  afterAll(() => Promise.all(running.map(operations => operations.stop())));

  async function start(given: Partial<Parameters<typeof startOperations>[0]> = {}): Promise<string> {
    const operations = await startOperations({
      host: '127.0.0.1',
      port: 0,
      registry: new Registry(),
      notReady: async () => null,
      lastSign: () => Date.now(),
      ...given,
    });
    running.push(operations);
    return operations.url;
  }

  it('tells the metrics in the text format of Prometheus', async () => {
    const registry = new Registry();
    new Counter({ name: 'things_total', help: 'Things', registers: [registry] }).inc(3);
    const answer = await fetch(`${await start({ registry })}/metrics`);
    expect(answer.headers.get('content-type')).toContain('text/plain; version=0.0.4');
    expect(await answer.text()).toContain('things_total 3');
  });

  it('is live while there are signs of it', async () => {
    expect(await get(`${await start()}/live`)).toEqual({ status: 200, text: 'live\n' });
    const silent = await start({ lastSign: () => Date.now() - 700_000 });
    expect(await get(`${silent}/live`)).toEqual({ status: 500, text: 'no sign of life for 700 s\n' });
  });

  it('is ready when nothing is waited for, and says what is', async () => {
    expect(await get(`${await start()}/ready`)).toEqual({ status: 200, text: 'ready\n' });
    const waiting = await start({ notReady: async () => 'partitions are being restored' });
    expect(await get(`${waiting}/ready`)).toEqual({ status: 503, text: 'partitions are being restored\n' });
    const failing = await start({
      notReady: async () => {
        throw new Error('no route');
      },
    });
    expect(await get(`${failing}/ready`)).toEqual({ status: 503, text: 'no route\n' });
  });

  it('answers nothing else', async () => {
    const url = await start();
    expect((await get(`${url}/`)).status).toBe(404);
    expect((await fetch(`${url}/live`, { method: 'POST' })).status).toBe(405);
  });

  it('fails on a port that is taken', async () => {
    const { port } = new URL(await start());
    await expect(start({ port: Number(port) })).rejects.toThrow('EADDRINUSE');
  });
});

describe('worker', () => {
  let kafka: TestKafka;
  let clickhouse: TestClickHouse;
  beforeAll(async () => {
    [kafka, clickhouse] = await Promise.all([testKafka(), startTestClickHouse()]);
  });
  afterAll(async () => {
    await kafka?.close();
    await clickhouse?.stop();
  });

  const settings = (topic: string): Record<string, string> => ({
    KAFKA_BROKERS: kafka.brokers.join(','),
    KAFKA_TOPICS: topic,
    KAFKA_GROUP: topic,
    KAFKA_FETCH_WAIT_MS: '50',
    SCHEMA_REGISTRY_URL: 'none',
    CLICKHOUSE_URL: clickhouse.url,
    METRICS_PORT: '0',
    FLUSH_INTERVAL_MS: '50',
  });

  async function produce(topic: string, events: number): Promise<void> {
    const producer = await kafka.producer();
    await producer.send({
      topic,
      messages: Array.from({ length: events }, (_, i) => {
        const event = {
          event_id: `e${i}`,
          event_name: 'page_view',
          event_time: Date.now(),
          visitor_id: `v${i}`,
        };
        return { key: `v${i}`, value: frameSingleObject(newest.fingerprint, encodeEvent(event)) };
      }),
    });
  }

  async function accepted(topic: string): Promise<number> {
    const answer = await clickhouse.client().query({
      query: 'SELECT toUInt32(count()) AS n FROM footfall.events WHERE topic = {topic:String}',
      query_params: { topic },
      format: 'JSONEachRow',
    });
    const [row] = await answer.json<{ n: number }>();
    return row?.n ?? 0;
  }

  async function operationsOf(worker: RunningFootfall): Promise<string> {
    const [, url = ''] = await worker.says(/"url":"([^"]+)"/);
    return url;
  }

  async function stop(worker: RunningFootfall): Promise<string> {
    worker.child.kill('SIGTERM');
    const { code, stdout, stderr } = await worker.ended;
    expect([code, stdout], stderr).toEqual([0, '']);
    return stderr;
  }

  it('asks for the tables before it reads', async () => {
    const worker = await startFootfall(['worker'], { env: settings('none') });
    const { code, stderr } = await worker.ended;
    expect(code).toBe(1);
    expect(stderr).toMatch(/^error: database footfall lacks event_rows, .*footfall -- migrate\)$/m);
  });

  it('waits for ClickHouse, live and not ready, and stops when told', async () => {
    const env = { ...settings('none'), CLICKHOUSE_URL: await nobody() };
    const worker = await startFootfall(['worker'], { env });
    const url = await operationsOf(worker);
    await worker.says('"msg":"waiting for ClickHouse"');
    expect((await get(`${url}/live`)).status).toBe(200);
    expect(await get(`${url}/ready`)).toEqual({ status: 503, text: 'waiting for ClickHouse\n' });
    expect(await stop(worker)).toContain('ECONNREFUSED');
  });

  it('waits for Kafka, and stops when told', async () => {
    await migrateDatabase({ client: clickhouse.client(), database: 'footfall' });
    const env = { ...settings('none'), KAFKA_BROKERS: new URL(await nobody()).host };
    const worker = await startFootfall(['worker'], { env });
    await worker.says('waiting for topic none');
    await stop(worker);
  });

  it('is ready when it has restored its partitions, counts what it reads, and stops with all of it written', async () => {
    const topic = await kafka.createTopic('ops', {
      partitions: 2,
      config: { 'message.timestamp.type': 'CreateTime' },
    });
    await produce(topic, 50);
    // Nothing is written before the stop.
    const worker = await startFootfall(['worker'], {
      env: { ...settings(topic), FLUSH_INTERVAL_MS: '3600000' },
    });
    const url = await operationsOf(worker);
    await eventually(
      () => get(`${url}/ready`),
      ({ status }) => status === 200,
    );
    expect((await get(`${url}/live`)).status).toBe(200);
    const { text } = await eventually(
      () => get(`${url}/metrics`),
      answer =>
        answer.text.includes(`footfall_records_total{topic="${topic}",outcome="accepted",reason=""} 50`),
    );
    expect(text).toContain('process_cpu_seconds_total');
    await worker.says(/message\.timestamp\.type is CreateTime/);

    const log = await stop(worker);
    expect(log).toContain('"msg":"stopped"');
    expect(await accepted(topic)).toBe(50);
  });

  it('leaves what the doctor finds right, on a topic that the doctor does not', async () => {
    await migrateDatabase({ client: clickhouse.client(), database: 'footfall' });
    const topic = await kafka.createTopic('doctor', { partitions: 2 });
    const unread = await footfall(['doctor'], { env: settings(topic) });
    expect(unread.stdout).toContain(`ok    topic ${topic}: 2 partitions, LogAppendTime, kept for 7 days\n`);
    expect(unread.stdout).toContain(`WARN  positions of ${topic}: it was not read yet\n`);
    await produce(topic, 20);
    const worker = await startFootfall(['worker'], { env: settings(topic) });
    await eventually(
      () => accepted(topic),
      n => n === 20,
    );
    const during = await footfall(['doctor'], { env: settings(topic) });
    expect(during.stdout).toContain(`ok    workers: 1 in group ${topic}\n`);
    await stop(worker);
    const after = await footfall(['doctor'], { env: settings(topic) });
    expect(after.stdout).toMatch(
      new RegExp(`^ok {4}positions of ${topic}: 2 partitions, lag 0 records, `, 'm'),
    );
    expect(after.stdout).toMatch(/^ok {4}ledger: .* residual 0$/m);
    expect(after.stdout).toContain(`WARN  workers: none runs in group ${topic}\n`);
    expect(after.code, after.stdout).toBe(0);

    // Records by the clock of their producer, and compacted: answers would be wrong.
    const bad = await kafka.createTopic('bad', {
      config: {
        'message.timestamp.type': 'CreateTime',
        'cleanup.policy': 'compact',
        'retention.ms': '3600000',
      },
    });
    const found = await footfall(['doctor', '--json'], {
      env: { ...settings(bad), KAFKA_TOPICS: `${bad},nowhere` },
    });
    const failed = (
      JSON.parse(found.stdout) as Array<{ check: string; status: string; found: string }>
    ).filter(f => f.status === 'fail');
    expect(failed.map(f => [f.check, f.found.split(',')[0]])).toEqual([
      [`topic ${bad}`, 'message.timestamp.type is CreateTime'],
      [`topic ${bad}`, 'cleanup.policy is compact'],
      ['topic nowhere', 'there is none'],
    ]);
    expect(found.code).toBe(1);
  });

  it('ends at once at the second signal', async () => {
    const env = { ...settings('none'), CLICKHOUSE_URL: await hanging() };
    const worker = await startFootfall(['worker'], { env });
    await operationsOf(worker);
    worker.child.kill('SIGINT');
    await worker.says('"msg":"stopping"');
    worker.child.kill('SIGINT');
    expect((await worker.ended).code).toBe(1);
  });
});

/** A URL at which nobody listens. */
async function nobody(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return `http://127.0.0.1:${address.port}`;
}

const hung: ReturnType<typeof createServer>[] = [];
afterAll(() => {
  for (const server of hung) server.close();
});

/** A URL whose server never answers. */
async function hanging(): Promise<string> {
  const server = createServer(socket => socket.on('error', () => socket.destroy())).listen(0, '127.0.0.1');
  hung.push(server);
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return `http://127.0.0.1:${address.port}`;
}
