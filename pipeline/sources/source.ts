import type { LogBatch, Stream } from '../contract/record.ts';

/** Where a partition's log starts and ends now: the first offset that is still there, and the next to be written. */
export interface LogBounds {
  start: number;
  end: number;
}

/** Delivers one partition from a given offset on, until it is closed. */
export interface PartitionReader {
  /**
   * The next fetched batch; null when there is nothing yet (`live` logs: call again after `wait`) or, for a log that
   * ends (event files), when all of it has been delivered.
   * Errors: a Halt (pipeline/halt.ts) when the log is not what it was.
   */
  next(): Promise<LogBatch | null>;
  close(): void;
}

/** Partitions given to this worker. A new assignment replaces the one before it. */
export interface Assignment {
  /** Rises with each assignment: work begun under an older number must not be committed. */
  number: number;
  streams: Stream[];
}

/** One interface for Kafka, event files and generated events: partitions, offsets, and batches pulled in order. */
export interface Source {
  /** Begins to take part; `assigned` is called for every change of this worker's partitions, also for none. */
  start(assigned: (assignment: Assignment) => void): Promise<void>;
  /** Every partition of the topics read, whoever owns it. */
  streams(): Promise<Stream[]>;
  bounds(stream: Stream): Promise<LogBounds>;
  /** Starts delivering at `offset`, or at the first record after it. */
  open(stream: Stream, offset: number): PartitionReader;
  /** Resolves when some open reader may have something new, or after `timeout_ms`. */
  wait(timeout_ms: number): Promise<void>;
  /** Tells lag tools how far we are; the truth is the positions table. */
  commit(stream: Stream, next: number): Promise<void>;
  /** What an event's arrival is: the record's timestamp, or the event's received_time where it has one (event files). */
  readonly arrival: 'record' | 'received_time';
  /** False for a log that ends (event files): `next` gives null once all of a partition was delivered. */
  readonly endless: boolean;
  stop(): Promise<void>;
}
