// Grafana's dashboard JSON, as far as this page reads it. Whatever else a dashboard says is left alone.

export interface Variable {
  name: string;
  type: string;
  label?: string | null;
  description?: string | null;
  /** 0: shown, 1: without its label, 2: not at all. */
  hide?: number;
  multi?: boolean;
  includeAll?: boolean;
  allValue?: string | null;
  query?: string | { rawSql?: string; query?: string };
  current?: { text?: string | string[]; value?: string | string[] };
  options?: { text: string | string[]; value: string | string[] }[];
}

export interface Override {
  matcher: { id: string; options?: unknown };
  properties: { id: string; value?: unknown }[];
}

export interface FieldConfig {
  unit?: string;
  decimals?: number;
  displayName?: string;
  noValue?: string;
  min?: number;
  max?: number;
  color?: { mode?: string; fixedColor?: string };
  thresholds?: { mode?: string; steps?: { value: number | null; color: string }[] };
  mappings?: { type: string; options?: Record<string, unknown> }[];
  custom?: Record<string, unknown>;
  links?: { title: string; url: string }[];
}

export interface Target {
  refId?: string;
  rawSql?: string;
  expr?: string;
  hide?: boolean;
  datasource?: { type?: string; uid?: string } | null;
}

export interface Panel {
  id: number;
  title?: string;
  description?: string;
  type: string;
  gridPos?: { x: number; y: number; w: number; h: number };
  targets?: Target[];
  datasource?: { type?: string; uid?: string } | null;
  fieldConfig?: { defaults?: FieldConfig; overrides?: Override[] };
  options?: Record<string, unknown>;
  links?: { title: string; url: string }[];
  /** Of a folded row. */
  panels?: Panel[];
  repeat?: string;
}

export interface Dashboard {
  uid: string;
  title: string;
  description?: string;
  timezone?: string;
  time?: { from: string; to: string };
  refresh?: string;
  templating?: { list?: Variable[] };
  annotations?: {
    list?: { name: string; enable?: boolean; target?: Target; rawSql?: string; builtIn?: number }[];
  };
  links?: {
    title: string;
    url?: string;
    type?: string;
    tags?: string[];
    keepTime?: boolean;
    includeVars?: boolean;
  }[];
  panels?: Panel[];
}

/** How a panel asks to be drawn here: `options.preview`. Names are the query's columns. */
export type Drawing =
  | {
      as: 'time';
      time: string;
      series: string | null;
      values: string[];
      draw: 'line' | 'bars' | 'stack';
      interval?: { value: string; low: string; high: string };
    }
  | { as: 'bars'; category: string; values: string[]; stack: boolean }
  | { as: 'stat'; time: string; value: string; before: string | null; upIsGood: boolean | null }
  | { as: 'table' }
  | { as: 'heat'; row: string; column: string; value: string }
  | {
      as: 'funnel';
      step: string;
      series: string;
      value: string;
      dropped: string;
      pending: string;
      rate: string;
      seconds: string;
    }
  | { as: 'sankey'; step: string; from: string; to: string; value: string }
  | { as: 'interval'; label: string; value: string; low: string; high: string; skip?: string }
  | { as: 'none' };

/** A panel that says nothing of this page is shown as its rows. */
export function drawingOf(panel: Panel): Drawing {
  return (panel.options?.preview as Drawing | undefined) ?? { as: 'table' };
}

/** What NULL says in a panel: 'not yet' where it is a figure still to come. */
export function unknownText(panel: Panel): string {
  return panel.fieldConfig?.defaults?.noValue ?? '–';
}
