/**
 * Random histories of crashes: workers that die between any two inserts of a flush and inside one (some of its ClickHouse
 * partitions landed, some not), that evict, and that go on writing as zombies while another has their partitions. Each ends
 * with a worker that reads to the end; then the tables must be what the oracle makes of the log alone.
 *
 *   npm run -s model -- [--histories 20000] [--seed 1] [--broken trust_ahead]
 *
 * `--broken trust_ahead` takes out the rule that a row which is ahead is not trusted, and must find histories that go wrong.
 */
import { parseArgs } from 'node:util';
import type { Store } from '../../pipeline/sink/store.ts';
import type { Worker } from '../../pipeline/worker.ts';
import { compare } from '../oracle/compare.ts';
import { leavesOf } from '../oracle/leaves.ts';
import { type Log, oracle } from '../oracle/oracle.ts';
import { describeLog, seededLog } from '../oracle/randomLog.ts';
import { memoryLogs, runWorker } from '../support/logRun.ts';
import { createMemorySource } from '../support/memorySource.ts';
import { createMemoryStore, type MemoryStore, publicRows } from '../support/memoryStore.ts';
import { seededShares } from '../support/seeded.ts';

const HOUR_MS = 3_600_000;
/** A burst makes thousands of events of one step, and no history more telling. */
const ENTRIES_MAX = 120;

export type Broken = 'none' | 'trust_ahead';

class Crash extends Error {}

/** One worker's life: where it stops, and whether as a corpse or as a zombie. */
interface Life {
  worker: Worker;
  ended: Promise<void>;
  /** Resolves when the worker has stopped at its point as a zombie. */
  stopped: Promise<void>;
  /** Lets a zombie go on for so many inserts. */
  release: (inserts: number) => void;
}

function live(options: {
  log: Log;
  store: MemoryStore;
  share: () => number;
  broken: Broken;
  /** Inserts it may make; Infinity: as many as it likes. */
  inserts: number;
  zombie: boolean;
}): Life {
  const { store, share } = options;
  let left = options.inserts;
  let dead = false;
  let hasStopped = false;
  let open = Promise.resolve();
  let release: () => void = () => undefined;
  let tellStopped: () => void = () => undefined;
  const stopped = new Promise<void>(resolve => {
    tellStopped = resolve;
  });

  async function pass(): Promise<void> {
    await open;
    if (dead) throw new Crash('dead');
  }

  const guarded: Store = {
    ...store,
    async insert(encoded) {
      await pass();
      if (left-- > 0) return store.insert(encoded);
      if (options.zombie && !hasStopped) {
        hasStopped = true;
        // Stops before the insert; released, it goes on with it.
        open = new Promise(resolve => {
          release = resolve;
        });
        tellStopped();
        await pass();
        if (left-- > 0) return store.insert(encoded);
      }
      store.insertPart(encoded, () => share() < 0.5);
      dead = true;
      throw new Crash('in mid-insert');
    },
    ...(options.broken === 'trust_ahead'
      ? {
          sessionsNear: async (stream, spans) =>
            (await store.sessionsNear(stream, spans)).map(row => ({ ...row, version: 0n })),
          sessionsEndingFrom: async (stream, from) =>
            (await store.sessionsEndingFrom(stream, from)).map(row => ({ ...row, version: 0n })),
        }
      : {}),
  };
  const batchMax = 1 + Math.floor(share() * 8);
  const worker = runWorker({
    source: createMemorySource({
      logs: memoryLogs(options.log),
      batchRecords: () => 1 + Math.floor(share() * batchMax),
      gate: pass,
    }),
    store: guarded,
    limits: {
      sessionsMax: 1 + Math.floor(share() * 5),
      pageViewsMax: 1 + Math.floor(share() * 12),
      eventIdsMax: 1 + Math.floor(share() * 6),
      horizonMs: (15 + Math.floor(share() * 20)) * HOUR_MS,
    },
    workerLimits: { flushIntervalMs: 1e9, flushBytesMax: Math.floor(share() * 4_000) },
  });
  const ended = worker.done.catch((error: unknown) => {
    if (!(error instanceof Crash)) throw error;
  });
  ended.catch(() => undefined);
  return {
    worker,
    ended,
    stopped,
    release: inserts => {
      left = inserts;
      release();
    },
  };
}

/** How the tables differ from the oracle after one random history; empty: not at all. */
export async function history(seed: number, broken: Broken = 'none'): Promise<string[]> {
  const share = seededShares(seed);
  let log = seededLog(seed, 6 + Math.floor(share() * 24));
  while (log.streams.reduce((n, s) => n + s.entries.length, 0) > ENTRIES_MAX) {
    log = seededLog(Math.floor(share() * 2 ** 31), 6 + Math.floor(share() * 24));
  }
  const store = createMemoryStore(log.gapsMs === undefined ? {} : { gapsMs: log.gapsMs });
  const zombies: Life[] = [];
  for (let lives = Math.floor(share() * 6); lives > 0; lives--) {
    const zombie = share() < 0.4;
    const life = live({ log, store, share, broken, inserts: Math.floor(share() * 25), zombie });
    await Promise.race([life.ended, life.stopped]);
    if (zombie) zombies.push(life);
    const woken = zombies[Math.floor(share() * zombies.length)];
    if (woken !== undefined && share() < 0.4) await wake(woken, Math.floor(share() * 12));
  }
  const last = live({ log, store, share, broken, inserts: Number.POSITIVE_INFINITY, zombie: false });
  // Zombies write beside it, too.
  for (const zombie of zombies) if (share() < 0.5) zombie.release(Math.floor(share() * 12));
  await last.ended;
  for (const zombie of zombies) await wake(zombie, Math.floor(share() * 12));
  const found = compare(oracle(log, leavesOf()), publicRows(store));
  return found.length === 0 ? [] : [`seed ${seed}`, ...found, describeLog(log)];
}

/** A zombie that is released dies at its next limit, or reaches the end. */
async function wake(life: Life, inserts: number): Promise<void> {
  life.release(inserts);
  await life.ended;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      histories: { type: 'string', default: '20000' },
      seed: { type: 'string', default: '1' },
      broken: { type: 'string', default: 'none' },
    },
  });
  const histories = Number(values.histories);
  const broken: Broken = values.broken === 'trust_ahead' ? 'trust_ahead' : 'none';
  let wrong = 0;
  for (let i = 0; i < histories; i++) {
    const found = await history(Number(values.seed) + i, broken);
    if (found.length > 0) {
      wrong++;
      if (wrong <= 3) console.error(found.join('\n'));
    }
    if ((i + 1) % 1000 === 0) console.error(`${i + 1} histories, ${wrong} wrong`);
  }
  console.log(`${wrong} of ${histories} histories wrong${broken === 'none' ? '' : ` with ${broken}`}`);
  process.exitCode = wrong === 0 ? 0 : 1;
}

if (process.argv[1] === import.meta.filename) await main();
