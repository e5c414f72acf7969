import type { Board } from '../build.ts';
import {
  BY,
  by,
  currency,
  event,
  GRAIN,
  grain,
  lookback,
  model,
  PERIOD,
  SERIES,
  site,
} from '../variables.ts';

const channels = {
  view: 'channels',
  args: { ...PERIOD, model: '${model:singlequote}', lookback_days: '${lookback}', by: "''" },
} as const;

/** One query for the charts: each shows some of its columns. */
const chart = {
  ...channels,
  as: 'bars',
  category: 'channel',
  columns: {
    channel: 'text',
    sessions: { kind: 'count', label: 'visits' },
    new_people: 'count',
    credited_revenue: 'money',
    cost: 'money',
  },
  orderBy: 'sessions DESC',
  width: 12,
  height: 10,
} as const;

export const acquisition: Board = {
  name: 'acquisition',
  title: 'Acquisition',
  description: 'Where people come from, what they bring, and what it costs to win them.',
  from: 'now-30d',
  variables: [site, currency, model, lookback, by, event, grain()],
  sections: [
    {
      panels: [
        {
          ...chart,
          title: 'Through which channels do visits and new people come?',
          show: ['channel', 'sessions', 'new_people'],
          next: ['How far do they get?', 'funnel'],
        },
        {
          ...chart,
          title: 'What does each channel bring and cost, in ${currency}?',
          note: 'Orders are shared by the chosen model; the sum is the net revenue of the period.',
          show: ['channel', 'credited_revenue', 'cost'],
          next: ['What are those customers worth?', 'customers'],
        },
        {
          ...channels,
          args: { ...channels.args, by: BY },
          as: 'table',
          title: 'Which channels pay?',
          note: 'The last two columns: only people for whom 30 days have passed.',
          columns: {
            channel: 'text',
            series: { kind: 'text', label: 'of', sql: SERIES },
            people: 'count',
            new_people: 'count',
            sessions: { kind: 'count', label: 'visits', cell: 'gauge' },
            new_customers: 'count',
            credited_orders: { kind: 'number', label: 'orders' },
            credited_revenue: { kind: 'money', label: 'revenue' },
            cost: 'money',
            cpa: { kind: 'money', label: 'cost of an order' },
            cac: { kind: 'money', label: 'cost of a new customer' },
            roas: {
              kind: 'number',
              label: 'revenue for each spent',
              cell: 'colour',
              thresholds: [
                [null, 'bad'],
                [1, 'watch'],
                [4, 'good'],
              ],
            },
            roi: { kind: 'rate', label: 'return on cost' },
            first_purchase_rate_30d: { kind: 'rate', label: 'buy in 30 days' },
            retained_30d: { kind: 'rate', label: 'back on day 30' },
          },
          orderBy: 'sessions DESC',
          limit: 300,
          unknown: '–',
          width: 24,
          height: 11,
        },
      ],
    },
    {
      title: 'Any event',
      panels: [
        {
          as: 'time',
          view: 'trend',
          args: { ...PERIOD, grain: GRAIN, event: '${event:singlequote}', value: "''", by: BY },
          title: 'How often does ${event} happen?',
          series: SERIES,
          columns: { count: 'count', people: 'count' },
          show: ['count'],
          width: 12,
          height: 8,
        },
        {
          as: 'time',
          view: 'trend',
          args: { ...PERIOD, grain: GRAIN, event: '${event:singlequote}', value: "''", by: BY },
          title: 'How many people do ${event}?',
          series: SERIES,
          columns: { count: 'count', people: 'count' },
          show: ['people'],
          width: 12,
          height: 8,
        },
      ],
    },
  ],
};
