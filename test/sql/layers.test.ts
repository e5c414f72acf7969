import { describe, expect, it } from 'vitest';
import { inDependencyOrder, LAYERS, sqlFiles } from '../support/warehouse.ts';

/** Which layers a layer may read. */
const READS: Record<(typeof LAYERS)[number], string[]> = {
  // A function is looked into when it is called, not when it is made: it may stand on base views, made after it.
  functions: ['tables', 'base'],
  tables: ['tables'],
  base: ['tables', 'base'],
  marts: ['base'],
};
const all = LAYERS.flatMap(layer => sqlFiles(layer));
const layerOf = new Map(all.map(file => [file.name, file.layer]));

describe('the layers of sql/', () => {
  it('gives every object a name of its own', () => {
    expect(all.length).toBe(layerOf.size);
  });

  it('has no cycle', () => {
    for (const layer of LAYERS)
      expect(inDependencyOrder(sqlFiles(layer)).length).toBe(sqlFiles(layer).length);
  });

  it.each(all.map(file => [`${file.layer}/${file.name}`, file] as const))('%s', (_, file) => {
    const code = file.text.replace(/^\s*--.*$/gm, '');
    const created =
      /CREATE (?:OR REPLACE )?(?:TABLE|MATERIALIZED VIEW|VIEW|DICTIONARY|FUNCTION)\s+(?:IF NOT EXISTS )?(?:footfall\.)?(\w+)/.exec(
        code,
      );
    expect(created?.[1], 'is named like its file').toBe(file.name);
    for (const reference of file.references) {
      const layer = layerOf.get(reference);
      // Another engineer's object may not be there yet: then creating it fails, which the golden tests show.
      if (layer !== undefined) expect(READS[file.layer], `reads ${reference}`).toContain(layer);
    }
    if (file.layer === 'base' || file.layer === 'marts') {
      expect(file.text, 'says its grain first').toMatch(/^-- Grain: /);
      expect(file.text, 'says what it means').toMatch(/^-- Definition: /m);
      expect(file.text, 'says what it reads').toMatch(/^-- Source: /m);
      const parameters = [...new Set([...code.matchAll(/\{(\w+):/g)].map(match => match[1] ?? ''))];
      const header = /^-- Parameters: ((?:.|\n-- {3})*)/m.exec(file.text)?.[1] ?? '';
      for (const parameter of parameters)
        expect(header, 'says its parameters').toMatch(new RegExp(`\\b${parameter}\\b`));
    }
  });
});
