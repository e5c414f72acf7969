// The values of a dashboard's variables: from the address, else its own defaults; options from their queries.
import { askFrame } from './api.ts';
import { textAt } from './frame.ts';
import { interpolate, type Scope } from './interpolate.ts';
import type { Variable } from './model.ts';

export interface Choice {
  variable: Variable;
  options: { text: string; value: string }[];
  value: string | string[];
}

/**
 * In the order of the dashboard, so that a query may use the variables before it.
 * Errors: a variable's query, as ClickHouse says it.
 */
export async function chooseVariables(
  variables: Variable[],
  given: Record<string, string[]>,
  period: { from: number; to: number },
  signal: AbortSignal,
): Promise<Choice[]> {
  const choices: Choice[] = [];
  const values: Scope['variables'] = {};
  for (const variable of variables) {
    if (variable.type === 'datasource' || variable.type === 'adhoc') continue;
    const options = await optionsOf(variable, { ...period, variables: values }, signal);
    const value = chosen(variable, options, given[variable.name]);
    values[variable.name] = value;
    choices.push({ variable, options, value });
  }
  return choices;
}

async function optionsOf(variable: Variable, scope: Scope, signal: AbortSignal): Promise<Choice['options']> {
  if (variable.type === 'query') {
    const { query } = variable;
    const template = typeof query === 'string' ? query : (query?.rawSql ?? query?.query ?? '');
    const { columns, rows } = await askFrame(interpolate(template, scope), 1000, signal);
    const place = (name: string): number =>
      Math.max(
        0,
        columns.findIndex(column => column.name === name),
      );
    return rows.map(row => ({ text: textAt(row, place('__text')), value: textAt(row, place('__value')) }));
  }
  if (variable.type === 'textbox' || variable.type === 'constant') return [];
  const listed = (variable.options ?? []).map(({ text, value }) => ({
    text: String(text) || '(any)',
    value: String(value),
  }));
  if (listed.length > 0 || variable.type !== 'custom') return listed;
  const text = typeof variable.query === 'string' ? variable.query : '';
  return text.split(',').map(part => {
    const [name = '', value = name] = part.split(' : ').map(word => word.trim());
    return { text: name, value };
  });
}

function chosen(
  variable: Variable,
  options: Choice['options'],
  given: string[] | undefined,
): string | string[] {
  const own =
    variable.current?.value ??
    (typeof variable.query === 'string' && variable.type !== 'custom' && variable.type !== 'query'
      ? variable.query
      : '');
  const wanted = given ?? (Array.isArray(own) ? own : [own]);
  if (variable.multi === true) return wanted;
  const one = wanted[0] ?? '';
  // A value that its query does not give is of another site, or of another time; where it gives none, there is none.
  const free =
    variable.type !== 'query' ||
    ((variable as { allowCustomValue?: boolean }).allowCustomValue === true && given !== undefined);
  return free || options.some(option => option.value === one) ? one : (options[0]?.value ?? '');
}
