import type { PipelineLimits } from './contract/limits.ts';
import type { Stream } from './contract/record.ts';
import { botReasonOfUserAgent } from './fold/bots.ts';
import { blockOf } from './fold/cells.ts';
import { type AcceptedEvent, createPartition, foldAgain, type Partition } from './fold/partition.ts';
import { IDS_UNKNOWN, type Session, uaReasonBits } from './fold/session.ts';
import { Halt } from './halt.ts';
import {
  ledgerCell,
  minuteCell,
  offsetOfVersion,
  type PositionRow,
  progressOf,
  type SessionRow,
  sessionFromRow,
} from './sink/rows.ts';
import type { Store } from './sink/store.ts';
import type { LogBounds } from './sources/source.ts';

/** Rises when the same records would give other rows: rows of two logics must not be mixed. */
export const LOGIC_VERSION = 2;

export interface Restored {
  partition: Partition;
  /** Where to start reading: the last record that was delivered, to know the log again by it, or the next one. */
  openAt: number;
  /** Offsets whose verdict `unknown_schema` stands. */
  unknownSchema: ReadonlySet<number>;
}

/** Is the log still the one that the position was written for? */
function checkPosition(position: PositionRow, bounds: LogBounds, partitions: number): void {
  const { topic, partition } = position;
  const next = Number(position.next_offset);
  const where = `${topic} partition ${partition}`;
  if (position.logic_version !== LOGIC_VERSION) {
    throw new Halt(
      'logic_version',
      `${where} was folded by logic version ${position.logic_version}, this is ${LOGIC_VERSION}`,
      'go on with the new logic from here: npm run -s footfall -- accept-logic',
    );
  }
  if (position.partitions !== partitions) {
    throw new Halt(
      'partitions_added',
      `${topic} has ${partitions} partitions, and had ${position.partitions}: visitors move to other partitions`,
      'go on, splitting the sessions that are open now: npm run -s footfall -- accept-partitions',
    );
  }
  if (next > bounds.end) {
    throw new Halt(
      'log_changed',
      `${where}: position ${next} is beyond the log's end ${bounds.end}: the topic was re-created`,
      `read the new log as a new epoch: npm run -s footfall -- accept-log ${topic}`,
    );
  }
  if (next < bounds.start) {
    throw new Halt(
      'log_lost',
      `${where}: records ${next} to ${bounds.start - 1} are gone from the log before they were read`,
      `go on without them: npm run -s footfall -- accept-log ${topic} --lost`,
    );
  }
}

/**
 * Brings a partition's memory back from rows, as it stood below the position: what a worker does with every partition
 * that it is given. Errors: a Halt where the log or the logic is not what it was.
 */
export async function restore(options: {
  stream: Stream;
  position: PositionRow;
  bounds: LogBounds;
  partitions: number;
  store: Store;
  limits: PipelineLimits;
  gapOf: (site: string) => number | undefined;
  /** Pins must be known before rows are folded again. */
  loadGaps: (sites: readonly string[]) => Promise<void>;
  /** Told when acknowledged rows were lost and records are folded again from an earlier offset. */
  onRowsLost?: (from: number, to: number, missing: number) => void;
}): Promise<Restored> {
  const { stream, position, bounds, store, limits, gapOf } = options;
  checkPosition(position, bounds, options.partitions);
  let start = progressOf(position);
  const there = await store.countAccepted(stream, start.rangeStart, start.next);
  if (there < start.rangeAccepted) {
    options.onRowsLost?.(start.rangeStart, start.next, start.rangeAccepted - there);
    if (start.rangeStart < bounds.start) {
      throw new Halt(
        'log_lost',
        `${stream.topic} partition ${stream.partition}: ${start.rangeAccepted - there} written events are gone from event_rows, and their records from the log`,
        `restore a backup, or go on without them: npm run -s footfall -- accept-log ${stream.topic} --lost`,
      );
    }
    start = { ...start, next: start.rangeStart, lastOffset: -1, lastHash: 0n, rangeAccepted: 0 };
  }
  const partition = createPartition({ stream, limits, gapOf, start });
  const from = start.watermark - limits.horizonMs;
  const rows = await store.sessionsEndingFrom(stream, from);
  await options.loadGaps(sitesOf(rows));
  partition.adopt(
    await trustedSessions({
      stream,
      rows,
      below: start.next,
      store,
      gapOf,
      isWanted: s => s.lastTime >= from,
      beforeFoldingAgain: async () => undefined,
    }),
  );
  const { minutes, ledger } = await store.cellsFrom(stream, blockOf(start.next));
  for (const row of minutes) partition.adoptMinute(row.block, minuteCell(row));
  for (const row of ledger) partition.adoptLedger(row.block, ledgerCell(row));
  const canVerify = start.lastOffset >= 0 && start.lastOffset >= bounds.start;
  return {
    partition,
    openAt: canVerify ? start.lastOffset : start.next,
    unknownSchema: new Set(await store.unknownSchemaFrom(stream, start.next)),
  };
}

function sitesOf(rows: readonly SessionRow[]): string[] {
  return [...new Set(rows.map(row => row.site))];
}

/**
 * The sessions that the rows stand for, as they were below an offset. A row that is not ahead of it is trusted. One that
 * is ahead (a crash or a zombie left it) only tells whose events to fold again: the accepted events are the state.
 */
export async function trustedSessions(options: {
  stream: Stream;
  rows: readonly SessionRow[];
  below: number;
  store: Store;
  gapOf: (site: string) => number | undefined;
  isWanted: (s: Session) => boolean;
  /** Everything folded so far must be in event_rows before events are read from there. */
  beforeFoldingAgain: () => Promise<void>;
}): Promise<Session[]> {
  const { stream, rows, below, store } = options;
  const sessions: Session[] = [];
  const ahead: SessionRow[] = [];
  for (const row of rows) {
    if (offsetOfVersion(row.version) > below) ahead.push(row);
    else if (!row.tombstone) sessions.push(sessionFromRow(row));
  }
  if (ahead.length === 0) return sessions;
  await options.beforeFoldingAgain();
  const visitors = new Map<string, { site: string; visitor: string; rows: SessionRow[] }>();
  for (const row of ahead) {
    const key = JSON.stringify([row.site, row.visitor_id]);
    const known = visitors.get(key);
    if (known === undefined) visitors.set(key, { site: row.site, visitor: row.visitor_id, rows: [row] });
    else known.rows.push(row);
  }
  const events = new Map<string, AcceptedEvent[]>();
  for (const { offset, event } of await store.eventsOf(stream, [...visitors.values()], below)) {
    const key = JSON.stringify([event.site, event.visitor_id]);
    const list = events.get(key) ?? [];
    events.set(key, list);
    list.push({ offset, event, uaReasons: uaReasonBits(botReasonOfUserAgent(event.user_agent)) });
  }
  const gapMs = (site: string): number => {
    const ms = options.gapOf(site);
    if (ms === undefined) throw new Error(`the session gap of site ${site} is not pinned`);
    return ms;
  };
  for (const [key, { site, rows: aheadRows }] of visitors) {
    const gap = gapMs(site);
    const isNear = (time: number): boolean =>
      aheadRows.some(row => time >= row.started_at - gap && time <= row.ended_at + gap);
    for (const s of foldAgain(events.get(key) ?? [], gapMs)) {
      if (!options.isWanted(s) && !isNear(s.firstTime) && !isNear(s.lastTime)) continue;
      s.flags |= IDS_UNKNOWN;
      sessions.push(s);
    }
  }
  return sessions;
}
