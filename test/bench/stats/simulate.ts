import type { Session } from 'chdb';

/**
 * What the statistics promise, counted: thousands of experiments whose truth is known, made and judged in SQL by the functions of
 * sql/functions, all in one query. Seeded: the same numbers on every machine.
 */
export interface Finding {
  what: string;
  expected: string;
  found: string;
  ok: boolean;
}

/** A normal variable of a seed, by Box and Muller. */
const normal = (seed: string): string =>
  `(sqrt(-2 * log((sipHash64(${seed}, 1) + 1) / 18446744073709551617.)) * cos(2 * pi() * sipHash64(${seed}, 2) / 18446744073709551616.))`;
const uniform = (seed: string): string => `(sipHash64(${seed}) / 18446744073709551616.)`;

/** The 20 days of an experiment: people of each arm a day. */
const DAYS = 20;
const PEOPLE_A_DAY = 40;

/**
 * One row a simulated experiment and day: running sums of a purchase-like mean metric (most are 0, some large), whose covariate is what
 * the person did before, in two arms of PEOPLE_A_DAY · DAYS each (by chance: each person draws its arm).
 */
function cohort(simulations: number, lift: number, seed: number): string {
  const id = (k: number): string => `test, person, ${seed * 100 + k}`;
  return `
    SELECT
      test, arm, day,
      toFloat64(count()) AS n_, sum(y) AS y_, sum(y * y) AS yy_, sum(x) AS x_, sum(x * x) AS xx_, sum(x * y) AS xy_, toFloat64(countIf(y > 0)) AS hits_
    FROM
    (
      SELECT
        number % ${simulations} AS test, intDiv(number, ${simulations}) AS person, intDiv(person, ${2 * PEOPLE_A_DAY}) AS day,
        sipHash64(${id(1)}) % 2 AS arm,
        exp(0.6 * ${normal(id(2))}) AS taste,
        taste * 20 * (1 + 0.3 * ${normal(id(3))}) AS x,
        if(${uniform(id(4))} < 0.5, taste * 30 * (1 + 0.5 * ${normal(id(5))}), 0) * if(arm = 1, ${1 + lift}, 1) AS y
      FROM numbers(${simulations * 2 * PEOPLE_A_DAY * DAYS})
    )
    GROUP BY test, arm, day`;
}

/** One row a simulated experiment and day, both arms beside each other as they stood at the day's end, with their tests. */
function judged(simulations: number, lift: number, seed: number, where: string): string {
  const arm = (a: number, name: string): string => `
        sumIf(n_, arm = ${a}) OVER w AS n_${name},
        sumIf(y_, arm = ${a}) OVER w / n_${name} AS m_${name},
        (sumIf(yy_, arm = ${a}) OVER w - n_${name} * m_${name} * m_${name}) / (n_${name} - 1) AS s_${name},
        sumIf(x_, arm = ${a}) OVER w / n_${name} AS mx_${name},
        (sumIf(xx_, arm = ${a}) OVER w - n_${name} * mx_${name} * mx_${name}) / (n_${name} - 1) AS sx_${name},
        (sumIf(xy_, arm = ${a}) OVER w - n_${name} * m_${name} * mx_${name}) / (n_${name} - 1) AS cov_${name},
        sumIf(hits_, arm = ${a}) OVER w / n_${name} AS share_${name}`;
  return `
    SELECT
      *,
      t_test(estimate, error, degrees, 0.05) AS fixed,
      t_test(lift, lift_error_, degrees, 0.05) AS fixed_lift,
      t_test(cuped_estimate, cuped_error, cuped_degrees, 0.05) AS cuped,
      t_test(cuped_lift, cuped_lift_error_, cuped_degrees, 0.05) AS fixed_cuped_lift,
      t_test(share_t - share_c, share_error, share_degrees, 0.05) AS proportion,
      always_valid_half_width(error, n_t + n_c, 0.05, 1600) AS half_width,
      always_valid_p(estimate, error, n_t + n_c, 0.05, 1600) AS always_p,
      sample_ratio_p([n_c, n_t], [1, 1]) AS ratio_p,
      sample_ratio_evidence([n_c, n_t], [1, 1]) AS evidence
    FROM
    (
      SELECT
        *,
        m_t - m_c AS estimate,
        difference_error(n_t, s_t, n_c, s_c) AS error,
        welch_degrees(n_t, s_t, n_c, s_c) AS degrees,
        estimate / abs(m_c) AS lift,
        lift_error(n_t, m_t, s_t, n_c, m_c, s_c) AS lift_error_,
        m_t - theta * mx_t - m_c + theta * mx_c AS cuped_estimate,
        cuped_variance(s_t, sx_t, cov_t, theta) AS a_t,
        cuped_variance(s_c, sx_c, cov_c, theta) AS a_c,
        difference_error(n_t, a_t, n_c, a_c) AS cuped_error,
        welch_degrees(n_t, a_t, n_c, a_c) AS cuped_degrees,
        cuped_estimate / abs(m_c) AS cuped_lift,
        cuped_lift_error(n_t, a_t, m_t, n_c, m_c, s_c, sx_c, cov_c, theta) AS cuped_lift_error_,
        difference_error(n_t, share_t * (1 - share_t), n_c, share_c * (1 - share_c)) AS share_error,
        welch_degrees(n_t, share_t * (1 - share_t), n_c, share_c * (1 - share_c)) AS share_degrees
      FROM
      (
        SELECT *, cuped_theta(n_t, m_t, mx_t, sx_t, cov_t, n_c, m_c, mx_c, sx_c, cov_c) AS theta
        FROM
        (
          SELECT DISTINCT test, day, ${arm(0, 'c')}, ${arm(1, 't')}
          FROM (${cohort(simulations, lift, seed)})
          WINDOW w AS (PARTITION BY test ORDER BY day)
        )
      )
    )
    WHERE ${where}`;
}

/** Mean of y in the control: E[taste] · 30 / 2, taste lognormal(0, 0.6). */
const MEAN = 15 * Math.exp(0.18);

function ask(session: Session, sql: string): Record<string, number> {
  const rows = session.query(sql, 'JSONEachRow').trim();
  const found: unknown = JSON.parse(rows.split('\n')[0] ?? '');
  if (found === null || typeof found !== 'object') throw new Error(`no row: ${sql.slice(0, 80)}`);
  return Object.fromEntries(Object.entries(found).map(([name, value]) => [name, Number(value)]));
}
const percent = (share: number, digits = 2): string => `${(100 * share).toFixed(digits)} %`;
const within = (what: string, share: number, low: number, high: number): Finding => ({
  what,
  expected: low === 0 ? `≤ ${percent(high)}` : `${percent(low)} – ${percent(high)}`,
  found: percent(share),
  ok: share >= low && share <= high,
});

/** Ten times as many draws of the split alone: at 0.1 % two thousand say little. */
const SPLITS = 10;

export function simulateFunctions(session: Session, simulations: number): Finding[] {
  const same = ask(
    session,
    `SELECT count() AS tests, avg(last.1 < 0.05) AS fixed, avg(last.2 < 0.05) AS cuped, avg(last.3 < 0.05) AS proportion, avg(peeked < 0.05) AS always_valid,
        avg(naive < 0.05) AS naive, avg(last.4) AS removed, avg(last.5) AS always_at_end
     FROM
     (
       SELECT
         test, argMax((fixed.p_value, cuped.p_value, proportion.p_value, 1 - pow(cuped_error / error, 2), abs(estimate) <= half_width), day) AS last,
         min(always_p) AS peeked, min(fixed.p_value) AS naive
       FROM (${judged(simulations, 0, 1, '1')})
       GROUP BY test
     )`,
  );
  const split = ask(
    session,
    `SELECT avg(p < 0.001) AS fixed, avg(sequential < 0.001) AS sequential FROM
     (
       SELECT test, argMax(sample_ratio_p([n_c, n_t], [1, 1]), day) AS p, min(exp(-sample_ratio_evidence([n_c, n_t], [1, 1]))) AS sequential
       FROM
       (
         SELECT test, day, toFloat64(sum(treated) OVER w) AS n_t, toFloat64(sum(people) OVER w) - n_t AS n_c
         FROM
         (
           SELECT number % ${simulations * SPLITS} AS test, intDiv(number, ${simulations * SPLITS}) AS day, ${2 * PEOPLE_A_DAY} AS people,
             arraySum(i -> bitCount(sipHash64(number, i, 77) % 256), range(${Math.ceil((2 * PEOPLE_A_DAY) / 8)})) AS treated
           FROM numbers(${simulations * SPLITS * DAYS})
         )
         WINDOW w AS (PARTITION BY test ORDER BY day)
       )
       GROUP BY test
     )`,
  );
  const lift = 0.1;
  const truth = lift * MEAN;
  const covered = ask(
    session,
    `SELECT
       avg(fixed.low <= ${truth} AND fixed.high >= ${truth}) AS difference, avg(fixed_lift.low <= ${lift} AND fixed_lift.high >= ${lift}) AS lift,
       avg(cuped.low <= ${truth} AND cuped.high >= ${truth}) AS cuped, avg(fixed_cuped_lift.low <= ${lift} AND fixed_cuped_lift.high >= ${lift}) AS cuped_lift,
       avg(fixed.p_value < 0.05) AS power, avg(cuped.p_value < 0.05) AS cuped_power,
       avg(power_of(${truth}, error, 0.05)) AS power_said
     FROM (${judged(simulations, lift, 2, `day = ${DAYS - 1}`)})`,
  );
  const always = ask(
    session,
    `SELECT avg(missed) AS missed FROM (SELECT test, max(abs(estimate - ${truth}) > half_width) AS missed FROM (${judged(simulations, lift, 2, '1')}) GROUP BY test)`,
  );
  const of = (found: Record<string, number>, name: string): number => found[name] ?? Number.NaN;
  return [
    within('A/A: fixed test at the end, false alarms', of(same, 'fixed'), 0.04, 0.06),
    within('A/A: the same for a proportion', of(same, 'proportion'), 0.04, 0.06),
    within('A/A: CUPED at the end', of(same, 'cuped'), 0.04, 0.06),
    within(`A/A: always-valid, looked at on each of ${DAYS} days`, of(same, 'always_valid'), 0, 0.05),
    {
      what: `A/A: (the fixed test, looked at on each day)`,
      expected: 'far too many',
      found: percent(of(same, 'naive')),
      ok: of(same, 'naive') > 0.1,
    },
    within('A/A: sample ratio at 0.001', of(split, 'fixed'), 0, 0.002),
    within('A/A: sequential sample ratio at 0.001, each day', of(split, 'sequential'), 0, 0.002),
    within('true lift 10 %: interval of the difference covers', of(covered, 'difference'), 0.94, 0.96),
    within('true lift 10 %: interval of the lift covers', of(covered, 'lift'), 0.94, 0.96),
    within('true lift 10 %: CUPED, the difference', of(covered, 'cuped'), 0.94, 0.96),
    within('true lift 10 %: CUPED, the lift', of(covered, 'cuped_lift'), 0.94, 0.96),
    within('true lift 10 %: always-valid misses on any day', of(always, 'missed'), 0, 0.05),
    {
      what: 'true lift 10 %: found by the fixed test',
      expected: `${percent(of(covered, 'power_said'), 0)}, as power_of says (± 3)`,
      found: percent(of(covered, 'power'), 1),
      ok: Math.abs(of(covered, 'power') - of(covered, 'power_said')) <= 0.03,
    },
    {
      what: 'true lift 10 %: found with CUPED',
      expected: 'more',
      found: percent(of(covered, 'cuped_power'), 1),
      ok: of(covered, 'cuped_power') > of(covered, 'power'),
    },
    {
      what: 'CUPED: variance removed',
      expected: percent(EXPLAINED, 0),
      found: percent(of(same, 'removed'), 1),
      ok: Math.abs(of(same, 'removed') - EXPLAINED) <= 0.02,
    },
  ];
}

/**
 * Share of y's variance that x explains: corr². With t = taste, E[t²] = e^0.72, E[t]² = e^0.36; x = 20t(1 + 0.3z), y = 30bt(1 + 0.5z'),
 * b one or zero: cov = 300(E[t²] − E[t]²), var(x) = 400(1.09·E[t²] − E[t]²), var(y) = 900(1.25/2·E[t²] − E[t]²/4).
 */
const EXPLAINED =
  (300 * (Math.exp(0.72) - Math.exp(0.36))) ** 2 /
  (400 * (1.09 * Math.exp(0.72) - Math.exp(0.36)) * 900 * (0.625 * Math.exp(0.72) - Math.exp(0.36) / 4));
