import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type ClickHouseClient,
  type ClickHouseClientConfigOptions,
  ClickHouseLogLevel,
  createClient,
} from '@clickhouse/client';
import { type Embedded, type EmbeddedOptions, startEmbedded } from '../../pipeline/embedded/start.ts';

export interface TestClickHouse extends Embedded {
  dataDir: string;
  /** The same client each time it is called alike. As `default` where no user is named. */
  client(options?: ClickHouseClientConfigOptions): ClickHouseClient;
  /** Ends the server and removes its directory, unless that was given. */
  stop(): Promise<void>;
}

/** ClickHouse on a directory of its own. One takes 300 MB and half a second: share it among the tests of a file. */
export async function startTestClickHouse(
  options: Partial<EmbeddedOptions> & { keep?: boolean } = {},
): Promise<TestClickHouse> {
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'footfall-')));
  const embedded = await startEmbedded({ port: 0, ...options, dataDir });
  const clients = new Map<string, ClickHouseClient>();
  return {
    ...embedded,
    dataDir,
    client(wanted = {}) {
      const key = JSON.stringify(wanted);
      const known =
        clients.get(key) ??
        createClient({
          url: embedded.url,
          max_open_connections: 20,
          // Errors are thrown; telling them a second time would hide what a test says.
          log: { level: ClickHouseLogLevel.OFF },
          ...wanted,
        });
      clients.set(key, known);
      return known;
    },
    async stop() {
      await Promise.all([...clients.values()].map(client => client.close()));
      await embedded.stop();
      if (options.dataDir === undefined && options.keep !== true)
        await rm(dataDir, { recursive: true, force: true });
    },
  };
}
