import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Preview, startPreview } from '../../pipeline/preview/server.ts';
import { viewCatalogue } from '../../pipeline/preview/views.ts';
import { startTestClickHouse, type TestClickHouse } from '../support/clickhouse.ts';

let database: TestClickHouse;
let preview: Preview;
let folder: string;

beforeAll(async () => {
  database = await startTestClickHouse();
  await database.client().command({ query: 'CREATE TABLE t (n UInt64) ENGINE = MergeTree ORDER BY n' });
  await database.client().command({ query: 'INSERT INTO t SELECT number FROM numbers(12000)' });
  folder = await mkdtemp(join(tmpdir(), 'footfall-boards-'));
  await writeFile(join(folder, '01-a.json'), JSON.stringify({ uid: 'a', title: 'First', panels: [] }));
  preview = await startPreview({
    clickhouseUrl: database.url,
    port: 0,
    database: 'default',
    dashboards: folder,
  });
});

afterAll(async () => {
  await preview?.stop();
  await database?.stop();
  await rm(folder, { recursive: true, force: true });
});

async function ask(body: unknown): Promise<{ status: number; text: string }> {
  const reply = await fetch(`${preview.url}/query`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });
  return { status: reply.status, text: await reply.text() };
}

describe('a question', () => {
  it('is answered with its columns and rows', async () => {
    const { status, text } = await ask({ sql: 'SELECT toUInt64(9) AS n, NULL AS none' });
    expect(status).toBe(200);
    const { meta, data } = JSON.parse(text) as { meta: { name: string }[]; data: unknown[][] };
    expect(meta.map(one => one.name)).toEqual(['n', 'none']);
    expect(data).toEqual([[9, null]]);
  });

  it('shows at most one row over the limit, which tells that there are more; a file has all', async () => {
    const shown = JSON.parse((await ask({ sql: 'SELECT n FROM t' })).text) as { data: unknown[] };
    expect(shown.data).toHaveLength(10_001);
    const file = await ask({ sql: 'SELECT n FROM t ORDER BY n', format: 'csv' });
    expect(file.text.split('\n')).toHaveLength(12_002);
    expect(file.text.startsWith('"n"\n0\n1\n')).toBe(true);
  });

  it.each([
    ['INSERT INTO t VALUES (1)', 'Only reading'],
    ['/* SELECT */ DROP TABLE t', 'Only reading'],
    ['-- nothing', 'is empty'],
    ['SELECT 1; SELECT 2', 'Multi-statements'],
    ['SELECT 1 FORMAT TSV', 'Leave out FORMAT'],
    ['SELECT nothing FROM t', 'nothing'],
    ['SELECT 1 SETTINGS max_execution_time = 999', 'max_execution_time'],
    ["SELECT * FROM file('/etc/passwd', 'LineAsString')", 'READ ON FILE'],
  ])('%s is refused', async (sql, says) => {
    const { status, text } = await ask({ sql });
    expect(status).toBeGreaterThanOrEqual(400);
    expect((JSON.parse(text) as { error: string }).error).toContain(says);
  });

  it('that a view refuses is told in the view’s words alone', async () => {
    const { text } = await ask({
      sql: "SELECT throwIf(number > 0, 'unknown grain; grains: day, week') FROM numbers(2)",
    });
    expect(JSON.parse(text)).toEqual({ error: 'unknown grain; grains: day, week' });
  });

  it('is asked as reader: what its words hide cannot write either', async () => {
    const { status } = await ask({ sql: 'WITH 1 AS x INSERT INTO t SELECT x' });
    expect(status).toBeGreaterThanOrEqual(400);
    const { text } = await ask({ sql: 'SELECT count() FROM t' });
    expect(JSON.parse(text)).toMatchObject({ data: [[12000]] });
  });

  it('is too long, or none', async () => {
    expect((await ask({ sql: `SELECT '${'x'.repeat(110_000)}'` })).status).toBe(400);
    expect((await ask({ sql: `SELECT '${'x'.repeat(300_000)}'` })).status).toBe(413);
    expect((await ask({ nothing: 1 })).status).toBe(400);
  });
});

describe('a page from elsewhere', () => {
  async function get(headers: Record<string, string>, path = '/', method = 'GET'): Promise<number> {
    const { port } = new URL(preview.url);
    const sent = request({ host: '127.0.0.1', port, path, method, headers }).end();
    const [reply] = (await once(sent, 'response')) as [import('node:http').IncomingMessage];
    await text(reply);
    return reply.statusCode ?? 0;
  }
  it.each([
    [{ Host: 'evil.example' }, 403],
    [{ Host: 'localhost:1', Origin: 'https://evil.example' }, 403],
    [{ Host: 'localhost:1', Origin: 'http://localhost:2' }, 403],
    [{ Host: 'localhost:1', 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'cors' }, 403],
    [{ Host: 'localhost:1', 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'navigate' }, 200],
    [{ Host: 'localhost:1', Origin: 'http://localhost:1' }, 200],
  ])('%j: %i', async (headers, status) => {
    expect(await get(headers as Record<string, string>)).toBe(status);
  });
  it('cannot ask by a plain form', async () => {
    expect(await get({ Host: 'localhost', 'Content-Type': 'text/plain' }, '/query', 'POST')).toBe(415);
  });
});

describe('files', () => {
  it('are the page at every address of its own, and nothing else', async () => {
    for (const path of ['/', '/d/a', '/d/a/first', '/console']) {
      const reply = await fetch(preview.url + path);
      expect([reply.status, reply.headers.get('content-security-policy')]).toEqual([
        200,
        expect.stringContaining("default-src 'self'"),
      ]);
      expect(await reply.text()).toContain('<div id="app">');
    }
    expect((await fetch(`${preview.url}/../package.json`)).status).toBe(404);
    expect(await (await fetch(`${preview.url}/assets/app.js`)).text()).not.toMatch(
      /https?:\/\/(?!www\.w3\.org)/,
    );
  });

  it('are the dashboards as they stand', async () => {
    const { dashboards } = (await (await fetch(`${preview.url}/api/dashboards`)).json()) as {
      dashboards: unknown[];
    };
    expect(dashboards).toEqual([{ uid: 'a', title: 'First' }]);
    expect(await (await fetch(`${preview.url}/api/dashboards/a`)).json()).toMatchObject({ title: 'First' });
    expect((await fetch(`${preview.url}/api/dashboards/b`)).status).toBe(404);
  });
});

it('catalogues every view with a call and its head', () => {
  const views = viewCatalogue();
  expect(views.find(view => view.name === 'funnel')?.call).toMatch(
    /^SELECT \* FROM funnel\(site = \$site, since = \$since/,
  );
  for (const { name, grain } of views) expect([name, grain]).toEqual([name, expect.stringMatching(/\S/)]);
});

it('says that ClickHouse is away', async () => {
  const alone = await startPreview({ clickhouseUrl: 'http://127.0.0.1:9', port: 0, dashboards: folder });
  const reply = await fetch(`${alone.url}/query`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: '{"sql":"SELECT 1"}',
  });
  expect([reply.status, await reply.json()]).toEqual([
    502,
    { error: 'ClickHouse does not answer. Is it still running?' },
  ]);
  await alone.stop();
});
