import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compare } from '../oracle/compare.ts';
import { leavesOf } from '../oracle/leaves.ts';
import { type Log, oracle } from '../oracle/oracle.ts';
import { describeLog, randomLog } from '../oracle/randomLog.ts';
import { memoryLogs, residuals, runWorker } from '../support/logRun.ts';
import { createMemorySource } from '../support/memorySource.ts';
import { createMemoryStore, publicRows } from '../support/memoryStore.ts';
import { seededShares } from '../support/seeded.ts';

const HOUR_MS = 3_600_000;

/** Folds a log in batches and flushes of random sizes, with little memory, and tells how it differs from the oracle. */
async function differences(log: Log, seed: number): Promise<string[]> {
  const share = seededShares(seed);
  const store = createMemoryStore(log.gapsMs === undefined ? {} : { gapsMs: log.gapsMs });
  const batchMax = share() < 0.2 ? 1_000 : 1 + Math.floor(share() * 6);
  const source = createMemorySource({
    logs: memoryLogs(log),
    batchRecords: () => 1 + Math.floor(share() * batchMax),
  });
  const worker = runWorker({
    source,
    store,
    limits: {
      sessionsMax: 1 + Math.floor(share() * 6),
      pageViewsMax: 1 + Math.floor(share() * 12),
      eventIdsMax: 1 + Math.floor(share() * 6),
      horizonMs: (13 + 2 + Math.floor(share() * 24)) * HOUR_MS,
    },
    workerLimits: {
      flushIntervalMs: 1e9,
      flushBytesMax: share() < 0.2 ? 1e9 : Math.floor(share() * 5_000),
    },
  });
  await worker.done;
  const residual = await residuals();
  if (!residual.every(n => n === 0)) return [`records read less records written: ${residual}`];
  return compare(oracle(log, leavesOf()), publicRows(store));
}

describe('the pipeline over an in-memory store gives what the oracle gives', () => {
  it('for random logs, batches, flushes and limits of memory', async () => {
    await fc.assert(
      fc.asyncProperty(randomLog(60), fc.nat(), async (log, seed) => {
        const found = await differences(log, seed);
        expect(found, `${found.join('\n')}\n${describeLog(log)}`).toEqual([]);
      }),
      { numRuns: Number(process.env.FOOTFALL_ORACLE_RUNS ?? 2_000) },
    );
  }, 300_000);
});
