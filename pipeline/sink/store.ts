import type { Buffer } from 'node:buffer';
import type { Stream } from '../contract/record.ts';
import type { EventKey } from '../fold/partition.ts';
import type { FoldEvent } from '../fold/session.ts';
import type { Span } from '../fold/spans.ts';
import type { LookupTable, PipelineTable } from './layout.ts';
import type { AliasRow, LedgerRow, MinuteRow, PositionRow, SessionRow } from './rows.ts';

/** The rows of one insert: RowBinary, in the order of the table's columns. Never changed once made, so it can be sent again. */
export interface EncodedRows {
  table: PipelineTable | LookupTable;
  rows: number;
  body: Buffer;
}

/** A registered event file: see sql/tables/files.sql. */
export interface FileRow {
  content_hash: string;
  name: string;
  base_offset: bigint;
  records: bigint;
  first_seen: number;
}

export interface SiteGap {
  site: string;
  gapMs: number;
}

/** Who was erased, by hash of the id (`hashBytes` of its UTF-8). */
export interface Erasures {
  /** How many erasures were asked for. */
  number: number;
  visitors: ReadonlySet<bigint>;
  users: ReadonlySet<bigint>;
}

/**
 * Where rows are written and read again. Reads see every acknowledged insert; of rows with one key the newest version,
 * and no merging beside that. ClickHouse, or memory in tests: both pass test/sink/store.contract.ts.
 * Errors: a Halt where an insert is refused for a reason that no retry mends; others after all retries.
 */
export interface Store {
  insert(rows: EncodedRows): Promise<void>;
  /** Newest position of every partition and epoch of the topic. */
  positions(topic: string): Promise<PositionRow[]>;
  /** Distinct accepted offsets in [from, to). */
  countAccepted(stream: Stream, from: number, to: number): Promise<number>;
  /** Newest row of every session, tombstones included, that ends at or after `from` (ms). */
  sessionsEndingFrom(stream: Stream, from: number): Promise<SessionRow[]>;
  /** Newest row of every session, tombstones included, that overlaps one of the spans. */
  sessionsNear(stream: Stream, spans: readonly Span[]): Promise<SessionRow[]>;
  /** Accepted events of the visitors below an offset, in offset order, each once. */
  eventsOf(
    stream: Stream,
    visitors: ReadonlyArray<{ site: string; visitor: string }>,
    below: number,
  ): Promise<Array<{ offset: number; event: FoldEvent }>>;
  /** Ids of accepted events below an offset at exactly these times. */
  eventIdsAt(
    stream: Stream,
    keys: readonly EventKey[],
    below: number,
  ): Promise<Array<{ site: string; visitor: string; time: number; eventId: string }>>;
  /** Newest rows of the cells of this block and later ones. */
  cellsFrom(stream: Stream, block: number): Promise<{ minutes: MinuteRow[]; ledger: LedgerRow[] }>;
  /**
   * Offsets from `offset` on whose dead letters say `unknown_schema`: a verdict that hangs on when the registry was
   * asked, and so is read again after a restart rather than found again.
   */
  unknownSchemaFrom(stream: Stream, offset: number): Promise<number[]>;
  /** Newest aliases whose root is one of these session ids. */
  aliasesInto(stream: Stream, roots: readonly string[]): Promise<AliasRow[]>;
  /** The gap in force of each of the sites that has one pinned. */
  gaps(sites: readonly string[]): Promise<SiteGap[]>;
  /** Sites that have a pinned gap. */
  countSites(): Promise<number>;
  /** What people set for the sites; the default where they set nothing. */
  configuredGaps(sites: readonly string[]): Promise<SiteGap[]>;
  erasures(): Promise<Erasures>;
  /** By base offset. */
  files(): Promise<FileRow[]>;
}
