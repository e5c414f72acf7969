import { type ClickHouseClient, ClickHouseLogLevel, createClient } from '@clickhouse/client';
import type { Settings } from '../settings.ts';

const CLIENT = {
  application: 'footfall',
  request_timeout: 300_000,
  max_open_connections: 20,
  // It warns of long timeouts; what fails is thrown anyway.
  log: { level: ClickHouseLogLevel.OFF },
} as const;

/** A connection to the ClickHouse that a command works on; `close` ends what was started for it. */
export interface OpenClickHouse {
  client: ClickHouseClient;
  database: string;
  /** Undefined: a server. */
  dataDir: string | undefined;
  close(): Promise<void>;
}

/** A client of the server that the settings name. */
export function serverClient(settings: Settings): ClickHouseClient {
  return createClient({
    url: settings.CLICKHOUSE_URL,
    username: settings.CLICKHOUSE_USER,
    password: settings.CLICKHOUSE_PASSWORD ?? '',
    ...CLIENT,
  });
}

/** A client of an embedded ClickHouse, which needs no password: only this machine can connect. */
export function embeddedClient(url: string): ClickHouseClient {
  return createClient({ url, ...CLIENT });
}

/** The embedded ClickHouse of a data directory where one is given, else the server of the settings. */
export async function openClickHouse(
  settings: Settings,
  dataDir: string | undefined,
): Promise<OpenClickHouse> {
  if (dataDir === undefined) {
    const client = serverClient(settings);
    return { client, database: settings.CLICKHOUSE_DATABASE, dataDir, close: () => client.close() };
  }
  const { openEmbedded } = await import('../embedded/start.ts');
  const embedded = await openEmbedded(dataDir);
  const client = embeddedClient(embedded.url);
  return {
    client,
    database: settings.CLICKHOUSE_DATABASE,
    dataDir,
    async close() {
      await client.close();
      await embedded.close();
    },
  };
}
