import type { Options as BarChartOptions } from '@grafana/grafana-foundation-sdk/barchart';
import type { Dataquery } from '@grafana/grafana-foundation-sdk/cog';
import {
  BigValueColorMode,
  BigValueGraphMode,
  BigValueJustifyMode,
  BigValueTextMode,
  type DataSourceRef,
  LegendDisplayMode,
  LegendPlacement,
  PercentChangeColorMode,
  SortOrder,
  StackingMode,
  TableCellHeight,
  TooltipDisplayMode,
  VisibilityMode,
  VizOrientation,
} from '@grafana/grafana-foundation-sdk/common';
import {
  type Dashboard,
  DashboardCursorSync,
  type DashboardLink,
  DashboardLinkType,
  type DataTransformerConfig,
  type DynamicConfigValue,
  type FieldColor,
  FieldColorModeId,
  type FieldConfig,
  MappingType,
  type Panel,
  type RowPanel,
  SpecialValueMatch,
  type Threshold,
  ThresholdsMode,
  type VariableModel,
} from '@grafana/grafana-foundation-sdk/dashboard';
import type { Options as StatOptions } from '@grafana/grafana-foundation-sdk/stat';
import type { Options as TableOptions } from '@grafana/grafana-foundation-sdk/table';
import type { Options as TimeSeriesOptions } from '@grafana/grafana-foundation-sdk/timeseries';
import { definitionOf } from './definitions.ts';

/** Data sources by the uid that dashboards/provisioning/datasources gives them. */
export const CLICKHOUSE: DataSourceRef = { type: 'grafana-clickhouse-datasource', uid: 'clickhouse' };
export const PROMETHEUS: DataSourceRef = { type: 'prometheus', uid: 'prometheus' };

/** Okabe–Ito: colours that the colour-blind can tell apart. The first is the accent. */
export const COLOURS = ['#0072B2', '#E69F00', '#009E73', '#D55E00', '#56B4E9', '#CC79A7', '#999999'] as const;
const ACCENT = COLOURS[0];
const GOOD = COLOURS[2];
const BAD = COLOURS[3];
/** A figure that is not known (yet): grey, with words, never a 0. */
const UNKNOWN = '#8A8F98';

/** What a column holds: its unit and how many places are shown. */
export type Kind =
  | 'text'
  | 'count'
  | 'number'
  | 'figure'
  | 'rate'
  | 'money'
  | 'seconds'
  | 'minutes'
  | 'ms'
  | 'hours'
  | 'days'
  | 'day'
  | 'moment'
  | 'bytes';

const KINDS: Record<Kind, { unit: string; decimals?: number }> = {
  text: { unit: 'string' },
  count: { unit: 'locale', decimals: 0 },
  number: { unit: 'none', decimals: 2 },
  // Of any size, p-values and thresholds among them: as many places as it needs.
  figure: { unit: 'none' },
  rate: { unit: 'percentunit', decimals: 1 },
  money: { unit: 'locale', decimals: 2 },
  seconds: { unit: 's', decimals: 1 },
  minutes: { unit: 'm', decimals: 1 },
  ms: { unit: 'ms', decimals: 0 },
  hours: { unit: 'h', decimals: 1 },
  days: { unit: 'd', decimals: 1 },
  day: { unit: 'time: YYYY-MM-DD' },
  moment: { unit: 'dateTimeAsIso' },
  bytes: { unit: 'bytes', decimals: 1 },
};

export interface Column {
  kind: Kind;
  /** What people read; the name with spaces if left out. Money says its currency. */
  label?: string;
  /** What stands for the column in the view; its name if left out. */
  sql?: string;
  /** A bar in the cell of a table, or its background. */
  cell?: 'gauge' | 'colour';
  colour?: string;
  /** From the lowest: the first value is taken as −∞. */
  thresholds?: ReadonlyArray<readonly [value: number | null, state: 'good' | 'watch' | 'bad' | 'plain']>;
  width?: number;
  /** Where a value leads: `${__value.raw}` in its address is that value. */
  link?: { title: string; url: string };
}
export type Columns = Record<string, Column | Kind>;

/**
 * How a panel is drawn where there is no Grafana: `options.preview` of each panel. Names are the query's columns.
 * Grafana ignores it and draws the panel's `type`.
 */
export type Preview =
  | {
      as: 'time';
      time: string;
      series: string | null;
      values: string[];
      draw: 'line' | 'bars' | 'stack';
      /** Columns between which a value's interval lies. */
      interval?: { value: string; low: string; high: string };
    }
  | { as: 'bars'; category: string; values: string[]; stack: boolean }
  | { as: 'stat'; time: string; value: string; before: string | null; upIsGood: boolean | null }
  | { as: 'table' }
  /** One cell a row of the query. */
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
  /** `skip`: a column that is 1 in rows that have no such figure. */
  | { as: 'interval'; label: string; value: string; low: string; high: string; skip?: string }
  /** A metric of running workers: there is nothing to ask on one machine. */
  | { as: 'none' };

interface Base {
  /** The view's question in words. */
  title: string;
  /** What the view's head does not say. */
  note?: string;
  width: number;
  height: number;
  /** The next question: its words and the board that answers it, and of that the panel's id where it is one panel. */
  next?: readonly [words: string, board: string, panel?: number];
  /** What NULL says here. */
  unknown?: 'not yet' | '–';
  /** What it means that there is nothing to show, in a sentence; where it is left out, a period without anything. */
  empty?: string;
}

interface Asked extends Base {
  view: string;
  /** Arguments of the view, as SQL; none: the view takes no parentheses. */
  args?: Record<string, string>;
  columns: Columns;
  /**
   * Of the columns, those that are drawn; all if left out. Panels that ask for the same columns have the same query, which
   * whoever draws them need send only once.
   */
  show?: readonly string[];
  where?: string;
  groupBy?: string;
  orderBy?: string;
  limit?: number;
  /** A table whose query has another order than it is read in: the column that it is sorted by, from the highest. */
  sortBy?: string;
}

export type PanelSpec =
  | (Asked & {
      as: 'time';
      /** The column of instants; `at` if left out. */
      time?: string;
      /** A column (SQL) that splits each value into series. */
      series?: string;
      draw?: 'line' | 'bars' | 'stack';
      interval?: { value: string; low: string; high: string };
    })
  | (Asked & { as: 'stat'; before?: string; upIsGood?: boolean })
  | (Asked & { as: 'bars'; category: string; stack?: boolean })
  | (Asked & { as: 'table' })
  | (Asked & { as: 'heat'; row: string; column: string; value: string })
  | (Asked & { as: 'funnel' })
  | (Asked & { as: 'sankey' })
  | (Asked & { as: 'interval'; label: string; value: string; low: string; high: string; skip?: string })
  | (Base & {
      as: 'prometheus';
      queries: ReadonlyArray<{ expr: string; legend: string }>;
      kind: Kind;
      thresholds?: Column['thresholds'];
    });

export interface Board {
  /** `footfall-` before it is the dashboard's uid; the name of its file. */
  name: string;
  title: string;
  description: string;
  from: string;
  refresh?: string;
  variables: VariableModel[];
  sections: ReadonlyArray<{ title?: string; panels: readonly PanelSpec[] }>;
}

export const uidOf = (board: string): string => `footfall-${board}`;

/** A dashboard as Grafana's file provider reads it. `order`: all boards, for the links on top. */
export function buildDashboard(board: Board): Dashboard {
  return {
    uid: uidOf(board.name),
    title: board.title,
    description: board.description,
    tags: ['footfall'],
    timezone: 'browser',
    editable: false,
    graphTooltip: DashboardCursorSync.Crosshair,
    time: { from: board.from, to: 'now' },
    ...(board.refresh === undefined ? {} : { refresh: board.refresh }),
    timepicker: { refresh_intervals: ['5s', '30s', '1m', '5m', '15m', '1h'] },
    schemaVersion: 41,
    links: [
      {
        title: 'All boards',
        type: DashboardLinkType.Dashboards,
        icon: 'external link',
        tooltip: '',
        tags: ['footfall'],
        asDropdown: true,
        targetBlank: false,
        includeVars: true,
        keepTime: true,
      },
    ],
    templating: { list: board.variables },
    annotations: {
      list: [
        {
          name: 'Remarks',
          datasource: CLICKHOUSE,
          enable: true,
          iconColor: BAD,
          target: clickhouseQuery(
            [
              // On the clock of the site, as all times of the panels are.
              'SELECT toTimeZone(at, site_zone(${site:singlequote})) AS time, text',
              'FROM footfall.annotations FINAL',
              "WHERE site IN ('', ${site:singlequote}) AND at >= $__fromTime AND at <= $__toTime",
              'ORDER BY time',
            ].join('\n'),
            'table',
          ),
        },
      ],
    },
    panels: layOut(board),
  };
}

/** Panels from left to right, a new line where the next does not fit into 24 columns. */
function layOut(board: Board): Array<Panel | RowPanel> {
  const panels: Array<Panel | RowPanel> = [];
  let y = 0;
  let id = 1;
  for (const { title, panels: specs } of board.sections) {
    if (title !== undefined) {
      panels.push({
        type: 'row',
        id: id++,
        title,
        collapsed: false,
        gridPos: { h: 1, w: 24, x: 0, y },
        panels: [],
      });
      y += 1;
    }
    let x = 0;
    let tallest = 0;
    for (const spec of specs) {
      if (x + spec.width > 24) {
        x = 0;
        y += tallest;
        tallest = 0;
      }
      panels.push(panelOf(spec, { id: id++, gridPos: { h: spec.height, w: spec.width, x, y } }));
      x += spec.width;
      tallest = Math.max(tallest, spec.height);
    }
    y += tallest;
  }
  return panels;
}

const linkOf = (title: string, url: string): DashboardLink => ({
  title,
  type: DashboardLinkType.Link,
  icon: '',
  tooltip: '',
  url,
  tags: [],
  asDropdown: false,
  targetBlank: false,
  includeVars: false,
  keepTime: false,
});

function linkTo([words, board, panel]: NonNullable<Base['next']>): DashboardLink {
  const one = panel === undefined ? '' : `viewPanel=${panel}&`;
  return linkOf(words, `/d/${uidOf(board)}?${one}\${__url_time_range}&\${__all_variables}`);
}

function panelOf(spec: PanelSpec, place: Pick<Panel, 'id' | 'gridPos'>): Panel {
  const links = spec.next === undefined ? [] : [linkTo(spec.next)];
  const base = { ...place, title: spec.title, links };
  if (spec.as === 'prometheus') {
    return {
      ...base,
      type: 'timeseries',
      description: spec.note ?? '',
      datasource: PROMETHEUS,
      targets: spec.queries.map(({ expr, legend }, i) => ({
        refId: String.fromCharCode(65 + i),
        datasource: PROMETHEUS,
        expr,
        legendFormat: legend,
        editorMode: 'code',
        range: true,
        _implementsDataqueryVariant: () => undefined,
      })),
      fieldConfig: {
        defaults: {
          ...KINDS[spec.kind],
          color: { mode: FieldColorModeId.PaletteClassicByName },
          thresholds: thresholdsOf(spec.thresholds),
          custom: { drawStyle: 'line', lineWidth: 1, fillOpacity: 8, spanNulls: false },
        },
        overrides: [],
      },
      options: { ...timeOptions(), preview: { as: 'none' } satisfies Preview },
    };
  }
  const columns = Object.entries(spec.columns).map(
    ([name, column]) => [name, typeof column === 'string' ? { kind: column } : column] as const,
  );
  const description = [spec.note, definitionOf(spec.view)].filter(text => text !== undefined).join('\n\n');
  const drawn = draw(spec, columns);
  const drawnColumns = columns.flatMap(([name, { kind }]) =>
    kind !== 'text' && shows(spec, name) ? [name] : [],
  );
  return {
    ...base,
    type: drawn.type,
    description,
    datasource: CLICKHOUSE,
    targets: [clickhouseQuery(sqlOf(spec, columns), drawn.format)],
    ...(drawn.transformations === undefined ? {} : { transformations: drawn.transformations }),
    fieldConfig: {
      defaults: {
        mappings: [
          {
            type: MappingType.SpecialValue,
            options: {
              match: SpecialValueMatch.NullAndNan,
              result: { text: spec.unknown ?? '–', color: UNKNOWN, index: 0 },
            },
          },
        ],
        noValue: spec.unknown ?? '–',
        thresholds: thresholdsOf(undefined),
        ...drawn.defaults,
      },
      overrides: columns.map(([name, column]) => ({
        matcher: { id: 'byName', options: name },
        properties: shows(spec, name)
          ? [
              ...propertiesOf(
                name,
                column,
                spec.as,
                drawn.coloured ? COLOURS[drawnColumns.indexOf(name) % COLOURS.length] : undefined,
              ),
              // The later wins: a series is called what it is of.
              ...(spec.as === 'time' && spec.series !== undefined
                ? [{ id: 'displayName', value: '${__field.labels.series}' }]
                : []),
              ...(spec.as === 'time' ? bandOf(spec, name, columns) : []),
            ]
          : hidden(name, spec.as),
      })),
    },
    options: {
      ...drawn.options,
      preview: drawn.preview,
      ...(spec.empty === undefined ? {} : { empty: spec.empty }),
    },
  };
}

const FUNNEL_BARS = ['step_name', 'people', 'dropped', 'pending'];

function shows(spec: Asked & { as: string }, name: string): boolean {
  return (spec.show ?? (spec.as === 'funnel' ? FUNNEL_BARS : undefined))?.includes(name) ?? true;
}

/**
 * An interval is a band without lines: its upper column is filled down to the lower. Of several series it is two dotted
 * lines each: Grafana finds the lower column by its name, and that would be a series' own.
 */
function bandOf(
  { interval, series }: { interval?: { low: string; high: string }; series?: string },
  name: string,
  columns: readonly NamedColumn[],
): DynamicConfigValue[] {
  if (interval === undefined || (name !== interval.low && name !== interval.high)) return [];
  if (series !== undefined)
    return [
      {
        id: 'displayName',
        value: `\${__field.labels.series}: at ${name === interval.low ? 'least' : 'most'}`,
      },
      { id: 'custom.lineWidth', value: 1 },
      { id: 'custom.lineStyle', value: { fill: 'dot', dash: [1, 4] } },
      { id: 'custom.fillOpacity', value: 0 },
      { id: 'custom.hideFrom', value: { viz: false, legend: true, tooltip: false } },
    ];
  const lineless = [
    { id: 'custom.lineWidth', value: 0 },
    { id: 'custom.hideFrom', value: { viz: false, legend: true, tooltip: false } },
  ];
  const low = columns.find(([column]) => column === interval.low);
  if (name === interval.low || low === undefined) return lineless;
  return [
    ...lineless,
    { id: 'custom.fillBelowTo', value: labelOf(...low) },
    { id: 'custom.fillOpacity', value: 20 },
  ];
}

/** Of a column that the query has and the panel does not draw. */
function hidden(name: string, as: PanelSpec['as']): DynamicConfigValue[] {
  if (as === 'stat') return [{ id: 'displayName', value: name }];
  if (as === 'time' || as === 'bars' || as === 'funnel')
    return [{ id: 'custom.hideFrom', value: { viz: true, legend: true, tooltip: as !== 'funnel' } }];
  return [{ id: 'custom.hidden', value: true }];
}

type NamedColumn = readonly [name: string, column: Column];

/** The query of a panel: one call of one view. */
function sqlOf(spec: Exclude<PanelSpec, { as: 'prometheus' }>, columns: readonly NamedColumn[]): string {
  const fields = columns.map(([name, { sql }]) => (sql === undefined ? name : `${sql} AS ${name}`));
  if (spec.as === 'time' || spec.as === 'stat') {
    if (spec.as === 'time' && spec.series !== undefined) fields.unshift(`${spec.series} AS series`);
    fields.unshift(`${(spec.as === 'time' ? spec.time : undefined) ?? 'at'} AS time`);
  }
  const args = Object.entries(spec.args ?? {}).map(([name, value]) => `    ${name} = ${value}`);
  return [
    'SELECT',
    fields.map(field => `    ${field}`).join(',\n'),
    args.length === 0 ? `FROM footfall.${spec.view}` : `FROM footfall.${spec.view}(\n${args.join(',\n')})`,
    ...(spec.where === undefined ? [] : [`WHERE ${spec.where}`]),
    ...(spec.groupBy === undefined ? [] : [`GROUP BY ${spec.groupBy}`]),
    ...(spec.orderBy === undefined
      ? spec.as === 'time' || spec.as === 'stat'
        ? ['ORDER BY time']
        : []
      : [`ORDER BY ${spec.orderBy}`]),
    ...(spec.limit === undefined ? [] : [`LIMIT ${spec.limit}`]),
  ].join('\n');
}

/** A query as the ClickHouse data source keeps it. */
export interface ClickHouseQuery extends Dataquery {
  refId: string;
  datasource: DataSourceRef;
  pluginVersion: string;
  editorType: 'sql';
  rawSql: string;
  queryType: 'timeseries' | 'table';
  /** 0 time series, 1 table. */
  format: 0 | 1;
}

/** The plugin's version whose queries these are; docker-compose.yml installs it. */
export const CLICKHOUSE_PLUGIN = '4.10.0';

export function clickhouseQuery(rawSql: string, format: 'timeseries' | 'table'): ClickHouseQuery {
  return {
    refId: 'A',
    datasource: CLICKHOUSE,
    pluginVersion: CLICKHOUSE_PLUGIN,
    editorType: 'sql',
    rawSql,
    queryType: format,
    format: format === 'timeseries' ? 0 : 1,
    // The SDK marks its query types by a function; JSON leaves it out.
    _implementsDataqueryVariant: () => undefined,
  };
}

interface Drawn {
  type: string;
  format: 'timeseries' | 'table';
  options: object;
  defaults: FieldConfig;
  preview: Preview;
  transformations?: DataTransformerConfig[];
  /** Each column has a colour of its own. */
  coloured: boolean;
}

function draw(spec: Exclude<PanelSpec, { as: 'prometheus' }>, columns: readonly NamedColumn[]): Drawn {
  const shown = columns.filter(([name]) => shows(spec, name));
  const names = shown.map(([name]) => name);
  const first = names[0] ?? '';
  switch (spec.as) {
    case 'time': {
      const how = spec.draw ?? 'line';
      const series = spec.series === undefined ? null : 'series';
      return {
        type: 'timeseries',
        format: 'timeseries',
        options: timeOptions(),
        defaults: {
          color: { mode: FieldColorModeId.PaletteClassicByName },
          custom: {
            drawStyle: how === 'line' ? 'line' : 'bars',
            lineWidth: how === 'line' ? 2 : 1,
            fillOpacity: how === 'line' ? 8 : 70,
            // A gap is a period of which nothing is known yet.
            spanNulls: false,
            showPoints: 'auto',
            axisSoftMin: 0,
            stacking: { mode: how === 'stack' ? 'normal' : 'none', group: 'A' },
          },
        },
        preview: {
          as: 'time',
          time: 'time',
          series,
          values: names,
          draw: how,
          ...(spec.interval === undefined ? {} : { interval: spec.interval }),
        },
        coloured: series === null,
      };
    }
    case 'stat': {
      const options: StatOptions = {
        graphMode: BigValueGraphMode.Area,
        colorMode: BigValueColorMode.Value,
        justifyMode: BigValueJustifyMode.Auto,
        textMode: names.length > 1 ? BigValueTextMode.ValueAndName : BigValueTextMode.Value,
        wideLayout: false,
        // Beside its own value a period before, where the query has that.
        showPercentChange: false,
        percentChangeColorMode: PercentChangeColorMode.Standard,
        reduceOptions: {
          values: false,
          calcs: ['last'],
          fields:
            spec.show === undefined ? '' : `/^(${shown.map(([name, c]) => labelOf(name, c)).join('|')})$/`,
        },
        orientation: VizOrientation.Auto,
      };
      return {
        type: 'stat',
        format: 'timeseries',
        options,
        defaults: { color: { mode: FieldColorModeId.Fixed, fixedColor: ACCENT } },
        preview: {
          as: 'stat',
          time: 'time',
          value: first,
          before: spec.before ?? null,
          upIsGood: spec.upIsGood ?? null,
        },
        coloured: false,
      };
    }
    case 'bars':
    case 'funnel': {
      const category = spec.as === 'bars' ? spec.category : 'step_name';
      const stack = spec.as === 'funnel' || spec.stack === true;
      const values = names.filter(name => name !== category);
      const options: BarChartOptions = {
        xField: category,
        orientation: VizOrientation.Horizontal,
        xTickLabelRotation: 0,
        xTickLabelMaxLength: 24,
        stacking: stack ? StackingMode.Normal : StackingMode.None,
        showValue: VisibilityMode.Auto,
        barWidth: 0.85,
        groupWidth: 0.8,
        fullHighlight: true,
        legend: legend(values.length > 1),
        tooltip: { mode: TooltipDisplayMode.Multi, sort: SortOrder.None },
      };
      return {
        type: 'barchart',
        format: 'table',
        options,
        defaults: { min: 0, custom: { fillOpacity: 80, lineWidth: 0 } },
        preview:
          spec.as === 'bars'
            ? { as: 'bars', category, values, stack }
            : {
                as: 'funnel',
                step: 'step_name',
                series: 'series',
                value: 'people',
                dropped: 'dropped',
                pending: 'pending',
                rate: 'conversion_from_previous',
                seconds: 'median_seconds',
              },
        coloured: true,
      };
    }
    case 'heat':
      return {
        type: 'table',
        format: 'table',
        options: tableOptions(),
        transformations: [
          {
            id: 'groupingToMatrix',
            options: {
              rowField: spec.row,
              columnField: spec.column,
              valueField: spec.value,
              emptyValue: 'empty',
            },
          },
        ],
        // The matrix's columns have the cells' values for names: what holds for the value holds for all.
        defaults: {
          ...KINDS[columns.find(([name]) => name === spec.value)?.[1].kind ?? 'number'],
          min: 0,
          color: { mode: 'continuous-blues' as FieldColorModeId },
          custom: { align: 'right', minWidth: 56, cellOptions: { type: 'color-background', mode: 'basic' } },
        },
        preview: { as: 'heat', row: spec.row, column: spec.column, value: spec.value },
        coloured: false,
      };
    case 'sankey':
      return {
        type: 'table',
        format: 'table',
        options: tableOptions(),
        defaults: { custom: { filterable: true } },
        preview: { as: 'sankey', step: 'step', from: 'from_page', to: 'to_page', value: 'sessions' },
        coloured: false,
      };
    case 'interval':
      return {
        type: 'table',
        format: 'table',
        options: tableOptions(),
        defaults: {},
        ...(spec.skip === undefined ? {} : { transformations: [withoutRows(spec.skip)] }),
        preview: {
          as: 'interval',
          label: spec.label,
          value: spec.value,
          low: spec.low,
          high: spec.high,
          ...(spec.skip === undefined ? {} : { skip: spec.skip }),
        },
        coloured: false,
      };
    case 'table':
      return {
        type: 'table',
        format: 'table',
        options: {
          ...tableOptions(),
          ...(spec.sortBy === undefined ? {} : { sortBy: [{ displayName: spec.sortBy, desc: true }] }),
        },
        defaults: { custom: { filterable: true } },
        preview: { as: 'table' },
        coloured: false,
      };
  }
}

/** Leaves out the rows in which a column is 1: where it stands in no WHERE, so that panels share their query. */
const withoutRows = (column: string): DataTransformerConfig => ({
  id: 'filterByValue',
  options: {
    type: 'exclude',
    match: 'any',
    filters: [{ fieldName: column, config: { id: 'equal', options: { value: 1 } } }],
  },
});

function propertiesOf(
  name: string,
  column: Column,
  as: PanelSpec['as'],
  colour: string | undefined,
): DynamicConfigValue[] {
  const { unit, decimals } = KINDS[column.kind];
  // A stat's title says the currency: its label is what it is found by.
  const label = labelOf(name, column) + (column.kind === 'money' && as !== 'stat' ? ', ${currency}' : '');
  const fixed = column.colour ?? colour;
  const cells: DynamicConfigValue[] = [];
  if (as !== 'time' && as !== 'stat' && column.cell === 'gauge')
    cells.push(
      { id: 'custom.cellOptions', value: { type: 'gauge', mode: 'basic', valueDisplayMode: 'text' } },
      { id: 'min', value: 0 },
      { id: 'color', value: { mode: FieldColorModeId.Fixed, fixedColor: ACCENT } satisfies FieldColor },
    );
  if (column.cell === 'colour') cells.push({ id: 'custom.cellOptions', value: { type: 'color-text' } });
  return [
    { id: 'displayName', value: label },
    { id: 'unit', value: unit },
    ...(decimals === undefined ? [] : [{ id: 'decimals', value: decimals }]),
    ...(fixed === undefined || column.cell !== undefined
      ? []
      : [{ id: 'color', value: { mode: FieldColorModeId.Fixed, fixedColor: fixed } satisfies FieldColor }]),
    ...(column.thresholds === undefined
      ? []
      : [
          { id: 'thresholds', value: thresholdsOf(column.thresholds) },
          { id: 'color', value: { mode: FieldColorModeId.Thresholds } satisfies FieldColor },
        ]),
    ...(column.width === undefined ? [] : [{ id: 'custom.width', value: column.width }]),
    ...(column.link === undefined
      ? []
      : [{ id: 'links', value: [linkOf(column.link.title, column.link.url)] }]),
    ...cells,
  ];
}

const labelOf = (name: string, column: Column): string => column.label ?? name.replaceAll('_', ' ');

const STATES = { good: GOOD, watch: COLOURS[1], bad: BAD, plain: ACCENT } as const;

function thresholdsOf(steps: Column['thresholds']): { mode: ThresholdsMode; steps: Threshold[] } {
  return {
    mode: ThresholdsMode.Absolute,
    steps: (steps ?? [[null, 'plain'] as const]).map(([value, state]) => ({ value, color: STATES[state] })),
  };
}

const legend = (show: boolean): BarChartOptions['legend'] => ({
  displayMode: LegendDisplayMode.List,
  placement: LegendPlacement.Bottom,
  showLegend: show,
  calcs: [],
});

const timeOptions = (): TimeSeriesOptions => ({
  legend: legend(true),
  tooltip: { mode: TooltipDisplayMode.Multi, sort: SortOrder.Descending },
});

const tableOptions = (): TableOptions => ({
  frameIndex: 0,
  showHeader: true,
  cellHeight: TableCellHeight.Sm,
});
