import type { Buffer } from 'node:buffer';
import type { Stream } from '../contract/record.ts';
import type { JudgedEvent, JudgedRejected, NormalizedEvent } from '../fold/judged.ts';
import type { Alias, FlushContent, FoldOutput } from '../fold/partition.ts';
import { rowEncoder } from './layout.ts';
import { createRowWriter } from './rowBinary.ts';
import {
  type AliasRow,
  aliasRow,
  type LedgerRow,
  type MinuteRow,
  type PositionRow,
  type SessionRow,
  sessionRow,
  versionOf,
} from './rows.ts';
import type { EncodedRows } from './store.ts';

interface EventPlace {
  topic: string;
  epoch: number;
  partition: number;
  offset: number;
  version: bigint;
  session_id: string;
  arrival: number;
  schema_id: number;
  replay_of: string;
}

interface DeadLetterRow extends Stream {
  offset: number;
  version: bigint;
  arrival: number;
  key: Uint8Array | null;
  bytes: Uint8Array | null;
  headers: Array<{ name: string; value: Uint8Array }>;
  reason: string;
  detail: string;
  site: string;
  platform: string;
  replay_of: string;
}

const NOTHING = {};
const EVENT_PLACE = [
  'topic',
  'epoch',
  'partition',
  'offset',
  'version',
  'session_id',
  'arrival',
  'schema_id',
  'replay_of',
] as const;
const encodeEvent = rowEncoder<EventPlace, NormalizedEvent>('event_rows', EVENT_PLACE);
const encodeDeadLetter = rowEncoder<object, DeadLetterRow>('dead_letter_rows', []);
const encodeMinute = rowEncoder<object, MinuteRow>('minute_rows', []);
const encodeLedger = rowEncoder<object, LedgerRow>('ledger_rows', []);
const encodeSession = rowEncoder<object, SessionRow>('session_rows', []);
const encodeAlias = rowEncoder<object, AliasRow>('session_aliases', []);
const encodePosition = rowEncoder<object, PositionRow>('positions', []);

function encodeAll<Row extends object>(
  table: EncodedRows['table'],
  encode: (w: ReturnType<typeof createRowWriter>, place: object, row: Row) => void,
  rows: Iterable<Row>,
): EncodedRows {
  const w = createRowWriter();
  let n = 0;
  for (const row of rows) {
    encode(w, NOTHING, row);
    n++;
  }
  return { table, rows: n, body: w.take() };
}

export function encodeAliases(stream: Stream, aliases: Iterable<Alias>, version: bigint): EncodedRows {
  return encodeAll(
    'session_aliases',
    encodeAlias,
    [...aliases].map(a => aliasRow(stream, a, version)),
  );
}

export function encodePositions(rows: Iterable<PositionRow>): EncodedRows {
  return encodeAll('positions', encodePosition, rows);
}

/** Encodes what a partition's fold gives as it goes, so that nothing but bytes waits for a flush. */
export interface RowSink extends FoldOutput {
  /** Bytes waiting. */
  readonly bytes: number;
  /** All rows since the take before, in the order in which they must be written; aliases and the position come after. */
  take(content: FlushContent): EncodedRows[];
}

export function createRowSink(stream: Stream, erasures: () => number): RowSink {
  const events = createRowWriter();
  const deadLetters = createRowWriter();
  let eventRows = 0;
  let deadLetterRows = 0;
  const place: EventPlace = {
    ...stream,
    offset: 0,
    version: 0n,
    session_id: '',
    arrival: 0,
    schema_id: 0,
    replay_of: '',
  };

  function taken(table: EncodedRows['table'], rows: number, body: Buffer): EncodedRows {
    return { table, rows, body };
  }

  return {
    get bytes() {
      return events.bytes + deadLetters.bytes;
    },
    event(j: JudgedEvent, sessionId: string) {
      place.offset = j.offset;
      place.version = versionOf(erasures(), j.offset);
      place.session_id = sessionId;
      place.arrival = j.arrival;
      place.schema_id = j.schemaId;
      place.replay_of = j.replayOf;
      encodeEvent(events, place, j.event);
      eventRows++;
    },
    deadLetter(j: JudgedRejected) {
      encodeDeadLetter(deadLetters, NOTHING, {
        ...stream,
        offset: j.offset,
        version: versionOf(erasures(), j.offset),
        arrival: j.arrival,
        key: j.record.key,
        bytes: j.record.value,
        headers: j.record.headers.map(([name, value]) => ({ name, value })),
        reason: j.rejection.reason,
        detail: j.rejection.detail,
        site: j.site,
        platform: j.platform,
        replay_of: j.replayOf,
      });
      deadLetterRows++;
    },
    take(content) {
      const version = versionOf(erasures(), content.progress.next);
      const all = [
        taken('event_rows', eventRows, events.take()),
        taken('dead_letter_rows', deadLetterRows, deadLetters.take()),
        encodeAll(
          'minute_rows',
          encodeMinute,
          content.minutes.map(([block, cell]) => ({ ...stream, ...cell, block, version })),
        ),
        encodeAll(
          'ledger_rows',
          encodeLedger,
          content.ledger.map(([block, cell]) => ({ ...stream, ...cell, block, version })),
        ),
        encodeAll('session_rows', encodeSession, sessionRows(stream, content, version)),
      ];
      eventRows = 0;
      deadLetterRows = 0;
      return all.filter(rows => rows.rows > 0);
    },
  };
}

function* sessionRows(stream: Stream, content: FlushContent, version: bigint): Generator<SessionRow> {
  for (const s of content.sessions) yield sessionRow(stream, s, version);
}
