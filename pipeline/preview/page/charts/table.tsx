import { useMemo, useState } from 'preact/hooks';
import { formatValue } from '../format.ts';
import {
  type Cell,
  displayName,
  type Frame,
  fieldConfig,
  isNumeric,
  isTime,
  numberAt,
  textAt,
} from '../frame.ts';
import { Link } from '../link.tsx';
import type { FieldConfig, Panel } from '../model.ts';
import { Scroll } from './scroll.tsx';
import { thresholdColor } from './stat.tsx';

const ROWS_AT_ONCE = 100;

/** Rows as they are; numbers to the right, sorted by a click on a head. */
export function Table({
  frame,
  panel,
  unknown,
  text,
  hrefOf,
  go,
}: {
  frame: Frame;
  panel: Panel | null;
  unknown: string;
  text: (template: string) => string;
  /** Where a value's link leads, of its template. */
  hrefOf?: (template: string, value: string) => string;
  go?: (href: string) => void;
}) {
  const [sort, setSort] = useState<{ index: number; down: boolean } | null>(() => {
    const [first] = (panel?.options?.sortBy ?? []) as { displayName: string; desc?: boolean }[];
    const index =
      panel === null || first === undefined
        ? -1
        : frame.columns.findIndex(
            column =>
              text(displayName(fieldConfig(panel, column.name, column), column.name)) === first.displayName,
          );
    return index < 0 ? null : { index, down: first?.desc === true };
  });
  const [most, setMost] = useState(ROWS_AT_ONCE);
  const columns = useMemo(
    () =>
      frame.columns.flatMap((column, index) => {
        const config: FieldConfig = panel === null ? {} : fieldConfig(panel, column.name, column);
        const cell = config.custom?.cellOptions as { type?: string } | undefined;
        if (config.custom?.hidden === true) return [];
        // What is not split need not say of each row that it is of all.
        if (panel !== null && column.name === 'series' && frame.rows.every(row => row[index] === 'all'))
          return [];
        return {
          index,
          config,
          label: panel === null ? column.name : text(displayName(config, column.name)),
          numeric: isNumeric(column) && config.unit?.startsWith('time') !== true,
          time: isTime(column),
          gauge: cell?.type === 'gauge',
          most:
            cell?.type === 'gauge' ? Math.max(...frame.rows.map(row => numberAt(row, index) ?? 0)) || 1 : 1,
        };
      }),
    [frame, panel, text],
  );
  const rows = useMemo(() => {
    if (sort === null) return frame.rows;
    return frame.rows.toSorted((a, b) => compare(a[sort.index], b[sort.index]) * (sort.down ? -1 : 1));
  }, [frame, sort]);
  return (
    <Scroll>
      <table>
        <thead>
          <tr>
            {columns.map(({ index, label, numeric }) => (
              <th
                key={index}
                scope="col"
                class={numeric ? 'number' : ''}
                aria-sort={sort?.index !== index ? 'none' : sort.down ? 'descending' : 'ascending'}
              >
                <button
                  type="button"
                  onClick={() =>
                    setSort(
                      sort?.index === index
                        ? sort.down === numeric
                          ? { index, down: !numeric }
                          : null
                        : { index, down: numeric },
                    )
                  }
                >
                  {label}
                  {sort?.index === index && (sort.down ? ' ↓' : ' ↑')}
                </button>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.slice(0, most).map((row, i) => (
            <tr key={i}>
              {columns.map(({ index, config, numeric, gauge, most, time }) => {
                const value = row[index];
                if (value === null || value === undefined)
                  return (
                    <td key={index} class={`${numeric ? 'number ' : ''}unknown`}>
                      {unknown}
                    </td>
                  );
                const link = config.links?.[0];
                const number = numeric ? numberAt(row, index) : null;
                const shown = numeric
                  ? formatValue(number ?? value, config.unit, config.decimals)
                  : time
                    ? String(value).replace(/\.\d+$/, '')
                    : formatValue(value);
                return (
                  <td
                    key={index}
                    class={`${numeric ? 'number' : ''} ${gauge ? 'gauge' : ''} ${!numeric && shown.length > 40 ? 'long' : ''}`}
                    style={{ color: thresholdColor(config, number) ?? undefined }}
                    title={shown.length > 40 ? shown : undefined}
                  >
                    {gauge && number !== null && (
                      <i style={{ width: `${(Math.max(0, number) / most) * 100}%` }} />
                    )}
                    {link !== undefined && hrefOf !== undefined && go !== undefined ? (
                      <Link href={hrefOf(link.url, textAt(row, index))} title={link.title} go={go}>
                        {shown}
                      </Link>
                    ) : (
                      <span>{shown}</span>
                    )}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length > most && (
        <button type="button" class="more" onClick={() => setMost(most + 500)}>
          Show more: {formatValue(rows.length - most)} rows are left
        </button>
      )}
    </Scroll>
  );
}

function compare(a: Cell | undefined, b: Cell | undefined): number {
  if (a === null || a === undefined) return b === null || b === undefined ? 0 : -1;
  if (b === null || b === undefined) return 1;
  return typeof a === 'number' && typeof b === 'number'
    ? a - b
    : String(a).localeCompare(String(b), 'en', { numeric: true });
}
