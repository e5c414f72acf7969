import { clean, hanging, wrap } from './lines.ts';
import { amount, count, lift, percent, plural, share } from './numbers.ts';
import { DAYS_MAX, type Needed, type PowerReport } from './power.ts';
import { meaning } from './words.ts';

/** The plan as lines for a terminal. */
export function powerText(report: PowerReport): string {
  const { metric, currency, needed } = report;
  const shown = { currency, unit: 'person' };
  const variations = report.arms - 1;
  const control = report.allocation[0] ?? 0;
  const arms = report.allocation.every(part => Math.abs(part - control) < 1e-9)
    ? `${report.arms} arms of equal size`
    : `${report.arms} arms of ${report.allocation.map(share).join(', ')}`;
  const target = amount(report.mean * (1 + needed.lift), metric, shown);
  const lines = [
    ...wrap(clean(`${report.site}, ${metric.metric}: ${meaning(shown, metric)}`)),
    '',
    'FROM HISTORY',
    ...pairs([
      [
        'days',
        `${report.since} to ${report.until}, ${plural(report.history_days, 'day')}${report.shortened ? ': all that there are' : ''}`,
      ],
      [
        'people',
        `${count(report.people)}, each from their first ${report.exposed_by === '' ? 'visit' : report.exposed_by} on`,
      ],
      [
        'new people a day',
        `${count(report.people_a_day_first)} in the first week, ${count(report.people_a_day_last)} in the last: who comes back is not new`,
      ],
      ...(report.mature_people === report.people
        ? []
        : [
            ['count', `${count(report.mature_people)}: the time of the others was not over`] as [
              string,
              string,
            ],
          ]),
      ['mean', amount(report.mean, metric, shown)],
      [
        'standard deviation',
        metric.kind === 'proportion'
          ? percent(Math.sqrt(report.variance))
          : amount(Math.sqrt(report.variance), metric, shown),
      ],
    ]),
    '',
    'TO SEE THIS EFFECT',
    ...pairs([
      ['effect', `${lift(needed.lift)}: from ${amount(report.mean, metric, shown)} to ${target}`],
      [
        'sure',
        `seen ${share(report.power)} of the time if it is there (power), ${share(report.alpha)} of the time if nothing is (alpha)`,
      ],
      ['arms', `${arms}${report.share < 1 ? `, of ${share(report.share)} of all people` : ''}`],
      ...(report.comparisons === 1
        ? []
        : [
            [
              'comparisons',
              `${count(report.comparisons)}, ${plural(report.comparisons / variations, 'metric')} × ${plural(variations, 'variation')}: planned with alpha ${share(report.alpha_each)} each, the strictest step of Holm's correction`,
            ] as [string, string],
          ]),
      ['people', needed.people === null ? 'cannot be said' : peopleText(report, needed.people)],
      ['time', timeText(needed.days)],
      [
        'looked at daily',
        needed.daily_days === null
          ? `over ${count(DAYS_MAX / 365)} years`
          : `about ${plural(needed.daily_days, 'day')} and ${count(needed.daily_people ?? 0)} people, by the interval that may be read on any day`,
      ],
    ]),
    '',
    'OTHER EFFECTS',
    ...grid(
      ['effect', 'people', 'days', 'days, looked at daily'],
      report.effects.map(row => [
        `${lift(row.lift)}${row.lift === needed.lift ? ' *' : '  '}`,
        row.people === null ? '–' : count(row.people),
        daysText(row.days),
        daysText(row.daily_days),
      ]),
    ),
    '',
    'WHAT CAN BE SEEN',
    ...grid(
      ['after', 'people', 'smallest effect', 'looked at daily'],
      report.weeks.map(row => [
        plural(row.weeks, 'week'),
        count(row.people),
        row.lift === null ? 'none' : lift(row.lift),
        row.daily_lift === null ? 'none' : lift(row.daily_lift),
      ]),
    ),
    '',
    ...notes(report, needed).flatMap(line => wrap(line)),
  ];
  return `${lines.join('\n').replaceAll('\u202f', ' ')}\n`;
}

function peopleText(report: PowerReport, people: number): string {
  const parts = report.allocation.map(part => Math.round(people * part));
  const [first = 0] = parts;
  return parts.every(part => part === first)
    ? `${count(first)} an arm, ${count(first * parts.length)} in all`
    : `${parts.map(count).join(' + ')}, ${count(people)} in all`;
}

function timeText(days: number | null): string {
  if (days === null)
    return `over ${count(DAYS_MAX / 365)} years at the present pace: ask for a larger effect, or another metric`;
  const weeks = Math.ceil(days / 7);
  return `${plural(days, 'day')} at the present pace; run whole weeks: ${plural(weeks, 'week')}`;
}

const daysText = (days: number | null): string => (days === null ? `>${count(DAYS_MAX)}` : count(days));

function notes({ metric, history_days, exposed_by, comparisons }: PowerReport, { days }: Needed): string[] {
  const lines: string[] = [];
  if (metric.window_hours === 0)
    lines.push(
      'The metric has no window: it counts to the end, so each length is planned with what people had done by then.',
    );
  if (days !== null && days > history_days)
    lines.push(`Beyond the ${history_days} days of history, people are taken to come as in its last week.`);
  if (comparisons > 1)
    lines.push(
      'Looked at daily, each variation is judged by the primary metric at the whole alpha, as the verdict of a running experiment does.',
    );
  if (exposed_by === '')
    lines.push(
      'Everybody who visits is taken to be in it; --exposed-by EVENT: only from that event on, such as view_item.',
    );
  return lines;
}

function pairs(rows: Array<[string, string]>): string[] {
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.flatMap(([name, value]) => hanging(name, clean(value), width));
}

function grid(titles: string[], rows: string[][]): string[] {
  const widths = titles.map((title, i) => Math.max(title.length, ...rows.map(row => (row[i] ?? '').length)));
  return [titles, ...rows].map(row =>
    `  ${row.map((text, i) => text.padStart(widths[i] ?? 0)).join('   ')}`.trimEnd(),
  );
}
