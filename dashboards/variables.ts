import {
  VariableHide,
  type VariableModel,
  VariableRefresh,
  VariableType,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { CLICKHOUSE, type Column, uidOf } from './build.ts';

/** A variable's choices: what people read, and what stands in the query. */
type Choices = ReadonlyArray<readonly [text: string, value: string]>;

const custom = (
  name: string,
  label: string,
  description: string,
  choices: Choices,
  chosen: string,
): VariableModel => ({
  type: VariableType.Custom,
  name,
  label,
  description,
  query: choices.map(([text, value]) => `${text} : ${value}`).join(', '),
  options: choices.map(([text, value]) => ({ text, value, selected: value === chosen })),
  current: { text: choices.find(([, value]) => value === chosen)?.[0] ?? chosen, value: chosen },
  multi: false,
  includeAll: false,
  allowCustomValue: true,
  hide: VariableHide.DontHide,
});

const asked = (
  name: string,
  label: string,
  sql: string,
  current: string,
  hide: VariableHide = VariableHide.DontHide,
): VariableModel => ({
  type: VariableType.Query,
  name,
  label,
  datasource: CLICKHOUSE,
  query: sql,
  definition: sql,
  current: { text: current, value: current },
  options: [],
  multi: false,
  includeAll: false,
  refresh: VariableRefresh.OnDashboardLoad,
  hide,
});

const textbox = (name: string, label: string, description: string, value: string): VariableModel => ({
  type: VariableType.Textbox,
  name,
  label,
  description,
  query: value,
  current: { text: value, value },
  options: [{ text: value, value, selected: true }],
  hide: VariableHide.DontHide,
});

export const site = asked('site', 'Site', 'SELECT site FROM footfall.known_sites ORDER BY site', 'shop');

export const experiment = asked(
  'experiment',
  'Experiment',
  'SELECT experiment FROM footfall.experiments FINAL WHERE site = ${site:singlequote} ORDER BY since DESC, experiment',
  '',
);

/** Of the site's reports: stands behind every amount. */
export const currency = asked(
  'currency',
  'Currency',
  'SELECT site_currency(${site:singlequote})',
  'USD',
  VariableHide.HideVariable,
);

export const grain = (chosen: 'day' | 'week' | 'month' = 'day'): VariableModel =>
  custom(
    'grain',
    'Period',
    'Days, weeks from Monday, or months, of the site’s zone',
    [
      ['day', 'day'],
      ['week', 'week'],
      ['month', 'month'],
    ],
    chosen,
  );

/** 'all': not split. */
export const by = custom(
  'by',
  'Split by',
  'A dimension; also segment:NAME, variation:EXPERIMENT, profile:KEY',
  [
    ['all together', 'all'],
    ['channel', 'channel'],
    ['source', 'source'],
    ['medium', 'medium'],
    ['campaign', 'campaign'],
    ['term', 'term'],
    ['content', 'content'],
    ['country', 'country'],
    ['language', 'language'],
    ['device', 'device'],
    ['platform', 'platform'],
    ['browser', 'browser'],
    ['connection', 'connection'],
    ['landing page', 'landing_page'],
    ['new or returning', 'new_or_returning'],
  ],
  'all',
);

const STEPS = ['view_item', 'add_to_cart', 'begin_checkout', 'purchase'];
const MORE_STEPS = [
  'page_view',
  'view_item_list',
  'select_item',
  'search',
  'view_cart',
  'add_shipping_info',
  'add_payment_info',
  'payment_attempt',
  'sign_up',
];

/** In the order in which they are chosen; others (`a|b`, `name?`, `name:key=value`) may be typed. */
export const steps: VariableModel = {
  type: VariableType.Custom,
  name: 'steps',
  label: 'Steps',
  description:
    'Events in order; a|b for either, name? for one that may be skipped, name:key=value for a property',
  query: [...STEPS, ...MORE_STEPS].join(','),
  options: [...STEPS, ...MORE_STEPS].map(step => ({
    text: step,
    value: step,
    selected: STEPS.includes(step),
  })),
  current: { text: STEPS, value: STEPS },
  multi: true,
  includeAll: false,
  allowCustomValue: true,
  hide: VariableHide.DontHide,
};

export const within = custom(
  'within',
  'Within',
  'From the first step to the last',
  [
    ['30 minutes', '1800'],
    ['1 hour', '3600'],
    ['1 day', '86400'],
    ['3 days', '259200'],
    ['7 days', '604800'],
    ['30 days', '2592000'],
  ],
  '86400',
);

export const mode = custom(
  'mode',
  'Order',
  'How strictly the steps follow each other',
  [
    ['one event fills one step', 'ordinary'],
    ['nothing between', 'strict_order'],
    ['no step twice', 'strict_deduplication'],
    ['each later than the last', 'strict_increase'],
  ],
  'ordinary',
);

export const kind = custom(
  'kind',
  'Counted as',
  'Who is retained at an age',
  [
    ['back in that period', 'on'],
    ['back in it or later', 'on_or_after'],
    ['each period a cohort', 'recurring'],
  ],
  'on',
);

export const model = custom(
  'model',
  'Credit',
  'How an order is shared over what brought the person',
  [
    ['last but direct', 'last_non_direct'],
    ['first', 'first'],
    ['last', 'last'],
    ['linear', 'linear'],
    ['first and last', 'position'],
    ['recent more', 'time_decay'],
    ['Markov (after fit)', 'markov'],
  ],
  'last_non_direct',
);

/** Empty: an active visit. */
export const startEvent = textbox('start_event', 'Begins with', 'An event; empty: an active visit', '');
export const returnEvent = textbox('return_event', 'Returns with', 'An event; empty: an active visit', '');

export const activationEvent = textbox(
  'activation_event',
  'Gets going by',
  'The event that makes a new account an active one',
  'add_to_cart',
);

export const repeatDays = custom(
  'repeat_days',
  'Again within',
  'Days from the first order to the second',
  [
    ['30 days', '30'],
    ['60 days', '60'],
    ['90 days', '90'],
    ['180 days', '180'],
    ['365 days', '365'],
  ],
  '30',
);

export const lookback = custom(
  'lookback',
  'Looking back',
  'How long before an order a visit may have its share of it',
  [
    ['7 days', '7'],
    ['30 days', '30'],
    ['90 days', '90'],
  ],
  '30',
);

export const start = textbox('start', 'Starting at', 'A page’s path; empty: wherever they land', '');
export const end = textbox(
  'end',
  'Ending at',
  'A page’s path: paths that lead there; empty: paths from the start',
  '',
);
export const goal = custom(
  'goal',
  'Visits',
  'Those with an order, those without, or all',
  [
    ['all', 'all'],
    ['with an order', 'converted'],
    ['without an order', 'lost'],
  ],
  'all',
);

export const event = textbox('event', 'Event', 'A name; a|b for either; empty for any', 'add_to_cart');
export const person = asked(
  'person',
  'Person',
  [
    'SELECT person_id',
    'FROM footfall.people',
    'WHERE site = ${site:singlequote}',
    'ORDER BY last_seen DESC',
    'LIMIT 100',
  ].join('\n'),
  '',
);
person.allowCustomValue = true;

/** The panel of Real time that lists what one person did: its id, by which an address leads to it. */
export const TIMELINE = 9;

/** Whose name leads to what they did; the board's own period, for a timeline has none. */
export const PERSON_COLUMN: Column = {
  kind: 'text',
  label: 'person',
  link: {
    title: 'What did they do?',
    url: `/d/${uidOf('realtime')}?viewPanel=${TIMELINE}&\${site:queryparam}&var-person=\${__value.raw:percentencode}`,
  },
};

/** Grafana keeps no empty choice: one of them stands for ''. */
const chosenOr = (name: string, none: string): string =>
  `if(\${${name}:singlequote} = '${none}', '', \${${name}:singlequote})`;

/** Arguments of views, as SQL over these variables and the dashboard's range. */
export const SITE = '${site:singlequote}';
export const SINCE = `site_day(${SITE}, $__fromTime)`;
export const UNTIL = `site_day(${SITE}, $__toTime)`;
export const AS_OF = "toDateTime64($__toTime, 3, 'UTC')";
export const GRAIN = '${grain:singlequote}';
export const BY = chosenOr('by', 'all');
export const STEP_LIST = '[${steps:singlequote}]';
export const MODE = chosenOr('mode', 'ordinary');
export const PERIOD = { site: SITE, since: SINCE, until: UNTIL };

export const GOAL = chosenOr('goal', 'all');

/** The dimension as the name of a series. */
export const SERIES = "multiIf(dimension != '', dimension, ${by:singlequote} = 'all', 'all', '(none)')";

/** Of a view by period: those that have ended by the end of the range. */
export const WHOLE_PERIODS = `period_add(period, ${GRAIN}, 1) <= ${UNTIL}`;
