import { request } from 'node:http';
import { connect } from 'node:net';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestClickHouse, type TestClickHouse } from '../support/clickhouse.ts';

let server: TestClickHouse;

beforeAll(async () => {
  server = await startTestClickHouse();
  await server
    .client()
    .command({ query: 'CREATE TABLE t (id UInt32, text String) ENGINE = MergeTree ORDER BY id' });
});

afterAll(() => server.stop());

interface Answer {
  status: number;
  headers: NodeJS.Dict<string | string[]>;
  body: Buffer;
  text: string;
}

/** Nothing is added to what is asked, unlike fetch, which sets Origin and Accept-Encoding by itself. */
function ask(
  query: Record<string, string>,
  { method = 'GET', body = '' as string | Buffer, headers = {}, path = '/' } = {},
): Promise<Answer> {
  return new Promise((done, failed) => {
    const url = `${server.url}${path}?${new URLSearchParams(query)}`;
    const sent = request(url, { method, headers }, res => {
      const chunks: Buffer[] = [];
      res.on('data', chunk => chunks.push(chunk));
      res.on('error', failed);
      res.on('end', () => {
        const whole = Buffer.concat(chunks);
        done({ status: res.statusCode ?? 0, headers: res.headers, body: whole, text: whole.toString() });
      });
    });
    sent.on('error', failed);
    sent.end(body);
  });
}

const post = (body: string | Buffer, query: Record<string, string> = {}, headers = {}): Promise<Answer> =>
  ask(query, { method: 'POST', body, headers });

test('answers a browser, a health check, and nothing else', async () => {
  expect(await ask({}, { path: '/ping' })).toMatchObject({ status: 200, text: 'Ok.\n' });
  expect(await ask({}, { path: '/replicas_status' })).toMatchObject({ status: 200, text: 'Ok.\n' });
  expect(await ask({})).toMatchObject({ status: 200, text: 'Ok.\n' });
  expect(await ask({}, { path: '/play' })).toMatchObject({ status: 404 });
  expect(await ask({ query: 'SELECT 1' })).toMatchObject({ status: 200, text: '1\n' });
});

test('headers are ClickHouse’s', async () => {
  const { headers } = await ask({ query: 'SELECT 1 AS a FORMAT JSON', query_id: 'mine' });
  expect(headers).toMatchObject({
    'x-clickhouse-query-id': 'mine',
    'x-clickhouse-format': 'JSON',
    'x-clickhouse-timezone': 'UTC',
    'content-type': 'application/json; charset=UTF-8',
  });
  expect(JSON.parse(String(headers['x-clickhouse-summary']))).toMatchObject({ result_rows: '1' });
  const insert = await post('INSERT INTO t FORMAT CSV\n1,a\n2,b\n');
  expect(JSON.parse(String(insert.headers['x-clickhouse-summary']))).toMatchObject({ written_rows: '2' });
});

test('the query is in the URL, in the body, or begins in one and ends in the other', async () => {
  expect(await post('SELECT 1')).toMatchObject({ text: '1\n' });
  expect(await post('1 + 1', { query: 'SELECT ' })).toMatchObject({ text: '2\n' });
  expect(await post('', { query: 'SELECT 3;' })).toMatchObject({ text: '3\n' });
});

test('rows follow the query, wherever that is', async () => {
  await post('TRUNCATE TABLE t');
  expect(await post('INSERT INTO t FORMAT CSV\n1,"a;b"\n')).toMatchObject({ status: 200, text: '' });
  await post('2,"c"\n', { query: 'INSERT INTO t FORMAT CSV' });
  await post('4,d\n', { query: 'INSERT INTO t FORMAT CSV 3,c' });
  await post("INSERT INTO t VALUES (5, 'e;'), (6, 'f')");
  await post("(7, 'g')", { query: 'INSERT INTO t VALUES' });
  await post(
    Buffer.concat([
      Buffer.from('INSERT INTO t FORMAT RowBinary\n'),
      Buffer.from([8, 0, 0, 0, 2, 0xff, 0x0a]),
    ]),
  );
  const native = await ask({ query: "SELECT toUInt32(9) AS id, 'n' AS text FORMAT Native" });
  await post(native.body, { query: 'INSERT INTO t FORMAT Native' });
  expect(
    (await ask({ query: 'SELECT groupArray((id, hex(text))) FROM (SELECT * FROM t ORDER BY id)' })).text,
  ).toBe(`[(1,'613B62'),(2,'63'),(3,'63'),(4,'64'),(5,'653B'),(6,'66'),(7,'67'),(8,'FF0A'),(9,'6E')]\n`);
});

test('settings, a database, parameters and a format by URL', async () => {
  const more = {
    max_threads: '3',
    database: 'system',
    param_a: `['x','y\\tz']`,
    default_format: 'JSONCompactEachRow',
  };
  const query = `SELECT getSetting('max_threads'), currentDatabase(), {a:Array(String)}`;
  expect((await ask({ query, ...more })).text).toBe('[3, "system", ["x","y\\tz"]]\n');
});

test.each(['JSON', 'CSVWithNames', 'Parquet', 'RowBinaryWithNamesAndTypes', 'Values'])(
  'one %s document, however many blocks the result has',
  async format => {
    const query = `SELECT number AS n FROM numbers(300000) FORMAT ${format}`;
    const back = `SELECT count(), sum(n) FROM format(${format}, 'n UInt64', `;
    const { body } = await ask({ query, max_block_size: '1000' });
    if (format === 'JSON') return expect(JSON.parse(body.toString()).rows).toBe(300_000);
    if (format === 'Parquet') return expect(body.subarray(-4).toString()).toBe('PAR1');
    expect(back).toBeTruthy();
    await post('CREATE OR REPLACE TABLE numbers_back (n UInt64) ENGINE = MergeTree ORDER BY n');
    if (format === 'Values')
      await post(Buffer.concat([Buffer.from('INSERT INTO numbers_back VALUES '), body]));
    else await post(body, { query: `INSERT INTO numbers_back FORMAT ${format}` });
    expect((await ask({ query: 'SELECT count(), sum(n) FROM numbers_back' })).text).toBe(
      '300000\t44999850000\n',
    );
  },
);

test('compression is asked for, never assumed', async () => {
  const query = `SELECT repeat('a', 1000)`;
  const gzip = { 'accept-encoding': 'gzip, br' };
  expect((await ask({ query }, { headers: gzip })).headers['content-encoding']).toBeUndefined();
  const squeezed = await ask({ query, enable_http_compression: '1' }, { headers: gzip });
  expect(squeezed.headers['content-encoding']).toBe('gzip');
  expect(gunzipSync(squeezed.body).toString()).toBe(`${'a'.repeat(1000)}\n`);
  const error = await ask({ query: 'SELECT nope', enable_http_compression: '1' }, { headers: gzip });
  expect(gunzipSync(error.body).toString()).toMatch(/^Code: 47\. DB::Exception: /);
  for (const encoding of ['gzip', 'x-unknown']) {
    const sent = await post(gzipSync('SELECT 1'), {}, { 'content-encoding': encoding });
    expect(sent.text).toMatch(encoding === 'gzip' ? /^1\n$/ : /^Code: 89\./);
  }
  expect(await post('not gzip', {}, { 'content-encoding': 'gzip' })).toMatchObject({
    status: 500,
    text: /^Code: 271\./,
  });
  const asked = await ask({ query, compress: '1' });
  expect(asked).toMatchObject({ status: 501 });
});

test.each([
  ['SELECT * FROM nope', 404, 60, /^Code: 60\. DB::Exception: .*\(UNKNOWN_TABLE\) \(version [\d.]+\)\n$/],
  ['SELEC 1', 400, 62, /^Code: 62\. DB::Exception: Syntax error: failed at position 1 \(SELEC\)/],
  ['SELECT 1 FORMAT Nope', 404, 73, /UNKNOWN_FORMAT/],
  [`SELECT 1 INTO OUTFILE 'x'`, 500, 181, /INTO_OUTFILE_NOT_ALLOWED/],
  [
    'SELECT sleepEachRow(1) FROM numbers(3) SETTINGS max_execution_time = 1, max_block_size = 1',
    408,
    159,
    /TIMEOUT_EXCEEDED/,
  ],
])('%s: HTTP %d, code %d', async (query, status, code, text) => {
  const answer = await ask({ query });
  expect(answer).toMatchObject({ status });
  expect(answer.headers['x-clickhouse-exception-code']).toBe(String(code));
  expect(answer.text).toMatch(text);
});

test('a late error in a small result still has its status; in a large one it is cut', async () => {
  const small = await ask({
    query: 'SELECT throwIf(number = 9) FROM numbers(10) SETTINGS max_block_size = 1',
  });
  expect(small).toMatchObject({ status: 500 });
  const large =
    'SELECT throwIf(number = 3000000) FROM numbers(4000000) SETTINGS max_block_size = 1000, max_threads = 1';
  await expect(ask({ query: large })).rejects.toThrow(/aborted|hang up|ECONNRESET/);
  expect(await ask({ query: large, wait_end_of_query: '1' })).toMatchObject({
    status: 500,
    text: /^Code: 395\./,
  });
  const whole = await ask({ query: 'SELECT number FROM numbers(200000)', wait_end_of_query: '1' });
  expect(whole.text.split('\n')).toHaveLength(200_001);
});

test('GET only reads', async () => {
  expect(await ask({ query: 'INSERT INTO t SELECT 1, 2' })).toMatchObject({ text: /^Code: 164\./ });
  expect(await ask({ query: 'DROP TABLE t' })).toMatchObject({ text: /^Code: 164\./ });
  expect(await ask({ query: 'SELECT 1 SETTINGS readonly = 0' })).toMatchObject({ text: /^Code: 164\./ });
  expect(await ask({ query: 'SELECT 1', readonly: '0' })).toMatchObject({ text: /^Code: 164\./ });
});

test('a session is no way around that', async () => {
  expect(await ask({ query: 'DROP TABLE t', session_id: 's' })).toMatchObject({ status: 501 });
});

test('a page of another site cannot use the browser of who runs this', async () => {
  const refused = [
    { host: 'evil.example' },
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { origin: 'http://127.0.0.1.evil.example' },
    { 'sec-fetch-site': 'cross-site' },
  ];
  for (const headers of refused) {
    expect(await post('SELECT 1', {}, headers), JSON.stringify(headers)).toMatchObject({ status: 403 });
    expect(await ask({ query: 'SELECT 1' }, { headers }), JSON.stringify(headers)).toMatchObject({
      status: 403,
    });
  }
  for (const headers of [
    { host: `localhost:${server.port}` },
    { origin: 'http://localhost:3000' },
    { 'sec-fetch-site': 'none' },
  ]) {
    expect(await post('SELECT 1', {}, headers), JSON.stringify(headers)).toMatchObject({ status: 200 });
  }
});

test('an insert whose client goes away in the middle inserts nothing', async () => {
  await post('TRUNCATE TABLE t');
  const socket = connect(server.port, '127.0.0.1');
  socket.write(
    'POST /?query=INSERT+INTO+t+FORMAT+CSV HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n1,a\n2,b\n',
  );
  socket.end();
  await new Promise(done => socket.once('close', done).resume());
  expect((await ask({ query: 'SELECT count() FROM t' })).text).toBe('0\n');
});

test('insert settings and names with odd characters', async () => {
  await post('CREATE TABLE `sett"ings` (`a b` UInt8) ENGINE = Memory');
  await post('INSERT INTO `sett"ings` (`a b`) SETTINGS max_insert_threads = 1 FORMAT JSONEachRow {"a b": 4}');
  expect((await ask({ query: 'SELECT * FROM `sett"ings`' })).text).toBe('4\n');
});
