import { useCallback, useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { type Address, readAddress, writeAddress } from './address.ts';
import { askFrame, forgetAnswers, getJson, type Limits } from './api.ts';
import type { Mark } from './charts/lines.tsx';
import { Console } from './console.tsx';
import { PeriodControl, REFRESHES, refreshMs, ThemeControl, VariableControl } from './controls.tsx';
import { textAt, timeAt } from './frame.ts';
import { interpolate, interpolateWords, type Scope } from './interpolate.ts';
import { Link } from './link.tsx';
import { type Dashboard, drawingOf, type Panel as PanelModel } from './model.ts';
import { Panel, Told } from './panel.tsx';
import { resolveTime } from './period.ts';
import { type Choice, chooseVariables } from './variables.ts';

interface Index {
  dashboards: { uid: string; title: string }[];
  limits: Limits;
}

const words = (error: unknown): string => (error instanceof Error ? error.message : String(error));

export function App() {
  const [address, setAddress] = useState<Address>(() => readAddress(location));
  const [index, setIndex] = useState<Index | null>(null);
  const [failed, setFailed] = useState<string | null>(null);
  const [theme, setTheme] = useTheme();
  useEffect(() => {
    const read = (): void => setAddress(readAddress(location));
    addEventListener('popstate', read);
    getJson<Index>('/api/dashboards').then(setIndex, (error: unknown) => setFailed(words(error)));
    return () => removeEventListener('popstate', read);
  }, []);
  const go = useCallback((href: string) => {
    history.pushState(null, '', href);
    setAddress(readAddress(location));
    scrollTo(0, 0);
  }, []);
  const change = useCallback((next: Partial<Address>) => {
    const whole = { ...readAddress(location), panel: null, ...next };
    history.pushState(null, '', writeAddress(whole));
    setAddress(whole);
  }, []);
  const uid = address.uid ?? index?.dashboards[0]?.uid ?? null;
  const title = address.console ? 'Console' : (index?.dashboards.find(one => one.uid === uid)?.title ?? '');
  useEffect(() => {
    document.title = title === '' ? 'Footfall' : `${title} · Footfall`;
  }, [title]);
  // Period and site go along from one dashboard to the next.
  const kept = { from: address.from, to: address.to, refresh: address.refresh };
  const hrefOf = (one: string): string =>
    writeAddress({ ...address, ...kept, uid: one, console: false, panel: null, sql: null });
  return (
    <>
      <a class="skip" href="#main">
        To the figures
      </a>
      <nav aria-label="Dashboards">
        <p class="brand">Footfall</p>
        <label class="pick">
          <span class="sr">Dashboard</span>
          <select
            value={address.console ? 'console' : (uid ?? '')}
            onChange={event =>
              go(event.currentTarget.value === 'console' ? '/console' : hrefOf(event.currentTarget.value))
            }
          >
            {index?.dashboards.map(one => (
              <option key={one.uid} value={one.uid}>
                {one.title}
              </option>
            ))}
            <option value="console">Console</option>
          </select>
        </label>
        <ul>
          {index?.dashboards.map(one => (
            <li key={one.uid}>
              <Link href={hrefOf(one.uid)} go={go} current={!address.console && one.uid === uid}>
                {one.title}
              </Link>
            </li>
          ))}
          <li class="apart">
            <Link href="/console" go={go} current={address.console}>
              Console
            </Link>
          </li>
        </ul>
        <ThemeControl theme={theme} set={setTheme} />
      </nav>
      <main id="main">
        {failed !== null ? (
          <div class="told error" role="alert">
            <b>The page could not be loaded</b>
            <pre>{failed}</pre>
          </div>
        ) : address.console ? (
          <>
            <h1>Console</h1>
            {index !== null && (
              <Console
                sql={address.sql ?? ''}
                setSql={sql => change({ sql })}
                limits={index.limits}
                site={address.variables.site?.[0] ?? 'shop'}
              />
            )}
          </>
        ) : index !== null && uid === null ? (
          <Told head="There are no dashboards">Nothing is in dashboards/generated.</Told>
        ) : (
          <Board
            {...{ uid, address, change, go, theme }}
            title={title}
            rowsMax={index?.limits.rows ?? 10_000}
          />
        )}
      </main>
    </>
  );
}

function Board({
  uid,
  address,
  change,
  go,
  theme,
  title,
  rowsMax,
}: {
  uid: string | null;
  address: Address;
  change: (next: Partial<Address>) => void;
  go: (href: string) => void;
  theme: string;
  title: string;
  rowsMax: number;
}) {
  const [board, setBoard] = useState<Dashboard | null>(null);
  const [failed, setFailed] = useState<string | null>(null);
  const [chosen, setChosen] = useState<{ of: Dashboard; choices: Choice[] } | null>(null);
  // Answers of the board before may still come in: its variables are not this one's.
  const choices = chosen !== null && chosen.of === board ? chosen.choices : null;
  const [marks, setMarks] = useState<Mark[]>([]);
  const [{ now, round }, setClock] = useState({ now: Date.now(), round: 0 });
  useEffect(() => {
    if (uid === null) return;
    let left = false;
    setFailed(null);
    setBoard(null);
    setChosen(null);
    getJson<Dashboard>(`/api/dashboards/${encodeURIComponent(uid)}`).then(
      found => left || setBoard(found),
      (error: unknown) => left || setFailed(words(error)),
    );
    return () => {
      left = true;
    };
  }, [uid]);

  const from = address.from ?? board?.time?.from ?? 'now-30d';
  const to = address.to ?? board?.time?.to ?? 'now';
  const utc = board?.timezone === 'utc';
  const period = useMemo(
    () => ({ from: resolveTime(from, now, false, utc), to: resolveTime(to, now, true, utc) }),
    [from, to, now, utc],
  );
  const wrongPeriod = period.from === null || period.to === null || period.from > period.to;
  const given = JSON.stringify(address.variables);
  useEffect(() => {
    if (board === null || wrongPeriod) return;
    const left = new AbortController();
    chooseVariables(
      board.templating?.list ?? [],
      JSON.parse(given) as Address['variables'],
      { from: period.from ?? 0, to: period.to ?? 0 },
      left.signal,
    ).then(
      found => {
        if (left.signal.aborted) return;
        setFailed(null);
        setChosen({ of: board, choices: found });
      },
      (error: unknown) => left.signal.aborted || setFailed(words(error)),
    );
    return () => left.abort();
  }, [board, given, wrongPeriod]);
  const scope = useMemo((): Scope | null => {
    if (choices === null || period.from === null || period.to === null) return null;
    return {
      from: period.from,
      to: period.to,
      utc,
      variables: Object.fromEntries(choices.map(({ variable, value }) => [variable.name, value])),
    };
  }, [choices, period, utc]);

  const refresh = address.refresh ?? board?.refresh ?? '';
  const every = refreshMs(refresh);
  const busy = useRef(false);
  useEffect(() => {
    if (every === null) return;
    const timer = setInterval(() => {
      // Who does not look, or still waits for the last answer, needs no next one.
      busy.current = document.querySelector('.panel[aria-busy=true]') !== null;
      if (document.hidden || busy.current) return;
      forgetAnswers();
      setClock(before => ({ now: Date.now(), round: before.round + 1 }));
    }, every);
    return () => clearInterval(timer);
  }, [every]);

  const note = board?.annotations?.list?.find(
    one => one.enable !== false && one.builtIn !== 1 && (one.target?.rawSql ?? one.rawSql) !== undefined,
  );
  const noteSql =
    scope === null || note === undefined
      ? null
      : interpolate(note.target?.rawSql ?? note.rawSql ?? '', scope);
  useEffect(() => {
    if (noteSql === null) return setMarks([]);
    const left = new AbortController();
    askFrame(noteSql, 100, left.signal).then(
      ({ rows }) =>
        left.signal.aborted || setMarks(rows.map(row => ({ at: timeAt(row, 0) ?? 0, text: textAt(row, 1) }))),
      (error: unknown) =>
        left.signal.aborted || console.warn(`The remarks could not be read: ${words(error)}`),
    );
    return () => left.abort();
  }, [noteSql]);

  useEffect(() => {
    // Who followed a link to one panel looks at that: on the keyboard, too.
    if (board === null || address.panel === null) return;
    const panel = document.querySelector<HTMLElement>(`.panel[data-panel="${Number(address.panel)}"]`);
    panel?.scrollIntoView({ block: 'start' });
    panel?.querySelector('h2')?.focus({ preventScroll: true });
  }, [board, address.panel]);

  const all: PanelModel[] = (board?.panels ?? []).flatMap(panel => [
    panel,
    ...(panel.type === 'row' ? (panel.panels ?? []) : []),
  ]);
  // What cannot be asked here is told in one place, not panel by panel.
  const unasked = all.filter(panel => panel.type !== 'row' && drawingOf(panel).as === 'none');
  const panels = all.filter(panel => !unasked.includes(panel));
  const set = (name: string, values: string[]): void => {
    // What depends on another choice is asked again: a currency is a site's.
    const shown = Object.fromEntries(
      (choices ?? [])
        .filter(({ variable }) => variable.hide !== 2)
        .map(({ variable, value }) => [variable.name, Array.isArray(value) ? value : [value]]),
    );
    change({ variables: { ...shown, [name]: values } });
  };
  return (
    <>
      <div class="top">
        <h1 title={board?.description}>{title || '…'}</h1>
        <div class="controls">
          {choices
            ?.filter(({ variable }) => variable.hide !== 2 && variable.type !== 'constant')
            .map(choice => (
              <VariableControl
                key={choice.variable.name}
                choice={choice}
                set={values => set(choice.variable.name, values)}
              />
            ))}
          <PeriodControl
            key={uid}
            {...{ from, to, now }}
            set={(start, end) => change({ from: start, to: end })}
          />
          <label class="control">
            <span class="sr">Live</span>
            <select
              aria-label="Live refresh"
              value={refresh}
              onChange={event => change({ refresh: event.currentTarget.value })}
            >
              {Object.entries({
                ...(refresh in REFRESHES ? {} : { [refresh]: `every ${refresh}` }),
                ...REFRESHES,
              }).map(([value, label]) => (
                <option key={value} value={value}>
                  {label}
                </option>
              ))}
            </select>
          </label>
          <button
            type="button"
            class="plain"
            aria-label="Refresh now"
            title="Refresh now"
            onClick={() => {
              forgetAnswers();
              setClock({ now: Date.now(), round: round + 1 });
            }}
          >
            ↻
          </button>
        </div>
      </div>
      {failed !== null ? (
        <div class="told error page" role="alert">
          <b>This dashboard could not be shown</b>
          <pre>{failed}</pre>
        </div>
      ) : wrongPeriod ? (
        <Told head="There is no such period">
          It begins after its end, or is written in a way that means nothing here.
        </Told>
      ) : (
        <div class="grid" data-board={board?.uid} key={uid ?? ''}>
          {panels.map(panel =>
            panel.type === 'row' ? (
              <h2 class="row" key={panel.id} style={{ '--y': (panel.gridPos?.y ?? 0) + 1 }}>
                {scope === null ? '' : interpolateWords(panel.title ?? '', scope)}
              </h2>
            ) : (
              <Panel key={panel.id} {...{ panel, scope, round, rowsMax, marks, theme, go }} />
            ),
          )}
          {unasked.length > 0 && <Unasked panels={unasked} />}
        </div>
      )}
    </>
  );
}

/** Panels on Prometheus, which one machine does not have. */
function Unasked({ panels }: { panels: PanelModel[] }) {
  const top = Math.min(...panels.map(panel => panel.gridPos?.y ?? 0));
  return (
    <section
      class="panel as-none"
      style={{ '--x': 1, '--y': top + 1, '--w': 24, '--h': 8 }}
      aria-label="Figures that are not measured here"
      data-state="none"
    >
      <div class="body">
        <div class="told">
          <b>Measured by Prometheus while workers run</b>
          <p>docker compose has one; on one machine there is nothing to ask. Grafana then answers:</p>
          <ul>
            {panels.map(panel => (
              <li key={panel.id}>{panel.title}</li>
            ))}
          </ul>
        </div>
      </div>
    </section>
  );
}

/** As chosen, else as the system has it. */
function useTheme(): [string, (theme: string) => void] {
  const system = matchMedia('(prefers-color-scheme: dark)');
  const current = (): string => document.documentElement.dataset.theme ?? (system.matches ? 'dark' : 'light');
  const [theme, setTheme] = useState(current);
  useEffect(() => {
    const read = (): void => setTheme(current());
    system.addEventListener('change', read);
    return () => system.removeEventListener('change', read);
  }, []);
  return [
    theme,
    next => {
      document.documentElement.dataset.theme = next;
      localStorage.setItem('theme', next);
      setTheme(next);
    },
  ];
}
