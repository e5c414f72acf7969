import type { Logger } from 'pino';
import { createAccount } from './account.ts';
import type { Decoded, Decoder } from './contract/decode.ts';
import type { PipelineLimits } from './contract/limits.ts';
import { OUTCOMES, type Outcome } from './contract/outcome.ts';
import type { LogBatch, LogRecord, Stream } from './contract/record.ts';
import { hashBytes } from './fold/hash.ts';
import type { Judged } from './fold/judged.ts';
import { type FlushContent, sessionIdText } from './fold/partition.ts';
import { meetsSpans } from './fold/spans.ts';
import type { Limits } from './fold/validate.ts';
import { Halt } from './halt.ts';
import { judge } from './judge.ts';
import type { Metrics } from './metrics.ts';
import { LOGIC_VERSION, restore, trustedSessions } from './restore.ts';
import { createRowSink, encodeAliases, encodePositions } from './sink/flush.ts';
import { type PositionRow, versionOf } from './sink/rows.ts';
import type { EncodedRows, Store } from './sink/store.ts';
import type { Gaps } from './siteGaps.ts';
import type { Source } from './sources/source.ts';
import type { WorkerLimits } from './workerLimits.ts';

/** When a log that ended (an event file) has been read, it is caught up for ever. */
export const CAUGHT_UP_FOR_EVER_MS = 4_102_444_800_000;

/** What a worker works with. */
export interface WorkerOptions {
  source: Source;
  store: Store;
  decoder: Decoder;
  metrics: Metrics;
  log: Logger;
  limits: PipelineLimits;
  eventLimits: Limits;
  workerLimits: WorkerLimits;
  /** Named points of the loop, where tests end the process. */
  at?: (point: LoopPoint) => void;
}

/** The named points of the loop: what a crash at any of them leaves behind is what the fault tests try. */
export const LOOP_POINTS = [
  'assigned',
  'positions_written',
  'restored',
  'batch_fetched',
  'batch_decoded',
  'gap_pinned',
  'sessions_loaded',
  'ids_loaded',
  'batch_folded',
  'flush_taken',
  'dead_letters_written',
  'events_written',
  'cells_written',
  'ledger_written',
  'sessions_written',
  'aliases_written',
  'position_written',
  'committed',
  'acknowledged',
  'idle',
] as const;
export type LoopPoint = (typeof LOOP_POINTS)[number];

export interface PartitionOptions extends WorkerOptions {
  stream: Stream;
  positions: readonly PositionRow[];
  partitions: number;
  gaps: Gaps;
  signal: AbortSignal;
  restored: () => void;
  /** Told at once what ends the partition, which itself waits for the flush that is under way. */
  failed: (error: unknown) => void;
}

/**
 * Reads, decodes, folds and flushes one partition in offset order, until the assignment ends or the log does: the only
 * place where source, fold and sink meet.
 */
export async function runPartition(options: PartitionOptions): Promise<void> {
  const { stream, source, store, decoder, metrics, limits, workerLimits, gaps, signal } = options;
  const log = options.log.child({ topic: stream.topic, partition: stream.partition });
  const labels = { topic: stream.topic, partition: String(stream.partition) };
  const at = options.at ?? (() => undefined);
  const position = options.positions.find(
    p => p.topic === stream.topic && p.epoch === stream.epoch && p.partition === stream.partition,
  );
  if (position === undefined) throw new Error(`no position of ${stream.topic} partition ${stream.partition}`);

  metrics.restoring.set(labels, 1);
  const erasures = await store.erasures();
  const bounds = await source.bounds(stream);
  const { partition, openAt, unknownSchema } = await restore({
    stream,
    position,
    bounds,
    partitions: options.partitions,
    store,
    limits,
    gapOf: gaps.gapOf,
    loadGaps: gaps.load,
    onRowsLost: (from, to, missing) =>
      log.warn({ from, to, missing }, 'acknowledged rows are gone: folding again'),
  });
  metrics.restoring.set(labels, 0);
  at('restored');
  options.restored();
  const { progress } = partition;
  log.info({ offset: progress.next, sessions: partition.held.sessions, logEnd: bounds.end }, 'restored');

  const sink = createRowSink(stream, () => erasures.number);
  const account = createAccount();
  metrics.residual.set(labels, 0);
  let toVerify = openAt < progress.next ? { offset: progress.lastOffset, hash: progress.lastHash } : null;
  let logEnd = bounds.end;
  // Of a log that ends only its end is worth telling; of a live one, any time at which all that was there had been read.
  let caughtUpAt =
    source.endless && position.caught_up_at < CAUGHT_UP_FOR_EVER_MS ? position.caught_up_at : 0;
  let flushedAt = Date.now();
  let changed = false;
  let waiting = 0;
  let lastArrival = 0;
  let flushing: Promise<void> | null = null;
  let committing = Promise.resolve();
  let toAcknowledge = 0;
  let failure: unknown;

  function takeFlush(): void {
    const content = partition.takeFlush();
    const rows = sink.take(content);
    const residual = account.take(partition.outcomes, rows);
    at('flush_taken');
    changed = false;
    flushedAt = Date.now();
    const bytes = rows.reduce((sum, r) => sum + r.body.length, 0);
    waiting += bytes;
    const end = metrics.flushSeconds.startTimer({ topic: stream.topic });
    flushing = writeFlush(content, rows)
      .then(() => {
        end();
        metrics.residual.set(labels, residual);
        waiting -= bytes;
        toAcknowledge = content.number;
      })
      .catch(error => {
        metrics.flushFailures.inc({ topic: stream.topic });
        failure ??= error;
      })
      .finally(() => {
        flushing = null;
      });
  }

  async function write(rows: readonly EncodedRows[], table: EncodedRows['table']): Promise<void> {
    for (const r of rows) if (r.table === table) await store.insert(r);
  }

  async function writeFlush(content: FlushContent, rows: readonly EncodedRows[]): Promise<void> {
    // First of all: the verdict `unknown_schema` hangs on the registry of this hour, so it must stand before anything
    // that follows from it.
    await write(rows, 'dead_letter_rows');
    at('dead_letters_written');
    await write(rows, 'event_rows');
    at('events_written');
    await write(rows, 'minute_rows');
    at('cells_written');
    await write(rows, 'ledger_rows');
    at('ledger_written');
    await write(rows, 'session_rows');
    at('sessions_written');
    await writeAliases(content);
    at('aliases_written');
    const { next } = content.progress;
    await store.insert(encodePositions([positionRow(content)]));
    at('position_written');
    // Advisory, and slow where a broker is away: nothing waits for it but the end.
    committing = source
      .commit(stream, next)
      .then(() => at('committed'))
      .catch(error =>
        log.warn({ err: error, offset: next }, 'commit failed; the position is written all the same'),
      );
  }

  async function writeAliases(content: FlushContent): Promise<void> {
    if (content.aliases.length === 0) return;
    const roots = new Map(content.aliases.map(a => [sessionIdText(stream, a.id), a]));
    metrics.lookups.inc({ kind: 'aliases' });
    const earlier = await store.aliasesInto(stream, [...roots.keys()]);
    const aliases = [...content.aliases];
    for (const row of earlier) {
      const absorbed = roots.get(row.root);
      const id = Number(row.session_id.slice(row.session_id.lastIndexOf('-') + 1));
      if (absorbed !== undefined) aliases.push({ ...absorbed, id });
    }
    await store.insert(encodeAliases(stream, aliases, versionOf(erasures.number, content.progress.next)));
  }

  function positionRow({ progress: p }: FlushContent): PositionRow {
    return {
      ...stream,
      version: versionOf(erasures.number, p.next),
      written_at: Date.now(),
      next_offset: BigInt(p.next),
      last_offset: p.lastOffset,
      last_hash: p.lastHash,
      range_start: BigInt(p.rangeStart),
      range_accepted: BigInt(p.rangeAccepted),
      watermark: p.watermark,
      caught_up_at: caughtUpAt,
      log_end: BigInt(Math.max(logEnd, p.next)),
      partitions: options.partitions,
      logic_version: LOGIC_VERSION,
      erasures: erasures.number,
    };
  }

  /** Waits for the flush under way, and takes its acknowledgement, which may move the floor. Between batches only. */
  async function settleFlush(wait: boolean): Promise<void> {
    if (wait && flushing !== null) await flushing;
    if (failure !== undefined) throw failure;
    if (toAcknowledge > 0) {
      partition.acknowledge(toAcknowledge);
      toAcknowledge = 0;
      at('acknowledged');
      observe();
    }
  }

  /** Nothing is under way any more, and whoever ends us may close the connections. */
  async function settled(): Promise<void> {
    if (flushing !== null) await flushing;
    await committing;
  }

  /** Everything folded so far is in the tables; the floor stays where it is. */
  async function writeAll(): Promise<void> {
    if (flushing !== null) await flushing;
    if (failure === undefined && changed) takeFlush();
    if (flushing !== null) await flushing;
    if (failure !== undefined) throw failure;
  }

  function observe(): void {
    const { sessions, pageViews, eventIds, cells } = partition.held;
    metrics.sessionsHeld.set(labels, sessions);
    metrics.pageViewsHeld.set(labels, pageViews);
    metrics.eventIdsHeld.set(labels, eventIds);
    metrics.cellsHeld.set(labels, cells);
    metrics.watermark.set(labels, progress.watermark / 1000);
    metrics.lag.set(labels, Math.max(0, logEnd - progress.next));
    metrics.secondsBehind.set(
      labels,
      logEnd > progress.next ? Math.max(0, Date.now() - lastArrival) / 1000 : 0,
    );
    metrics.bufferBytes.set(labels, waiting + sink.bytes);
  }

  /** The log is known again by the last record that was delivered; what comes before the position is passed over. */
  async function unread(batch: LogBatch): Promise<LogBatch['records']> {
    const first = batch.records[0];
    if (toVerify === null || first === undefined) return batch.records;
    const { offset, hash } = toVerify;
    // The record may have gone from the log since it was opened: then there is nothing to know it by.
    const isGone = first.offset > offset && (await source.bounds(stream)).start > offset;
    if (!isGone && (first.offset !== offset || hashBytes(first.value) !== hash)) {
      throw new Halt(
        'log_changed',
        `${stream.topic} partition ${stream.partition}: offset ${offset} holds another record than was read: the topic was re-created`,
        `read the new log as a new epoch: npm run -s footfall -- accept-log ${stream.topic}`,
      );
    }
    toVerify = null;
    return batch.records.filter(r => r.offset >= progress.next);
  }

  async function decode({ offset, value }: LogRecord): Promise<Exclude<Decoded, { unknownId: number }>> {
    if (unknownSchema.has(offset)) {
      return { rejection: { reason: 'unknown_schema', detail: 'as it was found before a restart' } };
    }
    for (;;) {
      const decoded = decoder.decode(value);
      if (!('unknownId' in decoded)) return decoded;
      await decoder.prefetch([value], signal);
    }
  }

  async function judgeAll(records: LogBatch['records']): Promise<Judged[]> {
    const judged: Judged[] = [];
    for (const record of records) {
      judged.push(
        judge(record, await decode(record), {
          partition: stream.partition,
          partitions: options.partitions,
          arrival: source.arrival,
          erasures,
          limits: options.eventLimits,
        }),
      );
    }
    return judged;
  }

  async function load(batch: readonly Judged[]): Promise<void> {
    const spans = partition.spansToLoad(batch);
    if (spans.length > 0) {
      metrics.lookups.inc({ kind: 'sessions' });
      const rows = await store.sessionsNear(stream, spans);
      const isNear = meetsSpans(spans);
      await gaps.load([...new Set(rows.map(row => row.site))]);
      partition.adopt(
        await trustedSessions({
          stream,
          rows,
          below: progress.next,
          store,
          gapOf: gaps.gapOf,
          isWanted: s => isNear(s.site, s.visitor, s.firstTime, s.lastTime),
          beforeFoldingAgain: async () => {
            metrics.lookups.inc({ kind: 'events' });
            await writeAll();
          },
        }),
      );
      at('sessions_loaded');
    }
    const keys = partition.eventsToLookUp(batch);
    if (keys.length > 0) {
      metrics.lookups.inc({ kind: 'event_ids' });
      for (const known of await store.eventIdsAt(stream, keys, progress.next)) {
        partition.adoptEventId(known.site, known.visitor, known.eventId, known.time);
      }
      at('ids_loaded');
    }
  }

  function countOutcomes(batch: readonly Judged[], before: Readonly<Record<Outcome, number>>): void {
    const reasons = new Map<string, number>();
    for (const j of batch) {
      if (j.kind === 'event' && j.misplaced) metrics.misplaced.inc({ topic: stream.topic });
      if (j.kind === 'rejected') reasons.set(j.rejection.reason, (reasons.get(j.rejection.reason) ?? 0) + 1);
    }
    for (const outcome of OUTCOMES) {
      const n = partition.outcomes[outcome] - before[outcome];
      if (n > 0 && outcome !== 'rejected')
        metrics.records.inc({ topic: stream.topic, outcome, reason: '' }, n);
    }
    for (const [reason, n] of reasons)
      metrics.records.inc({ topic: stream.topic, outcome: 'rejected', reason }, n);
  }

  async function foldBatch(batch: LogBatch): Promise<void> {
    const records = await unread(batch);
    const last = records[records.length - 1];
    for (let i = 0; i < records.length; i += workerLimits.foldRecordsMax) {
      if (signal.aborted) return;
      const chunk = records.slice(i, i + workerLimits.foldRecordsMax);
      const end = chunk[chunk.length - 1];
      if (end === undefined) continue;
      const judged = await gaps.admit(await judgeAll(chunk));
      at('batch_decoded');
      await load(judged);
      if (signal.aborted) return;
      const before = { ...partition.outcomes };
      account.read(chunk.length);
      partition.fold(
        judged,
        end === last ? Math.max(batch.next, end.offset + 1) : end.offset + 1,
        hashBytes(end.value),
        sink,
      );
      countOutcomes(judged, before);
      lastArrival = end.arrival;
      if (source.endless && progress.next >= batch.logEnd) caughtUpAt = Math.max(caughtUpAt, end.arrival);
      changed = true;
      at('batch_folded');
      await settleFlush(false);
      if (flushing === null && isFlushDue()) takeFlush();
      if (waiting + sink.bytes > workerLimits.bufferBytesMax) await settleFlush(true);
      else await new Promise(resolve => setImmediate(resolve));
    }
    if (last === undefined && batch.next > progress.next) {
      partition.fold([], batch.next, null, sink);
      changed = true;
    }
  }

  function isFlushDue(): boolean {
    return sink.bytes >= workerLimits.flushBytesMax || Date.now() - flushedAt >= workerLimits.flushIntervalMs;
  }

  const reader = source.open(stream, openAt);
  try {
    while (!signal.aborted) {
      const batch = await reader.next();
      if (signal.aborted) break;
      if (batch !== null) {
        at('batch_fetched');
        logEnd = Math.max(logEnd, batch.logEnd);
        await foldBatch(batch);
        continue;
      }
      if (!source.endless) {
        caughtUpAt = CAUGHT_UP_FOR_EVER_MS;
        logEnd = progress.next;
        changed = true;
        break;
      }
      await settleFlush(false);
      if (flushing === null && changed && isFlushDue()) takeFlush();
      if (flushing === null && Date.now() - flushedAt >= workerLimits.idlePositionMs) {
        const asked = Date.now();
        logEnd = (await source.bounds(stream)).end;
        if (progress.next >= logEnd) caughtUpAt = asked;
        takeFlush();
      }
      at('idle');
      observe();
      await source.wait(Math.min(workerLimits.flushIntervalMs, 250));
    }
    await writeAll();
    await settleFlush(true);
    observe();
  } catch (error) {
    if (error !== signal.reason) options.failed(error);
    throw error;
  } finally {
    reader.close();
    await settled();
  }
}
