import { describe, expect, it } from 'vitest';
import { askedViews, createAsk, createAsked, withAskedReads } from '../../pipeline/migrate/asked.ts';
import { readingBase, schemaObjects } from '../../pipeline/migrate/schema.ts';
import { openWarehouse } from '../support/warehouse.ts';

const VISITS = {
  name: 'visits',
  create:
    "CREATE OR REPLACE VIEW footfall.visits AS SELECT '{no:String}' AS x FROM footfall.session_rows WHERE site = {site:String} AND t >= {start:DateTime64(3, 'UTC')}",
};
const asked = askedViews([
  VISITS,
  { name: 'people', create: 'CREATE OR REPLACE VIEW footfall.people AS SELECT 1' },
  {
    name: 'check_site',
    create: "CREATE OR REPLACE VIEW footfall.check_site AS SELECT throwIf({site:String} = '', 'no') AS ok",
  },
]);

describe('base views with parameters, as they are created', () => {
  it('are those that have parameters and raise no error about them', () => {
    expect([...asked.keys()]).toEqual(['visits']);
  });

  it('take their parameters from the setting, strings that look like one aside', () => {
    expect(createAsked(VISITS).split(' FROM ')).toEqual([
      "CREATE OR REPLACE VIEW footfall.visits AS SELECT '{no:String}' AS x",
      "footfall.session_rows WHERE site = JSONExtract(getSetting('log_comment'), 'site', 'String') AND t >= JSONExtract(getSetting('log_comment'), 'start', 'DateTime64(3, \\'UTC\\')')",
    ]);
    expect(createAsk('visits')).toContain('footfall.ask_visits');
  });

  it('are read by what sets it, whatever the values hold, one inside another', () => {
    expect(
      withAskedReads(
        "SELECT * FROM footfall.visits(start = f('a,)', [1, 2]), site = 'it''s') AS v, footfall.people",
        asked,
      ),
    ).toBe(
      "SELECT * FROM footfall.ask_visits(asked = toJSONString(CAST(tuple('it''s', f('a,)', [1, 2])), " +
        "'Tuple(site String, start DateTime64(3, \\'UTC\\'))'))) AS v, footfall.people",
    );
    const inner = "(SELECT max(t) FROM footfall.visits(site = 'b', start = 0))";
    expect(
      withAskedReads(`SELECT 1 FROM footfall.visits(site = 'a', start = ${inner})`, asked),
    ).not.toContain('footfall.visits(');
  });

  it('are not read without all their parameters, nor with others', () => {
    expect(() => withAskedReads("footfall.visits(site = 'a')", asked)).toThrow(
      'visits is read without start',
    );
    expect(() => withAskedReads("footfall.visits(site = 'a', start = 0, end = 1)", asked)).toThrow(
      'visits has no parameter end',
    );
    expect(() => withAskedReads("footfall.visits(site = 'a', site = 'b', start = 0)", asked)).toThrow(
      "not an argument of visits: site = 'b'",
    );
  });

  it('leave no read of another kind in all of sql/, for any database', () => {
    const objects = schemaObjects({ database: 'shop_db' });
    const names = objects.filter(o => o.name.startsWith('ask_')).map(o => o.name.slice('ask_'.length));
    expect(names.length).toBeGreaterThan(40);
    const other = new RegExp(`\\b\\w+\\.(${names.join('|')})\\(`);
    for (const object of objects) expect(object.create, object.name).not.toMatch(other);
  });

  it('answer as they are asked, with quotes, backslashes and line ends in the values', () => {
    const warehouse = openWarehouse();
    try {
      for (const site of ["it's", 'back\\slash', 'two\nlines', '"json"', 'é']) {
        warehouse.insert('profile_values', [{ site, user_id: 'a', key: 'k', value: site }]);
        const [row] = warehouse.rows<{ value: string }>(
          `SELECT value FROM footfall.profiled_people(site = '${site.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}', by = 'profile:k')`,
        );
        expect(row?.value).toBe(site);
      }
      expect(readingBase("SELECT 1 FROM footfall.profiled_people(site = 's', by = '')", 'shop_db')).toContain(
        'FROM shop_db.ask_profiled_people(',
      );
    } finally {
      warehouse.close();
    }
  });
});
