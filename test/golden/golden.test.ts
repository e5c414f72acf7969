import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EventSketch, loadEvents } from '../support/load.ts';
import { openWarehouse, sqlFiles, type Warehouse } from '../support/warehouse.ts';

/**
 * One folder a view, one folder in it a case:
 *   title.txt      what the case holds, its edges named
 *   events.jsonl   events, only the fields that matter (test/support/event.ts has the defaults); the worker itself loads them (test/support/load.ts)
 *   tables.sql     optional: rows of the tables loaded by people, statements parted by `;`
 *   after.sql      optional: statements run when the events are in, as after a retry or a merge of sessions
 *   query.sql      what an analyst would type
 *   expected.tsv   the rows with their names, worked out by hand; or
 *   error.txt      what the message must contain
 * Adding a test is adding a folder.
 */
const FOLDER = import.meta.dirname;
const folders = (path: string): string[] =>
  readdirSync(path).filter(name => statSync(join(path, name)).isDirectory());

let warehouse: Warehouse;
beforeAll(() => {
  warehouse = openWarehouse();
});
afterAll(() => warehouse.close());

function runAll(script: string): void {
  for (const statement of script.split(/;\s*$/m)) if (statement.trim() !== '') warehouse.run(statement);
}

it('has a folder for every mart', () => {
  // Experiments are held in test/experiments, against every assignment worked out the long way.
  const marts = sqlFiles('marts').map(file => file.name);
  const shown = marts.filter(name => !name.startsWith('experiment'));
  const cases = new Set(folders(FOLDER).filter(view => folders(join(FOLDER, view)).length > 0));
  expect(shown.filter(name => !cases.has(name))).toEqual([]);
});

for (const view of folders(FOLDER)) {
  describe(view, () => {
    for (const name of folders(join(FOLDER, view))) {
      const file = (part: string): string => join(FOLDER, view, name, part);
      const read = (part: string): string => (existsSync(file(part)) ? readFileSync(file(part), 'utf8') : '');
      it(`${name}: ${read('title.txt').trim()}`, async () => {
        warehouse.clear();
        runAll(read('tables.sql'));
        warehouse.run('SYSTEM RELOAD DICTIONARY footfall.site_facts');
        const lines = read('events.jsonl').split('\n');
        await loadEvents(
          warehouse,
          lines.filter(line => line.trim() !== '').map(line => JSON.parse(line) as EventSketch),
        );
        runAll(read('after.sql'));
        const query = read('query.sql').trim().replace(/;$/, '');
        if (existsSync(file('error.txt'))) {
          expect(() => warehouse.text(query, 'TSVWithNames')).toThrow(read('error.txt').trim());
        } else {
          expect(warehouse.text(query, 'TSVWithNames').trimEnd()).toBe(read('expected.tsv').trimEnd());
        }
      });
    }
  });
}
