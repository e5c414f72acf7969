import type { Check, Day, PlannedMetric, Readout, Result, Segment } from '../../pipeline/readout/model.ts';

/** Names as an attacker, or a typo, would write them: into events and tables come whatever people send. */
export const HOSTILE = {
  experiment: `<script>alert('x')</script>"it's`,
  metric: `"><img src=x onerror=alert(1)>`,
  variation: `</style><style>*{display:none}</style>&amp;`,
  dimension: `javascript:alert(1)//<svg onload=alert(2)>\u202etxt\u0007\u001b[31m`,
};

export interface SampleOptions {
  experiment?: string;
  variations?: string[];
  metrics?: string[];
  ended?: boolean;
  verdict?: string;
  reason?: string;
  failing?: string[];
  dimension?: string;
  /** No one has come yet. */
  empty?: boolean;
}

function metric(name: string, position: number): PlannedMetric {
  return {
    metric: name,
    position,
    guardrail: position === 3,
    defined: true,
    kind: position === 1 ? 'proportion' : 'mean',
    event: position === 3 ? 'refund' : 'purchase',
    value: position === 1 ? 'any' : position === 2 ? 'revenue' : 'count',
    denominator_event: '',
    denominator_value: '',
    direction: position === 3 ? -1 : 1,
    cap_percentile: position === 2 ? 0.99 : 0,
    delay_hours: 0,
    window_hours: position === 1 ? 72 : 0,
  };
}

/** A readout made by hand: every verdict, however rare, without waiting for data that brings it about. */
export function sampleReadout(options: SampleOptions = {}): Readout {
  const {
    experiment = 'free_shipping',
    variations = ['control', 'bar', 'banner'],
    ended = true,
    failing = [],
    empty = false,
  } = options;
  const verdict = options.verdict ?? (failing.length > 0 ? 'do not read' : 'ship');
  const reason = options.reason ?? (verdict === 'ship' ? 'the primary metric is better' : '');
  const names = options.metrics ?? ['ordered', 'revenue_a_person', 'refunds'];
  const metrics = names.map((name, i) => metric(name, i + 1));
  const bases = [0.0641, 4.79, 0.002];
  const results = metrics.flatMap(({ metric, position, guardrail, kind }, m) =>
    variations.map((variation, arm): Result => {
      const control = arm === 0;
      const lift =
        control || empty ? null : position === 1 && arm === 1 ? 0.284 : 0.02 * arm * (guardrail ? 10 : 1);
      const half = guardrail ? 1.9 : 0.18;
      const base = bases[m] ?? 1;
      const difference = lift === null ? null : lift * base;
      const of = (value: number | null, by: number): number | null => (value === null ? null : value + by);
      const word = empty ? 'cannot tell: nobody counts yet' : 'no difference seen';
      return {
        metric,
        variation,
        is_control: control,
        is_primary: position === 1,
        guardrail,
        kind,
        people: empty ? 0 : 4_800 + arm,
        mature_people: empty ? 0 : position === 1 ? 4_000 + arm : 4_800 + arm,
        total: empty ? null : 300,
        mean: empty ? null : base * (1 + (lift ?? 0)),
        difference,
        difference_low: of(difference, -half * base),
        difference_high: of(difference, half * base),
        p_value: lift === null ? null : position === 1 && arm === 1 ? 0.00058 : 0.4,
        p_adjusted: lift === null ? null : position === 1 && arm === 1 ? 0.0012 : 0.8,
        lift,
        lift_low: of(lift, -half),
        lift_high: of(lift, half),
        cuped_lift: guardrail ? null : of(lift, -0.01),
        cuped_lift_low: guardrail ? null : of(lift, -half * 0.8),
        cuped_lift_high: guardrail ? null : of(lift, half * 0.8),
        cuped_p_value: guardrail || lift === null ? null : 0.001,
        variance_removed: guardrail || lift === null ? null : 0.34,
        chance_to_win: lift === null ? null : position === 1 && arm === 1 ? 0.9997 : 0.62,
        risk: lift === null ? null : 0.0004,
        always_valid_low: of(difference, -1.5 * half * base),
        always_valid_high: of(difference, 1.5 * half * base),
        always_valid_p: lift === null ? null : 0.3,
        power: lift === null ? null : 0.44,
        minimum_detectable_lift: lift === null ? null : 0.26,
        verdict: control
          ? 'control'
          : failing.length > 0
            ? `do not read: ${failing[0]}`
            : position === 1
              ? arm === 1
                ? reason === ''
                  ? verdict
                  : `${verdict}: ${reason}`
                : empty
                  ? word
                  : 'no effect found: could have seen a lift of 26 %'
              : word,
      };
    }),
  );
  const timeline = empty
    ? []
    : Array.from({ length: 14 }, (_, day) =>
        metrics.flatMap(({ metric }) =>
          variations.map((variation, arm): Day => {
            const lift = arm === 0 ? null : 0.1 * arm + 0.4 / (day + 1);
            const half = 3 / (day + 1);
            return {
              period: `2026-11-${String(day + 1).padStart(2, '0')}`,
              metric,
              variation,
              is_control: arm === 0,
              people: 340 * (day + 1),
              mean: 0.06,
              lift,
              lift_low: lift === null ? null : lift - half,
              lift_high: lift === null ? null : lift + half,
              bounds: metric === names[0] ? 'exact' : 'approximate',
            };
          }),
        ),
      ).flat();
  const check = (name: string, value: number | null, threshold: number, says: string): Check => ({
    check: name,
    value,
    threshold,
    ok: !failing.includes(name),
    says,
  });
  const health = [
    check(
      'sample_ratio',
      failing.includes('sample_ratio') ? 8e-27 : 0.49,
      0.001,
      'people exposed: control 4805, bar 4872',
    ),
    check(
      'multiple_variations',
      0.002,
      0.01,
      '9 of 9677 people saw more than one variation and are left out',
    ),
    check('bots', null, 0.001, '0 visitors were bots and are left out'),
    check('missing_arms', 0, 0, 'every variation has people, or is too young to'),
  ].toSorted((a, b) => Number(a.ok) - Number(b.ok));
  const segments = ['mobile', options.dimension ?? 'desktop', ''].flatMap((dimension, i) =>
    results.map(
      (row): Segment => ({
        ...row,
        dimension,
        people: row.people - 1_500 * i,
        verdict: row.is_control ? 'control' : i === 1 ? 'worse' : 'no difference seen',
      }),
    ),
  );
  const sql = (view: string): string =>
    `SELECT * FROM footfall.${view}(experiment = '${experiment.replaceAll("'", "\\'")}')`;
  return {
    plan: {
      experiment,
      site: 'shop',
      currency: 'EUR',
      since: '2026-11-01 00:00:00',
      until: ended ? '2026-11-14 00:00:00' : null,
      as_of: '2026-11-22 22:14:00',
      ended,
      variations,
      weights: variations.map(() => 1 / variations.length),
      alpha: 0.05,
      correction: 'holm',
      unit: 'person',
      minimum_effect: 0.15,
      min_days: 7,
      covariate_days: 14,
      sequential_tuning: 5000,
      metrics,
    },
    overview: {
      status: ended ? 'ended' : 'running',
      days: 13,
      people: empty ? 0 : 9_677,
      variation: variations[1] ?? '',
      verdict,
      reason,
    },
    results,
    health,
    timeline,
    segments: [{ by: 'device', rows: empty ? [] : segments, sql: sql('experiment_segments') }],
    sql: {
      overview: sql('experiments_overview'),
      results: sql('experiment_results'),
      health: sql('experiment_health'),
      timeline: sql('experiment_timeline'),
    },
  };
}
