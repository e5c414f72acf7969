import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import pino from 'pino';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Event } from '../../pipeline/contract/event.ts';
import { readEventFile } from '../../pipeline/contract/eventFile.ts';
import { SINGLE_OBJECT_HEADER_BYTES } from '../../pipeline/contract/framing.ts';
import { eventType } from '../../pipeline/contract/schema.ts';
import { checkMapping, csvEvent, csvRows } from '../../pipeline/import/csv.ts';
import { ga4Event, ga4Rows } from '../../pipeline/import/ga4.ts';
import { type ImportReport, importFiles } from '../../pipeline/import/import.ts';
import { migrateDatabase } from '../../pipeline/migrate.ts';
import { replayFiles } from '../../pipeline/replay.ts';
import { startTestClickHouse, type TestClickHouse } from '../support/clickhouse.ts';
import { footfall } from '../support/footfall.ts';

const NOW = Date.UTC(2026, 10, 20);
let folder: string;
let files = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'footfall-import-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function file(content: string | Buffer): Promise<string> {
  const path = join(folder, `in-${++files}`);
  await writeFile(path, content);
  return path;
}

async function eventsOf(path: string): Promise<Event[]> {
  const events: Event[] = [];
  for await (const batch of readEventFile(path)) {
    for (const { value } of batch)
      events.push(eventType.fromBuffer(value.subarray(SINGLE_OBJECT_HEADER_BYTES)) as Event);
  }
  return events;
}

interface Imported {
  report: ImportReport;
  events: Event[];
  out: string;
}

async function importGa4(content: string | Buffer, options = {}): Promise<Imported> {
  const out = join(folder, `out-${++files}.avro`);
  const format = {
    rows: ga4Rows,
    event: (row: Record<string, unknown>) => ga4Event(row, { site: 'shop', ...options }),
  };
  const report = await importFiles({ format, paths: [await file(content)], out, now: NOW });
  return { report, out, events: report.written > 0 ? await eventsOf(out) : [] };
}

async function importCsv(content: string, map: object): Promise<Imported> {
  const mapping = checkMapping(map, 'map.json');
  const out = join(folder, `out-${++files}.avro`);
  const format = {
    rows: (path: string) => csvRows(path, mapping),
    event: (row: Record<string, string>) => csvEvent(row, mapping),
  };
  const report = await importFiles({ format, paths: [await file(content)], out, now: NOW });
  return { report, out, events: report.written > 0 ? await eventsOf(out) : [] };
}

const param = (key: string, value: object) => ({ key, value });

const purchase = {
  event_date: '20261101',
  // BigQuery writes 64 bits as text.
  event_timestamp: '1793534400123999',
  event_name: 'purchase',
  event_params: [
    param('page_location', { string_value: 'https://shop.example/thanks' }),
    param('currency', { string_value: 'EUR' }),
    param('value', { double_value: 4.35 }),
    param('tax', { float_value: 0.83 }),
    param('shipping', { int_value: '4' }),
    param('transaction_id', { string_value: 'T-1' }),
    param('engagement_time_msec', { int_value: '1500' }),
    param('ga_session_id', { int_value: '1793534000' }),
    param('payment_type', { string_value: 'card' }),
    param('basket_weight', { double_value: 2.5 }),
  ],
  user_pseudo_id: '1234.5678',
  user_id: 'u-1',
  privacy_info: { analytics_storage: 'Yes', ads_storage: 'No', uses_transient_token: 'No' },
  device: {
    category: 'mobile',
    language: 'de-de',
    operating_system: 'Android',
    web_info: { browser: 'Chrome', browser_version: '130' },
  },
  geo: { continent: 'Europe', country: 'Türkiye', region: '(not set)', city: 'Izmir' },
  collected_traffic_source: {
    manual_source: 'newsletter',
    manual_medium: 'email',
    manual_campaign_name: 'autumn',
  },
  traffic_source: { source: 'google', medium: 'organic', name: '(organic)' },
  platform: 'WEB',
  ecommerce: { transaction_id: 'T-1', purchase_revenue: 4.35, purchase_revenue_in_usd: 5 },
  items: [
    {
      item_id: 'SKU1',
      item_name: 'Mug',
      item_brand: 'Fern',
      item_category: 'Home',
      item_category2: 'Kitchen',
      price: 1.45,
      quantity: 3,
      item_list_index: '2',
      item_revenue: 4.35,
    },
  ],
};

describe('ga4', () => {
  test('a purchase: every field in its place, money exact', async () => {
    const { events, report } = await importGa4(JSON.stringify(purchase));
    expect(report).toMatchObject({ rows: 1, written: 1, refused: 0, events: { purchase: 1 } });
    expect(events).toHaveLength(1);
    expect(events[0]).toMatchObject({
      event_name: 'purchase',
      event_time: 1_793_534_400_123,
      visitor_id: '1234.5678',
      user_id: 'u-1',
      site: 'shop',
      platform: 'web',
      received_time: null,
      page_location: 'https://shop.example/thanks',
      source: 'newsletter',
      medium: 'email',
      campaign: 'autumn',
      country: 'TR',
      region: '',
      city: 'Izmir',
      language: 'de-de',
      device: 'mobile',
      browser: 'Chrome',
      os: 'Android',
      consent_analytics: true,
      consent_ads: false,
      engagement_time_ms: 1500,
      currency: 'EUR',
      value: 435,
      tax: 83,
      shipping: 400,
      transaction_id: 'T-1',
      params: { payment_type: 'card' },
      metrics: { basket_weight: 2.5 },
    });
    expect(events[0]?.items).toEqual([
      {
        ...{
          item_id: 'SKU1',
          item_name: 'Mug',
          item_brand: 'Fern',
          item_category: 'Home/Kitchen',
          item_variant: '',
        },
        ...{ coupon: '', item_list_id: '', item_list_name: '', promotion_id: '', seller_id: '' },
        ...{ price: 145, discount: 0, cost: null, quantity: 3, index: 2, in_stock: true },
      },
    ]);
    expect(report.left.map(({ field }) => field).sort()).toEqual([
      'device.web_info.browser_version',
      'ecommerce.purchase_revenue_in_usd',
      'event_date',
      'event_params.ga_session_id',
      'geo.continent',
      'items.item_revenue',
      'privacy_info.uses_transient_token',
      'traffic_source',
    ]);
  });

  test('an id comes from the content, whatever the order of the keys', async () => {
    const turned = Object.fromEntries(Object.entries(purchase).reverse());
    const { events } = await importGa4(
      [purchase, turned, { ...purchase, user_id: 'u-2' }].map(row => JSON.stringify(row)).join('\n'),
    );
    const [a, b, c] = events.map(event => event.event_id);
    expect(a).toMatch(/^[0-9a-f]{32}$/);
    expect(b).toBe(a);
    expect(c).not.toBe(a);
  });

  test('money in currencies with no decimals and three, and one named by the caller', async () => {
    const of = (currency: string, value: number) => ({
      ...{
        event_timestamp: 1_793_534_400_000_000,
        event_name: 'purchase',
        user_pseudo_id: 'a',
        ecommerce: { transaction_id: value },
      },
      event_params: [
        ...(currency === '' ? [] : [param('currency', { string_value: currency })]),
        param('value', { double_value: value }),
      ],
    });
    const rows = [of('JPY', 1200), of('KWD', 1.234), of('', 9.99)].map(row => JSON.stringify(row)).join('\n');
    const { events, report } = await importGa4(rows);
    expect(events.map(({ value, currency }) => [value, currency])).toEqual([
      [1200, 'JPY'],
      [1234, 'KWD'],
    ]);
    expect(report.refusals).toEqual([
      { path: expect.any(String), line: 3, reason: expect.stringContaining('names no currency') },
    ]);
    expect((await importGa4(rows, { currency: 'USD' })).events[2]).toMatchObject({
      value: 999,
      currency: 'USD',
    });
  });

  test('where analytics are refused there is no id, and the event says so', async () => {
    const { events } = await importGa4(
      JSON.stringify({
        event_name: 'page_view',
        event_timestamp: 1_793_534_400_000_000,
        privacy_info: { analytics_storage: 'No' },
      }),
    );
    expect(events).toMatchObject([{ consent_analytics: false, visitor_id: '(not consented)' }]);
  });

  test('a search, a click id and a country that is none', async () => {
    const { events, report } = await importGa4(
      JSON.stringify({
        ...{ event_name: 'view_search_results', event_timestamp: 1_793_534_400_000_000, user_pseudo_id: 'a' },
        event_params: [
          param('search_term', { string_value: 'boots' }),
          param('number_of_search_results', { int_value: 7 }),
        ],
        collected_traffic_source: { gclid: 'abc' },
        geo: { country: 'Atlantis' },
      }),
    );
    expect(events).toMatchObject([
      {
        event_name: 'search',
        search_term: 'boots',
        metrics: { search_results: 7 },
        source: 'google',
        medium: 'cpc',
        country: '',
      },
    ]);
    expect(report.left).toContainEqual({
      field: 'geo.country Atlantis',
      why: 'no country of ISO 3166',
      rows: 1,
    });
  });

  test('rows that are none: told by line and reason; the others are taken, from gzip too', async () => {
    const row = { event_name: 'page_view', event_timestamp: 1_793_534_400_000_000, user_pseudo_id: 'a' };
    const lines = [
      JSON.stringify(row),
      '',
      '{"cut',
      '[]',
      JSON.stringify({ ...row, user_pseudo_id: null }),
      JSON.stringify({ ...row, event_timestamp: 'soon' }),
      JSON.stringify({ ...row, event_name: 'a-b' }),
      JSON.stringify({ ...row, event_timestamp: '1893534400000000' }),
      JSON.stringify({ ...row, event_name: 'constructor' }),
    ].join('\r\n');
    const { report, events } = await importGa4(gzipSync(lines));
    expect(report).toMatchObject({ rows: 8, written: 2, refused: 6 });
    expect(report.refusals.map(({ line, reason }) => [line, reason.replace(/:.*/s, '')])).toEqual([
      [3, 'is no JSON'],
      [4, 'is no object'],
      [5, 'has no user_pseudo_id'],
      [6, "event_timestamp 'soon' is no number of µs"],
      [7, 'bad_name'],
      [8, 'future'],
    ]);
    expect(events.map(event => event.event_name)).toEqual(['page_view', 'constructor']);
  });
});

const map = {
  columns: {
    event_time: 'Zeit',
    visitor_id: 'Kunde',
    event_name: 'Art',
    value: 'Betrag',
    currency: 'Währung',
    transaction_id: 'Nr',
    country: 'Land',
  },
  constants: { site: 'till', platform: 'pos' },
  values: { event_name: { Verkauf: 'purchase', Rückgabe: 'refund' } },
  item: { item_id: 'Artikel', price: 'Preis', quantity: 'Menge' },
  params: { clerk: 'Verkäufer' },
  metrics: { waited: 'Wartezeit' },
  time: { format: 'DD.MM.YYYY HH:mm', zone: 'Europe/Berlin' },
  delimiter: ';',
  decimal: ',',
};
const HEADER = 'Zeit;Kunde;Art;Betrag;Währung;Nr;Land;Artikel;Preis;Menge;Verkäufer;Wartezeit;Notiz';

describe('csv', () => {
  test('by its mapping: times of a zone, money with a decimal comma, other names, constants', async () => {
    const { events, report } = await importCsv(
      `\ufeff${HEADER}\n01.11.2026 13:00;k1;Verkauf;1.234,56;eur;7;Germany;A1;617,28;2;Ada;1,5;"zwei\nZeilen"\n`,
      map,
    );
    expect(report.refusals).toEqual([]);
    expect(events).toMatchObject([
      {
        ...{
          event_name: 'purchase',
          event_time: Date.UTC(2026, 10, 1, 12),
          visitor_id: 'k1',
          site: 'till',
          platform: 'pos',
        },
        ...{
          value: 123_456,
          currency: 'EUR',
          transaction_id: '7',
          country: 'DE',
          params: { clerk: 'Ada' },
          metrics: { waited: 1.5 },
        },
        items: [{ item_id: 'A1', price: 61_728, quantity: 2 }],
      },
    ]);
    expect(report.left).toEqual([{ field: 'Notiz', why: 'no part of the mapping', rows: 1 }]);
  });

  test('rows that are none: told by line and reason', async () => {
    const row = '01.11.2026 13:00;k1;Verkauf;1,00;EUR;7;DE;;;;;;';
    const { report } = await importCsv(
      [
        HEADER,
        row,
        'short;row',
        row.replace('01.11', '31.02'),
        row.replace('1,00', '1.00'),
        row.replace('EUR', ''),
        row.replace('k1', ''),
        row.replace('Verkauf', 'Beratung'),
      ].join('\n'),
      map,
    );
    expect(report).toMatchObject({ rows: 7, written: 1, refused: 6 });
    expect(report.refusals.map(({ line, reason }) => `${line} ${reason}`)).toEqual([
      '3 has 2 cells, the header has 13',
      "4 event_time is '31.02.2026 13:00', no time like DD.MM.YYYY HH:mm",
      "5 value is '1.00', no amount of money",
      '6 value is 1,00, but the row has no currency',
      '7 has no visitor_id',
      expect.stringMatching(/^8 bad_name: /),
    ]);
  });

  test('money in minor units, times in seconds, an id of its own', async () => {
    const { events } = await importCsv('id,t,v,amount\ne1,1793534400,a,1999\n', {
      columns: { event_id: 'id', event_time: 't', visitor_id: 'v', value: 'amount' },
      constants: { event_name: 'purchase', currency: 'EUR' },
      money: 'minor',
      time: { format: 'seconds' },
    });
    expect(events).toMatchObject([{ event_id: 'e1', value: 1999, event_time: 1_793_534_400_000 }]);
  });

  test.each([
    [{ columns: { event_time: 't' } }, 'columns.event_name'],
    [{ columns: { colour: 'c' } }, 'columns'],
    [{ ...map, time: { zone: 'Berlin' } }, 'time.zone Berlin'],
    [{ ...map, money: 'cents' }, 'money'],
  ])('a mapping that cannot be: %j', (wrong, message) => {
    expect(() => checkMapping(wrong, 'map.json')).toThrow(message);
  });

  test('a column that the file lacks', async () => {
    await expect(importCsv('a,b\n1,2\n', map)).rejects.toThrow("names a column 'Zeit'; its header has: a,b");
  });
});

test('a line without an end is refused, not kept', async () => {
  const { report } = await importGa4(`${JSON.stringify(purchase)}\n${'x'.repeat(9 * 1_048_576)}\n{}`);
  expect(report.written).toBe(1);
  expect(report.refusals.map(({ line, reason }) => `${line} ${reason}`)).toEqual([
    '2 the line has 9437184 bytes, at most 8388608',
    '3 has no user_pseudo_id',
  ]);
});

describe('the command', () => {
  test('replays into the pipeline: the events are there, once however often a row was exported', async () => {
    const view = {
      ...purchase,
      event_name: 'page_view',
      event_timestamp: 1_793_534_300_000_000,
      ecommerce: {},
      items: [],
    };
    const rows = [view, purchase, purchase].map(row => JSON.stringify(row)).join('\n');
    const out = join(folder, 'replayed.avro');
    const ended = await footfall(['import', 'ga4', await file(gzipSync(rows)), '--out', out]);
    expect(ended.stderr).toContain('3 rows in');
    expect(ended.stdout).toContain('3 rows: 3 events written');
    expect(ended.stdout).toContain("traffic_source: 3 rows (the user's first source, not this visit's)");
    expect(ended.code).toBe(0);

    const clickhouse: TestClickHouse = await startTestClickHouse();
    try {
      const client = clickhouse.client();
      await migrateDatabase({ client, database: 'footfall' });
      const report = await replayFiles({
        client,
        database: 'footfall',
        paths: [out],
        log: pino({ level: 'silent' }),
      });
      expect(report.ledger).toContainEqual({ outcome: 'accepted', reason: '', records: 2 });
      expect(report.ledger).toContainEqual({ outcome: 'duplicate', reason: '', records: 1 });
      const answer = await client.query({
        query: `SELECT s.channel AS channel, s.country AS country, s.events AS events, o.transaction AS transaction, toInt32(o.gross) AS gross,
                  toInt32(o.tax) AS tax, o.currency AS currency
                FROM footfall.sessions AS s JOIN footfall.orders_fact AS o ON o.session_id = s.session_id`,
        format: 'JSONEachRow',
      });
      expect(await answer.json()).toEqual([
        expect.objectContaining({
          channel: 'Email',
          country: 'TR',
          transaction: 'T-1',
          gross: 435,
          tax: 83,
          currency: 'EUR',
        }),
      ]);
    } finally {
      await clickhouse.stop();
    }
  });

  test('fails where every row was refused, and at the first one with --strict; leaves no file', async () => {
    const bad = await file('{}\n{}\n');
    const out = join(folder, 'none.avro');
    const all = await footfall(['import', 'ga4', bad, '--out', out]);
    expect(all).toMatchObject({ code: 1, stderr: expect.stringContaining('no row could be taken') });
    expect(all.stdout).toContain('line 2: has no user_pseudo_id');
    const half = await file(`${JSON.stringify(purchase)}\n{}\n`);
    const strict = await footfall(['import', 'ga4', half, '--out', out, '--strict']);
    expect(strict).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('line 2: has no user_pseudo_id'),
    });
    expect((await readdir(folder)).filter(name => name.startsWith('none.avro'))).toEqual([]);
  });

  test('a file larger than its memory is read', async () => {
    // Beside what is mapped, so that the writing of it takes no part.
    const row = JSON.stringify({ ...purchase, user_properties: [{ key: 'x', value: 'x'.repeat(30_000) }] });
    const packed = await file(gzipSync(`${row}\n`.repeat(4_000), { level: 1 }));
    const ended = await footfall(['import', 'ga4', packed, '--out', join(folder, 'large.avro')], {
      env: { NODE_OPTIONS: '--max-old-space-size=64' },
    });
    expect(ended.stdout).toContain('4,000 rows: 4,000 events written');
  });

  test('is told when it is used wrongly', async () => {
    const there = await file('');
    const over = await footfall(['import', 'ga4', there, '--out', there]);
    expect(over).toMatchObject({ code: 2, stderr: expect.stringContaining('is there already') });
    const lost = await footfall(['import', 'csv', 'lost.csv', '--map', 'lost.json', '--out', 'x.avro']);
    expect(lost.code).not.toBe(0);
  });
});
