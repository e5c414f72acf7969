import { createHash, randomBytes } from 'node:crypto';
import type { ClickHouseClient } from '@clickhouse/client';
import { READER_LIMITS } from '../embedded/users.ts';
import { onCluster, type Place } from './schema.ts';

/** Undefined: the user is not made, and left as it is where it is there. */
export interface RolePasswords {
  reader?: string | undefined;
  writer?: string | undefined;
}

/** Whether SQL may make users here: not where they all stand in the server's configuration, as in the embedded one. */
export async function hasOwnUsers(client: ClickHouseClient): Promise<boolean> {
  const answer = await client.query({
    query: `SELECT toUInt32(count()) AS n FROM system.user_directories WHERE type IN ('local_directory', 'replicated', 'memory')`,
    format: 'JSONEachRow',
  });
  const [row] = await answer.json<{ n: number }>();
  return (row?.n ?? 0) > 0;
}

const ROLES = ['reader', 'writer'] as const;

/**
 * Makes the roles `footfall_reader` (analysts, dashboards: reads, within limits) and `footfall_writer` (workers: reads
 * and inserts), and a user of each where a password is given: `reader`, `writer`. May be run again.
 */
export function roleStatements({
  database,
  cluster,
  passwords = {},
}: Place & { passwords?: RolePasswords | undefined }): string[] {
  const on = onCluster(cluster);
  const limits = Object.entries(READER_LIMITS).map(([name, most]) => `${name} = ${most} MIN 1 MAX ${most}`);
  const profile = `SETTINGS readonly = 2, ${limits.join(', ')}`;
  const statements = [
    `CREATE SETTINGS PROFILE IF NOT EXISTS footfall_reader${on} ${profile}`,
    `ALTER SETTINGS PROFILE footfall_reader${on} ${profile}`,
    `CREATE ROLE IF NOT EXISTS footfall_reader${on} SETTINGS PROFILE 'footfall_reader'`,
    `GRANT${on} SELECT, dictGet ON ${database}.* TO footfall_reader`,
    `CREATE ROLE IF NOT EXISTS footfall_writer${on}`,
    `GRANT${on} SELECT, INSERT, dictGet, SYSTEM SYNC REPLICA ON ${database}.* TO footfall_writer`,
    // What the doctor looks at.
    ...['disks', 'parts', 'replicas', 'user_directories'].map(
      table => `GRANT${on} SELECT ON system.${table} TO footfall_writer`,
    ),
  ];
  for (const user of ROLES) {
    const password = passwords[user];
    if (password === undefined) continue;
    statements.push(
      ...userWith(user, password, on),
      `GRANT${on} footfall_${user} TO ${user}`,
      `ALTER USER ${user}${on} DEFAULT ROLE footfall_${user}`,
    );
  }
  return statements;
}

/** Returns the roles and users that were set. */
export async function applyRoles(
  client: ClickHouseClient,
  options: Place & { passwords?: RolePasswords | undefined },
): Promise<string[]> {
  for (const query of roleStatements(options)) await client.command({ query });
  const users = ROLES.filter(user => options.passwords?.[user] !== undefined);
  return [...ROLES.map(user => `footfall_${user}`), ...users];
}

/**
 * A dictionary reads its table as a user of its own, who can do nothing else, and only from this server. `source` names
 * that user in the dictionary's SOURCE.
 */
export function dictionaryUser({ database, cluster }: Place): { statements: string[]; source: string } {
  const on = onCluster(cluster);
  const password = randomBytes(24).toString('base64url');
  return {
    statements: [
      ...userWith('footfall_dictionary', password, on),
      `ALTER USER footfall_dictionary${on} HOST LOCAL`,
      `GRANT${on} SELECT ON ${database}.sites TO footfall_dictionary`,
    ],
    source: `USER 'footfall_dictionary' PASSWORD '${password}'`,
  };
}

/** By hash: a password in a statement would stand in the server's logs. */
function userWith(name: string, password: string, on: string): string[] {
  const salt = randomBytes(16).toString('hex').toUpperCase();
  const hash = createHash('sha256').update(password).update(salt).digest('hex').toUpperCase();
  const identified = `IDENTIFIED WITH sha256_hash BY '${hash}' SALT '${salt}'`;
  return [`CREATE USER IF NOT EXISTS ${name}${on} ${identified}`, `ALTER USER ${name}${on} ${identified}`];
}
