/** What a readout is made of: rows of the views as they answer, the experiment's plan, and the SQL that was asked. */

export interface Plan {
  experiment: string;
  site: string;
  /** ISO 4217, of all money. */
  currency: string;
  /** 'YYYY-MM-DD HH:MM:SS', UTC. */
  since: string;
  until: string | null;
  /** Up to when everything is known. */
  as_of: string;
  ended: boolean;
  /** The first is control. */
  variations: string[];
  weights: number[];
  alpha: number;
  correction: string;
  unit: string;
  /** Relative. */
  minimum_effect: number;
  min_days: number;
  covariate_days: number;
  sequential_tuning: number;
  metrics: PlannedMetric[];
}

export interface PlannedMetric {
  metric: string;
  /** 1: the primary. */
  position: number;
  guardrail: boolean;
  /** The table `metrics` has it. */
  defined: boolean;
  kind: string;
  event: string;
  value: string;
  denominator_event: string;
  denominator_value: string;
  direction: number;
  cap_percentile: number;
  delay_hours: number;
  window_hours: number;
}

export interface Overview {
  status: string;
  days: number;
  people: number;
  variation: string;
  verdict: string;
  reason: string;
}

/** What experiment_results and experiment_segments have in common. Null: cannot be said. */
export interface Comparison {
  metric: string;
  variation: string;
  is_control: boolean;
  people: number;
  mature_people: number;
  mean: number | null;
  difference: number | null;
  difference_low: number | null;
  difference_high: number | null;
  p_value: number | null;
  p_adjusted: number | null;
  lift: number | null;
  lift_low: number | null;
  lift_high: number | null;
  chance_to_win: number | null;
  risk: number | null;
  always_valid_low: number | null;
  always_valid_high: number | null;
  always_valid_p: number | null;
  verdict: string;
}

export interface Result extends Comparison {
  is_primary: boolean;
  guardrail: boolean;
  kind: string;
  total: number | null;
  cuped_lift: number | null;
  cuped_lift_low: number | null;
  cuped_lift_high: number | null;
  cuped_p_value: number | null;
  variance_removed: number | null;
  power: number | null;
  minimum_detectable_lift: number | null;
}

export interface Segment extends Comparison {
  dimension: string;
}

export interface Check {
  check: string;
  value: number | null;
  threshold: number | null;
  ok: boolean;
  says: string;
}

export interface Day {
  /** 'YYYY-MM-DD' of the site. */
  period: string;
  metric: string;
  variation: string;
  is_control: boolean;
  people: number;
  mean: number | null;
  lift: number | null;
  lift_low: number | null;
  lift_high: number | null;
  bounds: string;
}

export interface Readout {
  plan: Plan;
  overview: Overview;
  results: Result[];
  health: Check[];
  /** Empty where it was not asked for. */
  timeline: Day[];
  segments: Array<{ by: string; rows: Segment[]; sql: string }>;
  /** As it was asked, to be asked again. */
  sql: { overview: string; results: string; health: string; timeline: string };
}
