import { readFile } from 'node:fs/promises';
import type { ClickHouseClient } from '@clickhouse/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { READS_AT_ONCE, WRITES_AT_ONCE } from '../../pipeline/embedded/limits.ts';
import { startTestClickHouse, type TestClickHouse } from '../support/clickhouse.ts';

let server: TestClickHouse;
let client: ClickHouseClient;

beforeAll(async () => {
  server = await startTestClickHouse();
  client = server.client();
  await client.command({ query: 'CREATE TABLE t (id UInt64) ENGINE = MergeTree ORDER BY id' });
});

afterAll(() => server.stop());

const SLOW = 'function_sleep_max_microseconds_per_block = 0, max_block_size = 1';
const processes = async (text: string): Promise<number> => {
  const query = `SELECT count() AS n FROM system.processes WHERE query LIKE {like:String} AND query NOT LIKE '%processes%'`;
  const found = await client.query({ query, query_params: { like: `%${text}%` }, format: 'JSONEachRow' });
  return (await found.json<{ n: number }>())[0]?.n ?? 0;
};

/** A read that runs until it is told not to. */
async function longRead(): Promise<{ done: Promise<unknown>; end(): Promise<void> }> {
  const gone = new AbortController();
  const mark = `mark${Math.random().toString(36).slice(2)}`;
  const query = `SELECT sleepEachRow(1) AS ${mark} FROM numbers(600) SETTINGS ${SLOW}`;
  const done = client.query({ query, abort_signal: gone.signal }).catch(error => error);
  await expect.poll(() => processes(mark), { timeout: 10_000 }).toBe(1);
  return {
    done,
    async end() {
      gone.abort();
      await expect.poll(() => processes(mark), { timeout: 10_000 }).toBe(0);
    },
  };
}

test('inserts and reads go on beside long reads', async () => {
  const order: string[] = [];
  const longs = await Promise.all(Array.from({ length: READS_AT_ONCE - 1 }, longRead));
  for (const { done } of longs) done.then(() => order.push('long read'));
  for (let id = 0; id < 5; id++) await client.insert({ table: 't', values: [{ id }], format: 'JSONEachRow' });
  order.push('inserts');
  const found = await client.query({ query: 'SELECT count() AS n FROM t', format: 'JSONEachRow' });
  expect(await found.json()).toEqual([{ n: 5 }]);
  order.push('read');
  expect(order).toEqual(['inserts', 'read']);
  await Promise.all(longs.map(long => long.end()));
});

test('reads go on beside long inserts, and so does the HTTP front', async () => {
  const query = `INSERT INTO t SELECT number + 100 + sleepEachRow(0.3) FROM numbers(10) SETTINGS ${SLOW}`;
  const order: string[] = [];
  const inserts = Array.from({ length: WRITES_AT_ONCE + 1 }, () =>
    client.command({ query }).then(() => order.push('insert')),
  );
  await expect.poll(() => processes('number + 100'), { timeout: 10_000 }).toBe(WRITES_AT_ONCE);
  await client.query({ query: 'SELECT count() FROM t' }).then(() => order.push('read'));
  await client.ping().then(() => order.push('ping'));
  await Promise.all(inserts);
  expect(order.slice(0, 2)).toEqual(['read', 'ping']);
});

test('a scalar subquery that takes long does not stop the front', async () => {
  const order: string[] = [];
  const slow = client
    .query({ query: `WITH (SELECT sum(sleepEachRow(0.5)) FROM numbers(3) SETTINGS ${SLOW}) AS x SELECT x` })
    .then(() => order.push('slow'));
  await expect.poll(() => processes('sleepEachRow(0.5)'), { timeout: 10_000 }).toBe(1);
  for (let i = 0; i < 3; i++) await client.ping().then(() => order.push('ping'));
  await slow;
  expect(order).toEqual(['ping', 'ping', 'ping', 'slow']);
});

test('a client that does not read holds up nobody, and its result does not pile up in memory', async () => {
  const rss = async (): Promise<number> => {
    const status = await readFile(`/proc/${server.pid}/status`, 'utf8');
    return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) * 1024;
  };
  const before = await rss();
  const answer = await fetch(`${server.url}/?query=SELECT+number+AS+stalled+FROM+numbers(300000000)`);
  const body = answer.body?.getReader();
  await body?.read();
  await expect.poll(() => processes('stalled'), { timeout: 10_000 }).toBe(1);
  const found = await client.query({ query: 'SELECT 1 AS one', format: 'JSONEachRow' });
  expect(await found.json()).toEqual([{ one: 1 }]);
  expect((await rss()) - before).toBeLessThan(200e6);
  await body?.cancel();
  await expect.poll(() => processes('stalled'), { timeout: 10_000 }).toBe(0);
});

test('many requests at once, each with settings and parameters of its own', async () => {
  const one = async (i: number): Promise<void> => {
    const threads = (i % 5) + 1;
    const found = await client.query({
      query: `SELECT getSetting('max_threads') AS threads, {x:String} AS x, {y:UInt32} AS y`,
      query_params: { x: `it's ${i}`, y: i },
      clickhouse_settings: { max_threads: threads },
      format: 'JSONEachRow',
    });
    expect(await found.json()).toEqual([{ threads, x: `it's ${i}`, y: i }]);
  };
  await Promise.all(Array.from({ length: 400 }, (_, i) => one(i)));
});
