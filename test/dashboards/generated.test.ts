import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { VariableModel } from '@grafana/grafana-foundation-sdk/dashboard';
import { describe, expect, it } from 'vitest';
import type { Preview } from '../../dashboards/build.ts';
import { DASHBOARDS, generated } from '../../dashboards/generate.ts';
import { sqlFiles } from '../../pipeline/migrate/schema.ts';
import { dashboards, defaultsOf, panelsOf, sqlOf } from './grafana.ts';

const all = dashboards();
const uids = all.map(({ dashboard }) => dashboard.uid);
/** What Grafana fills in itself. */
const BUILT_IN = ['__url_time_range', '__all_variables', '__field.labels.series', '__value.raw'];
/** Questions of base views that are no marts: about the pipeline itself. */
const BASE_VIEWS = ['conservation', 'freshness'];

describe('what is committed', () => {
  it('is what `npm run dashboards` writes', () => {
    const files = generated();
    for (const [name, text] of files) expect(readFileSync(join(DASHBOARDS, name), 'utf8'), name).toBe(text);
    const names = readdirSync(join(DASHBOARDS, 'generated')).map(name => `generated/${name}`);
    expect(names.sort()).toEqual([...files.keys()].filter(name => name.startsWith('generated/')).sort());
  });

  it('has each mart on a panel', () => {
    const shown = new Set(
      all.flatMap(({ dashboard }) =>
        panelsOf(dashboard).map(panel => /FROM footfall\.(\w+)/.exec(sqlOf(panel) ?? '')?.[1]),
      ),
    );
    const marts = sqlFiles('marts').map(file => file.name);
    expect(marts.filter(name => !shown.has(name))).toEqual([]);
  });

  it('gives dashboards and panels names of their own', () => {
    expect(new Set(uids).size).toBe(uids.length);
    for (const { dashboard } of all) {
      const ids = (dashboard.panels ?? []).map(panel => panel.id);
      expect(new Set(ids).size, dashboard.title).toBe(ids.length);
      const titles = panelsOf(dashboard).map(panel => panel.title);
      expect(new Set(titles).size, dashboard.title).toBe(titles.length);
    }
  });
});

describe.each(all)('$file', ({ dashboard }) => {
  const variables = dashboard.templating.list ?? [];
  const names = variables.map(variable => variable.name);
  const panels = panelsOf(dashboard);

  it('asks one view a panel, with a question for a title and the definition for a description', () => {
    for (const panel of panels) {
      expect(panel.title).toMatch(/\?$/);
      const sql = sqlOf(panel);
      if (sql === null) {
        expect(panel.datasource?.type).toBe('prometheus');
        continue;
      }
      const views = [...sql.matchAll(/footfall\.(\w+)/g)].map(match => match[1] ?? '');
      expect(views, panel.title).toHaveLength(1);
      const [view = ''] = views;
      expect([...sqlFiles('marts').map(file => file.name), ...BASE_VIEWS]).toContain(view);
      expect(panel.description).toContain(`View: ${view}`);
      expect(panel.description).toContain('One row: ');
    }
  });

  it('uses only variables that it has, and has only those that it uses', () => {
    const text = JSON.stringify(dashboard);
    const used = [...text.matchAll(/\$\{([\w.]+)(?::\w+)?\}/g)].map(match => match[1] ?? '');
    expect(used.filter(name => !names.includes(name) && !BUILT_IN.includes(name))).toEqual([]);
    const unused = names.filter(name => !used.includes(name));
    // Money has it in its labels, where there is any.
    expect(unused.filter(name => name !== 'currency')).toEqual([]);
  });

  it('chooses by default what can be chosen', () => {
    const defaults = defaultsOf(dashboard);
    for (const variable of variables) {
      if (variable.type !== 'custom') continue;
      const options = variable.options?.map(option => option.value) ?? [];
      expect(options).toEqual(choices(variable));
      expect(options).toEqual(expect.arrayContaining([defaults[variable.name]].flat()));
      expect(options).not.toContain('');
    }
  });

  it('leads to next questions: boards that are there, and of them panels that are there', () => {
    const links = panels.flatMap(panel => panel.links ?? []).map(link => link.url ?? '');
    expect(links.length).toBeGreaterThan(0);
    const cells = panels.flatMap(panel =>
      (panel.fieldConfig?.overrides ?? []).flatMap(({ properties }) =>
        properties.flatMap(({ id, value }) =>
          id === 'links' ? (value as { url: string }[]).map(({ url }) => url) : [],
        ),
      ),
    );
    for (const url of [...links, ...cells]) {
      const [, uid, panel] = /^\/d\/([\w-]+)\?(?:viewPanel=(\d+)&)?/.exec(url) ?? [];
      const board = all.find(one => one.dashboard.uid === uid)?.dashboard;
      expect(uids).toContain(uid);
      if (panel === undefined || board === undefined) continue;
      const target = panelsOf(board).find(({ id }) => id === Number(panel));
      expect(target === undefined ? null : sqlOf(target)).toContain('FROM footfall.timeline(');
    }
  });

  it('leads from each list of people to what one of them did', () => {
    for (const panel of panels.filter(one => sqlOf(one)?.includes('person_id,') === true)) {
      const person = panel.fieldConfig?.overrides.find(({ matcher }) => matcher.options === 'person_id');
      expect(
        person?.properties.map(({ id }) => id),
        panel.title,
      ).toContain('links');
    }
  });

  it('keeps panels apart, on 24 columns', () => {
    const cells = new Set<string>();
    for (const { gridPos, title } of dashboard.panels ?? []) {
      if (gridPos === undefined) throw new Error(`${title} has no place`);
      expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24);
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++)
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
          expect(cells.has(`${x} ${y}`), `${title} at ${x} ${y}`).toBe(false);
          cells.add(`${x} ${y}`);
        }
    }
  });

  it('says of each panel how it is drawn elsewhere, and of an unknown figure that it is none', () => {
    for (const panel of panels) {
      const { preview } = panel.options as { preview: Preview };
      if (panel.datasource?.type === 'prometheus') expect(preview.as).toBe('none');
      else {
        expect(preview.as).not.toBe('none');
        expect(panel.fieldConfig?.defaults.mappings?.[0]).toMatchObject({
          type: 'special',
          options: { match: 'null+nan', result: { text: expect.stringMatching(/^(not yet|–)$/) } },
        });
        expect(panel.fieldConfig?.defaults.custom?.spanNulls ?? false).toBe(false);
      }
    }
  });
});

/** Choices of a custom variable as Grafana reads them from its query: 'text : value, …'. */
function choices(variable: VariableModel): string[] {
  return String(variable.query)
    .split(',')
    .map(part => (/^\s*(.+)\s:\s(.+)$/.exec(part)?.[2] ?? part).trim());
}
