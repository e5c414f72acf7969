import type { Ev, Visit } from './people.ts';

const DAY = 86_400_000;

/** Local day of an instant in a zone, as days since 1970. */
export function localDay(ms: number, zone: string): number {
  const parts = new Intl.DateTimeFormat('en-CA', {
    timeZone: zone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  });
  return Date.parse(`${parts.format(ms)}T00:00:00Z`) / DAY;
}

export type Grain = 'day' | 'week' | 'month';

/** A period's number: consecutive periods have consecutive numbers. */
export function periodOf(day: number, grain: Grain): number {
  if (grain === 'day') return day;
  // 1970-01-01 was a Thursday: ISO weeks begin on Mondays.
  if (grain === 'week') return Math.floor((day + 3) / 7);
  const date = new Date(day * DAY);
  return date.getUTCFullYear() * 12 + date.getUTCMonth();
}

/** The first day of a period, as YYYY-MM-DD. */
export function firstDay(period: number, grain: Grain): string {
  if (grain === 'month')
    return new Date(Date.UTC(Math.floor(period / 12), period % 12, 1)).toISOString().slice(0, 10);
  return new Date((grain === 'day' ? period : period * 7 - 3) * DAY).toISOString().slice(0, 10);
}

export interface RetentionAsked {
  grain: Grain | '24h';
  kind: 'on' | 'on_or_after' | 'recurring';
  startEvent: string;
  returnEvent: string;
  zone: string;
  since: string;
  until: string;
  asOf: number;
}

export interface Cell {
  eligible: number;
  retained: number;
  rate: number | null;
  mature: number;
}

/** Cells by 'cohort age', by asking every person about every age. */
export function retention(visits: Visit[], asked: RetentionAsked): Map<string, Cell> {
  const people = new Map<string, { starts: number[]; returns: number[] }>();
  const times = (visit: Visit, event: string): number[] =>
    event === ''
      ? [visit.start]
      : visit.events.filter((e: Ev) => e.event_name === event).map(e => e.event_time);
  for (const visit of visits) {
    const person = people.get(visit.person) ?? { starts: [], returns: [] };
    person.starts.push(...times(visit, asked.startEvent));
    person.returns.push(...times(visit, asked.returnEvent));
    people.set(visit.person, person);
  }
  const calendar: Grain = asked.grain === '24h' ? 'day' : asked.grain;
  const period = (ms: number): number => periodOf(localDay(ms, asked.zone), calendar);
  const now = period(asked.asOf);
  const since = Date.parse(`${asked.since}T00:00:00Z`) / DAY;
  const until = Date.parse(`${asked.until}T00:00:00Z`) / DAY;
  const within = (ms: number): boolean => {
    const day = localDay(ms, asked.zone);
    return day >= since && day <= until;
  };
  const entries: Array<{ cohort: number; t0: number; returns: number[] }> = [];
  for (const { starts, returns } of people.values()) {
    const sorted = starts.sort((a, b) => a - b);
    const first = sorted[0];
    if (first === undefined) continue;
    const begins =
      asked.kind === 'recurring'
        ? sorted.filter((t, i) => i === 0 || period(t) !== period(sorted[i - 1] as number))
        : [first];
    for (const t0 of begins) if (within(t0)) entries.push({ cohort: period(t0), t0, returns });
  }
  const cells = new Map<string, Cell>();
  for (let cohort = periodOf(since, calendar); cohort <= Math.min(periodOf(until, calendar), now); cohort++) {
    const own = entries.filter(e => e.cohort === cohort);
    const startMs = (p: number): number => midnight(firstDay(p, calendar), asked.zone);
    const lastAge = asked.grain === '24h' ? Math.floor((asked.asOf - startMs(cohort)) / DAY) : now - cohort;
    const horizon = now - cohort - 1;
    for (let age = 0; age <= lastAge; age++) {
      const returned = (e: (typeof own)[number]): boolean =>
        (age === 0 && asked.returnEvent === '') ||
        e.returns.some(t => {
          if (t <= e.t0) return false;
          if (asked.grain === '24h') return Math.floor((t - e.t0) / DAY) === age;
          const at = period(t) - cohort;
          return asked.kind === 'on_or_after' ? at >= age && at <= horizon : at === age;
        });
      const passed = own.filter(e => e.t0 + (age + 1) * DAY <= asked.asOf);
      const eligible = asked.grain === '24h' ? passed.length : own.length;
      const mature = asked.grain === '24h' ? own.length > 0 && eligible === own.length : age <= horizon;
      const retained =
        age === 0 && asked.returnEvent === ''
          ? eligible
          : own.filter(e => (asked.kind !== 'on_or_after' || age <= horizon) && returned(e)).length;
      cells.set(`${firstDay(cohort, calendar)} ${age}`, {
        eligible,
        retained,
        rate: mature && eligible > 0 ? retained / eligible : null,
        mature: mature ? 1 : 0,
      });
    }
  }
  return cells;
}

/** The first instant of a local day, by trying: its offset from UTC is within a day. */
export function midnight(day: string, zone: string): number {
  const target = Date.parse(`${day}T00:00:00Z`) / DAY;
  for (let ms = target * DAY - 15 * 3_600_000; ; ms += 900_000) if (localDay(ms, zone) >= target) return ms;
}

export interface LifeRow {
  new: number;
  returning: number;
  resurrected: number;
  dormant: number | null;
  dormant_pool: number;
}

/** Lifecycle by asking every person about every period. */
export function lifecycle(
  visits: Visit[],
  grain: Grain,
  zone: string,
  since: string,
  until: string,
  asOf: number,
): Map<string, LifeRow> {
  const seen = new Map<string, Set<number>>();
  const of = (ms: number): number => periodOf(localDay(ms, zone), grain);
  for (const v of visits) seen.set(v.person, (seen.get(v.person) ?? new Set()).add(of(v.start)));
  const rows = new Map<string, LifeRow>();
  const last = Math.min(periodOf(Date.parse(`${until}T00:00:00Z`) / DAY, grain), of(asOf));
  for (let p = periodOf(Date.parse(`${since}T00:00:00Z`) / DAY, grain); p <= last; p++) {
    const row: LifeRow = { new: 0, returning: 0, resurrected: 0, dormant: 0, dormant_pool: 0 };
    let dormant = 0;
    for (const periods of seen.values()) {
      const first = Math.min(...periods);
      if (periods.has(p) && first === p) row.new++;
      else if (periods.has(p) && periods.has(p - 1)) row.returning++;
      else if (periods.has(p)) row.resurrected++;
      if (periods.has(p - 1) && !periods.has(p)) dormant++;
      if (first < p && !periods.has(p - 1)) row.dormant_pool++;
    }
    row.dormant = p < of(asOf) ? dormant : null;
    rows.set(firstDay(p, grain), row);
  }
  return rows;
}
