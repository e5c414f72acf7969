import { colorOf, seriesColor } from '../colors.ts';
import { formatValue } from '../format.ts';
import { displayName, type Frame, fieldConfig, indexOf, isNumeric, numberAt, textAt } from '../frame.ts';
import type { Drawing, Panel } from '../model.ts';
import { Legend } from './lines.tsx';
import { Scroll } from './scroll.tsx';

const ROWS_MAX = 60;

/** Horizontal bars from zero, each with its figure. */
export function Bars({
  frame,
  panel,
  drawing,
  unknown,
  text,
}: {
  frame: Frame;
  panel: Panel;
  drawing: Extract<Drawing, { as: 'bars' }>;
  unknown: string;
  text: (template: string) => string;
}) {
  const category = indexOf(frame, drawing.category);
  const fields = drawing.values
    .map(name => ({ name, index: indexOf(frame, name), config: fieldConfig(panel, name) }))
    .filter(({ index }) => frame.columns[index] !== undefined && isNumeric(frame.columns[index]))
    .map((field, i, all) => ({
      ...field,
      label: text(displayName(field.config, field.name)),
      color:
        all.length === 1
          ? 'var(--accent)'
          : (colorOf(field.config.color?.fixedColor) ?? seriesColor(i, field.name)),
    }));
  const rows = frame.rows.slice(0, ROWS_MAX);
  const extent = (row: (typeof rows)[number]): number => {
    const values = fields.map(({ index }) => Math.max(0, numberAt(row, index) ?? 0));
    return drawing.stack ? values.reduce((sum, value) => sum + value, 0) : Math.max(...values, 0);
  };
  const most = Math.max(...rows.map(extent)) || 1;
  return (
    <Scroll>
      {fields.length > 1 && <Legend items={fields} />}
      <div class={`bars ${drawing.stack ? 'stack' : ''}`}>
        {rows.map((row, i) => (
          <div class="bar-row" key={i}>
            <span class="bar-label" title={textAt(row, category)}>
              {textAt(row, category) || '(none)'}
            </span>
            <span class="bar-track">
              {fields.map(({ name, index, config, color, label }) => {
                const value = numberAt(row, index);
                return (
                  <span class="bar-line" key={name}>
                    {value === null ? (
                      unknown === 'not yet' && <i class="hatched" style={{ width: '24%' }} />
                    ) : (
                      <i
                        style={{ width: `${(Math.max(0, value) / most) * 100}%`, background: color }}
                        title={`${label}: ${formatValue(value, config.unit, config.decimals)}`}
                      />
                    )}
                    {!drawing.stack && (
                      <b>{value === null ? unknown : formatValue(value, config.unit, config.decimals)}</b>
                    )}
                  </span>
                );
              })}
            </span>
            {drawing.stack && (
              <b class="bar-sum">
                {formatValue(extent(row), fields[0]?.config.unit, fields[0]?.config.decimals)}
              </b>
            )}
          </div>
        ))}
      </div>
      {frame.rows.length > ROWS_MAX && (
        <p class="note">
          The first {ROWS_MAX} of {frame.rows.length}; all are in the table.
        </p>
      )}
    </Scroll>
  );
}

/** A figure of each row with its interval, upon one scale. */
export function Intervals({
  frame,
  panel,
  drawing,
  unknown,
}: {
  frame: Frame;
  panel: Panel;
  drawing: Extract<Drawing, { as: 'interval' }>;
  unknown: string;
}) {
  const at = {
    label: indexOf(frame, drawing.label),
    value: indexOf(frame, drawing.value),
    low: indexOf(frame, drawing.low),
    high: indexOf(frame, drawing.high),
  };
  const config = fieldConfig(panel, drawing.value);
  const skip = indexOf(frame, drawing.skip);
  const rows = frame.rows.filter(row => skip < 0 || numberAt(row, skip) !== 1).slice(0, ROWS_MAX);
  const all = rows
    .flatMap(row => [numberAt(row, at.value), numberAt(row, at.low), numberAt(row, at.high)])
    .filter(value => value !== null);
  const least = Math.min(0, ...all);
  const most = Math.max(0, ...all);
  const x = (value: number): number => 2 + ((value - least) / (most - least || 1)) * 96;
  const say = (value: number | null): string => formatValue(value, config.unit, config.decimals);
  return (
    <Scroll>
      <div class="bars">
        {rows.map((row, i) => {
          const [value, low, high] = [numberAt(row, at.value), numberAt(row, at.low), numberAt(row, at.high)];
          return (
            <div class="bar-row" key={i}>
              <span class="bar-label" title={textAt(row, at.label)}>
                {textAt(row, at.label)}
              </span>
              <span class="range">
                <i class="zero" style={{ left: `${x(0)}%` }} />
                {value === null && <i class="hatched" style={{ left: '2%', right: '2%' }} />}
                {low !== null && high !== null && (
                  <i class="span" style={{ left: `${x(low)}%`, width: `${x(high) - x(low)}%` }} />
                )}
                {value !== null && <i class="dot" style={{ left: `${x(value)}%` }} />}
              </span>
              <b class="bar-sum wide">
                {value === null ? unknown : say(value)}
                {low !== null && high !== null && (
                  <small>
                    {' '}
                    {say(low)} to {say(high)}
                  </small>
                )}
              </b>
            </div>
          );
        })}
      </div>
    </Scroll>
  );
}
