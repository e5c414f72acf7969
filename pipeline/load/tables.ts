import {
  type Cell,
  currency,
  day,
  decimal,
  type Kind,
  listOf,
  matching,
  minorUnits,
  name,
  oneOf,
  optional,
  second,
  text,
  time,
  timezone,
  whole,
} from './kinds.ts';

export type Row = Record<string, Cell>;

/** A table that people load: its columns, and what makes two rows one. */
export interface LoadedTable {
  /** Columns that a row must have. */
  required: Record<string, Kind>;
  /** Columns that take the table's default where they are left out, or empty in CSV. */
  others: Record<string, Kind>;
  /** A later row of the same key replaces an earlier one. */
  key: readonly string[];
  /** What is wrong with a row whose columns are right one by one; null: nothing. */
  check?: (row: Row) => string | null;
}

const site = name;
const count = whole(0);
const eventName = matching(
  /^[a-z][a-z0-9_]{0,39}$/,
  'an event name: small letters, digits and _, at most 40',
);
const METRIC_VALUE = matching(
  /^(count|any|revenue|quantity|points|score|engagement_time_ms|metrics\..+)$/,
  'count, any, revenue, quantity, points, score, engagement_time_ms or metrics.KEY',
);
const personId = matching(/^[uv]:./, 'u:ACCOUNT or v:VISITOR');

function inOrder(row: Row): string | null {
  const { since, until } = row;
  if (typeof since !== 'string' || typeof until !== 'string' || since <= until) return null;
  return `since ${since} is after until ${until}`;
}

/** Every table of `footfall load`, by name; columns as in sql/tables. */
export const LOADED_TABLES = {
  sites: {
    required: { site },
    others: {
      timezone,
      currency,
      session_gap_seconds: whole(1, 86_400, 'seconds, a whole number'),
      key_events: listOf(eventName),
      dormant_days: whole(1, 3_650, 'days, a whole number'),
      churned_days: whole(1, 3_650, 'days, a whole number'),
      point_value: minorUnits,
      brand_terms: listOf(name),
    },
    key: ['site'],
  },
  experiments: {
    required: { experiment: name, since: second, variations: listOf(name), metrics: listOf(name) },
    others: {
      site,
      until: optional(second),
      weights: listOf(decimal(Number.MIN_VALUE, 1e9, 'a number above 0')),
      alpha: decimal(1e-9, 0.999_999, 'a probability between 0 and 1'),
      sequential_tuning: decimal(1e-9, 1e15, 'a number above 0'),
      covariate_days: whole(0, 365, 'days, a whole number'),
      unit: oneOf('person', 'visitor'),
      minimum_effect: decimal(1e-9, 1e6, 'a number above 0, relative: 0.05 for 5 %'),
      min_days: whole(0, 3_650, 'days, a whole number'),
      correction: oneOf('holm', 'bh'),
    },
    key: ['experiment'],
    check: row => {
      const { variations, weights, metrics } = row;
      if (!Array.isArray(variations) || variations.length < 2) return 'variations are fewer than two';
      if (new Set<unknown>(variations).size < variations.length) return 'a variation is named twice';
      if (Array.isArray(weights) && weights.length !== variations.length)
        return `there are ${weights.length} weights and ${variations.length} variations`;
      if (!Array.isArray(metrics) || metrics.length === 0) return 'metrics are none';
      if (String(metrics[0]).startsWith('!'))
        return 'the first metric is the primary one, so it cannot be a guardrail (!)';
      return inOrder(row);
    },
  },
  metrics: {
    required: {
      metric: matching(/^[^!]/, 'a name that does not begin with !'),
      kind: oneOf('proportion', 'mean', 'ratio'),
    },
    others: {
      event: text,
      value: METRIC_VALUE,
      denominator_event: text,
      denominator_value: { ...METRIC_VALUE, read: value => (value === '' ? '' : METRIC_VALUE.read(value)) },
      delay_hours: whole(0, 17_520, 'hours, a whole number'),
      window_hours: whole(0, 17_520, 'hours, a whole number'),
      direction: {
        may: '1 or -1',
        read: value => (String(value) === '1' ? 1 : String(value) === '-1' ? -1 : undefined),
      },
      cap_percentile: decimal(0, 0.999_999, 'a share from 0 (none) to below 1'),
    },
    key: ['metric'],
    check: row =>
      row.kind !== 'ratio' && typeof row.denominator_value === 'string' && row.denominator_value !== ''
        ? `a ${String(row.kind)} has no denominator`
        : null,
  },
  ad_costs: {
    required: { site, day, currency, cost: minorUnits },
    others: {
      source: text,
      medium: text,
      campaign: text,
      term: text,
      content: text,
      commission: minorUnits,
      clicks: count,
      impressions: count,
    },
    key: ['site', 'day', 'source', 'medium', 'campaign', 'term', 'content', 'currency'],
  },
  fx_rates: {
    required: {
      day,
      from_currency: currency,
      to_currency: currency,
      rate: decimal(
        Number.MIN_VALUE,
        1e12,
        'a number above 0: 1 unit of from_currency = rate units of to_currency',
      ),
    },
    others: {},
    key: ['from_currency', 'to_currency', 'day'],
    check: row =>
      row.from_currency === row.to_currency && row.rate !== 1 ? 'a currency is 1 of itself' : null,
  },
  campaign_plans: {
    required: { site, campaign: name, since: day, until: day },
    others: {
      kind: text,
      currency,
      cost: minorUnits,
      goal: oneOf('', 'orders', 'revenue', 'new_customers', 'participants'),
      target: decimal(0, 1e15, 'a number from 0'),
      text,
    },
    key: ['site', 'campaign'],
    check: row =>
      inOrder(row) ??
      (row.cost !== undefined && row.cost !== 0 && row.currency === undefined
        ? 'cost has no currency'
        : null),
  },
  campaign_people: {
    required: { site, campaign: name, person_id: personId, arm: oneOf('treated', 'held_out'), at: time },
    others: {},
    key: ['site', 'campaign', 'person_id'],
  },
  tiers: {
    required: { site, tier: name },
    others: {
      points_from: count,
      spend_from: count,
      orders_from: count,
      window_days: whole(0, 3_650, 'days (0: all time), a whole number'),
    },
    key: ['site', 'tier'],
  },
  profile_values: {
    required: { site, user_id: name, key: name, value: text },
    others: { since: time },
    key: ['site', 'key', 'user_id', 'since'],
  },
  calendar: { required: { site, day, name }, others: {}, key: ['site', 'day', 'name'] },
  competitor_prices: {
    required: {
      site,
      day,
      item_id: name,
      competitor: name,
      currency,
      price: whole(0, undefined, 'minor units, a whole number'),
    },
    others: {},
    key: ['site', 'item_id', 'competitor', 'day', 'currency'],
  },
  mentions: {
    required: {
      site,
      day,
      source: name,
      topic: name,
      sentiment: oneOf('positive', 'neutral', 'negative'),
      count,
    },
    others: {},
    key: ['site', 'day', 'source', 'topic', 'sentiment'],
  },
  back_office_orders: {
    required: { site, transaction_id: name, day, currency, value: minorUnits },
    others: {},
    key: ['site', 'transaction_id'],
  },
  annotations: { required: { at: time, text: name }, others: { site: text }, key: ['site', 'at', 'text'] },
} satisfies Record<string, LoadedTable>;

export type LoadedName = keyof typeof LOADED_TABLES;

export function isLoadedName(given: string): given is LoadedName {
  return Object.hasOwn(LOADED_TABLES, given);
}

/** Columns as their order in a file's header may be, for messages and templates. */
export function columnsOf(table: LoadedTable): Array<[column: string, kind: Kind, required: boolean]> {
  return [
    ...Object.entries(table.required).map(
      ([column, kind]) => [column, kind, true] as [string, Kind, boolean],
    ),
    ...Object.entries(table.others).map(([column, kind]) => [column, kind, false] as [string, Kind, boolean]),
  ];
}
