/** Tables against the oracle's answer. */
import { type Answer, streamKey } from './oracle.ts';

/** A row as a client returns it: 64-bit numbers may be strings or bigints, times ms, Dates or text in UTC. */
export type Row = Readonly<Record<string, unknown>>;

/** In the columns of sql/tables, each row once: newest versions, tombstones gone, ids resolved. Only what is given is compared. */
export interface Tables {
  events?: readonly Row[];
  sessions?: readonly Row[];
  /** Summed over partitions, blocks or anything else, or not: compared by the key columns that the rows have. */
  minutes?: readonly Row[];
  ledger?: readonly Row[];
  conservation?: readonly Row[];
  deadLetters?: readonly Row[];
  positions?: readonly Row[];
}

export interface CompareOptions {
  /** Columns of `events` and `sessions` to compare, for views that have not all; by default all that the oracle knows. */
  columns?: { events?: readonly string[]; sessions?: readonly string[] };
  /** What is told at most; the rest is a count. */
  differencesMax?: number;
}

/** Differences in words, empty where all is equal. */
export function compare(answer: Answer, tables: Tables, options: CompareOptions = {}): string[] {
  const { columns, differencesMax = 40 } = options;
  const found: string[] = [];
  if (tables.events !== undefined) {
    found.push(...compareRows('events', EVENT_KEY, answer.events, tables.events, columns?.events));
  }
  if (tables.sessions !== undefined) {
    found.push(
      ...compareRows('sessions', ['session_id'], answer.sessions, tables.sessions, columns?.sessions),
    );
  }
  if (tables.deadLetters !== undefined) {
    found.push(...compareRows('dead letters', EVENT_KEY, answer.deadLetters, tables.deadLetters));
  }
  if (tables.minutes !== undefined) {
    found.push(...compareSums('minutes', MINUTE_KEY, MINUTE_SUMS, answer.minutes, tables.minutes));
  }
  if (tables.ledger !== undefined) {
    // `misplaced` stands beside the outcomes, and is about keys: the oracle's records have none.
    const outcomes = tables.ledger.filter(row => row.outcome !== 'misplaced');
    found.push(...compareSums('ledger', LEDGER_KEY, ['records'], answer.ledger, outcomes));
  }
  if (tables.conservation !== undefined) {
    const sums = ['consumed', 'accepted', 'duplicate', 'unconsented', 'erased', 'rejected', 'residual'];
    found.push(
      ...compareSums('conservation', CONSERVATION_KEY, sums, answer.conservation, tables.conservation),
    );
  }
  if (tables.positions !== undefined) found.push(...comparePositions(answer, tables.positions));
  if (found.length <= differencesMax) return found;
  return [...found.slice(0, differencesMax), `and ${found.length - differencesMax} more`];
}

const STREAM_KEY = ['topic', 'epoch', 'partition'];
const EVENT_KEY = [...STREAM_KEY, 'offset'];
const MINUTE_KEY = [
  ...STREAM_KEY,
  ...['block', 'site', 'minute', 'event_name', 'country', 'device', 'platform', 'currency'],
];
const MINUTE_SUMS = ['events', 'engagement_ms', 'value', 'quantity'];
const LEDGER_KEY = [...STREAM_KEY, 'block', 'hour', 'site', 'platform', 'outcome', 'reason'];
const CONSERVATION_KEY = [...STREAM_KEY, 'hour'];

// Values

const TIMES = new Set([
  ...['arrival', 'event_time', 'received_time', 'id_time', 'started_at', 'ended_at', 'minute', 'hour'],
  'view_times',
  'watermark',
]);
const NUMBERS = new Set([
  ...['epoch', 'partition', 'offset', 'session_offset', 'block', 'records', 'consumed', 'residual'],
  ...['accepted', 'duplicate', 'unconsented', 'erased', 'rejected'],
  ...[
    'events',
    'active_events',
    'page_views',
    'product_views',
    'cart_adds',
    'checkouts',
    'purchases',
    'searches',
  ],
  ...[
    'engagement_ms',
    'engagement_time_ms',
    'value',
    'tax',
    'shipping',
    'discount',
    'quantity',
    'points',
    'score',
  ],
  ...['items.price', 'items.discount', 'items.cost', 'items.quantity', 'items.index', 'gross', 'metrics'],
  ...['next_offset', 'range_start', 'range_accepted'],
]);
const FLAGS = new Set(['consent_ads', 'items.in_stock']);
const MAYBE_NULL = new Set(['received_time', 'score', 'items.cost']);

/** One form for a value however a client or a store writes it. */
function plain(column: string, value: unknown): unknown {
  if (column === 'gross') {
    // A sum of 0 says the same as none.
    return entriesOf(value)
      .map(([key, one]) => [key, plainOne(column, one)])
      .filter(([, sum]) => sum !== 0);
  }
  if (column === 'params' || column === 'metrics') {
    return entriesOf(value).map(([key, one]) => [key, plainOne(column, one)]);
  }
  if (Array.isArray(value)) return value.map(one => plainOne(column, one));
  return plainOne(column, value);
}

function plainOne(column: string, value: unknown): unknown {
  if (value === undefined) return undefined;
  if (value === null) return MAYBE_NULL.has(column) ? null : '';
  if (TIMES.has(column)) return ms(value);
  if (NUMBERS.has(column)) return Number(value);
  if (FLAGS.has(column)) return value === true || value === 1 || value === 'true';
  return String(value);
}

function ms(value: unknown): number {
  if (value instanceof Date) return value.getTime();
  if (typeof value !== 'string') return Number(value);
  return Date.parse(value.includes('T') ? value : `${value.replace(' ', 'T')}Z`);
}

/** Of an object, a Map or a list of pairs, by key. */
function entriesOf(value: unknown): [string, unknown][] {
  let entries: [string, unknown][] = [];
  if (value instanceof Map) entries = [...value];
  else if (Array.isArray(value)) entries = value.map(([key, one]) => [key, one]);
  else if (typeof value === 'object' && value !== null) entries = Object.entries(value);
  return entries.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}

function keyOf(row: Row, columns: readonly string[]): string {
  return columns.map(column => plain(column, row[column])).join('-');
}

function text(value: unknown): string {
  return JSON.stringify(value) ?? 'not there';
}

function shown(column: string, value: unknown): string {
  const one = plain(column, value);
  if (!TIMES.has(column) || typeof one !== 'number' || Number.isNaN(one)) return text(one);
  return new Date(one).toISOString();
}

// Tables

function compareRows(
  table: string,
  key: readonly string[],
  expected: readonly object[],
  actual: readonly Row[],
  columns?: readonly string[],
): string[] {
  const found: string[] = [];
  const wanted = new Map(expected.map(row => [keyOf({ ...row }, key), { ...row } as Row]));
  const seen = new Set<string>();
  for (const row of actual) {
    const name = keyOf(row, key);
    const want = wanted.get(name);
    if (seen.has(name)) found.push(`${table} ${name}: is there twice`);
    else if (want === undefined) found.push(`${table} ${name}: should not be there: ${brief(row)}`);
    else {
      for (const column of columns ?? Object.keys(want)) {
        const is = text(plain(column, row[column]));
        const should = text(plain(column, want[column]));
        if (is === should) continue;
        const [isShown, shouldShown] = [shown(column, row[column]), shown(column, want[column])];
        found.push(`${table} ${name}: ${column} is ${isShown}, should be ${shouldShown}`);
      }
    }
    seen.add(name);
  }
  for (const [name, want] of wanted) {
    if (!seen.has(name)) found.push(`${table} ${name}: missing: ${brief(want)}`);
  }
  return found;
}

const BRIEF = [
  'site',
  'visitor_id',
  'event_name',
  'event_id',
  'event_time',
  'started_at',
  'ended_at',
  'events',
  'reason',
];

function brief(row: Row): string {
  return BRIEF.flatMap(column => (column in row ? [`${column} ${shown(column, row[column])}`] : [])).join(
    ', ',
  );
}

/** Rows added up by those key columns that the actual rows have; what adds up to 0 says the same as no row. */
function compareSums(
  table: string,
  key: readonly string[],
  sums: readonly string[],
  expected: readonly object[],
  actual: readonly Row[],
): string[] {
  const head = actual[0];
  const by = head === undefined ? key : key.filter(column => column in head);
  const should = addUp(
    expected.map(row => ({ ...row })),
    by,
    sums,
  );
  const is = addUp(actual, by, sums);
  const found: string[] = [];
  for (const name of new Set([...should.keys(), ...is.keys()])) {
    const none = sums.map(() => 0);
    const wanted = should.get(name) ?? none;
    const given = is.get(name) ?? none;
    sums.forEach((column, i) => {
      if (given[i] !== wanted[i])
        found.push(`${table} ${name}: ${column} is ${given[i]}, should be ${wanted[i]}`);
    });
  }
  return found;
}

function addUp(rows: readonly Row[], by: readonly string[], sums: readonly string[]): Map<string, number[]> {
  const totals = new Map<string, number[]>();
  for (const row of rows) {
    const name = by.map(column => `${column} ${shown(column, row[column])}`).join(', ');
    const total = totals.get(name) ?? sums.map(() => 0);
    totals.set(
      name,
      total.map((sum, i) => sum + Number(row[sums[i] ?? ''])),
    );
  }
  return totals;
}

/** Positions of partitions without a record are not looked at. */
function comparePositions(answer: Answer, actual: readonly Row[]): string[] {
  const found: string[] = [];
  const given = new Map(actual.map(row => [keyOf(row, STREAM_KEY), row]));
  for (const want of answer.positions) {
    const name = streamKey(want);
    const row = given.get(name);
    if (row === undefined) {
      if (want.next_offset > 0) found.push(`positions ${name}: missing`);
      continue;
    }
    const next = Number(row.next_offset);
    if (!(next >= want.next_offset)) {
      found.push(`positions ${name}: next_offset is ${next}, should be at least ${want.next_offset}`);
    }
    if (ms(row.watermark) !== want.watermark) {
      const is = shown('watermark', row.watermark);
      found.push(`positions ${name}: watermark is ${is}, should be ${shown('watermark', want.watermark)}`);
    }
    if ('range_start' in row) {
      const start = Number(row.range_start);
      const count = want.offsets.filter(offset => offset >= start && offset < next).length;
      const is = Number(row.range_accepted);
      if (is !== count)
        found.push(`positions ${name}: range_accepted is ${is} from ${start} on, should be ${count}`);
    }
  }
  return found;
}
