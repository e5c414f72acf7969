import type { LogRecord, Stream } from '../../pipeline/contract/record.ts';
import type { Source } from '../../pipeline/sources/source.ts';

export interface MemoryLog {
  stream: Stream;
  records: readonly LogRecord[];
}

/** Logs in memory, delivered in batches of the given sizes; ends with them. `gate` holds a batch back until it resolves. */
export function createMemorySource(options: {
  logs: readonly MemoryLog[];
  batchRecords: (stream: Stream) => number;
  gate?: (stream: Stream) => Promise<void>;
}): Source & { committed: Map<string, number> } {
  const committed = new Map<string, number>();
  const find = (s: Stream): MemoryLog => {
    const log = options.logs.find(
      l => l.stream.topic === s.topic && l.stream.epoch === s.epoch && l.stream.partition === s.partition,
    );
    if (log === undefined) throw new Error(`no log ${s.topic}-${s.epoch}-${s.partition}`);
    return log;
  };
  const endOf = (log: MemoryLog): number => (log.records.at(-1)?.offset ?? -1) + 1;
  return {
    committed,
    endless: false,
    arrival: 'record',
    async start(assigned) {
      assigned({ number: 1, streams: options.logs.map(l => l.stream) });
    },
    async streams() {
      return options.logs.map(l => l.stream);
    },
    async bounds(stream) {
      const log = find(stream);
      return { start: Math.min(log.records[0]?.offset ?? 0, endOf(log)), end: endOf(log) };
    },
    open(stream, offset) {
      const log = find(stream);
      let at = log.records.findIndex(r => r.offset >= offset);
      if (at < 0) at = log.records.length;
      return {
        async next() {
          await options.gate?.(stream);
          if (at >= log.records.length) return null;
          const records = log.records.slice(at, at + options.batchRecords(stream));
          at += records.length;
          const next = (records.at(-1)?.offset ?? 0) + 1;
          return { records: [...records], next, logEnd: endOf(log) };
        },
        close() {},
      };
    },
    async wait() {},
    async commit(stream, next) {
      committed.set(`${stream.topic}-${stream.epoch}-${stream.partition}`, next);
    },
    async stop() {},
  };
}
