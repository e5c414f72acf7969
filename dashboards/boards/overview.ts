import type { Board } from '../build.ts';
import {
  AS_OF,
  BY,
  by,
  currency,
  GRAIN,
  grain,
  PERIOD,
  SERIES,
  SITE,
  site,
  WHOLE_PERIODS,
} from '../variables.ts';

/** One query for all that is not split: each figure on top shows two of its columns. */
const BEFORE = 'the period before';
const whole = {
  view: 'traffic',
  args: { ...PERIOD, grain: GRAIN, by: "''" },
  where: WHOLE_PERIODS,
  columns: {
    people: 'count',
    people_before: { kind: 'count', label: BEFORE },
    new_people: 'count',
    new_people_before: { kind: 'count', label: BEFORE },
    sessions: { kind: 'count', label: 'visits' },
    sessions_before: { kind: 'count', label: BEFORE },
    // Before the first event nothing is known: that is no 0.
    sessions_year_before: { kind: 'count', label: 'a year before', sql: 'nullIf(sessions_year_before, 0)' },
    orders: 'count',
    orders_before: { kind: 'count', label: BEFORE },
    revenue: 'money',
    revenue_before: { kind: 'money', label: BEFORE },
    conversion_rate: { kind: 'rate', label: 'conversion' },
    conversion_rate_before: { kind: 'rate', label: BEFORE },
  },
} as const;
const figure = (name: keyof typeof whole.columns) => {
  const before = `${name}_before`;
  return { ...whole, as: 'stat', show: [name, before], before, upIsGood: true, width: 4, height: 6 } as const;
};

/** Likewise one query for the charts that can be split, and for the table below them. */
const split = {
  view: 'traffic',
  args: { ...PERIOD, grain: GRAIN, by: BY },
  columns: {
    period: 'day',
    people: { kind: 'count', cell: 'gauge' },
    new_people: 'count',
    sessions: { kind: 'count', label: 'visits' },
    page_views: 'count',
    bounce_rate: 'rate',
    pages_per_session: { kind: 'number', label: 'pages a visit' },
    median_session_seconds: { kind: 'seconds', label: 'median visit' },
    orders: 'count',
    revenue: 'money',
    conversion_rate: 'rate',
    direct_share: 'rate',
    brand_search_share: 'rate',
  },
} as const;
const chart = (name: 'people' | 'revenue' | 'conversion_rate') =>
  ({ ...split, as: 'time', series: SERIES, show: [name], width: 12, height: 8 }) as const;
const { period, ...figuresOfPeriod } = split.columns;

export const overview: Board = {
  name: 'overview',
  title: 'Overview',
  description: 'Who came, what they bought, and how that compares with the period before.',
  from: 'now-30d',
  variables: [site, currency, grain(), by],
  sections: [
    {
      panels: [
        {
          ...figure('people'),
          title: 'How many people came in the last whole ${grain}?',
          next: ['Who is here now?', 'realtime'],
        },
        {
          ...figure('new_people'),
          title: 'How many of them were new?',
          next: ['Where do they come from?', 'acquisition'],
        },
        {
          ...figure('sessions'),
          title: 'How many visits were there?',
          next: ['Which pages did they see?', 'pages'],
        },
        { ...figure('orders'), title: 'How many orders?', next: ['What sells?', 'products'] },
        {
          ...figure('revenue'),
          title: 'How much net revenue, in ${currency}?',
          next: ['Who brings it?', 'customers'],
        },
        {
          ...figure('conversion_rate'),
          title: 'What share of visits ended in an order?',
          next: ['Where do they drop out?', 'funnel'],
        },
      ],
    },
    {
      panels: [
        {
          ...chart('people'),
          title: 'How many people came in each ${grain}?',
          next: ['Do they come back?', 'retention'],
        },
        {
          ...chart('revenue'),
          draw: 'stack',
          title: 'What did they buy in each ${grain}, in ${currency}?',
          next: ['Who brings it?', 'customers'],
        },
        {
          ...chart('conversion_rate'),
          title: 'How does the share of visits with an order change?',
          next: ['Where do they drop out?', 'funnel'],
        },
        {
          ...whole,
          as: 'time',
          title: 'How do visits compare with the ${grain} before, and a year before?',
          note: 'Whole periods. The year before is 364 days earlier, so that weekdays match.',
          show: ['sessions', 'sessions_before', 'sessions_year_before'],
          width: 12,
          height: 8,
        },
        {
          ...split,
          as: 'table',
          title: 'What happened in each ${grain}?',
          columns: {
            time: { kind: 'moment', sql: 'at' },
            series: { kind: 'text', label: 'of', sql: SERIES },
            period,
            ...figuresOfPeriod,
          },
          show: ['series', 'period', ...Object.keys(figuresOfPeriod)],
          orderBy: 'time',
          sortBy: 'period',
          width: 24,
          height: 10,
        },
        {
          as: 'table',
          view: 'anomalies',
          args: { site: SITE, as_of: AS_OF, grain: "'day'" },
          title: 'What was unusual on the last whole day?',
          note: 'Against the same weekday of the eight weeks before; the furthest from it first.',
          columns: {
            metric: { kind: 'text', label: 'figure', sql: "replaceAll(anomalies.metric, '_', ' ')" },
            series: {
              kind: 'text',
              label: 'of',
              sql: "if(dimension_name = 'total', 'all', concat(dimension_name, ' ', if(dimension = '', '(none)', dimension)))",
            },
            // Counts, amounts and shares stand in one column.
            value: 'figure',
            expected: { kind: 'figure', label: 'usual' },
            low: { kind: 'figure', label: 'usual from' },
            high: { kind: 'figure', label: 'to' },
            score: {
              kind: 'number',
              cell: 'colour',
              thresholds: [
                [null, 'bad'],
                [-3.99, 'good'],
                [4, 'bad'],
              ],
            },
            n: { kind: 'count', label: 'out of' },
          },
          orderBy: 'alarm DESC, abs(score) DESC NULLS LAST, metric, series',
          limit: 100,
          unknown: 'not yet',
          width: 24,
          height: 9,
          next: ['What is happening now?', 'realtime'],
        },
      ],
    },
  ],
};
