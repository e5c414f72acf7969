import type { ClickHouseClient } from '@clickhouse/client';
import type { Logger } from 'pino';
import { onCluster, type SchemaObject } from './schema.ts';

interface Column {
  table: string;
  name: string;
  type: string;
  default_kind: string;
  default_expression: string;
  comment: string;
}
interface Index {
  table: string;
  name: string;
  type_full: string;
  expr: string;
  granularity: string;
}
interface Layout {
  table: string;
  engine: string;
  partition_key: string;
  sorting_key: string;
}
interface Description {
  columns: Column[];
  indexes: Index[];
  layout: Layout | undefined;
}

/**
 * Changes a table that holds rows to what its file says: adds columns and indexes, sets defaults and comments, in one
 * statement. What the file no longer has is left. Errors: another type, engine or key, which need the rows written anew.
 */
export async function alterTable(options: {
  client: ClickHouseClient;
  database: string;
  cluster: string | undefined;
  object: SchemaObject;
  log: Pick<Logger, 'info' | 'warn'> | undefined;
}): Promise<void> {
  const { client, database, cluster, object, log } = options;
  const scratch = `${object.name}__wanted`;
  // ClickHouse itself says what the file means: types and expressions in its own spelling.
  await client.command({ query: `DROP TABLE IF EXISTS ${database}.${scratch} SYNC` });
  await client.command({
    query: alone(object.create, cluster).replace(`${database}.${object.name}`, `${database}.${scratch}`),
  });
  const described = await describe(client, database, [object.name, scratch]).finally(() =>
    client.command({ query: `DROP TABLE IF EXISTS ${database}.${scratch} SYNC` }),
  );
  const is = described(object.name);
  const wanted = described(scratch);
  const problems = differences(object.name, is, wanted);
  if (problems.length > 0) {
    throw new Error(
      `${problems.join('; ')}. Rows are not rewritten in place: make a new generation of the tables (npm run -s footfall -- rebuild)`,
    );
  }
  for (const { name } of is.columns.filter(c => !wanted.columns.some(w => w.name === c.name)))
    log?.warn({ table: object.name, column: name }, 'a column that this version does not know is left');
  const changes = changesOf(is, wanted);
  if (changes.length === 0) return;
  log?.info({ table: object.name, changes }, 'changing a table');
  await client.command({
    query: `ALTER TABLE ${database}.${object.name}${onCluster(cluster)} ${changes.join(', ')}`,
  });
}

/** The statement without its cluster. */
function alone(create: string, cluster: string | undefined): string {
  return cluster === undefined
    ? create
    : create.replace(onCluster(cluster), '').replace(/^ENGINE = Replicated/m, 'ENGINE = ');
}

async function describe(
  client: ClickHouseClient,
  database: string,
  tables: string[],
): Promise<(table: string) => Description> {
  const rows = async <Row>(query: string): Promise<Row[]> => {
    const answer = await client.query({ query, query_params: { database, tables }, format: 'JSONEachRow' });
    return await answer.json<Row>();
  };
  const columns = await rows<Column>(
    `SELECT table, name, type, default_kind, default_expression, comment FROM system.columns
     WHERE database = {database:String} AND table IN {tables:Array(String)} ORDER BY table, position`,
  );
  const indexes = await rows<Index>(
    `SELECT table, name, type_full, expr, toString(granularity) AS granularity FROM system.data_skipping_indices
     WHERE database = {database:String} AND table IN {tables:Array(String)} ORDER BY table, name`,
  );
  const layouts = await rows<Layout>(
    `SELECT name AS table, replaceOne(engine, 'Replicated', '') AS engine, partition_key, sorting_key FROM system.tables
     WHERE database = {database:String} AND name IN {tables:Array(String)}`,
  );
  return table => ({
    columns: columns.filter(row => row.table === table),
    indexes: indexes.filter(row => row.table === table),
    layout: layouts.find(row => row.table === table),
  });
}

/** What no ALTER can mend. */
function differences(table: string, is: Description, wanted: Description): string[] {
  const found: string[] = [];
  for (const key of ['engine', 'partition_key', 'sorting_key'] as const) {
    const [a, b] = [is.layout?.[key], wanted.layout?.[key]];
    if (a !== b)
      found.push(`table ${table} has ${key.replace('_', ' ')} ${a || 'none'}, this version ${b || 'none'}`);
  }
  for (const column of wanted.columns) {
    const there = is.columns.find(c => c.name === column.name);
    if (there !== undefined && there.type !== column.type)
      found.push(`column ${column.name} of ${table} is ${there.type}, in this version ${column.type}`);
  }
  return found;
}

function changesOf(is: Description, wanted: Description): string[] {
  const changes: string[] = [];
  let before: string | undefined;
  for (const column of wanted.columns) {
    const there = is.columns.find(c => c.name === column.name);
    const name = quoted(column.name);
    const value = column.default_kind === '' ? '' : `${column.default_kind} ${column.default_expression}`;
    if (there === undefined) {
      const comment = column.comment === '' ? '' : ` COMMENT ${text(column.comment)}`;
      const place = before === undefined ? 'FIRST' : `AFTER ${quoted(before)}`;
      changes.push(`ADD COLUMN ${name} ${[column.type, value].filter(Boolean).join(' ')}${comment} ${place}`);
    } else {
      const had = there.default_kind === '' ? '' : `${there.default_kind} ${there.default_expression}`;
      if (had !== value)
        changes.push(
          value === ''
            ? `MODIFY COLUMN ${name} REMOVE ${there.default_kind}`
            : `MODIFY COLUMN ${name} ${column.type} ${value}`,
        );
      if (there.comment !== column.comment) changes.push(`COMMENT COLUMN ${name} ${text(column.comment)}`);
    }
    before = column.name;
  }
  const same = (a: Index, b: Index): boolean =>
    a.name === b.name && a.type_full === b.type_full && a.expr === b.expr && a.granularity === b.granularity;
  for (const index of wanted.indexes) {
    if (is.indexes.some(i => same(i, index))) continue;
    const name = quoted(index.name);
    if (is.indexes.some(i => i.name === index.name)) changes.push(`DROP INDEX ${name}`);
    changes.push(`ADD INDEX ${name} ${index.expr} TYPE ${index.type_full} GRANULARITY ${index.granularity}`);
  }
  return changes;
}

/** A part of a Nested column has a name with a dot, quoted part by part. */
function quoted(name: string): string {
  return name
    .split('.')
    .map(part => `\`${part}\``)
    .join('.');
}

function text(value: string): string {
  return `'${value.replace(/[\\']/g, mark => `\\${mark}`)}'`;
}
