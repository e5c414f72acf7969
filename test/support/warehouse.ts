import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Session } from 'chdb';

const SQL = join(import.meta.dirname, '../../sql');
export const LAYERS = ['functions', 'tables', 'base', 'marts'] as const;
export type Layer = (typeof LAYERS)[number];

/** One object of the SQL tree: its text, and the `footfall.NAME`s that it mentions. */
export interface SqlFile {
  layer: Layer;
  name: string;
  text: string;
  references: string[];
}

/** The files of one layer, by name. */
export function sqlFiles(layer: Layer): SqlFile[] {
  const folder = join(SQL, layer);
  return readdirSync(folder)
    .filter(name => name.endsWith('.sql'))
    .sort()
    .map(file => {
      const name = file.slice(0, -'.sql'.length);
      const text = readFileSync(join(folder, file), 'utf8');
      const code = text.replace(/^\s*--.*$/gm, '');
      const found = [...code.matchAll(/\bfootfall\.([a-z_0-9]+)/g)].map(match => match[1] ?? '');
      return { layer, name, text, references: [...new Set(found)].filter(reference => reference !== name) };
    });
}

/** Orders files so that each comes after those it mentions. Throws on a cycle. */
export function inDependencyOrder(files: SqlFile[]): SqlFile[] {
  const byName = new Map(files.map(file => [file.name, file]));
  const done = new Set<string>();
  const ordered: SqlFile[] = [];
  const visit = (file: SqlFile, path: string[]): void => {
    if (done.has(file.name)) return;
    if (path.includes(file.name)) throw new Error(`cycle: ${[...path, file.name].join(' → ')}`);
    for (const reference of file.references) {
      const next = byName.get(reference);
      if (next) visit(next, [...path, file.name]);
    }
    done.add(file.name);
    ordered.push(file);
  };
  for (const file of files) visit(file, []);
  return ordered;
}

export interface Warehouse {
  run(sql: string): void;
  /** Rows as objects; 64-bit integers as numbers. Throws the server's message. */
  rows<T>(sql: string): T[];
  text(sql: string, format: string): string;
  insert(table: string, rows: ReadonlyArray<Record<string, unknown>>): void;
  /** Empties every table, keeping the views. */
  clear(): void;
  close(): void;
}

/** A ClickHouse in this process in a temporary directory, with every table, function and view of `sql/`. */
export function openWarehouse(): Warehouse {
  const directory = mkdtempSync(join(tmpdir(), 'footfall-warehouse-'));
  const session = new Session(directory, { connectionArgs: ['--output_format_json_quote_64bit_integers=0'] });
  const run = (sql: string): void => {
    session.query(sql, 'TSV');
  };
  run('CREATE DATABASE footfall');
  for (const file of sqlFiles('functions')) run(file.text.replace(/;\s*$/, ''));
  for (const layer of ['tables', 'base', 'marts'] as const) {
    for (const file of inDependencyOrder(sqlFiles(layer))) {
      try {
        run(file.text.replace(/;\s*$/, ''));
      } catch (error) {
        throw new Error(`sql/${layer}/${file.name}.sql`, { cause: error });
      }
    }
  }
  const rows = <T>(sql: string): T[] =>
    session
      .query(sql, 'JSONEachRow')
      .split('\n')
      .filter(line => line !== '')
      .map(line => JSON.parse(line) as T);
  return {
    run,
    rows,
    text: (sql, format) => session.query(sql, format),
    insert(table, values) {
      if (values.length === 0) return;
      run(
        `INSERT INTO footfall.${table} FORMAT JSONEachRow ${values.map(row => JSON.stringify(row)).join('\n')}`,
      );
    },
    clear() {
      for (const file of sqlFiles('tables')) {
        if (/CREATE TABLE/.test(file.text)) run(`TRUNCATE TABLE footfall.${file.name}`);
      }
      run('SYSTEM RELOAD DICTIONARY footfall.site_facts');
    },
    close() {
      session.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
