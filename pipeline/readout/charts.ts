import { type Html, html } from './html.ts';
import type { Day } from './model.ts';
import { day, lift } from './numbers.ts';
import type { Direction } from './words.ts';

/** A scale of lifts from 0 to 100 (% of the width), zero always in it. */
export interface Scale {
  low: number;
  high: number;
  at(value: number): number;
  ticks: number[];
}

export interface Interval {
  low: number | null;
  value: number | null;
  high: number | null;
}

/**
 * Wide enough for the intervals that matter: others may run out of it, which is drawn. `matter`: of the metrics that
 * decide; `all`: of every row.
 */
export function scaleOf(matter: readonly Interval[], all: readonly Interval[]): Scale {
  const ends = (intervals: readonly Interval[]): number[] =>
    intervals
      .filter(({ low, high }) => low === null || low !== high)
      .flatMap(({ low, value, high }) => [low, value, high])
      .filter(value => value !== null);
  const important = Math.max(0, ...ends(matter).map(Math.abs));
  // Guardrails are often rare and so uncertain: they must not press all the rest together.
  const most = important > 0 ? important * 1.5 : Number.POSITIVE_INFINITY;
  const within = ends(all).map(value => Math.max(-most, Math.min(most, value)));
  const [low, high] = [Math.min(0, ...within), Math.max(0, ...within)];
  if (low === high) return scale(-0.1, 0.1);
  const space = (high - low) * 0.06;
  return scale(low - space, high + space);
}

function scale(low: number, high: number): Scale {
  return {
    low,
    high,
    at: value => Math.max(0, Math.min(100, (100 * (value - low)) / (high - low))),
    ticks: ticksOf(low, high, 6),
  };
}

/** Round values, about so many. */
function ticksOf(low: number, high: number, wanted: number): number[] {
  const rough = (high - low) / wanted;
  const size = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5].find(factor => factor * size >= rough) ?? 10) * size;
  const out: number[] = [];
  for (let k = Math.ceil(low / step); k * step <= high; k++) out.push(k * step);
  return out;
}

const px = (value: number): string => `${Math.round(value * 100) / 100}%`;

/** A tick's label: as few digits as it has. */
function tick(value: number): string {
  return value === 0 ? '0' : `${value > 0 ? '+' : '−'}${Number(Math.abs(100 * value).toPrecision(6))} %`;
}

/** The axis above a column of intervals. */
export function axis(scale: Scale): Html {
  return html`<svg class="axis" width="100%" height="18" aria-hidden="true">${scale.ticks.map(value => {
    const at = scale.at(value);
    const anchor = at < 8 ? 'start' : at > 92 ? 'end' : 'middle';
    return html`<text x="${px(at)}" y="13" text-anchor="${anchor}">${tick(value)}</text>`;
  })}</svg>`;
}

/** A row's interval, and CUPED's beneath it where there is one. Shape and colour both say what it shows. */
export function interval(scale: Scale, plain: Interval, cuped: Interval, found: Direction): Html {
  const two = cuped.value !== null;
  return html`<svg class="forest ${found}" width="100%" height="${two ? 40 : 30}" aria-hidden="true">${scale.ticks.map(
    value =>
      html`<line class="tick" x1="${px(scale.at(value))}" x2="${px(scale.at(value))}" y1="0" y2="100%"/>`,
  )}<line class="zero" x1="${px(scale.at(0))}" x2="${px(scale.at(0))}" y1="0" y2="100%"/>${bar(scale, plain, two ? 14 : 15, found, 'plain')}${two ? bar(scale, cuped, 29, found, 'cuped') : null}</svg>`;
}

function bar(
  scale: Scale,
  { low, value, high }: Interval,
  y: number,
  found: Direction,
  kind: 'plain' | 'cuped',
): Html | null {
  if (value === null) return null;
  const parts: Html[] = [];
  if (low !== null && high !== null && low !== high) {
    parts.push(
      html`<line class="range ${kind}" x1="${px(scale.at(low))}" x2="${px(scale.at(high))}" y1="${y}" y2="${y}"/>`,
    );
    // Ends, or arrows where the interval goes on outside.
    for (const [end, side] of [
      [low, -1],
      [high, 1],
    ] as const) {
      const outside = side < 0 ? end < scale.low : end > scale.high;
      const path = outside ? `M${-side * 6},-5 L0,0 L${-side * 6},5` : 'M0,-4 L0,4';
      parts.push(mark(px(scale.at(end)), y, html`<path class="end" d="${path}"/>`));
    }
  }
  if (value >= scale.low && value <= scale.high) parts.push(mark(px(scale.at(value)), y, shape(found, kind)));
  return html`${parts}`;
}

/** Places something of a fixed size at a share of the width: only lengths of elements may be in %. */
function mark(x: string, y: number, inner: Html): Html {
  return html`<svg x="${x}" y="${y}" width="1" height="1" overflow="visible">${inner}</svg>`;
}

/** Triangle up: better; triangle down: worse; ring: unclear. CUPED: the same, smaller. */
export function shape(found: Direction, kind: 'plain' | 'cuped'): Html {
  const r = kind === 'plain' ? 6 : 4;
  if (found === 'better') return html`<path class="dot" d="M0,${-r} L${r},${r * 0.8} L${-r},${r * 0.8} Z"/>`;
  if (found === 'worse') return html`<path class="dot" d="M0,${r} L${r},${-r * 0.8} L${-r},${-r * 0.8} Z"/>`;
  return html`<circle class="dot hollow" r="${r - 1.5}"/>`;
}

const HEIGHT = 170;
const TOP = 8;
const BOTTOM = 22;

/** The lift of one metric and variation over the days with its always-valid band. `title`: what it is of, for who cannot see it. */
export function course(days: readonly Day[], title: string): Html {
  const last = days.at(-1);
  if (last === undefined) return html`<p class="none">No day yet.</p>`;
  const told = days.filter(one => one.lift !== null);
  if (told.length === 0) return html`<p class="none">Not yet: no lift can be said on any day.</p>`;
  const { low, high } = rangeOf(days);
  const height = HEIGHT - TOP - BOTTOM;
  const x = (i: number): number => (days.length === 1 ? 500 : (1000 * i) / (days.length - 1));
  const y = (value: number): number => TOP + (height * (high - value)) / (high - low);
  // Far outside is outside: paths stay within what every browser draws.
  const held = (value: number): number => Math.max(-HEIGHT, Math.min(2 * HEIGHT, y(value)));
  const point = (i: number, value: number): string =>
    `${Math.round(x(i) * 10) / 10},${Math.round(held(value) * 10) / 10}`;
  const banded = days
    .map((one, i) => ({ i, low: one.lift_low, high: one.lift_high }))
    .filter(one => one.low !== null && one.high !== null);
  const band = [
    ...banded.map(one => point(one.i, one.high ?? 0)),
    ...banded.toReversed().map(one => point(one.i, one.low ?? 0)),
  ];
  const edge = (which: 'low' | 'high'): string => banded.map(one => point(one.i, one[which] ?? 0)).join(' ');
  const line = days.flatMap((one, i) => (one.lift === null ? [] : [point(i, one.lift)])).join(' ');
  const end = told.at(-1) ?? last;
  const says = `${title}: over ${days.length} days, to ${lift(end.lift ?? 0)}${end.lift_low === null || end.lift_high === null ? '' : `, band from ${lift(end.lift_low)} to ${lift(end.lift_high)}`} on ${day(end.period)}`;
  return html`<svg class="course" width="100%" height="${HEIGHT}" role="img" aria-label="${says}">
<svg width="100%" height="${HEIGHT - BOTTOM + 1}" viewBox="0 0 1000 ${HEIGHT - BOTTOM + 1}" preserveAspectRatio="none">
<polygon class="band" points="${band.join(' ')}"/>
<polyline class="edge" points="${edge('high')}"/><polyline class="edge" points="${edge('low')}"/>
${ticksOf(low, high, 4).map(value => html`<line class="${value === 0 ? 'zero' : 'tick'}" x1="0" x2="1000" y1="${round(y(value))}" y2="${round(y(value))}"/>`)}
<polyline class="line" points="${line}"/>
</svg>
${ticksOf(low, high, 4).map(value => html`<text x="2" y="${round(y(value) - 3)}">${tick(value)}</text>`)}
${told.length === 1 ? mark(`${x(days.indexOf(end)) / 10}%`, y(end.lift ?? 0), html`<circle class="dot" r="3.5"/>`) : null}
<text x="0" y="${HEIGHT - 6}">${short(days[0]?.period ?? '')}</text>
<text x="100%" y="${HEIGHT - 6}" text-anchor="end">${short(last.period)}</text>
</svg>`;
}

const round = (value: number): number => Math.round(value * 10) / 10;
const short = (period: string): string => day(period).replace(/ \d{4}$/, '');

/** The first days' bands are as wide as can be: what the later half shows decides, with zero. */
function rangeOf(days: readonly Day[]): { low: number; high: number } {
  const told = days.filter(one => one.lift !== null);
  const later = told.slice(Math.floor(told.length / 2));
  const values = [
    0,
    ...later.flatMap(one => [one.lift_low, one.lift, one.lift_high]),
    ...told.map(one => one.lift).slice(Math.floor(told.length / 4)),
  ].filter(value => value !== null);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const space = (high - low) * 0.08 || 0.1;
  return { low: low - space, high: high + space };
}
