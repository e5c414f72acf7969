import { setTimeout as delay } from 'node:timers/promises';
import { ClickHouseError } from '@clickhouse/client';

/** ClickHouse's errors that pass by themselves, by code: the query is sent again unchanged. Any other needs a person. */
const PASSING_CODES: Record<string, string> = {
  '75': 'CANNOT_WRITE_TO_FILE_DESCRIPTOR',
  '159': 'TIMEOUT_EXCEEDED',
  '160': 'TOO_SLOW',
  '164': 'READONLY',
  '202': 'TOO_MANY_SIMULTANEOUS_QUERIES',
  '203': 'NO_FREE_CONNECTION',
  '209': 'SOCKET_TIMEOUT',
  '210': 'NETWORK_ERROR',
  '225': 'NO_ZOOKEEPER',
  '236': 'ABORTED',
  '241': 'MEMORY_LIMIT_EXCEEDED',
  '242': 'TABLE_IS_READ_ONLY',
  '243': 'NOT_ENOUGH_SPACE',
  '252': 'TOO_MANY_PARTS',
  '279': 'ALL_CONNECTION_TRIES_FAILED',
  '285': 'TOO_FEW_LIVE_REPLICAS',
  '286': 'UNSATISFIED_QUORUM_FOR_PREVIOUS_WRITE',
  '289': 'REPLICA_IS_NOT_IN_QUORUM',
  '319': 'UNKNOWN_STATUS_OF_INSERT',
  '394': 'QUERY_WAS_CANCELLED',
  '439': 'CANNOT_SCHEDULE_TASK',
  '473': 'DEADLOCK_AVOIDED',
  '999': 'KEEPER_EXCEPTION',
};

const NETWORK_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ECONNABORTED',
  'ERR_STREAM_PREMATURE_CLOSE',
]);

/** Does the error pass by itself? Then the outcome of an insert is unknown, and the same bytes may be sent again. */
export function isPassing(error: unknown): boolean {
  if (error instanceof ClickHouseError) return error.code in PASSING_CODES;
  if (!(error instanceof Error)) return false;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  // The client's own time limit and a connection closed in mid-answer come without a code.
  return (
    NETWORK_CODES.has(code) ||
    /^(Timeout error|socket hang up|The connection was closed)/i.test(error.message)
  );
}

export interface RetryOptions {
  waitMinMs: number;
  waitMaxMs: number;
  /** Ends the waiting. */
  signal?: AbortSignal | undefined;
  onRetry?: ((error: unknown, waitMs: number) => void) | undefined;
}

/** Does it until it is done: again after passing errors, with waits that double and are shortened at random by up to half. */
export async function retrying<T>(run: () => Promise<T>, options: RetryOptions): Promise<T> {
  for (let waitMs = options.waitMinMs; ; waitMs = Math.min(waitMs * 2, options.waitMaxMs)) {
    try {
      return await run();
    } catch (error) {
      if (!isPassing(error)) throw error;
      options.signal?.throwIfAborted();
      const jittered = waitMs * (0.5 + Math.random() / 2);
      options.onRetry?.(error, jittered);
      await delay(jittered, undefined, options.signal === undefined ? {} : { signal: options.signal });
    }
  }
}
