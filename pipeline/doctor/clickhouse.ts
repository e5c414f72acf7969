import type { ClickHouseClient } from '@clickhouse/client';
import { pendingMigrations } from '../migrate.ts';
import type { Settings } from '../settings.ts';
import { counted, footfall, some, type Tell } from './finding.ts';

/** The oldest release that the views are tried on. */
const VERSION_MIN = [26, 3] as const;
const FREE_SHARE_MIN = 0.1;
const PARTS_WARN = 1_000;
/** Settings that every insert of the worker sends. */
const INSERT_SETTINGS = [
  'async_insert',
  'wait_for_async_insert',
  'insert_deduplicate',
  'max_partitions_per_insert_block',
  'distributed_foreground_insert',
];

/** Version, zone, schema, disks, parts and settings. False: its tables are not there. */
export async function checkClickHouse(options: {
  client: ClickHouseClient;
  database: string;
  settings: Settings;
  isServer: boolean;
  tell: Tell;
}): Promise<boolean> {
  const { client, database, settings, tell } = options;
  const rows = async <Row>(query: string, query_params: Record<string, unknown> = {}): Promise<Row[]> => {
    const answer = await client.query({ query, query_params, format: 'JSONEachRow' });
    return await answer.json<Row>();
  };

  const [server] = await rows<{ version: string; zone: string }>(
    'SELECT version() AS version, serverTimezone() AS zone',
  );
  const version = server?.version ?? '';
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const isOld = major < VERSION_MIN[0] || (major === VERSION_MIN[0] && minor < VERSION_MIN[1]);
  tell(
    isOld
      ? {
          check: 'ClickHouse',
          status: 'fail',
          found: `version ${version}`,
          todo: `use ${VERSION_MIN.join('.')} or later`,
        }
      : { check: 'ClickHouse', status: 'ok', found: `version ${version}`, todo: '' },
  );
  if (!/^(Etc\/)?(UTC|Zulu|UCT)$/.test(server?.zone ?? '')) {
    tell({
      check: 'ClickHouse',
      status: 'warn',
      found: `its zone is ${server?.zone}`,
      todo: 'set <timezone>UTC</timezone>: times without a zone in queries are read by it',
    });
  }

  const pending = await pendingMigrations(client, { database, cluster: settings.CLICKHOUSE_CLUSTER });
  tell(
    pending.length === 0
      ? { check: 'tables and views', status: 'ok', found: `${database} is of this version`, todo: '' }
      : {
          check: 'tables and views',
          status: 'fail',
          found: `${database}: ${counted(pending.length, 'object')} to make or change: ${some(pending)}`,
          todo: footfall('migrate'),
        },
  );
  const [there] = await rows<{ n: number }>(
    `SELECT toUInt32(count()) AS n FROM system.tables WHERE database = {database:String}
     AND name IN ('positions', 'event_rows', 'ledger_rows', 'dead_letter_rows', 'conservation', 'freshness', 'sites', 'site_gaps')`,
    { database },
  );
  if ((there?.n ?? 0) < 8) return false;

  // The worker sets these for each insert; it cannot where a profile forbids to change them.
  const fixed = await rows<{ name: string; value: string }>(
    'SELECT name, value FROM system.settings WHERE readonly AND name IN {names:Array(String)}',
    { names: INSERT_SETTINGS },
  );
  tell(
    fixed.length === 0
      ? {
          check: 'insert settings',
          status: 'ok',
          found: 'each insert sends its own (async_insert = 0)',
          todo: '',
        }
      : {
          check: 'insert settings',
          status: 'fail',
          found: `this user may not change ${fixed.map(s => `${s.name} (${s.value})`).join(', ')}`,
          todo: 'take the constraints out of its settings profile: an insert must be whole when it is acknowledged',
        },
  );

  if (options.isServer) {
    const disks = await rows<{ name: string; free: number; bytes: string }>(
      'SELECT name, free_space / total_space AS free, formatReadableSize(free_space) AS bytes FROM system.disks WHERE total_space > 0',
    );
    for (const { name, free, bytes } of disks) {
      const found = `${name}: ${bytes} free, ${Math.round(free * 100)} %`;
      tell(
        free >= FREE_SHARE_MIN
          ? { check: 'disk', status: 'ok', found, todo: '' }
          : { check: 'disk', status: 'warn', found, todo: 'make room: a full disk stops the workers' },
      );
    }
  }
  const [parts] = await rows<{ table: string; n: number }>(
    `SELECT table, toUInt32(count()) AS n FROM system.parts WHERE database = {database:String} AND active
     GROUP BY table, partition ORDER BY n DESC LIMIT 1`,
    { database },
  );
  if (parts !== undefined && parts.n > PARTS_WARN) {
    tell({
      check: 'parts',
      status: 'warn',
      found: `${parts.table} has ${parts.n} parts in one partition: merges do not keep up`,
      todo: 'write less often (FLUSH_INTERVAL_MS), or give ClickHouse more CPU',
    });
  }
  if (settings.CLICKHOUSE_CLUSTER !== undefined) {
    const broken = await rows<{ table: string }>(
      'SELECT table FROM system.replicas WHERE database = {database:String} AND is_readonly',
      { database },
    );
    tell(
      broken.length === 0
        ? { check: 'replicas', status: 'ok', found: 'all can be written', todo: '' }
        : {
            check: 'replicas',
            status: 'fail',
            found: `read-only: ${some(broken.map(row => row.table))}`,
            todo: 'bring Keeper back',
          },
    );
  }
  return true;
}
