/** One partition of one log. The epoch rises only when a topic is re-created (`accept-log`). */
export interface Stream {
  topic: string;
  epoch: number;
  partition: number;
}

/** A record as its log has it: bytes, and where it stands. */
export interface LogRecord {
  offset: number;
  /** Ms since 1970 UTC: the broker's LogAppendTime; in files received_time, or when the file was first seen. */
  arrival: number;
  key: Uint8Array | null;
  value: Uint8Array | null;
  headers: ReadonlyArray<readonly [name: string, value: Uint8Array]>;
}

/** What was fetched at once, in offset order. Offsets may have gaps (compaction, transactions, files). */
export interface LogBatch {
  records: LogRecord[];
  /** The offset after the last record that this fetch covers; control records may lie between. */
  next: number;
  /** The log's end when it was fetched, for the lag. */
  logEnd: number;
}
