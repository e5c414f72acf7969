import { createHash } from 'node:crypto';
import { CLICKHOUSE, clickhouseQuery, PROMETHEUS } from './build.ts';

/**
 * Sites whose figures are watched where `npm run dashboards` is told of none: a view is asked about one site, and asking it
 * costs seconds, so each site has rules of its own. Of a site that has none a rule tells.
 */
const WATCHED_SITES = ['shop'];

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

/**
 * What `anomalies` says of one figure in the last whole hour and day, as a whole and by channel, device and country: its
 * score where that is an alarm in the given direction, else 0.
 */
const unusual = (site: string, metric: string, direction: 'up' | 'down'): string =>
  (['hour', 'day'] as const)
    .map(grain =>
      [
        `SELECT '${grain}' AS of, dimension_name, dimension, if(alarm AND direction = '${direction}', assumeNotNull(score), 0.) AS score`,
        `FROM footfall.anomalies(site = '${site}', as_of = now64(3), grain = '${grain}')`,
        `WHERE metric = '${metric}'`,
      ].join('\n'),
    )
    .join('\nUNION ALL\n');

function rulesOf(site: string): Rule[] {
  // A rule's uid is of 40 letters, digits, _ and - at most.
  const named = /^[\w-]{1,19}$/.test(site)
    ? site
    : createHash('sha256').update(site).digest('hex').slice(0, 16);
  const against =
    'held against the same hour or weekday of eight weeks before. The Overview lists all that is unusual';
  return [
    {
      uid: `footfall-orders-${named}`,
      title: `${site}: far fewer orders than usual`,
      description: `The orders of the last whole hour or day, ${against}, the Funnel shows where people are lost.`,
      severity: 'critical',
      ask: { sql: unusual(site, 'orders', 'down') },
      when: { type: 'lt', than: 0 },
      for: '0s',
    },
    {
      uid: `footfall-conversion-${named}`,
      title: `${site}: far fewer visits end in an order than usual`,
      description: `The share of visits with an order in the last whole hour or day, ${against}, the Funnel shows where people are lost.`,
      severity: 'warning',
      ask: { sql: unusual(site, 'conversion', 'down') },
      when: { type: 'lt', than: 0 },
      for: '0s',
    },
    {
      uid: `footfall-payments-${named}`,
      title: `${site}: payments fail`,
      description: `Failed payments of the last whole hour or day, ${against}, the Funnel lists the errors.`,
      severity: 'critical',
      ask: { sql: unusual(site, 'payment_failures', 'up') },
      when: { type: 'gt', than: 0 },
      for: '0s',
    },
    {
      uid: `footfall-experiments-${named}`,
      title: `${site}: an experiment must not be read`,
      description:
        'A check of it fails: most often its people are not split as its weights say, so that the arms are not comparable. Find out why; the Experiments board shows each check.',
      severity: 'critical',
      ask: {
        sql: [
          "SELECT experiment, toUInt8(verdict = 'do not read') AS fails",
          `FROM footfall.experiments_overview(site = '${site}')`,
          "WHERE status = 'running'",
        ].join('\n'),
      },
      when: { type: 'gt', than: 0 },
      for: '0s',
    },
  ];
}

/** A site that began after the rules were made would be silent for ever. */
const unwatched = (sites: readonly string[]): Rule => ({
  uid: 'footfall-unwatched',
  title: 'A site has no alerts',
  description: `Nobody is told when its orders stop. Add it: npm run dashboards -- ${sites.join(' ')} and its name; then let Grafana read the rules again.`,
  severity: 'warning',
  ask: {
    sql: [
      `SELECT toString(site) AS site, toUInt8(site NOT IN (${sites.map(site => `'${site}'`).join(', ')})) AS unwatched`,
      'FROM footfall.known_sites',
    ].join('\n'),
  },
  when: { type: 'gt', than: 0 },
  for: '0s',
});

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
export function alertRules(sites: readonly string[] = WATCHED_SITES): object {
  for (const site of sites)
    if (/['\\$]/.test(site)) throw new Error(`site ${site}: no rule can have ', \\ or $ in its query`);
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
      group('sites', '10m', [unwatched(sites)]),
      ...sites.map(site => group(`shop ${site}`, '10m', rulesOf(site))),
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
