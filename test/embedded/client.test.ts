import { Readable } from 'node:stream';
import type { ClickHouseClient } from '@clickhouse/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestClickHouse, type TestClickHouse } from '../support/clickhouse.ts';

let server: TestClickHouse;
let client: ClickHouseClient;

beforeAll(async () => {
  server = await startTestClickHouse();
  client = server.client();
  await client.command({ query: 'CREATE DATABASE footfall' });
  await client.command({
    query:
      'CREATE TABLE footfall.t (id UInt64, text String, maybe Nullable(Int32)) ENGINE = MergeTree ORDER BY id',
  });
});

afterAll(() => server.stop());

async function rows<T>(query: string, more: object = {}): Promise<T[]> {
  const found = await client.query({ query, format: 'JSONEachRow', ...more });
  return await found.json<T>();
}

test('answers a ping, with and without a query', async () => {
  expect(await client.ping()).toEqual({ success: true });
  expect(await client.ping({ select: true })).toEqual({ success: true });
});

test('inserts objects, a stream of objects, and RowBinary bytes', async () => {
  await client.command({ query: 'TRUNCATE TABLE footfall.t' });
  await client.insert({
    table: 'footfall.t',
    values: [{ id: 1, text: `it's\n\t\\` }],
    format: 'JSONEachRow',
  });
  const stream = Readable.from([{ id: 2, text: 'two', maybe: -1 }]);
  await client.insert({
    table: 'footfall.t',
    values: stream,
    format: 'JSONEachRow',
    columns: ['id', 'text', 'maybe'],
  });
  const binary = Buffer.from([3, 0, 0, 0, 0, 0, 0, 0, 2, 0x0a, 0xff]);
  const { stream: rest } = await client.exec({
    query: 'INSERT INTO footfall.t (id, text) FORMAT RowBinary',
    values: Readable.from([binary.subarray(0, 4), binary.subarray(4)], { objectMode: false }),
  });
  rest.resume();
  await client.insert({ table: 'footfall.t', values: [], format: 'JSONEachRow' });
  expect(await rows('SELECT id, hex(text) AS text, maybe FROM footfall.t ORDER BY id')).toEqual(
    [
      { id: '1', text: Buffer.from(`it's\n\t\\`).toString('hex').toUpperCase(), maybe: null },
      { id: '2', text: Buffer.from('two').toString('hex').toUpperCase(), maybe: -1 },
      { id: '3', text: '0AFF', maybe: null },
    ].map(row => ({ ...row, id: Number(row.id) })),
  );
});

test('a row that does not fit inserts nothing, and is told', async () => {
  await client.command({ query: 'TRUNCATE TABLE footfall.t' });
  const values = [{ id: 1 }, { id: 'x' }];
  const failing = client.insert({ table: 'footfall.t', values, format: 'JSONEachRow' });
  await expect(failing).rejects.toMatchObject({ code: expect.stringMatching(/^(27|72|6)$/) });
  expect(await rows('SELECT count() AS n FROM footfall.t')).toEqual([{ n: 0 }]);
});

test('parameters of many types arrive as they are', async () => {
  const text = `quote ' double " back \\ \\n tab \t line \n {x:String} ; -- é 你好`;
  const types: [string, unknown, unknown][] = [
    ['String', text, text],
    ['String', '', ''],
    ['Nullable(String)', null, null],
    ['UInt64', '18446744073709551615', '18446744073709551615'],
    ['Int64', -5n, '-5'],
    ['Float64', 1.5, 1.5],
    ['Bool', true, true],
    ['Array(String)', ['a', text, ''], ['a', text, '']],
    ['Array(Nullable(Int32))', [1, null, -3], [1, null, -3]],
    ['Array(Array(UInt8))', [[1], [], [2, 3]], [[1], [], [2, 3]]],
    ['Map(String, String)', { a: text }, { a: text }],
    ["DateTime64(3, 'UTC')", new Date('2026-11-21T10:20:30.456Z'), '2026-11-21 10:20:30.456'],
    ['Date', '2026-11-21', '2026-11-21'],
    ['Tuple(String, UInt8)', { 0: 'x' }, undefined],
  ];
  for (const [type, value, expected] of types.filter(([, , e]) => e !== undefined)) {
    const found = await rows(`SELECT {p:${type}} AS p`, {
      query_params: { p: value },
      clickhouse_settings: { output_format_json_quote_64bit_integers: 1 },
    });
    expect({ type, found }).toEqual({ type, found: [{ p: expected }] });
  }
  expect(
    await rows('SELECT count() AS n FROM {db:Identifier}.{t:Identifier}', {
      query_params: { db: 'system', t: 'one' },
    }),
  ).toEqual([{ n: 1 }]);
});

test('parameters longer than a URL should be, in the URL and in the body', async () => {
  const ids = Array.from({ length: 8_000 }, (_, i) => `visitor-${i}`);
  for (const use_multipart_params of [false, true]) {
    const found = await rows('SELECT length({ids:Array(String)}) AS n', {
      query_params: { ids },
      use_multipart_params,
    });
    expect(found).toEqual([{ n: 8_000 }]);
  }
});

test('settings and parameters end with their request', async () => {
  const asked = `SELECT getSetting('max_threads') AS threads`;
  const before = await rows(asked);
  expect(await rows(asked, { clickhouse_settings: { max_threads: 7 } })).toEqual([{ threads: 7 }]);
  expect(await rows(asked)).toEqual(before);
  expect(await rows('SELECT {x:String} AS x', { query_params: { x: 'mine' } })).toEqual([{ x: 'mine' }]);
  await expect(rows('SELECT {x:String} AS x')).rejects.toMatchObject({ code: '456' });
  await client.command({ query: 'SET max_threads = 5' });
  await client.command({ query: 'USE footfall' });
  await client.command({ query: 'CREATE TEMPORARY TABLE mine (a Int8)' });
  expect(await rows(asked)).toEqual(before);
  expect(await rows('SELECT currentDatabase() AS db')).toEqual([{ db: 'default' }]);
  await expect(rows('SELECT * FROM mine')).rejects.toMatchObject({ code: '60' });
});

test('a session keeps what its statements set, and not what its requests did', async () => {
  const session_id = 'a session';
  await client.command({ query: 'CREATE TEMPORARY TABLE mine (a Int8)', session_id });
  await client.command({ query: 'INSERT INTO mine VALUES (3)', session_id });
  await client.command({ query: 'SET max_threads = 5', session_id });
  expect(await rows('SELECT a FROM mine', { session_id })).toEqual([{ a: 3 }]);
  const asked = `SELECT getSetting('max_threads') AS threads, getSetting('max_block_size') AS block`;
  const more = { session_id, clickhouse_settings: { max_threads: 2, max_block_size: '99' } };
  expect(await rows(asked, more)).toEqual([{ threads: 2, block: 99 }]);
  expect(await rows(asked, { session_id })).toMatchObject([
    { threads: 5, block: expect.not.stringMatching('99') },
  ]);
  await client.command({ query: 'USE system', session_id });
  const other = server.client({ database: 'footfall' });
  const elsewhere = await other.query({
    query: 'SELECT currentDatabase() AS db',
    format: 'JSONEachRow',
    session_id,
  });
  expect(await elsewhere.json()).toEqual([{ db: 'footfall' }]);
  expect(await rows('SELECT currentDatabase() AS db', { session_id })).toEqual([{ db: 'system' }]);
  await expect(rows('SELECT a FROM mine', { session_id: 'another' })).rejects.toMatchObject({ code: '60' });
});

test('errors carry ClickHouse’s codes', async () => {
  const codes: [string, string][] = [
    ['SELECT * FROM nope', '60'],
    ['SELEC 1', '62'],
    ['SELECT nope()', '46'],
    ['SELECT 1; SELECT 2', '62'],
    ['SELECT throwIf(1)', '395'],
    ['DROP TABLE nope', '60'],
    ['SELECT 1 FROM nope.t', '81'],
  ];
  for (const [query, code] of codes) {
    await expect(client.query({ query }), query).rejects.toMatchObject({ code });
  }
  const unknown = rows('SELECT 1', { clickhouse_settings: { no_such: 1 } });
  await expect(unknown).rejects.toMatchObject({ code: '115' });
  await expect(
    client.insert({ table: 'nope', values: [{ a: 1 }], format: 'JSONEachRow' }),
  ).rejects.toMatchObject({
    code: '60',
  });
});

test('a large result streams', async () => {
  const found = await client.query({ query: 'SELECT number FROM numbers(2000000)', format: 'JSONEachRow' });
  let count = 0;
  let last = '';
  for await (const chunk of found.stream()) {
    count += chunk.length;
    last = chunk.at(-1)?.text ?? last;
  }
  expect(count).toBe(2_000_000);
  expect(last).toBe('{"number":1999999}');
});

test('an error in the midst of a stream ends it with that error', async () => {
  const found = await client.query({
    query: 'SELECT throwIf(number = 3000000, $$too far$$) FROM numbers(4000000)',
    format: 'JSONEachRow',
    clickhouse_settings: { max_threads: 1, max_block_size: '10000' },
  });
  const reading = (async () => {
    for await (const _ of found.stream());
  })();
  await expect(reading).rejects.toThrow(/too far/);
});

test('compressed both ways', async () => {
  const squeezing = server.client({ database: 'footfall', compression: { request: true, response: true } });
  await client.command({ query: 'TRUNCATE TABLE footfall.t' });
  const values = Array.from({ length: 20_000 }, (_, id) => ({ id, text: 'text '.repeat(20) }));
  await squeezing.insert({ table: 't', values, format: 'JSONEachRow' });
  const found = await squeezing.query({ query: 'SELECT id, text FROM t ORDER BY id', format: 'JSONEachRow' });
  expect(found.response_headers['content-encoding']).toBe('gzip');
  expect(await found.json()).toHaveLength(20_000);
});

test('a query whose client has gone is cancelled', async () => {
  const gone = new AbortController();
  const query =
    'SELECT sum(sleepEachRow(1)) FROM numbers(600) SETTINGS max_block_size = 1, function_sleep_max_microseconds_per_block = 0';
  const waiting = client.query({ query, abort_signal: gone.signal });
  const processes = (): Promise<unknown[]> =>
    rows(
      `SELECT query FROM system.processes WHERE query LIKE '%sleepEachRow%' AND query NOT LIKE '%processes%'`,
    );
  await expect.poll(processes, { timeout: 10_000 }).toHaveLength(1);
  gone.abort();
  await expect(waiting).rejects.toThrow();
  await expect.poll(processes, { timeout: 10_000 }).toHaveLength(0);
});

test('what a server can do besides: functions, dictionaries, views with parameters, mutations', async () => {
  await client.command({ query: 'CREATE FUNCTION twice AS x -> x * 2' });
  await client.command({
    query: 'CREATE TABLE footfall.sites (site String, zone String) ENGINE = ReplacingMergeTree ORDER BY site',
  });
  await client.command({
    query: `CREATE DICTIONARY footfall.zones (site String, zone String DEFAULT 'UTC') PRIMARY KEY site
      SOURCE(CLICKHOUSE(QUERY 'SELECT site, zone FROM footfall.sites FINAL')) LAYOUT(COMPLEX_KEY_HASHED()) LIFETIME(0)`,
  });
  const zone = `SELECT dictGet('footfall.zones', 'zone', tuple('shop')) AS zone`;
  expect(await rows(zone)).toEqual([{ zone: 'UTC' }]);
  await client.command({ query: `INSERT INTO footfall.sites VALUES ('shop', 'Asia/Tokyo')` });
  await client.command({ query: 'SYSTEM RELOAD DICTIONARY footfall.zones' });
  expect(await rows(zone)).toEqual([{ zone: 'Asia/Tokyo' }]);
  await client.command({ query: 'CREATE VIEW footfall.many AS SELECT number AS n FROM numbers({n:UInt64})' });
  expect(await rows('SELECT twice(max(n)) AS m FROM footfall.many(n = 5)')).toEqual([{ m: 8 }]);
  await client.command({
    query: 'ALTER TABLE footfall.sites DELETE WHERE 1',
    clickhouse_settings: { mutations_sync: '1' },
  });
  expect(await rows('SELECT count() AS n FROM footfall.sites')).toEqual([{ n: 0 }]);
  await client.command({ query: 'SYSTEM FLUSH LOGS' });
  expect(await rows('SHOW TABLES FROM footfall')).toContainEqual({ name: 'many' });
});

test('names that look like the clauses that the front writes', async () => {
  expect(await rows('SELECT 1 AS format ORDER BY format DESC')).toEqual([{ format: 1 }]);
  const found = await client.query({
    query: 'SELECT number AS format FROM numbers(2) ORDER BY format desc',
    format: 'CSV',
  });
  expect(await found.text()).toBe('1\n0\n');
});
