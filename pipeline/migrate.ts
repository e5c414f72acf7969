import type { ClickHouseClient } from '@clickhouse/client';
import PQueue from 'p-queue';
import type { Logger } from 'pino';
import { applyRoles, dictionaryUser, hasOwnUsers, type RolePasswords } from './migrate/roles.ts';
import { onCluster, type Place, type SchemaObject, schemaObjects } from './migrate/schema.ts';
import { alterTable } from './migrate/tables.ts';

/** Statements under way at a time. */
const AT_ONCE = 4;

export interface MigrateOptions extends Place {
  client: ClickHouseClient;
  log?: Pick<Logger, 'info' | 'warn'> | undefined;
  /** Of the users `reader` and `writer`, which are made where one is given. */
  passwords?: RolePasswords | undefined;
}

/** What a migration did, by name. */
export interface Migration {
  created: string[];
  changed: string[];
  unchanged: number;
  /** Made by another version, and left as they are. */
  obsolete: string[];
  /** Roles and users that were set; empty where the server's users stand in its configuration (embedded). */
  access: string[];
}

/** What is there already. */
interface Present {
  hashes: Map<string, string>;
  /** Tables, views, dictionaries and functions. */
  names: Set<string>;
}

/**
 * Brings a ClickHouse to this version's functions, tables, views and roles. Twice is once: what is as it should be is
 * not touched. Errors: a table that cannot be changed in place, a cluster that does not fit, and what ClickHouse says.
 */
export async function migrateDatabase(options: MigrateOptions): Promise<Migration> {
  const { client, database, cluster, log } = options;
  if (cluster !== undefined) await checkCluster(client, cluster);
  const objects = schemaObjects({ database, cluster });
  const register = objects.find(o => o.name === 'schema_objects');
  if (register === undefined) throw new Error('sql/tables/schema_objects.sql is missing');
  await client.command({ query: `CREATE DATABASE IF NOT EXISTS ${database}${onCluster(cluster)}` });
  await client.command({ query: register.create });
  const present = await readPresent(client, database);
  const applied: SchemaObject[] = [];
  const done: Migration = {
    created: [],
    changed: [],
    unchanged: 0,
    obsolete: [...present.hashes.keys()].filter(name => !objects.some(o => o.name === name)).sort(),
    access: [],
  };
  const todo = objects.filter(o => present.hashes.get(o.name) !== o.hash || !present.names.has(o.name));
  done.unchanged = objects.length - todo.length;
  const ownUsers = await hasOwnUsers(client);
  if (todo.some(o => o.kind === 'FUNCTION')) await checkFunctions(options, objects);
  try {
    await inOrder(todo, async object => {
      const isFirst = object === register && !present.hashes.has(object.name);
      const isNew = isFirst || !present.names.has(object.name);
      if (!isFirst) await apply(options, object, isNew, ownUsers);
      applied.push(object);
      if (isNew) done.created.push(object.name);
      else done.changed.push(object.name);
    });
  } finally {
    // What was done before a failure need not be done again.
    if (applied.length > 0) await remember(client, database, applied);
  }
  for (const name of done.obsolete) log?.warn({ name }, 'made by another version of Footfall, left as it is');
  if (ownUsers) done.access = await applyRoles(client, options);
  log?.info(
    { database, created: done.created.length, changed: done.changed.length, unchanged: done.unchanged },
    'migrated',
  );
  return done;
}

/**
 * Does each after those that it reads, several at a time; views after all functions and tables, whatever they mention.
 * After an error nothing more is begun, and it is thrown when what was begun has ended.
 */
async function inOrder(
  objects: readonly SchemaObject[],
  doOne: (object: SchemaObject) => Promise<void>,
): Promise<void> {
  const queue = new PQueue({ concurrency: AT_ONCE });
  const failures: unknown[] = [];
  for (const layers of [
    ['functions', 'tables'],
    ['base', 'marts'],
  ]) {
    const ends = new Map<string, Promise<void>>();
    for (const object of objects.filter(o => layers.includes(o.layer))) {
      const before = object.references.map(name => ends.get(name));
      const end = Promise.all(before).then(() =>
        queue.add(async () => {
          if (failures.length > 0) return;
          await doOne(object).catch(error => failures.push(error));
        }),
      );
      ends.set(object.name, end);
    }
    await Promise.all(ends.values());
    if (failures.length > 0) throw failures[0];
  }
}

/** Objects that `migrateDatabase` would make or change: empty where everything is of this version. Changes nothing. */
export async function pendingMigrations(client: ClickHouseClient, place: Place): Promise<string[]> {
  const objects = schemaObjects(place);
  const made = await rowsOf<{ n: number }>(
    client,
    `SELECT toUInt32(count()) AS n FROM system.tables WHERE database = {database:String} AND name = 'schema_objects'`,
    { database: place.database },
  );
  if (made[0]?.n === 0) return objects.map(o => o.name);
  const present = await readPresent(client, place.database);
  return objects
    .filter(o => present.hashes.get(o.name) !== o.hash || !present.names.has(o.name))
    .map(o => o.name);
}

async function readPresent(client: ClickHouseClient, database: string): Promise<Present> {
  const [row] = await rowsOf<{ hashes: Array<[string, string]>; names: string[] }>(
    client,
    `SELECT
       (SELECT groupArray((name, hash)) FROM ${database}.schema_objects FINAL) AS hashes,
       arrayConcat(
         (SELECT groupArray(name) FROM system.tables WHERE database = {database:String}),
         (SELECT groupArray(name) FROM system.functions WHERE origin = 'SQLUserDefined')) AS names`,
    { database },
  );
  return { hashes: new Map(row?.hashes ?? []), names: new Set(row?.names ?? []) };
}

async function apply(
  options: MigrateOptions,
  object: SchemaObject,
  isNew: boolean,
  ownUsers: boolean,
): Promise<void> {
  const { client, database, cluster, log } = options;
  const run = (query: string): Promise<unknown> => client.command({ query });
  try {
    switch (object.kind) {
      case 'TABLE':
        if (isNew) await run(object.create);
        else await alterTable({ client, database, cluster, object, log });
        return;
      case 'MATERIALIZED VIEW':
        if (isNew) await run(object.create);
        else {
          // In place, so that no insert meanwhile is missed.
          const query = object.create.slice(/\sAS\s/.exec(object.create)?.index ?? 0).replace(/^\sAS\s/, '');
          await run(`ALTER TABLE ${database}.${object.name}${onCluster(cluster)} MODIFY QUERY ${query}`);
          log?.warn({ name: object.name }, 'changed for rows to come; for those that are there: rebuild');
        }
        return;
      case 'DICTIONARY': {
        const create = object.create.replace(
          /^CREATE DICTIONARY IF NOT EXISTS/,
          'CREATE OR REPLACE DICTIONARY',
        );
        if (ownUsers) {
          const { statements, source } = dictionaryUser({ database, cluster });
          for (const statement of statements) await run(statement);
          await run(create.replace('SOURCE(CLICKHOUSE(', `SOURCE(CLICKHOUSE(${source} `));
        } else await run(create);
        return;
      }
      default:
        await run(object.create);
    }
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new Error(`sql/${object.layer}/${object.name}.sql: ${message}`, { cause: error });
  }
}

async function remember(client: ClickHouseClient, database: string, applied: SchemaObject[]): Promise<void> {
  await client.insert({
    table: `${database}.schema_objects`,
    values: applied.map(({ name, hash }) => ({ name, hash, applied_at: Date.now() })),
    format: 'JSONEachRow',
    clickhouse_settings: { async_insert: 0 },
  });
}

/** One shard of any number of replicas: each holds all rows. Errors: a cluster that is not there, or has more shards. */
async function checkCluster(client: ClickHouseClient, cluster: string): Promise<void> {
  const known = await rowsOf<{ cluster: string; shards: number }>(
    client,
    'SELECT cluster, toUInt32(uniqExact(shard_num)) AS shards FROM system.clusters GROUP BY cluster ORDER BY cluster',
  );
  const ours = known.find(row => row.cluster === cluster);
  if (ours === undefined) {
    const names = known.map(row => row.cluster).join(', ');
    throw new Error(
      `CLICKHOUSE_CLUSTER: ClickHouse knows no cluster ${cluster}; it knows ${names || 'none'}`,
    );
  }
  if (ours.shards > 1) {
    throw new Error(
      `CLICKHOUSE_CLUSTER: cluster ${cluster} has ${ours.shards} shards; it may have one, of any number of replicas: a partition is restored from one server that holds all its rows`,
    );
  }
}

/**
 * Functions belong to a whole ClickHouse, not to a database. Errors: those that are there read another database that is
 * still there; replacing them would silently change what its views answer.
 */
async function checkFunctions(options: MigrateOptions, objects: readonly SchemaObject[]): Promise<void> {
  const names = objects.filter(o => o.kind === 'FUNCTION').map(o => o.name);
  const there = await rowsOf<{ name: string; create_query: string }>(
    options.client,
    `SELECT name, create_query FROM system.functions WHERE origin = 'SQLUserDefined' AND name IN {names:Array(String)}`,
    { names },
  );
  const tables = objects.filter(o => o.kind !== 'FUNCTION').map(o => o.name);
  const reads = new RegExp(`'(\\w+)\\.(?:${tables.join('|')})'`, 'g');
  const databases = new Set(
    there.flatMap(({ create_query }) => [...create_query.matchAll(reads)].map(match => match[1] ?? '')),
  );
  databases.delete(options.database);
  if (databases.size === 0) return;
  const alive = await rowsOf<{ name: string }>(
    options.client,
    'SELECT name FROM system.databases WHERE name IN {databases:Array(String)}',
    { databases: [...databases] },
  );
  const [other] = alive;
  if (other === undefined) return;
  throw new Error(
    `this ClickHouse already has a Footfall, in database ${other.name}; its functions are shared by all databases of a server, so a second one (${options.database}) needs a server of its own`,
  );
}

async function rowsOf<Row>(
  client: ClickHouseClient,
  query: string,
  query_params: Record<string, unknown> = {},
): Promise<Row[]> {
  const answer = await client.query({ query, query_params, format: 'JSONEachRow' });
  return await answer.json<Row>();
}
