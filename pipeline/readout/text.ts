import { styleText } from 'node:util';
import stringWidth from 'string-width';
import { clean, hanging, shorten, WIDTH, wrap } from './lines.ts';
import type { Comparison, Plan, Readout, Result } from './model.ts';
import { amount, chance, count, difference, lift, minute, percent, plural, pValue } from './numbers.ts';
import {
  checkTitle,
  checkValue,
  differenceRange,
  directionOf,
  failing,
  level,
  liftRange,
  limitOf,
  meaning,
  metricOf,
  planRows,
  SAID_MAX,
  shortly,
  statusOf,
  type Tone,
  verdictOf,
} from './words.ts';

/** Of a name so much is always shown. */
const NAME_MIN = 8;

type Style = Parameters<typeof styleText>[0];
const TONES: Record<Tone, Style> = { good: 'green', bad: 'red', wait: 'yellow', stop: 'red', none: 'cyan' };

/** The readout as lines of at most WIDTH columns. `colour`: for a terminal that has it. */
export function textOf(readout: Readout, { colour }: { colour: boolean }): string {
  // Asked of the terminal already: the stream that this goes to is not the one that Node would look at.
  const paint = (style: Style, text: string): string =>
    colour ? styleText(style, text, { validateStream: false }) : text;
  const head = (text: string): string => paint('bold', text.toUpperCase());
  const { plan, overview } = readout;
  const verdict = verdictOf(readout);
  const lines = [
    ...wrap(
      `${clean(plan.experiment)} on ${clean(plan.site)}: ${statusOf(readout)}; ${plural(overview.days, 'whole day')}, ${overview.people === 1 ? '1 person' : `${count(overview.people)} people`}`,
    ),
    '',
    ...wrap(clean(verdict.title).toUpperCase()).map(line =>
      paint(['bold', ...[TONES[verdict.tone]].flat()] as Style, line),
    ),
    ...verdict.sentences.flatMap(sentence => wrap(clean(sentence), '  ')),
    '',
  ];
  const failed = failing(readout);
  if (failed.length > 0) {
    lines.push(head('Health'), ...healthLines(readout, text => paint('red', text)), '');
    lines.push(...wrap('The numbers below are for finding the fault, not for deciding.'), '');
  }
  lines.push(
    `${head('Results')}  differences from ${shorten(clean(plan.variations[0] ?? ''), 40)}, intervals of ${level(plan)}`,
    '',
  );
  lines.push(...resultLines(readout, paint), '');
  if (failed.length === 0)
    lines.push(head('Health'), ...healthLines(readout, text => paint('red', text)), '');
  for (const { by, rows } of readout.segments) {
    lines.push(
      `${head(`By ${by.replaceAll('_', ' ')}`)}  exploratory: an idea for the next experiment, not a result`,
      '',
    );
    const primary = plan.metrics[0]?.metric;
    const shown = rows.filter(row => row.metric === primary);
    const columns = comparisonColumns(plan, true);
    lines.push(
      ...table(
        ['dimension', ...columns.map(column => column.title), ''],
        shown.map(row => [
          clean(row.dimension === '' ? '(none)' : row.dimension),
          ...columns.map(column => column.of(row)),
          row.is_control ? '' : segmentWord(row, plan),
        ]),
        2,
      ),
      '',
    );
  }
  lines.push(head('Plan'));
  for (const [name, value] of planRows(plan))
    lines.push(...value.split('\n').flatMap((part, i) => hanging(i === 0 ? name : '', clean(part), 28)));
  lines.push(
    '',
    ...wrap(`Known up to ${minute(plan.as_of)}. The same as a page, with what the words mean: --html FILE`),
  );
  return `${lines.join('\n').replaceAll('\u202f', ' ')}\n`;
}

function healthLines(readout: Readout, alarm: (text: string) => string): string[] {
  const failed = failing(readout);
  if (readout.health.length === 0) return ['  no checks'];
  const held = readout.health.filter(check => check.ok).map(check => checkTitle(check));
  const lines = failed.flatMap((check, i) => {
    // The first ones say what they found at the top already.
    const more = i < SAID_MAX ? '' : `: ${clean(check.says)}`;
    const text = `FAILS  ${checkTitle(check)} (${checkValue(check)}, must be ${limitOf(check)})${more}`;
    return wrap(text, '  ', '         ').map(alarm);
  });
  const rest = failed.length === 0 ? `all ${held.length} checks hold: ` : `${held.length} others hold: `;
  if (held.length > 0) lines.push(...wrap(rest + held.join('; '), '  '));
  return lines;
}

interface Column {
  title: string;
  of(row: Comparison): string;
}

function comparisonColumns(plan: Plan, arm: boolean): Column[] {
  const cell = <T>(value: T | null, format: (value: T) => string): string =>
    value === null ? '–' : format(value);
  const other = (row: Comparison, text: () => string): string => (row.is_control ? '' : text());
  return [
    ...(arm ? [{ title: 'variation', of: (row: Comparison) => clean(row.variation) }] : []),
    { title: 'people', of: row => count(row.mature_people) },
    { title: 'mean', of: row => cell(row.mean, value => amount(value, metricOf(plan, row.metric), plan)) },
    {
      title: 'lift',
      // Where the control's mean is 0 there is no lift, but a difference.
      of: row =>
        other(row, () =>
          row.lift === null
            ? cell(row.difference, value => difference(value, metricOf(plan, row.metric), plan))
            : lift(row.lift),
        ),
    },
    {
      title: `${level(plan)} interval`,
      of: row =>
        other(row, () =>
          cell(liftRange(row) ?? differenceRange(row, metricOf(plan, row.metric), plan), range =>
            range.join(' … '),
          ),
        ),
    },
    { title: 'p adj.', of: row => other(row, () => cell(row.p_adjusted, pValue)) },
    ...(arm
      ? []
      : [
          { title: 'p any day', of: (row: Comparison) => other(row, () => cell(row.always_valid_p, pValue)) },
        ]),
    { title: 'to win', of: row => other(row, () => cell(row.chance_to_win, chance)) },
  ];
}

function resultLines(readout: Readout, paint: (style: Style, text: string) => string): string[] {
  const { plan, results } = readout;
  const columns = comparisonColumns(plan, false);
  const cells = results.map(row => [clean(row.variation), ...columns.map(column => column.of(row))]);
  const lines = table(['', ...columns.map(column => column.title)], cells, 1);
  const out = [lines[0] ?? ''];
  let metric = '';
  for (const [i, row] of results.entries()) {
    if (row.metric !== metric) {
      metric = row.metric;
      const planned = metricOf(plan, metric);
      const part = planned.position === 1 ? 'primary' : planned.guardrail ? 'guardrail' : '';
      const [first = '', ...more] = wrap(
        `${clean(metric)}${part === '' ? '' : ` (${part})`}: ${clean(meaning(plan, planned))}`,
        '',
        '    ',
      );
      if (i > 0) out.push('');
      out.push(paint('bold', first), ...more, ...waiting(results, metric));
    }
    out.push(lines[i + 1] ?? '');
    if (!row.is_control) out.push(...noteLines(row, plan, paint));
  }
  return out;
}

/** How many do not count yet, where that is so. */
function waiting(results: Result[], metric: string): string[] {
  const mine = results.filter(row => row.metric === metric);
  const [counted, exposed] = [
    mine.reduce((n, row) => n + row.mature_people, 0),
    mine.reduce((n, row) => n + row.people, 0),
  ];
  return counted === exposed
    ? []
    : wrap(
        `${count(counted)} of ${count(exposed)} people count so far: the time of the others is not over`,
        '    ',
      );
}

/** Beneath a row: what it comes to, and CUPED beside it. */
function noteLines(row: Result, plan: Plan, paint: (style: Style, text: string) => string): string[] {
  const found = directionOf(row, plan);
  const parts = [shortly(row, plan)];
  if (row.cuped_lift !== null && row.cuped_lift_low !== null && row.cuped_lift_high !== null)
    parts.push(
      `with CUPED ${lift(row.cuped_lift)} (${lift(row.cuped_lift_low)} … ${lift(row.cuped_lift_high)})${row.variance_removed === null ? '' : `, ${percent(Math.max(0, row.variance_removed))} less noise`}`,
    );
  if (!plan.ended && row.always_valid_low !== null && row.always_valid_high !== null) {
    const metric = metricOf(plan, row.metric);
    parts.push(
      `any day ${difference(row.always_valid_low, metric, plan)} … ${difference(row.always_valid_high, metric, plan)}`,
    );
  }
  if (found === 'unsure' && row.minimum_detectable_lift !== null)
    parts.push(`could see ${lift(row.minimum_detectable_lift)}`);
  const lines = wrap(`→ ${clean(parts.join('; '))}`, '    ', '      ');
  return found === 'better' || found === 'worse'
    ? lines.map(line => paint(found === 'better' ? 'green' : 'red', line))
    : lines;
}

function segmentWord(row: Comparison, plan: Plan): string {
  const found = directionOf(row, plan);
  return found === 'better' || found === 'worse' ? found : found === 'unsure' ? 'unclear' : 'cannot tell';
}

/** Aligned columns: the first `texts` and the last, where it has no title, to the left; numbers to the right. Text gives way. */
function table(titles: string[], rows: string[][], texts: number): string[] {
  const all = [titles, ...rows];
  const widths = titles.map((_, i) => Math.max(...all.map(row => stringWidth(row[i] ?? ''))));
  for (let over = widths.reduce((a, b) => a + 2 + b, 0) - WIDTH; over > 0; ) {
    const i = widths.slice(0, texts).reduce((most, width, k) => (width > (widths[most] ?? 0) ? k : most), 0);
    const less = Math.min(over, (widths[i] ?? 0) - NAME_MIN);
    if (less <= 0) break;
    widths[i] = (widths[i] ?? 0) - Math.ceil(less / texts);
    over -= Math.ceil(less / texts);
  }
  return all.map(row =>
    `  ${row
      .map((whole, i) => {
        const width = widths[i] ?? 0;
        const text = shorten(whole, width);
        const gap = ' '.repeat(width - stringWidth(text));
        return i < texts || (i === titles.length - 1 && titles[i] === '') ? text + gap : gap + text;
      })
      .join('  ')}`.trimEnd(),
  );
}
