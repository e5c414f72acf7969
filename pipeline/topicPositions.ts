import type { Stream } from './contract/record.ts';
import { Halt } from './halt.ts';
import { encodePositions } from './sink/flush.ts';
import { type PositionRow, versionOf } from './sink/rows.ts';
import type { Store } from './sink/store.ts';
import type { Source } from './sources/source.ts';

/** The position of a partition of which nothing was read yet. */
export function firstPosition(
  stream: Stream,
  start: number,
  partitions: number,
  logicVersion: number,
): PositionRow {
  return {
    ...stream,
    version: versionOf(0, start),
    written_at: Date.now(),
    next_offset: BigInt(start),
    last_offset: -1,
    last_hash: 0n,
    range_start: BigInt(start),
    range_accepted: 0n,
    watermark: 0,
    caught_up_at: 0,
    log_end: BigInt(start),
    partitions,
    logic_version: logicVersion,
    erasures: 0,
  };
}

/**
 * The position of every partition of the topics. A topic's first are written, for all its partitions, before its first
 * record is folded: so a partition without one was added later. Errors: Halt partitions_added.
 */
export async function ensurePositions(options: {
  source: Source;
  store: Store;
  streams: readonly Stream[];
  logicVersion: number;
}): Promise<PositionRow[]> {
  const { source, store, streams } = options;
  const all: PositionRow[] = [];
  for (const topic of new Set(streams.map(s => s.topic))) {
    const ours = streams.filter(s => s.topic === topic);
    const there = (await store.positions(topic)).filter(p => ours.some(s => s.epoch === p.epoch));
    const missing = ours.filter(s => !there.some(p => p.epoch === s.epoch && p.partition === s.partition));
    all.push(...there);
    if (missing.length === 0) continue;
    if (there.length > 0) {
      throw new Halt(
        'partitions_added',
        `${topic} has ${ours.length} partitions, and had ${there.length}: visitors move to other partitions`,
        'go on, splitting the sessions that are open now: npm run -s footfall -- accept-partitions',
      );
    }
    const first: PositionRow[] = [];
    for (const stream of missing) {
      const { start } = await source.bounds(stream);
      first.push(firstPosition(stream, start, ours.length, options.logicVersion));
    }
    await store.insert(encodePositions(first));
    all.push(...first);
  }
  return all;
}
