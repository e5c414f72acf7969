import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ClickHouseClient } from '@clickhouse/client';
import type { Logger } from 'pino';
import { createDecoder } from './contract/decode.ts';
import { DEFAULT_LIMITS } from './contract/limits.ts';
import { LIMITS } from './fold/validate.ts';
import { createMetrics } from './metrics.ts';
import { createShop } from './simulate/simulate.ts';
import { createClickHouseStore } from './sink/clickhouse.ts';
import { createGeneratedSource } from './sources/generated.ts';
import { UsageError } from './usageError.ts';
import { startWorker, type Worker } from './worker.ts';
import { WORKER_LIMITS } from './workerLimits.ts';

/** What makes the demo's shop what it is: kept beside its data, so that it goes on as the same shop. */
export interface DemoShop {
  seed: string;
  visitors: number;
  days: number;
  /** Midnight UTC of its first day, ms. */
  start: number;
}

const DAY_MS = 86_400_000;

/**
 * The shop of a data directory: as it was begun, or begun now, `days` before today.
 * Errors: UsageError where other values are given than it was begun with.
 */
export function demoShop(
  dataDir: string,
  given: Partial<Omit<DemoShop, 'start'>>,
  defaults: Omit<DemoShop, 'start'>,
  now: number,
): DemoShop {
  const file = join(dataDir, 'demo.json');
  if (!existsSync(file)) {
    const days = given.days ?? defaults.days;
    const start = Math.floor(now / DAY_MS) * DAY_MS - days * DAY_MS;
    const shop: DemoShop = { ...defaults, ...given, days, start };
    mkdirSync(dataDir, { recursive: true });
    writeFileSync(file, `${JSON.stringify(shop)}\n`);
    return shop;
  }
  const shop = JSON.parse(readFileSync(file, 'utf8')) as DemoShop;
  for (const name of ['seed', 'visitors', 'days'] as const) {
    const value = given[name];
    if (value !== undefined && value !== shop[name]) {
      throw new UsageError(
        `--${name} ${value}: the shop in ${dataDir} was begun with ${shop[name]}; leave it out, or give another --data`,
      );
    }
  }
  return shop;
}

export interface Demo {
  worker: Worker;
  /** Records that have arrived by now, of those that will have when the history is loaded: 0 to 1. */
  share(): number;
  /** Resolves when everything that had arrived at the start is written. */
  loaded: Promise<void>;
  records(): number;
}

/** Runs the worker over the simulated shop: its history as fast as it goes, then live. `once`: to now, and ends. */
export function startDemo(options: {
  client: ClickHouseClient;
  database: string;
  shop: DemoShop;
  once: boolean;
  log: Logger;
  signal: AbortSignal;
}): Demo {
  const { client, database, shop, once, log } = options;
  const started = Date.now();
  const metrics = createMetrics({ processMetrics: false });
  const decoder = createDecoder({});
  const inner = createGeneratedSource({
    shop: createShop(shop),
    partitions: 1,
    now: Date.now,
    ...(once ? { until: started } : {}),
  });
  let arrived = shop.start;
  let records = 0;
  let told: () => void = () => undefined;
  const loaded = new Promise<void>(resolve => {
    told = resolve;
  });
  let reached = false;
  const worker = startWorker({
    // What passes by is counted on its way, for the progress.
    source: {
      ...inner,
      open(stream, offset) {
        const reader = inner.open(stream, offset);
        return {
          ...reader,
          async next() {
            const batch = await reader.next();
            records += batch?.records.length ?? 0;
            arrived = batch === null ? started : Math.max(arrived, batch.records.at(-1)?.arrival ?? arrived);
            reached ||= batch === null || arrived >= started;
            return batch;
          },
        };
      },
      async commit(stream, next) {
        await inner.commit(stream, next);
        if (reached) told();
      },
    },
    store: createClickHouseStore({
      client,
      database,
      signal: options.signal,
      onRetry: (what, error, waitMs) =>
        log.warn({ err: error, waitMs: Math.round(waitMs) }, `${what}: trying again`),
    }),
    decoder,
    metrics,
    log,
    limits: DEFAULT_LIMITS,
    eventLimits: LIMITS,
    workerLimits: {
      ...WORKER_LIMITS,
      // Live, people watch: what happened a second ago is to be seen. Nobody watches the past being loaded.
      get flushIntervalMs() {
        return reached ? 1_000 : 10_000;
      },
    },
  });
  worker.done.then(told, told);
  return {
    worker,
    loaded,
    records: () => records,
    share: () => Math.min(1, Math.max(0, (arrived - shop.start) / Math.max(1, started - shop.start))),
  };
}
