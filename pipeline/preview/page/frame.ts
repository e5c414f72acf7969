// An answer as columns and rows, and the shapes that charts need of it.
import { words } from './format.ts';
import type { Drawing, FieldConfig, Override, Panel } from './model.ts';

export type Cell = string | number | boolean | null | Cell[] | { [key: string]: Cell };

export interface Column {
  name: string;
  /** ClickHouse's, without Nullable and LowCardinality. */
  type: string;
}

export interface Frame {
  columns: Column[];
  rows: Cell[][];
  /** More rows were there than are shown. */
  cut: boolean;
  /** Of ClickHouse. */
  seconds: number;
}

/** ClickHouse's JSONCompact. `rowsMax`: what is shown of it. */
export function readFrame(answer: unknown, rowsMax: number): Frame {
  const { meta, data, statistics } = answer as {
    meta: { name: string; type: string }[];
    data: Cell[][];
    statistics?: { elapsed?: number };
  };
  return {
    columns: meta.map(({ name, type }) => ({ name, type: bareType(type) })),
    rows: data.length > rowsMax ? data.slice(0, rowsMax) : data,
    cut: data.length > rowsMax,
    seconds: statistics?.elapsed ?? 0,
  };
}

function bareType(type: string): string {
  const inner = /^(?:Nullable|LowCardinality)\((.*)\)$/.exec(type)?.[1];
  return inner === undefined ? type : bareType(inner);
}

export const isNumeric = ({ type }: Column): boolean => /^(U?Int|Float|Decimal|BFloat)/.test(type);
export const isTime = ({ type }: Column): boolean => /^Date/.test(type);
export const isText = (column: Column): boolean => !isNumeric(column) && !isTime(column);

/** An instant as the column's zone shows it on its clock, in the way timeAt gives times: ms as if that were UTC. */
export function onClockOf(column: Column | undefined, at: number): number {
  const zone = /'([^']+)'/.exec(column?.type ?? '')?.[1] ?? 'UTC';
  const parts = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  }).formatToParts(at);
  const of = (type: string): number => Number(parts.find(part => part.type === type)?.value);
  return Date.UTC(of('year'), of('month') - 1, of('day'), of('hour'), of('minute'), of('second'));
}

/** A column's place, or -1. */
export function indexOf(frame: Frame, name: string | undefined): number {
  return name === undefined ? -1 : frame.columns.findIndex(column => column.name === name);
}

export function numberAt(row: Cell[], index: number): number | null {
  const cell = row[index];
  if (typeof cell === 'number') return cell;
  if (typeof cell === 'boolean') return cell ? 1 : 0;
  if (typeof cell === 'string' && cell !== '' && Number.isFinite(Number(cell))) return Number(cell);
  return null;
}

export function textAt(row: Cell[], index: number): string {
  const cell = row[index];
  if (cell === null || cell === undefined) return '';
  return typeof cell === 'object' ? JSON.stringify(cell) : String(cell);
}

/** ClickHouse's time as the ms that draw it: in the zone that it was written in, as if that were UTC. */
export function timeAt(row: Cell[], index: number): number | null {
  const text = textAt(row, index);
  if (/^\d{4}-\d{2}-\d{2}$/.test(text)) return Date.parse(`${text}T00:00:00Z`);
  const at = Date.parse(`${text.replace(' ', 'T')}Z`);
  return Number.isNaN(at) ? null : at;
}

/** What a panel says of one of its fields: its defaults, then each override that is meant for it. */
export function fieldConfig(panel: Panel, name: string, column?: Column): FieldConfig {
  const { defaults = {}, overrides = [] } = panel.fieldConfig ?? {};
  const config: FieldConfig = { ...defaults, custom: { ...defaults.custom } };
  for (const override of overrides) {
    if (!matches(override, name, column)) continue;
    for (const { id, value } of override.properties) {
      if (id.startsWith('custom.')) config.custom = { ...config.custom, [id.slice(7)]: value };
      else (config as Record<string, unknown>)[id] = value;
    }
  }
  return config;
}

function matches({ matcher }: Override, name: string, column: Column | undefined): boolean {
  const { id, options } = matcher;
  if (id === 'byName') return options === name;
  if (id === 'byNames') return ((options as { names?: string[] }).names ?? []).includes(name);
  if (id === 'byType' && column !== undefined)
    return options === (isNumeric(column) ? 'number' : isTime(column) ? 'time' : 'string');
  if (id === 'byRegexp' || id === 'byRegex') {
    const text = String(options);
    const bare = /^\/(.*)\/([a-z]*)$/.exec(text);
    return new RegExp(bare?.[1] ?? text, bare?.[2] ?? '').test(name);
  }
  return false;
}

export function displayName(config: FieldConfig, name: string): string {
  const given = config.displayName;
  return given === undefined || given === '' || given.includes('__field') ? words(name) : given;
}

export interface Series {
  name: string;
  /** The column that it is of: units and colours go by it, and by its own name. */
  field: string;
  values: (number | null)[];
  total: number;
}

export const SERIES_MAX = 7;
export const OTHER = 'other';

/** Series over time of a 'time' panel; where many, the largest, and the rest as 'other'. `left`: series left out. */
export function toSeries(
  frame: Frame,
  panel: Panel,
  drawing: Extract<Drawing, { as: 'time' }>,
): { times: number[]; series: Series[]; left: number } {
  const time = indexOf(frame, drawing.time);
  const split = drawing.series === null ? -1 : indexOf(frame, drawing.series);
  const bounds = [drawing.interval?.low, drawing.interval?.high];
  const values = drawing.values
    .map(name => ({ name, index: indexOf(frame, name) }))
    .filter(({ name, index }) => {
      const column = frame.columns[index];
      return column !== undefined && isNumeric(column) && !bounds.includes(name);
    });
  const places = new Map<number, number>();
  for (const row of frame.rows) places.set(timeAt(row, time) ?? 0, 0);
  const times = [...places.keys()].sort((a, b) => a - b);
  times.forEach((at, place) => void places.set(at, place));
  const found = new Map<string, Series>();
  for (const row of frame.rows) {
    const place = places.get(timeAt(row, time) ?? 0) ?? 0;
    for (const { name: field, index } of values) {
      const label = split < 0 ? field : textAt(row, split) || '(none)';
      const key = values.length > 1 && split >= 0 ? `${label} · ${field}` : label;
      let one = found.get(key);
      if (one === undefined) {
        one = { name: key, field, values: new Array(times.length).fill(null), total: 0 };
        found.set(key, one);
      }
      const value = numberAt(row, index);
      one.values[place] = value;
      one.total += Math.abs(value ?? 0);
    }
  }
  const all = [...found.values()];
  if (split < 0 || all.length <= SERIES_MAX) return { times, series: all, left: 0 };
  const unit = fieldConfig(panel, values[0]?.name ?? '').unit ?? '';
  all.sort((a, b) => b.total - a.total);
  // Counts and sums add up to 'other'; rates, durations and people who may be in two series do not.
  if (drawing.draw !== 'stack' || unit.startsWith('percent'))
    return { times, series: all.slice(0, SERIES_MAX), left: all.length - SERIES_MAX };
  const kept = all.slice(0, SERIES_MAX - 1);
  const rest = all.slice(SERIES_MAX - 1);
  const sums = times.map((_, i) =>
    rest.some(one => one.values[i] !== null)
      ? rest.reduce((sum, one) => sum + (one.values[i] ?? 0), 0)
      : null,
  );
  kept.push({ name: OTHER, field: rest[0]?.field ?? '', values: sums, total: 0 });
  return { times, series: kept, left: 0 };
}
