import pino from 'pino';
import { createDecoder, type Decoder } from '../../pipeline/contract/decode.ts';
import { frameConfluent, frameSingleObject } from '../../pipeline/contract/framing.ts';
import { DEFAULT_LIMITS, type PipelineLimits } from '../../pipeline/contract/limits.ts';
import type { LogRecord } from '../../pipeline/contract/record.ts';
import { encodeEvent, newest } from '../../pipeline/contract/schema.ts';
import { LIMITS } from '../../pipeline/fold/validate.ts';
import { createMetrics, type Metrics } from '../../pipeline/metrics.ts';
import type { WorkerOptions } from '../../pipeline/partitionLoop.ts';
import type { Store } from '../../pipeline/sink/store.ts';
import type { Source } from '../../pipeline/sources/source.ts';
import { startWorker, type Worker } from '../../pipeline/worker.ts';
import { WORKER_LIMITS } from '../../pipeline/workerLimits.ts';
import type { Log, LogEntry } from '../oracle/oracle.ts';
import type { MemoryLog } from './memorySource.ts';

/** Small, so that an oversized message costs little. */
const MESSAGE_BYTES_MAX = 200_000;
const UNKNOWN_ID = 404;

const framed = new WeakMap<LogEntry, Uint8Array | null>();

/** A record's bytes, as a producer or a broken one would send them. */
export function bytesOf(entry: LogEntry): Uint8Array | null {
  if (entry.event !== undefined) {
    let bytes = framed.get(entry);
    if (bytes === undefined) {
      bytes = frameSingleObject(newest.fingerprint, encodeEvent(entry.event));
      framed.set(entry, bytes);
    }
    return bytes;
  }
  switch (entry.unreadable) {
    case 'empty':
      return entry.offset % 2 === 0 ? null : new Uint8Array(0);
    case 'oversized':
      return new Uint8Array(MESSAGE_BYTES_MAX + 1);
    case 'unframed':
      return Buffer.from('{"event_id":"json"}');
    case 'unknown_schema':
      return frameConfluent(UNKNOWN_ID, Buffer.from([1, 2, 3]));
    case 'undecodable':
      return frameSingleObject(newest.fingerprint, Buffer.from([2, 65]));
  }
}

export function recordOf(entry: LogEntry): LogRecord {
  const headers: LogRecord['headers'] =
    entry.replay_of === undefined ? [] : [['replay_of', Buffer.from(entry.replay_of)]];
  return {
    offset: entry.offset,
    arrival: entry.arrival,
    key: Buffer.from('key'),
    value: bytesOf(entry),
    headers,
  };
}

/** The logs that a random log describes, as bytes. */
export function memoryLogs(log: Log): MemoryLog[] {
  return log.streams
    .filter(s => s.entries.length > 0)
    .map(({ stream, entries }) => ({
      stream,
      records: [...entries].sort((a, b) => a.offset - b.offset).map(recordOf),
    }));
}

/** Reads shipped schemas; every registry id is unknown. */
export function testDecoder(): Decoder {
  const rejection = { reason: 'unknown_schema', detail: 'for the test' } as const;
  return createDecoder({
    messageBytesMax: MESSAGE_BYTES_MAX,
    registry: { get: () => ({ rejection }), resolve: async () => ({ rejection }) },
  });
}

const decoder = testDecoder();
const metrics: Metrics = createMetrics({ processMetrics: false });
const log = pino({ level: 'silent' });

/** What workers of this process have read less what they have written, of each partition at its last flush. */
export async function residuals(): Promise<number[]> {
  return (await metrics.residual.get()).values.map(({ value }) => value);
}

export function runWorker(options: {
  source: Source;
  store: Store;
  limits?: Partial<PipelineLimits>;
  workerLimits?: Partial<WorkerOptions['workerLimits']>;
  at?: WorkerOptions['at'];
}): Worker {
  return startWorker({
    source: options.source,
    store: options.store,
    decoder,
    metrics,
    log,
    limits: { ...DEFAULT_LIMITS, ...options.limits },
    eventLimits: LIMITS,
    workerLimits: { ...WORKER_LIMITS, stopMs: 1_000, ...options.workerLimits },
    ...(options.at === undefined ? {} : { at: options.at }),
  });
}
