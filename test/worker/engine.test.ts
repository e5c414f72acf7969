import { isDeepStrictEqual } from 'node:util';
import type { ClickHouseClient } from '@clickhouse/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { migrateDatabase } from '../../pipeline/migrate.ts';
import { createClickHouseStore } from '../../pipeline/sink/clickhouse.ts';
import { compare, type Row } from '../oracle/compare.ts';
import { leavesOf } from '../oracle/leaves.ts';
import { GAP_MS, type Log, type LogEntry, oracle } from '../oracle/oracle.ts';
import { GAPS_MS, STREAMS, seededLog } from '../oracle/randomLog.ts';
import { startTestClickHouse, type TestClickHouse } from '../support/clickhouse.ts';
import { item } from '../support/event.ts';
import { memoryLogs, runWorker } from '../support/logRun.ts';
import { createMemorySource } from '../support/memorySource.ts';
import { seededShares } from '../support/seeded.ts';

const LOGS = 300;
const HOUR_MS = 3_600_000;

/**
 * Many random logs as one: their records lie one after the other, or between each other, in the same four partitions, and
 * their visitors are told apart by the log's number.
 */
function manyLogs(): Log {
  const share = seededShares(11);
  const logs = Array.from({ length: LOGS }, (_, seed) => seededLog(seed + 1, 30));
  const streams = STREAMS.map(stream => {
    const left = logs.map((log, n) => ({
      n,
      entries: [...(log.streams.find(s => isDeepStrictEqual(s.stream, stream))?.entries ?? [])],
    }));
    const entries: LogEntry[] = [];
    for (let open = left.filter(l => l.entries.length > 0); open.length > 0; ) {
      const from = open[Math.floor(share() ** 2 * open.length)];
      const entry = from?.entries.shift();
      if (from === undefined || entry === undefined) continue;
      const offset = entries.length * 3;
      entries.push(
        entry.event === undefined
          ? { ...entry, offset }
          : {
              ...entry,
              offset,
              event: { ...entry.event, visitor_id: `${from.n} ${entry.event.visitor_id}` },
            },
      );
      if (from.entries.length === 0) open = open.filter(l => l !== from);
    }
    return { stream, entries };
  });
  return { streams, gapsMs: GAPS_MS };
}

/** The public view shows items as rows of their own; the oracle has them by column, as they are stored. */
function byColumn({ items, ...row }: Row): Row {
  const lines = items as Array<Record<string, unknown>>;
  return {
    ...row,
    ...Object.fromEntries(
      Object.keys(item()).map(field => [`items.${field}`, lines.map(line => line[field])]),
    ),
  };
}

describe('the pipeline through ClickHouse gives what the oracle gives', () => {
  let clickhouse: TestClickHouse;
  let client: ClickHouseClient;
  const log = manyLogs();

  async function rows(query: string): Promise<Row[]> {
    const answer = await client.query({ query, format: 'JSONEachRow' });
    return answer.json<Row>();
  }

  beforeAll(async () => {
    clickhouse = await startTestClickHouse();
    client = clickhouse.client();
    await migrateDatabase({ client, database: 'footfall' });
    for (const [site, gap] of Object.entries(log.gapsMs ?? {})) {
      if (gap !== GAP_MS) {
        await client.insert({
          table: 'footfall.sites',
          values: [{ site, session_gap_seconds: gap / 1000 }],
          format: 'JSONEachRow',
        });
      }
    }
    const share = seededShares(7);
    const worker = runWorker({
      source: createMemorySource({
        logs: memoryLogs(log),
        batchRecords: () => 1 + Math.floor(share() * 400),
      }),
      store: createClickHouseStore({ client, database: 'footfall' }),
      limits: { sessionsMax: 200, eventIdsMax: 300, horizonMs: 20 * HOUR_MS },
      workerLimits: { flushIntervalMs: 1e9, flushBytesMax: 150_000 },
    });
    await worker.done;
  }, 180_000);
  afterAll(() => clickhouse?.stop());

  it(`in ${LOGS} random logs, row by row: events, sessions, cells, ledger, dead letters`, async () => {
    const answer = oracle(log, leavesOf());
    const found = compare(answer, {
      events: (await rows('SELECT * FROM footfall.events')).map(byColumn),
      sessions: await rows('SELECT * FROM footfall.session_facts'),
      minutes: await rows('SELECT * FROM footfall.minute_rows FINAL'),
      ledger: await rows('SELECT * FROM footfall.ledger_rows FINAL'),
      deadLetters: await rows('SELECT * FROM footfall.dead_letters'),
      conservation: await rows(`SELECT * FROM footfall.conservation(since='2020-01-01', until='2030-01-01')`),
    });
    expect(found).toEqual([]);
    expect(answer.sessions.length).toBeGreaterThan(LOGS);
  }, 60_000);
});
