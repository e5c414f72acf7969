import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ClickHouseClient } from '@clickhouse/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestClickHouse, type TestClickHouse } from '../support/clickhouse.ts';

let server: TestClickHouse;
let admin: ClickHouseClient;
let reader: ClickHouseClient;

beforeAll(async () => {
  server = await startTestClickHouse({ passwords: { default: 'ad’min', reader: 'read:er' } });
  admin = server.client({ password: 'ad’min' });
  reader = server.client({ username: 'reader', password: 'read:er' });
  await admin.command({ query: 'CREATE DATABASE footfall' });
  await admin.command({ query: 'CREATE TABLE footfall.t (id UInt64) ENGINE = MergeTree ORDER BY id' });
  await admin.insert({ table: 'footfall.t', values: [{ id: 1 }], format: 'JSONEachRow' });
});

afterAll(() => server.stop());

test('passwords by Basic, by headers and by URL; none where one is needed', async () => {
  const url = `${server.url}/?query=SELECT+1`;
  const basic = (text: string): Record<string, string> => ({
    authorization: `Basic ${Buffer.from(text).toString('base64')}`,
  });
  const statuses: [number, string, Record<string, string>][] = [
    [200, url, basic('default:ad’min')],
    [200, url, basic('reader:read:er')],
    [200, url, { 'x-clickhouse-user': 'reader', 'x-clickhouse-key': 'read:er' }],
    [200, `${url}&user=reader&password=read:er`, {}],
    [401, url, {}],
    [403, url, basic('default:wrong')],
    [403, url, basic('reader:ad’min')],
    [403, url, basic('nobody:')],
    [403, `${url}&user=default&password=`, {}],
  ];
  for (const [status, at, headers] of statuses) {
    const answer = await fetch(at, { headers });
    const text = await answer.text();
    expect({ status: answer.status, headers }).toEqual({ status, headers });
    if (status === 403) expect(text).toMatch(/^Code: 516\. .*AUTHENTICATION_FAILED/);
  }
  const asked = await fetch(url);
  expect(asked.headers.get('www-authenticate')).toMatch(/^Basic/);
});

test('a password is in no argument list', async () => {
  expect(await readFile(`/proc/${server.pid}/cmdline`, 'utf8')).not.toMatch(/min|read:er/);
});

test('a reader reads', async () => {
  for (const query of [
    'SELECT id FROM footfall.t',
    'WITH 1 AS x SELECT x',
    '(SELECT 1) UNION ALL (SELECT 2)',
    'FROM footfall.t SELECT id',
    'SHOW TABLES FROM footfall',
    'DESCRIBE TABLE footfall.t',
    'EXPLAIN SELECT 1',
    'EXISTS TABLE footfall.t',
    'SELECT count() FROM numbers(10) SETTINGS max_threads = 1',
    `SELECT ';', 'set role admin'`,
  ]) {
    const found = await reader.query({ query, format: 'TabSeparated' });
    expect(await found.text(), query).not.toBe('');
  }
  const found = await reader.query({
    query: 'SELECT {x:String} AS x',
    query_params: { x: `a'b` },
    format: 'JSONEachRow',
  });
  expect(await found.json()).toEqual([{ x: `a'b` }]);
});

const OUT = 'reader-was-here';
const ATTACKS = [
  // Writes.
  'INSERT INTO footfall.t VALUES (2)',
  'INSERT INTO footfall.t SELECT 2',
  'INSERT INTO footfall.t FORMAT CSV\n2\n',
  'WITH 2 AS x INSERT INTO footfall.t SELECT x',
  'CREATE TABLE footfall.u (a Int8) ENGINE = Memory',
  'CREATE TEMPORARY TABLE u (a Int8)',
  'CREATE VIEW footfall.v AS SELECT 1',
  'CREATE FUNCTION f AS x -> x',
  'CREATE DATABASE u',
  'DROP TABLE footfall.t',
  'TRUNCATE TABLE footfall.t',
  'ALTER TABLE footfall.t DELETE WHERE 1',
  'DELETE FROM footfall.t WHERE 1',
  'OPTIMIZE TABLE footfall.t FINAL',
  'RENAME TABLE footfall.t TO footfall.u',
  `BACKUP TABLE footfall.t TO File('x')`,
  // Files and other hosts.
  `SELECT * FROM file('/etc/passwd', 'LineAsString')`,
  'SELECT * FROM `/etc/passwd`',
  `SELECT * FROM url('http://127.0.0.1:1/', 'LineAsString')`,
  `SELECT * FROM url('file:///etc/passwd', 'LineAsString')`,
  `SELECT * FROM s3('http://127.0.0.1:1/x', 'LineAsString')`,
  `SELECT * FROM remote('127.0.0.1', system.one)`,
  `SELECT * FROM sqlite('/etc/passwd', 'x')`,
  `SELECT * FROM executable('ls', 'CSV', 'a String')`,
  `SELECT * FROM merge('footfall', 't') UNION ALL SELECT 1 FROM filesystem('/etc')`,
  `INSERT INTO FUNCTION file('${OUT}', 'CSV') SELECT 1`,
  `INSERT INTO FUNCTION url('http://127.0.0.1:1/', 'CSV') SELECT 1`,
  `SELECT 1 INTO OUTFILE '${OUT}'`,
  `SELECT 1 INTO/**/OUTFILE '${OUT}' TRUNCATE`,
  `SELECT 1 INTO -- x\n outFile '${OUT}' FORMAT CSV`,
  `INSERT INTO footfall.t FROM INFILE '/etc/passwd' FORMAT CSV`,
  // More rights, more room.
  'SET ROLE admin',
  'SET ROLE ALL',
  'SET DEFAULT ROLE admin TO default',
  `SET profile = 'default'`,
  'SET readonly = 0',
  'EXECUTE AS default SELECT 1',
  'GRANT ALL ON *.* TO reader',
  'CREATE USER u',
  'SELECT 1 SETTINGS readonly = 0',
  `SELECT 1 SETTINGS profile = 'default'`,
  'SELECT 1 SETTINGS max_execution_time = 0',
  'SELECT 1 SETTINGS max_execution_time = 3600',
  'SELECT 1 SETTINGS max_result_rows = 0',
  'SELECT 1 SETTINGS max_memory_usage = 0',
  'SELECT * FROM system.users',
  `KILL QUERY WHERE 1`,
  'SYSTEM SHUTDOWN',
  'SYSTEM STOP MERGES',
  'USE footfall',
  // Several statements, and texts that two lexers might read differently.
  `SELECT 1; SET ROLE admin`,
  `SELECT 1; INSERT INTO footfall.t VALUES (2)`,
  `SELECT 1;;INSERT INTO footfall.t VALUES (2)`,
  `SELECT 1 -- '\n; INSERT INTO footfall.t VALUES (2)`,
  `SELECT $$'$$; INSERT INTO footfall.t VALUES (2) -- '`,
  `SELECT $a$ ' $a$; INSERT INTO footfall.t VALUES (2) -- '`,
  `SELECT ‘'’; INSERT INTO footfall.t VALUES (2) -- '`,
  `SELECT 1 /* /* */ */ ; INSERT INTO footfall.t VALUES (2) -- */`,
  `SELECT 1 # '\n; INSERT INTO footfall.t VALUES (2) -- '`,
  `SELECT 1 // '\n; INSERT INTO footfall.t VALUES (2) -- '`,
  `SELECT '\\\\'; INSERT INTO footfall.t VALUES (2) -- '`,
  `SELECT '''; INSERT INTO footfall.t VALUES (2) -- `,
  `SELECT 1\\G; INSERT INTO footfall.t VALUES (2)`,
  `SELECT 1 PARALLEL WITH SELECT 2`,
  `INSERT INTO footfall.t SELECT 2 PARALLEL WITH INSERT INTO footfall.t SELECT 3`,
  `EXPLAIN ESTIMATE INSERT INTO footfall.t SELECT 2`,
];

test.each(ATTACKS)('a reader cannot: %s', async query => {
  const auth = { 'x-clickhouse-user': 'reader', 'x-clickhouse-key': 'read:er' };
  const answers = [
    await fetch(server.url, { method: 'POST', headers: auth, body: query }),
    await fetch(`${server.url}/?query=${encodeURIComponent(query)}`, { headers: auth }),
  ];
  for (const answer of answers) {
    const text = await answer.text();
    expect(text).toMatch(/^Code: \d+\. DB::Exception/);
    expect(text).not.toMatch(/root:/);
    expect(answer.status).not.toBe(200);
  }
  expect(existsSync(join(server.dataDir, 'tmp', OUT))).toBe(false);
  const found = await admin.query({ query: 'SELECT id FROM footfall.t', format: 'JSONEachRow' });
  expect(await found.json()).toEqual([{ id: 1 }]);
});

test.each([
  { readonly: '0' },
  { profile: 'default' },
  { role: 'admin' },
  { max_execution_time: '0' },
  { max_result_rows: '2000000' },
  { dialect: 'kusto' },
  { implicit_select: '1' },
])('a reader cannot, by URL: %j', async more => {
  const found = await fetch(
    `${server.url}/?${new URLSearchParams({ user: 'reader', password: 'read:er', query: 'SELECT 1', ...more })}`,
  );
  expect(await found.text()).toMatch(/^Code: (164|452|512)\./);
});

test('a reader’s result has a limit, and ends as an error above it', async () => {
  const text = async (rows: number): Promise<number> => {
    const found = await reader.query({ query: `SELECT number FROM numbers(${rows})`, format: 'JSONEachRow' });
    return (await found.json()).length;
  };
  expect(await text(1_000_000)).toBe(1_000_000);
  await expect(text(1_000_001)).rejects.toThrow(/Limit for result exceeded/);
});

test('a reader’s session is never another’s', async () => {
  const roles = async (client: ClickHouseClient): Promise<unknown> =>
    (await client.query({ query: 'SELECT currentRoles() AS r', format: 'JSONEachRow' })).json();
  for (let i = 0; i < 5; i++) {
    expect(await roles(reader)).toEqual([{ r: ['reader'] }]);
    expect(await roles(admin)).toEqual([{ r: ['admin', 'reader'] }]);
  }
});

test('not even the administrator reads the disk by SQL', async () => {
  for (const query of [`SELECT * FROM file('/etc/passwd', 'LineAsString')`, 'SELECT * FROM `/etc/passwd`']) {
    await expect(admin.query({ query }), query).rejects.toMatchObject({ code: '497' });
  }
  await expect(
    admin.command({ query: `CREATE TABLE f (a String) ENGINE = File(LineAsString, '/etc/passwd')` }),
  ).rejects.toMatchObject({ code: '497' });
});
