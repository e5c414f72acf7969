import type { EventSketch } from '../../support/load.ts';

/** An event of a random log: what the oracles read. Times are ms. */
export type Ev = EventSketch & {
  event_id: string;
  event_time: number;
  visitor_id: string;
  user_id: string | null;
};

export interface Visit {
  visitor: string;
  person: string;
  start: number;
  end: number;
  /** In order of (time, id). */
  events: Ev[];
}

const byTime = (a: Ev, b: Ev): number =>
  a.event_time - b.event_time || (a.event_id < b.event_id ? -1 : a.event_id > b.event_id ? 1 : 0);

/** Sessions with their persons, by the definitions alone: sort, split, look up. */
export function visitsOf(events: Ev[], gapMs = 1_800_000): Visit[] {
  const visits: Visit[] = [];
  for (const visitor of new Set(events.map(e => e.visitor_id))) {
    const own = events.filter(e => e.visitor_id === visitor).sort(byTime);
    const known = own.filter(e => e.user_id !== null).at(-1)?.user_id ?? null;
    let group: Ev[] = [];
    const close = (): void => {
      const first = group[0];
      const last = group.at(-1);
      if (first === undefined || last === undefined) return;
      const account = group.filter(e => e.user_id !== null).at(-1)?.user_id ?? known;
      const person = account === null ? `v:${visitor}` : `u:${account}`;
      visits.push({ visitor, person, start: first.event_time, end: last.event_time, events: group });
    };
    for (const e of own) {
      const last = group.at(-1);
      if (last !== undefined && e.event_time - last.event_time > gapMs) {
        close();
        group = [];
      }
      group.push(e);
    }
    close();
  }
  return visits;
}

/** Events by person, in order of (time, id). */
export function eventsByPerson(visits: Visit[]): Map<string, Ev[]> {
  const people = new Map<string, Ev[]>();
  for (const visit of visits)
    people.set(visit.person, [...(people.get(visit.person) ?? []), ...visit.events]);
  for (const events of people.values()) events.sort(byTime);
  return people;
}
