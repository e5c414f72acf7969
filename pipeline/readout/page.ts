import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { axis, course, interval, type Scale, scaleOf, shape } from './charts.ts';
import { Html, html } from './html.ts';
import type { Comparison, Day, Plan, Readout, Result, Segment } from './model.ts';
import { amount, chance, count, day, difference, lift, minute, percent, plural, pValue } from './numbers.ts';
import {
  checkTitle,
  checkValue,
  type Direction,
  differenceRange,
  directionOf,
  failing,
  glossary,
  level,
  liftRange,
  limitOf,
  meaning,
  metricOf,
  planRows,
  shortly,
  statusOf,
  type Tone,
  verdictOf,
} from './words.ts';

const STYLE = readFileSync(new URL('./page.css', import.meta.url), 'utf8');
/** All that needs a script: copying, and what is folded away on paper where the style cannot open it. */
const SCRIPT = `
for (const button of document.querySelectorAll('button')) {
  if (!navigator.clipboard) continue;
  button.hidden = false;
  button.addEventListener('click', async () => {
    await navigator.clipboard.writeText(button.previousElementSibling.textContent);
    button.textContent = 'Copied';
  });
}
addEventListener('beforeprint', () => {
  for (const details of document.querySelectorAll('details')) details.open = true;
});
`;
const ICON =
  "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'><path d='M2 14V9h3v5zm4.5 0V5h3v9zM11 14V2h3v12z' fill='%230072B2'/></svg>";
/** Of a dimension so many values are shown, those with the most people. */
const VALUES_MAX = 12;

/** Control by its own name, where it has another. */
const controlOf = ({ variations }: Plan): string =>
  variations[0] === 'control' || variations[0] === undefined
    ? 'the control'
    : `the control, ${variations[0]}`;

const hash = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/** One page that needs nothing else: no file, no network, no script from anywhere. */
export function pageOf(readout: Readout, { madeAt }: { madeAt: Date }): string {
  const { plan } = readout;
  // What the page may do is what it was made with: text that came from data cannot add a style or a script.
  const policy = `default-src 'none'; style-src ${hash(STYLE)}; script-src ${hash(SCRIPT)}; img-src data:; base-uri 'none'; form-action 'none'`;
  const failed = failing(readout).length > 0;
  const body = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${plan.experiment}: ${verdictOf(readout).title}</title>
<link rel="icon" href="${ICON}">
<style>${new Html(STYLE)}</style>
</head>
<body>
<header>
<h1>${plan.experiment}</h1>
<p class="lead">Experiment on ${plan.site}, ${statusOf(readout)}</p>
</header>
<main>
${verdictSection(readout)}
${failed ? healthSection(readout) : null}
${effectsSection(readout)}
${courseSection(readout)}
${figuresSection(readout)}
${failed ? null : healthSection(readout)}
${segmentsSection(readout)}
${planSection(readout)}
${wordsSection(readout)}
</main>
<footer><p>Made ${minute(madeAt.toISOString().replace('T', ' '))} by Footfall, from everything known up to ${minute(plan.as_of)}.</p></footer>
<script>${new Html(SCRIPT)}</script>
</body>
</html>
`;
  return body.text;
}

const ICONS: Record<Tone, string> = {
  good: 'M5 12.5 L10 17.5 L19 7',
  bad: 'M6.5 6.5 L17.5 17.5 M17.5 6.5 L6.5 17.5',
  wait: 'M12 6 L12 12.5 L16 15',
  stop: 'M12 6 L12 13.5 M12 17 L12 17.6',
  none: 'M6 12 L18 12',
};

function verdictSection(readout: Readout): Html {
  const { plan, overview } = readout;
  const { tone, title, sentences } = verdictOf(readout);
  const facts: Array<[string, string]> = [
    ['People', count(overview.people)],
    ['Whole days', count(overview.days)],
    ['Variations', String(plan.variations.length)],
    ['Primary metric', plan.metrics[0]?.metric ?? ''],
    ['Known up to', minute(plan.as_of)],
  ];
  return html`<section class="verdict ${tone}" aria-labelledby="verdict">
<h2 id="verdict"><svg width="26" height="26" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2.4" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true"><circle cx="12" cy="12" r="10.5" stroke-width="1.6"/><path d="${ICONS[tone]}"/></svg>${title}</h2>
<ul>${sentences.map(sentence => html`<li>${sentence}</li>`)}</ul>
<dl class="facts">${facts.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>
${sqlOf('SQL of the verdict', readout.sql.overview)}
</section>`;
}

function effectsSection(readout: Readout): Html {
  const { plan, results } = readout;
  const compared = results.filter(row => !row.is_control);
  const scale = scaleOf(
    compared.filter(row => !row.guardrail).map(plain),
    compared.flatMap(row => [plain(row), cupedOf(row)]),
  );
  const comparisons = compared.filter(row => !row.guardrail).length;
  const withCuped = compared.some(row => row.cuped_lift !== null);
  return html`<section aria-labelledby="effects">
<h2 id="effects">How much better or worse is each variation?</h2>
<p class="hint">${doubt(readout)}Lift against ${controlOf(plan)}, with intervals of ${level(plan)}. An interval that crosses zero may be nothing${comparisons > 1 ? '; one that does not may still be luck, as several things are compared: the words on the right are adjusted for it' : ''}.</p>
<table class="forests" role="table" aria-labelledby="effects">
<thead role="rowgroup"><tr role="row"><th role="columnheader" scope="col">Variation</th><th class="plot" role="columnheader" scope="col"><span class="sr">Interval, drawn</span>${axis(scale)}</th><th class="number" role="columnheader" scope="col">Lift</th><th role="columnheader" scope="col">In short</th></tr></thead>
${byMetric(results).map(
  ([metric, rows]) =>
    html`<tbody role="rowgroup">${groupRow(readout, metric, rows, 4)}${rows
      .filter(row => !row.is_control)
      .map(row => effectRow(row.variation, row, cupedOf(row), readout, scale))}</tbody>`,
)}
</table>
${legend(withCuped)}
${sqlOf('SQL of these figures', readout.sql.results)}
</section>`;
}

const plain = (row: Comparison): { low: number | null; value: number | null; high: number | null } => ({
  low: row.lift_low,
  value: row.lift,
  high: row.lift_high,
});
const cupedOf = (row: Result): { low: number | null; value: number | null; high: number | null } => ({
  low: row.cuped_lift_low,
  value: row.cuped_lift,
  high: row.cuped_lift_high,
});
const NOTHING = { low: null, value: null, high: null };

function effectRow(
  name: string,
  row: Comparison,
  cuped: ReturnType<typeof cupedOf>,
  { plan }: Readout,
  scale: Scale,
): Html {
  const found = directionOf(row, plan);
  const metric = metricOf(plan, row.metric);
  const range = liftRange(row) ?? differenceRange(row, metric, plan);
  const value =
    row.lift !== null
      ? lift(row.lift)
      : row.difference !== null
        ? difference(row.difference, metric, plan)
        : 'cannot be said';
  return html`<tr role="row"><th role="rowheader" scope="row">${name === '' ? '(none)' : name}</th><td class="plot" role="cell">${
    row.lift === null
      ? html`<p class="hint">${row.difference === null ? 'nothing to draw' : 'no lift: the control is at 0'}</p>`
      : interval(scale, plain(row), cuped, found)
  }</td><td class="number" role="cell">${value}${range === null ? null : html` <span class="sub">${range[0]} to ${range[1]}</span>`}</td><td class="says ${found}" role="cell">${icon(found)}${shortly(row, plan)}</td></tr>`;
}

function icon(found: Direction): Html | null {
  if (found === 'unknown') return null;
  return html`<svg width="14" height="14" viewBox="-8 -8 16 16" aria-hidden="true">${shape(found, 'plain')}</svg>`;
}

function legend(withCuped: boolean): Html {
  const entries: Array<[Direction, string]> = [
    ['better', 'better'],
    ['worse', 'worse'],
    ['unsure', 'no clear difference'],
  ];
  return html`<p class="legend">${entries.map(([found, text]) => html`<span class="${found}">${icon(found)}${text}</span>`)}${
    withCuped ? html`<span>solid: as measured; dashed: with CUPED, less what people did before</span>` : null
  }<span>arrow: goes on outside</span></p>`;
}

function groupRow({ plan }: Readout, name: string, rows: readonly Comparison[], columns: number): Html {
  const metric = metricOf(plan, name);
  const part = metric.position === 1 ? 'primary' : metric.guardrail ? 'guardrail' : null;
  const counted = rows.reduce((n, row) => n + row.mature_people, 0);
  const exposed = rows.reduce((n, row) => n + row.people, 0);
  return html`<tr class="group" role="row"><th role="columnheader" scope="colgroup" colspan="${columns}">${name}${part === null ? null : html`<span class="tag">${part}</span>`} <span class="sub">${meaning(plan, metric)}${
    counted === exposed
      ? null
      : `. ${count(counted)} of ${count(exposed)} people count so far: the time of the others is not over`
  }</span></th></tr>`;
}

function byMetric<Row extends Comparison>(rows: readonly Row[]): Array<[string, Row[]]> {
  const groups = new Map<string, Row[]>();
  for (const row of rows) groups.set(row.metric, [...(groups.get(row.metric) ?? []), row]);
  return [...groups];
}

function doubt(readout: Readout): string {
  return failing(readout).length > 0 ? 'For finding the fault, not for deciding: a health check fails. ' : '';
}

function figuresSection(readout: Readout): Html {
  const { plan, results } = readout;
  const decides = plan.ended
    ? 'The experiment has ended: p, adjusted, decides.'
    : 'While it runs, p, any day, decides: it may be looked at daily.';
  const titles = [
    'Variation',
    'People',
    'Mean',
    'Difference',
    'Lift',
    'With CUPED',
    'p, adjusted',
    'Chance to win',
    'Could see',
  ];
  return html`<section aria-labelledby="figures">
<h2 id="figures">All the figures</h2>
<p class="hint">${doubt(readout)}${decides}</p>
<div class="wide"><table role="table">
<thead role="rowgroup"><tr role="row">${titles.map((title, i) => html`<th role="columnheader" scope="col"${i === 0 ? null : new Html(' class="number"')}>${title}</th>`)}</tr></thead>
${byMetric(results).map(
  ([metric, rows]) =>
    html`<tbody role="rowgroup">${groupRow(readout, metric, rows, titles.length)}${rows.map(row => figureRow(row, readout, titles))}</tbody>`,
)}
</table></div>
${sqlOf('SQL of these figures', readout.sql.results)}
</section>`;
}

function figureRow(row: Result, { plan }: Readout, titles: string[]): Html {
  const metric = metricOf(plan, row.metric);
  const told = <T>(value: T | null, format: (value: T) => string): string =>
    value === null ? '–' : format(value);
  const range = (ends: [string, string] | null): Html | null =>
    ends === null ? null : html` <span class="sub">${ends[0]} to ${ends[1]}</span>`;
  const cuped = { lift_low: row.cuped_lift_low, lift_high: row.cuped_lift_high };
  const cells: Html[] = [
    html`${count(row.mature_people)}`,
    html`${told(row.mean, value => amount(value, metric, plan))}`,
    ...(row.is_control
      ? titles.slice(3).map(() => html``)
      : [
          html`${told(row.difference, value => difference(value, metric, plan))}${range(differenceRange(row, metric, plan))}`,
          html`${told(row.lift, lift)}${range(liftRange(row))}`,
          html`${told(row.cuped_lift, lift)}${range(liftRange(cuped))}${
            row.cuped_lift === null || row.variance_removed === null
              ? null
              : html` <span class="sub">${percent(Math.max(0, row.variance_removed))} less noise</span>`
          }`,
          html`${row.guardrail ? told(row.p_value, pValue) : told(row.p_adjusted, pValue)} <span class="sub">any day ${told(row.always_valid_p, pValue)}</span>`,
          html`${told(row.chance_to_win, chance)} <span class="sub">risk ${told(row.risk, value => amount(value, metric, plan))}</span>`,
          html`${told(row.minimum_detectable_lift, lift)}`,
        ]),
  ];
  return html`<tr role="row"><th role="rowheader" scope="row">${row.variation}${row.is_control && row.variation !== 'control' ? html` <span class="sub">control</span>` : null}</th>${cells.map(
    (cell, i) =>
      cell.text === ''
        ? html`<td class="number" role="cell"></td>`
        : html`<td class="number" role="cell" data-label="${titles[i + 1] ?? ''}"><span>${cell}</span></td>`,
  )}</tr>`;
}

function courseSection(readout: Readout): Html {
  const { plan, timeline } = readout;
  const metrics = plan.metrics.map(metric => metric.metric);
  const rows = timeline.filter(one => !one.is_control);
  const keys = metrics.flatMap(metric => plan.variations.slice(1).map(variation => ({ metric, variation })));
  const of = (metric: string, variation: string): Day[] =>
    rows.filter(one => one.metric === metric && one.variation === variation);
  const primary = rows.filter(one => one.metric === metrics[0]);
  const approximate = rows.some(one => one.bounds === 'approximate');
  return html`<section aria-labelledby="course">
<h2 id="course">How has the lift moved as people came?</h2>
<p class="hint">${doubt(readout)}Each day as it stood at its end, with the always-valid band: it may be looked at daily, and all days hold at once.${
    approximate
      ? ' Where a metric has no window its totals keep growing after a person is counted, and the band is approximate.'
      : ''
  } The first days run out of the picture.</p>
${
  rows.length === 0
    ? html`<p class="none">No day yet: nobody counts so far.</p>`
    : html`<div class="courses">${keys.map(({ metric, variation }) => {
        const days = of(metric, variation);
        const last = days.findLast(one => one.lift !== null);
        return html`<figure><figcaption><b>${metric}, ${variation}</b><span class="hint">${last === undefined || last.lift === null ? 'not yet' : `${lift(last.lift)}${last.lift_low === null || last.lift_high === null ? '' : `, band ${lift(last.lift_low)} to ${lift(last.lift_high)}`}`}</span></figcaption>${course(days, `Lift of ${metric}, ${variation}`)}</figure>`;
      })}</div>
<details><summary>The primary metric as a table</summary><table role="table">
<thead role="rowgroup"><tr role="row">${['Day', 'Variation', 'People', 'Lift', 'Always-valid band'].map((title, i) => html`<th role="columnheader" scope="col"${i < 2 ? null : new Html(' class="number"')}>${title}</th>`)}</tr></thead>
<tbody role="rowgroup">${primary.map(
        one =>
          html`<tr role="row"><th role="rowheader" scope="row">${day(one.period)}</th><td role="cell">${one.variation}</td><td class="number" role="cell" data-label="People">${count(one.people)}</td><td class="number" role="cell" data-label="Lift">${one.lift === null ? '–' : lift(one.lift)}</td><td class="number" role="cell" data-label="Band">${one.lift_low === null || one.lift_high === null ? '–' : `${lift(one.lift_low)} to ${lift(one.lift_high)}`}</td></tr>`,
      )}</tbody></table></details>`
}
${sqlOf('SQL of the course', readout.sql.timeline)}
</section>`;
}

function healthSection(readout: Readout): Html {
  const { health } = readout;
  const failed = failing(readout).length;
  const rows = health.toSorted((a, b) => Number(a.ok) - Number(b.ok));
  return html`<section aria-labelledby="health">
<h2 id="health">May it be read?</h2>
<p class="hint">${failed === 0 ? `All ${plural(health.length, 'check')} hold.` : `${failed} of ${plural(health.length, 'check')} ${failed === 1 ? 'fails' : 'fail'}: nothing may be decided on these numbers.`}</p>
<table class="checks" role="table">
<thead role="rowgroup"><tr role="row"><th role="columnheader" scope="col">Result</th><th role="columnheader" scope="col">Check</th><th class="number" role="columnheader" scope="col">Value</th></tr></thead>
<tbody role="rowgroup">${rows.map(
    check =>
      html`<tr role="row"><td class="mark ${check.ok ? 'good' : 'bad'}" role="cell">${check.ok ? '✓ holds' : '✕ fails'}</td><th role="rowheader" scope="row">${checkTitle(check)} <span class="sub">${check.says}</span></th><td class="number" role="cell" data-label="Value">${checkValue(check)} ${check.value === null || check.threshold === null ? null : html`<span class="sub">${limitOf(check)}</span>`}</td></tr>`,
  )}</tbody></table>
${sqlOf('SQL of the checks', readout.sql.health)}
</section>`;
}

function segmentsSection(readout: Readout): Html | null {
  const { plan, segments } = readout;
  if (segments.length === 0) return null;
  const primary = plan.metrics[0]?.metric ?? '';
  return html`<section aria-labelledby="segments">
<h2 id="segments">Does it differ between people?</h2>
<p class="hint">${doubt(readout)}Exploratory: the more one looks at, the more one finds by luck. A surprise here is an idea for the next experiment, not a result. Shown is ${primary}; the words are adjusted for all that was compared, the intervals are not, so that they may seem to differ.</p>
${segments.map(({ by, rows, sql }) => {
  const people = new Map<string, number>();
  for (const row of rows)
    if (row.metric === primary) people.set(row.dimension, (people.get(row.dimension) ?? 0) + row.people);
  const names = [...people].sort((a, b) => b[1] - a[1]).map(([name]) => name);
  const shown = names.slice(0, VALUES_MAX);
  const compared = rows.filter(
    row => row.metric === primary && !row.is_control && shown.includes(row.dimension),
  );
  const sure = compared.filter(row => row.p_adjusted !== null);
  const scale = scaleOf((sure.length > 0 ? sure : compared).map(plain), compared.map(plain));
  const title = by.replaceAll('_', ' ');
  return html`<h3 id="by-${by}">By ${title}</h3>
${
  compared.length === 0
    ? html`<p class="none">Nobody counts yet.</p>`
    : html`<table class="forests" role="table" aria-labelledby="by-${by}">
<thead role="rowgroup"><tr role="row"><th role="columnheader" scope="col">${title}</th><th class="plot" role="columnheader" scope="col"><span class="sr">Interval, drawn</span>${axis(scale)}</th><th class="number" role="columnheader" scope="col">Lift</th><th role="columnheader" scope="col">In short</th></tr></thead>
<tbody role="rowgroup">${shown.flatMap(name => compared.filter(row => row.dimension === name)).map(row => segmentRow(row, readout, scale))}</tbody></table>
${names.length > shown.length ? html`<p class="hint">and ${count(names.length - shown.length)} more with fewer people: ask the SQL</p>` : null}`
}
${sqlOf(`SQL by ${title}, with every metric`, sql)}`;
})}
</section>`;
}

function segmentRow(row: Segment, readout: Readout, scale: Scale): Html {
  const several = readout.plan.variations.length > 2;
  const name = row.dimension === '' ? '(none)' : row.dimension;
  return effectRow(several ? `${name}, ${row.variation}` : name, row, NOTHING, readout, scale);
}

function planSection({ plan }: Readout): Html {
  return html`<section aria-labelledby="plan">
<h2 id="plan">The plan</h2>
<dl class="pairs">${planRows(plan).map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>
</section>`;
}

function wordsSection({ plan }: Readout): Html {
  return html`<section aria-labelledby="words">
<h2 id="words">What the words mean</h2>
<dl class="pairs words">${glossary(plan).map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>
</section>`;
}

function sqlOf(title: string, sql: string): Html {
  return html`<details class="sql"><summary>${title}</summary><pre tabindex="0">${sql};</pre><button type="button" hidden>Copy</button></details>`;
}
