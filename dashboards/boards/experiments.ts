import type { Board } from '../build.ts';
import { experiment, SITE, site } from '../variables.ts';

const EXPERIMENT = { experiment: '${experiment:singlequote}' };

const RESULTS = { as: 'interval', value: 'lift', low: 'lift_low', high: 'lift_high', label: 'name' } as const;

const lift = {
  lift: 'rate',
  lift_low: { kind: 'rate', label: 'at least' },
  lift_high: { kind: 'rate', label: 'at most' },
} as const;

/** One query for what is drawn and what is listed: it is the dearest here. */
const results = {
  view: 'experiment_results',
  args: EXPERIMENT,
  columns: {
    name: { kind: 'text', label: 'metric, variation', sql: "concat(metric, ' · ', variation)" },
    metric: 'text',
    variation: 'text',
    is_control: 'count',
    people: { kind: 'count', cell: 'gauge' },
    total: 'figure',
    mean: 'figure',
    ...lift,
    p_value: { kind: 'figure', label: 'p' },
    p_adjusted: { kind: 'figure', label: 'p, adjusted' },
    chance_to_win: 'rate',
    power: 'rate',
    minimum_detectable_lift: { kind: 'rate', label: 'could show from' },
    verdict: 'text',
    cuped_lift: { kind: 'rate', label: 'lift, less what they did before' },
    cuped_lift_low: { kind: 'rate', label: 'at least' },
    cuped_lift_high: { kind: 'rate', label: 'at most' },
    variance_removed: 'rate',
    always_valid_p: { kind: 'figure', label: 'p, whenever read' },
    mature_people: 'count',
  },
} as const;

export const experiments: Board = {
  name: 'experiments',
  title: 'Experiments',
  description: 'Which variation won, how sure that is, and whether the experiment may be read at all.',
  from: 'now-90d',
  variables: [site, experiment],
  sections: [
    {
      panels: [
        {
          as: 'table',
          view: 'experiments_overview',
          args: { site: SITE },
          title: 'What has each experiment decided?',
          columns: {
            experiment: 'text',
            status: 'text',
            days: 'count',
            people: { kind: 'count', cell: 'gauge' },
            verdict: 'text',
            reason: { kind: 'text', width: 420 },
          },
          unknown: 'not yet',
          empty: 'The table experiments has none of this site.',
          width: 24,
          height: 6,
        },
      ],
    },
    {
      title: '${experiment}',
      panels: [
        {
          as: 'table',
          view: 'experiment_health',
          args: EXPERIMENT,
          title: 'May this experiment be read?',
          columns: {
            check: { kind: 'text', sql: "replaceAll(experiment_health.check, '_', ' ')" },
            passes: { kind: 'text', label: 'passes?', sql: "if(ok, '✓ passes', '✕ fails')" },
            value: 'figure',
            threshold: 'figure',
            says: { kind: 'text', width: 480 },
          },
          orderBy: 'ok, check',
          unknown: '–',
          width: 24,
          height: 9,
        },
        {
          ...results,
          ...RESULTS,
          title: 'How much better or worse is each variation than the control?',
          skip: 'is_control',
          show: [
            'name',
            'people',
            ...Object.keys(lift),
            'p_adjusted',
            'chance_to_win',
            'power',
            'minimum_detectable_lift',
            'verdict',
          ],
          unknown: 'not yet',
          width: 24,
          height: 6,
        },
        {
          ...results,
          as: 'table',
          title: 'What are the figures of each variation?',
          show: [
            'metric',
            'variation',
            'people',
            'total',
            'mean',
            'p_value',
            'cuped_lift',
            'cuped_lift_low',
            'cuped_lift_high',
            'variance_removed',
            'always_valid_p',
            'mature_people',
          ],
          unknown: '–',
          width: 24,
          height: 8,
        },
        {
          as: 'time',
          view: 'experiment_timeline',
          args: EXPERIMENT,
          title: 'How has the lift moved as people came?',
          note: 'The first metric alone decides; each line is a metric and a variation.',
          series: "concat(metric, ' · ', variation)",
          columns: { lift: { kind: 'rate', label: 'lift' } },
          where: 'NOT is_control',
          unknown: 'not yet',
          width: 24,
          height: 9,
        },
        {
          ...RESULTS,
          view: 'experiment_segments',
          args: { ...EXPERIMENT, by: "'device'" },
          title: 'On which devices does it differ?',
          note: 'Exploratory: the more one looks, the more one finds.',
          columns: {
            name: { kind: 'text', sql: "concat(dimension, ' · ', metric, ' · ', variation)" },
            metric: 'text',
            variation: 'text',
            people: { kind: 'count', cell: 'gauge' },
            mean: 'figure',
            ...lift,
          },
          where: 'NOT is_control',
          unknown: 'not yet',
          width: 24,
          height: 10,
        },
      ],
    },
  ],
};
