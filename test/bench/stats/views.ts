import type { Session } from 'chdb';
import { readingBase } from '../../../pipeline/migrate/schema.ts';
import type { Finding } from './simulate.ts';

/**
 * The same promises of the whole views: small ended experiments, half of them A/A, half with a true lift, from exposures and
 * purchases in the tables to the verdict. Fewer than the functions take, so the ranges are three standard errors wide.
 */
const EXPERIMENTS = 300;
const PEOPLE = 400;
const LIFT = 0.5;
const SITE = 'shop';

function fill(session: Session): void {
  const run = (sql: string): unknown => session.query(sql, 'TSV');
  run(`INSERT INTO footfall.sites (site) VALUES ('${SITE}')`);
  run(
    `INSERT INTO footfall.metrics (metric, kind, event, value) VALUES ('revenue', 'mean', 'purchase', 'revenue'), ('buyers', 'proportion', 'purchase', 'any')`,
  );
  run(`INSERT INTO footfall.experiments (experiment, site, since, until, variations, metrics)
    SELECT concat('e', toString(number)), '${SITE}', '2026-10-01 00:00:00', '2026-10-20 00:00:00', ['a', 'b'], ['revenue', 'buyers'] FROM numbers(${EXPERIMENTS})`);
  run(`INSERT INTO footfall.event_rows
    (topic, epoch, partition, offset, version, session_id, arrival, event_id, event_name, event_time, visitor_id, site, currency, value, transaction_id, experiment_id, variation_id)
    SELECT 'bench', 1, 0, i * 3 + j, i * 3 + j, concat('s', toString(i)), t, concat('e', toString(i * 3 + j)), if(j = 0, 'experiment_viewed', 'purchase'), t, concat('v', toString(i)), '${SITE}',
      if(j = 0, '', 'USD'), if(j = 0, 0, toInt64(round(amount))), if(j = 0, '', concat('t', toString(i * 3 + j))),
      if(j = 0, concat('e', toString(e)), ''), if(j = 0, ['a', 'b'][1 + arm], '')
    FROM
    (
      SELECT
        number AS i, intDiv(number, ${PEOPLE}) AS e, sipHash64(number, 5) % 2 AS arm, arrayJoin([0, 1, 2]) AS j,
        exp(0.5 * sqrt(-2 * log((sipHash64(number, 6) + 1) / 18446744073709551617.)) * cos(2 * pi() * sipHash64(number, 7) / 18446744073709551616.)) AS taste,
        1000 * taste * (0.5 + sipHash64(number, j, 8) / 18446744073709551616.) * if(j = 2 AND arm = 1 AND e % 2 = 1, ${1 + LIFT}, 1) AS amount,
        toDateTime64('2026-10-01 00:00:00', 3, 'UTC') + toIntervalMillisecond(sipHash64(number, 9) % (10 * 86400000))
          + toIntervalMillisecond([0, -86400000 - toInt64(sipHash64(number, 10) % 600000000), 3600000 + toInt64(sipHash64(number, 11) % 600000000)][1 + j]) AS t
      FROM numbers(${EXPERIMENTS * PEOPLE})
    )
    WHERE j != 2 OR sipHash64(i, 12) % 10 < 7
    SETTINGS max_partitions_per_insert_block = 0`);
  run(`INSERT INTO footfall.positions (topic, epoch, partition, version, next_offset, log_end, watermark, caught_up_at)
    SELECT 'bench', 1, 0, 1, max(offset) + 1, max(offset) + 1, '2026-10-21 00:00:00', '2100-01-01 00:00:00' FROM footfall.event_rows`);
  run('SYSTEM RELOAD DICTIONARY footfall.site_facts');
}

/** Dollars of a person in the control: seven in ten buy, E[taste] = e^0.125, E[0.5 + u] = 1. */
const MEAN = 0.7 * 10 * Math.exp(0.125);

export function simulateViews(session: Session, log: (line: string) => void): Finding[] {
  const rows = (sql: string): Array<Record<string, unknown>> =>
    session
      .query(readingBase(sql), 'JSONEachRow')
      .split('\n')
      .filter(line => line !== '')
      .map(line => JSON.parse(line) as Record<string, unknown>);
  fill(session);
  log(`made ${EXPERIMENTS} experiments of ${PEOPLE} people`);
  const verdicts = rows(
    `SELECT toUInt32(substring(experiment, 2)) % 2 AS lifted, verdict, toUInt32(count()) AS n FROM footfall.experiments_overview(site = '${SITE}') GROUP BY lifted, verdict`,
  );
  const [counted] = rows(
    `SELECT
       avgIf(tupleElement(r, 'p_value') < 0.05, NOT lifted) AS fixed,
       avgIf(tupleElement(r, 'cuped_p_value') < 0.05, NOT lifted) AS cuped,
       avgIf(tupleElement(r, 'always_valid_p') < 0.05, NOT lifted) AS always_valid,
       avg(tupleElement(r, 'difference_low') <= truth AND tupleElement(r, 'difference_high') >= truth) AS difference,
       avg(tupleElement(r, 'lift_low') <= truth / ${MEAN} AND tupleElement(r, 'lift_high') >= truth / ${MEAN}) AS lift,
       avg(tupleElement(r, 'cuped_difference_low') <= truth AND tupleElement(r, 'cuped_difference_high') >= truth) AS cuped_difference,
       avgIf(tupleElement(r, 'variance_removed'), NOT lifted) AS removed
     FROM
     (
       SELECT j.r AS r, s.experiment_number % 2 AS lifted, if(lifted, ${MEAN * LIFT}, 0.) AS truth
       FROM (SELECT r, tupleElement(r, 'number') AS number FROM footfall.experiment_judged(site = '${SITE}', experiment = '')) AS j
       INNER JOIN (SELECT number, toUInt32(substring(experiment, 2)) AS experiment_number FROM footfall.experiment_scope) AS s ON s.number = j.number
       WHERE tupleElement(r, 'metric') = 'revenue' AND NOT tupleElement(r, 'is_control')
     )`,
  );
  const share = (name: string): number => Number(counted?.[name] ?? Number.NaN);
  const ofVerdict = (lifted: number, verdict: string): number =>
    Number(verdicts.find(row => Number(row.lifted) === lifted && row.verdict === verdict)?.n ?? 0) /
    (EXPERIMENTS / 2);
  const near = (what: string, found: number, expected: number, n: number): Finding => {
    const slack = 3 * Math.sqrt((expected * (1 - expected)) / n);
    return {
      what,
      expected: `${(100 * Math.max(0, expected - slack)).toFixed(1)} – ${(100 * (expected + slack)).toFixed(1)} %`,
      found: `${(100 * found).toFixed(1)} %`,
      ok: Math.abs(found - expected) <= slack,
    };
  };
  const atMost = (what: string, found: number, most: number): Finding => ({
    what,
    expected: `≤ ${(100 * most).toFixed(1)} %`,
    found: `${(100 * found).toFixed(1)} %`,
    ok: found <= most,
  });
  return [
    near('A/A: p_value below 0.05', share('fixed'), 0.05, EXPERIMENTS / 2),
    near('A/A: cuped_p_value below 0.05', share('cuped'), 0.05, EXPERIMENTS / 2),
    atMost('A/A: always_valid_p below 0.05', share('always_valid'), 0.05),
    atMost('A/A: verdict ship', ofVerdict(0, 'ship'), 0.064),
    atMost('A/A: verdict do not read (a check fails by chance)', ofVerdict(0, 'do not read'), 0.03),
    near('interval of the difference covers', share('difference'), 0.95, EXPERIMENTS),
    near('interval of the lift covers', share('lift'), 0.95, EXPERIMENTS),
    near('interval of the CUPED difference covers', share('cuped_difference'), 0.95, EXPERIMENTS),
    {
      what: 'true lift 50 %: verdict ship',
      expected: '> 90 %',
      found: `${(100 * ofVerdict(1, 'ship')).toFixed(1)} %`,
      ok: ofVerdict(1, 'ship') > 0.9,
    },
    {
      what: 'CUPED: variance removed',
      expected: '> 10 %',
      found: `${(100 * share('removed')).toFixed(1)} %`,
      ok: share('removed') > 0.1,
    },
  ];
}
