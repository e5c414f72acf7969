import type { Board } from '../build.ts';
import { BY, by, currency, GRAIN, grain, PERIOD, SERIES, site, WHOLE_PERIODS } from '../variables.ts';

/** One query for all figures on top: each shows two of its columns. */
const BEFORE = 'the period before';
const figures = {
  as: 'stat',
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
    orders: 'count',
    orders_before: { kind: 'count', label: BEFORE },
    revenue: 'money',
    revenue_before: { kind: 'money', label: BEFORE },
    conversion_rate: { kind: 'rate', label: 'conversion' },
    conversion_rate_before: { kind: 'rate', label: BEFORE },
  },
  upIsGood: true,
  width: 4,
  height: 5,
} as const;
const figure = (name: keyof typeof figures.columns) => {
  const before = `${name}_before`;
  return { ...figures, show: [name, before], before };
};

/** Likewise one query for the charts that can be split. */
const chart = (name: 'people' | 'revenue' | 'conversion_rate') =>
  ({
    as: 'time',
    view: 'traffic',
    args: { ...PERIOD, grain: GRAIN, by: BY },
    series: SERIES,
    columns: { people: 'count', revenue: 'money', conversion_rate: 'rate' },
    show: [name],
    width: 12,
    height: 8,
  }) as const;

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
          as: 'time',
          view: 'traffic',
          title: 'How do visits compare with the ${grain} before, and a year before?',
          note: 'The year before is 364 days earlier, so that weekdays match.',
          args: { ...PERIOD, grain: GRAIN, by: "''" },
          columns: {
            sessions: { kind: 'count', label: 'visits' },
            sessions_before: { kind: 'count', label: 'the period before' },
            sessions_year_before: { kind: 'count', label: 'a year before' },
          },
          width: 12,
          height: 8,
        },
        {
          view: 'traffic',
          args: { ...PERIOD, grain: GRAIN, by: BY },
          as: 'table',
          title: 'What happened in each ${grain}?',
          columns: {
            period: 'day',
            series: { kind: 'text', label: 'of', sql: SERIES },
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
          orderBy: 'period DESC, people DESC',
          limit: 500,
          width: 24,
          height: 10,
        },
      ],
    },
  ],
};
