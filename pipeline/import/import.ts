import type { Event } from '../contract/event.ts';
import { createEventFileWriter } from '../contract/eventFile.ts';
import { eventType } from '../contract/schema.ts';
import { rejectionOf } from '../fold/validate.ts';
import { type Mapped, Refusal, type SourceRow } from './rows.ts';

/** A kind of export: its rows, and how one becomes an event. */
export interface Format<T> {
  rows(path: string): AsyncIterable<SourceRow<T>>;
  /** Errors: Refusal. */
  event(row: T): Mapped;
}

export interface ImportReport {
  rows: number;
  written: number;
  refused: number;
  /** The first of them. */
  refusals: { path: string; line: number; reason: string }[];
  /** Fields with a value that has no place in an event, the most frequent first. */
  left: { field: string; why: string; rows: number }[];
  /** Rows with a field beyond the limit of fields reported. */
  leftOthers: number;
  events: Record<string, number>;
}

/** What a report holds at most, however the export is made. */
const REFUSALS_MAX = 50;
const LEFT_MAX = 500;
const NAMES_MAX = 500;

/** The first row that is refused, where none may be. */
export class RefusedRow extends Error {
  override readonly name = 'RefusedRow';
}

/**
 * Exports as one event file, row by row. A row is refused if it cannot be read, or if its event would be rejected.
 * With `strict` the first such row is an error (RefusedRow) and no file is left; nor is one where no row was taken.
 */
export async function importFiles<T>(options: {
  format: Format<T>;
  paths: readonly string[];
  out: string;
  strict?: boolean;
  /** Now, ms: an event over an hour later is refused. */
  now: number;
  onProgress?: (rows: number) => void;
}): Promise<ImportReport> {
  const { format, paths, out, strict = false, now, onProgress = () => {} } = options;
  const report: ImportReport = {
    rows: 0,
    written: 0,
    refused: 0,
    refusals: [],
    left: [],
    leftOthers: 0,
    events: {},
  };
  const left = new Map<string, { field: string; why: string; rows: number }>();
  const names = new Map<string, number>();
  const writer = await createEventFileWriter(out, { codec: 'snappy' });
  try {
    for (const path of paths) {
      for await (const { line, row } of format.rows(path)) {
        report.rows++;
        if (report.rows % 1000 === 0) onProgress(report.rows);
        try {
          if (row instanceof Refusal) throw row;
          const mapped = format.event(row);
          const datum = encoded(mapped);
          const rejection = rejectionOf(eventType.fromBuffer(datum) as Event, null, now);
          // Without consent nothing but a count is kept, whatever else is wrong.
          if (rejection !== null && mapped.event.consent_analytics !== false)
            throw new Refusal(`${rejection.reason}: ${rejection.detail}`);
          const full = writer.writeEncoded(datum);
          if (full !== undefined) await full;
          report.written++;
          count(names, mapped.event.event_name, NAMES_MAX);
          note(mapped);
        } catch (error) {
          if (!(error instanceof Refusal)) throw error;
          if (strict) throw new RefusedRow(`${path}: line ${line}: ${error.message}`);
          report.refused++;
          if (report.refusals.length < REFUSALS_MAX)
            report.refusals.push({ path, line, reason: error.message });
        }
      }
    }
    if (report.written > 0) await writer.close();
    else await writer.abort();
  } catch (error) {
    await writer.abort();
    throw error;
  }
  report.left = [...left.values()].sort((a, b) => b.rows - a.rows || (a.field < b.field ? -1 : 1));
  report.events = Object.fromEntries([...names].sort(([, a], [, b]) => b - a));
  return report;

  function note(mapped: Mapped): void {
    // A field counts once a row, as often as it is there.
    for (const [field, why] of new Map(mapped.left.map(one => [one.field, one.why]))) {
      const known = left.get(field);
      if (known !== undefined) known.rows++;
      else if (left.size < LEFT_MAX) left.set(field, { field, why, rows: 1 });
      else report.leftOthers++;
    }
  }
}

/** Errors: Refusal for a value that the schema has no room for, as a quantity over 2^31. */
function encoded(mapped: Mapped): Buffer {
  try {
    return eventType.toBuffer(mapped.event);
  } catch (cause) {
    throw new Refusal(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

function count(counts: Map<string, number>, name: string, max: number): void {
  const key = counts.has(name) || counts.size < max ? name : '(other)';
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
