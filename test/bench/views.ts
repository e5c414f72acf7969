import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Session } from 'chdb';
import { schemaObjects } from '../../pipeline/migrate/schema.ts';

/**
 * Times each view beside the plain query on raw events that answers (part of) the same question, with the rows that each
 * reads: on events made in SQL, as inserted (several parts a month) and with every month merged to one part.
 * `npm run bench:views -- --events 20000000 --visitors 500000 --data DIR` (kept when given: a second run only asks).
 */
const { values } = parseArgs({
  options: {
    events: { type: 'string', default: '20000000' },
    visitors: { type: 'string', default: '500000' },
    data: { type: 'string' },
    only: { type: 'string', default: '' },
  },
});
const EVENTS_A_SESSION = 8;
const CHUNKS = 12;
const sessions = Math.round(Number(values.events) / EVENTS_A_SESSION);
const visitors = Number(values.visitors);
const directory = values.data ?? mkdtempSync(join(tmpdir(), 'footfall-bench-'));
mkdirSync(directory, { recursive: true });
const session = new Session(directory, { connectionArgs: ['--max_threads=2'] });
const run = (sql: string): string => session.query(sql, 'TSV');

function create(layers: ReadonlyArray<'functions' | 'tables' | 'base' | 'marts'>): void {
  for (const object of schemaObjects({ database: 'footfall' }))
    if (layers.some(layer => layer === object.layer)) run(object.create);
}

/** 90 days from 1 August 2026, one insert an eighth of a month, as a worker's flushes would leave parts behind. */
function fill(): void {
  run("INSERT INTO footfall.sites (site, timezone) VALUES ('shop', 'Europe/Berlin')");
  run("INSERT INTO footfall.site_gaps VALUES ('shop', 1800000, '2026-01-01 00:00:00')");
  const span = (90 / CHUNKS) * 86_400_000;
  for (let chunk = 0; chunk < CHUNKS; chunk++) {
    run(`INSERT INTO footfall.event_rows
      (topic, epoch, partition, offset, version, session_id, arrival, event_id, event_name, event_time, visitor_id, site, user_id,
       platform, page_location, channel, source, medium, country, device, browser, os, language, engagement_time_ms, currency, value,
       transaction_id, items.item_id, items.price, items.quantity, items.item_category, items.item_list_id, search_term, metrics, consent_ads)
    SELECT
      'bench', 1, 0, i * 8 + j, i * 8 + j, concat('bench-1-0-', toString(i * 8 + if(i % 1000 = 0 AND j > 3, 4, 0))), t, concat('e', toString(i * 8 + j)), name, t, visitor, 'shop',
      if(sipHash64(visitor) % 10 < 3 AND j > 3, concat('u', substring(visitor, 2)), ''), 'web',
      concat('https://shop.example/p/', toString(h2 % 500)),
      if(j = 0, ['Organic Search', 'Paid Search', 'Direct', 'Email', 'Referral', 'Paid Social'][1 + h % 6], ''),
      if(j = 0, ['google', 'bing', '', 'news', 'blog', 'facebook'][1 + h % 6], ''),
      if(j = 0, ['organic', 'cpc', '', 'email', 'referral', 'paid'][1 + h % 6], ''),
      ['DE', 'FR', 'US', 'CN', 'GB'][1 + h % 5], ['desktop', 'mobile', 'mobile', 'tablet'][1 + intDiv(h, 7) % 4], 'Chrome', 'Windows', 'en', 4000,
      if(with_money, 'USD', ''), if(with_money, 1000 + h2 % 9000, 0), if(with_money, concat('t', toString(i * 8 + 7)), ''),
      if(with_item, [concat('i', toString(h2 % 1000))], []), if(with_item, [1000], []), if(with_item, [1], []),
      if(with_item, [concat('c', toString(h2 % 20))], []), if(with_item, [if(name IN ('view_item_list', 'select_item'), concat('l', toString(intDiv(h, 10) % 10)), '')], []), if(name = 'search', concat('term', toString(h2 % 300)), ''),
      if(name = 'page_timing', map('lcp_ms', toFloat64(500 + h2 % 4000), 'inp_ms', toFloat64(h2 % 400), 'cls', 0.05), map()), true
    FROM
    (
      SELECT *, arrayJoin(range(8)) AS j, sipHash64(i, j) AS h2, start + toIntervalMillisecond(j * 37000 + h2 % 20000) AS t,
        -- Of 100 sessions about 70 see an item, 9 fill a cart, 5 check out and 2.5 buy.
        multiIf(
          j = 0, if(i % 50 = 0, 'sign_up', 'page_view'), j = 1, 'page_timing', j = 2 AND h % 10 = 0, 'view_item_list', j = 3, if(h2 % 4 = 0, 'search', 'page_view'),
          j = 4 AND h % 10 = 0 AND h2 % 3 = 0, 'select_item',
          j = 5 AND h % 200 < 18, 'add_to_cart', j = 6 AND h % 200 < 10, if(h % 200 < 6, 'add_payment_info', 'begin_checkout'),
          j = 7 AND h % 200 < 5, 'purchase', j = 7 AND h % 200 = 5, 'payment_failed', j = 7 AND h % 200 = 199 AND h2 % 20 = 0, 'refund',
          if(h2 % 3 = 0, 'view_item', 'page_view')) AS name,
        name IN ('view_item', 'add_to_cart', 'purchase', 'view_item_list', 'select_item') AS with_item,
        name IN ('purchase', 'refund') AS with_money
      FROM
      (
        SELECT number AS i, sipHash64(number) AS h, concat('v', toString(sipHash64(number, 1) % ${visitors})) AS visitor,
          toDateTime64('2026-08-01 00:00:00', 3, 'UTC') + toIntervalMillisecond(${chunk * span} + sipHash64(number, 2) % ${span}) AS start
        FROM numbers(${Math.floor((chunk * sessions) / CHUNKS)}, ${Math.floor(sessions / CHUNKS)})
      )
    )
    SETTINGS max_partitions_per_insert_block = 0`);
    run(`INSERT INTO footfall.session_rows
      (topic, epoch, partition, session_id, session_offset, version, tombstone, id_time, site, visitor_id, user_id, started_at, ended_at,
       events, active_events, page_views, engagement_ms, landing_page, exit_page, channel, source, medium, country, device, browser, os,
       language, platform, product_views, cart_adds, checkouts, purchases, searches, event_names, view_times, view_pages, bot_reasons)
    SELECT 'bench', 1, 0, concat('bench-1-0-', toString(intDiv(offset, 8) * 8)) AS session_id, min(offset), max(offset) + 1, false, min(event_time), 'shop', visitor_id,
      argMax(user_id, (user_id != '', event_time)), min(event_time), max(event_time), count(), countIf(event_name != 'page_timing'),
      countIf(event_name = 'page_view'), sum(engagement_time_ms), argMin(page_location, event_time), argMax(page_location, event_time),
      argMin(channel, event_time), argMin(source, event_time), argMin(medium, event_time), any(country), any(device), any(browser), any(os),
      any(language), 'web', countIf(event_name = 'view_item'), countIf(event_name = 'add_to_cart'), countIf(event_name = 'begin_checkout'),
      countIf(event_name = 'purchase'), countIf(event_name = 'search'), arraySort(groupUniqArray(event_name)),
      tupleElement(arraySort(groupArrayIf((event_time, page), event_name = 'page_view')), 1), tupleElement(arraySort(groupArrayIf((event_time, page), event_name = 'page_view')), 2), if(sipHash64(session_id) % 100 = 0, ['user_agent'], [])
    FROM footfall.event_rows
    WHERE offset >= ${Math.floor((chunk * sessions) / CHUNKS) * 8} AND offset < ${Math.floor(((chunk + 1) * sessions) / CHUNKS) * 8}
    GROUP BY visitor_id, session_id
    SETTINGS max_partitions_per_insert_block = 0`);
    // One session of a thousand was two, until an event between them came late.
    run(`INSERT INTO footfall.session_aliases (topic, epoch, partition, session_id, root, site, visitor_id, version)
    SELECT DISTINCT 'bench', 1, 0, session_id, concat('bench-1-0-', toString(intDiv(offset, 8) * 8)), 'shop', visitor_id, 1
    FROM footfall.event_rows
    WHERE offset >= ${Math.floor((chunk * sessions) / CHUNKS) * 8} AND offset < ${Math.floor(((chunk + 1) * sessions) / CHUNKS) * 8}
      AND intDiv(offset, 8) % 1000 = 0 AND offset % 8 > 3`);
    process.stderr.write(`made ${chunk + 1} of ${CHUNKS} parts of ${values.events} events\n`);
  }
  run(`INSERT INTO footfall.positions (topic, epoch, partition, version, next_offset, log_end, watermark, caught_up_at)
    SELECT 'bench', 1, 0, 1, max(offset) + 1, max(offset) + 1, max(event_time), '2100-01-01 00:00:00' FROM footfall.event_rows`);
}

const P = "site = 'shop', since = '2026-08-01', until = '2026-10-30'";
const STEPS = "steps = ['view_item', 'add_to_cart', 'begin_checkout', 'purchase'], within = 86400";
const AS_OF = "site = 'shop', as_of = '2026-10-30 00:00:00'";
/** [view, call, plain query on raw events]. */
const QUESTIONS: Array<[view: string, call: string, plain: string]> = [
  [
    'funnel',
    `${P}, ${STEPS}, mode = '', by = ''`,
    `SELECT level, count() FROM (SELECT visitor_id, windowFunnel(86400)(toDateTime(event_time), event_name = 'view_item', event_name = 'add_to_cart', event_name = 'begin_checkout', event_name = 'purchase') AS level FROM footfall.event_rows GROUP BY visitor_id) GROUP BY level`,
  ],
  ['funnel', `${P}, ${STEPS}, mode = '', by = 'channel'`, ''],
  ['funnel_trend', `${P}, ${STEPS}, mode = '', grain = 'week'`, ''],
  ['time_to_convert', `${P}, ${STEPS}`, ''],
  [
    'traffic',
    `${P}, grain = 'day', by = ''`,
    `SELECT toDate(event_time) AS d, uniqExact(visitor_id), uniqExact(session_id), count() FROM footfall.event_rows GROUP BY d`,
  ],
  ['traffic', `${P}, grain = 'day', by = 'channel'`, ''],
  [
    'trend',
    `${P}, grain = 'day', event = 'view_item', value = '', by = ''`,
    `SELECT toDate(event_time) AS d, count(), uniqExact(visitor_id) FROM footfall.event_rows WHERE event_name = 'view_item' GROUP BY d`,
  ],
  [
    'realtime',
    `site = 'shop'`,
    `SELECT toStartOfMinute(event_time) AS m, count(), uniqExact(visitor_id) FROM footfall.event_rows WHERE event_time > (SELECT max(event_time) FROM footfall.event_rows) - 1800 GROUP BY m`,
  ],
  [
    'active_hours',
    `${P}, by = ''`,
    `SELECT toDayOfWeek(event_time) AS d, toHour(event_time) AS h, uniqExact(visitor_id), uniqExact(session_id) FROM footfall.event_rows GROUP BY d, h`,
  ],
  [
    'retention',
    `${P}, grain = 'week', kind = 'on', start_event = '', return_event = '', by = ''`,
    `SELECT toMonday(f) AS c, dateDiff('week', toMonday(f), toMonday(d)) AS a, uniqExact(visitor_id) FROM (SELECT visitor_id, toDate(event_time) AS d, min(d) OVER (PARTITION BY visitor_id) AS f FROM (SELECT DISTINCT visitor_id, toDate(event_time) AS event_time FROM footfall.event_rows)) GROUP BY c, a`,
  ],
  ['retention_summary', `${P}, by = ''`, ''],
  ['lifecycle', `${P}, grain = 'week', by = ''`, ''],
  ['stickiness', `${P}, by = ''`, ''],
  ['stages', AS_OF, ''],
  ['churn', `${P}, grain = 'month', by = ''`, ''],
  [
    'pages',
    `${P}, by = ''`,
    `SELECT path(page_location) AS p, count(), uniqExact(visitor_id) FROM footfall.event_rows WHERE event_name = 'page_view' GROUP BY p`,
  ],
  ['paths', `${P}, start = '', end = '', depth = 3, goal = ''`, ''],
  [
    'searches',
    P,
    `SELECT search_term, count(), uniqExact(visitor_id) FROM footfall.event_rows WHERE event_name = 'search' GROUP BY search_term`,
  ],
  [
    'products',
    `${P}, by = ''`,
    `SELECT items.item_id AS i, countIf(event_name = 'view_item'), countIf(event_name = 'purchase') FROM footfall.event_rows ARRAY JOIN items WHERE event_name IN ('view_item', 'purchase') GROUP BY i`,
  ],
  ['carts', `${P}, by = ''`, ''],
  ['payments', `${P}, by = ''`, ''],
  [
    'page_performance',
    `${P}, by = ''`,
    `SELECT path(page_location) AS p, quantile(0.75)(metrics['lcp_ms']) FROM footfall.event_rows WHERE event_name = 'page_timing' GROUP BY p`,
  ],
  [
    'timeline',
    `site = 'shop', person = 'v:v11'`,
    `SELECT * FROM footfall.event_rows WHERE visitor_id = 'v11'`,
  ],
  ['data_quality', P, ''],
  ['funnel_people', `${P}, ${STEPS}, mode = '', step = 2, state = 'dropped'`, ''],
  ['drop_off', `${P}, ${STEPS}`, ''],
  ['activation', `${P}, event = 'view_item', within = 86400, by = ''`, ''],
  ['placements', `${P}, by = ''`, ''],
  ['stage_moves', "site = 'shop', since = '2026-10-01', until = '2026-10-30'", ''],
  ['anomalies', `${AS_OF}, grain = 'day'`, ''],
  ['privacy', P, ''],
  [
    'retention',
    `${P}, grain = 'week', kind = 'on', start_event = 'view_item', return_event = 'purchase', by = ''`,
    '',
  ],
  ['orders', `${P}, grain = 'week', by = ''`, ''],
  ['channels', `${P}, model = 'linear', lookback_days = 30, by = ''`, ''],
  ['customers', AS_OF, ''],
  ['segments', AS_OF, ''],
  ['rfm', AS_OF, ''],
  ['repurchase', `${P}, within = 30`, ''],
  ['ltv', `${P}, grain = 'month', by = ''`, ''],
];

/** Best of three: others may want the machine too. */
function time(sql: string): { ms: number; rows: number } {
  let best = Number.POSITIVE_INFINITY;
  for (let n = 0; n < 3; n++) {
    const start = performance.now();
    session.query(`${sql} FORMAT Null`, 'TSV');
    best = Math.min(best, performance.now() - start);
  }
  // The answers are sorted, so that the first row takes reading all.
  const answer = session.query(`SELECT * FROM (${sql}) LIMIT 1 FORMAT JSONCompact`, 'JSONCompact');
  const rows = Number(/"rows_read": (\d+)/.exec(answer)?.[1]);
  return { ms: best, rows };
}

function measure(state: string): void {
  process.stdout.write(
    `\n${state}\n${'view'.padEnd(20)}${'ms'.padStart(8)}${'rows read'.padStart(14)}${'plain ms'.padStart(10)}${'rows read'.padStart(14)}\n`,
  );
  for (const [view, call, plain] of QUESTIONS) {
    if (values.only !== '' && !values.only.split(',').includes(view)) continue;
    const own = time(`SELECT * FROM footfall.${view}(${call})`);
    const other = plain === '' ? null : time(plain);
    process.stdout.write(
      `${view.padEnd(20)}${own.ms.toFixed(0).padStart(8)}${String(own.rows).padStart(14)}` +
        `${(other === null ? '' : other.ms.toFixed(0)).padStart(10)}${(other === null ? '' : String(other.rows)).padStart(14)}   ${call.replace(`${P}, `, '').slice(0, 60)}\n`,
    );
  }
}

const kept =
  run("SELECT count() FROM system.tables WHERE database = 'footfall' AND name = 'event_rows'").trim() === '1';
run('CREATE DATABASE IF NOT EXISTS footfall');
create(['functions', 'tables']);
if (!kept) fill();
create(['base', 'marts']);
run('SYSTEM RELOAD DICTIONARY footfall.site_facts');
const parts = (): string =>
  run(
    "SELECT count() FROM system.parts WHERE active AND database = 'footfall' AND table = 'event_rows'",
  ).trim();
if (!kept) measure(`as inserted: event_rows in ${parts()} parts`);
for (const table of ['event_rows', 'milestones', 'session_rows', 'account_rows'])
  run(`OPTIMIZE TABLE footfall.${table} FINAL SETTINGS optimize_skip_merged_partitions = 1`);
measure(`months merged: event_rows in ${parts()} parts`);
session.close();
if (values.data === undefined) rmSync(directory, { recursive: true, force: true });
