import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Session } from 'chdb';
import {
  inDependencyOrder,
  LAYERS,
  readingBase,
  type SqlFile,
  schemaObjects,
  sqlFiles,
} from '../../pipeline/migrate/schema.ts';

export { inDependencyOrder, LAYERS, type SqlFile, sqlFiles };

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
  for (const object of schemaObjects({ database: 'footfall' })) {
    try {
      run(object.create);
    } catch (error) {
      throw new Error(`sql/${object.layer}/${object.name}.sql`, { cause: error });
    }
  }
  const rows = <T>(sql: string): T[] =>
    session
      .query(readingBase(sql), 'JSONEachRow')
      .split('\n')
      .filter(line => line !== '')
      .map(line => JSON.parse(line) as T);
  return {
    run,
    rows,
    text: (sql, format) => session.query(readingBase(sql), format),
    insert(table, values) {
      if (values.length === 0) return;
      run(
        `INSERT INTO footfall.${table} FORMAT JSONEachRow ${values.map(row => JSON.stringify(row)).join('\n')}`,
      );
    },
    clear() {
      // Only those with rows: emptying one costs as much as asking for all.
      const filled = rows<{ name: string }>(
        "SELECT name FROM system.tables WHERE database = 'footfall' AND total_rows > 0",
      );
      for (const { name } of filled) run(`TRUNCATE TABLE footfall.${name}`);
      run('SYSTEM RELOAD DICTIONARY footfall.site_facts');
    },
    close() {
      session.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
