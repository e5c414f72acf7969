import { meetsSpans } from '../../pipeline/fold/spans.ts';
import {
  columnsOf,
  type LookupTable,
  PIPELINE_TABLES,
  type PipelineTable,
  rowDecoder,
} from '../../pipeline/sink/layout.ts';
import { createRowReader, type RowReader } from '../../pipeline/sink/rowBinary.ts';
import type { AliasRow, LedgerRow, MinuteRow, PositionRow, SessionRow } from '../../pipeline/sink/rows.ts';
import type { EncodedRows, FileRow, Store } from '../../pipeline/sink/store.ts';

type Table = PipelineTable | LookupTable;
export type Row = Record<string, unknown>;

/** Which rows have one key, so that the newest version stands for all. */
const KEYS: Record<Table, readonly string[]> = {
  event_rows: ['topic', 'epoch', 'partition', 'offset'],
  dead_letter_rows: ['topic', 'epoch', 'partition', 'offset'],
  minute_rows: [
    'topic',
    'epoch',
    'partition',
    'block',
    'site',
    'minute',
    'event_name',
    'country',
    'device',
    'platform',
    'currency',
  ],
  ledger_rows: ['topic', 'epoch', 'partition', 'block', 'hour', 'site', 'platform', 'outcome', 'reason'],
  session_rows: ['session_id'],
  session_aliases: ['session_id'],
  positions: ['topic', 'epoch', 'partition'],
  site_gaps: ['site', 'pinned_at', 'gap_ms'],
  files: ['content_hash'],
  erasures: ['number', 'kind', 'hash'],
};

const TABLES = [...PIPELINE_TABLES, 'site_gaps', 'files', 'erasures'] as const;
const decoders = new Map<Table, (r: RowReader) => Row>();
for (const table of TABLES) {
  decoders.set(table, rowDecoder<Row>(table));
  const names = new Set(columnsOf(table).map(c => c.name));
  for (const column of KEYS[table])
    if (!names.has(column)) throw new Error(`${table} has no column ${column}`);
}

/** What ClickHouse divides a table by: an insert over several of these may land in part. */
const PARTITIONED_BY: Partial<Record<Table, string>> = {
  event_rows: 'event_time',
  session_rows: 'id_time',
  minute_rows: 'minute',
  ledger_rows: 'hour',
  dead_letter_rows: 'arrival',
};

export interface MemoryStore extends Store {
  /** Newest row of every key. */
  rows(table: Table): Row[];
  /** Every row as it was inserted. */
  inserted(table: Table): Row[];
  /** Lets an insert land in part: the rows of the partitions (months) that `lands` says yes to. */
  insertPart(encoded: EncodedRows, lands: (month: string) => boolean): void;
}

/** A store in memory that takes the same bytes as ClickHouse and keeps every row of every version, as unmerged parts do. */
export function createMemoryStore(options: { gapsMs?: Readonly<Record<string, number>> } = {}): MemoryStore {
  const tables = new Map<Table, Row[]>();
  for (const table of TABLES) tables.set(table, []);

  function inserted(table: Table): Row[] {
    return tables.get(table) ?? [];
  }

  function decode({ table, rows: count, body }: EncodedRows): Row[] {
    const reader = createRowReader(body);
    const read = decoders.get(table);
    if (read === undefined) throw new Error(`no table ${table}`);
    const rows: Row[] = [];
    while (reader.left > 0) rows.push(read(reader));
    if (rows.length !== count) throw new Error(`${table}: ${count} rows said, ${rows.length} there`);
    return rows;
  }

  function newest(table: Table): Row[] {
    const byKey = new Map<string, Row>();
    for (const row of inserted(table)) {
      const key = KEYS[table].map(c => JSON.stringify(String(row[c]))).join();
      const known = byKey.get(key);
      const version = (row.version as bigint | undefined) ?? 0n;
      if (known === undefined || version >= ((known.version as bigint | undefined) ?? 0n))
        byKey.set(key, row);
    }
    return [...byKey.values()];
  }

  function ofStream<R>(table: Table, stream: { topic: string; epoch: number; partition: number }): R[] {
    return newest(table).filter(
      r => r.topic === stream.topic && r.epoch === stream.epoch && r.partition === stream.partition,
    ) as R[];
  }

  return {
    rows: newest,
    inserted,
    async insert(encoded) {
      inserted(encoded.table).push(...decode(encoded));
    },
    insertPart(encoded, lands) {
      const column = PARTITIONED_BY[encoded.table];
      const verdicts = new Map<string, boolean>();
      const landed = decode(encoded).filter(row => {
        const month = column === undefined ? '' : new Date(Number(row[column])).toISOString().slice(0, 7);
        const verdict = verdicts.get(month) ?? lands(month);
        verdicts.set(month, verdict);
        return verdict;
      });
      inserted(encoded.table).push(...landed);
    },
    async positions(topic) {
      return (newest('positions') as unknown as PositionRow[]).filter(p => p.topic === topic);
    },
    async countAccepted(stream, from, to) {
      return ofStream<{ offset: bigint }>('event_rows', stream).filter(r => r.offset >= from && r.offset < to)
        .length;
    },
    async sessionsEndingFrom(stream, from) {
      return ofStream<SessionRow>('session_rows', stream).filter(r => r.ended_at >= from);
    },
    async sessionsNear(stream, spans) {
      const isNear = meetsSpans(spans);
      return ofStream<SessionRow>('session_rows', stream).filter(r =>
        isNear(r.site, r.visitor_id, r.started_at, r.ended_at),
      );
    },
    async eventsOf(stream, visitors, below) {
      const wanted = new Set(visitors.map(v => JSON.stringify([v.site, v.visitor])));
      type EventRow = Awaited<ReturnType<Store['eventsOf']>>[number]['event'] & { offset: bigint };
      return ofStream<EventRow>('event_rows', stream)
        .filter(r => r.offset < below && wanted.has(JSON.stringify([r.site, r.visitor_id])))
        .sort((a, b) => Number(a.offset - b.offset))
        .map(event => ({ offset: Number(event.offset), event }));
    },
    async eventIdsAt(stream, keys, below) {
      const wanted = new Set(keys.map(k => JSON.stringify([k.site, k.visitor, k.time])));
      type EventRow = {
        site: string;
        visitor_id: string;
        event_time: number;
        event_id: string;
        offset: bigint;
      };
      return ofStream<EventRow>('event_rows', stream)
        .filter(r => r.offset < below && wanted.has(JSON.stringify([r.site, r.visitor_id, r.event_time])))
        .map(r => ({ site: r.site, visitor: r.visitor_id, time: r.event_time, eventId: r.event_id }));
    },
    async cellsFrom(stream, block) {
      return {
        minutes: ofStream<MinuteRow>('minute_rows', stream).filter(r => r.block >= block),
        ledger: ofStream<LedgerRow>('ledger_rows', stream).filter(r => r.block >= block),
      };
    },
    async unknownSchemaFrom(stream, offset) {
      return ofStream<{ offset: bigint; reason: string }>('dead_letter_rows', stream)
        .filter(r => r.offset >= offset && r.reason === 'unknown_schema')
        .map(r => Number(r.offset));
    },
    async aliasesInto(stream, roots) {
      const wanted = new Set(roots);
      return ofStream<AliasRow>('session_aliases', stream).filter(r => wanted.has(r.root));
    },
    async gaps(sites) {
      const pins = newest('site_gaps') as Array<{ site: string; gap_ms: bigint; pinned_at: number }>;
      pins.sort((a, b) => a.pinned_at - b.pinned_at || Number(a.gap_ms - b.gap_ms));
      return sites.flatMap(site => {
        const pin = pins.find(p => p.site === site);
        return pin === undefined ? [] : [{ site, gapMs: Number(pin.gap_ms) }];
      });
    },
    async countSites() {
      return new Set(newest('site_gaps').map(r => r.site)).size;
    },
    async configuredGaps(sites) {
      return sites.map(site => ({ site, gapMs: options.gapsMs?.[site] ?? 1_800_000 }));
    },
    async files() {
      const rows = newest('files') as unknown as FileRow[];
      return rows.sort((a, b) => Number(a.base_offset - b.base_offset));
    },
    async erasures() {
      const rows = newest('erasures') as Array<{ number: number; kind: string; hash: bigint }>;
      return {
        number: Math.max(0, ...rows.map(r => r.number)),
        visitors: new Set(rows.filter(r => r.kind === 'visitor').map(r => r.hash)),
        users: new Set(rows.filter(r => r.kind === 'user').map(r => r.hash)),
      };
    },
  };
}

/** What the public views show of the tables: tombstones gone, absorbed ids resolved, every row once. */
export function publicRows(store: MemoryStore): {
  events: Row[];
  sessions: Row[];
  minutes: Row[];
  ledger: Row[];
  deadLetters: Row[];
} {
  const roots = new Map(store.rows('session_aliases').map(a => [a.session_id, a.root]));
  const numbered = (row: Row): Row =>
    Object.fromEntries(Object.entries(row).map(([k, v]) => [k, typeof v === 'bigint' ? Number(v) : v]));
  return {
    events: store
      .rows('event_rows')
      .map(e => numbered({ ...e, session_id: roots.get(e.session_id) ?? e.session_id })),
    sessions: store
      .rows('session_rows')
      .filter(s => s.tombstone !== true)
      .map(numbered),
    minutes: store.rows('minute_rows').map(numbered),
    ledger: store
      .rows('ledger_rows')
      .filter(r => r.outcome !== 'misplaced')
      .map(numbered),
    deadLetters: store.rows('dead_letter_rows').map(numbered),
  };
}
