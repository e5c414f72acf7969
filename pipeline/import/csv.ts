import { readFile } from 'node:fs/promises';
import { CsvError, parse } from 'csv-parse';
import { z } from 'zod';
import type { EventInput } from '../contract/schema.ts';
import { eventType } from '../contract/schema.ts';
import { UsageError } from '../usageError.ts';
import { countryCode } from './countries.ts';
import { minorDigits, minorUnits } from './money.ts';
import { contentId, type Left, type Mapped, openBytes, Refusal, type SourceRow } from './rows.ts';
import { parseTime } from './time.ts';

const TIMES = ['event_time', 'received_time'] as const;
const MONEY = ['value', 'tax', 'shipping', 'discount'] as const;
const WHOLE = ['engagement_time_ms', 'points'] as const;
const FLAGS = ['consent_analytics', 'consent_ads'] as const;
const TEXTS = [
  ...['event_id', 'event_name', 'visitor_id', 'site', 'user_id', 'platform', 'page_location', 'page_title'],
  ...[
    'page_referrer',
    'source',
    'medium',
    'campaign',
    'term',
    'content',
    'country',
    'region',
    'city',
    'language',
  ],
  ...[
    'timezone',
    'user_agent',
    'device',
    'browser',
    'os',
    'currency',
    'transaction_id',
    'coupon',
    'search_term',
  ],
  ...['promotion_id', 'promotion_name', 'experiment_id', 'variation_id', 'group_id', 'store_id'],
] as const;
const ITEM_MONEY = ['price', 'discount', 'cost'] as const;
const ITEM_WHOLE = ['quantity', 'index'] as const;
const ITEM_TEXTS = [
  ...['item_id', 'item_name', 'item_brand', 'item_category', 'item_variant', 'coupon', 'item_list_id'],
  ...['item_list_name', 'promotion_id', 'seller_id'],
] as const;

/** Fields that a mapping may name: all of an event's but items, params and metrics, which have parts of their own. */
export const EVENT_FIELDS: readonly string[] = [...TEXTS, ...TIMES, ...MONEY, ...WHOLE, ...FLAGS, 'score'];
const ITEM_FIELDS: readonly string[] = [...ITEM_TEXTS, ...ITEM_MONEY, ...ITEM_WHOLE, 'in_stock'];

const column = z.string().min(1);
const byField = (fields: readonly string[]) =>
  z.partialRecord(z.enum(fields as [string, ...string[]]), column);

const mappingType = z.strictObject({
  columns: byField(EVENT_FIELDS),
  constants: z
    .partialRecord(
      z.enum(EVENT_FIELDS as [string, ...string[]]),
      z.union([z.string(), z.number(), z.boolean()]).transform(String),
    )
    .default({}),
  /** Other values for a field's: {"event_name": {"Order placed": "purchase"}}. */
  values: z
    .partialRecord(z.enum(EVENT_FIELDS as [string, ...string[]]), z.record(z.string(), z.string()))
    .default({}),
  item: byField(ITEM_FIELDS).default({}),
  params: z.record(z.string(), column).default({}),
  metrics: z.record(z.string(), column).default({}),
  /** Columns left out on purpose: not in the report. */
  ignore: z.array(column).default([]),
  money: z.enum(['major', 'minor']).default('major'),
  time: z
    .strictObject({
      format: z.string().default('iso'),
      zone: z.string().default('UTC'),
    })
    .prefault({}),
  delimiter: z.string().length(1).default(','),
  decimal: z.enum(['.', ',']).default('.'),
});

/** What a mapping file says, with its defaults; docs/import.md describes it. */
export type Mapping = z.infer<typeof mappingType>;

/** Errors: UsageError with what is wrong in the file, and where. */
export async function readMapping(path: string): Promise<Mapping> {
  let value: unknown;
  try {
    value = JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new UsageError(`${path} is no JSON: ${error.message}`);
  }
  return checkMapping(value, path);
}

export function checkMapping(value: unknown, path: string): Mapping {
  const { data, error } = mappingType.safeParse(value);
  if (error !== undefined) {
    throw new UsageError(
      error.issues
        .map(({ path: at, message }) => `${path}: ${at.join('.') || 'the file'}: ${message}`)
        .join('\n'),
    );
  }
  for (const field of ['event_name', 'event_time', 'visitor_id']) {
    const one: Record<string, unknown> = { ...data.columns, ...data.constants };
    if (one[field] === undefined)
      throw new UsageError(`${path}: columns.${field}: an event needs one; name its column, or a constant`);
  }
  // What cannot be a time format or a zone is told before the first row.
  parseTime('', data.time);
  return data;
}

type Cells = Record<string, string>;

/** Rows of a CSV file with a header line, by column. Errors: UsageError where the header lacks a column of the mapping. */
export async function* csvRows(path: string, mapping: Mapping): AsyncGenerator<SourceRow<Cells>, void, void> {
  const bytes = await openBytes(path);
  const parser = parse({
    delimiter: mapping.delimiter,
    bom: true,
    trim: true,
    skip_empty_lines: true,
    relax_column_count: true,
    max_record_size: 8 * 1_048_576,
    info: true,
  });
  bytes.on('error', error => parser.destroy(error));
  let header: string[] | undefined;
  let last = 1;
  try {
    for await (const one of bytes.pipe(parser)) {
      const { record, info } = one as { record: string[]; info: { lines: number } };
      const line = info.lines;
      last = line;
      if (header === undefined) {
        header = record;
        checkHeader(path, header, mapping);
      } else if (record.length !== header.length) {
        yield { line, row: new Refusal(`has ${record.length} cells, the header has ${header.length}`) };
      } else {
        yield { line, row: Object.fromEntries(header.map((name, i) => [name, record[i] ?? ''])) };
      }
    }
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    // An open quote runs on to the end: nothing after it can be read.
    yield {
      line: typeof error.lines === 'number' ? error.lines : last,
      row: new Refusal(`${error.message}; the rest of the file was not read`),
    };
  } finally {
    bytes.destroy();
  }
}

function checkHeader(path: string, header: readonly string[], mapping: Mapping): void {
  const twice = header.find((name, i) => header.indexOf(name) !== i);
  if (twice !== undefined) throw new UsageError(`${path}: its header has the column '${twice}' twice`);
  const { columns, item, params, metrics } = mapping;
  const missing = [columns, item, params, metrics]
    .flatMap(part => Object.values(part))
    .find(name => name !== undefined && !header.includes(name));
  if (missing !== undefined) {
    throw new UsageError(
      `${path}: the mapping names a column '${missing}'; its header has: ${header.join(', ')}`,
    );
  }
}

/** One row as an event by its mapping. Errors: Refusal. */
export function csvEvent(row: Cells, mapping: Mapping): Mapped {
  const { columns, constants, values, item, params, metrics } = mapping;
  const read = new Set(mapping.ignore);
  const cell = (name: string | undefined): string => {
    if (name === undefined) return '';
    read.add(name);
    return row[name] ?? '';
  };
  const given: Record<string, string> = {};
  for (const field of EVENT_FIELDS) {
    const found = cell(columns[field]) || constants[field] || '';
    const other = values[field];
    const value = other !== undefined && Object.hasOwn(other, found) ? other[found] : found;
    if (value !== undefined && value !== '') given[field] = value;
  }
  const left: Left[] = [];
  const fields: Record<string, unknown> = {};
  for (const field of TEXTS) if (given[field] !== undefined) fields[field] = given[field];
  for (const field of TIMES) {
    const value = given[field];
    if (value !== undefined) fields[field] = timeOf(field, value, mapping);
  }
  for (const field of ['event_name', 'event_time', 'visitor_id']) {
    if (fields[field] === undefined) throw new Refusal(`has no ${field}`);
  }
  const currency = (given.currency ?? '').toUpperCase();
  if (currency !== '') fields.currency = currency;
  const money = (field: string, value: string): number => {
    const digits = mapping.money === 'minor' ? 0 : minorDigits(currency);
    const units = minorUnits(plainNumber(value, mapping), digits);
    if (units === undefined) throw new Refusal(`${field} is '${value.slice(0, 40)}', no amount of money`);
    if (units !== 0 && currency === '')
      throw new Refusal(`${field} is ${value}, but the row has no currency`);
    return units;
  };
  for (const field of MONEY) if (given[field] !== undefined) fields[field] = money(field, given[field]);
  for (const field of WHOLE)
    if (given[field] !== undefined) fields[field] = number(field, given[field], true);
  if (given.score !== undefined) fields.score = number('score', given.score, false);
  for (const field of FLAGS) if (given[field] !== undefined) fields[field] = flag(field, given[field]);
  if (given.country !== undefined) {
    const code = countryCode(given.country);
    if (code === undefined)
      left.push({ field: `${columns.country ?? 'country'} ${given.country}`, why: 'no country of ISO 3166' });
    fields.country = code ?? '';
  }

  const line: Record<string, unknown> = {};
  for (const field of ITEM_TEXTS) if (cell(item[field]) !== '') line[field] = cell(item[field]);
  for (const field of ITEM_MONEY)
    if (cell(item[field]) !== '') line[field] = money(`item.${field}`, cell(item[field]));
  for (const field of ITEM_WHOLE)
    if (cell(item[field]) !== '') line[field] = number(`item.${field}`, cell(item[field]), true);
  if (cell(item.in_stock) !== '') line.in_stock = flag('item.in_stock', cell(item.in_stock));
  if (line.item_id !== undefined) fields.items = [line];
  else if (Object.keys(line).length > 0) left.push({ field: 'item', why: 'no item_id' });

  fields.params = filled(params, cell);
  fields.metrics = Object.fromEntries(
    Object.entries(filled(metrics, cell)).map(([key, value]) => [key, number(key, value, false)]),
  );
  for (const [name, value] of Object.entries(row)) {
    if (!read.has(name) && value !== '') left.push({ field: name, why: 'no part of the mapping' });
  }
  const event = { ...fields, event_id: given.event_id ?? contentId(row) };
  if (!isEvent(event)) throw new Refusal('is no event');
  return { event, left };

  function number(field: string, value: string, whole: boolean): number {
    const found = Number(plainNumber(value, mapping));
    if (value.trim() === '' || !(whole ? Number.isSafeInteger(found) : Number.isFinite(found)))
      throw new Refusal(`${field} is '${value.slice(0, 40)}', no ${whole ? 'whole ' : ''}number`);
    return found;
  }
}

/** Every field was read by its kind above; the schema's other defaults are filled in when it is written. */
function isEvent(fields: object): fields is EventInput {
  return eventType.isValid({ ...EMPTY, ...fields, items: [] }, { noUndeclaredFields: true });
}

const EMPTY = eventType.fromBuffer(
  eventType.toBuffer({ event_id: '', event_name: '', event_time: 0, visitor_id: '' }),
) as object;

function filled(of: Record<string, string>, cell: (name: string) => string): Record<string, string> {
  const found = Object.entries(of).map(([key, name]): [string, string] => [key, cell(name)]);
  return Object.fromEntries(found.filter(([, value]) => value !== ''));
}

/** With a point as the decimal mark and no mark of thousands; '' for marks that stand where they cannot. */
function plainNumber(value: string, { decimal }: Mapping): string {
  const [whole = '', fraction, more] = value.split(decimal);
  const mark = decimal === '.' ? ',' : '.';
  // 19,99 read with a point as decimal mark must not become 1999.
  const groups = whole.split(new RegExp(`[${mark}\u0020\u00a0\u202f']`));
  const wrong =
    groups.length > 1 && !groups.every((group, i) => (i === 0 ? /^[+-]?\d{1,3}$/ : /^\d{3}$/).test(group));
  if (wrong || more !== undefined || fraction?.includes(mark) === true) return '';
  return groups.join('') + (fraction === undefined ? '' : `.${fraction}`);
}

function flag(field: string, value: string): boolean {
  if (/^(true|yes|1)$/i.test(value)) return true;
  if (/^(false|no|0)$/i.test(value)) return false;
  throw new Refusal(`${field} is '${value.slice(0, 40)}', neither true nor false`);
}

function timeOf(field: string, value: string, mapping: Mapping): number {
  const time = parseTime(value, mapping.time);
  if (time === undefined)
    throw new Refusal(`${field} is '${value.slice(0, 40)}', no time like ${mapping.time.format}`);
  return time;
}
