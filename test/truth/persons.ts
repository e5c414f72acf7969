import type { Event } from '../../pipeline/contract/event.ts';
import { identitiesOf, netOf } from '../../pipeline/simulate/identities.ts';
import type { Life, Visit } from '../../pipeline/simulate/life.ts';
import type { Observer } from '../../pipeline/simulate/log.ts';
import type { Shop } from '../../pipeline/simulate/simulate.ts';
import { localDay } from '../oracle/views/life.ts';
import type { Known } from '../oracle/views/state.ts';

/** One person as views see one, with all that they did within the period. */
export interface KnownPerson extends Known {
  sessions: number;
}

/** Persons of a shop's first site, from who made them: when they came, when they bought, and for how much. */
export function createPersons(shop: Shop) {
  const { end } = shop.calendar;
  const lives = new Set<Life>();
  const boughtAt = new Map<string, number>();
  const key = (life: Life, visit: Visit): string => `${life.person.id} ${visit.index}`;
  const observer: Observer = {
    life: life => void (life.world === shop.world && lives.add(life)),
    visit(life: Life, visit: Visit, events: readonly Event[]) {
      const purchase = events.find(event => event.event_name === 'purchase');
      if (purchase !== undefined && life.world === shop.world)
        boughtAt.set(key(life, visit), purchase.event_time);
    },
  };

  function all(): KnownPerson[] {
    const { timezone } = shop.world.site;
    const days = (times: readonly number[]): number[] =>
      [...new Set(times.map(time => localDay(time, timezone)))].toSorted((a, b) => a - b);
    return [...lives].flatMap(life =>
      identitiesOf(life, end).map(({ account, devices, visits }) => {
        const orders = visits
          .flatMap(visit => {
            const order = life.orders[visit.order];
            const at = boughtAt.get(key(life, visit));
            return order === undefined || at === undefined
              ? []
              : [{ at, day: localDay(at, timezone), net: netOf(life, order, at) }];
          })
          .toSorted((a, b) => a.at - b.at);
        return {
          person: account ? `u:${life.account}` : `v:${life.person.devices[devices[0] ?? 0]?.visitor}`,
          sessions: visits.length,
          activeDays: days(visits.map(visit => visit.at)),
          orderDays: days(orders.map(order => order.at)),
          orders,
        };
      }),
    );
  }
  return { observer, all };
}
