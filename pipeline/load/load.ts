import type { ClickHouseClient } from '@clickhouse/client';
import { type BadRow, checkRows } from './check.ts';
import { readRows } from './read.ts';
import { LOADED_TABLES, type LoadedName, type LoadedTable, type Row } from './tables.ts';

export interface LoadOptions {
  client: ClickHouseClient;
  database: string;
  table: LoadedName;
  path: string;
}

export interface LoadReport {
  /** 0 where a row is bad. */
  loaded: number;
  bad: BadRow[];
  /** Sites that rows name and that neither `sites` nor an event knows: a slip of the pen, or a shop to come. */
  unknownSites: string[];
}

/** Rows of one file are one block, which ClickHouse inserts whole or not at all. */
export const ROWS_MAX = 1_000_000;

/** Loads a file whole, or, where a row is bad, nothing of it. Errors: those of reading and of ClickHouse. */
export async function loadFile(options: LoadOptions): Promise<LoadReport> {
  const { client, database, table } = options;
  const spec: LoadedTable = LOADED_TABLES[table];
  const { rows, bad } = checkRows(spec, await readRows(options.path));
  if (rows.length > ROWS_MAX) bad.push({ place: 'the file', reason: `has over ${ROWS_MAX} rows: split it` });
  if (bad.length > 0) return { loaded: 0, bad, unknownSites: [] };
  const unknownSites = await sitesUnknown(options, rows);
  if (rows.length > 0) {
    await client.insert({
      table: `${database}.${table}`,
      values: rows,
      format: 'JSONEachRow',
      clickhouse_settings: {
        async_insert: 0,
        insert_deduplicate: 0,
        max_insert_block_size: String(ROWS_MAX),
        min_insert_block_size_rows: String(ROWS_MAX),
        min_insert_block_size_bytes: '0',
        input_format_parallel_parsing: 0,
      },
    });
    // Zones and currencies are read through a dictionary, which would else be up to a minute behind.
    if (table === 'sites') await client.command({ query: `SYSTEM RELOAD DICTIONARY ${database}.site_facts` });
  }
  return { loaded: rows.length, bad: [], unknownSites };
}

async function sitesUnknown(
  { client, database, table }: LoadOptions,
  rows: readonly Row[],
): Promise<string[]> {
  if (table === 'sites') return [];
  const named = new Set(
    rows.flatMap(row => (typeof row.site === 'string' && row.site !== '' ? [row.site] : [])),
  );
  if (named.size === 0) return [];
  const answer = await client.query({
    query: `SELECT site FROM ${database}.known_sites`,
    format: 'JSONEachRow',
  });
  const known = new Set((await answer.json<{ site: string }>()).map(row => row.site));
  return [...named].filter(one => !known.has(one)).sort();
}
