import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import avro from 'avsc';
import { CsvError, parse } from 'csv-parse/sync';
import { UsageError } from '../usageError.ts';

/** One row as a file has it: values by column, and where it stands ('line 3' or 'row 3'). */
export interface FileRow {
  place: string;
  values: Record<string, unknown>;
}

/** What a file says: its rows, and places that are no rows. */
export interface FileRows {
  rows: FileRow[];
  bad: Array<{ place: string; reason: string }>;
}

/** The whole file is checked and inserted at once, so it has a limit. */
export const FILE_BYTES_MAX = 256 * 1024 * 1024;

/** Errors: UsageError for a file that is no CSV, JSON or Avro by its name; what the file system says. */
export async function readRows(path: string): Promise<FileRows> {
  switch (extname(path).toLowerCase()) {
    case '.csv':
      return csvRows(await content(path));
    case '.json':
    case '.jsonl':
    case '.ndjson':
      return jsonRows(await content(path));
    case '.avro':
      return avroRows(path);
    default:
      throw new UsageError(`${path}: files end in .csv, .json (an array, or an object a line) or .avro`);
  }
}

async function content(path: string): Promise<string> {
  const bytes = await readFile(path);
  if (bytes.length > FILE_BYTES_MAX)
    throw new UsageError(`${path} is over ${FILE_BYTES_MAX} bytes: split it`);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw new UsageError(`${path} is not UTF-8`, { cause: error });
  }
}

/** With a header line. Empty cells are values left out. */
export function csvRows(written: string): FileRows {
  const found: FileRows = { rows: [], bad: [] };
  const records: Array<{ record: string[]; line: number }> = [];
  try {
    parse(written, {
      relax_column_count: true,
      skip_empty_lines: true,
      bom: true,
      trim: true,
      on_record: (record: string[], context) => {
        records.push({ record, line: context.lines });
        return null;
      },
    });
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    return { rows: [], bad: [{ place: `line ${error.lines ?? 1}`, reason: error.message }] };
  }
  const [header, ...rest] = records;
  if (header === undefined) return { rows: [], bad: [{ place: 'line 1', reason: 'there is no header' }] };
  const columns = header.record;
  const twice = columns.find((column, i) => columns.indexOf(column) !== i);
  if (twice !== undefined) found.bad.push({ place: 'line 1', reason: `column '${twice}' is there twice` });
  for (const { record, line } of rest) {
    const place = `line ${line}`;
    if (record.length === columns.length) {
      const cells = columns
        .map((column, i) => [column, record[i]] as const)
        .filter(([, cell]) => cell !== '');
      found.rows.push({ place, values: Object.fromEntries(cells) });
    } else found.bad.push({ place, reason: `has ${record.length} cells, the header has ${columns.length}` });
  }
  return found;
}

/** One array of objects, or an object a line. */
export function jsonRows(written: string): FileRows {
  const found: FileRows = { rows: [], bad: [] };
  const add = (value: unknown, place: string): void => {
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      found.rows.push({ place, values: { ...value } });
    else found.bad.push({ place, reason: 'is no object' });
  };
  const parsed = (json: string, place: string): { value: unknown } | null => {
    try {
      return { value: JSON.parse(json) };
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      found.bad.push({ place, reason: error.message });
      return null;
    }
  };
  if (/^\s*\[/.test(written)) {
    const whole = parsed(written, 'the file');
    if (whole !== null && Array.isArray(whole.value))
      whole.value.forEach((value: unknown, i) => {
        add(value, `row ${i + 1}`);
      });
    return found;
  }
  written.split('\n').forEach((line, i) => {
    if (line.trim() === '') return;
    const row = parsed(line, `line ${i + 1}`);
    if (row !== null) add(row.value, `line ${i + 1}`);
  });
  return found;
}

/** An Avro object container file of records; its field names are the columns. */
async function avroRows(path: string): Promise<FileRows> {
  const found: FileRows = { rows: [], bad: [] };
  const file = createReadStream(path);
  const decoder = new avro.streams.BlockDecoder({
    parseHook: schema => avro.Type.forSchema(schema, { wrapUnions: false }),
  });
  file.on('error', error => decoder.destroy(error));
  try {
    for await (const record of file.pipe(decoder)) {
      found.rows.push({ place: `row ${found.rows.length + 1}`, values: { ...record } });
    }
  } catch (error) {
    if (error instanceof Error && 'code' in error) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    found.bad.push({ place: `after row ${found.rows.length}`, reason: `is no Avro: ${reason}` });
  }
  return found;
}
