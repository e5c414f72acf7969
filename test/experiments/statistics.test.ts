import { readFileSync } from 'node:fs';
import { Session } from 'chdb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sqlFiles } from '../support/warehouse.ts';

/**
 * The statistics functions of sql/functions, through the engine itself: worked examples of published tools, the definitions'
 * own identities, and what happens where there is nothing to say. Against SciPy, statsmodels and gbstats: peers.py beside this.
 */
let session: Session;
beforeAll(() => {
  session = new Session();
  for (const file of sqlFiles('functions')) session.query(file.text.replace(/;\s*$/, ''), 'TSV');
});
afterAll(() => session.close());

type Cell = number | null | Cell[];
function cell(json: unknown): Cell {
  if (Array.isArray(json)) return json.map(cell);
  if (json === null || typeof json === 'number') return json;
  throw new Error(`not a number: ${JSON.stringify(json)}`);
}
/** The value of one expression. NaN and infinity would come as null too, so they are refused by name. */
function value(expression: string, from = ''): Cell {
  const out = session.query(
    `SELECT ${expression} AS v ${from} SETTINGS output_format_json_quote_denormals = 1, output_format_json_named_tuples_as_objects = 0`,
    'JSONCompactEachRow',
  );
  const row: unknown = JSON.parse(out.split('\n')[0] ?? '');
  return cell(Array.isArray(row) ? row[0] : row);
}
function near(actual: Cell, expected: Cell, digits = 6): void {
  if (Array.isArray(expected)) {
    expect(Array.isArray(actual) ? actual.length : actual).toBe(expected.length);
    for (const [i, e] of expected.entries())
      near(Array.isArray(actual) ? (actual[i] ?? null) : null, e, digits);
  } else if (expected === null) expect(actual).toBeNull();
  else {
    expect(typeof actual).toBe('number');
    expect(Math.abs(Number(actual) - expected)).toBeLessThanOrEqual(0.50001 * 10 ** -digits);
  }
}

/** A subquery with the numbers of a variation (t) and a control (c), each given as people, Σy and Σy². */
function means(c: [number, number, number], t: [number, number, number]): string {
  const arm = (name: string, [n, s, q]: [number, number, number]): string =>
    `toFloat64(${n}) AS n_${name}, ${s} / ${n} AS m_${name}, (${q} - ${s} * ${s} / ${n}) / (${n} - 1) AS s_${name}`;
  return `FROM (SELECT ${arm('c', c)}, ${arm('t', t)})`;
}
/** The same for proportions: people and successes; the variance is m(1 − m). */
function shares(c: [number, number], t: [number, number]): string {
  const arm = (name: string, [n, s]: [number, number]): string =>
    `toFloat64(${n}) AS n_${name}, ${s} / ${n} AS m_${name}, ${s} / ${n} * (1 - ${s} / ${n}) AS s_${name}`;
  return `FROM (SELECT ${arm('c', c)}, ${arm('t', t)})`;
}
const DEGREES = 'welch_degrees(n_t, s_t, n_c, s_c)';
const DIFFERENCE_ERROR = 'difference_error(n_t, s_t, n_c, s_c)';
const LIFT = '(m_t - m_c) / abs(m_c)';
const LIFT_ERROR = 'lift_error(n_t, m_t, s_t, n_c, m_c, s_c)';
const DIFFERENCE_TEST = `t_test(m_t - m_c, ${DIFFERENCE_ERROR}, ${DEGREES}, 0.05)`;
const LIFT_TEST = `t_test(${LIFT}, ${LIFT_ERROR}, ${DEGREES}, 0.05)`;

describe('worked examples', () => {
  it.each([
    [[1000, 1200], [0.5, 0.5], 0.000020079],
    [[135, 115], [0.5, 0.5], 0.205903211],
    [[310, 98], [0.75, 0.25], 0.647434186],
  ])('sample ratio of %j at %j', (people, weights, p) => {
    near(value(`sample_ratio_p(${JSON.stringify(people)}, ${JSON.stringify(weights)})`), p, 9);
  });

  it('means of two large arms', () => {
    const arms = means([3407, 1396.87, 52377.9767], [3461, 2422.7, 134698.29]);
    near(value(`[${LIFT}, ${LIFT_ERROR}]`, arms), [0.70732, 0.37879], 5);
    near(value(LIFT_TEST, arms), [-0.03526, 1.44989, 0.06191], 5);
    near(value(`[m_t - m_c, ${DIFFERENCE_ERROR}]`, arms), [0.29, 0.12478], 5);
    near(value(DIFFERENCE_TEST, arms), [0.04538, 0.53462, 0.02016], 5);
  });

  it('proportions of two small arms', () => {
    const arms = shares([28, 14], [30, 16]);
    near(value(LIFT, arms), 0.06667, 5);
    near(value(LIFT_TEST, arms), [-0.47767, 0.61101, 0.80707], 5);
  });

  it('means of a hundred people, with the Bayesian and the always-valid answer', () => {
    const arms = means([100, 270, 848.79], [120, 300, 869]);
    near(value(LIFT, arms), -0.074074074, 9);
    near(value(`tupleElement(${LIFT_TEST}, 3)`, arms), 0.145219005, 9);
    near(value(`chance_to_win(${LIFT}, ${LIFT_ERROR})`, arms), 0.071834168, 9);
    near(value(`risk(${LIFT}, ${LIFT_ERROR})`, arms), 0.075691131, 9);
    near(value(`always_valid_p(${LIFT}, ${LIFT_ERROR}, n_t + n_c, 0.05, 600)`, arms), 0.892332229, 9);
    near(
      value(`${LIFT} - always_valid_half_width(${LIFT_ERROR}, n_t + n_c, 0.05, 600)`, arms),
      -0.233322085,
      9,
    );
  });

  it('a ratio of two sums', () => {
    const arm = (name: string, n: number, m: number, mm: number, d: number): string => `
      toFloat64(${n}) AS n_${name}, ${m} / ${n} AS mm_${name}, ${d} / ${n} AS md_${name},
      (${mm} - ${m} * ${m} / ${n}) / (${n} - 1) AS sm_${name}, (${d} - ${d} * ${d} / ${n}) / (${n} - 1) AS sd_${name},
      (${m} - ${m} * ${d} / ${n}) / (${n} - 1) AS cov_${name}, ${m} / ${d} AS m_${name},
      ratio_variance(mm_${name}, sm_${name}, md_${name}, sd_${name}, cov_${name}) AS s_${name}`;
    const arms = `FROM (SELECT ${arm('c', 1966, 94605.79858780127, 10463129.505392816, 936)}, ${arm('t', 2034, 99673.9364269569, 11298745.182728939, 947)})`;
    near(value(LIFT, arms), 0.041333, 6);
    near(value(LIFT_TEST, arms), [0.013786, 0.06888, 0.0032826], 6);
  });

  it('CUPED', () => {
    const arm = (
      name: string,
      n: number,
      y: number,
      yy: number,
      x: number,
      xx: number,
      xy: number,
    ): string => `
      toFloat64(${n}) AS n_${name}, ${y} / ${n} AS m_${name}, (${yy} - ${y} * ${y} / ${n}) / (${n} - 1) AS s_${name},
      ${x} / ${n} AS mx_${name}, (${xx} - ${x} * ${x} / ${n}) / (${n} - 1) AS sx_${name}, (${xy} - ${x} * ${y} / ${n}) / (${n} - 1) AS cov_${name}`;
    const arms = `FROM (
      SELECT *,
        cuped_theta(n_t, m_t, mx_t, sx_t, cov_t, n_c, m_c, mx_c, sx_c, cov_c) AS theta,
        cuped_variance(s_t, sx_t, cov_t, theta) AS a_t, cuped_variance(s_c, sx_c, cov_c, theta) AS a_c,
        (m_t - theta * mx_t - m_c + theta * mx_c) / abs(m_c) AS lift,
        cuped_lift_error(n_t, a_t, m_t, n_c, m_c, s_c, sx_c, cov_c, theta) AS error
      FROM (SELECT ${arm('c', 3001, 300, 600, 210, 415, -20)}, ${arm('t', 3000, 222, 555, 120, 405, -10)}))`;
    near(value('lift', arms), -0.281707154, 9);
    near(
      value('tupleElement(t_test(lift, error, welch_degrees(n_t, a_t, n_c, a_c), 0.05), 3)', arms),
      0.003732549,
      9,
    );
  });

  it('proportions under a flat prior', () => {
    const arms = shares([100, 49], [100, 51]);
    const flat = `posterior(${LIFT}, pow(${LIFT_ERROR}, 2), 0, inf)`;
    near(value(flat, arms), [0.040816, 0.147253], 6);
    near(
      value(
        `[${LIFT} - normal_critical(0.05) * ${flat}.2, ${LIFT} + normal_critical(0.05) * ${flat}.2]`,
        arms,
      ),
      [-0.24779, 0.32943],
      5,
    );
    near(value(`chance_to_win(${flat}.1, ${flat}.2)`, arms), 0.60918, 5);
    near(
      value(`[risk(${flat}.1, ${flat}.2) + ${flat}.1, risk(${flat}.1, ${flat}.2)]`, arms),
      [0.0814, 0.04058],
      5,
    );
    near(value('[risk(0.1, 0.05) + 0.1, risk(0.1, 0.05)]'), [0.1004245351, 0.0004245351], 10);
  });

  it('a prior pulls towards itself by its precision', () => {
    near(value('posterior(0.2, 0.01, 0.1, 0.01)'), [0.15, Math.sqrt(0.005)], 12);
  });

  it('corrections for many metrics', () => {
    const of = (name: string, ps: number[]): Cell =>
      value(`arrayMap(p -> ${name}(p, ${JSON.stringify(ps)}), ${JSON.stringify(ps)})`);
    near(of('holm_adjusted', [0.01, 0.04, 0.03, 0.005, 0.55, 0.6]), [0.05, 0.12, 0.12, 0.03, 1, 1], 12);
    near(
      of('benjamini_hochberg_adjusted', [0.898, 0.138, 0.007, 0.964, 0.538, 0.006, 0.138]),
      [0.964, 0.2415, 0.0245, 0.964, 0.7532, 0.0245, 0.2415],
      12,
    );
  });
});

describe('distributions, against values of SciPy', () => {
  it.each([
    [0.05, 1.959963984540054],
    [1e-9, 6.109410204869],
    [0.9999, 0.00012533141373155],
  ])('normal beyond ± with probability %d', (alpha, z) => {
    near(value(`normal_critical(${alpha})`), z, 7);
  });
  it.each([
    [2, 10, 0.07338803477074037],
    [2.5, 1, 0.24223788318168682],
    [3, 1.5, 0.13354775425491328],
    [50, 3, 1.761715204127197e-5],
    [-2, 59.9, 0.05004066358445911],
    [2, 60, 0.05003304365145747],
    [0, 7, 1],
  ])('t %d with %d degrees', (t, degrees, p) => {
    near(value(`t_p(${t}, ${degrees})`), p, 10);
  });
  it.each([
    [0.05, 10, 2.2281388519862753],
    [0.05, 1, 12.706204736174705],
    [0.05, 2.5, 3.5746548420036834],
    [0.001, 1.2, 226.53756724589724],
    [0.05, 199, 1.9719565442517537],
    [0.05, 200, 1.9718962236339093],
  ])('critical t at %d with %d degrees', (alpha, degrees, t) => {
    expect(Number(value(`t_critical(${alpha}, ${degrees})`)) / t - 1).toBeCloseTo(0, 9);
  });
  it.each([
    [3.84, 1, 0.05004352124870519],
    [3.84, 2, 0.14660696213035013],
    [10, 5, 0.07523524614651217],
    [10, 6, 0.12465201948308108],
    [0, 3, 1],
  ])('χ² %d with %d degrees', (x, degrees, p) => {
    near(value(`chi_squared_p(${x}, ${degrees})`), p, 10);
  });
});

describe('independence of counts', () => {
  // χ² = 100·(30·40 − 20·10)²/(50·50·40·60) = 16.6667, one degree of freedom.
  it("is Pearson's χ²", () => near(value('independence_p([[30, 20], [10, 40]])'), 0.00004456, 8));
  it('leaves out rows and columns with nobody in them', () => {
    near(value('independence_p([[30, 20, 0], [0, 0, 0], [10, 40, 0]])'), 0.00004456, 8);
  });
  it('asks for five expected in a cell, and takes five', () => {
    near(value('independence_p([[10, 0], [0, 10]])'), 0.0000077442, 9);
    near(value('independence_p([[9, 0], [0, 9]])'), null);
  });
});

describe('sums of people who have a value, and zeros for the rest', () => {
  it('equal those over all of them', () => {
    const all = 'arrayConcat(x, arrayWithConstant(5, 0.))';
    near(
      value(
        `[with_zeros_variance(8, 3, arrayAvg(x), 3 * arrayReduce('varPopStable', x)) - arrayReduce('varSampStable', ${all}),
          with_zeros_covariance(8, 3, arrayAvg(x), arrayAvg(y), 3 * arrayReduce('covarPopStable', x, y)) - arrayReduce('covarSampStable', ${all}, arrayConcat(y, arrayWithConstant(5, 0.)))]`,
        'FROM (SELECT [1., 4., 9.] AS x, [2., -3., 5.] AS y)',
      ),
      [0, 0],
      12,
    );
  });
  it('keeps six digits near 1e9 with a spread of 2e3', () => {
    const [variance, expected] = value(
      '[with_zeros_variance(count(), count(), avg(x), count() * varPopStable(x)), varSampStable(x - 1e9)]',
      'FROM (SELECT 1e9 + 2000. * sin(number * 1.7) AS x FROM numbers(10000))',
    ) as [number, number];
    expect(variance / expected - 1).toBeCloseTo(0, 6);
  });
});

describe('always-valid', () => {
  it('has the p-value alpha exactly where the interval touches 0', () => {
    near(
      value('always_valid_p(always_valid_half_width(0.3, 777, 0.05, 5000), 0.3, 777, 0.05, 5000)'),
      0.05,
      12,
    );
  });
  it('is wider than the fixed interval, and narrowest near the tuning', () => {
    const at = (people: number): number => Number(value(`always_valid_half_width(1, ${people}, 0.05, 5000)`));
    expect(at(5000)).toBeGreaterThan(1.96);
    expect(at(500)).toBeGreaterThan(at(5000));
    expect(at(500_000)).toBeGreaterThan(at(5000));
  });
});

describe('the ratio of two means by Fieller', () => {
  it('satisfies its own equation at both ends', () => {
    const [low, high] = value('fieller_interval(100, 1.1, 1., 100, 1., 1., 1.96)') as [number, number];
    for (const lift of [low, high]) {
      const r = 1 + lift;
      expect((1.1 - r) ** 2).toBeCloseTo(1.96 ** 2 * (1 / 100 + r ** 2 / 100), 10);
    }
  });
});

describe('power', () => {
  it('is alpha where there is no effect, and 80 % at the effect that it says can be seen', () => {
    near(value('power_of(0, 1, 0.05)'), 0.05, 12);
    const lift = Number(value('minimum_detectable_lift(1000, 4., 1000, 2., 4., 0.05, 0.8)'));
    const error = Number(value(`lift_error(1000, 2. * (1 + ${lift}), 4., 1000, 2., 4.)`));
    near(value(`power_of(${lift}, ${error}, 0.05)`), 0.8, 5);
  });
  it('asks for as many people as make that effect visible', () => {
    const lift = Number(value('minimum_detectable_lift(1000, 4., 1000, 2., 4., 0.05, 0.8)'));
    expect(Number(value(`sample_size(2., 4., ${lift} + 1e-9, 0.05, 0.8)`))).toBe(1000);
  });
});

describe('sequential sample ratio', () => {
  it('is the Bayes factor of a Dirichlet prior around the weights', () => {
    const lgamma = (x: number): number => Number(value(`lgamma(${x})`));
    const expected =
      lgamma(10000) -
      lgamma(12200) +
      lgamma(8500) -
      lgamma(7500) +
      lgamma(3700) -
      lgamma(2500) -
      1000 * Math.log(0.75) -
      1200 * Math.log(0.25);
    near(value('sample_ratio_evidence([1000, 1200], [3, 1])'), expected, 6);
  });
  it('trips on an empty arm', () => {
    expect(Number(value('exp(-sample_ratio_evidence([1000, 0], [1, 1]))'))).toBeLessThan(1e-6);
    expect(Number(value('sample_ratio_p([300, 0], [1, 1])'))).toBeLessThan(1e-6);
  });
});

describe('shares', () => {
  it('have the interval of Wilson', () => near(value('wilson_interval(8, 10)'), [0.49016, 0.94332], 4));
  it('of nobody have none', () => near(value('wilson_interval(0, 0)'), [null, null]));
});

describe('quantile_with_zeros', () => {
  it('is quantileExact of all, those that are 0 and not given too', () => {
    const all = 'arrayConcat(x, arrayWithConstant(6, 0.))';
    for (const level of [0, 0.09, 0.1, 0.5, 0.65, 0.7, 0.99])
      near(
        value(
          `quantile_with_zeros(arraySort(x), 10, ${level}) - arrayReduce('quantileExact(${level})', ${all})`,
          'FROM (SELECT [-3., 7., 2.5, 4.] AS x)',
        ),
        0,
        12,
      );
  });
});

describe('every function of statistics', () => {
  const functions = new Map(sqlFiles('functions').map(file => [file.name, file.text]));
  const called = (text: string): string[] =>
    [...functions.keys()].filter(name => new RegExp(`\\b${name}\\(`).test(text));
  /** What experiments call that is no statistics: it reads tables, unpacks, puts words together or minds NULL. */
  const others =
    /^(experiment_\w+|site_\w+|check_\w+|day_\w+|finite|number_or_nan|more_days|currency_exponent|person_of|person_key_of|session_dimension|cells_of|metrics_of)$/;
  const here = readFileSync(import.meta.filename, 'utf8');
  const statistics = new Set(called(here));
  for (const file of [...sqlFiles('functions'), ...sqlFiles('marts'), ...sqlFiles('base')])
    if (file.name.startsWith('experiment')) for (const name of called(file.text)) statistics.add(name);
  for (const name of statistics) for (const inner of called(functions.get(name) ?? '')) statistics.add(inner);
  const names = [...statistics].filter(name => !others.test(name)).sort();

  it('is found', () => expect(names.length).toBeGreaterThan(30));
  it.each(names)('%s is called in a test here, or by one that is', name => {
    const callers = [...functions].filter(([, text]) =>
      called(text.slice(text.indexOf(' AS ('))).includes(name),
    );
    expect([name, ...callers.map(([caller]) => caller)].some(one => here.includes(`${one}(`))).toBe(true);
  });
  it.each(names)('%s says its shape, range and source', name => {
    const text = functions.get(name) ?? '';
    const head = text.slice(0, text.indexOf('CREATE '));
    for (const part of ['Returns', 'Shape', 'Range', 'Source'])
      expect(head).toMatch(new RegExp(`^-- ${part}: \\S`, 'm'));
  });
});

describe('where there is nothing to say', () => {
  it.each([
    ['no spread', 't_test(1., 0., 10., 0.05)'],
    ['no people', 't_test(nan, nan, nan, 0.05)'],
    ['an unknown variance', 't_test(1., NULL, 10., 0.05)'],
    ['fewer than one degree of freedom', 't_test(1., 1., 0.5, 0.05)'],
  ])('%s: NULL, not 0, 1 or NaN', (_, expression) => {
    near(value(expression), [null, null, null]);
  });
  it.each([
    't_p(NULL, 5.)',
    't_p(nan, 5)',
    't_critical(0.05, NULL)',
    't_critical(1.5, 5)',
    'normal_critical(0)',
    'chi_squared_p(nan, 1)',
    'chance_to_win(0.1, 0.)',
    'risk(0.1, nan)',
    'always_valid_half_width(0., 100, 0.05, 5000)',
    'always_valid_p(1., nan, 100, 0.05, 5000)',
    'always_valid_p(1., 1., 0, 0.05, 5000)',
    'power_of(1., 0., 0.05)',
    'minimum_detectable_lift(10, 4., 10, 0., 4., 0.05, 0.8)',
    'minimum_detectable_lift(10, 400., 10, 1., 400., 0.05, 0.8)',
    'minimum_detectable_lift(10, NULL, 10, 1., 4., 0.05, 0.8)',
    'sample_size(0., 4., 0.05, 0.05, 0.8)',
    'sample_size(1., 4., 0., 0.05, 0.8)',
    'cuped_theta(10, 1., 0., 0., 0., 10, 1., 0., 0., 0.)',
    'proportions_p(30, 0, 28, 0)',
    'proportions_p(30, 30, 28, 28)',
    'sample_ratio_p([0, 0], [1, 1])',
    'sample_ratio_p([10], [1])',
    'independence_p([[10, 20], [0, 0]])',
    'with_zeros_variance(1, 1, 5., 0.)',
    'holm_adjusted(NULL, [0.1, 0.2])',
    'benjamini_hochberg_adjusted(NULL, [NULL, 0.2])',
  ])('%s is NULL', expression => {
    near(value(expression), null);
  });
  it('has no interval for a lift on a control mean that cannot be told from 0', () => {
    near(value('fieller_interval(10, 1.1, 1., 10, 0.1, 1., 1.96)'), [null, null]);
  });
  it('leaves NULLs out of a family of tests', () => {
    near(value('holm_adjusted(0.02, [0.02, NULL, 0.5])'), 0.04, 12);
  });
});
