import { statfs } from 'node:fs/promises';
import type { Logger } from 'pino';
import { openClickHouse } from '../commands/clickhouse.ts';
import { existingDirectory } from '../commands/dataDirectory.ts';
import { findRunning } from '../embedded/start.ts';
import type { Settings } from '../settings.ts';
import { UsageError } from '../usageError.ts';
import { checkClickHouse } from './clickhouse.ts';
import { reasonOf, type Tell } from './finding.ts';
import { checkKafka, type TopicState } from './kafka.ts';
import { checkPositions } from './positions.ts';
import { checkRegistry } from './registry.ts';
import { checkRows } from './rows.ts';

export type { Finding } from './finding.ts';

/** Less free space than this needs somebody. */
const FREE_BYTES_MIN = 2 * 2 ** 30;
const NODE_MAJOR_MIN = 20;

/** Runs all checks in the order of an event's way, telling each finding at once. Changes nothing. */
export async function diagnose(options: {
  settings: Settings;
  /** Undefined: a server and Kafka. */
  dataDir: string | undefined;
  log: Logger;
  tell: Tell;
}): Promise<void> {
  const { settings, dataDir, log, tell } = options;
  const major = Number(process.versions.node.split('.')[0]);
  tell(
    major >= NODE_MAJOR_MIN
      ? { check: 'node', status: 'ok', found: process.version, todo: '' }
      : {
          check: 'node',
          status: 'fail',
          found: process.version,
          todo: `use Node ${NODE_MAJOR_MIN} or later`,
        },
  );
  let topics: TopicState[] | null = null;
  if (dataDir === undefined) {
    topics = await checkKafka(settings, log, tell);
    await checkRegistry(settings, tell);
  } else if (!(await checkDirectory(dataDir, tell))) return;
  await withClickHouse(options, async (client, database) => {
    const isWhole = await checkClickHouse({
      client,
      database,
      settings,
      isServer: dataDir === undefined,
      tell,
    });
    if (!isWhole) return;
    await checkPositions({ client, database, topics, tell });
    await checkRows({ client, database, tell });
  });
}

type Client = Awaited<ReturnType<typeof openClickHouse>>['client'];

async function withClickHouse(
  { settings, dataDir, tell }: { settings: Settings; dataDir: string | undefined; tell: Tell },
  check: (client: Client, database: string) => Promise<void>,
): Promise<void> {
  const where = dataDir ?? settings.CLICKHOUSE_URL;
  let opened: Awaited<ReturnType<typeof openClickHouse>>;
  try {
    opened = await openClickHouse(settings, dataDir);
  } catch (error) {
    tell({
      check: 'ClickHouse',
      status: 'fail',
      found: `${where} cannot be opened: ${reasonOf(error)}`,
      todo: 'see what it says; is another program using the directory?',
    });
    return;
  }
  try {
    await check(opened.client, opened.database);
  } catch (error) {
    tell({
      check: 'ClickHouse',
      status: 'fail',
      found: `${where}: ${reasonOf(error)}`,
      todo: 'is it running, and are CLICKHOUSE_URL, CLICKHOUSE_USER and CLICKHOUSE_PASSWORD right?',
    });
  } finally {
    await opened.close();
  }
}

/** Whether there is a data directory; what serves it and how much room it has. */
async function checkDirectory(dataDir: string, tell: Tell): Promise<boolean> {
  const check = 'data directory';
  try {
    existingDirectory(dataDir);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    tell({ check, status: 'fail', found: error.message, todo: 'give the one that demo or replay used' });
    return false;
  }
  const running = await findRunning(dataDir);
  const served = running === null ? 'not served now' : `served by process ${running.pid} at ${running.url}`;
  const { bavail, bsize } = await statfs(dataDir);
  const free = bavail * bsize;
  const found = `${dataDir}, ${served}, ${(free / 2 ** 30).toFixed(1)} GiB free`;
  tell(
    free >= FREE_BYTES_MIN
      ? { check, status: 'ok', found, todo: '' }
      : { check, status: 'warn', found, todo: 'make room on this disk' },
  );
  return true;
}
