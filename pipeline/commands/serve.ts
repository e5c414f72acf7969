import { once } from 'node:events';
import { Command, InvalidArgumentError } from 'commander';
import { startEmbedded } from '../embedded/start.ts';
import { migrateDatabase } from '../migrate.ts';
import { DEFAULT_WEB_PORT, type Preview, startPreview } from '../preview/server.ts';
import { embeddedClient } from './clickhouse.ts';
import { DEFAULT_DATA_DIR, existingDirectory } from './dataDirectory.ts';

/** `footfall serve`: the embedded ClickHouse over what is there, until it is interrupted. */
export function serveCommand(): Command {
  return new Command('serve')
    .description(
      'Serves the ClickHouse of a data directory, and the dashboards over it, on this machine (127.0.0.1) until it is interrupted. Prints one line that begins with ready.',
    )
    .option('--data <dir>', 'data directory', DEFAULT_DATA_DIR)
    .option('--clickhouse-port <port>', 'port of the HTTP interface; 0: any free one', portOf, 8123)
    .option('--web-port <port>', "port of the dashboards' page; 0: any free one", portOf, DEFAULT_WEB_PORT)
    .action(async (options: { data: string; clickhousePort: number; webPort: number }) => {
      const stopped = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
      const embedded = await startEmbedded({
        dataDir: existingDirectory(options.data),
        port: options.clickhousePort,
      });
      // Neither a signal awaited nor the child keeps a process running.
      const running = setInterval(() => undefined, 60_000);
      let preview: Preview | null = null;
      try {
        const client = embeddedClient(embedded.url);
        await migrateDatabase({ client, database: 'footfall' }).finally(() => client.close());
        preview = await startPreview({ clickhouseUrl: embedded.url, port: options.webPort });
        process.stdout.write(`ready ${embedded.url} dashboards ${preview.url}\n`);
        const crashed = embedded.exited.then(({ code, signal }) => {
          throw new Error(`ClickHouse ended by itself (${signal ?? code})`);
        });
        await Promise.race([stopped, crashed]);
      } finally {
        clearInterval(running);
        await preview?.stop();
        await embedded.stop();
      }
    });
}

function portOf(value: string): number {
  const port = Number(value);
  if (!/^\d{1,5}$/.test(value) || port > 65_535) throw new InvalidArgumentError('It may be 0 to 65535.');
  return port;
}
