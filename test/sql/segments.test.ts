import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { withSegments } from '../../pipeline/migrate/segments.ts';
import { sqlFiles } from '../support/warehouse.ts';

const files = readdirSync(join(import.meta.dirname, '../../sql/segments')).map(file =>
  file.replace(/\.sql$/, ''),
);

it('makes every file of sql/segments a segment', () => {
  const base = sqlFiles('base');
  const people = base.find(file => file.name === 'segment_people')?.text ?? '';
  const names = base.find(file => file.name === 'segment_names')?.text ?? '';
  expect(files.length).toBeGreaterThan(0);
  for (const name of files) {
    expect(people).toContain(`UNION ALL\nSELECT '${name}' AS segment`);
    expect(names).toContain(`'${name}'`);
  }
});

it('leaves other files as they are', () => {
  expect(withSegments('SELECT 1')).toBe('SELECT 1');
});
