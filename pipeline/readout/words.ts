import type { Check, Comparison, Plan, PlannedMetric, Readout, Result } from './model.ts';
import { amount, count, day, difference, lift, percent, plural, pValue, share } from './numbers.ts';

/** Good: ship. Bad: do not ship. Wait: keep running. Stop: do not read. None: nothing found. */
export type Tone = 'good' | 'bad' | 'wait' | 'stop' | 'none';

export interface Verdict {
  tone: Tone;
  /** 'Ship bar'. */
  title: string;
  /** Why, in sentences. */
  sentences: string[];
}

/** How sure the intervals are, such as '95 %'. */
export function level(plan: Plan): string {
  return share(1 - plan.alpha);
}

/** The metric of a row; one that the plan lacks (it changed between two questions) is a plain number. */
export function metricOf(plan: Plan, name: string): PlannedMetric {
  const found = plan.metrics.find(metric => metric.metric === name);
  if (found !== undefined) return found;
  return {
    metric: name,
    position: 0,
    guardrail: false,
    defined: false,
    kind: '',
    event: '',
    value: '',
    denominator_event: '',
    denominator_value: '',
    direction: 1,
    cap_percentile: 0,
    delay_hours: 0,
    window_hours: 0,
  };
}

/** What a metric counts, such as 'share of people with a purchase, within 3 days of the exposure'. */
export function meaning(plan: Pick<Plan, 'currency' | 'unit'>, metric: PlannedMetric): string {
  if (!metric.defined) return 'not in the table metrics';
  const unit = plan.unit === 'visitor' ? ['visitor', 'visitors'] : ['person', 'people'];
  let text: string;
  if (metric.kind === 'proportion' || metric.value === 'any')
    text = `share of ${unit[1]} with ${metric.value === 'any' ? oneOf(metric.event) : sum(metric.event, metric.value, plan)}`;
  else if (metric.kind === 'ratio')
    text = `${sum(metric.event, metric.value, plan)} per ${sum(metric.denominator_event, metric.denominator_value, plan, true)}`;
  else text = `${sum(metric.event, metric.value, plan)} per ${unit[0]}`;
  const { delay_hours: delay, window_hours: window } = metric;
  if (delay > 0 && window > 0)
    text += `, from ${hours(delay)} to ${hours(delay + window)} after the exposure`;
  else if (delay > 0) text += `, from ${hours(delay)} after the exposure on`;
  else if (window > 0) text += `, within ${hours(window)} of the exposure`;
  if (metric.cap_percentile > 0)
    text += `, the top ${share(1 - metric.cap_percentile)} of ${unit[1]} cut off there`;
  if (metric.direction < 0) text += '; lower is better';
  return text;
}

function oneOf(event: string): string {
  if (event === '') return 'any event';
  const words = event.replaceAll('_', ' ');
  return `${/^[aeiou]/.test(words) ? 'an' : 'a'} ${words}`;
}

function sum(event: string, value: string, plan: Pick<Plan, 'currency'>, one = false): string {
  const words = event === '' ? 'event' : event.replaceAll('_', ' ');
  if (value === 'revenue') return `net revenue (${plan.currency})`;
  if (value === 'quantity') return one ? `item of ${words}s` : `items of ${words}s`;
  if (value === 'engagement_time_ms')
    return one ? 'ms of attention' : `ms of attention${event === '' ? '' : ` on ${words}s`}`;
  if (value === 'points' || value === 'score') return `${value} of ${words}s`;
  if (value.startsWith('metrics.')) return `${value.slice('metrics.'.length)} of ${words}s`;
  if (value === 'any') return `people with ${oneOf(event)}`;
  return one ? words : `${words}s`;
}

function hours(n: number): string {
  return n % 24 === 0 ? plural(n / 24, 'day') : plural(n, 'hour');
}

/** 'The primary metric is better' of 'ship: the primary metric is better'; '' where there is none. */
export function wordOf(verdict: string): { word: string; reason: string } {
  const at = verdict.indexOf(': ');
  return at < 0
    ? { word: verdict, reason: '' }
    : { word: verdict.slice(0, at), reason: verdict.slice(at + 2) };
}

export type Direction = 'better' | 'worse' | 'unsure' | 'unknown';

/** What the view's verdict says of a row: the primary metric's rows carry the variation's decision. */
export function directionOf(row: Comparison, plan: Plan): Direction {
  const { word, reason } = wordOf(row.verdict);
  switch (word) {
    case 'better':
    case 'ship':
      return 'better';
    case 'worse':
      return 'worse';
    case 'no difference seen':
    case 'no effect found':
    case 'cannot tell':
    case 'keep running':
      return row.p_value === null ? 'unknown' : 'unsure';
    case 'do not ship': {
      if (/^the primary metric is worse/.test(reason)) return 'worse';
      if (/^better than the control/.test(reason)) return 'better';
      // A guardrail decided; what this metric shows is still to be said.
      const decisive = plan.ended ? row.p_adjusted : row.always_valid_p;
      if (row.difference === null || decisive === null) return 'unknown';
      if (decisive >= plan.alpha || row.difference === 0) return 'unsure';
      return Math.sign(row.difference) === Math.sign(metricOf(plan, row.metric).direction)
        ? 'better'
        : 'worse';
    }
    default:
      return 'unknown';
  }
}

/** A row's result in a few words. */
export function shortly(row: Comparison, plan: Plan): string {
  if (row.is_control) return 'control';
  const found = directionOf(row, plan);
  if (found !== 'unknown') return found === 'unsure' ? 'no clear difference' : found;
  const { word, reason } = wordOf(row.verdict);
  if (word === 'do not read') return 'do not read';
  return reason === '' || word === 'too few people' ? word : `cannot tell: ${reason}`;
}

export const CHECKS: Record<string, string> = {
  sample_ratio: 'Split between the variations',
  sample_ratio_sequential: 'Split, looked at every day',
  multiple_variations: 'People who saw several variations',
  unknown_variations: 'Variations that the plan does not list',
  missing_arms: 'Every variation is seen',
  variation_changes: 'Same split from start to end',
  bots: 'Bots in every variation alike',
  interaction: 'Other experiments on the same people',
  pre_exposure_difference: 'Alike before the experiment',
  exposed_after_conversion: 'Exposure is logged in time',
  metrics_defined: 'Every metric is defined',
};

export function checkTitle({ check }: Check): string {
  return CHECKS[check] ?? sentence(check.replaceAll('_', ' '));
}

/** What a check's value is where it is no p-value. */
const VALUE_KINDS: Record<string, 'share' | 'number'> = {
  multiple_variations: 'share',
  unknown_variations: 'share',
  exposed_after_conversion: 'share',
  missing_arms: 'number',
  metrics_defined: 'number',
};

export function checkValue({ check, value }: Check): string {
  if (value === null) return 'nothing to check';
  const kind = VALUE_KINDS[check];
  return kind === 'share' ? percent(value) : kind === 'number' ? count(value) : `p ${pValue(value)}`;
}

export function limitOf({ check, threshold }: Check): string {
  if (threshold === null) return '';
  const kind = VALUE_KINDS[check];
  if (kind === 'share') return `at most ${share(threshold)}`;
  return kind === 'number' ? `at most ${count(threshold)}` : `at least ${Number(threshold.toPrecision(6))}`;
}

/** With a capital and without a full stop. */
export function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

export function failing(readout: Readout): Check[] {
  return readout.health.filter(check => !check.ok);
}

/** Of many failing checks so many are told at the top. */
export const SAID_MAX = 3;

/** The verdict for a person in a hurry: what to do, and why. */
export function verdictOf(readout: Readout): Verdict {
  const { plan, overview, results } = readout;
  const { verdict, reason, variation } = overview;
  const primary = results.find(row => row.is_primary && row.variation === variation && !row.is_control);
  const effect = primary === undefined ? [] : effectSentences(readout, primary);
  if (overview.status === 'planned')
    return { tone: 'wait', title: 'Not begun yet', sentences: [`It is to begin on ${day(plan.since)}.`] };
  switch (verdict) {
    case 'ship':
      return {
        tone: 'good',
        title: `Ship ${variation}`,
        sentences: [...effect, ...guardrailSentences(readout, variation)],
      };
    case 'do not ship': {
      const only = plan.variations.length === 2 ? ` ${variation}` : '';
      const why = reason === 'the primary metric is worse' ? [] : [`${sentence(reason)}.`];
      return {
        tone: 'bad',
        title: `Do not ship${only}`,
        sentences: [...why, ...effect, ...otherSentences(readout, variation)],
      };
    }
    case 'do not read': {
      const failed = failing(readout);
      return {
        tone: 'stop',
        title: 'Do not read these results',
        sentences:
          failed.length === 0
            ? [`${sentence(reason)}.`, 'Nothing can be decided on so little; run it again for longer.']
            : [
                failed.length === 1 ? 'A health check fails.' : `${failed.length} health checks fail.`,
                ...failed.slice(0, SAID_MAX).map(check => `${checkTitle(check)}: ${check.says}.`),
                'The numbers may be wrong in either direction, whatever their p-values. Find the cause, mend it, and start again with people who have not been in this experiment.',
              ],
      };
    }
    case 'no effect found':
      return {
        tone: 'none',
        title: 'No effect found',
        sentences: [...effect, ...couldHaveSeen(primary), ...otherSentences(readout, variation)],
      };
    case 'cannot tell':
      return {
        tone: 'none',
        title: 'Cannot tell',
        sentences:
          primary === undefined || primary.p_value === null
            ? [`${sentence(reason)}.`, ...effect, ...otherSentences(readout, variation)]
            : [
                ...effect,
                `A lift of ${share(plan.minimum_effect)} would matter, and is neither shown nor ruled out.`,
                ...couldHaveSeen(primary),
                ...otherSentences(readout, variation),
              ],
      };
    case 'keep running':
      return {
        tone: 'wait',
        title: 'Keep running',
        sentences: [
          `${sentence(reason).replace(/smallest lift worth knowing$/, `$& (${share(plan.minimum_effect)})`)}.`,
          ...effect,
          ...endSentences(plan),
        ],
      };
    default:
      return {
        tone: 'none',
        title: sentence(verdict === '' ? 'nothing to say yet' : verdict),
        sentences: reason === '' ? effect : [`${sentence(reason)}.`, ...effect],
      };
  }
}

function effectSentences({ plan, results }: Readout, row: Result): string[] {
  const metric = metricOf(plan, row.metric);
  const control = results.find(other => other.metric === row.metric && other.is_control);
  if (row.mean === null || control === undefined || control.mean === null || row.difference === null)
    return [];
  const [from, to] = [amount(control.mean, metric, plan), amount(row.mean, metric, plan)];
  const found = directionOf(row, plan);
  const name = `${row.metric}, ${article(meaning(plan, metric).replace(/; lower is better$/, ''))},`;
  const change =
    row.lift === null ? `by ${difference(row.difference, metric, plan)}` : `a lift of ${lift(row.lift)}`;
  if (found === 'better' || found === 'worse') {
    const verb = row.difference > 0 ? 'raises' : 'lowers';
    return [
      `${row.variation} ${verb} ${name} from ${from} to ${to}: ${change}.`,
      ...rangeSentences(plan, row, metric),
    ];
  }
  return [
    `${plan.ended ? '' : 'So far '}${name} is ${to} with ${row.variation} and ${from} with the control: ${change}.`,
    ...rangeSentences(plan, row, metric),
  ];
}

function article(text: string): string {
  return /^(share|net revenue)/.test(text) ? `the ${text}` : text;
}

function rangeSentences(plan: Plan, row: Result, metric: PlannedMetric): string[] {
  const sure = `With ${level(plan)} confidence the true`;
  if (!plan.ended) {
    if (row.always_valid_low === null || row.always_valid_high === null) return [];
    return [
      `${sure} difference is between ${difference(row.always_valid_low, metric, plan)} and ${difference(row.always_valid_high, metric, plan)} (by the interval that may be read daily).`,
    ];
  }
  const ofLift = liftRange(row);
  const range = ofLift ?? differenceRange(row, metric, plan);
  return range === null
    ? []
    : [`${sure} ${ofLift === null ? 'difference' : 'lift'} is between ${range[0]} and ${range[1]}.`];
}

/** Both ends, or null where there are none: where nobody in a variation did it, the lift has no spread to speak of. */
export function liftRange(row: Pick<Comparison, 'lift_low' | 'lift_high'>): [string, string] | null {
  const { lift_low: low, lift_high: high } = row;
  return low === null || high === null || low === high ? null : [lift(low), lift(high)];
}

export function differenceRange(
  row: Pick<Comparison, 'difference_low' | 'difference_high'>,
  metric: PlannedMetric,
  plan: Plan,
): [string, string] | null {
  const { difference_low: low, difference_high: high } = row;
  return low === null || high === null
    ? null
    : [difference(low, metric, plan), difference(high, metric, plan)];
}

function couldHaveSeen(row: Result | undefined): string[] {
  if (row === undefined || row.minimum_detectable_lift === null)
    return ['There were too few people to see any effect.'];
  return [
    `A lift of ${lift(row.minimum_detectable_lift)} or more would probably have shown (four times of five); a smaller one may still be there.`,
  ];
}

function guardrailSentences({ plan, results }: Readout, variation: string): string[] {
  const mine = results.filter(row => row.guardrail && row.variation === variation);
  if (mine.length === 0) return [];
  if (mine.some(row => directionOf(row, plan) === 'worse')) return [];
  const silent = mine.filter(row => directionOf(row, plan) === 'unknown');
  const told = mine.filter(row => !silent.includes(row)).map(row => row.metric);
  const says =
    told.length === 0
      ? []
      : [
          told.length === 1
            ? `The guardrail ${told[0]} shows no clear harm.`
            : `The guardrails ${told.join(', ')} show no clear harm.`,
        ];
  return [
    ...says,
    ...silent.map(
      row => `Of the guardrail ${row.metric} nothing can be said (${wordOf(row.verdict).reason}).`,
    ),
  ];
}

/** Verdicts of the variations that the headline is not about. */
function otherSentences({ results }: Readout, variation: string): string[] {
  return results
    .filter(row => row.is_primary && !row.is_control && row.variation !== variation)
    .map(row => {
      const { word, reason } = wordOf(row.verdict);
      return `${row.variation}: ${word}${reason === '' ? '' : `, ${reason}`}.`;
    });
}

function endSentences(plan: Plan): string[] {
  if (plan.until === null) return ['No end is planned.'];
  const left = Math.ceil(
    (Date.parse(`${plan.until.replace(' ', 'T')}Z`) - Date.parse(`${plan.as_of.replace(' ', 'T')}Z`)) /
      86_400_000,
  );
  return [`Its end is planned for ${day(plan.until)}, in ${plural(Math.max(0, left), 'day')}.`];
}

/** 'running since 8 Nov 2026', 'ended on 14 Nov 2026'. */
export function statusOf({ plan, overview }: Readout): string {
  if (overview.status === 'planned') return `begins ${day(plan.since)}`;
  return overview.status === 'ended' && plan.until !== null
    ? `ended ${day(plan.until)}`
    : `running since ${day(plan.since)}`;
}

/** Shares of the weights, such as 'control 50 %, bar 50 %'. */
export function allocation({ variations, weights }: Plan): string {
  const all = weights.reduce((a, b) => a + b, 0);
  return variations.map((variation, i) => `${variation} ${share((weights[i] ?? 0) / all)}`).join(', ');
}

export function planRows(plan: Plan): Array<[string, string]> {
  const names = (guardrail: boolean): string =>
    plan.metrics
      .filter(metric => metric.guardrail === guardrail && metric.position > 1)
      .map(metric => `${metric.metric}: ${meaning(plan, metric)}`)
      .join('\n') || 'none';
  const primary = plan.metrics.find(metric => metric.position === 1);
  const comparisons = plan.metrics.filter(metric => !metric.guardrail).length * (plan.variations.length - 1);
  return [
    ['Primary metric', primary === undefined ? 'none' : `${primary.metric}: ${meaning(plan, primary)}`],
    ['Other metrics', names(false)],
    ['Guardrails', names(true)],
    ['Variations', `${allocation(plan)}; ${plan.variations[0] ?? ''} is the control`],
    ['From', minuteOf(plan.since)],
    ['To', plan.until === null ? 'no end planned' : minuteOf(plan.until)],
    [
      'Assigned by',
      plan.unit === 'visitor'
        ? 'visitor (browser)'
        : 'person: an account with all its browsers, else a visitor',
    ],
    [
      'Error rate',
      `${share(plan.alpha)} (alpha), ${comparisons === 1 ? 'one comparison' : `shared by ${count(comparisons)} comparisons by ${plan.correction === 'bh' ? 'Benjamini and Hochberg' : 'Holm'}`}`,
    ],
    ['Smallest lift worth knowing', share(plan.minimum_effect)],
    ['At least', plural(plan.min_days, 'whole day')],
    [
      'Before the exposure',
      plan.covariate_days === 0 ? 'not used' : `${plural(plan.covariate_days, 'day')} for CUPED`,
    ],
  ];
}

function minuteOf(text: string): string {
  return `${day(text)}, ${text.slice(11, 16)} UTC`;
}

/** Words of a readout, and what they mean. */
export function glossary(plan: Plan): Array<[string, string]> {
  const sure = level(plan);
  return [
    [
      'Control',
      `What people had before: ${plan.variations[0] ?? ''}. Every other variation is compared with it.`,
    ],
    [
      'Lift',
      'The difference between a variation and the control, as a share of the control: 4 % against 5 % is a lift of +25 %. Decisions are made on the difference itself; the lift is easier to read.',
    ],
    ['pts', 'Points of a hundred: from 4 % to 5 % is +1 pts.'],
    [
      'Interval',
      `The range in which the true effect lies, as far as these people can tell. Of a hundred experiments like this, the interval holds the truth in about ${decimalLevel(plan)}. An interval across zero means: it may be nothing.`,
    ],
    [
      'p, adjusted',
      `How often chance alone would show such a difference if there were none. Who compares many things finds something by luck; so the p-values of all metrics and variations, guardrails aside, are raised together. Below ${share(plan.alpha)} it counts.`,
    ],
    [
      'p, any day',
      'The same, but right on whichever day one looks, and however often. It needs a larger difference to be sure; while an experiment runs, this decides.',
    ],
    [
      'Always-valid',
      `A band that holds the truth on all days at once with ${sure} certainty. Looking every day, and stopping when the band leaves zero, is therefore fair. With the plain interval it is not: looked at daily it is wrong far more often than it says.`,
    ],
    [
      'CUPED',
      'The same difference with what people did before the experiment taken away: those who bought much before buy much after, whatever they see. Narrower, never biased. Empty where nobody did anything before, or for ratios.',
    ],
    [
      'Chance to win',
      'How likely the variation is better than the control, given these data and no opinion beforehand. 50 % is a coin toss.',
    ],
    ['Risk', 'What is lost on average, per person, by choosing the variation in case it is worse after all.'],
    [
      'Could see',
      'The smallest lift that this many people would show four times of five. Smaller effects are likely to be missed.',
    ],
    ['Power', 'How likely an effect of the smallest size worth knowing would be seen with this many people.'],
    ['Guardrail', 'A metric that must not get worse. It cannot win an experiment, but it can stop one.'],
    [
      'Split (sample ratio mismatch, SRM)',
      'If half the people should see each variation and 54 % saw one, something loses people on the way: a crash, a slow page, a log that fails. Those who are lost are not like the others, so the comparison is worth nothing.',
    ],
    ['Mature', 'A person counts once their whole window is over. Until then nobody knows what they will do.'],
    [
      'Segment',
      'The same comparison among some of the people. The more one looks at, the more one finds by luck: a surprise in a segment is an idea for the next experiment, not a result.',
    ],
  ];
}

function decimalLevel(plan: Plan): string {
  return count(Math.round(100 * (1 - plan.alpha)));
}
