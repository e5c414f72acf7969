import type { Event } from '../../pipeline/contract/event.ts';
import { identitiesOf } from '../../pipeline/simulate/identities.ts';
import type { Life, Visit } from '../../pipeline/simulate/life.ts';
import type { Observer } from '../../pipeline/simulate/log.ts';
import type { Shop } from '../../pipeline/simulate/simulate.ts';
import { channelOfVisit } from '../../pipeline/simulate/visit.ts';

/** Persons at each step, by the channel of their first entry. */
export type PersonFunnel = Record<string, number[]>;

/**
 * Funnels of persons, from who made what: each first step opens an attempt, the next steps come in order and within
 *  the window, one event fills one step, the deepest attempt counts. Truth.json has funnels of sessions; those of persons depend on the question.
 */
export function createPersonFunnels(shop: Shop, names: readonly string[]) {
  const { end } = shop.calendar;
  /** What a visit has of the steps, and where it came from. */
  const told = new Map<string, { channel: string; events: { at: number; name: string; order: number }[] }>();
  const lives = new Set<Life>();
  const key = (life: Life, visit: Visit): string => `${life.person.id} ${visit.device} ${visit.at}`;
  const observer: Observer = {
    life: life => void (life.world === shop.world && lives.add(life)),
    visit(life: Life, visit: Visit, events: readonly Event[]) {
      const found = events.flatMap(event => {
        const order = names.indexOf(event.event_name);
        return order < 0 ? [] : [{ at: event.event_time, name: event.event_name, order }];
      });
      told.set(key(life, visit), { channel: channelOfVisit(life, visit), events: found });
    },
  };

  /** `steps` are among the names; of those, none comes in them before one that is named before it. */
  function count(steps: readonly string[], withinSeconds: number): PersonFunnel {
    const funnel: PersonFunnel = {};
    for (const life of lives) {
      for (const { visits } of identitiesOf(life, end)) {
        const events = visits
          .flatMap(visit => {
            const of = told.get(key(life, visit));
            return (of?.events ?? []).map(event => ({ ...event, channel: of?.channel ?? '' }));
          })
          .sort((a, b) => a.at - b.at || a.order - b.order);
        const first = events.find(event => event.name === steps[0]);
        if (first === undefined) continue;
        let deepest = 0;
        events.forEach((entry, i) => {
          if (entry.name !== steps[0]) return;
          let depth = 1;
          for (const event of events.slice(i + 1)) {
            if (event.name === steps[depth] && event.at <= entry.at + withinSeconds * 1000) depth++;
          }
          deepest = Math.max(deepest, depth);
        });
        funnel[first.channel] ??= steps.map(() => 0);
        const row = funnel[first.channel] ?? [];
        for (let step = 0; step < deepest; step++) row[step] = (row[step] ?? 0) + 1;
      }
    }
    return funnel;
  }
  return { observer, count };
}
