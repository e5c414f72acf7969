import { Command, InvalidArgumentError } from 'commander';
import pino from 'pino';
import { demoShop, startDemo } from '../demo.ts';
import { loadDemoDays, loadDemoTables } from '../demoTables.ts';
import { startEmbedded } from '../embedded/start.ts';
import { migrateDatabase } from '../migrate.ts';
import { DEFAULT_WEB_PORT, type Preview, startPreview } from '../preview/server.ts';
import { createShop } from '../simulate/simulate.ts';
import { embeddedClient } from './clickhouse.ts';
import { createProgress, formatCount } from './progress.ts';

/** A day's costs are there a few minutes after its end. */
const DAYS_LOADED_EVERY_MS = 600_000;
const DEFAULTS = { seed: 'footfall', visitors: 30_000, days: 30 };

function positiveInteger(text: string): number {
  const n = Number(text);
  if (!Number.isSafeInteger(n) || n < 1) throw new InvalidArgumentError('a whole number from 1 on');
  return n;
}

function port(text: string): number {
  const n = Number(text);
  if (!Number.isInteger(n) || n < 0 || n > 65_535)
    throw new InvalidArgumentError('a port, 0 for any free one');
  return n;
}

/** `footfall demo` (= `npm start`): embedded ClickHouse, a simulated shop and the worker, on one machine. */
export function demoCommand(): Command {
  return new Command('demo')
    .description(
      'embedded ClickHouse, a simulated shop with its history and live, and the worker: all on one machine',
    )
    .option('--data <dir>', 'data directory; started again on the same, it goes on', '.footfall')
    .option(
      '--clickhouse-port <port>',
      "port of ClickHouse's HTTP interface on 127.0.0.1; 0: any",
      port,
      8123,
    )
    .option(
      '--web-port <port>',
      "port of the dashboards' page on 127.0.0.1; 0: any free one",
      port,
      DEFAULT_WEB_PORT,
    )
    .option(
      '--visitors <n>',
      `people who come for the first time within the history (default: ${DEFAULTS.visitors})`,
      positiveInteger,
    )
    .option('--days <n>', `days of history (default: ${DEFAULTS.days})`, positiveInteger)
    .option('--seed <text>', `the same gives the same shop (default: ${DEFAULTS.seed})`)
    .option('--once', 'load the history and exit')
    .action(
      async (options: {
        data: string;
        clickhousePort: number;
        webPort: number;
        visitors?: number;
        days?: number;
        seed?: string;
        once?: boolean;
      }) => {
        const log = pino({ level: process.env.LOG_LEVEL ?? 'warn' }, pino.destination(2));
        const given = {
          ...(options.visitors === undefined ? {} : { visitors: options.visitors }),
          ...(options.days === undefined ? {} : { days: options.days }),
          ...(options.seed === undefined ? {} : { seed: options.seed }),
        };
        const shop = demoShop(options.data, given, DEFAULTS, Date.now());
        const stop = new AbortController();
        const clickhouse = await startEmbedded({ dataDir: options.data, port: options.clickhousePort });
        const client = embeddedClient(clickhouse.url);
        let preview: Preview | null = null;
        try {
          await migrateDatabase({ client, database: 'footfall' });
          if (options.once !== true)
            preview = await startPreview({ clickhouseUrl: clickhouse.url, port: options.webPort });
          const made = createShop(shop);
          await loadDemoTables({ client, database: 'footfall', shop: made });
          const loadDays = (): Promise<unknown> =>
            loadDemoDays({ client, database: 'footfall', shop: made, now: Date.now() });
          await loadDays();
          const demo = startDemo({
            client,
            database: 'footfall',
            shop,
            once: options.once === true,
            log,
            signal: stop.signal,
          });
          const end = (): void => {
            process.stderr.write('\nstopping: writing what is whole\n');
            demo.worker.stop().then(
              () => stop.abort(),
              () => stop.abort(),
            );
          };
          process.once('SIGINT', end);
          process.once('SIGTERM', end);
          const progress = createProgress(`${shop.days} days of a simulated shop`, 'events');
          const started = performance.now();
          const timer = setInterval(() => {
            const share = demo.share();
            progress.update(demo.records(), share > 0 ? Math.round(demo.records() / share) : null);
          }, 200);
          await demo.loaded.finally(() => clearInterval(timer));
          progress.end(
            `${formatCount(demo.records())} events in ${((performance.now() - started) / 1000).toFixed(1)} s`,
          );
          if (preview !== null) {
            process.stdout.write(
              `ready: dashboards at ${preview.url}, ClickHouse at ${clickhouse.url} (database footfall); Ctrl-C stops\n`,
            );
          }
          const days = setInterval(() => {
            loadDays().catch(error => log.warn({ err: error }, 'costs of the last day: trying again'));
          }, DAYS_LOADED_EVERY_MS);
          await demo.worker.done.finally(() => clearInterval(days));
        } finally {
          await preview?.stop();
          await client.close();
          await clickhouse.stop();
        }
      },
    );
}
