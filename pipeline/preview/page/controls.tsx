import { useId, useState } from 'preact/hooks';
import { dayOf, PRESETS, resolveTime } from './period.ts';
import type { Choice } from './variables.ts';

export function VariableControl({ choice, set }: { choice: Choice; set: (values: string[]) => void }) {
  const { variable, options, value } = choice;
  const label = variable.label || variable.name;
  const id = useId();
  if (variable.multi === true) return <ManyControl {...{ choice, label, set }} />;
  const one = Array.isArray(value) ? (value[0] ?? '') : value;
  if (variable.type === 'textbox')
    return (
      <label class="control">
        <span>{label}</span>
        <input
          type="text"
          value={one}
          placeholder="any"
          size={Math.max(8, Math.min(30, one.length))}
          title={variable.description ?? undefined}
          onChange={event => set([event.currentTarget.value])}
        />
      </label>
    );
  const known = options.some(option => option.value === one);
  return (
    <label class="control" for={id}>
      <span>{label}</span>
      <select
        id={id}
        data-variable={variable.name}
        value={one}
        title={variable.description ?? undefined}
        onChange={event => set([event.currentTarget.value])}
      >
        {!known && <option value={one}>{one}</option>}
        {options.map(option => (
          <option key={option.value} value={option.value}>
            {option.text}
          </option>
        ))}
      </select>
    </label>
  );
}

/** Values in their order, such as a funnel's steps: one a line to type, the known ones to pick. */
function ManyControl({
  choice,
  label,
  set,
}: {
  choice: Choice;
  label: string;
  set: (values: string[]) => void;
}) {
  const values = Array.isArray(choice.value) ? choice.value : [choice.value];
  const list = useId();
  const [added, setAdded] = useState('');
  const add = (): void => {
    if (added.trim() !== '') set([...values, added.trim()]);
    setAdded('');
  };
  return (
    <fieldset class="control many" aria-label={label} title={choice.variable.description ?? undefined}>
      <span>{label}</span>
      <ol>
        {values.map((value, i) => (
          <li key={`${i}${value}`}>
            {value}
            <button
              type="button"
              aria-label={`Leave out ${value}`}
              disabled={values.length < 2}
              onClick={() => set(values.filter((_, j) => j !== i))}
            >
              ×
            </button>
          </li>
        ))}
        <li class="add">
          <input
            list={list}
            value={added}
            placeholder="add…"
            aria-label={`Add to ${label}`}
            size={9}
            onInput={event => setAdded(event.currentTarget.value)}
            onKeyDown={event => event.key === 'Enter' && add()}
            onChange={add}
          />
          <datalist id={list}>
            {choice.options
              .filter(option => !values.includes(option.value))
              .map(option => (
                <option key={option.value} value={option.value} />
              ))}
          </datalist>
        </li>
      </ol>
    </fieldset>
  );
}

export function PeriodControl({
  from,
  to,
  now,
  set,
}: {
  from: string;
  to: string;
  now: number;
  set: (from: string, to: string) => void;
}) {
  const preset = PRESETS.findIndex(one => one.from === from && one.to === to);
  const [custom, setCustom] = useState(preset < 0);
  const start = dayOf(resolveTime(from, now, false) ?? now);
  const end = dayOf(resolveTime(to, now, true) ?? now);
  const shown = custom || preset < 0;
  return (
    <fieldset class="control period" aria-label="Period">
      <label>
        <span>Days</span>
        <select
          data-control="period"
          value={shown ? 'custom' : String(preset)}
          onChange={event => {
            const one = PRESETS[Number(event.currentTarget.value)];
            setCustom(one === undefined);
            if (one !== undefined) set(one.from, one.to);
          }}
        >
          {PRESETS.map((one, i) => (
            <option key={one.label} value={String(i)}>
              {one.label}
            </option>
          ))}
          <option value="custom">From … to …</option>
        </select>
      </label>
      {shown && (
        <>
          <input
            type="date"
            aria-label="From"
            value={start}
            max={end}
            onChange={event => event.currentTarget.value !== '' && set(event.currentTarget.value, end)}
          />
          <span aria-hidden="true">–</span>
          <input
            type="date"
            aria-label="To"
            value={end}
            min={start}
            onChange={event => event.currentTarget.value !== '' && set(start, event.currentTarget.value)}
          />
        </>
      )}
    </fieldset>
  );
}

export const REFRESHES = {
  '': 'Live: off',
  '5s': 'every 5 s',
  '30s': 'every 30 s',
  '1m': 'every minute',
  '5m': 'every 5 min',
} as const;

export function refreshMs(text: string): number | null {
  const match = /^(\d+)([smh])$/.exec(text);
  if (match === null) return null;
  return Number(match[1]) * { s: 1000, m: 60_000, h: 3_600_000 }[match[2] as 's' | 'm' | 'h'];
}

export function ThemeControl({ theme, set }: { theme: string; set: (theme: string) => void }) {
  const next = theme === 'dark' ? 'light' : 'dark';
  return (
    <button
      type="button"
      class="plain"
      aria-label={`Change to ${next} colours`}
      title={`Change to ${next} colours`}
      onClick={() => set(next)}
    >
      {theme === 'dark' ? '☀' : '☾'}
    </button>
  );
}
