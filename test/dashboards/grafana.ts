import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Dashboard, Panel, RowPanel } from '@grafana/grafana-foundation-sdk/dashboard';

const GENERATED = join(import.meta.dirname, '../../dashboards/generated');

export interface AskedPanel {
  board: string;
  title: string;
  sql: string;
  panel: Panel;
}

/** The committed dashboards, in the order of their files. */
export function dashboards(): Array<{ file: string; dashboard: Dashboard }> {
  return readdirSync(GENERATED)
    .filter(name => name.endsWith('.json'))
    .sort()
    .map(file => ({
      file,
      dashboard: JSON.parse(readFileSync(join(GENERATED, file), 'utf8')) as Dashboard,
    }));
}

export const panelsOf = (dashboard: Dashboard): Panel[] =>
  (dashboard.panels ?? []).filter((panel): panel is Panel => !isRow(panel));

const isRow = (panel: Panel | RowPanel): panel is RowPanel => panel.type === 'row';

/** The SQL of a panel on ClickHouse; null for one on Prometheus. */
export function sqlOf(panel: Panel): string | null {
  const [query] = (panel.targets ?? []) as unknown as Array<{ rawSql?: string }>;
  return query?.rawSql ?? null;
}

export type Values = Readonly<Record<string, string | string[]>>;

/** What a dashboard's variables are before anybody has chosen. */
export function defaultsOf(dashboard: Dashboard): Record<string, string | string[]> {
  return Object.fromEntries(
    (dashboard.templating.list ?? []).map(variable => [variable.name, variable.current?.value ?? '']),
  );
}

/** Puts values and the range into a query, as Grafana and its ClickHouse plugin do. Throws for what is not known. */
export function interpolate(sql: string, values: Values, range: { from: number; to: number }): string {
  const quoted = (text: string): string => `'${text.replaceAll("'", "\\'")}'`;
  return sql
    .replace(/\$__(fromTime|toTime)\b/g, (_, which: string) => {
      return `toDateTime(${Math.floor((which === 'fromTime' ? range.from : range.to) / 1000)})`;
    })
    .replace(/\$\{(\w+)(?::(\w+))?\}/g, (whole, name: string, format: string | undefined) => {
      const value = values[name];
      if (value === undefined) throw new Error(`no variable ${whole}`);
      const list = typeof value === 'string' ? [value] : value;
      if (format === 'singlequote') return list.map(quoted).join(',');
      if (format !== undefined) throw new Error(`format of ${whole}`);
      return list.join(',');
    });
}
