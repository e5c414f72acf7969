import { type SqlFile, sqlFiles, type Warehouse } from '../support/warehouse.ts';

/** The marts that the warehouse of tests has: experiments have tests of their own. */
export const MARTS: SqlFile[] = sqlFiles('marts').filter(file => !file.name.startsWith('experiment'));

/** A question to each parameter about the random shop, as SQL: a period that as_of cuts off, so that windows are open. */
const ASKED: Record<string, string> = {
  site: "'shop'",
  since: "'2026-09-21'",
  until: "'2026-11-15'",
  as_of: "'2026-10-26 12:00:00.000'",
  grain: "'week'",
  by: "''",
  event: "'purchase'",
  value: "'revenue'",
  start: "''",
  end: "''",
  depth: '4',
  goal: "''",
  person: "'u:a4'",
  steps: "['view_item|page_view', 'add_to_cart', 'begin_checkout?', 'purchase']",
  within: '604800',
  mode: "''",
  step: '2',
  state: "'dropped'",
  kind: "'on'",
  start_event: "''",
  return_event: "''",
  model: "'time_decay'",
  lookback_days: '30',
};
/** Where a parameter means something else than elsewhere. */
const ASKED_OF: Record<string, Record<string, string>> = {
  repurchase: { within: '30' },
  activation: { event: "'add_to_cart'" },
  anomalies: { grain: "'day'" },
};

/** The names of a view's parameters. */
export function parametersOf(file: SqlFile): string[] {
  const code = file.text.replace(/^\s*--.*$/gm, '');
  return [...new Set([...code.matchAll(/\{(\w+):/g)].map(match => match[1] ?? ''))];
}

/** The call of a view, as SQL; `given` are other values than usual. Errors: a parameter that nothing is asked for. */
export function call(file: SqlFile, given: Record<string, string> = {}): string {
  const list = parametersOf(file).map(name => {
    const value = given[name] ?? ASKED_OF[file.name]?.[name] ?? ASKED[name];
    if (value === undefined) throw new Error(`no value for ${name} of ${file.name}: add one here`);
    return `${name} = ${value}`;
  });
  return `footfall.${file.name}${list.length === 0 ? '' : `(${list.join(', ')})`}`;
}

export type Answer = Array<Record<string, unknown>>;

/** A view's rows, floats to 9 digits: sums of floats depend on their order. */
export function ask(warehouse: Warehouse, file: SqlFile, given: Record<string, string> = {}): Answer {
  const text = warehouse.text(`SELECT * FROM ${call(file, given)}`, 'JSONEachRow');
  const lines = text.split('\n').filter(line => line !== '');
  return lines.map(line =>
    JSON.parse(line, (_, value: unknown) =>
      typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(9)) : value,
    ),
  );
}
