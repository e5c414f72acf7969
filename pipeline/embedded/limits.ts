/** Queries at work at a time. Each holds one of libuv's threads while it runs. */
export const READS_AT_ONCE = 6;
export const WRITES_AT_ONCE = 4;
/** Threads for the above, the front's own statements, files and compression. */
export const UV_THREADS = READS_AT_ONCE + WRITES_AT_ONCE + 6;
/** Idle sessions kept for the next request with the same settings; one holds about 130 kB. */
export const IDLE_SESSIONS_MAX = 24;
/** Sessions that clients keep by `session_id`. */
export const NAMED_SESSIONS_MAX = 100;
