/** The limits of the loop; each is a setting. */
export interface WorkerLimits {
  /** Time between flushes of a partition. */
  flushIntervalMs: number;
  /** Encoded rows that start a flush at once. */
  flushBytesMax: number;
  /** Encoded rows that may wait for a flush under way; then reading pauses. */
  bufferBytesMax: number;
  /** Records folded before the loop gives way to others. */
  foldRecordsMax: number;
  /** How often an idle partition says that it is caught up. */
  idlePositionMs: number;
  /** How long a stop may take to flush what is whole. */
  stopMs: number;
}

export const WORKER_LIMITS: WorkerLimits = {
  flushIntervalMs: 5_000,
  flushBytesMax: 32 * 2 ** 20,
  bufferBytesMax: 64 * 2 ** 20,
  foldRecordsMax: 2_000,
  idlePositionMs: 60_000,
  stopMs: 20_000,
};
