import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { type ClickHouseClient, ClickHouseError } from '@clickhouse/client';
import PQueue from 'p-queue';
import type { Stream } from '../contract/record.ts';
import type { FoldEvent } from '../fold/session.ts';
import { meetsSpans } from '../fold/spans.ts';
import { Halt } from '../halt.ts';
import { columnsOf, type LookupTable, type PipelineTable, rowDecoder } from './layout.ts';
import { retrying } from './retry.ts';
import { createRowReader, type RowReader } from './rowBinary.ts';
import type { AliasRow, LedgerRow, MinuteRow, PositionRow, SessionRow } from './rows.ts';
import type { FileRow, Store } from './store.ts';

/** Look-ups that may be under way at once. */
const LOOKUPS_MAX = 4;
/** Keys a look-up; more are asked for in several. */
const KEYS_MAX = 2_000;

/** One insert is one block, whole when it is acknowledged, and never taken for a repetition of another. */
const INSERT_SETTINGS = {
  async_insert: 0,
  wait_for_async_insert: 1,
  insert_deduplicate: 0,
  max_partitions_per_insert_block: '0',
  distributed_foreground_insert: 1,
  // An insert that reaches the server is one block: either all of a partition's rows are there, or none.
  max_insert_block_size: '10000000',
  min_insert_block_size_rows: '10000000',
  min_insert_block_size_bytes: '1073741824',
} as const;

const FOLD_COLUMNS = [
  'event_id',
  'event_name',
  'event_time',
  'visitor_id',
  'site',
  'user_id',
  'platform',
  'page_location',
  'page_referrer',
  'channel',
  'source',
  'medium',
  'campaign',
  'term',
  'content',
  'country',
  'region',
  'city',
  'language',
  'user_agent',
  'device',
  'browser',
  'os',
  'engagement_time_ms',
  'currency',
  'value',
] as const satisfies ReadonlyArray<keyof FoldEvent>;

/** A string as ClickHouse's SQL has it. */
export function sqlString(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}

function sqlTime(ms: number): string {
  return `fromUnixTimestamp64Milli(${ms}, 'UTC')`;
}

function list(values: Iterable<string>): string {
  return `(${[...new Set(values)].join(', ')})`;
}

function inStream({ topic, epoch, partition }: Stream): string {
  return `topic = ${sqlString(topic)} AND epoch = ${epoch} AND partition = ${partition}`;
}

export interface ClickHouseStoreOptions {
  client: ClickHouseClient;
  database: string;
  /** Settings of a cluster: insert_quorum='auto' and the like. */
  cluster?: string | undefined;
  signal?: AbortSignal | undefined;
  onInsert?: (table: string, rows: number, bytes: number, seconds: number) => void;
  onRetry?: (what: string, error: unknown, waitMs: number) => void;
}

/** The store over ClickHouse's HTTP interface. Rows go out and come back as RowBinary. */
export function createClickHouseStore(options: ClickHouseStoreOptions): Store {
  const { client, database } = options;
  const lookups = new PQueue({ concurrency: LOOKUPS_MAX });
  const columns = new Map<string, string>();
  const insertSettings =
    options.cluster === undefined ? INSERT_SETTINGS : { ...INSERT_SETTINGS, insert_quorum: 'auto' };

  function columnList(table: PipelineTable | LookupTable): string {
    let names = columns.get(table);
    if (names === undefined) {
      names = columnsOf(table)
        .map(c => c.name)
        .join(', ');
      columns.set(table, names);
    }
    return names;
  }

  function retry<T>(what: string, run: () => Promise<T>): Promise<T> {
    return retrying(run, {
      waitMinMs: 200,
      waitMaxMs: 15_000,
      signal: options.signal,
      onRetry: (error, waitMs) => options.onRetry?.(what, error, waitMs),
    });
  }

  async function read<Row>(sql: string, decode: (r: RowReader) => Row): Promise<Row[]> {
    const bytes = await lookups.add(() =>
      retry('select', async () => {
        const { stream } = await client.exec({
          query: `${sql} FORMAT RowBinary`,
          clickhouse_settings: { max_query_size: '16777216', wait_end_of_query: 1 },
        });
        return await buffer(stream);
      }),
    );
    const reader = createRowReader(bytes);
    const rows: Row[] = [];
    while (reader.left > 0) rows.push(decode(reader));
    return rows;
  }

  async function readInParts<Key, Row>(
    keys: readonly Key[],
    ask: (part: readonly Key[]) => Promise<Row[]>,
  ): Promise<Row[]> {
    const parts: Array<Promise<Row[]>> = [];
    for (let i = 0; i < keys.length; i += KEYS_MAX) parts.push(ask(keys.slice(i, i + KEYS_MAX)));
    return (await Promise.all(parts)).flat();
  }

  const decodePosition = rowDecoder<PositionRow>('positions');
  const decodeSession = rowDecoder<SessionRow>('session_rows');
  const decodeMinute = rowDecoder<MinuteRow>('minute_rows');
  const decodeLedger = rowDecoder<LedgerRow>('ledger_rows');
  const decodeFile = rowDecoder<FileRow>('files');
  const decodeAlias = rowDecoder<AliasRow>('session_aliases');
  const decodeEvent = rowDecoder<FoldEvent & { offset: bigint }>('event_rows', ['offset', ...FOLD_COLUMNS]);

  return {
    async insert({ table, rows, body }) {
      const started = performance.now();
      try {
        await retry(table, async () => {
          const { stream } = await client.exec({
            query: `INSERT INTO ${database}.${table} (${columnList(table)}) FORMAT RowBinary`,
            values: Readable.from([body], { objectMode: false }),
            clickhouse_settings: insertSettings,
          });
          // The answer is empty, but the connection is free again only once it is read.
          await buffer(stream);
        });
      } catch (error) {
        if (!(error instanceof ClickHouseError)) throw error;
        throw new Halt(
          'insert_refused',
          `ClickHouse refuses rows of ${table}: ${error.message} (${error.type}, code ${error.code})`,
          'mend what it says (tables: npm run -s footfall -- migrate), then start the worker again: it goes on where it was',
          { cause: error },
        );
      }
      options.onInsert?.(table, rows, body.length, (performance.now() - started) / 1000);
    },
    positions: topic =>
      read(
        `SELECT ${columnList('positions')} FROM ${database}.positions WHERE topic = ${sqlString(topic)}
         ORDER BY version DESC, written_at DESC LIMIT 1 BY epoch, partition`,
        decodePosition,
      ),
    async countAccepted(stream, from, to) {
      if (to <= from) return 0;
      const [n = 0n] = await read(
        `SELECT uniqExact(offset) FROM ${database}.event_rows WHERE ${inStream(stream)} AND offset >= ${from} AND offset < ${to}`,
        r => r.u64(),
      );
      return Number(n);
    },
    sessionsEndingFrom: (stream, from) =>
      read(
        `SELECT ${columnList('session_rows')} FROM ${database}.session_rows
         WHERE ${inStream(stream)} AND ended_at >= ${sqlTime(Math.max(0, from))}
         ORDER BY version DESC LIMIT 1 BY session_offset`,
        decodeSession,
      ),
    async sessionsNear(stream, spans) {
      // All of a visitor's sessions between the earliest and the latest time asked for, then those that a span meets.
      const rows = await readInParts(spans, part => {
        const visitors = list(part.map(s => `(${sqlString(s.site)}, ${sqlString(s.visitor)})`));
        const from = Math.max(0, Math.min(...part.map(s => s.from)));
        const to = Math.max(...part.map(s => s.to));
        return read(
          `SELECT ${columnList('session_rows')} FROM ${database}.session_rows
           WHERE ${inStream(stream)} AND (site, visitor_id) IN ${visitors}
             AND ended_at >= ${sqlTime(from)} AND started_at <= ${sqlTime(to)}
           ORDER BY version DESC LIMIT 1 BY session_offset`,
          decodeSession,
        );
      });
      const newest = new Map<bigint, SessionRow>();
      for (const row of rows) {
        const known = newest.get(row.session_offset);
        if (known === undefined || row.version > known.version) newest.set(row.session_offset, row);
      }
      const isNear = meetsSpans(spans);
      return [...newest.values()].filter(row =>
        isNear(row.site, row.visitor_id, row.started_at, row.ended_at),
      );
    },
    async eventsOf(stream, visitors, below) {
      const rows = await readInParts(visitors, part =>
        read(
          `SELECT offset, ${FOLD_COLUMNS.join(', ')} FROM ${database}.event_rows
           WHERE ${inStream(stream)} AND offset < ${below}
             AND (site, visitor_id) IN ${list(part.map(v => `(${sqlString(v.site)}, ${sqlString(v.visitor)})`))}
           ORDER BY offset LIMIT 1 BY offset`,
          decodeEvent,
        ),
      );
      return rows.map(({ offset, ...event }) => ({ offset: Number(offset), event }));
    },
    eventIdsAt: (stream, keys, below) =>
      readInParts(keys, part =>
        read(
          `SELECT site, visitor_id, event_time, event_id FROM ${database}.event_rows
           WHERE ${inStream(stream)} AND offset < ${below} AND (site, visitor_id, event_time) IN
             ${list(part.map(k => `(${sqlString(k.site)}, ${sqlString(k.visitor)}, ${sqlTime(k.time)})`))}`,
          r => ({ site: r.string(), visitor: r.string(), time: r.i64(), eventId: r.string() }),
        ),
      ),
    async cellsFrom(stream, block) {
      const newest = (table: 'minute_rows' | 'ledger_rows', key: string): string =>
        `SELECT ${columnList(table)} FROM ${database}.${table} WHERE ${inStream(stream)} AND block >= ${block}
         ORDER BY version DESC LIMIT 1 BY ${key}`;
      return {
        minutes: await read(
          newest('minute_rows', 'block, site, minute, event_name, country, device, platform, currency'),
          decodeMinute,
        ),
        ledger: await read(
          newest('ledger_rows', 'block, hour, site, platform, outcome, reason'),
          decodeLedger,
        ),
      };
    },
    async unknownSchemaFrom(stream, offset) {
      const offsets = await read(
        `SELECT DISTINCT offset FROM ${database}.dead_letter_rows
         WHERE ${inStream(stream)} AND offset >= ${offset} AND reason = 'unknown_schema'`,
        r => r.u64(),
      );
      return offsets.map(Number);
    },
    aliasesInto: (stream, roots) =>
      readInParts(roots, part =>
        read(
          `SELECT ${columnList('session_aliases')} FROM (
             SELECT * FROM ${database}.session_aliases WHERE ${inStream(stream)} ORDER BY version DESC LIMIT 1 BY session_id
           ) WHERE root IN ${list(part.map(sqlString))}`,
          decodeAlias,
        ),
      ),
    gaps: sites =>
      read(
        `SELECT site, argMin(gap_ms, (pinned_at, gap_ms)) FROM ${database}.site_gaps
         WHERE site IN ${list(sites.map(sqlString))} GROUP BY site`,
        r => ({ site: r.string(), gapMs: Number(r.u64()) }),
      ),
    async countSites() {
      const [n = 0n] = await read(`SELECT uniqExact(site) FROM ${database}.site_gaps`, r => r.u64());
      return Number(n);
    },
    async configuredGaps(sites) {
      const set = new Map(
        (
          await read(
            `SELECT site, session_gap_seconds FROM ${database}.sites FINAL WHERE site IN ${list(sites.map(sqlString))}`,
            r => ({ site: r.string(), gapMs: r.u32() * 1000 }),
          )
        ).map(row => [row.site, row.gapMs]),
      );
      return sites.map(site => ({ site, gapMs: set.get(site) ?? DEFAULT_GAP_MS }));
    },
    files: () =>
      read(
        `SELECT ${columnList('files')} FROM ${database}.files FINAL ORDER BY base_offset, records`,
        decodeFile,
      ),
    async erasures() {
      const rows = await read(`SELECT number, kind, hash FROM ${database}.erasures FINAL`, r => ({
        number: r.u32(),
        kind: r.string(),
        hash: r.u64(),
      }));
      return {
        number: rows.reduce((max, row) => Math.max(max, row.number), 0),
        visitors: new Set(rows.filter(row => row.kind === 'visitor').map(row => row.hash)),
        users: new Set(rows.filter(row => row.kind === 'user').map(row => row.hash)),
      };
    },
  };
}

/** GA4's session timeout, for sites that set none. */
export const DEFAULT_GAP_MS = 1_800_000;
