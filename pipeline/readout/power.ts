import type { ClickHouseClient } from '@clickhouse/client';
import { readingBase } from '../migrate/schema.ts';
import { UsageError } from '../usageError.ts';
import type { PlannedMetric } from './model.ts';
import { rowsOf } from './read.ts';

export interface PowerOptions {
  client: ClickHouseClient;
  database: string;
  site: string;
  /** Of the table `metrics`, or any:EVENT, count:EVENT, revenue. */
  metric: string;
  /** Relative: 0.05 is a lift of 5 %. */
  effect: number;
  /** Shares of the people in the experiment, the control's first; of any sum. */
  allocation: readonly number[];
  /** Share of all people that are in the experiment at all. */
  share: number;
  /** Metrics that share alpha, guardrails aside. */
  metrics: number;
  power: number;
  alpha: number;
  historyDays: number;
  /** A person comes into the experiment at their first event of this name; left out: at their first visit. */
  exposedBy?: string | undefined;
}

/** What is needed to see one lift. Null: more than DAYS_MAX days. */
export interface Needed {
  lift: number;
  people: number | null;
  days: number | null;
  /** Deciding by the always-valid interval, while it runs. */
  daily_people: number | null;
  daily_days: number | null;
}

export interface PowerReport {
  site: string;
  currency: string;
  metric: PlannedMetric;
  exposed_by: string;
  /** Local days of the site, both in. */
  since: string;
  until: string;
  history_days: number;
  /** Fewer than were asked for: the site is so young. */
  shortened: boolean;
  /** Who came in the history, and of them whose window was over. */
  people: number;
  mature_people: number;
  /** Of those; sample variance. */
  mean: number;
  variance: number;
  /** New to the experiment a day, in the first and in the last week of the history. */
  people_a_day_first: number;
  people_a_day_last: number;
  arms: number;
  allocation: number[];
  share: number;
  power: number;
  alpha: number;
  comparisons: number;
  /** What each comparison gets of alpha. */
  alpha_each: number;
  needed: Needed;
  effects: Needed[];
  /** `lift`: the smallest that would be seen; `daily_lift`: by the always-valid interval. */
  weeks: Array<{ weeks: number; people: number; lift: number | null; daily_lift: number | null }>;
}

export const DAYS_MAX = 730;
const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
/** As the table experiments has it where it is left out. */
const TUNING = 5_000;
/** As verdicts have it: sooner nothing is decided. */
const DAYS_MIN = 7;
const PEOPLE_MIN = 100;
const WEEKS = [1, 2, 4, 8];

interface Scope {
  start_ms: number;
  end_ms: number;
  since: string;
  until: string;
  currency: string;
  minor_units: number;
}

/**
 * How many people and days an experiment on a site needs, as if one had run over its last whole days: people come into
 * it as they came then, and count as experiment_results would count them. Pure but for the questions.
 * Errors: UsageError for what is not known, Error where the history does not say enough.
 */
export async function powerOf(options: PowerOptions): Promise<PowerReport> {
  const { alpha, power, allocation, share, effect } = options;
  await checkSite(options);
  const metric = await metricOf(options);
  const { scope, days, shortened } = await scopeOf(options);
  const entered = await entriesOf(options, metric, scope);
  if (entered.people === 0)
    throw new Error(
      options.exposedBy === undefined
        ? `nobody visited ${options.site} from ${scope.since} to ${scope.until}: no history to plan by`
        : `nobody of ${options.site} sent '${options.exposedBy}' from ${scope.since} to ${scope.until}: no history to plan by`,
    );
  const { come, counted } = byDay(entered, days);
  const matured = counted.at(-1) ?? 0;
  if (matured < 2)
    throw new Error(
      `the metric counts ${hoursText(metric)} and so nobody of the last ${days} days: give more by --days-of-history`,
    );
  const moments = await momentsOf(options, metric, scope, days, counted);
  const last = moments.at(-1);
  if (last === undefined || last.mean === 0)
    throw new Error(
      `'${metric.metric}' is 0 for everybody from ${scope.since} to ${scope.until}: there is nothing to compare with`,
    );
  if (!(last.variance > 0))
    throw new Error(
      `'${metric.metric}' is the same for everybody from ${scope.since} to ${scope.until}: no spread, so no power to speak of`,
    );

  const total = allocation.reduce((a, b) => a + b, 0);
  const control = (allocation[0] ?? 0) / total;
  const smallest = Math.min(...allocation.slice(1)) / total;
  const comparisons = options.metrics * (allocation.length - 1);
  const weekEnds = Math.min(7, days);
  const pace = ((come.at(-1) ?? 0) - (come.at(-1 - weekEnds) ?? 0)) / weekEnds;
  // After the history people go on coming as in its last week; what they do stays as it was.
  const ahead = Array.from({ length: DAYS_MAX }, (_, i) => {
    const moment = moments[Math.min(i, days - 1)];
    const people = i < days ? (counted[i] ?? 0) : matured + pace * (i - days + 1);
    return {
      day: i + 1,
      people: people * share,
      mean: moment?.mean ?? last.mean,
      variance: moment?.variance ?? last.variance,
    };
  });
  // Of a share there is no more than all of it, and of anything no less than nothing.
  const possible = (lift: number): boolean =>
    lift > -1 && (metric.kind !== 'proportion' || last.mean * (1 + lift) <= 1);
  if (!possible(effect))
    throw new UsageError(
      `--effect is ${effect}: from ${(100 * last.mean).toFixed(1)} % there is no lift above ${(1 / last.mean - 1).toFixed(4)}`,
    );
  const lifts = [
    ...new Set(
      [effect, effect / 2, effect * 1.5, effect * 2, effect * 3]
        .map(lift => Number(lift.toPrecision(10)))
        .filter(possible),
    ),
  ];
  const asked = await rowsOf<{
    day: number;
    lift: number;
    needed: number | null;
    daily: number | null;
    least: number | null;
  }>(
    options,
    `SELECT day, lift,
       -- sample_size is of two equal arms: the same error by other shares.
       ceil(round(sample_size(mean, variance, lift, ${alpha / comparisons}, ${power}) * (1 / ${smallest} + pow(1 + lift, 2) / ${control}) / (1 + pow(1 + lift, 2)), 6)) AS needed,
       finite((always_valid_half_width(error, people * ${smallest + control}, ${alpha}, ${TUNING}) + normal_critical(2 * (1 - ${power})) * error) / abs(mean)) AS daily,
       minimum_detectable_lift(people * ${smallest}, variance, people * ${control}, mean, variance, ${alpha / comparisons}, ${power}) AS least
     FROM
     (
       SELECT *, difference_error(people * ${smallest}, variance, people * ${control}, variance) AS error
       FROM values('day UInt32, people Float64, mean Float64, variance Float64', ${ahead.map(row => `(${row.day}, ${row.people}, ${row.mean}, ${row.variance})`).join(', ')})
     )
     ARRAY JOIN [${lifts.join(', ')}] AS lift
     ORDER BY lift, day`,
  );
  const needed = lifts.map(lift => {
    const rows = asked.filter(row => row.lift === lift);
    const peopleOn = (day: number): number => ahead[day - 1]?.people ?? 0;
    const enough = (row: (typeof rows)[number]): boolean =>
      row.needed !== null &&
      peopleOn(row.day) >= row.needed &&
      peopleOn(row.day) * Math.min(smallest, control) >= PEOPLE_MIN;
    const found = firstForGood(rows, enough);
    const daily = firstForGood(rows, row => enough(row) && row.daily !== null && row.daily <= Math.abs(lift));
    // Where it takes too long, still how many it would take.
    const enoughPeople = found?.needed ?? rows.at(-1)?.needed ?? null;
    // Whole people in every arm.
    const people =
      enoughPeople === null
        ? null
        : allocation.reduce((n, part) => n + Math.ceil((enoughPeople * part) / total - 1e-6), 0);
    return {
      lift,
      people,
      days: found?.day ?? null,
      daily_people: daily === undefined ? null : Math.ceil(peopleOn(daily.day)),
      daily_days: daily?.day ?? null,
    };
  });
  const [wanted] = needed;
  if (wanted === undefined) throw new Error('no effect was asked for');
  return {
    site: options.site,
    currency: scope.currency,
    metric,
    exposed_by: options.exposedBy ?? '',
    since: scope.since,
    until: scope.until,
    history_days: days,
    shortened,
    people: come.at(-1) ?? 0,
    mature_people: matured,
    mean: last.mean,
    variance: last.variance,
    people_a_day_first: (come[weekEnds - 1] ?? 0) / weekEnds,
    people_a_day_last: pace,
    arms: allocation.length,
    allocation: allocation.map(part => part / total),
    share,
    power,
    alpha,
    comparisons,
    alpha_each: alpha / comparisons,
    needed: wanted,
    effects: needed.toSorted((a, b) => Math.abs(a.lift) - Math.abs(b.lift)),
    weeks: WEEKS.map(weeks => {
      const row = asked.find(one => one.day === weeks * 7);
      return {
        weeks,
        people: Math.floor(ahead[weeks * 7 - 1]?.people ?? 0),
        lift: row?.least ?? null,
        daily_lift: row?.daily ?? null,
      };
    }),
  };
}

/** The first day from which it stays so: a good day by chance among the first few is none. Not before DAYS_MIN. */
function firstForGood<Row extends { day: number }>(
  rows: readonly Row[],
  isSo: (row: Row) => boolean,
): Row | undefined {
  const lastNot = rows.findLastIndex(row => !isSo(row));
  return rows[Math.max(lastNot + 1, DAYS_MIN - 1)];
}

async function checkSite(options: PowerOptions): Promise<void> {
  const sites = await rowsOf<{ site: string }>(
    options,
    `SELECT site FROM ${options.database}.known_sites ORDER BY site`,
  );
  if (sites.some(({ site }) => site === options.site)) return;
  throw new UsageError(
    sites.length === 0
      ? `--site: no site is known yet: there are no events`
      : `--site: unknown site '${options.site}'; sites: ${sites.map(({ site }) => site).join(', ')}`,
  );
}

async function metricOf(options: PowerOptions): Promise<PlannedMetric> {
  const { database, metric } = options;
  const known = await rowsOf<PlannedMetric>(
    options,
    `SELECT metric, 1 AS position, false AS guardrail, true AS defined, kind, event, value, denominator_event, denominator_value,
       direction, cap_percentile, delay_hours, window_hours
     FROM ${database}.metrics FINAL ORDER BY metric`,
  );
  const found = known.find(row => row.metric === metric);
  if (found !== undefined) return found;
  const made = {
    metric,
    position: 1,
    guardrail: false,
    defined: true,
    denominator_event: '',
    denominator_value: '',
    direction: 1,
    cap_percentile: 0,
    delay_hours: 0,
    window_hours: 0,
  };
  if (metric === 'revenue') return { ...made, kind: 'mean', event: 'purchase', value: 'revenue' };
  const [, kind, event] = /^(any|count):([a-z][a-z0-9_]{0,39})$/.exec(metric) ?? [];
  if (kind !== undefined && event !== undefined) {
    const names = await rowsOf<{ event_name: string }>(
      options,
      `SELECT DISTINCT event_name FROM ${database}.event_rows WHERE site = {site:String} ORDER BY event_name`,
      { site: options.site },
    );
    if (!names.some(({ event_name }) => event_name === event))
      throw new UsageError(
        `--metric: no event '${event}' on ${options.site}; events: ${names.map(({ event_name }) => event_name).join(', ')}`,
      );
    return { ...made, kind: kind === 'any' ? 'proportion' : 'mean', event, value: kind };
  }
  throw new UsageError(
    `--metric: unknown metric '${metric}'; ${known.length === 0 ? 'the table metrics is empty' : `metrics: ${known.map(row => row.metric).join(', ')}`}; or any:EVENT (share of people with it), count:EVENT (a person), revenue (a person)`,
  );
}

async function scopeOf(options: PowerOptions): Promise<{ scope: Scope; days: number; shortened: boolean }> {
  const { database, site, historyDays } = options;
  const [facts] = await rowsOf<{ first_day: string | null; last_day: string }>(
    options,
    readingBase(
      // The last whole day.
      `SELECT toString(first_day) AS first_day, toString(toDate((SELECT assumeNotNull(as_of) FROM footfall.as_of) + 1, site_zone({site:String})) - 1) AS last_day
       FROM footfall.site_start(site = {site:String})`,
      database,
    ),
    { site },
  );
  if (facts === undefined || facts.first_day === null || facts.first_day > facts.last_day)
    throw new Error(`${site} has no whole day of visits yet: no history to plan by`);
  const there = (Date.parse(facts.last_day) - Date.parse(facts.first_day)) / DAY_MS + 1;
  const days = Math.min(historyDays, there);
  const [scope] = await rowsOf<Scope>(
    options,
    // Days of 24 hours, whatever the clocks did in between.
    `SELECT end_ms - ${days * DAY_MS} AS start_ms,
       toUnixTimestamp64Milli(day_start(toDate({until:String}) + 1, site_zone({site:String}))) AS end_ms,
       toString(toDate({until:String}) + 1 - {days:UInt32}) AS since, {until:String} AS until,
       site_currency({site:String}) AS currency, exp10(currency_exponent(site_currency({site:String}))) AS minor_units`,
    { site, until: facts.last_day, days },
  );
  if (scope === undefined) throw new Error('no answer');
  return { scope, days, shortened: days < historyDays };
}

interface Entries {
  people: number;
  /** People by the day (from 1) in which they came, and in which they count at its end. */
  come: Array<[day: number, people: number]>;
  counted: Array<[day: number, people: number]>;
}

const instant = (ms: number): string => `fromUnixTimestamp64Milli(toInt64(${ms}), 'UTC')`;
const moment = (ms: number): string => `toDateTime64(${(ms / 1000).toFixed(3)}, 3, 'UTC')`;

/** Each person's coming into the experiment: unit (as in experiment_people) and ms. */
function entrySql({ database, exposedBy }: PowerOptions, { start_ms, end_ms }: Scope): string {
  return exposedBy === undefined
    ? readingBase(
        `SELECT cityHash64(person_id) AS unit, toUnixTimestamp64Milli(min(started_at)) AS entered
         FROM footfall.visit_rows(site = {site:String}, start = ${moment(start_ms)}, end = ${moment(end_ms)})
         WHERE active GROUP BY unit`,
        database,
      )
    : `SELECT unit, min(ms) AS entered
       FROM (${eventsSql(database, 'e.event_name = {exposed_by:String}', start_ms, end_ms, '1.')})
       GROUP BY unit`;
}

/** The day (from 1) at whose end a person counts. */
function countedDay(metric: PlannedMetric, { start_ms }: Scope): string {
  const [delay, window] = [metric.delay_hours * HOUR_MS, metric.window_hours * HOUR_MS];
  return window > 0
    ? `intDiv(entered + ${delay + window} - ${start_ms} + ${DAY_MS - 1}, ${DAY_MS})`
    : `intDiv(entered + ${delay} - ${start_ms}, ${DAY_MS}) + 1`;
}

async function entriesOf(options: PowerOptions, metric: PlannedMetric, scope: Scope): Promise<Entries> {
  const rows = await rowsOf<{ come: number; counted: number; people: number }>(
    options,
    `SELECT intDiv(entered - ${scope.start_ms}, ${DAY_MS}) + 1 AS come, ${countedDay(metric, scope)} AS counted, count() AS people
     FROM (${entrySql(options, scope)}) GROUP BY come, counted`,
    { site: options.site, exposed_by: options.exposedBy ?? '' },
  );
  return {
    people: rows.reduce((n, row) => n + row.people, 0),
    come: rows.map(row => [row.come, row.people]),
    counted: rows.map(row => [row.counted, row.people]),
  };
}

/** Running totals at each day's end. */
function byDay(entries: Entries, days: number): { come: number[]; counted: number[] } {
  const totals = (list: Array<[number, number]>): number[] => {
    const out = new Array<number>(days).fill(0);
    for (const [day, people] of list) if (day <= days) out[day - 1] = (out[day - 1] ?? 0) + people;
    for (let i = 1; i < days; i++) out[i] = (out[i] ?? 0) + (out[i - 1] ?? 0);
    return out;
  };
  return { come: totals(entries.come), counted: totals(entries.counted) };
}

/** Events of people (bots out), as experiment_acts reads them. */
function eventsSql(database: string, which: string, from: number, to: number, amount: string): string {
  return `SELECT cityHash64(person_of(u.user_id, v.user_id, e.visitor_id)) AS unit, toUnixTimestamp64Milli(e.event_time) AS ms, toFloat64(${amount}) AS amount
     FROM (SELECT * FROM ${database}.event_rows AS e FINAL
       WHERE e.site = {site:String} AND e.event_time >= ${instant(from)} AND e.event_time < ${instant(to)} AND ${which}
         AND e.session_id NOT IN (SELECT raw_session_id FROM ${database}.bot_sessions WHERE site = {site:String})) AS e
     LEFT ANY JOIN (SELECT raw_session_id, user_id FROM ${database}.shared_session_accounts WHERE site = {site:String}) AS u ON u.raw_session_id = e.session_id
     LEFT ANY JOIN (SELECT visitor_id, user_id FROM ${database}.visitor_accounts WHERE site = {site:String}) AS v ON v.visitor_id = e.visitor_id`;
}

/** What the metric, or its denominator, adds up. `event` and `value` are parameters, so that no name becomes SQL. */
function amountsSql(
  { database }: PowerOptions,
  event: string,
  value: string,
  { start_ms, end_ms }: Scope,
  part: 'y' | 'd',
): string {
  if (value === 'revenue' || (event === 'purchase' && ['count', 'any', 'quantity'].includes(value))) {
    const amount =
      value === 'revenue'
        ? 'ifNull(reporting_net, 0)'
        : value === 'quantity'
          ? 'arraySum(items.quantity)'
          : '1';
    return `SELECT cityHash64(person_id) AS unit, toUnixTimestamp64Milli(at) AS ms, toFloat64(${amount}) AS amount
       FROM ${database}.orders_fact WHERE site = {site:String} AND NOT bot AND at >= ${instant(start_ms)} AND at < ${instant(end_ms)}`;
  }
  const amounts: Record<string, string> = {
    count: '1',
    any: '1',
    quantity: 'arraySum(e.items.quantity)',
    points: 'e.points',
    score: 'ifNull(e.score, 0.)',
    engagement_time_ms: 'e.engagement_time_ms',
  };
  const which = event === '' ? 'true' : `e.event_name = {event_${part}:String}`;
  return eventsSql(database, which, start_ms, end_ms, amounts[value] ?? `e.metrics[{key_${part}:String}]`);
}

/** Mean and sample variance of those counted, at each day's end: as experiment_comparisons has them of an arm. */
async function momentsOf(
  options: PowerOptions,
  metric: PlannedMetric,
  scope: Scope,
  days: number,
  counted: readonly number[],
): Promise<Array<{ mean: number; variance: number }>> {
  const [delay, window] = [metric.delay_hours * HOUR_MS, metric.window_hours * HOUR_MS];
  const ratio = metric.kind === 'ratio';
  const anyValue = metric.value === 'any' || metric.kind === 'proportion';
  const anyDenominator = metric.denominator_value === 'any';
  const value = (name: string, any: boolean, money: boolean): string =>
    any ? `toFloat64(${name} > 0)` : money ? `${name} / ${scope.minor_units}` : name;
  const capped = metric.cap_percentile > 0;
  const totals = `(SELECT unit, groupArray(day) AS days, groupArray(y) AS ys, groupArray(d) AS ds
       FROM (
         SELECT unit, ${window > 0 ? countedDay(metric, scope) : `intDiv(ms - ${scope.start_ms}, ${DAY_MS}) + 1`} AS day, sumIf(amount, part = 'y') AS y, sumIf(amount, part = 'd') AS d
         FROM (
           SELECT unit, ms, amount, 'y' AS part FROM (${amountsSql(options, metric.event, metric.value, scope, 'y')})
           ${ratio ? `UNION ALL SELECT unit, ms, amount, 'd' AS part FROM (${amountsSql(options, metric.denominator_event, metric.denominator_value, scope, 'd')})` : ''}
         ) AS a
         INNER JOIN (${entrySql(options, scope)}) AS e USING (unit)
         WHERE ms >= entered + ${delay} ${window > 0 ? `AND ms < entered + ${delay + window}` : ''}
         GROUP BY unit, day
       )
       WHERE day <= ${days} GROUP BY unit)`;
  const running = `(SELECT unit, on_day, ${value('arraySum(arrayMap((k, v) -> if(k <= on_day, v, 0.), days, ys))', anyValue, metric.value === 'revenue')} AS y,
       ${value('arraySum(arrayMap((k, v) -> if(k <= on_day, v, 0.), days, ds))', anyDenominator, metric.denominator_value === 'revenue')} AS d
       FROM ${totals} ARRAY JOIN range(toUInt64(arrayMin(days)), toUInt64(${days + 1})) AS on_day)`;
  const cap = (name: string): string =>
    capped
      ? `least(${name}, (SELECT quantile_with_zeros(arraySort(groupArray(${name})), ${counted.at(-1) ?? 0}, ${metric.cap_percentile}) FROM ${running} WHERE on_day = ${days}))`
      : name;
  const rows = await rowsOf<{ on_day: number; mean: number | null; variance: number | null }>(
    options,
    `SELECT on_day,
       if(${ratio}, finite(mean_y / mean_d), finite(mean_y)) AS mean,
       multiIf(${ratio}, finite(ratio_variance(mean_y, variance_y, mean_d, variance_d, covariance)),
         ${metric.kind === 'proportion'}, finite(mean_y * (1 - mean_y)), finite(variance_y)) AS variance
     FROM (
       SELECT on_day, n, avg_y * present / n AS mean_y, avg_d * present / n AS mean_d,
         with_zeros_variance(n, present, avg_y, squares_y) AS variance_y, with_zeros_variance(n, present, avg_d, squares_d) AS variance_d,
         with_zeros_covariance(n, present, avg_y, avg_d, products) AS covariance
       FROM (
         SELECT on_day, toFloat64(count()) AS present, avg(capped_y) AS avg_y, count() * varPopStable(capped_y) AS squares_y,
           avg(capped_d) AS avg_d, count() * varPopStable(capped_d) AS squares_d, count() * covarPopStable(capped_y, capped_d) AS products,
           [${counted.map(n => `toFloat64(${n})`).join(', ')}][on_day] AS n
         FROM (SELECT on_day, ${cap('y')} AS capped_y, ${cap('d')} AS capped_d FROM ${running})
         GROUP BY on_day
       )
     )
     ORDER BY on_day`,
    {
      site: options.site,
      exposed_by: options.exposedBy ?? '',
      event_y: metric.event,
      event_d: metric.denominator_event,
      key_y: metric.value.replace(/^metrics\./, ''),
      key_d: metric.denominator_value.replace(/^metrics\./, ''),
    },
  );
  const found = new Map(rows.map(row => [row.on_day, row]));
  return counted.map((_, i) => {
    const row = found.get(i + 1);
    return { mean: row?.mean ?? 0, variance: row?.variance ?? 0 };
  });
}

function hoursText(metric: PlannedMetric): string {
  return metric.window_hours > 0
    ? `until ${metric.delay_hours + metric.window_hours} hours after a person comes`
    : `from ${metric.delay_hours} hours after a person comes`;
}
