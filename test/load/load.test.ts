import { createWriteStream, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ClickHouseClient } from '@clickhouse/client';
import avro from 'avsc';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkRows } from '../../pipeline/load/check.ts';
import { loadFile } from '../../pipeline/load/load.ts';
import { csvRows, jsonRows, readRows } from '../../pipeline/load/read.ts';
import { LOADED_TABLES, type LoadedName } from '../../pipeline/load/tables.ts';
import { migrateDatabase } from '../../pipeline/migrate.ts';
import { startTestClickHouse, type TestClickHouse } from '../support/clickhouse.ts';
import { sqlFiles } from '../support/warehouse.ts';

const directory = mkdtempSync(join(tmpdir(), 'footfall-load-'));
const database = 'footfall';
let clickhouse: TestClickHouse;
let client: ClickHouseClient;

beforeAll(async () => {
  clickhouse = await startTestClickHouse();
  client = clickhouse.client();
  await migrateDatabase({ client, database });
});
afterAll(async () => {
  await clickhouse?.stop();
  rmSync(directory, { recursive: true, force: true });
});

function file(name: string, content: string): string {
  const path = join(directory, name);
  writeFileSync(path, content);
  return path;
}

async function value(query: string): Promise<string> {
  const answer = await client.query({ query, format: 'TabSeparated' });
  return (await answer.text()).trimEnd();
}

const load = (table: LoadedName, path: string): ReturnType<typeof loadFile> =>
  loadFile({ client, database, table, path });

describe('every table', () => {
  it.each(Object.keys(LOADED_TABLES))('%s has the columns that may be loaded', name => {
    const text = sqlFiles('tables').find(f => f.name === name)?.text ?? '';
    const body = text.slice(text.indexOf('(\n'), text.lastIndexOf('\n)'));
    const inSql = [...body.matchAll(/^ {4}(?!CONSTRAINT\b)(\w+) /gm)]
      .map(match => match[1])
      .filter(column => column !== 'loaded_at');
    const table = LOADED_TABLES[name as LoadedName];
    expect([...Object.keys(table.required), ...Object.keys(table.others)].toSorted()).toEqual(
      inSql.toSorted(),
    );
    const key = /ORDER BY \(?([\w, ]+)\)?;/.exec(text)?.[1]?.split(', ') ?? [];
    expect([...table.key].toSorted()).toEqual(key.toSorted());
  });
});

describe('loading', () => {
  it('loads a whole file, defaults for what it leaves out, and a later row replaces one of the same key', async () => {
    await load(
      'sites',
      file('sites.csv', 'site,timezone,currency,key_events\nkyoto,Asia/Tokyo,JPY,purchase|sign_up\n'),
    );
    expect(
      await value(
        `SELECT site_zone('kyoto'), site_currency('kyoto'), site_key_events('kyoto'), dormant_days FROM footfall.sites FINAL WHERE site = 'kyoto'`,
      ),
    ).toBe("Asia/Tokyo\tJPY\t['purchase','sign_up']\t60");
    const costs = file(
      'a.csv',
      '\ufeffsite,day,source,currency,cost,campaign\r\nkyoto,2026-11-01,google,JPY,1200,"a, ""b"""\r\n',
    );
    expect(await load('ad_costs', costs)).toEqual({ loaded: 1, bad: [], unknownSites: [] });
    await load(
      'ad_costs',
      file(
        'b.json',
        '[{"site":"kyoto","day":"2026-11-01","source":"google","currency":"JPY","cost":1300,"campaign":"a, \\"b\\""}]',
      ),
    );
    expect(
      await value('SELECT source, campaign, cost, commission, clicks FROM footfall.ad_costs FINAL'),
    ).toBe('google\ta, "b"\t1300\t0\t0');
  });

  it('loads nothing of a file with a bad row, and says the line and the reason of each', async () => {
    const path = file(
      'bad.csv',
      [
        'site,day,currency,cost',
        'kyoto,2026-11-01,JPY,1',
        'kyoto,2026-02-30,JPY,1',
        'kyoto,2026-11-02,yen,12.50',
        'kyoto,2026-11-03,JPY',
        ',2026-11-03,JPY,1',
        'kyoto,2026-11-01,JPY,2',
        '"kyoto',
        '",2026-11-04,JPY,9007199254740993',
      ].join('\n'),
    );
    const before = await value('SELECT count() FROM footfall.ad_costs');
    const report = await load('ad_costs', path);
    expect(report.loaded).toBe(0);
    expect(report.bad.map(bad => `${bad.place}: ${bad.reason}`)).toEqual([
      'line 5: has 3 cells, the header has 4',
      "line 3: day is '2026-02-30'; it may be a day, YYYY-MM-DD, from 1970-01-01 to 2149-06-06",
      "line 4: currency is 'yen'; it may be the three capital letters of ISO 4217, such as EUR",
      expect.stringMatching(
        /^line 4: cost is '12.50'; it may be minor units of the currency \(1250 for 12.50 EUR\)/,
      ),
      'line 6: site is missing; it may be text that is not empty',
      'line 7: the same site, day, source, medium, campaign, term, content, currency as line 2: which of them counts?',
      expect.stringMatching(/^line 9: cost is '9007199254740993'/),
    ]);
    expect(await value('SELECT count() FROM footfall.ad_costs')).toBe(before);
  });

  it('loads Avro, its logical types included, and refuses what is none', async () => {
    const path = join(directory, 'people.avro');
    const type: avro.Schema = {
      type: 'record',
      name: 'Chosen',
      fields: [
        { name: 'site', type: 'string' },
        { name: 'campaign', type: 'string' },
        { name: 'person_id', type: 'string' },
        { name: 'arm', type: 'string' },
        { name: 'at', type: { type: 'long', logicalType: 'timestamp-millis' } },
      ],
    };
    const row = {
      site: 'kyoto',
      campaign: 'spring',
      person_id: 'u:ann',
      arm: 'held_out',
      at: Date.UTC(2026, 10, 1, 12),
    };
    const rows = [row, { ...row, person_id: 'v:x', arm: 'treated' }];
    await pipeline(
      Readable.from(rows),
      new avro.streams.BlockEncoder(avro.Type.forSchema(type)),
      createWriteStream(path),
    );
    expect((await load('campaign_people', path)).loaded).toBe(2);
    expect(
      await value('SELECT person_id, arm, at FROM footfall.campaign_people FINAL ORDER BY person_id'),
    ).toBe('u:ann\theld_out\t2026-11-01 12:00:00.000\nv:x\ttreated\t2026-11-01 12:00:00.000');
    const bad = await load('campaign_people', file('no.avro', 'person_id,arm\n'));
    expect(bad.bad[0]?.reason).toContain('is no Avro');
  });

  it('names sites that nothing knows, and loads all the same', async () => {
    const report = await load(
      'calendar',
      file(
        'c.jsonl',
        '{"site":"kioto","day":"2026-11-11","name":"singles"}\n\n{"site":"kyoto","day":"2026-11-11","name":"singles"}\n',
      ),
    );
    expect(report).toEqual({ loaded: 2, bad: [], unknownSites: ['kioto'] });
  });

  it('says which kinds of files there are', async () => {
    await expect(readRows(file('x.xlsx', ''))).rejects.toThrow(
      'files end in .csv, .json (an array, or an object a line) or .avro',
    );
  });
});

describe('checks', () => {
  const reasons = (table: LoadedName, rows: Array<Record<string, unknown>>): string[] =>
    checkRows(LOADED_TABLES[table], {
      bad: [],
      rows: rows.map((values, i) => ({ place: `row ${i + 1}`, values })),
    }).bad.map(b => b.reason);
  const experiment = {
    experiment: 'e',
    since: '2026-11-01 00:00:00',
    variations: ['a', 'b'],
    metrics: ['m'],
  };

  it('of what belongs together', () => {
    expect(reasons('experiments', [experiment])).toEqual([]);
    expect(
      reasons('experiments', [{ ...experiment, variations: 'a|b', metrics: '["m","!g"]', weights: '1|2' }]),
    ).toEqual([]);
    expect(reasons('experiments', [{ ...experiment, weights: [1] }])).toEqual([
      'there are 1 weights and 2 variations',
    ]);
    expect(reasons('experiments', [{ ...experiment, variations: ['a', 'a'] }])).toEqual([
      'a variation is named twice',
    ]);
    expect(reasons('experiments', [{ ...experiment, metrics: ['!m'] }])[0]).toContain(
      'cannot be a guardrail',
    );
    expect(reasons('experiments', [{ ...experiment, until: '2026-10-01 00:00:00' }])[0]).toContain(
      'is after until',
    );
    expect(
      reasons('campaign_plans', [{ site: 's', campaign: 'c', since: '2026-11-02', until: '2026-11-01' }]),
    ).toEqual(['since 2026-11-02 is after until 2026-11-01']);
    expect(
      reasons('fx_rates', [{ day: '2026-11-01', from_currency: 'EUR', to_currency: 'EUR', rate: 2 }]),
    ).toEqual(['a currency is 1 of itself']);
  });

  it('of values one by one', () => {
    expect(reasons('sites', [{ site: 's', timezone: 'Mars/Olympus' }])[0]).toContain('IANA time zone');
    expect(reasons('annotations', [{ at: '2026-11-01T12:00:00+01:00', text: 'x' }])).toEqual([]);
    expect(reasons('annotations', [{ at: '2026-11-01', text: 'x' }])[0]).toContain('a time in UTC');
    expect(
      reasons('campaign_people', [{ site: 's', campaign: 'c', person_id: 'ann', arm: 'control', at: 0 }]),
    ).toHaveLength(2);
    expect(
      reasons('fx_rates', [{ day: '2026-11-01', from_currency: 'EUR', to_currency: 'USD', rate: '0' }]),
    ).toHaveLength(1);
    expect(reasons('calendar', [{ site: 's', day: '2026-11-11', name: 'x', nme: 'y' }])[0]).toContain(
      "unknown column 'nme'; columns: site, day, name",
    );
  });
});

describe('reading', () => {
  it('tells CSV that is none, a header twice, JSON that is none', () => {
    expect(csvRows('').bad).toEqual([{ place: 'line 1', reason: 'there is no header' }]);
    expect(csvRows('a,a\n1,2\n').bad).toEqual([{ place: 'line 1', reason: "column 'a' is there twice" }]);
    expect(csvRows('a,b\n"1,2\n').bad[0]?.reason).toMatch(/[Qq]uote/);
    expect(jsonRows('{"a":1}\n{"a":}\n[]').bad.map(b => b.place)).toEqual(['line 2', 'line 3']);
    expect(jsonRows('[{"a":1},2]').bad).toEqual([{ place: 'row 2', reason: 'is no object' }]);
  });
});
