import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/**
 * Every metric of a worker: the names that dashboards and alert rules use. Labels: topic and partition where a figure
 * belongs to one; `outcome` and `reason` are the closed lists of pipeline/contract/outcome.ts.
 */
export interface Metrics {
  registry: Registry;
  /** Records folded, by what became of them. */
  records: Counter<'topic' | 'outcome' | 'reason'>;
  /** Records read less those that what was written accounts for, at the last flush: 0, or something was lost or invented. */
  residual: Gauge<'topic' | 'partition'>;
  /** Records on partitions that their visitor's key does not belong to. */
  misplaced: Counter<'topic'>;
  /** Log end less position: records not yet written. */
  lag: Gauge<'topic' | 'partition'>;
  /** Event time up to which a partition is folded, seconds since 1970. */
  watermark: Gauge<'topic' | 'partition'>;
  /** Wall clock less the last folded record's arrival. */
  secondsBehind: Gauge<'topic' | 'partition'>;
  flushSeconds: Histogram<'topic'>;
  insertSeconds: Histogram<'table'>;
  insertedRows: Counter<'table'>;
  insertedBytes: Counter<'table'>;
  insertRetries: Counter<'table'>;
  flushFailures: Counter<'topic'>;
  /** Look-ups in ClickHouse for late events and possible duplicates. */
  lookups: Counter<'kind'>;
  /** Bytes encoded and not yet acknowledged, beside their limit. */
  bufferBytes: Gauge<'topic' | 'partition'>;
  bufferBytesMax: Gauge;
  sessionsHeld: Gauge<'topic' | 'partition'>;
  sessionsHeldMax: Gauge;
  pageViewsHeld: Gauge<'topic' | 'partition'>;
  eventIdsHeld: Gauge<'topic' | 'partition'>;
  cellsHeld: Gauge<'topic' | 'partition'>;
  rebalances: Counter;
  registryRetries: Counter;
  /** 1 while partitions are being restored. */
  restoring: Gauge<'topic' | 'partition'>;
}

export function createMetrics(options: { processMetrics: boolean }): Metrics {
  const registry = new Registry();
  if (options.processMetrics) collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const partition = ['topic', 'partition'] as const;
  return {
    registry,
    records: new Counter({
      name: 'footfall_records_total',
      help: 'Records folded, by outcome and reason',
      labelNames: ['topic', 'outcome', 'reason'] as const,
      registers,
    }),
    residual: new Gauge({
      name: 'footfall_residual_records',
      help: 'Records read less those accounted for by what is written, at the last flush; 0 always',
      labelNames: partition,
      registers,
    }),
    misplaced: new Counter({
      name: 'footfall_misplaced_total',
      help: 'Records on a partition that murmur2(visitor_id) does not give',
      labelNames: ['topic'] as const,
      registers,
    }),
    lag: new Gauge({
      name: 'footfall_lag_records',
      help: 'Records of the log not yet written',
      labelNames: partition,
      registers,
    }),
    watermark: new Gauge({
      name: 'footfall_watermark_seconds',
      help: 'Greatest min(event_time, arrival) accepted, seconds since 1970',
      labelNames: partition,
      registers,
    }),
    secondsBehind: new Gauge({
      name: 'footfall_behind_seconds',
      help: 'Time since the last written record arrived, 0 when all is written',
      labelNames: partition,
      registers,
    }),
    flushSeconds: new Histogram({
      name: 'footfall_flush_seconds',
      help: 'Time from taking a flush to its position',
      labelNames: ['topic'] as const,
      buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
      registers,
    }),
    insertSeconds: new Histogram({
      name: 'footfall_insert_seconds',
      help: 'Time of one insert, retries included',
      labelNames: ['table'] as const,
      buckets: [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
      registers,
    }),
    insertedRows: new Counter({
      name: 'footfall_inserted_rows_total',
      help: 'Rows written',
      labelNames: ['table'] as const,
      registers,
    }),
    insertedBytes: new Counter({
      name: 'footfall_inserted_bytes_total',
      help: 'Bytes written, RowBinary',
      labelNames: ['table'] as const,
      registers,
    }),
    insertRetries: new Counter({
      name: 'footfall_insert_retries_total',
      help: 'Inserts sent again unchanged',
      labelNames: ['table'] as const,
      registers,
    }),
    flushFailures: new Counter({
      name: 'footfall_flush_failures_total',
      help: 'Flushes that ended the worker',
      labelNames: ['topic'] as const,
      registers,
    }),
    lookups: new Counter({
      name: 'footfall_lookups_total',
      help: 'Queries for late events (sessions), possible duplicates (event_ids), absorbed sessions (aliases) and doubtful rows (events)',
      labelNames: ['kind'] as const,
      registers,
    }),
    bufferBytes: new Gauge({
      name: 'footfall_buffer_bytes',
      help: 'Encoded rows not yet acknowledged',
      labelNames: partition,
      registers,
    }),
    bufferBytesMax: new Gauge({
      name: 'footfall_buffer_bytes_max',
      help: 'Limit of footfall_buffer_bytes',
      registers,
    }),
    sessionsHeld: new Gauge({
      name: 'footfall_sessions_held',
      help: 'Sessions in memory',
      labelNames: partition,
      registers,
    }),
    sessionsHeldMax: new Gauge({
      name: 'footfall_sessions_held_max',
      help: 'Limit of footfall_sessions_held',
      registers,
    }),
    pageViewsHeld: new Gauge({
      name: 'footfall_page_views_held',
      help: 'Page views of the sessions in memory',
      labelNames: partition,
      registers,
    }),
    eventIdsHeld: new Gauge({
      name: 'footfall_event_ids_held',
      help: 'Event ids in memory',
      labelNames: partition,
      registers,
    }),
    cellsHeld: new Gauge({
      name: 'footfall_cells_held',
      help: 'Minute and ledger cells in memory',
      labelNames: partition,
      registers,
    }),
    rebalances: new Counter({
      name: 'footfall_rebalances_total',
      help: 'New assignments of partitions',
      registers,
    }),
    registryRetries: new Counter({
      name: 'footfall_registry_retries_total',
      help: 'Tries at the Schema Registry that settled nothing',
      registers,
    }),
    restoring: new Gauge({
      name: 'footfall_restoring',
      help: '1 while a partition is being restored',
      labelNames: partition,
      registers,
    }),
  };
}
