import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { downloadCsv, forgetAnswers, getJson, type Limits, type View } from './api.ts';
import { Table } from './charts/table.tsx';
import { Told, useFrame } from './panel.tsx';
import { dayOf } from './period.ts';

const LAYERS = [
  ['marts', 'Questions'],
  ['base', 'What they are built on'],
] as const;

/** SQL by hand, with the views beside it. */
export function Console({
  sql,
  setSql,
  limits,
  site,
}: {
  sql: string;
  setSql: (sql: string) => void;
  limits: Limits;
  site: string;
}) {
  const [draft, setDraft] = useState(sql);
  const [round, setRound] = useState(0);
  const [views, setViews] = useState<View[]>([]);
  const [wrong, setWrong] = useState<string | null>(null);
  const [wanted, setWanted] = useState('');
  const area = useRef<HTMLTextAreaElement>(null);
  const { frame, error, loading } = useFrame(sql === '' ? null : sql, round, limits.rows);
  useEffect(() => setDraft(sql), [sql]);
  useEffect(() => {
    getJson<View[]>('/api/views').then(setViews, (why: unknown) => setWrong(String(why)));
  }, []);
  const shown = useMemo(
    () =>
      views.filter(view =>
        `${view.name} ${view.grain} ${view.definition}`.toLowerCase().includes(wanted.toLowerCase()),
      ),
    [views, wanted],
  );
  const ask = (): void => {
    if (draft.trim() === '') return;
    forgetAnswers();
    setSql(draft);
    setRound(round + 1);
  };
  const insert = (view: View): void => {
    const now = Date.now();
    const call = view.call
      .replaceAll('$site', `'${site}'`)
      .replaceAll('$since', `'${dayOf(now - 30 * 86_400_000)}'`)
      .replaceAll('$until', `'${dayOf(now)}'`)
      .replaceAll('$as_of', `'${new Date(now).toISOString().slice(0, 19).replace('T', ' ')}'`);
    setDraft(`${call}\nLIMIT 100`);
    area.current?.focus();
  };
  return (
    <div class="console">
      <aside aria-label="Views">
        <input
          type="search"
          placeholder={`Search ${views.length} views`}
          aria-label="Search the views"
          value={wanted}
          onInput={event => setWanted(event.currentTarget.value)}
        />
        {wrong !== null && <p class="note bad">{wrong}</p>}
        <div class="views">
          {LAYERS.map(([layer, head]) => {
            const own = shown.filter(view => view.layer === layer);
            if (own.length === 0) return null;
            return (
              <section key={layer} aria-label={head}>
                <h2>{head}</h2>
                <ul>
                  {own.map(view => (
                    <li key={view.name}>
                      <button
                        type="button"
                        onClick={() => insert(view)}
                        title={[view.definition, view.parameters].filter(text => text !== '').join('\n\n')}
                      >
                        <b>{view.name}</b>
                        <small>{view.grain}</small>
                      </button>
                    </li>
                  ))}
                </ul>
              </section>
            );
          })}
          {shown.length === 0 && views.length > 0 && <p class="note">No view is called or says so.</p>}
        </div>
      </aside>
      <div class="ask">
        <textarea
          ref={area}
          aria-label="SQL"
          spellcheck={false}
          value={draft}
          placeholder="SELECT … or choose a view"
          onInput={event => setDraft(event.currentTarget.value)}
          onKeyDown={event => {
            if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
            event.preventDefault();
            ask();
          }}
        />
        <p class="actions">
          <button type="button" class="main" onClick={ask}>
            Ask
          </button>
          <button
            type="button"
            disabled={frame === null}
            onClick={() => {
              setWrong(null);
              downloadCsv(sql, 'query').catch((why: unknown) => setWrong(String(why)));
            }}
          >
            Download CSV
          </button>
          <span class="note">
            Ctrl+Enter asks. Reading only; at most {limits.seconds} s, {limits.rows.toLocaleString('en')} rows
            shown, {limits.csv_rows.toLocaleString('en')} in a file.
          </span>
        </p>
        <div
          class={`answer ${loading && frame !== null ? 'stale' : ''}`}
          aria-busy={loading}
          data-state={loading ? 'loading' : error !== null ? 'error' : frame === null ? 'none' : 'ready'}
        >
          {error !== null && !loading ? (
            <div class="told error" role="alert">
              <b>This query failed</b>
              <pre>{error}</pre>
            </div>
          ) : frame === null ? (
            loading ? (
              <div class="skeleton table" role="status" aria-label="Loading" />
            ) : (
              <Told head="Ask anything">Choose a view at the side, or write a SELECT.</Told>
            )
          ) : (
            <>
              <p class="note">
                {frame.rows.length.toLocaleString('en')} {frame.rows.length === 1 ? 'row' : 'rows'}
                {frame.cut && ', the first ones'} in{' '}
                {frame.seconds < 1
                  ? `${Math.round(frame.seconds * 1000)} ms`
                  : `${frame.seconds.toFixed(1)} s`}
              </p>
              <Table frame={frame} panel={null} unknown="NULL" text={words => words} />
            </>
          )}
        </div>
      </div>
    </div>
  );
}
