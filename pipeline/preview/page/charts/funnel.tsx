import { formatValue } from '../format.ts';
import { type Cell, type Frame, indexOf, numberAt, textAt } from '../frame.ts';
import type { Drawing } from '../model.ts';
import { Scroll } from './scroll.tsx';

const SERIES_MAX = 7;

/** A bar a step, and between two the people lost; where it is split, one funnel a part, upon one scale. */
export function Funnel({
  frame,
  drawing,
  unknown,
}: {
  frame: Frame;
  drawing: Extract<Drawing, { as: 'funnel' }>;
  unknown: string;
}) {
  const at = {
    step: indexOf(frame, drawing.step),
    series: indexOf(frame, drawing.series),
    value: indexOf(frame, drawing.value),
    dropped: indexOf(frame, drawing.dropped),
    pending: indexOf(frame, drawing.pending),
    rate: indexOf(frame, drawing.rate),
    seconds: indexOf(frame, drawing.seconds),
    start: indexOf(frame, 'conversion_from_start'),
  };
  const parts = new Map<string, Cell[][]>();
  for (const row of frame.rows) {
    const name = at.series < 0 ? '' : textAt(row, at.series);
    parts.set(name, [...(parts.get(name) ?? []), row]);
  }
  const size = (rows: Cell[][]): number => numberAt(rows[0] ?? [], at.value) ?? 0;
  const shown = [...parts].sort(([, a], [, b]) => size(b) - size(a)).slice(0, SERIES_MAX);
  return (
    <Scroll>
      <div class={shown.length > 1 ? 'funnels' : 'funnels one'}>
        {shown.map(([name, rows]) => {
          const start = size(rows) || 1;
          return (
            <section key={name}>
              {shown.length > 1 && <h3>{name || '(none)'}</h3>}
              <ol class="funnel">
                {rows.map((row, i) => {
                  const people = numberAt(row, at.value) ?? 0;
                  const dropped = numberAt(row, at.dropped) ?? 0;
                  const pending = numberAt(row, at.pending) ?? 0;
                  const rate = numberAt(row, at.rate);
                  const seconds = numberAt(row, at.seconds);
                  const whole = numberAt(row, at.start);
                  const label = textAt(row, at.step).replace(name === '' ? /^$/ : `${name}: `, '');
                  return (
                    <li key={i}>
                      {i > 0 && (
                        <p class="drop">
                          <span>
                            <b>
                              {formatValue(rate, 'percentunit') === '–'
                                ? unknown
                                : formatValue(rate, 'percentunit', 1)}
                            </b>{' '}
                            went on
                          </span>
                          <span class="lost">−{formatValue(dropped)} dropped out</span>
                          {pending > 0 && <span>{formatValue(pending)} may yet</span>}
                          {seconds !== null && <span>half within {formatValue(seconds, 's')}</span>}
                        </p>
                      )}
                      <div class="step">
                        <span class="name">
                          <small>{i + 1}</small> {label.replaceAll('_', ' ')}
                        </span>
                        <span class="track">
                          <i class="people" style={{ width: `${(people / start) * 100}%` }} />
                          {pending > 0 && (
                            <i
                              class="hatched"
                              style={{ width: `${(pending / start) * 100}%` }}
                              title={`${formatValue(pending)} have time left`}
                            />
                          )}
                        </span>
                        <b class="count">{formatValue(people)}</b>
                        <span class="share">
                          {i === 0 ? '' : whole === null ? unknown : formatValue(whole, 'percentunit', 1)}
                        </span>
                      </div>
                    </li>
                  );
                })}
              </ol>
            </section>
          );
        })}
      </div>
      {parts.size > SERIES_MAX && (
        <p class="note">
          The largest {SERIES_MAX} of {parts.size}; all are in the table.
        </p>
      )}
    </Scroll>
  );
}
