import type { Session } from 'chdb';

/**
 * How long the experiment views take: one experiment of 5 metrics × 3 variations, its people made in SQL straight into the
 * tables. Each view is asked twice on an empty database first: what is left there is the planning of the query.
 */
const SITE = 'shop';
const SETUP = [
  `INSERT INTO footfall.sites (site, timezone) VALUES ('${SITE}', 'Europe/Berlin')`,
  `INSERT INTO footfall.site_gaps VALUES ('${SITE}', 1800000, '2026-01-01 00:00:00')`,
  `INSERT INTO footfall.metrics (metric, kind, event, value, denominator_event, denominator_value, delay_hours, window_hours, cap_percentile) VALUES
    ('buyers', 'proportion', 'purchase', 'any', '', '', 0, 168, 0),
    ('revenue', 'mean', 'purchase', 'revenue', '', '', 0, 0, 0.99),
    ('order_value', 'ratio', 'purchase', 'revenue', 'purchase', 'count', 0, 0, 0),
    ('cart_adds', 'mean', 'add_to_cart', 'count', '', '', 0, 0, 0),
    ('day_7', 'proportion', '', 'any', '', '', 144, 24, 0)`,
  `INSERT INTO footfall.experiments (experiment, site, since, until, variations, metrics) VALUES
    ('big', '${SITE}', '2026-10-01 00:00:00', '2026-10-29 00:00:00', ['a', 'b', 'c'], ['buyers', 'revenue', 'order_value', 'cart_adds', '!day_7'])`,
];
const VIEWS = {
  experiment_results: "SELECT * FROM footfall.experiment_results(experiment = 'big')",
  experiment_health: "SELECT * FROM footfall.experiment_health(experiment = 'big')",
  experiments_overview: `SELECT * FROM footfall.experiments_overview(site = '${SITE}')`,
  experiment_segments: "SELECT * FROM footfall.experiment_segments(experiment = 'big', by = 'device')",
  experiment_timeline: "SELECT * FROM footfall.experiment_timeline(experiment = 'big')",
};
/** The promise, in ms, for two threads and two million people. */
export const RESULTS_MS_MAX = 5000;
const CHUNKS = 8;

export function setUp(session: Session): void {
  for (const statement of SETUP) session.query(statement, 'TSV');
  session.query('SYSTEM RELOAD DICTIONARY footfall.site_facts', 'TSV');
}

/** Events are of a person's four, by `j`; the exposure and what comes soon after it (0 and 2) are one session. */
const SESSION = 'if(j = 2, 0, j)';

/**
 * Four events a person, in three sessions: one up to twelve days before its exposure; the exposure, and one in the quarter
 * hour after it; one up to a fortnight later. One in five has an account, on two browsers; one in 200 is a bot.
 */
function events(from: number, until: number): string {
  return `
    SELECT *, arrayJoin(range(4)) AS j, sipHash64(i, j) AS h2,
      exposed + toIntervalMillisecond([0, -3600000 - toInt64(h2 % (12 * 86400000)), 5000 + toInt64(h2 % 900000), 3600000 + toInt64(h2 % (14 * 86400000))][1 + j]) AS t,
      multiIf(
        j = 0, 'experiment_viewed', j = 1, if(h2 % 7 = 0, 'purchase', 'page_view'), j = 2, if(h2 % 3 = 0, 'add_to_cart', 'page_view'),
        if(h2 % 5 = 0, 'purchase', 'view_item')) AS name,
      name IN ('view_item', 'add_to_cart', 'purchase') AS with_item
    FROM
    (
      SELECT
        number AS i, sipHash64(number) AS h, concat('v', hex(sipHash64(number, 1))) AS visitor,
        if(i % 10 < 2, concat('u', toString(intDiv(i, 2))), '') AS account,
        ['a', 'b', 'c'][1 + if(account = '', h, sipHash64(account)) % 3] AS variation,
        ['DE', 'FR', 'US', 'CN', 'GB'][1 + h % 5] AS country,
        ['desktop', 'mobile', 'mobile', 'tablet'][1 + intDiv(h, 7) % 4] AS device,
        ['Organic Search', 'Paid Search', 'Direct', 'Email', 'Referral', 'Paid Social'][1 + h % 6] AS channel,
        toDateTime64('2026-10-01 00:00:00', 3, 'UTC') + toIntervalMillisecond(sipHash64(number, 2) % (14 * 86400000)) AS exposed
      FROM numbers(${from}, ${until - from})
    )`;
}

export function fill(session: Session, people: number, log: (line: string) => void): void {
  const run = (sql: string): unknown => session.query(sql, 'TSV');
  // No row is there twice: to look for such takes as long as to write them.
  const settings = 'SETTINGS max_partitions_per_insert_block = 0, optimize_on_insert = 0';
  for (let chunk = 0; chunk < CHUNKS; chunk++) {
    const from = Math.floor((chunk * people) / CHUNKS);
    const until = Math.floor(((chunk + 1) * people) / CHUNKS);
    run(`INSERT INTO footfall.event_rows
      (topic, epoch, partition, offset, version, session_id, arrival, event_id, event_name, event_time, visitor_id, site, user_id,
       platform, page_location, channel, country, device, browser, os, language, engagement_time_ms, currency, value,
       transaction_id, items.item_id, items.price, items.quantity, experiment_id, variation_id, consent_ads)
    SELECT
      'bench', 1, 0, i * 4 + j, i * 4 + j, concat('bench-1-0-', toString(i * 4 + ${SESSION})), t, concat('e', toString(i * 4 + j)), name, t, visitor,
      '${SITE}', account, 'web', concat('https://shop.example/p/', toString(h2 % 500)), if(j != 2, channel, ''), country, device, 'Chrome', 'Windows', 'en', 4000,
      if(name = 'purchase', 'USD', ''), if(name = 'purchase', 1000 + h2 % 9000, 0), if(name = 'purchase', concat('t', toString(i * 4 + j)), ''),
      if(with_item, [concat('i', toString(h2 % 1000))], []), if(with_item, [1000], []), if(with_item, [1], []),
      if(j = 0, 'big', ''), if(j = 0, variation, ''), true
    FROM (${events(from, until)})
    ${settings}`);
    run(`INSERT INTO footfall.session_rows
      (topic, epoch, partition, session_id, session_offset, version, tombstone, id_time, site, visitor_id, user_id, started_at, ended_at,
       events, active_events, page_views, engagement_ms, channel, country, device, browser, os, language, platform, purchases, event_names, bot_reasons)
    SELECT 'bench', 1, 0, concat('bench-1-0-', toString(min(i * 4 + j))), min(i * 4 + j), max(i * 4 + j) + 1, false, min(t), '${SITE}', any(visitor), any(account), min(t), max(t),
      count(), countIf(j != 0), countIf(name = 'page_view'), 4000 * count(), any(channel), any(country), any(device),
      'Chrome', 'Windows', 'en', 'web', countIf(name = 'purchase'), arraySort(groupUniqArray(name)), if(sipHash64(any(visitor), 9) % 200 = 0, ['user_agent'], [])
    FROM (${events(from, until)})
    GROUP BY i, ${SESSION}
    ${settings}`);
    log(`made ${chunk + 1} of ${CHUNKS} parts of ${people} people`);
  }
  run(`INSERT INTO footfall.positions (topic, epoch, partition, version, next_offset, log_end, watermark, caught_up_at)
    SELECT 'bench', 1, 0, 1, max(offset) + 1, max(offset) + 1, max(event_time), '2100-01-01 00:00:00' FROM footfall.event_rows`);
  // A server merges by itself within the hour.
  for (const table of ['event_rows', 'milestones', 'session_rows', 'account_rows', 'exposure_rows'])
    run(`OPTIMIZE TABLE footfall.${table} FINAL SETTINGS optimize_skip_merged_partitions = 1`);
}

export interface Timing {
  view: string;
  wallMs: number;
  cpuMs: number;
}

/** The best of `times`: others may want the machine too. */
export function measure(session: Session, only: readonly string[], times: number): Timing[] {
  return Object.entries(VIEWS)
    .filter(([view]) => only.length === 0 || only.includes(view))
    .map(([view, sql]) => {
      let [wallMs, cpuMs] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
      for (let n = 0; n < times; n++) {
        const [start, cpu] = [performance.now(), process.cpuUsage()];
        session.query(`${sql} FORMAT Null`, 'TSV');
        const used = process.cpuUsage(cpu);
        wallMs = Math.min(wallMs, performance.now() - start);
        cpuMs = Math.min(cpuMs, (used.user + used.system) / 1000);
      }
      return { view, wallMs, cpuMs };
    });
}
