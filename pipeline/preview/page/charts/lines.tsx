// Time series: lines, bars, or bars upon each other; the series' names at the lines' ends where there is room.
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import uPlot from 'uplot';
import { colorOf, OTHER_COLOR, resolved, seriesColor } from '../colors.ts';
import { formatValue, MONTHS } from '../format.ts';
import {
  type Cell,
  displayName,
  type Frame,
  fieldConfig,
  indexOf,
  numberAt,
  OTHER,
  onClockOf,
  timeAt,
  toSeries,
} from '../frame.ts';
import type { Drawing, Panel } from '../model.ts';
import { useSize } from '../size.ts';

export interface Mark {
  at: number;
  text: string;
}

interface Line {
  label: string;
  color: string;
  values: (number | null)[];
  unit: string;
  decimals: number | undefined;
  dashed: boolean;
  band?: { low: (number | null)[]; high: (number | null)[] };
}

const FONT = '11px system-ui, sans-serif';
const LABEL_PX_MAX = 162;
/** Of a chart as wide as the page. */
const WIDE_PX = 900;
/** Remarks' words stand in as many lines; what finds no room is told by hovering. */
const MARK_ROWS = 2;

export function TimeChart(props: {
  frame: Frame;
  panel: Panel;
  drawing: Extract<Drawing, { as: 'time' }>;
  marks: Mark[];
  /** 'not yet' where NULL is a figure still to come. */
  unknown: string;
  /** The end of the period, ms: what lies beyond is not over yet. */
  until: number;
  theme: string;
  text: (template: string) => string;
}) {
  const { frame, panel, drawing, marks, unknown, until, theme, text } = props;
  const { times, series, left } = toSeries(frame, panel, drawing);
  const lines = series.map(({ name, field, values }, i): Line => {
    const config = fieldConfig(panel, field);
    const split = drawing.series !== null;
    const fixed = split ? null : colorOf(config.color?.fixedColor);
    return {
      label: split ? (name === OTHER ? OTHER : name) : text(displayName(config, field)),
      color: fixed ?? seriesColor(i, name),
      values,
      unit: config.unit ?? '',
      decimals: config.decimals,
      dashed: /before/.test(field),
    };
  });
  const interval = drawing.interval;
  if (interval !== undefined) {
    lines.forEach((line, i) => {
      const one = series[i];
      if (one?.field !== interval.value) return;
      line.band = {
        low: boundOf(frame, drawing, times, interval.low, one.name),
        high: boundOf(frame, drawing, times, interval.high, one.name),
      };
    });
  }
  const step =
    times.length > 1 ? Math.min(...times.slice(1).map((at, i) => at - (times[i] ?? 0))) : 86_400_000;
  const summary = lines
    .map(line => {
      const last = line.values.findLast(value => value !== null);
      return `${line.label}: last ${formatValue(last ?? null, line.unit, line.decimals)}`;
    })
    .join('; ');
  return (
    <div class="fill column">
      <Plot
        {...{ times, lines, step, marks, unknown, theme }}
        until={onClockOf(frame.columns[indexOf(frame, drawing.time)], until)}
        kind={drawing.draw === 'bars' && lines.length > 1 ? 'line' : drawing.draw}
        label={`Chart over time. ${summary}`}
      />
      {left > 0 && (
        <p class="note">
          The largest {lines.length} of {lines.length + left}; all are in the table.
        </p>
      )}
    </div>
  );
}

function boundOf(
  frame: Frame,
  drawing: Extract<Drawing, { as: 'time' }>,
  times: number[],
  name: string,
  series: string,
): (number | null)[] {
  const time = indexOf(frame, drawing.time);
  const split = drawing.series === null ? -1 : indexOf(frame, drawing.series);
  const values: (number | null)[] = new Array(times.length).fill(null);
  const belongs = (row: Cell[]): boolean => split < 0 || row[split] === series;
  for (const row of frame.rows)
    if (belongs(row)) values[times.indexOf(timeAt(row, time) ?? 0)] = numberAt(row, indexOf(frame, name));
  return values;
}

interface PlotProps {
  times: number[];
  lines: Line[];
  kind: 'line' | 'bars' | 'stack';
  step: number;
  marks: Mark[];
  unknown: string;
  until: number;
  theme: string;
  label: string;
}

function Plot({ times, lines, kind, step, marks, unknown, until, theme, label }: PlotProps) {
  const holder = useRef<HTMLDivElement>(null);
  const tip = useRef<HTMLDivElement>(null);
  const [ends, setEnds] = useState<EndLabel[]>([]);
  const { width, height } = useSize(holder);
  const direct = kind === 'line' && lines.length > 1 && width >= 460;
  const key = JSON.stringify([times, lines, kind, marks, theme, direct]);

  const chart = useRef<uPlot | null>(null);
  useLayoutEffect(() => {
    const element = holder.current;
    if (element === null || width === 0 || height === 0 || times.length === 0) return;
    const color = (name: string): string => resolved(name, element);
    const ink = color('var(--muted)');
    const grid = color('var(--line)');
    const bars = kind !== 'line';
    const shown = stacked(lines, kind, times.length);
    // Drawn from the top of the stack down: each lower one covers its part.
    const order = lines.map((_, i) => (kind === 'stack' ? lines.length - 1 - i : i));
    const bands = lines.flatMap(line => (line.band === undefined ? [] : [{ line, band: line.band }]));
    const unit = lines[0]?.unit ?? '';
    const decimals = lines[0]?.decimals;
    const [lowest, highest] = extentOf(
      shown,
      bands.flatMap(({ band }) => [band.low, band.high]),
    );
    const labelPx = direct
      ? Math.min(
          width > WIDE_PX ? 1.5 * LABEL_PX_MAX : LABEL_PX_MAX,
          textWidth(lines.map(line => endText(line, unknown))) + 26,
        )
      : bars
        ? 10
        : 20;
    const first = (times[0] ?? 0) / 1000;
    const last = (times.at(-1) ?? 0) / 1000;
    const pad = bars || times.length === 1 ? step / 2000 : 0;
    const known = times.findLastIndex((_, i) => lines.some(line => line.values[i] !== null));
    const options: uPlot.Options = {
      width,
      height,
      padding: [8, labelPx, 0, 0],
      legend: { show: false },
      cursor: { y: false, drag: { x: false, y: false }, points: { size: 6 }, sync: { key: 'board' } },
      tzDate: seconds => uPlot.tzDate(new Date(seconds * 1000), 'Etc/UTC'),
      scales: {
        x: { time: true, range: () => [first - pad, last + pad] },
        // Remarks' words stand above what is drawn.
        y: {
          range: () => [
            lowest * 1.05,
            highest <= 0
              ? lowest < 0
                ? -lowest / 10
                : 1
              : highest * (marks.length > 0 && height > 120 ? 1.2 : 1.06),
          ],
        },
      },
      axes: [
        {
          stroke: ink,
          font: FONT,
          size: 26,
          gap: 4,
          grid: { show: false },
          ticks: { stroke: grid, size: 4, width: 1 },
          space: 64,
          values: (_, splits) => splits.map((at, i) => axisTime(at, splits[i - 1], step)),
          // Days, weeks and months are named where they are drawn.
          ...(step >= 86_400_000
            ? { splits: (u: uPlot) => everyNth(times, step, u.bbox.width / devicePixelRatio) }
            : { incrs: INCREMENTS.filter(seconds => seconds * 1000 >= step) }),
        },
        {
          stroke: ink,
          font: FONT,
          gap: 6,
          size: (_, values) => 12 + (values === null ? 30 : textWidth(values)),
          grid: { stroke: grid, width: 1 },
          ticks: { show: false },
          space: 36,
          // Of what is counted there is no half.
          ...(decimals === 0 && highest < 10 ? { incrs: [1, 2, 5] } : {}),
          // Room for remarks above a share of all makes it no more than all.
          values: (_, splits) =>
            splits.map(value =>
              unit === 'percentunit' && value > 1 && highest <= 1
                ? ''
                : formatValue(value, unit, undefined, true),
            ),
        },
      ],
      series: [
        {},
        ...order.map((i): uPlot.Series => {
          const line = lines[i];
          const stroke = color(line?.color ?? OTHER_COLOR);
          const lonely = lines.length === 1 && !bars;
          return {
            label: line?.label ?? '',
            stroke: bars ? color('var(--panel)') : stroke,
            width: bars ? 0.5 : 1.75,
            ...(bars
              ? { fill: stroke }
              : lonely
                ? { fill: `color-mix(in srgb, ${stroke} 9%, transparent)` }
                : {}),
            ...(line?.dashed === true ? { dash: [4, 4] } : {}),
            ...(bars && uPlot.paths.bars !== undefined
              ? { paths: uPlot.paths.bars({ size: [0.82, 48] }) }
              : {}),
            // A figure between two that are not known is a point: a line it cannot be.
            points: { show: !bars, filter: (u, index) => lonelyPoints(u.data[index] ?? []) },
            spanGaps: false,
          };
        }),
      ],
      hooks: {
        drawClear: [
          u => {
            for (const { line, band } of bands) fillBand(u, times, band, color(line.color));
          },
        ],
        draw: [
          u => {
            const over = (times.at(-1) ?? 0) + step > until + 60_000;
            const middle = (i: number): number => ((times[i] ?? 0) + (times[i + 1] ?? times[i] ?? 0)) / 2000;
            if (known < times.length - 1 && known >= 0 && unknown === 'not yet')
              hatch(u, bars ? middle(known) : (times[known] ?? 0) / 1000, last + pad, 'not yet', ink);
            else if (over && times.length > 1)
              hatch(u, bars ? last - pad : middle(times.length - 2), last + pad, 'so far', ink);
            drawMarks(u, marks, ink, color('var(--panel)'));
          },
        ],
        ready: [u => setEnds(direct ? endLabels(u, lines, shown, unknown) : [])],
        setCursor: [u => showTip(u, tip.current, times, lines, marks, step, unknown)],
      },
    };
    const plot = new uPlot(options, [times.map(at => at / 1000), ...order.map(i => shown[i] ?? [])], element);
    plot.root.setAttribute('aria-hidden', 'true');
    chart.current = plot;
    return () => {
      plot.destroy();
      chart.current = null;
    };
  }, [key, width, height]);
  useEffect(() => {
    if (!direct) setEnds([]);
  }, [direct]);

  return (
    <div class="fill column">
      {lines.length > 1 && !direct && <Legend items={lines} />}
      <div class="plot" role="img" aria-label={label}>
        <div class="cover" ref={holder} />
        {ends.map(end => (
          <span
            class="end"
            key={end.label}
            style={{ top: `${end.top}px`, left: `${end.left}px`, maxWidth: `${end.room}px` }}
            title={end.label}
          >
            <i style={{ background: end.color }} />
            {end.label}
          </span>
        ))}
        <div class="tip" ref={tip} hidden />
      </div>
    </div>
  );
}

const INCREMENTS = [
  60, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400, 172_800, 604_800, 1_209_600, 2_592_000,
  7_776_000, 31_536_000,
];

function lonelyPoints(values: ArrayLike<number | null | undefined>): number[] {
  const known = (i: number): boolean => values[i] !== null && values[i] !== undefined;
  return Array.from(values, (_, i) => i).filter(i => known(i) && !known(i - 1) && !known(i + 1));
}

const TICK_PX = 64;

/** Of times that are days, weeks or months, as many as there is room for: seconds. */
function everyNth(times: number[], step: number, width: number): number[] {
  const most = Math.max(1, Math.floor(width / TICK_PX));
  const steps =
    step < 7 * 86_400_000 ? [1, 2, 7, 14, 28, 56, 91, 182, 364] : [1, 2, 3, 4, 6, 8, 12, 13, 26, 52];
  const every = steps.find(n => times.length / n <= most) ?? Math.ceil(times.length / most);
  return times.filter((_, i) => i % every === 0).map(at => at / 1000);
}

export function Legend({ items }: { items: { label: string; color: string; dashed?: boolean }[] }) {
  return (
    <ul class="legend">
      {items.map(({ label, color }) => (
        <li key={label}>
          <i style={{ background: color }} />
          {label}
        </li>
      ))}
    </ul>
  );
}

/** Values as they are drawn: in a stack each upon those before it. */
function stacked(lines: Line[], kind: string, length: number): (number | null)[][] {
  if (kind !== 'stack') return lines.map(line => line.values);
  const sums = new Array<number>(length).fill(0);
  return lines.map(line =>
    line.values.map((value, i) => {
      sums[i] = (sums[i] ?? 0) + (value ?? 0);
      return lines.every(other => other.values[i] === null) ? null : (sums[i] ?? 0);
    }),
  );
}

/** Of the points of a chart, those that may run out of it, and how much more room they would have to ask for. */
const UNSETTLED = { share: 0.25, times: 4 };

/**
 * Between what a chart's values lie, and 0. An interval that narrows as people come begins so wide that the rest would be
 * a flat line: then the rest has the room.
 */
function extentOf(
  shown: (number | null)[][],
  bounds: (number | null)[][],
): [lowest: number, highest: number] {
  const from = (start: number): [number, number] => {
    const values = [...shown, ...bounds].flatMap(one =>
      one.slice(Math.floor(start * one.length)).map(value => value ?? 0),
    );
    return [Math.min(0, ...values), Math.max(0, ...values)];
  };
  const whole = from(0);
  if (bounds.length === 0) return whole;
  const rest = from(UNSETTLED.share);
  const room = rest[1] - rest[0];
  return room > 0 && whole[1] - whole[0] > UNSETTLED.times * room ? rest : whole;
}

let measure: CanvasRenderingContext2D | null = null;
function textWidth(texts: string[]): number {
  measure ??= document.createElement('canvas').getContext('2d');
  if (measure === null) return 60;
  measure.font = FONT;
  return Math.max(0, ...texts.map(text => measure?.measureText(text).width ?? 0));
}

function axisTime(seconds: number, before: number | undefined, step: number): string {
  const at = new Date(seconds * 1000);
  const day = `${at.getUTCDate()} ${MONTHS[at.getUTCMonth()]}`;
  if (step >= 86_400_000 || at.getTime() % 86_400_000 === 0) {
    const yearTurns =
      before === undefined ? false : new Date(before * 1000).getUTCFullYear() !== at.getUTCFullYear();
    return yearTurns ? `${day} ${at.getUTCFullYear()}` : day;
  }
  return `${String(at.getUTCHours()).padStart(2, '0')}:${String(at.getUTCMinutes()).padStart(2, '0')}`;
}

/** A part of the chart that is not to be read like the rest. */
function hatch(u: uPlot, from: number, to: number, text: string, ink: string): void {
  const { ctx, bbox } = u;
  const left = Math.max(bbox.left, u.valToPos(from, 'x', true));
  const right = Math.min(bbox.left + bbox.width, u.valToPos(to, 'x', true));
  if (right - left < 2) return;
  ctx.save();
  ctx.beginPath();
  ctx.rect(left, bbox.top, right - left, bbox.height);
  ctx.clip();
  ctx.setLineDash([]);
  ctx.globalAlpha = 0.35;
  ctx.strokeStyle = ink;
  ctx.lineWidth = devicePixelRatio;
  const gap = 7 * devicePixelRatio;
  for (let x = left - bbox.height; x < right; x += gap) {
    ctx.beginPath();
    ctx.moveTo(x, bbox.top + bbox.height);
    ctx.lineTo(x + bbox.height, bbox.top);
    ctx.stroke();
  }
  ctx.restore();
  ctx.save();
  ctx.font = `${10 * devicePixelRatio}px system-ui, sans-serif`;
  ctx.fillStyle = ink;
  ctx.textAlign = 'right';
  ctx.textBaseline = 'top';
  if (bbox.width > 120) ctx.fillText(text, right - 2, bbox.top - 8 * devicePixelRatio);
  ctx.restore();
}

/** Lines where people remarked on something, each with its words where they fit, else with those that hover tells. */
function drawMarks(u: uPlot, marks: Mark[], ink: string, ground: string): void {
  const { ctx, bbox } = u;
  const px = devicePixelRatio;
  const seen = marks
    .map(one => ({ ...one, x: u.valToPos(one.at / 1000, 'x', true) }))
    .filter(({ x }) => x >= bbox.left && x <= bbox.left + bbox.width)
    .sort((a, b) => a.x - b.x);
  ctx.save();
  ctx.strokeStyle = ink;
  ctx.lineWidth = px;
  ctx.setLineDash([2 * px, 3 * px]);
  ctx.font = `${10 * px}px system-ui, sans-serif`;
  ctx.textBaseline = 'top';
  ctx.textAlign = 'left';
  const taken: number[] = [];
  const words: { text: string; x: number; y: number; width: number }[] = [];
  for (const { x, text } of seen) {
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    const short = text.length > 28 ? `${text.slice(0, 27)}…` : text;
    const width = ctx.measureText(short).width;
    const row = Array.from({ length: MARK_ROWS }, (_, i) => i).find(i => (taken[i] ?? 0) <= x);
    if (row === undefined || x + width + 6 * px > bbox.left + bbox.width) continue;
    taken[row] = x + width + 10 * px;
    words.push({ text: short, x: x + 4 * px, y: bbox.top + (2 + 13 * row) * px, width });
  }
  // Upon the curves, so that they can be read.
  for (const { text, x, y, width } of words) {
    ctx.globalAlpha = 0.8;
    ctx.fillStyle = ground;
    ctx.fillRect(x - 2 * px, y - px, width + 4 * px, 12 * px);
    ctx.globalAlpha = 1;
    ctx.fillStyle = ink;
    ctx.fillText(text, x, y);
  }
  ctx.restore();
}

function fillBand(
  u: uPlot,
  times: number[],
  band: { low: (number | null)[]; high: (number | null)[] },
  color: string,
): void {
  const points = times.flatMap((at, i) => {
    const low = band.low[i] ?? null;
    const high = band.high[i] ?? null;
    return low === null || high === null ? [] : [{ x: u.valToPos(at / 1000, 'x', true), low, high }];
  });
  const [only] = points;
  if (only === undefined) return;
  // Of one point it is a bar.
  const half = 4 * devicePixelRatio;
  if (points.length === 1) points.splice(0, 1, { ...only, x: only.x - half }, { ...only, x: only.x + half });
  const { ctx, bbox } = u;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  ctx.globalAlpha = 0.16;
  ctx.fillStyle = color;
  ctx.beginPath();
  for (const { x, high } of points) ctx.lineTo(x, u.valToPos(high, 'y', true));
  for (const { x, low } of points.reverse()) ctx.lineTo(x, u.valToPos(low, 'y', true));
  ctx.fill();
  ctx.restore();
}

/** A line of which nothing is known says so in its name. */
function endText(line: Line, unknown: string): string {
  const none = line.values.every(value => value === null);
  return none ? `${line.label}: ${unknown === '–' ? 'none' : unknown}` : line.label;
}

interface EndLabel {
  label: string;
  color: string;
  /** px. */
  top: number;
  left: number;
  room: number;
}

/** The names at the lines' ends, moved apart where they would lie upon each other. */
function endLabels(u: uPlot, lines: Line[], shown: (number | null)[][], unknown: string): EndLabel[] {
  const gap = 13;
  const most = u.bbox.height / devicePixelRatio;
  const labels = lines
    .map((line, i) => {
      const value = shown[i]?.findLast(one => one !== null) ?? null;
      return { label: endText(line, unknown), color: line.color, top: u.valToPos(value ?? 0, 'y') };
    })
    .sort((a, b) => a.top - b.top);
  let floor = 0;
  for (const label of labels) {
    label.top = Math.max(label.top, floor);
    floor = label.top + gap;
  }
  let ceiling = most;
  for (const label of labels.toReversed()) {
    label.top = Math.min(label.top, ceiling);
    ceiling = label.top - gap;
  }
  const top = u.bbox.top / devicePixelRatio;
  const left = (u.bbox.left + u.bbox.width) / devicePixelRatio + 6;
  return labels.map(label => ({ ...label, left, room: u.width - left, top: label.top + top - 7 }));
}

function showTip(
  u: uPlot,
  tip: HTMLElement | null,
  times: number[],
  lines: Line[],
  marks: Mark[],
  step: number,
  unknown: string,
): void {
  if (tip === null) return;
  const place = u.cursor.idx;
  const at = place === null || place === undefined ? undefined : times[place];
  if (
    place === null ||
    place === undefined ||
    at === undefined ||
    (u.cursor.left ?? -1) < 0 ||
    !u.root.matches(':hover')
  ) {
    tip.hidden = true;
    return;
  }
  const date = new Date(at);
  const head = document.createElement('b');
  head.textContent = `${date.toLocaleDateString('en-GB', { weekday: 'short', day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC' })}${step < 86_400_000 ? ` ${date.toISOString().slice(11, 16)}` : ''}`;
  const rows = lines.map(line => {
    const row = document.createElement('div');
    const swatch = document.createElement('i');
    swatch.style.background = line.color;
    const name = document.createElement('span');
    name.textContent = line.label;
    const value = document.createElement('span');
    const number = line.values[place] ?? null;
    value.textContent = number === null ? unknown : formatValue(number, line.unit, line.decimals);
    row.append(swatch, name, value);
    return row;
  });
  const near = marks
    .filter(one => Math.abs(one.at - at) <= step / 2)
    .map(one => {
      const note = document.createElement('em');
      note.textContent = one.text;
      return note;
    });
  tip.replaceChildren(head, ...rows, ...near);
  tip.hidden = false;
  const left = (u.cursor.left ?? 0) + u.bbox.left / devicePixelRatio;
  const flip = left > u.width / 2;
  tip.style.left = flip ? '' : `${left + 14}px`;
  tip.style.right = flip ? `${u.width - left + 14}px` : '';
}
