import type { Board } from '../build.ts';
import { BY, by, currency, GRAIN, grain, PERIOD, SERIES, site, WHOLE_PERIODS } from '../variables.ts';

const traffic = { view: 'traffic', args: { ...PERIOD, grain: GRAIN, by: "''" } } as const;
const split = { view: 'traffic', args: { ...PERIOD, grain: GRAIN, by: BY } } as const;
const stat = { ...traffic, as: 'stat', where: WHOLE_PERIODS, width: 4, height: 5 } as const;

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
          ...stat,
          title: 'How many people came in the last whole ${grain}?',
          columns: { people: 'count', people_before: { kind: 'count', label: 'the ${grain} before' } },
          before: 'people_before',
          upIsGood: true,
          next: ['Who is here now?', 'realtime'],
        },
        {
          ...stat,
          title: 'How many of them were new?',
          columns: {
            new_people: 'count',
            new_people_before: { kind: 'count', label: 'the ${grain} before' },
          },
          before: 'new_people_before',
          upIsGood: true,
          next: ['Where do they come from?', 'acquisition'],
        },
        {
          ...stat,
          title: 'How many visits were there?',
          columns: { sessions: 'count', sessions_before: { kind: 'count', label: 'the ${grain} before' } },
          before: 'sessions_before',
          upIsGood: true,
          next: ['Which pages did they see?', 'pages'],
        },
        {
          ...stat,
          title: 'How many orders?',
          columns: { orders: 'count', orders_before: { kind: 'count', label: 'the ${grain} before' } },
          before: 'orders_before',
          upIsGood: true,
          next: ['What sells?', 'products'],
        },
        {
          ...stat,
          title: 'How much net revenue?',
          columns: { revenue: 'money', revenue_before: { kind: 'money', label: 'the ${grain} before' } },
          before: 'revenue_before',
          upIsGood: true,
          next: ['Who brings it?', 'customers'],
        },
        {
          ...stat,
          title: 'What share of visits ended in an order?',
          columns: {
            conversion_rate: 'rate',
            conversion_rate_before: { kind: 'rate', label: 'the ${grain} before' },
          },
          before: 'conversion_rate_before',
          upIsGood: true,
          next: ['Where do they drop out?', 'funnel'],
        },
      ],
    },
    {
      panels: [
        {
          ...split,
          as: 'time',
          title: 'How many people came in each ${grain}?',
          series: SERIES,
          columns: { people: 'count' },
          width: 12,
          height: 8,
          next: ['Do they come back?', 'retention'],
        },
        {
          ...split,
          as: 'time',
          title: 'What did they buy in each ${grain}, in ${currency}?',
          series: SERIES,
          columns: { revenue: 'money' },
          draw: 'stack',
          width: 12,
          height: 8,
          next: ['Who brings it?', 'customers'],
        },
        {
          ...split,
          as: 'time',
          title: 'What share of visits ended in an order?',
          series: SERIES,
          columns: { conversion_rate: 'rate' },
          width: 12,
          height: 8,
          next: ['Where do they drop out?', 'funnel'],
        },
        {
          ...traffic,
          as: 'time',
          title: 'How does it compare with the ${grain} before, and a year before?',
          note: 'The year before is 364 days earlier, so that weekdays match.',
          columns: {
            sessions: { kind: 'count', label: 'visits' },
            sessions_before: { kind: 'count', label: 'the ${grain} before' },
            sessions_year_before: { kind: 'count', label: 'a year before' },
          },
          width: 12,
          height: 8,
        },
        {
          ...split,
          as: 'table',
          title: 'What happened in each ${grain}?',
          unknown: '–',
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
