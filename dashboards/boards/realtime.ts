import type { Board } from '../build.ts';
import { currency, person, SITE, site, TIMELINE } from '../variables.ts';

const minutes = {
  view: 'realtime',
  args: { site: SITE },
  columns: {
    visitors: { kind: 'count', colour: '#0072B2' },
    page_views: { kind: 'count', colour: '#56B4E9' },
    orders: { kind: 'count', colour: '#009E73' },
    revenue: { kind: 'money', colour: '#009E73' },
    hesitating: { kind: 'count', colour: '#E69F00' },
  },
} as const;
const figure = { ...minutes, as: 'stat', width: 6, height: 5 } as const;
const chart = { ...minutes, as: 'time', draw: 'bars', width: 12, height: 8 } as const;

export const realtime: Board = {
  name: 'realtime',
  title: 'Real time',
  description: 'The last thirty minutes of what has been read, minute by minute.',
  from: 'now-30m',
  refresh: '5s',
  variables: [site, currency, person],
  sections: [
    {
      panels: [
        {
          ...figure,
          title: 'How many visitors are here this minute?',
          show: ['visitors'],
          upIsGood: true,
          next: ['What did the last of them do?', 'realtime', TIMELINE],
        },
        { ...figure, title: 'How many pages do they see a minute?', show: ['page_views'], upIsGood: true },
        {
          ...figure,
          title: 'How many orders this minute?',
          show: ['orders'],
          upIsGood: true,
          next: ['What sells?', 'products'],
        },
        {
          ...figure,
          title: 'How many hesitate?',
          show: ['hesitating'],
          upIsGood: false,
          next: ['Where do they drop out?', 'funnel'],
        },
      ],
    },
    {
      panels: [
        {
          ...chart,
          title: 'How many visitors in each minute, and how many of them hesitate?',
          show: ['visitors', 'hesitating'],
        },
        { ...chart, title: 'How many page views in each minute?', show: ['page_views'] },
        { ...chart, title: 'How many orders in each minute?', show: ['orders'] },
        { ...chart, title: 'How much net revenue in each minute, in ${currency}?', show: ['revenue'] },
        {
          as: 'table',
          view: 'timeline',
          args: { site: SITE, person: '${person:singlequote}' },
          title: 'What did ${person} do?',
          note: 'Anyone’s id may be typed in the box: u: and the account, or v: and the visitor.',
          columns: {
            at: 'moment',
            event_name: { kind: 'text', label: 'event' },
            page: 'text',
            platform: 'text',
            search_term: 'text',
            items: { kind: 'text', sql: "arrayStringConcat(item_ids, ', ')" },
            transaction_id: { kind: 'text', label: 'order' },
            currency: 'text',
            value: { kind: 'count', label: 'value, minor units' },
            session_id: { kind: 'text', label: 'visit' },
          },
          orderBy: 'at DESC',
          limit: 500,
          empty: 'Nothing is known of that person.',
          width: 24,
          height: 10,
          next: ['Who are the best customers?', 'customers'],
        },
      ],
    },
  ],
};
