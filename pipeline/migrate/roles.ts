import { createHash, randomBytes } from 'node:crypto';
import type { ClickHouseClient } from '@clickhouse/client';
import { READER_LIMITS } from '../embedded/users.ts';
import { onCluster } from './schema.ts';

/** Undefined: the user is not made, and left as it is where it is there. */
export interface RolePasswords {
  reader?: string | undefined;
  writer?: string | undefined;
}

interface Access {
  client: ClickHouseClient;
  database: string;
  cluster?: string | undefined;
}

/** Whether SQL may make users here: not where they all stand in the server's configuration, as in the embedded one. */
export async function hasOwnUsers(client: ClickHouseClient): Promise<boolean> {
  const answer = await client.query({
    query: `SELECT count() AS n FROM system.user_directories WHERE type IN ('local_directory', 'replicated', 'memory')`,
    format: 'JSONEachRow',
  });
  const [row] = await answer.json<{ n: string | number }>();
  return Number(row?.n ?? 0) > 0;
}

/**
 * The roles `footfall_reader` (analysts, dashboards: reads, within limits) and `footfall_writer` (workers: reads and
 * inserts), and a user of each where a password is given. Returns what was set.
 */
export async function applyRoles(
  options: Access & { passwords?: RolePasswords | undefined },
): Promise<string[]> {
  const { client, database, passwords = {} } = options;
  const on = onCluster(options.cluster);
  const limits = Object.entries(READER_LIMITS).map(([name, most]) => `${name} = ${most} MIN 1 MAX ${most}`);
  const profile = `SETTINGS readonly = 2, ${limits.join(', ')}`;
  const statements = [
    `CREATE SETTINGS PROFILE IF NOT EXISTS footfall_reader${on} ${profile}`,
    `ALTER SETTINGS PROFILE footfall_reader${on} ${profile}`,
    `CREATE ROLE IF NOT EXISTS footfall_reader${on} SETTINGS PROFILE 'footfall_reader'`,
    `GRANT${on} SELECT, dictGet ON ${database}.* TO footfall_reader`,
    `CREATE ROLE IF NOT EXISTS footfall_writer${on}`,
    `GRANT${on} SELECT, INSERT, dictGet, SYSTEM SYNC REPLICA ON ${database}.* TO footfall_writer`,
    // The worker asks whether its tables are those of its version.
    `GRANT${on} SELECT ON system.columns TO footfall_writer`,
  ];
  const access = ['footfall_reader', 'footfall_writer'];
  for (const user of ['reader', 'writer'] as const) {
    const password = passwords[user];
    if (password === undefined) continue;
    statements.push(...userWith(user, password, on), `GRANT${on} footfall_${user} TO ${user}`);
    statements.push(`ALTER USER ${user}${on} DEFAULT ROLE footfall_${user}`);
    access.push(user);
  }
  for (const query of statements) await client.command({ query });
  return access;
}

/**
 * A dictionary reads its table as a user of its own, who can do nothing else, and only from this server. Returns how a
 * dictionary's source names that user.
 */
export async function createDictionaryUser({ client, database, cluster }: Access): Promise<string> {
  const on = onCluster(cluster);
  const password = randomBytes(24).toString('base64url');
  const statements = [
    ...userWith('footfall_dictionary', password, on),
    `ALTER USER footfall_dictionary${on} HOST LOCAL`,
    `GRANT${on} SELECT ON ${database}.sites TO footfall_dictionary`,
  ];
  for (const query of statements) await client.command({ query });
  return `USER 'footfall_dictionary' PASSWORD '${password}'`;
}

/** By hash: a password in a statement would stand in the server's logs. */
function userWith(name: string, password: string, on: string): string[] {
  const salt = randomBytes(16).toString('hex').toUpperCase();
  const hash = createHash('sha256').update(password).update(salt).digest('hex').toUpperCase();
  const identified = `IDENTIFIED WITH sha256_hash BY '${hash}' SALT '${salt}'`;
  return [`CREATE USER IF NOT EXISTS ${name}${on} ${identified}`, `ALTER USER ${name}${on} ${identified}`];
}
