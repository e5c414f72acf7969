import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from '@clickhouse/client';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { DirectoryInUse, findRunning, openEmbedded, startEmbedded } from '../../pipeline/embedded/start.ts';
import { Halt } from '../../pipeline/halt.ts';
import { startTestClickHouse, type TestClickHouse } from '../support/clickhouse.ts';

let dataDir: string;
const started: TestClickHouse[] = [];

async function start(): Promise<TestClickHouse> {
  const server = await startTestClickHouse({ dataDir, log: () => undefined });
  started.push(server);
  return server;
}

beforeEach(async () => {
  // A name that SQL and XML would trip over.
  dataDir = await mkdtemp(join(tmpdir(), "foot fall'&<é "));
});

afterEach(async () => {
  await Promise.all(started.splice(0).map(server => server.stop()));
  await rm(dataDir, { recursive: true, force: true });
});

test('stops cleanly, and goes on with the data when started again', async () => {
  const first = await start();
  expect(JSON.parse(await readFile(join(dataDir, 'server.json'), 'utf8'))).toMatchObject({
    pid: first.pid,
    port: first.port,
  });
  const client = first.client();
  await client.command({ query: 'CREATE TABLE t (id UInt64) ENGINE = MergeTree ORDER BY id' });
  await client.command({ query: 'CREATE FUNCTION twice AS x -> x * 2' });
  await client.insert({ table: 't', values: [{ id: 1 }], format: 'JSONEachRow' });
  await first.stop();
  expect(await first.exited).toEqual({ code: 0, signal: null });
  expect(existsSync(join(dataDir, 'server.json'))).toBe(false);
  const found = await (await start())
    .client()
    .query({ query: 'SELECT twice(id) AS id FROM t', format: 'JSONEachRow' });
  expect(await found.json()).toEqual([{ id: 2 }]);
});

test('a stop waits for an insert that runs', async () => {
  const server = await startEmbedded({ dataDir, port: 0 });
  const client = createClient({ url: server.url });
  await client.command({ query: 'CREATE TABLE t (id UInt64) ENGINE = MergeTree ORDER BY id' });
  const query =
    'INSERT INTO t SELECT number + sleepEachRow(0.2) FROM numbers(10) SETTINGS max_block_size = 1';
  const insert = client.command({ query });
  const running = async (): Promise<string> =>
    (
      await client.query({
        query: "SELECT count() FROM system.processes WHERE query LIKE 'INSERT%'",
        format: 'CSV',
      })
    ).text();
  await expect.poll(running, { timeout: 10_000 }).toBe('1\n');
  await Promise.all([server.stop(), insert]);
  await client.close();
  const found = await (await start())
    .client()
    .query({ query: 'SELECT count() AS n FROM t', format: 'JSONEachRow' });
  expect(await found.json()).toEqual([{ n: 10 }]);
});

test('killed in the midst of inserts: every acknowledged row is there when it opens again', async () => {
  const server = await start();
  const client = server.client();
  await client.command({
    query: 'CREATE TABLE t (id UInt64) ENGINE = MergeTree PARTITION BY id % 8 ORDER BY id',
  });
  const acknowledged: number[] = [];
  const batch = async (n: number): Promise<void> => {
    const values = Array.from({ length: 1_000 }, (_, i) => ({ id: n * 1_000 + i }));
    await client.insert({ table: 't', values, format: 'JSONEachRow' });
    acknowledged.push(n);
    if (acknowledged.length === 20) process.kill(server.pid, 'SIGKILL');
  };
  const results = await Promise.allSettled(Array.from({ length: 200 }, (_, n) => batch(n)));
  expect(results.some(result => result.status === 'rejected')).toBe(true);
  expect(await server.exited).toEqual({ code: null, signal: 'SIGKILL' });
  expect(await findRunning(dataDir)).toBeNull();
  const found = await (await start()).client().query({
    query: 'SELECT intDiv(id, 1000) AS n, count() AS rows FROM t GROUP BY n',
    format: 'JSONEachRow',
  });
  const rows = new Map((await found.json<{ n: number; rows: number }>()).map(row => [row.n, row.rows]));
  expect(acknowledged.filter(n => rows.get(n) !== 1_000)).toEqual([]);
});

test('ends with the process that started it, however that ends', async () => {
  const module = new URL('../../pipeline/embedded/start.ts', import.meta.url).href;
  const script = `import { startEmbedded } from '${module}';
    const { pid } = await startEmbedded({ dataDir: process.argv[1], port: 0 });
    console.log(pid);
    setInterval(() => undefined, 1000);`;
  const args = ['--import', import.meta.resolve('tsx'), '--input-type=module', '-e', script, dataDir];
  const parent = spawn(process.execPath, args, { cwd: '/', stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = await once(parent.stdout, 'data');
  const pid = Number(String(line));
  expect(await findRunning(dataDir)).toMatchObject({ pid });
  parent.kill('SIGKILL');
  await expect.poll(() => existsSync(`/proc/${pid}`), { timeout: 15_000 }).toBe(false);
  expect(existsSync(join(dataDir, 'server.json'))).toBe(false);
});

test('a directory in use is refused, by name and address; a query joins the one that runs', async () => {
  const server = await start();
  const second = startEmbedded({ dataDir, port: 0, log: () => undefined });
  await expect(second).rejects.toThrow(DirectoryInUse);
  await expect(second).rejects.toMatchObject({ pid: server.pid, url: server.url });
  const joined = await openEmbedded(dataDir);
  expect(joined.url).toBe(server.url);
  await joined.close();
  expect(await findRunning(dataDir)).toEqual({ url: server.url, pid: server.pid });
});

test('the engine’s own lock holds where no server.json tells of it', async () => {
  const server = await start();
  await rm(join(dataDir, 'server.json'));
  const second = startEmbedded({ dataDir, port: 0, log: () => undefined });
  await expect(second).rejects.toMatchObject({ name: 'DirectoryInUse', pid: server.pid, url: null });
  expect(await server.client().ping()).toEqual({ success: true });
  expect(await (await server.client().query({ query: 'SELECT 1', format: 'CSV' })).text()).toBe('1\n');
});

test('a server of one’s own is ended, with nothing left behind', async () => {
  const own = await openEmbedded(dataDir);
  const client = createClient({ url: own.url });
  expect(await client.ping()).toEqual({ success: true });
  await client.close();
  await own.close();
  expect(await findRunning(dataDir)).toBeNull();
});

test.each([
  { dataVersion: 99, engine: '1.1' },
  { dataVersion: 1, engine: '99.10.1.1' },
])('data of a newer version is refused and left alone: %j', async version => {
  await (await start()).stop();
  const file = join(dataDir, 'version.json');
  await writeFile(file, JSON.stringify(version));
  const refused = startEmbedded({ dataDir, port: 0, log: () => undefined });
  await expect(refused).rejects.toThrow(Halt);
  await expect(refused).rejects.toMatchObject({
    code: 'data_version',
    remedy: expect.stringContaining('--data'),
  });
  expect(JSON.parse(await readFile(file, 'utf8'))).toEqual(version);
});

test('a server.json whose pid and port now belong to others is known for what it is', async () => {
  const other = createServer((_, res) => res.end('Ok.\n')).listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as AddressInfo;
  const stale = {
    pid: process.pid,
    port,
    version: '26.7.2.1',
    startedAt: '2026-01-01T00:00:00Z',
    instance: 'old',
  };
  await writeFile(join(dataDir, 'server.json'), JSON.stringify(stale));
  expect(await findRunning(dataDir)).toBeNull();
  other.close();
  expect(await findRunning(dataDir)).toBeNull();
  const server = await start();
  expect(await findRunning(dataDir)).toEqual({ url: server.url, pid: server.pid });
});

test('a path that the engine would read as a pattern is refused', async () => {
  const refused = startEmbedded({ dataDir: join(dataDir, 'a*b'), port: 0, log: () => undefined });
  await expect(refused).rejects.toThrow(/may not contain/);
});

test('a port that is taken is told', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as AddressInfo;
  await expect(startEmbedded({ dataDir, port, log: () => undefined })).rejects.toThrow(/EADDRINUSE/);
  other.close();
});
