import { createDecoder } from '../../pipeline/contract/decode.ts';
import { DEFAULT_LIMITS } from '../../pipeline/contract/limits.ts';
import type { LogRecord } from '../../pipeline/contract/record.ts';
import type { Judged } from '../../pipeline/fold/judged.ts';
import { createPartition, type FoldOutput, type Partition } from '../../pipeline/fold/partition.ts';
import { LIMITS } from '../../pipeline/fold/validate.ts';
import { judge } from '../../pipeline/judge.ts';
import { createRowSink } from '../../pipeline/sink/flush.ts';
import { messageOf } from './events.ts';

const STREAM = { topic: 'bench', epoch: 0, partition: 0 };
const GAP_MS = 1_800_000;
const BATCH = 2_000;
const NOBODY = { number: 0, visitors: new Set<bigint>(), users: new Set<bigint>() };
const START = Date.UTC(2026, 10, 1);

function newPartition(sessionsMax: number): Partition {
  return createPartition({
    stream: STREAM,
    limits: { ...DEFAULT_LIMITS, sessionsMax },
    gapOf: () => GAP_MS,
    start: { next: 0, lastOffset: -1, lastHash: 0n, rangeStart: 0, rangeAccepted: 0, watermark: 0 },
  });
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/** Events per CPU second of each step by itself: decoding (guard, avsc), judging, folding, encoding. One process, no I/O. */
export function benchSteps(events: number): Record<'decode' | 'judge' | 'fold' | 'encode', number> {
  const decoder = createDecoder({});
  const partition = newPartition(DEFAULT_LIMITS.sessionsMax);
  const sink = createRowSink(STREAM, () => 0);
  const seconds = { decode: 0, judge: 0, fold: 0, encode: 0 };
  const folded: Array<[Parameters<FoldOutput['event']>[0], string]> = [];
  const output: FoldOutput = {
    event: (j, id) => folded.push([j, id]),
    deadLetter: () => {
      throw new Error('the load has no bad events');
    },
  };
  for (let from = 0; from < events; from += BATCH) {
    const records: LogRecord[] = [];
    for (let i = from; i < Math.min(events, from + BATCH); i++) {
      records.push({
        offset: i,
        arrival: START + i * 20,
        key: null,
        value: messageOf(i, START),
        headers: [],
      });
    }
    const t0 = cpuSeconds();
    const decoded = records.map(r => decoder.decode(r.value));
    const t1 = cpuSeconds();
    const judged: Judged[] = [];
    for (const [i, record] of records.entries()) {
      const d = decoded[i];
      if (d === undefined || 'unknownId' in d) throw new Error('the load has no registry');
      judged.push(
        judge(record, d, {
          partition: 0,
          partitions: 1,
          arrival: 'record',
          erasures: NOBODY,
          limits: LIMITS,
        }),
      );
    }
    const t2 = cpuSeconds();
    partition.fold(judged, from + records.length, 1n, output);
    const t3 = cpuSeconds();
    for (const [j, id] of folded) sink.event(j, id);
    folded.length = 0;
    if (from % (BATCH * 50) === 0) {
      const content = partition.takeFlush();
      sink.take(content);
      partition.acknowledge(content.number);
    }
    const t4 = cpuSeconds();
    seconds.decode += t1 - t0;
    seconds.judge += t2 - t1;
    seconds.fold += t3 - t2;
    seconds.encode += t4 - t3;
  }
  const rate = (s: number): number => Math.round(events / s);
  return {
    decode: rate(seconds.decode),
    judge: rate(seconds.judge),
    fold: rate(seconds.fold),
    encode: rate(seconds.encode),
  };
}

/** JavaScript heap and memory outside it of a million open sessions with two events each, in bytes a session. */
export function benchHeap(sessions: number): { heap: number; outside: number } {
  if (globalThis.gc === undefined) throw new Error('run with --expose-gc');
  const decoder = createDecoder({});
  const partition = newPartition(sessions * 2);
  globalThis.gc();
  const before = process.memoryUsage();
  const nothing: FoldOutput = { event: () => undefined, deadLetter: () => undefined };
  for (let round = 0; round < 2; round++) {
    for (let from = 0; from < sessions; from += BATCH) {
      const batch: Judged[] = [];
      for (let i = from; i < from + BATCH; i++) {
        const offset = round * sessions + i;
        // Each visitor once a round: the load's own message, with a visitor and a place of its own.
        const decoded = decoder.decode(messageOf(offset, START));
        if (!('event' in decoded)) throw new Error('the load has no bad events');
        decoded.event.event_id = crypto.randomUUID();
        decoded.event.visitor_id = `${1_000_000_000 + i}.1790000000`;
        decoded.event.event_time = START + round * 60_000 + (i % 1000);
        const record: LogRecord = { offset, arrival: START + 3_600_000, key: null, value: null, headers: [] };
        batch.push(
          judge(record, decoded, {
            partition: 0,
            partitions: 1,
            arrival: 'record',
            erasures: NOBODY,
            limits: LIMITS,
          }),
        );
      }
      partition.fold(batch, round * sessions + from + BATCH, 1n, nothing);
      partition.acknowledge(partition.takeFlush().number);
    }
  }
  globalThis.gc();
  const after = process.memoryUsage();
  const held = partition.held.sessions;
  if (held !== sessions) throw new Error(`${held} sessions held, not ${sessions}`);
  return {
    heap: Math.round((after.heapUsed - before.heapUsed) / held),
    outside: Math.round((after.external - before.external) / held),
  };
}
