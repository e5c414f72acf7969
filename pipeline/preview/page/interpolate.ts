// What Grafana and its ClickHouse data source put into a query before they send it.
import { dayOf } from './period.ts';

export interface Scope {
  /** ms. */
  from: number;
  to: number;
  /** Days of `$__from` are UTC's, else the viewer's. */
  utc?: boolean;
  variables: Record<string, string | string[]>;
  /** Inside a URL values are encoded, in a title left as they are; else quoted. */
  inside?: 'url' | 'words';
}

const MACRO =
  /\$__(timeFilter_ms|timeFilter|dateFilter|dateTimeFilter|timeInterval_ms|timeInterval|fromTime_ms|toTime_ms|fromTime|toTime|interval_s)\b(\(([^()]*)\))?/g;
const VARIABLE = /\$\{(\w+)(?::([^}]+))?\}|\[\[(\w+)(?::([^\]]+))?\]\]|\$(\w+)/g;

/** The text with its macros and variables filled in; a name that is none is left as it stands. */
export function interpolate(text: string, scope: Scope): string {
  const seconds = (at: number): string => `toDateTime(${Math.floor(at / 1000)})`;
  const millis = (at: number): string => `fromUnixTimestamp64Milli(${Math.floor(at)})`;
  const day = (at: number): string => `toDate('${dayOf(at, scope.utc)}')`;
  const step = intervalSeconds(scope);
  const filled = text.replace(MACRO, (whole, name: string, _brackets, inside: string | undefined) => {
    const [column = '', time = ''] = (inside ?? '').split(',').map(part => part.trim());
    const tail = inside === undefined ? '' : `(${inside})`;
    switch (name) {
      case 'timeFilter':
        return `${column} >= ${seconds(scope.from)} AND ${column} <= ${seconds(scope.to)}`;
      case 'timeFilter_ms':
        return `${column} >= ${millis(scope.from)} AND ${column} <= ${millis(scope.to)}`;
      case 'dateFilter':
        return `${column} >= ${day(scope.from)} AND ${column} <= ${day(scope.to)}`;
      case 'dateTimeFilter':
        return `(${column} >= ${day(scope.from)} AND ${column} <= ${day(scope.to)}) AND (${time} >= ${seconds(scope.from)} AND ${time} <= ${seconds(scope.to)})`;
      case 'timeInterval':
        return `toStartOfInterval(toDateTime(${column}), INTERVAL ${step} second)`;
      case 'timeInterval_ms':
        return `toStartOfInterval(toDateTime64(${column}, 3), INTERVAL ${step * 1000} millisecond)`;
      case 'fromTime':
        return seconds(scope.from) + tail;
      case 'toTime':
        return seconds(scope.to) + tail;
      case 'fromTime_ms':
        return millis(scope.from) + tail;
      case 'toTime_ms':
        return millis(scope.to) + tail;
      case 'interval_s':
        return String(step) + tail;
      default:
        return whole;
    }
  });
  return filled.replace(VARIABLE, (whole, a, formatA, b, formatB, c) => {
    const name: string = a ?? b ?? c;
    const format: string | undefined = formatA ?? formatB;
    if (name === '__from' || name === '__to')
      return formatTime(name === '__from' ? scope.from : scope.to, format, scope);
    if (name === '__url_time_range') return `from=${scope.from}&to=${scope.to}`;
    if (name === '__all_variables') return variablesQuery(scope.variables);
    const value = Object.hasOwn(scope.variables, name) ? scope.variables[name] : undefined;
    return value === undefined ? whole : formatValue(name, value, format, scope.inside);
  });
}

/** As words: what a person chose, not how a query quotes it. */
export function interpolateWords(text: string, scope: Scope): string {
  return interpolate(text, { ...scope, inside: 'words' });
}

/** A step that gives some 200 points. */
function intervalSeconds({ from, to }: Scope): number {
  const rough = (to - from) / 1000 / 200;
  const steps = [1, 5, 10, 15, 30, 60, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400];
  return steps.find(step => step >= rough) ?? 604_800;
}

function formatTime(at: number, format: string | undefined, scope: Scope): string {
  if (format === undefined) return String(at);
  const [kind, ...rest] = format.split(':');
  const pattern = rest.join(':');
  if (kind !== 'date') return String(at);
  if (pattern === '' || pattern === 'iso') return new Date(at).toISOString();
  if (pattern === 'seconds') return String(Math.floor(at / 1000));
  const shift = scope.utc === true ? 0 : new Date(at).getTimezoneOffset() * 60_000;
  const text = new Date(at - shift).toISOString();
  return pattern
    .replace('YYYY', text.slice(0, 4))
    .replace('MM', text.slice(5, 7))
    .replace('DD', text.slice(8, 10))
    .replace('HH', text.slice(11, 13))
    .replace('mm', text.slice(14, 16))
    .replace('ss', text.slice(17, 19));
}

function formatValue(
  name: string,
  value: string | string[],
  format: string | undefined,
  inside: Scope['inside'],
): string {
  const list = Array.isArray(value) ? value : [value];
  const quoted = (quote: string): string =>
    list.map(item => quote + item.replaceAll('\\', '\\\\').replaceAll(quote, `\\${quote}`) + quote).join(',');
  switch (format) {
    case 'singlequote':
    case 'sqlstring':
      return quoted("'");
    case 'doublequote':
      return quoted('"');
    case 'csv':
    case 'raw':
    case 'text':
      return list.join(',');
    case 'pipe':
      return list.join('|');
    case 'json':
      return JSON.stringify(value);
    case 'percentencode':
      return list.map(encodeURIComponent).join(',');
    case 'queryparam':
      return list.map(item => `var-${name}=${encodeURIComponent(item)}`).join('&');
    default:
      if (inside === 'words') return list.join(', ');
      if (inside === 'url') return list.map(encodeURIComponent).join(',');
      // Several are quoted by themselves; one stands between the quotes of the query.
      return Array.isArray(value) ? quoted("'") : value.replaceAll('\\', '\\\\').replaceAll("'", "\\'");
  }
}

/** Variables as Grafana writes them into an address: var-by=channel&var-steps=a&var-steps=b. */
export function variablesQuery(variables: Record<string, string | string[]>): string {
  return Object.entries(variables)
    .flatMap(([name, value]) =>
      (Array.isArray(value) ? value : [value]).map(item => `var-${name}=${encodeURIComponent(item)}`),
    )
    .join('&');
}
