import { CLICKHOUSE, clickhouseQuery, PROMETHEUS } from './build.ts';

/**
 * Sites whose figures are watched: a view is asked about one site, so each has rules of its own. Another one: add it and
 * run `npm run dashboards`.
 */
export const WATCHED_SITES = ['shop'] as const;

interface Rule {
  uid: string;
  title: string;
  /** What it means and what to do. */
  description: string;
  severity: 'warning' | 'critical';
  /** One number a row, which sets off the alert; text columns become its labels. Grafana takes a $ for a variable: none. */
  ask: { sql: string } | { prometheus: string };
  /** When the number sets it off. */
  when: { type: 'gt' | 'lt'; than: number };
  /** How long it must hold, as Grafana writes it. */
  for: string;
}

/** Below so many orders on a usual day, half of them missing is chance. */
const USUAL_ORDERS_MIN = 20;

/**
 * A day's figure as a share of what is usual: the last whole day by the median of the 28 before it. 1, nothing to say,
 * where there are fewer than 7 of them or too few orders to tell.
 */
const againstUsual = (site: string, figure: 'orders' | 'conversion_rate'): string =>
  [
    'WITH arrayPopBack(groupArray(figure)) AS earlier, arrayPopBack(groupArray(day_orders)) AS earlier_orders',
    'SELECT if(',
    `    length(earlier) < 7 OR arrayReduce('median', earlier_orders) < ${USUAL_ORDERS_MIN}, 1,`,
    "    ifNull(argMax(figure, period) / nullIf(arrayReduce('median', earlier), 0), 1)) AS share_of_usual",
    'FROM',
    '(',
    `    SELECT period, orders AS day_orders, ifNull(toFloat64(${figure}), 0) AS figure`,
    '    FROM footfall.traffic(',
    `        site = '${site}', since = site_day('${site}', now()) - 29, until = site_day('${site}', now()) - 1,`,
    "        grain = 'day', by = '')",
    '    ORDER BY period',
    ')',
  ].join('\n');

function rulesOf(site: string): Rule[] {
  return [
    {
      uid: `footfall-orders-${site}`,
      title: `${site}: far fewer orders than usual`,
      description:
        'Yesterday had less than half of the orders of a usual day of the last four weeks. The Overview shows since when, the Funnel where.',
      severity: 'critical',
      ask: { sql: againstUsual(site, 'orders') },
      when: { type: 'lt', than: 0.5 },
      for: '0s',
    },
    {
      uid: `footfall-conversion-${site}`,
      title: `${site}: far fewer visits end in an order than usual`,
      description:
        'The share of yesterday’s visits with an order is less than 60 % of the usual one. The Funnel, split by device and channel, shows where.',
      severity: 'warning',
      ask: { sql: againstUsual(site, 'conversion_rate') },
      when: { type: 'lt', than: 0.6 },
      for: '0s',
    },
    {
      uid: `footfall-payments-${site}`,
      title: `${site}: payments fail`,
      description:
        'Of at least 20 attempts since yesterday, more than 30 % of this payment type failed. The Funnel lists the errors.',
      severity: 'critical',
      ask: {
        sql: [
          'SELECT payment_type, 1 - any(success_rate) AS failed',
          'FROM footfall.payments(',
          `    site = '${site}', since = site_day('${site}', now()) - 1, until = site_day('${site}', now()), by = '')`,
          'GROUP BY payment_type',
          'HAVING sum(attempts) >= 20',
        ].join('\n'),
      },
      when: { type: 'gt', than: 0.3 },
      for: '0s',
    },
  ];
}

const PIPELINE: readonly Rule[] = [
  {
    uid: 'footfall-residual',
    title: 'Records are missing, or there are too many',
    description:
      'Of an hour that is over, consumed is not accepted + duplicate + unconsented + erased + rejected. Ask `footfall doctor`; the Pipeline board shows the hours.',
    severity: 'critical',
    ask: {
      sql: [
        'SELECT topic, toString(partition) AS partition, max(abs(residual)) AS missing',
        'FROM footfall.conservation(since = toDate(now()) - 2, until = toDate(now()))',
        'WHERE hour < toStartOfHour(now()) - INTERVAL 1 HOUR',
        'GROUP BY topic, partition',
      ].join('\n'),
    },
    when: { type: 'gt', than: 0 },
    for: '0s',
  },
  {
    uid: 'footfall-stale',
    title: 'Answers are old',
    description:
      'A live partition has been behind for more than half an hour, by what is written, whatever the workers’ metrics say.',
    severity: 'critical',
    ask: {
      sql: [
        'SELECT topic, toString(partition) AS partition, max(seconds_behind) AS seconds',
        'FROM footfall.freshness',
        'WHERE live',
        'GROUP BY topic, partition',
      ].join('\n'),
    },
    when: { type: 'gt', than: 1800 },
    for: '5m',
  },
  {
    uid: 'footfall-prometheus',
    title: 'A rule of Prometheus fires',
    description: 'Its name is in the label alertname; dashboards/alerts/pipeline.yml says what it means.',
    severity: 'critical',
    ask: { prometheus: 'ALERTS{alertstate="firing", alertname=~"Footfall.+"}' },
    when: { type: 'gt', than: 0 },
    for: '0s',
  },
];

/** The rules as Grafana's file provider reads them: dashboards/provisioning/alerting/rules.json. */
export function alertRules(): object {
  const group = (name: string, interval: string, rules: readonly Rule[]): object => ({
    orgId: 1,
    name,
    folder: 'Footfall',
    interval,
    rules: rules.map(rule => ({
      uid: rule.uid,
      title: rule.title,
      condition: 'B',
      data: [
        { refId: 'A', relativeTimeRange: { from: 600, to: 0 }, ...question(rule.ask) },
        {
          refId: 'B',
          datasourceUid: '__expr__',
          model: {
            refId: 'B',
            type: 'threshold',
            expression: 'A',
            conditions: [{ evaluator: { type: rule.when.type, params: [rule.when.than] } }],
          },
        },
      ],
      // No row is nothing to complain of; a query that fails is.
      noDataState: 'OK',
      execErrState: 'Error',
      for: rule.for,
      labels: { severity: rule.severity },
      annotations: { summary: rule.title, description: rule.description },
    })),
  });
  return {
    apiVersion: 1,
    groups: [
      group('pipeline', '1m', PIPELINE),
      ...WATCHED_SITES.map(site => group(`shop ${site}`, '10m', rulesOf(site))),
    ],
  };
}

function question(ask: Rule['ask']): object {
  if ('sql' in ask) return { datasourceUid: CLICKHOUSE.uid, model: clickhouseQuery(ask.sql, 'table') };
  return {
    datasourceUid: PROMETHEUS.uid,
    model: { refId: 'A', datasource: PROMETHEUS, expr: ask.prometheus, instant: true, range: false },
  };
}
