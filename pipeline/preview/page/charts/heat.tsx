import { formatValue } from '../format.ts';
import { displayName, type Frame, fieldConfig, indexOf, isNumeric, numberAt, textAt } from '../frame.ts';
import type { Drawing, Panel } from '../model.ts';
import { Scroll } from './scroll.tsx';

/** From this share of the most on, words in a cell are white: its tones are of another scale then. */
const DEEP = 0.55;

/** One cell a row of the query: the darker the more; what is not known yet is hatched, what is not there is blank. */
export function Heat({
  frame,
  panel,
  drawing,
  unknown,
  text,
}: {
  frame: Frame;
  panel: Panel;
  drawing: Extract<Drawing, { as: 'heat' }>;
  unknown: string;
  text: (template: string) => string;
}) {
  const at = {
    row: indexOf(frame, drawing.row),
    column: indexOf(frame, drawing.column),
    value: indexOf(frame, drawing.value),
  };
  const config = fieldConfig(panel, drawing.value);
  // Of nobody nothing will ever be known: that is blank, not 'not yet'.
  const of = indexOf(frame, 'eligible');
  const column = frame.columns[at.column];
  const rows = [...new Set(frame.rows.map(row => textAt(row, at.row)))];
  const found = [...new Set(frame.rows.map(row => textAt(row, at.column)))];
  const columns =
    column !== undefined && isNumeric(column) ? found.sort((a, b) => Number(a) - Number(b)) : found;
  const cells = new Map(frame.rows.map(row => [`${textAt(row, at.row)}\n${textAt(row, at.column)}`, row]));
  // The first column of a cohort is all of it: it would wash out the rest.
  const values = frame.rows.map(row => numberAt(row, at.value)).filter(value => value !== null);
  const ranked = values.filter(value => config.unit !== 'percentunit' || value < 1).sort((a, b) => a - b);
  const most = ranked[Math.floor((ranked.length - 1) * 0.98)] || 1;
  // What is the same in a whole row, such as a cohort's size, stands beside its name.
  const beside = frame.columns
    .map((one, index) => ({ one, index }))
    .filter(
      ({ one, index }) =>
        isNumeric(one) &&
        !Object.values(at).includes(index) &&
        ['cohort_size', 'size', 'customers'].includes(one.name),
    )
    .slice(0, 1);
  return (
    <Scroll>
      <table class="heat">
        <thead>
          <tr>
            <th scope="col">{text(displayName(fieldConfig(panel, drawing.row), drawing.row))}</th>
            {beside.map(({ one }) => (
              <th class="number" scope="col" key={one.name}>
                {text(displayName(fieldConfig(panel, one.name), one.name))}
              </th>
            ))}
            {columns.map(name => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(name => (
            <tr key={name}>
              <th scope="row">{name}</th>
              {beside.map(({ one, index }) => (
                <td class="number" key={one.name}>
                  {formatValue(numberAt(cells.get(`${name}\n${columns[0]}`) ?? [], index))}
                </td>
              ))}
              {columns.map(other => {
                const cell = cells.get(`${name}\n${other}`);
                if (cell === undefined || numberAt(cell, of) === 0) return <td key={other} />;
                const value = numberAt(cell, at.value);
                const title = `${name}, ${other}: ${frame.columns
                  .map((one, index) =>
                    index === at.row || index === at.column
                      ? ''
                      : `${one.name} ${index === at.value ? (value === null ? unknown : formatValue(value, config.unit, config.decimals)) : formatValue(cell[index])}`,
                  )
                  .filter(part => part !== '')
                  .join(', ')}`;
                if (value === null)
                  return (
                    <td key={other} class="cell hatched" title={title}>
                      <span class="sr">{unknown}</span>
                    </td>
                  );
                const share = Math.max(0, Math.min(1, value / most));
                return (
                  <td
                    key={other}
                    class={`cell ${share > DEEP ? 'deep' : ''}`}
                    style={{
                      '--heat': `${Math.round((share > DEEP ? (share - DEEP) / (1 - DEEP) : share / DEEP) * 100)}%`,
                    }}
                    title={title}
                  >
                    {shortValue(value, config.unit)}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

function shortValue(value: number, unit: string | undefined): string {
  if (unit === 'percentunit')
    return value === 0 ? '0' : value < 0.1 ? (value * 100).toFixed(1) : (value * 100).toFixed(0);
  return formatValue(value, unit === 'locale' ? 'short' : unit, Math.abs(value) >= 100 ? 0 : undefined, true);
}
