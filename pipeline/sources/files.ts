import type { Decoder } from '../contract/decode.ts';
import { openEventFile } from '../contract/eventFile.ts';
import { partitionOf } from '../contract/murmur2.ts';
import type { LogBatch, LogRecord, Stream } from '../contract/record.ts';
import { REPLAY_HEADER } from '../judge.ts';
import { FILE_PARTITIONS, FILES_TOPIC, type FileToRead } from './fileRegistry.ts';
import type { Source } from './source.ts';

/** Batches that wait for a partition; then the file is not read on. */
const BATCHES_WAITING_MAX = 8;

interface Lane {
  /** Records before it were folded before. */
  from: number;
  batches: LogBatch[];
  isOpen: boolean;
  ended: boolean;
  failure: unknown;
  wake: () => void;
}

/**
 * Event files as a log of FILE_PARTITIONS partitions by murmur2(visitor_id), as Kafka's producers would divide them:
 * offset = the file's base + index in the file. One pass over the files serves all partitions.
 */
export function createFileSource(options: {
  files: readonly FileToRead[];
  decoder: Decoder;
  /** Records handed out so far. */
  onProgress?: (records: number) => void;
}): Source {
  const { files, decoder } = options;
  const streams: Stream[] = Array.from({ length: FILE_PARTITIONS }, (_, partition) => ({
    topic: FILES_TOPIC,
    epoch: 0,
    partition,
  }));
  const start = Number(files[0]?.row.base_offset ?? 0n);
  const end = files.reduce((to, f) => Math.max(to, Number(f.row.base_offset + f.row.records)), start);
  const lanes = new Map<number, Lane>();
  let roomMade: () => void = () => undefined;
  let stopped = false;
  let records = 0;

  async function put(lane: Lane, batch: LogBatch): Promise<void> {
    while (lane.isOpen && !stopped && lane.batches.length >= BATCHES_WAITING_MAX) {
      await new Promise<void>(resolve => {
        roomMade = resolve;
      });
    }
    if (!lane.isOpen || stopped) return;
    lane.batches.push(batch);
    lane.wake();
  }

  function endLanes(failure?: unknown): void {
    for (const lane of lanes.values()) {
      lane.ended = true;
      lane.failure = failure;
      lane.wake();
    }
  }

  async function pump(): Promise<void> {
    const from = Math.min(...[...lanes.values()].map(l => l.from));
    for (const { path, row, schema } of files) {
      const base = Number(row.base_offset);
      const last = base + Number(row.records);
      if (last <= from) continue;
      decoder.learn(schema);
      const file = await openEventFile(path);
      try {
        for await (const found of file.records(Math.max(0, from - base))) {
          if (stopped) return;
          const byLane = Array.from({ length: FILE_PARTITIONS }, (): LogRecord[] => []);
          let offset = base;
          for (const { index, value } of found) {
            offset = base + index;
            const peeked = file.peek(value);
            const partition =
              peeked === null ? offset % FILE_PARTITIONS : partitionOf(peeked.visitor_id, FILE_PARTITIONS);
            byLane[partition]?.push({
              offset,
              arrival: row.first_seen,
              key: null,
              value,
              headers:
                peeked === null || peeked.replay_of === ''
                  ? []
                  : [[REPLAY_HEADER, Buffer.from(peeked.replay_of)]],
            });
          }
          records += found.length;
          options.onProgress?.(records);
          for (const [partition, lane] of lanes) {
            const ours = byLane[partition]?.filter(r => r.offset >= lane.from) ?? [];
            if (ours.length > 0) await put(lane, { records: ours, next: offset + 1, logEnd: end });
          }
        }
      } finally {
        await file.close();
      }
      // A partition that none of the file's last records went to has reached its end all the same.
      for (const lane of lanes.values()) await put(lane, { records: [], next: last, logEnd: end });
    }
  }

  return {
    endless: false,
    arrival: 'received_time',
    async start(assigned) {
      assigned({ number: 1, streams });
    },
    async streams() {
      return streams;
    },
    async bounds() {
      return { start, end };
    },
    open({ partition }, offset) {
      const lane: Lane = {
        from: offset,
        batches: [],
        isOpen: true,
        ended: false,
        failure: undefined,
        wake: () => undefined,
      };
      lanes.set(partition, lane);
      if (lanes.size === FILE_PARTITIONS) {
        pump().then(
          () => endLanes(),
          error => endLanes(error),
        );
      }
      return {
        async next() {
          for (;;) {
            const batch = lane.batches.shift();
            if (batch !== undefined) {
              roomMade();
              return batch;
            }
            if (lane.failure !== undefined) throw lane.failure;
            if (lane.ended || !lane.isOpen) return null;
            await new Promise<void>(resolve => {
              lane.wake = resolve;
            });
          }
        },
        close() {
          lane.isOpen = false;
          lane.wake();
          roomMade();
        },
      };
    },
    async wait() {},
    async commit() {},
    async stop() {
      stopped = true;
      roomMade();
      endLanes();
    },
  };
}
