import { readFileSync } from 'node:fs';
import type { RowReader, RowWriter } from './rowBinary.ts';

/** Tables that the pipeline writes, in the order of dependence in which a flush writes them. */
export const PIPELINE_TABLES = [
  'event_rows',
  'dead_letter_rows',
  'minute_rows',
  'ledger_rows',
  'session_rows',
  'session_aliases',
  'positions',
] as const;
export type PipelineTable = (typeof PIPELINE_TABLES)[number];
export type LookupTable = 'site_gaps' | 'files' | 'erasures';

export interface Column {
  /** `a.b` for a part of a Nested column. */
  name: string;
  type: string;
}

/** The columns of a table, read from its own CREATE TABLE: the one place that says what a row is. */
export function columnsOf(table: PipelineTable | LookupTable): Column[] {
  const sql = readFileSync(new URL(`../../sql/tables/${table}.sql`, import.meta.url), 'utf8');
  const body = sql.slice(sql.indexOf('\n(') + 2, sql.indexOf('\n)'));
  const columns: Column[] = [];
  let nested = '';
  for (const line of body.split('\n').map(l => l.trim())) {
    if (line === '' || line === '(' || line.startsWith('INDEX ') || line.startsWith('--')) continue;
    // What ClickHouse works out itself is not written.
    if (line.includes(' MATERIALIZED ')) continue;
    if (line.startsWith(')')) {
      nested = '';
      continue;
    }
    const [, name = '', rest = ''] = /^(\w+) (.*?)(?: DEFAULT .*)?(?: COMMENT '.*')?,?$/.exec(line) ?? [];
    if (rest === 'Nested') nested = name;
    else if (name === '' || rest === '') throw new Error(`${table}.sql: cannot read the column in: ${line}`);
    else columns.push(nested === '' ? { name, type: rest } : { name: `${nested}.${name}`, type: rest });
  }
  return columns;
}

/** How values of a ClickHouse type stand in rows of ours, as code for the writer `w` and the reader `r`. */
interface Codec {
  write: (value: string) => string;
  read: string;
}

function codecOf(type: string): Codec {
  const inner = /^(LowCardinality|Nullable|Array)\((.*)\)$/.exec(type);
  if (inner !== null) {
    const [, wrapper, of = ''] = inner;
    const codec = codecOf(of);
    if (wrapper === 'LowCardinality') return codec;
    if (wrapper === 'Nullable') {
      return {
        write: v => `if (${v} === null) w.u8(1); else { w.u8(0); ${codec.write(v)} }`,
        read: `(r.u8() === 1 ? null : ${codec.read})`,
      };
    }
    return {
      write: v => `w.varint(${v}.length); for (const x of ${v}) { ${codec.write('x')} }`,
      read: `Array.from({ length: r.varint() }, () => ${codec.read})`,
    };
  }
  const map = /^Map\(LowCardinality\(String\), (\w+)\)$/.exec(type);
  if (map !== null) {
    const codec = codecOf(map[1] ?? '');
    return {
      write: v =>
        `{ const names = Object.keys(${v}); w.varint(names.length); for (const k of names) { w.string(k); ${codec.write(`${v}[k]`)} } }`,
      read: `Object.fromEntries(Array.from({ length: r.varint() }, () => [r.string(), ${codec.read}]))`,
    };
  }
  switch (type) {
    case 'String':
      return { write: v => `w.string(${v});`, read: 'r.string()' };
    case 'UInt32':
      return { write: v => `w.u32(${v});`, read: 'r.u32()' };
    case 'Int32':
      return { write: v => `w.i32(${v});`, read: 'r.i32()' };
    case 'UInt64':
      return { write: v => `w.u64(${v});`, read: 'r.u64()' };
    case 'Int64':
    case "DateTime64(3, 'UTC')":
      return { write: v => `w.i64(${v});`, read: 'r.i64()' };
    case "DateTime('UTC')":
      return { write: v => `w.u32(${v} / 1000);`, read: 'r.u32() * 1000' };
    case 'Float64':
      return { write: v => `w.f64(${v});`, read: 'r.f64()' };
    case 'Bool':
      return { write: v => `w.u8(${v} ? 1 : 0);`, read: 'r.u8() === 1' };
    case 'Tuple(name String, value String)':
      return {
        write: v => `w.string(${v}.name); w.blob(${v}.value);`,
        read: '({ name: r.string(), value: r.blob() })',
      };
    default:
      throw new Error(`no RowBinary codec for ${type}`);
  }
}

// Strings of any bytes: as Buffers in rows of ours.
const BLOBS: Record<string, string[]> = { dead_letter_rows: ['key', 'bytes'] };

// What events leave null is an empty string in rows: a Nullable column costs every query more than it tells.
const NULL_IS_EMPTY: Record<string, string[]> = { event_rows: ['user_id', 'currency'] };

function columnCodec(table: string, column: Column): Codec {
  if (BLOBS[table]?.includes(column.name)) {
    return {
      write: v => `if (${v} === null) w.u8(1); else { w.u8(0); w.blob(${v}); }`,
      read: '(r.u8() === 1 ? null : r.blob())',
    };
  }
  if (NULL_IS_EMPTY[table]?.includes(column.name)) {
    return { write: v => `w.string(${v} ?? '');`, read: 'r.string()' };
  }
  return codecOf(column.type);
}

/**
 * Compiles a writer of the table's rows. Columns named in `place` are taken from the first object, the rest from the
 * second; parts of a Nested column from its array of objects. Times are ms, UInt64 number or bigint.
 * Compiled, since a loop over the columns would cost more than all of the fold.
 */
export function rowEncoder<Place extends object, Row extends object>(
  table: PipelineTable | LookupTable,
  place: readonly (keyof Place & string)[],
): (w: RowWriter, place: Place, row: Row) => void {
  const body = columnsOf(table).map(column => {
    const [outer = '', part] = column.name.split('.');
    if (part !== undefined) {
      const codec = codecOf(column.type);
      return `w.varint(row.${outer}.length); for (const item of row.${outer}) { ${codec.write(`item.${part}`)} }`;
    }
    const holder = (place as readonly string[]).includes(outer) ? 'place' : 'row';
    return columnCodec(table, column).write(`${holder}.${outer}`);
  });
  return new Function('w', 'place', 'row', body.join('\n')) as (w: RowWriter, place: Place, row: Row) => void;
}

/** Compiles a reader of RowBinary rows with these columns of the table. UInt64 as bigint, times in ms. */
export function rowDecoder<Row>(
  table: PipelineTable | LookupTable,
  names?: readonly string[],
): (r: RowReader) => Row {
  const columns = columnsOf(table);
  const wanted = names?.map(name => {
    const column = columns.find(c => c.name === name);
    if (column === undefined) throw new Error(`${table} has no column ${name}`);
    return column;
  });
  const fields = (wanted ?? columns).map(c => {
    const type = c.name.includes('.') ? `Array(${c.type})` : c.type;
    return `${JSON.stringify(c.name)}: ${columnCodec(table, { name: c.name, type }).read}`;
  });
  return new Function('r', `return { ${fields.join(', ')} };`) as (r: RowReader) => Row;
}
