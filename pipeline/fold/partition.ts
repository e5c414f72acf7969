import type { PipelineLimits } from '../contract/limits.ts';
import type { Outcome } from '../contract/outcome.ts';
import type { Stream } from '../contract/record.ts';
import {
  BLOCK_OFFSETS,
  type Block,
  blockOf,
  createBlock,
  type LedgerCell,
  type MinuteCell,
} from './cells.ts';
import { createEventIds } from './eventIds.ts';
import { hashEvent } from './hash.ts';
import type { Judged, JudgedEvent, JudgedRejected } from './judged.ts';
import { createMemory } from './memory.ts';
import {
  absorb,
  addEvent,
  CHANGED,
  type FoldEvent,
  IDS_UNKNOWN,
  isTombstone,
  type Session,
  sessionOf,
  viewsHeld,
} from './session.ts';
import type { Span } from './spans.ts';

/** Names an event that may have been accepted before. */
export interface EventKey {
  site: string;
  visitor: string;
  time: number;
}

/** Where the rows of finished work go as it is folded. */
export interface FoldOutput {
  event(judged: JudgedEvent, sessionId: string): void;
  deadLetter(judged: JudgedRejected): void;
}

/** An absorbed session and the root that it is part of now; offsets. */
export interface Alias {
  site: string;
  visitor: string;
  id: number;
  root: number;
}

/** How far a partition is folded, and by what it is known again. See sql/tables/positions.sql. */
export interface Progress {
  next: number;
  lastOffset: number;
  lastHash: bigint;
  rangeStart: number;
  rangeAccepted: number;
  /** Ms; 0: no event accepted yet. */
  watermark: number;
}

/** What one flush writes, beside the events and dead letters that went to the output already. */
export interface FlushContent {
  number: number;
  progress: Progress;
  sessions: Session[];
  aliases: Alias[];
  minutes: Array<[block: number, cell: MinuteCell]>;
  ledger: Array<[block: number, cell: LedgerCell]>;
}

/** The fold of one partition: one sequence of records in, sessions, cells and positions out. Pure; looks nothing up itself. */
export interface Partition {
  readonly progress: Progress;
  /** Records folded since it was made, by what became of them. */
  readonly outcomes: Readonly<Record<Outcome, number>>;
  /** Bytes and counts against limits, for the metrics. */
  readonly held: { sessions: number; pageViews: number; eventIds: number; cells: number };
  /** Sites that have no pinned gap yet. */
  sitesWithoutGap(batch: readonly Judged[]): string[];
  /** What is to be loaded from session_rows before the batch may be folded: the surroundings of late events. */
  spansToLoad(batch: readonly Judged[]): Span[];
  /** Sessions as they were before the batch. Those whose id is in memory already are passed over. */
  adopt(sessions: Iterable<Session>): void;
  /** Which events may have been accepted before, but are not in the table of ids. */
  eventsToLookUp(batch: readonly Judged[]): EventKey[];
  adoptEventId(site: string, visitor: string, eventId: string, time: number): void;
  /** Cells as rows have them, of the open block and later ones. */
  adoptMinute(block: number, cell: MinuteCell): void;
  adoptLedger(block: number, cell: LedgerCell): void;
  /** Folds a batch that starts at `progress.next` or after it. `next`: the offset after the batch. */
  fold(batch: readonly Judged[], next: number, lastHash: bigint | null, output: FoldOutput): void;
  /** All that changed since the flush before. Sessions and cells must be encoded before the next fold. */
  takeFlush(): FlushContent;
  acknowledge(flush: number): void;
}

export function sessionIdText(stream: Stream, id: number): string {
  return `${stream.topic}-${stream.epoch}-${stream.partition}-${id}`;
}

export function createPartition(options: {
  stream: Stream;
  limits: PipelineLimits;
  /** Ms; undefined: not pinned yet. */
  gapOf: (site: string) => number | undefined;
  start: Progress;
}): Partition {
  const { stream, limits, gapOf } = options;
  const memory = createMemory();
  const ids = createEventIds();
  const prefix = sessionIdText(stream, 0).slice(0, -1);
  const progress = { ...options.start };
  const blocks = new Map<number, Block>();
  const aliases = new Map<number, Alias>();
  let dirty: Session[] = [];
  /** The number of the flush that will take what is folded now. */
  let flush = 1;
  let acknowledged = 0;
  const outcomes: Record<Outcome, number> = {
    accepted: 0,
    duplicate: 0,
    unconsented: 0,
    erased: 0,
    rejected: 0,
  };
  let evictedAt = Number.NEGATIVE_INFINITY;
  /** Accepted offsets from a start on, oldest first: their sum is the range that a restore counts again. */
  let segments = [{ start: progress.rangeStart, accepted: progress.rangeAccepted }];
  let openBlock = blockOf(progress.next);

  memory.setFloor(progress.watermark - limits.horizonMs);

  function gap(site: string): number {
    const ms = gapOf(site);
    if (ms === undefined) throw new Error(`the session gap of site ${site} is not pinned`);
    return ms;
  }

  function cellsOf(n: number): Block {
    let block = blocks.get(n);
    if (block === undefined) {
      block = createBlock(n);
      blocks.set(n, block);
    }
    return block;
  }

  function blockAt(offset: number): Block {
    const n = blockOf(offset);
    if (n > openBlock) {
      openBlock = n;
      segments.push({ start: n * BLOCK_OFFSETS, accepted: 0 });
    }
    return cellsOf(n);
  }

  function touch(s: Session): void {
    if (s.flush === CHANGED) return;
    s.flush = CHANGED;
    dirty.push(s);
  }

  function absorbInto(root: Session, other: Session): void {
    absorb(root, other);
    for (const alias of aliases.values()) if (alias.root === other.id) alias.root = root.id;
    aliases.set(other.id, { site: other.site, visitor: other.visitor, id: other.id, root: root.id });
    touch(other);
  }

  /** The event's session after it; null if it is a duplicate. */
  function accept(e: FoldEvent, offset: number, uaReasons: number): Session | null {
    const gapMs = gap(e.site);
    const time = e.event_time;
    let home: Session | null = null;
    let inside = false;
    let several = false;
    for (let s = memory.head(e.site, e.visitor_id); s !== null; s = s.next) {
      if (isTombstone(s) || time < s.firstTime - gapMs || time > s.lastTime + gapMs) continue;
      if (time >= s.firstTime && time <= s.lastTime) inside = true;
      if (home !== null) several = true;
      if (home === null || s.id < home.id) home = s;
    }
    hashEvent(e.site, e.visitor_id, e.event_id, time);
    // An event outside every session cannot have been accepted before: it would have stretched one.
    if (inside && ids.has()) return null;
    ids.add(time, flush);
    if (home === null) {
      home = sessionOf(e, offset, uaReasons);
      memory.add(home);
    } else {
      const views = viewsHeld(home);
      if (several) {
        for (let s = memory.head(e.site, e.visitor_id); s !== null; s = s.next) {
          if (s === home || isTombstone(s) || time < s.firstTime - gapMs || time > s.lastTime + gapMs)
            continue;
          absorbInto(home, s);
        }
      }
      addEvent(home, e, uaReasons);
      memory.addViews(viewsHeld(home) - views);
    }
    touch(home);
    return home;
  }

  function foldOne(j: Judged, output: FoldOutput): Outcome {
    const block = blockAt(j.offset);
    block.addRecord(j.offset, j.arrival, '', '', 'consumed', '');
    if (j.kind === 'event') {
      const e = j.event;
      const session = accept(e, j.offset, j.uaReasons);
      if (j.misplaced) block.addRecord(j.offset, j.arrival, e.site, e.platform, 'misplaced', '');
      if (session === null) {
        block.addRecord(j.offset, j.arrival, e.site, e.platform, 'duplicate', '');
        return 'duplicate';
      }
      block.addRecord(j.offset, j.arrival, e.site, e.platform, 'accepted', '');
      block.addEvent(j.offset, e);
      const segment = segments[segments.length - 1];
      if (segment !== undefined) segment.accepted++;
      progress.watermark = Math.max(progress.watermark, Math.min(e.event_time, j.arrival));
      output.event(j, prefix + session.id);
      return 'accepted';
    }
    if (j.kind === 'rejected') {
      block.addRecord(j.offset, j.arrival, j.site, j.platform, 'rejected', j.rejection.reason);
      output.deadLetter(j);
    } else {
      block.addRecord(j.offset, j.arrival, j.site, j.platform, j.kind, '');
    }
    return j.kind;
  }

  return {
    progress,
    outcomes,
    get held() {
      let cells = 0;
      for (const block of blocks.values()) cells += block.size;
      return { sessions: memory.size, pageViews: memory.views, eventIds: ids.size, cells };
    },
    sitesWithoutGap(batch) {
      const sites = new Set<string>();
      for (const j of batch)
        if (j.kind === 'event' && gapOf(j.event.site) === undefined) sites.add(j.event.site);
      return [...sites];
    },
    spansToLoad(batch) {
      const spans: Span[] = [];
      for (const j of batch) {
        if (j.kind !== 'event') continue;
        const { site, visitor_id: visitor, event_time: time } = j.event;
        const gapMs = gap(site);
        if (time < memory.floor + gapMs) spans.push({ site, visitor, from: time - gapMs, to: time + gapMs });
      }
      return spans;
    },
    adopt(sessions) {
      for (const s of sessions) if (!memory.has(s.site, s.visitor, s.id)) memory.add(s);
    },
    eventsToLookUp(batch) {
      const keys: EventKey[] = [];
      for (const j of batch) {
        if (j.kind !== 'event') continue;
        const { site, visitor_id: visitor, event_time: time } = j.event;
        for (let s = memory.head(site, visitor); s !== null; s = s.next) {
          if (isTombstone(s) || time < s.firstTime || time > s.lastTime) continue;
          if ((s.flags & IDS_UNKNOWN) !== 0 || time < ids.floor) {
            keys.push({ site, visitor, time });
            break;
          }
        }
      }
      return keys;
    },
    adoptEventId(site, visitor, eventId, time) {
      hashEvent(site, visitor, eventId, time);
      ids.add(time, 0);
    },
    adoptMinute(block, cell) {
      cellsOf(block).restoreMinute(cell);
    },
    adoptLedger(block, cell) {
      cellsOf(block).restoreLedger(cell);
    },
    fold(batch, next, lastHash, output) {
      for (const j of batch) outcomes[foldOne(j, output)]++;
      const last = batch[batch.length - 1];
      if (last !== undefined && lastHash !== null) {
        progress.lastOffset = last.offset;
        progress.lastHash = lastHash;
      }
      progress.next = next;
    },
    takeFlush() {
      const number = flush++;
      const content: FlushContent = {
        number,
        progress: {
          ...progress,
          rangeStart: segments[0]?.start ?? progress.next,
          rangeAccepted: segments.reduce((sum, s) => sum + s.accepted, 0),
        },
        sessions: dirty,
        aliases: [...aliases.values()],
        minutes: [],
        ledger: [],
      };
      for (const s of dirty) {
        s.flush = number;
      }
      dirty = [];
      aliases.clear();
      for (const block of blocks.values()) {
        block.takeDirty(
          cell => content.minutes.push([block.block, cell]),
          cell => content.ledger.push([block.block, cell]),
        );
      }
      // Blocks behind the open one are whole and taken by this flush: no event comes back to them.
      for (const n of blocks.keys()) if (n < blockOf(progress.next)) blocks.delete(n);
      // A restore counts the range again: the open block and the one before it are enough to find rows that were lost.
      while (segments.length > 2) segments = segments.slice(1);
      return content;
    },
    acknowledge(number) {
      acknowledged = number;
      const keepFrom = progress.watermark - limits.horizonMs;
      const due = keepFrom > evictedAt + limits.horizonMs / 12;
      const over =
        memory.size > limits.sessionsMax ||
        memory.views > limits.pageViewsMax ||
        ids.size > limits.eventIdsMax;
      if (!due && !over) return;
      evictedAt = keepFrom;
      memory.evict({
        keepFrom,
        sessionsMax: limits.sessionsMax,
        pageViewsMax: limits.pageViewsMax,
        acknowledgedFlush: acknowledged,
      });
      ids.trim({
        keepFrom: keepFrom - limits.horizonMs,
        idsMax: limits.eventIdsMax,
        acknowledgedFlush: acknowledged,
      });
    },
  };
}

/** An event as event_rows has it. */
export interface AcceptedEvent {
  offset: number;
  event: FoldEvent;
  uaReasons: number;
}

/** The sessions of a set of accepted events, given in offset order: how a visitor's sessions stood below an offset. */
export function foldAgain(events: Iterable<AcceptedEvent>, gapOf: (site: string) => number): Session[] {
  const live: Session[] = [];
  for (const { offset, event, uaReasons } of events) {
    const gapMs = gapOf(event.site);
    const time = event.event_time;
    const near = live.filter(
      s =>
        !isTombstone(s) &&
        s.site === event.site &&
        s.visitor === event.visitor_id &&
        time >= s.firstTime - gapMs &&
        time <= s.lastTime + gapMs,
    );
    near.sort((a, b) => a.id - b.id);
    const home = near[0];
    if (home === undefined) {
      live.push(sessionOf(event, offset, uaReasons));
      continue;
    }
    for (const other of near.slice(1)) absorb(home, other);
    addEvent(home, event, uaReasons);
  }
  return live.filter(s => !isTombstone(s));
}
