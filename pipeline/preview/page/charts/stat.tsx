import { textColorOf } from '../colors.ts';
import { change, formatValue } from '../format.ts';
import { displayName, type Frame, fieldConfig, indexOf, numberAt, timeAt } from '../frame.ts';
import type { Drawing, FieldConfig, Panel } from '../model.ts';

/** The last value, its change against the one before it, and how it got there. */
export function Stat({
  frame,
  panel,
  drawing,
  unknown,
  text,
}: {
  frame: Frame;
  panel: Panel;
  drawing: Extract<Drawing, { as: 'stat' }>;
  unknown: string;
  text: (template: string) => string;
}) {
  const time = indexOf(frame, drawing.time);
  const rows =
    time < 0 ? frame.rows : frame.rows.toSorted((a, b) => (timeAt(a, time) ?? 0) - (timeAt(b, time) ?? 0));
  const index = indexOf(frame, drawing.value);
  const config = fieldConfig(panel, drawing.value);
  const last = rows.at(-1) ?? [];
  const value = numberAt(last, index);
  const name = text(displayName(config, drawing.value));
  const currency = /, ([A-Z]{3})$/.exec(name)?.[1];
  const shown =
    value === null && typeof last[index] === 'string'
      ? String(last[index])
      : formatValue(value, config.unit, config.decimals);
  const before = drawing.before === null ? null : numberAt(last, indexOf(frame, drawing.before));
  const difference = value === null || before === null ? null : change(value, before);
  const good =
    difference === null || difference.up === null || drawing.upIsGood === null
      ? null
      : difference.up === drawing.upIsGood;
  return (
    <div class="stat fill column">
      <p class="value" style={{ color: thresholdColor(config, value) ?? undefined }}>
        {value === null && shown === '–' ? <span class="unknown">{unknown}</span> : shown}
        {currency !== undefined && value !== null && <small> {currency}</small>}
      </p>
      {drawing.before !== null && (
        <p class="change">
          {difference === null ? (
            <span>{before === 0 ? 'none before' : 'nothing to compare with'}</span>
          ) : (
            <>
              <b class={good === null ? '' : good ? 'good' : 'bad'}>
                {difference.up === null ? '' : difference.up ? '▲ ' : '▼ '}
                {difference.text}
              </b>{' '}
              <span>
                from {formatValue(before, config.unit, config.decimals)},{' '}
                {text(displayName(fieldConfig(panel, drawing.before), drawing.before)).replace(
                  /, [A-Z]{3}$/,
                  '',
                )}
              </span>
            </>
          )}
        </p>
      )}
      <Spark values={rows.map(row => numberAt(row, index))} />
    </div>
  );
}

/** null where the panel has no thresholds but its own colour. */
export function thresholdColor(config: FieldConfig, value: number | null): string | null {
  const steps = config.thresholds?.steps ?? [];
  if (value === null || steps.length < 2) return null;
  return textColorOf(steps.findLast(step => step.value === null || value >= step.value)?.color);
}

function Spark({ values }: { values: (number | null)[] }) {
  const known = values.filter(value => value !== null);
  if (known.length < 3) return <div class="spark" />;
  const most = Math.max(...known, 0) || 1;
  const least = Math.min(...known, 0);
  const x = (i: number): number => (i / (values.length - 1)) * 100;
  const y = (value: number): number => 29 - ((value - least) / (most - least || 1)) * 28;
  let pen = false;
  let line = '';
  let end = 0;
  values.forEach((value, i) => {
    if (value !== null) {
      line += `${pen ? 'L' : 'M'}${x(i).toFixed(2)} ${y(value).toFixed(2)}`;
      end = i;
    }
    pen = value !== null;
  });
  const first = values.findIndex(value => value !== null);
  return (
    <svg class="spark" viewBox="0 0 100 30" preserveAspectRatio="none" aria-hidden="true">
      {known.length === end - first + 1 && <path class="area" d={`${line}L${x(end)} 30L${x(first)} 30Z`} />}
      <path class="line" d={line} />
    </svg>
  );
}
