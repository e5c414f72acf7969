import type { FileRows } from './read.ts';
import { columnsOf, type LoadedTable, type Row } from './tables.ts';

/** A row that may not be loaded: where it stands, and why. */
export interface BadRow {
  place: string;
  reason: string;
}

/** Every row of a file as the table takes it, or every reason why not. */
export function checkRows(table: LoadedTable, file: FileRows): { rows: Row[]; bad: BadRow[] } {
  const bad: BadRow[] = [...file.bad];
  const rows: Row[] = [];
  const columns = columnsOf(table);
  const known = new Set(columns.map(([column]) => column));
  const placeOf = new Map<string, string>();
  for (const { place, values } of file.rows) {
    const reasons: string[] = [];
    for (const column of Object.keys(values))
      if (!known.has(column)) reasons.push(`unknown column '${column}'; columns: ${[...known].join(', ')}`);
    const row: Row = {};
    for (const [column, kind, required] of columns) {
      const value = Object.hasOwn(values, column) ? values[column] : undefined;
      if (value === undefined || value === null) {
        if (required) reasons.push(`${column} is missing; it may be ${kind.may}`);
        continue;
      }
      const read = kind.read(value);
      if (read === undefined) reasons.push(`${column} is ${shown(value)}; it may be ${kind.may}`);
      else row[column] = read;
    }
    if (reasons.length === 0) {
      const wrong = table.check?.(row) ?? null;
      if (wrong !== null) reasons.push(wrong);
    }
    if (reasons.length === 0) {
      const key = JSON.stringify(table.key.map(column => row[column] ?? null));
      const first = placeOf.get(key);
      if (first !== undefined)
        reasons.push(`the same ${table.key.join(', ')} as ${first}: which of them counts?`);
      else placeOf.set(key, place);
    }
    if (reasons.length === 0) rows.push(row);
    else bad.push(...reasons.map(reason => ({ place, reason })));
  }
  return { rows, bad };
}

const SHOWN_CHARS_MAX = 60;

function shown(value: unknown): string {
  const written = typeof value === 'string' ? `'${value}'` : (JSON.stringify(value) ?? String(value));
  return written.length > SHOWN_CHARS_MAX ? `${written.slice(0, SHOWN_CHARS_MAX)}…` : written;
}
