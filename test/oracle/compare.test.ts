import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compare, type Row, type Tables } from './compare.ts';
import { leavesOf } from './leaves.ts';
import { type Answer, oracle } from './oracle.ts';
import { published, type Stored } from './published.ts';
import { describeLog, randomLog, seededLog } from './randomLog.ts';

const leaves = leavesOf();

function rows(list: readonly object[]): Row[] {
  return list.map(row => ({ ...row }));
}

/** The answer as tables. */
function tablesOf(answer: Answer): Required<Tables> {
  return {
    events: rows(answer.events),
    sessions: rows(answer.sessions),
    minutes: rows(answer.minutes),
    ledger: rows(answer.ledger),
    conservation: rows(answer.conservation),
    deadLetters: rows(answer.deadLetters),
    positions: answer.positions.map(({ offsets, ...row }) => ({
      ...row,
      range_start: 0,
      range_accepted: offsets.length,
    })),
  };
}

/** As ClickHouse's JSON has it: times as text, 64-bit numbers as text. */
function asJson(table: readonly Row[]): Row[] {
  const times = /^(arrival|.*_time|.*_at|minute|hour|watermark)$/;
  return table.map(row =>
    Object.fromEntries(
      Object.entries(row).map(([column, value]) => {
        if (typeof value !== 'number') return [column, value];
        if (!times.test(column)) return [column, String(value)];
        return [column, new Date(value).toISOString().replace('T', ' ').replace('Z', '')];
      }),
    ),
  );
}

const answer = oracle(seededLog(7, 120), leaves);
const TABLES = [
  'events',
  'sessions',
  'minutes',
  'ledger',
  'conservation',
  'deadLetters',
  'positions',
] as const;

describe('compare', () => {
  test('finds nothing in the answer itself, in numbers or as ClickHouse writes it', () => {
    fc.assert(
      fc.property(randomLog(25), log => {
        const own = oracle(log, leaves);
        const tables = tablesOf(own);
        const json = Object.fromEntries(TABLES.map(name => [name, asJson(tables[name])]));
        expect(compare(own, tables), describeLog(log)).toEqual([]);
        expect(compare(own, json), describeLog(log)).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });

  test.each(TABLES)('tells of a row of %s that is missing, there twice, or should not be', name => {
    const table = tablesOf(answer)[name];
    const [first] = table;
    if (first === undefined) throw new Error('no row to take away');
    expect(compare(answer, { [name]: table.slice(1) })).not.toEqual([]);
    if (name === 'positions') return; // Rows of a partition are told apart by their versions, and others may be there.
    expect(compare(answer, { [name]: [...table, first] })).not.toEqual([]);
    expect(compare(answer, { [name]: [...table, { ...first, partition: 9, session_id: 'x' }] })).not.toEqual(
      [],
    );
  });

  test.each(TABLES)('tells of every column of %s that is wrong, by its name', name => {
    const table = tablesOf(answer)[name];
    // A row with something in every list, so that each can be wrong.
    const at = Math.max(
      0,
      table.findIndex(row => Array.isArray(row['items.price']) && row['items.price'].length > 0),
    );
    const columns = Object.keys(table[at] ?? {}).filter(
      c => !['schema_id', 'next_offset', 'range_start'].includes(c),
    );
    for (const column of columns) {
      const wrong = table.map((row, i) =>
        i === at ? { ...row, [column]: spoilt(column, row[column]) } : row,
      );
      const told = compare(answer, { [name]: wrong });
      expect(told, `${name}.${column}`).not.toEqual([]);
      expect(told.join(), `${name}.${column}`).toMatch(isKey(column) ? /./ : column);
    }
  });

  test('asks a narrower view for its columns only', () => {
    const narrow = rows(answer.sessions).map(({ session_id, events }) => ({ session_id, events }));
    expect(compare(answer, { sessions: narrow }, { differencesMax: 1 })).toHaveLength(2);
    expect(compare(answer, { sessions: narrow }, { columns: { sessions: ['events'] } })).toEqual([]);
  });

  test('adds up cells and the ledger over what the rows leave out', () => {
    const total = answer.minutes.reduce((sum, row) => sum + row.events, 0);
    const value = answer.minutes.reduce((sum, row) => sum + row.value, 0);
    const rest = {
      engagement_ms: answer.minutes.reduce((sum, row) => sum + row.engagement_ms, 0),
      quantity: answer.minutes.reduce((sum, row) => sum + row.quantity, 0),
    };
    expect(compare(answer, { minutes: [{ events: total, value, ...rest }] })).toEqual([]);
    expect(compare(answer, { minutes: [{ events: total + 1, value, ...rest }] })).toHaveLength(1);
  });

  test('an amount of 0 is none, and misplaced is no outcome', () => {
    const sessions = rows(answer.sessions).map(row => ({ ...row, gross: new Map([['XXX', 0]]) }));
    const without = answer.sessions.filter(s => Object.values(s.gross).every(sum => sum === 0)).length;
    expect(without).toBeGreaterThan(0);
    const told = compare(answer, { sessions }, { columns: { sessions: ['gross'] }, differencesMax: 999 });
    expect(told).toHaveLength(answer.sessions.length - without);
    const ledger = rows(answer.ledger);
    expect(compare(answer, { ledger: [...ledger, { ...ledger[0], outcome: 'misplaced' }] })).toEqual([]);
  });
});

/** Another value of the same kind. */
function spoilt(column: string, value: unknown): unknown {
  if (column === 'gross') return { ZZZ: 1 };
  if (column === 'metrics') return { zzz: 1 };
  if (column === 'params') return { zzz: 'z' };
  if (Array.isArray(value)) return value.length > 0 ? value.slice(1) : ['zzz'];
  if (typeof value === 'number') return value + 60 * 60_000;
  if (typeof value === 'boolean') return !value;
  return value === null ? 77 : `${String(value)}z`;
}

/** A wrong key is told as a row too many and another missing. */
function isKey(column: string): boolean {
  return ['topic', 'epoch', 'partition', 'offset', 'session_id'].includes(column);
}

describe('published', () => {
  const at = { topic: 'clicks', epoch: 0, partition: 0 };
  const session = (id: number, version: number, events: number, tombstone = false) => {
    return { ...at, session_id: `clicks-0-0-${id}`, version: BigInt(version), events, tombstone };
  };
  const happened = (offset: number, id: number) => {
    return { ...at, offset, session_id: `clicks-0-0-${id}`, version: String(offset) };
  };
  const stored: Stored = {
    event_rows: [happened(0, 0), happened(1, 1), happened(1, 1), happened(2, 0)],
    session_rows: [
      session(1, 2, 1),
      session(0, 3, 3),
      session(0, 1, 1),
      session(1, 3, 1, true),
      session(1, 2, 1),
    ],
    session_aliases: [{ ...at, session_id: 'clicks-0-0-1', root: 'clicks-0-0-0', version: 3 }],
    minute_rows: [],
    ledger_rows: [],
    dead_letter_rows: [],
    positions: [
      { ...at, version: 3, next_offset: 3 },
      { ...at, version: 2, next_offset: 2 },
    ],
  };

  test('takes the newest version, drops tombstones and resolves ids, in whatever order rows came', () => {
    for (const order of [stored, { ...stored, session_rows: stored.session_rows.toReversed() }]) {
      const { tables, faults } = published(order);
      expect(faults).toEqual([]);
      expect(tables.sessions).toEqual([session(0, 3, 3)]);
      expect(tables.events.map(row => row.session_id)).toEqual(Array(3).fill('clicks-0-0-0'));
      expect(tables.positions).toEqual([{ ...at, version: 3, next_offset: 3 }]);
    }
  });

  test('tells of a tombstone without alias, and of its events', () => {
    expect(published({ ...stored, session_aliases: [] }).faults).toEqual([
      'tombstone clicks-0-0-1: has no alias',
      'event clicks-0-0-1: its session clicks-0-0-1 is not there',
    ]);
  });

  test('tells of an alias whose root is absorbed, is not there, or that is alive itself', () => {
    const more = (session_id: string, root: string) => {
      const aliases = [...stored.session_aliases, { ...at, session_id, root, version: 3 }];
      return published({ ...stored, session_aliases: aliases }).faults.join('; ');
    };
    expect(more('clicks-0-0-2', 'clicks-0-0-1')).toMatch(/root clicks-0-0-1 is itself absorbed/);
    expect(more('clicks-0-0-2', 'clicks-0-0-8')).toMatch(/root clicks-0-0-8 is no live session/);
    expect(more('clicks-0-0-0', 'clicks-0-0-8')).toMatch(/alias clicks-0-0-0: it is a live session/);
  });

  test('tells of two rows of one version that differ', () => {
    const session_rows = [...stored.session_rows, session(0, 1, 7)];
    expect(published({ ...stored, session_rows }).faults).toHaveLength(1);
  });
});
