/** What the public views show of stored rows, for stores without ClickHouse; and what must hold of the rows themselves. */
import type { Row, Tables } from './compare.ts';

/** Every row that was ever inserted, in order, in the columns of sql/tables. */
export interface Stored {
  event_rows: readonly Row[];
  session_rows: readonly Row[];
  session_aliases: readonly Row[];
  minute_rows: readonly Row[];
  ledger_rows: readonly Row[];
  dead_letter_rows: readonly Row[];
  positions: readonly Row[];
}

export interface Published {
  tables: Required<Omit<Tables, 'conservation'>>;
  /** In words: what readers would stumble over, whatever the answer should be. */
  faults: string[];
}

/** Newest versions, tombstones gone, session ids resolved, as the views do it. */
export function published(stored: Stored): Published {
  const faults = contradictions(stored.session_rows);
  const sessions = newest(stored.session_rows, ['session_id']);
  const aliases = newest(stored.session_aliases, ['session_id']);
  const events = newest(stored.event_rows, ['topic', 'epoch', 'partition', 'offset']);

  const live = new Set(sessions.filter(row => !isTombstone(row)).map(row => String(row.session_id)));
  const roots = new Map(aliases.map(row => [String(row.session_id), String(row.root)]));
  for (const [absorbed, root] of roots) {
    if (roots.has(root)) faults.push(`alias ${absorbed}: its root ${root} is itself absorbed`);
    if (!live.has(root)) faults.push(`alias ${absorbed}: its root ${root} is no live session`);
    if (live.has(absorbed)) faults.push(`alias ${absorbed}: it is a live session`);
  }
  for (const row of sessions) {
    const id = String(row.session_id);
    if (isTombstone(row) && !roots.has(id)) faults.push(`tombstone ${id}: has no alias`);
  }
  const resolved = events.map(row => {
    const given = String(row.session_id);
    const session_id = roots.get(given) ?? given;
    if (!live.has(session_id)) faults.push(`event ${place(row)}: its session ${session_id} is not there`);
    return { ...row, session_id };
  });
  const cell = ['topic', 'epoch', 'partition', 'block', 'site'];
  return {
    tables: {
      events: resolved,
      sessions: sessions.filter(row => !isTombstone(row)),
      minutes: newest(stored.minute_rows, [
        ...cell,
        ...['minute', 'event_name', 'country', 'device', 'platform', 'currency'],
      ]),
      ledger: newest(stored.ledger_rows, [...cell, 'hour', 'platform', 'outcome', 'reason']),
      deadLetters: newest(stored.dead_letter_rows, ['topic', 'epoch', 'partition', 'offset']),
      positions: newest(stored.positions, ['topic', 'epoch', 'partition']),
    },
    faults,
  };
}

function isTombstone(row: Row): boolean {
  return row.tombstone === true || row.tombstone === 1;
}

function place(row: Row): string {
  return `${row.topic}-${row.epoch}-${row.partition}-${row.offset}`;
}

function versionOf(row: Row): bigint {
  return BigInt(String(row.version));
}

/** Of each key the row of the highest version; of equal ones the last, as ReplacingMergeTree has it. */
function newest(rows: readonly Row[], key: readonly string[]): Row[] {
  const found = new Map<string, Row>();
  for (const row of rows) {
    const name = key.map(column => String(row[column])).join('\u0000');
    const known = found.get(name);
    if (known === undefined || versionOf(row) >= versionOf(known)) found.set(name, row);
  }
  return [...found.values()];
}

/** A session's rows of one version must agree: each is the same prefix of the log. `state` is the fold's own affair. */
function contradictions(rows: readonly Row[]): string[] {
  const faults: string[] = [];
  const said = new Map<string, string>();
  for (const row of rows) {
    const name = `session ${String(row.session_id)}, version ${String(row.version)}`;
    const content = asText({ ...row, state: '' });
    const before = said.get(name);
    if (before === undefined) said.set(name, content);
    else if (before !== content) faults.push(`${name}: two rows differ: ${before} and ${content}`);
  }
  return faults;
}

/** Text that does not depend on the order of keys. */
function asText(value: unknown): string {
  return JSON.stringify(value, (_, one: unknown) => {
    if (typeof one === 'bigint') return String(one);
    if (one instanceof Map) return [...one].sort(([a], [b]) => (String(a) < String(b) ? -1 : 1));
    if (typeof one !== 'object' || one === null || Array.isArray(one)) return one;
    return Object.fromEntries(Object.entries(one).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
