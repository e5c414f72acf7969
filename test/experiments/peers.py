"""
The statistics functions of sql/functions against SciPy, statsmodels and gbstats (GrowthBook's own), on random data sets, where
their definitions are the same: Welch's test and interval, the pooled z test, chi-squared of the split and of independence, Holm and
Benjamini-Hochberg, power; the delta method's lift, ratio metrics, CUPED's absolute effect, always-valid intervals and p-values.
Not part of the tests. Exit 1 where something differs by more than 1e-6 (relative).

    python3 -m venv /tmp/peers && /tmp/peers/bin/pip install scipy statsmodels gbstats
    /tmp/peers/bin/python test/experiments/peers.py
"""

import json
import pathlib
import subprocess
import sys

import numpy as np
from gbstats.frequentist.tests import FrequentistConfig, SequentialConfig, SequentialTwoSidedTTest, TwoSidedTTest
from gbstats.models.statistics import ProportionStatistic, RatioStatistic, RegressionAdjustedStatistic, SampleMeanStatistic
from gbstats.utils import check_srm
from scipy import stats
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.power import NormalIndPower
from statsmodels.stats.proportion import proportions_ztest

ROOT = pathlib.Path(__file__).parents[2]
random = np.random.default_rng(20261122)
asked = []  # (what, SQL expression, what the peer says)


def num(x):
    return f"toFloat64({float(x)!r})"


def arr(xs):
    return "[" + ", ".join(num(x) for x in xs) + "]"


def ask(what, sql, expected):
    asked.append((what, sql, [float(x) for x in np.atleast_1d(expected)]))


def mean_statistic(y):
    return SampleMeanStatistic(n=len(y), sum=y.sum(), sum_squares=(y**2).sum())


def test_sql(estimate, error, degrees):
    return f"t_test({estimate}, {error}, {degrees}, 0.05)"


def answer(test):
    return [*test.confidence_interval, test.p_value]


for _ in range(40):
    n_c, n_t = random.integers(20, 3000, 2)
    c = random.lognormal(1, random.uniform(0.3, 1.2), n_c) * (random.random(n_c) < 0.6)
    t = random.lognormal(1.05, random.uniform(0.3, 1.2), n_t) * (random.random(n_t) < 0.6)
    m = [num(x) for x in (n_t, t.mean(), t.var(ddof=1), n_c, c.mean(), c.var(ddof=1))]
    nt, mt, st, nc, mc, sc = m
    error, degrees = f"difference_error({nt}, {st}, {nc}, {sc})", f"welch_degrees({nt}, {st}, {nc}, {sc})"
    lift, lift_error = f"(({mt}) - ({mc})) / abs({mc})", f"lift_error({nt}, {mt}, {st}, {nc}, {mc}, {sc})"

    welch = stats.ttest_ind(t, c, equal_var=False)
    interval = welch.confidence_interval(0.95)
    ask("SciPy: Welch", test_sql(f"({mt}) - ({mc})", error, degrees), [interval.low, interval.high, welch.pvalue])
    a, b = mean_statistic(c), mean_statistic(t)
    relative, absolute = FrequentistConfig(difference_type="relative"), FrequentistConfig(difference_type="absolute")
    ask("gbstats: absolute", test_sql(f"({mt}) - ({mc})", error, degrees), answer(TwoSidedTTest(a, b, absolute)))
    ask("gbstats: relative", test_sql(lift, lift_error, degrees), answer(TwoSidedTTest(a, b, relative)))
    tuning = float(random.integers(200, 9000))
    always = SequentialTwoSidedTTest(a, b, SequentialConfig(difference_type="absolute", sequential_tuning_parameter=tuning))
    half = f"always_valid_half_width({error}, {nt} + {nc}, 0.05, {num(tuning)})"
    p = f"always_valid_p(({mt}) - ({mc}), {error}, {nt} + {nc}, 0.05, {num(tuning)})"
    ask("gbstats: always-valid", f"(({mt}) - ({mc}) - {half}, ({mt}) - ({mc}) + {half}, {p})", answer(always))

    # A ratio: orders per visit, each person several of both.
    dc, dt = random.integers(1, 9, n_c).astype(float), random.integers(1, 9, n_t).astype(float)
    yc, yt = c * dc * 0.3, t * dt * 0.3

    def ratio(y, d):
        return RatioStatistic(
            n=len(y), m_statistic=mean_statistic(y), d_statistic=mean_statistic(d), m_d_sum_of_products=(y * d).sum()
        )

    def ratio_variance(y, d):
        cells = (y.mean(), y.var(ddof=1), d.mean(), d.var(ddof=1), np.cov(y, d)[0, 1])
        return f"ratio_variance({', '.join(num(x) for x in cells)})"

    rt, rc = num(yt.sum() / dt.sum()), num(yc.sum() / dc.sum())
    vt, vc = ratio_variance(yt, dt), ratio_variance(yc, dc)
    ask(
        "gbstats: ratio",
        f"(SELECT {test_sql(f'({rt} - {rc}) / abs({rc})', f'lift_error({nt}, {rt}, vt, {nc}, {rc}, vc)', f'welch_degrees({nt}, vt, {nc}, vc)')} FROM (SELECT {vt} AS vt, {vc} AS vc))",
        answer(TwoSidedTTest(ratio(yc, dc), ratio(yt, dt), relative)),
    )

    # CUPED: theta over both arms' rows together.
    xc, xt = c * 0.5 + random.normal(3, 1, n_c), t * 0.5 + random.normal(3, 1, n_t)
    both = np.cov(np.concatenate([c, t]), np.concatenate([xc, xt]))
    theta = both[0, 1] / both[1, 1]
    cells = [num(x) for x in (xt.mean(), xt.var(ddof=1), np.cov(t, xt)[0, 1], xc.mean(), xc.var(ddof=1), np.cov(c, xc)[0, 1])]
    mxt, sxt, ct, mxc, sxc, cc = cells
    ask("NumPy: theta", f"cuped_theta({nt}, {mt}, {mxt}, {sxt}, {ct}, {nc}, {mc}, {mxc}, {sxc}, {cc})", theta)

    def adjusted(y, x):
        return RegressionAdjustedStatistic(
            n=len(y), post_statistic=mean_statistic(y), pre_statistic=mean_statistic(x), post_pre_sum_of_products=(x * y).sum(), theta=theta
        )

    # Absolute: for the relative effect gbstats takes the adjusted variance of the control where the delta method has the covariance too.
    apart = f"({mt}) - ({num(theta)}) * ({mxt}) - ({mc}) + ({num(theta)}) * ({mxc})"
    at, ac = f"cuped_variance({st}, {sxt}, {ct}, {num(theta)})", f"cuped_variance({sc}, {sxc}, {cc}, {num(theta)})"
    ask(
        "gbstats: CUPED, absolute",
        f"(SELECT {test_sql(apart, f'difference_error({nt}, at, {nc}, ac)', f'welch_degrees({nt}, at, {nc}, ac)')} FROM (SELECT {at} AS at, {ac} AS ac))",
        answer(TwoSidedTTest(adjusted(c, xc), adjusted(t, xt), absolute)),
    )

    # Proportions: gbstats takes m(1 - m) too.
    k_t, k_c = int(random.binomial(n_t, 0.3)), int(random.binomial(n_c, 0.27))
    pt, pc = k_t / n_t, k_c / n_c
    spt, spc = num(pt * (1 - pt)), num(pc * (1 - pc))
    ask(
        "gbstats: proportion",
        test_sql(f"({num(pt)} - {num(pc)}) / abs({num(pc)})", f"lift_error({nt}, {num(pt)}, {spt}, {nc}, {num(pc)}, {spc})", f"welch_degrees({nt}, {spt}, {nc}, {spc})"),
        answer(TwoSidedTTest(ProportionStatistic(n=n_c, sum=k_c), ProportionStatistic(n=n_t, sum=k_t), relative)),
    )
    ask("statsmodels: proportions", f"proportions_p({nt}, {num(k_t)}, {nc}, {num(k_c)})", proportions_ztest([k_t, k_c], [n_t, n_c])[1])

    people, weights = random.integers(400, 600, 3), random.uniform(0.8, 1.2, 3)
    ask("SciPy: sample ratio", f"sample_ratio_p({arr(people)}, {arr(weights)})", stats.chisquare(people, people.sum() * weights / weights.sum()).pvalue)
    ask("gbstats: sample ratio", f"sample_ratio_p({arr(people)}, {arr(weights)})", check_srm([int(x) for x in people], list(weights)))
    table = random.integers(20, 90, (3, 2))
    ask("SciPy: independence", f"independence_p([{', '.join(arr(row) for row in table)}])", stats.chi2_contingency(table, correction=False).pvalue)

    ps = random.random(7) ** 3
    family = arr(ps)
    ask("statsmodels: Holm", f"arrayMap(p -> holm_adjusted(p, {family}), {family})", multipletests(ps, method="holm")[1])
    ask("statsmodels: BH", f"arrayMap(p -> benjamini_hochberg_adjusted(p, {family}), {family})", multipletests(ps, method="fdr_bh")[1])
    effect, per_arm = random.uniform(0.02, 0.3), int(random.integers(50, 2000))
    ask("statsmodels: power", f"power_of({num(effect)}, sqrt(2 / {num(per_arm)}), 0.05)", NormalIndPower().power(effect, per_arm, 0.05))

# The functions, then every question, in the engine that the tests use.
script = """
import { readFileSync } from 'node:fs';
import { Session } from 'chdb';
import { sqlFiles } from './test/support/warehouse.ts';
const session = new Session();
for (const file of sqlFiles('functions')) session.query(file.text.replace(/;\\s*$/, ''), 'TSV');
const answers = JSON.parse(readFileSync(0, 'utf8')).map(sql => JSON.parse(session.query(`SELECT ${sql} AS v SETTINGS output_format_json_quote_denormals = 1, output_format_json_named_tuples_as_objects = 0`, 'JSONCompactEachRow'))[0]);
session.close();
process.stdout.write(JSON.stringify(answers));
"""
run = subprocess.run(
    ["node", "--import", "tsx", "--input-type=module", "-e", script],
    input=json.dumps([sql for _, sql, _ in asked]),
    cwd=ROOT,
    capture_output=True,
    text=True,
)
if run.returncode != 0:
    sys.exit(run.stderr)
worst = {}
for (what, _, expected), found in zip(asked, json.loads(run.stdout), strict=True):
    found = [float("nan") if x is None else float(x) for x in np.atleast_1d(np.array(found, dtype=object))]
    apart = max(abs(f - e) / max(1e-9, abs(e), 1e-3) for f, e in zip(found, expected, strict=True))
    count, most = worst.get(what, (0, 0.0))
    worst[what] = (count + 1, apart if np.isnan(apart) else max(most, apart))
for what, (count, apart) in sorted(worst.items()):
    print(f"{what:30}{count:4} data sets   differs by at most {apart:.1e}   {'ok' if apart <= 1e-6 else 'DIFFERS'}")
sys.exit(0 if all(apart <= 1e-6 for _, apart in worst.values()) else 1)
