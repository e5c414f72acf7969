import { useCallback, useEffect, useId, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { askFrame, downloadCsv } from './api.ts';
import { Bars, Intervals } from './charts/bars.tsx';
import { Funnel } from './charts/funnel.tsx';
import { Heat } from './charts/heat.tsx';
import { type Mark, TimeChart } from './charts/lines.tsx';
import { Sankey } from './charts/sankey.tsx';
import { Stat } from './charts/stat.tsx';
import { Table } from './charts/table.tsx';
import { type Frame, indexOf, numberAt } from './frame.ts';
import { interpolate, interpolateWords, type Scope } from './interpolate.ts';
import { Link } from './link.tsx';
import { type Drawing, drawingOf, type Panel as PanelModel, unknownText } from './model.ts';

type State = { frame: Frame | null; error: string | null; loading: boolean };

/** Asks again when the query or `round` changes; what was there stays until the answer has come. */
export function useFrame(sql: string | null, round: number, rowsMax: number): State {
  const [state, setState] = useState<State>({ frame: null, error: null, loading: sql !== null });
  useEffect(() => {
    if (sql === null) return;
    const left = new AbortController();
    setState(before => ({ ...before, loading: true }));
    askFrame(sql, rowsMax, left.signal).then(
      frame => left.signal.aborted || setState({ frame, error: null, loading: false }),
      (error: unknown) =>
        left.signal.aborted ||
        setState({
          frame: null,
          error: error instanceof Error ? error.message : String(error),
          loading: false,
        }),
    );
    return () => left.abort();
  }, [sql, round, rowsMax]);
  return state;
}

export function Panel({
  panel,
  scope,
  round,
  rowsMax,
  marks,
  theme,
  go,
}: {
  panel: PanelModel;
  scope: Scope | null;
  round: number;
  rowsMax: number;
  marks: Mark[];
  theme: string;
  go: (address: string) => void;
}) {
  const drawing = drawingOf(panel);
  const template =
    drawing.as === 'none' ? undefined : panel.targets?.find(target => target.hide !== true)?.rawSql;
  const sql = scope === null || template === undefined ? null : interpolate(template, scope);
  const [again, setAgain] = useState(0);
  const { frame, error, loading } = useFrame(sql, round + again, rowsMax);
  const [view, setView] = useState<'chart' | 'table' | 'sql'>('chart');
  const [failed, setFailed] = useState<string | null>(null);
  const heading = useId();
  const text = useCallback(
    (words: string) => (scope === null ? words.replace(/\$\{\w+\}/g, '…') : interpolateWords(words, scope)),
    [scope],
  );
  const title = text(panel.title ?? '');
  const unknown = unknownText(panel);
  const { x = 0, y = 0, w = 24, h = 8 } = panel.gridPos ?? {};
  const next = panel.links?.[0];
  const empty = typeof panel.options?.empty === 'string' ? panel.options.empty : null;
  const hrefOf = (template: string, value: string): string =>
    scope === null
      ? ''
      : interpolate(template, { ...scope, inside: 'url' }).replace(
          /\$\{__value\.raw(:percentencode)?\}/g,
          () => encodeURIComponent(value),
        );

  const stateOf = (): string => {
    if (template === undefined) return 'none';
    if (loading) return 'loading';
    if (error !== null) return 'error';
    if (frame === null) return 'loading';
    return frame.rows.length === 0 ? 'empty' : 'ready';
  };
  const body = () => {
    if (view === 'sql' && sql !== null)
      return (
        <div class="fill column sql">
          <pre>{sql}</pre>
          <p class="actions">
            <button type="button" onClick={() => void navigator.clipboard.writeText(sql)}>
              Copy
            </button>
            <button type="button" onClick={() => go(`/console?sql=${encodeURIComponent(sql)}`)}>
              Open in the console
            </button>
          </p>
        </div>
      );
    if (error !== null && !loading)
      return (
        <div class="told error" role="alert">
          <b>This query failed</b>
          <pre>{error}</pre>
          <p class="actions">
            <button type="button" onClick={() => setAgain(again + 1)}>
              Try again
            </button>
          </p>
        </div>
      );
    if (frame === null) return <div class={`skeleton as-${drawing.as}`} aria-label="Loading" role="status" />;
    if (frame.rows.length === 0)
      return (
        <Told head={empty === null ? 'Nothing here in this period' : 'Nothing to show'}>
          {empty ??
            (scope !== null && Object.keys(scope.variables).length > 1
              ? 'Try a longer period, or other choices above.'
              : 'Try a longer period.')}
        </Told>
      );
    if (view === 'chart' && isUnknown(frame, drawing))
      return (
        <Told head={unknown === 'not yet' ? 'Not known yet' : 'Not known of this period'}>
          {unknown === 'not yet'
            ? 'Of nobody in this period can it be told yet. Try a longer one.'
            : 'Of nobody in this period, or of too few. Try a longer one.'}
        </Told>
      );
    if (view === 'table') return <Table {...{ frame, panel, unknown, text, hrefOf, go }} />;
    switch (drawing.as) {
      case 'time':
        return (
          <TimeChart {...{ frame, panel, drawing, marks, unknown, theme, text }} until={scope?.to ?? 0} />
        );
      case 'stat':
        return <Stat {...{ frame, panel, drawing, unknown, text }} />;
      case 'bars':
        return <Bars {...{ frame, panel, drawing, unknown, text }} />;
      case 'interval':
        return <Intervals {...{ frame, panel, drawing, unknown }} />;
      case 'heat':
        return <Heat {...{ frame, panel, drawing, unknown, text }} />;
      case 'funnel':
        return <Funnel {...{ frame, drawing, unknown }} />;
      case 'sankey':
        return <Sankey {...{ frame, drawing }} />;
      default:
        return <Table {...{ frame, panel, unknown, text, hrefOf, go }} />;
    }
  };

  return (
    <section
      class={`panel as-${drawing.as} ${w <= 6 ? 'small' : ''}`}
      style={{ '--x': x + 1, '--y': y + 1, '--w': w, '--h': h }}
      aria-labelledby={heading}
      aria-busy={loading}
      data-panel={panel.id}
      data-state={stateOf()}
    >
      <header>
        <h2 id={heading} tabIndex={-1}>
          {title}
        </h2>
        {panel.description !== undefined && panel.description !== '' && (
          <Definition text={text(panel.description)} />
        )}
        {template !== undefined && (
          <Menu
            label={`More on: ${title}`}
            items={[
              {
                label: view === 'sql' ? 'Show the chart' : 'Show SQL',
                act: () => setView(view === 'sql' ? 'chart' : 'sql'),
              },
              ...(drawing.as === 'table'
                ? []
                : [
                    {
                      label: view === 'table' ? 'Show the chart' : 'Show as a table',
                      act: () => setView(view === 'table' ? 'chart' : 'table'),
                    },
                  ]),
              {
                label: 'Download CSV',
                act: () => {
                  setFailed(null);
                  if (sql !== null)
                    downloadCsv(sql, title).catch((why: unknown) =>
                      setFailed(why instanceof Error ? why.message : String(why)),
                    );
                },
              },
            ]}
          />
        )}
      </header>
      <div class={`body ${loading && frame !== null ? 'stale' : ''}`}>{body()}</div>
      {failed !== null && (
        <p class="note bad" role="alert">
          The download failed: {failed}
        </p>
      )}
      {frame?.cut === true && (
        <p class="note">The first {rowsMax.toLocaleString('en')} rows; the CSV has all.</p>
      )}
      {next !== undefined && scope !== null && (
        <footer>
          <Link href={interpolate(next.url, { ...scope, inside: 'url' })} go={go}>
            {next.title} →
          </Link>
        </footer>
      )}
    </section>
  );
}

/** Rows without one figure among them: an empty chart would not say why. */
function isUnknown(frame: Frame, drawing: Drawing): boolean {
  if (drawing.as !== 'time') return false;
  const places = drawing.values.map(name => indexOf(frame, name)).filter(place => place >= 0);
  return frame.rows.every(row => places.every(place => numberAt(row, place) === null));
}

export function Told({ head, children }: { head: string; children: preact.ComponentChildren }) {
  return (
    <div class="told">
      <b>{head}</b>
      <p>{children}</p>
    </div>
  );
}

function Definition({ text }: { text: string }) {
  const id = useId();
  return (
    <span class="definition">
      <button type="button" aria-label="Definition" aria-describedby={id}>
        ?
      </button>
      <span role="tooltip" id={id}>
        {text}
      </span>
    </span>
  );
}

function Menu({ label, items }: { label: string; items: { label: string; act: () => void }[] }) {
  const [open, setOpen] = useState(false);
  const root = useRef<HTMLSpanElement>(null);
  useLayoutEffect(() => {
    if (!open) return;
    root.current?.querySelector<HTMLElement>('[role=menuitem]')?.focus();
    const close = (event: Event): void => {
      if (!(event.target instanceof Node) || root.current?.contains(event.target) !== true) setOpen(false);
    };
    document.addEventListener('pointerdown', close);
    return () => document.removeEventListener('pointerdown', close);
  }, [open]);
  const step = (event: KeyboardEvent): void => {
    const all = [...(root.current?.querySelectorAll<HTMLElement>('[role=menuitem]') ?? [])];
    const at = all.indexOf(document.activeElement as HTMLElement);
    if (event.key === 'Escape') {
      setOpen(false);
      root.current?.querySelector('button')?.focus();
    } else if (event.key === 'ArrowDown') all[(at + 1) % all.length]?.focus();
    else if (event.key === 'ArrowUp') all[(at - 1 + all.length) % all.length]?.focus();
    else return;
    event.preventDefault();
  };
  const leave = (event: FocusEvent): void => {
    if (event.relatedTarget instanceof Node && root.current?.contains(event.relatedTarget) !== true)
      setOpen(false);
  };
  return (
    <span class="menu" ref={root}>
      <button
        type="button"
        aria-label={label}
        aria-haspopup="menu"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
      >
        ⋯
      </button>
      {open && (
        <span role="menu" tabIndex={-1} onKeyDown={step} onFocusOut={leave}>
          {items.map(item => (
            <button
              type="button"
              role="menuitem"
              key={item.label}
              onClick={() => {
                setOpen(false);
                item.act();
              }}
            >
              {item.label}
            </button>
          ))}
        </span>
      )}
    </span>
  );
}
