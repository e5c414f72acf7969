import type { Board } from '../build.ts';
import { experiment, SITE, site } from '../variables.ts';

const EXPERIMENT = { experiment: '${experiment:singlequote}' };
/** Of a site without experiments the variable has no choice. */
const NONE = 'No experiment yet: `footfall load experiments FILE` makes one known.';
const NOBODY = 'No experiment, or nobody of it counts yet.';

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
    power: {
      kind: 'rate',
      cell: 'colour',
      // Planned for four in five: with less, no effect found says little.
      thresholds: [
        [null, 'watch'],
        [0.8, 'good'],
      ],
    },
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
          empty: NONE,
          width: 24,
          height: 6,
          next: ['Where do people drop out without it?', 'funnel'],
        },
      ],
    },
    {
      title: 'Experiment: ${experiment}',
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
          empty: NONE,
          width: 24,
          height: 9,
          next: ['Does every event arrive?', 'pipeline'],
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
          empty: NONE,
          width: 24,
          height: 6,
          next: ['Which people buy again?', 'customers'],
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
          empty: NONE,
          width: 24,
          height: 8,
        },
        {
          as: 'time',
          view: 'experiment_timeline',
          args: EXPERIMENT,
          title: 'How has the lift moved as people came?',
          note: 'The first metric alone decides; each line is a metric and a variation, in the band in which its lift lies whenever one looks.',
          series: "concat(metric, ' · ', variation)",
          columns: {
            lift: { kind: 'rate', label: 'lift' },
            lift_low: { kind: 'rate', label: 'at least' },
            lift_high: { kind: 'rate', label: 'at most' },
          },
          interval: { value: 'lift', low: 'lift_low', high: 'lift_high' },
          where: 'NOT is_control',
          unknown: 'not yet',
          empty: NOBODY,
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
          empty: NOBODY,
          width: 24,
          height: 10,
          next: ['Which channels bring whom?', 'acquisition'],
        },
      ],
    },
  ],
};
