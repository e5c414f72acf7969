import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ClickHouseClient } from '@clickhouse/client';
import { Session } from 'chdb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dictionaryUser, roleStatements } from '../../pipeline/migrate/roles.ts';
import { schemaObjects } from '../../pipeline/migrate/schema.ts';
import { migrateDatabase, pendingMigrations } from '../../pipeline/migrate.ts';
import { startTestClickHouse, type TestClickHouse } from '../support/clickhouse.ts';

const database = 'footfall';
let clickhouse: TestClickHouse;
let client: ClickHouseClient;

beforeAll(async () => {
  clickhouse = await startTestClickHouse();
  client = clickhouse.client();
});
afterAll(() => clickhouse?.stop());

async function value(query: string): Promise<string> {
  const answer = await client.query({ query, format: 'TabSeparated' });
  return (await answer.text()).trimEnd();
}

async function failure(work: Promise<unknown>): Promise<string> {
  return await work.then(
    () => 'done',
    error => String(error),
  );
}

/** What SHOW CREATE says of every object. */
const described = (): Promise<string> =>
  value(
    `SELECT arrayStringConcat(arraySort(groupArray(name || ': ' || create_table_query)), '\n') FROM system.tables WHERE database = 'footfall'`,
  );

describe('migrate', () => {
  it('makes everything once, and finds nothing to do the second time', async () => {
    expect(await pendingMigrations(client, { database })).toHaveLength(schemaObjects({ database }).length);
    const started = performance.now();
    const first = await migrateDatabase({ client, database });
    const tookMs = performance.now() - started;
    expect([first.changed, first.unchanged, first.obsolete]).toEqual([[], 0, []]);
    expect(first.created.toSorted()).toEqual(
      schemaObjects({ database })
        .map(o => o.name)
        .toSorted(),
    );
    const before = await described();

    const second = await migrateDatabase({ client, database });
    expect([second.created, second.changed, second.unchanged]).toEqual([[], [], first.created.length]);
    expect(await described()).toBe(before);
    expect(await pendingMigrations(client, { database })).toEqual([]);
    // 1.0 s for 120 objects on an idle machine.
    expect(tookMs).toBeLessThan(20_000);
  });

  it('keeps rows, and adds the columns, comments, defaults and indexes that a table lacks', async () => {
    const before = await described();
    await client.command({
      query: `INSERT INTO footfall.sites (site, timezone) VALUES ('shop', 'Asia/Shanghai')`,
    });
    for (const change of [
      'ALTER TABLE footfall.sites DROP COLUMN key_events, DROP COLUMN point_value',
      `ALTER TABLE footfall.sites MODIFY COLUMN currency String DEFAULT 'EUR'`,
      `ALTER TABLE footfall.sites COMMENT COLUMN timezone 'other'`,
      'ALTER TABLE footfall.event_rows DROP INDEX name_set',
      'ALTER TABLE footfall.event_rows DROP COLUMN items.seller_id',
    ])
      await client.command({ query: change });
    await forget('sites', 'event_rows');

    const done = await migrateDatabase({ client, database });
    expect(done.changed.toSorted()).toEqual(['event_rows', 'sites']);
    expect(await value('SELECT timezone, currency, key_events FROM footfall.sites')).toBe(
      "Asia/Shanghai\tUSD\t['purchase']",
    );
    const columns = (of: string): string => of.split('\n').find(line => line.startsWith('sites: ')) ?? '';
    expect(columns(await described())).toBe(columns(before));
    expect(
      await value(`SELECT name FROM system.data_skipping_indices WHERE table = 'event_rows' ORDER BY name`),
    ).toBe('name_set\noffset_range\ntime_range');
    expect(
      await value(
        `SELECT count() FROM system.columns WHERE table = 'event_rows' AND name = 'items.seller_id'`,
      ),
    ).toBe('1');
    expect(await value(`SELECT count() FROM system.tables WHERE name LIKE '%\\_\\_wanted'`)).toBe('0');
    await client.command({ query: 'TRUNCATE TABLE footfall.sites' });
  });

  it('leaves a column that it does not know', async () => {
    await client.command({ query: 'ALTER TABLE footfall.fx_rates ADD COLUMN note String' });
    await forget('fx_rates');
    await migrateDatabase({ client, database });
    expect(await value(`SELECT count() FROM system.columns WHERE table = 'fx_rates' AND name = 'note'`)).toBe(
      '1',
    );
    await client.command({ query: 'ALTER TABLE footfall.fx_rates DROP COLUMN note' });
  });

  it('refuses a table of another type or key, and says which', async () => {
    await client.command({ query: 'DROP TABLE footfall.fx_rates' });
    await client.command({
      query: `CREATE TABLE footfall.fx_rates (day Date, from_currency LowCardinality(String), to_currency LowCardinality(String), rate Float32,
              loaded_at DateTime64(3, 'UTC') DEFAULT now64(3)) ENGINE = ReplacingMergeTree(loaded_at) ORDER BY day`,
    });
    await forget('fx_rates');
    const told = await failure(migrateDatabase({ client, database }));
    expect(told).toContain('sql/tables/fx_rates.sql');
    expect(told).toContain('column rate of fx_rates is Float32, in this version Float64');
    expect(told).toContain(
      'table fx_rates has sorting key day, this version from_currency, to_currency, day',
    );
    expect(await pendingMigrations(client, { database })).toContain('fx_rates');
    await client.command({ query: 'DROP TABLE footfall.fx_rates' });
    await migrateDatabase({ client, database });
  });

  it('makes again what somebody dropped or changed, and what reads it', async () => {
    await client.command({ query: 'DROP VIEW footfall.freshness' });
    await client.command({ query: 'DROP FUNCTION site_zone' });
    const done = await migrateDatabase({ client, database });
    expect(done.created.toSorted()).toEqual(['freshness', 'site_zone']);

    // A view's columns are fixed when it is made: so what reads a changed one is made again too.
    const [asOf] = schemaObjects({ database }).filter(o => o.name === 'as_of');
    const readers = schemaObjects({ database }).filter(o => o.references.includes('as_of'));
    expect(asOf).toBeDefined();
    expect(readers.length).toBeGreaterThan(0);
    await forget('as_of', ...readers.map(o => o.name));
    expect((await migrateDatabase({ client, database })).changed.toSorted()).toEqual(
      ['as_of', ...readers.map(o => o.name)].toSorted(),
    );
  });

  it('changes a materialized view in place', async () => {
    await client.command({
      query: `ALTER TABLE footfall.account_rows_feed MODIFY QUERY SELECT site, visitor_id, 'x' AS user_id, min((event_time, event_id)) AS first, max((event_time, event_id)) AS last FROM footfall.event_rows GROUP BY site, visitor_id`,
    });
    await forget('account_rows_feed');
    const before = await value(`SELECT uuid FROM system.tables WHERE name = 'account_rows_feed'`);
    expect((await migrateDatabase({ client, database })).changed).toEqual(['account_rows_feed']);
    expect(await value(`SELECT uuid FROM system.tables WHERE name = 'account_rows_feed'`)).toBe(before);
    expect(
      await value(
        `SELECT as_select LIKE '%user_id != %' FROM system.tables WHERE name = 'account_rows_feed'`,
      ),
    ).toBe('1');
  });

  it('refuses a second database on a server, whose functions would answer from the wrong one', async () => {
    expect(await failure(migrateDatabase({ client, database: 'other' }))).toContain(
      'already has a Footfall, in database footfall',
    );
    await client.command({ query: 'DROP DATABASE other' });
  });

  it('refuses a cluster that is not there', async () => {
    expect(await failure(migrateDatabase({ client, database, cluster: 'nope' }))).toContain(
      'CLICKHOUSE_CLUSTER: ClickHouse knows no cluster nope',
    );
  });
});

/** As if another version had made them. */
async function forget(...names: string[]): Promise<void> {
  await client.insert({
    table: 'footfall.schema_objects',
    values: names.map(name => ({ name, hash: 'old', applied_at: Date.now() })),
    format: 'JSONEachRow',
  });
}

describe('the statements of a cluster', () => {
  it('are valid, on the cluster, replicated and in the database given', () => {
    const objects = schemaObjects({ database: 'shop_db', cluster: 'main' });
    const session = new Session();
    try {
      for (const { name, kind, create } of objects) {
        expect(create, name).toContain(' ON CLUSTER `main`');
        expect(create, name).not.toMatch(/\bfootfall\./);
        if (kind === 'TABLE') expect(create, name).toMatch(/ENGINE = Replicated\w*MergeTree/);
        expect(() => session.query(`SELECT formatQuery(${text(create)}) FORMAT Null`), name).not.toThrow();
      }
    } finally {
      session.close();
    }
  });
});

// The engine in process takes no users by SQL, so here its parser has to do.
describe('roles and users', () => {
  it('are made by valid statements, on a server and on a cluster', () => {
    const session = new Session();
    try {
      for (const cluster of [undefined, 'main']) {
        const place = { database, cluster };
        const statements = [
          ...roleStatements({ ...place, passwords: { reader: 'one', writer: 'two' } }),
          ...dictionaryUser(place).statements,
        ];
        expect(
          statements.every(statement => statement.includes('ON CLUSTER') === (cluster !== undefined)),
        ).toBe(true);
        for (const statement of statements)
          expect(
            () => session.query(`SELECT formatQuery(${text(statement)}) FORMAT Null`),
            statement,
          ).not.toThrow();
      }
    } finally {
      session.close();
    }
  });

  it('let the dictionary read as a user of its own, from this server alone', () => {
    const { source } = dictionaryUser({ database });
    const password = /PASSWORD '(.*)'/.exec(source)?.[1] ?? '';
    const files = mkdtempSync(join(tmpdir(), 'footfall-roles-'));
    const user = (name: string, key: string, ip: string, grants: string): string =>
      `<${name}><password>${key}</password><networks><ip>${ip}</ip></networks><profile>default</profile><quota>default</quota>${grants}</${name}>`;
    const onlySites = '<grants><query>GRANT SELECT ON footfall.sites</query></grants>';
    writeFileSync(
      join(files, 'users.xml'),
      `<clickhouse><profiles><default/></profiles><quotas><default/></quotas><users>${user('default', '', '::/0', '')}${user('footfall_dictionary', password, '127.0.0.1', onlySites)}</users></clickhouse>`,
    );
    writeFileSync(
      join(files, 'config.xml'),
      `<clickhouse><users_config>${join(files, 'users.xml')}</users_config></clickhouse>`,
    );
    const session = new Session(join(files, 'data'), {
      connectionArgs: [`--config-file=${join(files, 'config.xml')}`],
    });
    try {
      session.query('CREATE DATABASE footfall');
      const create = (name: string): string =>
        schemaObjects({ database }).find(o => o.name === name)?.create ?? '';
      session.query(create('sites'));
      session.query(`INSERT INTO footfall.sites (site, timezone) VALUES ('shop', 'Asia/Shanghai')`);
      const zone = `SELECT dictGet('footfall.site_facts', 'timezone', tuple('shop'))`;
      session.query(create('site_facts').replace('SOURCE(CLICKHOUSE(', `SOURCE(CLICKHOUSE(${source} `));
      expect(session.query(zone, 'TSV')).toBe('Asia/Shanghai\n');
      // That it is this user who reads: with another password it is refused.
      session.query(
        create('site_facts')
          .replace('SOURCE(CLICKHOUSE(', `SOURCE(CLICKHOUSE(${source.replace(password, 'other')} `)
          .replace('CREATE DICTIONARY IF NOT EXISTS', 'CREATE OR REPLACE DICTIONARY'),
      );
      expect(() => session.query(zone)).toThrow('Authentication failed');
    } finally {
      session.close();
      rmSync(files, { recursive: true, force: true });
    }
  });

  it('are given no password in plain text', () => {
    const statements = roleStatements({ database, passwords: { reader: 'hunter2', writer: 'hunter3' } });
    expect(statements.join()).not.toMatch(/hunter/);
  });
});

function text(value: string): string {
  return `'${value.replace(/[\\']/g, mark => `\\${mark}`)}'`;
}
