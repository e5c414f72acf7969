import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ClickHouseClient } from '@clickhouse/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadFile } from '../../pipeline/load/load.ts';
import { columnsOf, isLoadedName, LOADED_TABLES, type LoadedName } from '../../pipeline/load/tables.ts';
import { migrateDatabase } from '../../pipeline/migrate.ts';
import { startTestClickHouse, type TestClickHouse } from '../support/clickhouse.ts';

/** docs/load.md: what it says of each table is what `load` does. */
const root = new URL('../../', import.meta.url).pathname;
const text = readFileSync(join(root, 'docs/load.md'), 'utf8');

interface Section {
  table: LoadedName;
  columns: { column: string; default: string }[];
  examples: { ending: 'csv' | 'json'; content: string }[];
}

const blocks = (of: string, info: string): string[] =>
  [...of.matchAll(new RegExp(`^\`\`\`${info}\n([\\s\\S]*?)^\`\`\`$`, 'gm'))].map(
    ([, content]) => content ?? '',
  );

const sections: Section[] = text
  .split(/^## /m)
  .slice(1)
  .flatMap(part => {
    const table = part.slice(0, part.indexOf('\n'));
    if (!isLoadedName(table)) return [];
    const columns = [...part.matchAll(/^\| (\w+) \| ([^|]+) \|/gm)]
      .map(([, column = '', written = '']) => ({ column, default: written.trim() }))
      .filter(({ column }) => column !== 'column');
    const examples = (['csv', 'json'] as const).flatMap(ending =>
      blocks(part, ending).map(content => ({ ending, content })),
    );
    return [{ table, columns, examples }];
  });

const directory = mkdtempSync(join(tmpdir(), 'footfall-load-docs-'));
const database = 'footfall';
let clickhouse: TestClickHouse;
let client: ClickHouseClient;
beforeAll(async () => {
  clickhouse = await startTestClickHouse();
  client = clickhouse.client();
  await migrateDatabase({ client, database });
});
afterAll(async () => {
  await clickhouse?.stop();
  rmSync(directory, { recursive: true, force: true });
});

function file(name: string, content: string): string {
  const path = join(directory, name);
  writeFileSync(path, content);
  return path;
}

it('has a section for every table, with its columns and an example of CSV and of JSON', () => {
  expect(sections.map(({ table }) => table).toSorted()).toEqual(Object.keys(LOADED_TABLES).toSorted());
  for (const { table, columns, examples } of sections) {
    const told = columns.map(
      ({ column, default: written }) => `${column}${written === 'required' ? '*' : ''}`,
    );
    const known = columnsOf(LOADED_TABLES[table]).map(
      ([column, , required]) => `${column}${required ? '*' : ''}`,
    );
    expect(told.toSorted(), table).toEqual(known.toSorted());
    expect(
      examples.map(({ ending }) => ending),
      table,
    ).toEqual(['csv', 'json']);
  }
});

describe.each(sections)('$table', ({ table, columns, examples }) => {
  it.each(examples)('the example of $ending loads', async ({ ending, content }) => {
    const path = file(`${table}.${ending}`, content);
    const { loaded, bad } = await loadFile({ client, database, table, path });
    expect(bad).toEqual([]);
    expect(loaded).toBeGreaterThan(0);
  });

  it('has the defaults that are told', async () => {
    // Of the JSON example nothing but what is required.
    const required = Object.keys(LOADED_TABLES[table].required);
    const first: unknown = JSON.parse(examples[1]?.content ?? '');
    const row = (Array.isArray(first) ? first[0] : first) as Record<string, unknown>;
    const bare = Object.fromEntries(required.map(column => [column, row[column]]));
    // A ratio cannot do without a denominator.
    if (table === 'metrics') bare.kind = 'mean';
    const defaults = columns.filter(({ default: written }) => written.startsWith('`'));
    const path = file(`${table}-bare.json`, JSON.stringify(bare));
    expect((await loadFile({ client, database, table, path })).bad).toEqual([]);
    if (defaults.length === 0) return;
    const answer = await client.query({
      query: `SELECT ${defaults.map(({ column }) => column).join(', ')} FROM ${database}.${table} ORDER BY loaded_at DESC LIMIT 1`,
      format: 'JSONEachRow',
      clickhouse_settings: { output_format_json_quote_64bit_integers: 0 },
    });
    const [stored] = await answer.json<Record<string, unknown>>();
    const told = defaults.map(({ column, default: written }) => [column, JSON.parse(written.slice(1, -1))]);
    expect(stored).toEqual(Object.fromEntries(told));
  });
});

it('says what is wrong with a bad file, word by word, and loads nothing of it', () => {
  file('costs.csv', blocks(text, 'csv bad ad_costs')[0] ?? '');
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [
      join(root, 'pipeline/commands/footfall.mjs'),
      'load',
      'ad_costs',
      'costs.csv',
      '--data',
      clickhouse.dataDir,
    ],
    { cwd: directory, encoding: 'utf8', timeout: 60_000 },
  );
  expect(stderr).toBe(blocks(text, 'text bad ad_costs')[0]);
  expect(stdout).toBe('');
  expect(status).toBe(1);
});
