import type { EventInput } from '../../pipeline/contract/schema.ts';
import { wasSent } from '../../pipeline/simulate/identities.ts';
import type { Life } from '../../pipeline/simulate/life.ts';
import type { Shop } from '../../pipeline/simulate/simulate.ts';
import { eventsOf } from '../../pipeline/simulate/visit.ts';

/**
 * Of a shop's history only what says when its customers bought and who they are: every purchase, and of each browser the
 * event that first names the account. So a large shop is loaded in seconds, and views of orders answer as they would over
 * all of it. Refunds are left out: what an order is worth is then what the model draws.
 */
export function* customerEvents(
  shop: Shop,
  until: number,
  onCustomer: (life: Life) => void,
): Generator<EventInput, void, void> {
  for (const life of shop.lives(until)) {
    if (!life.person.consentAnalytics || life.orders.length === 0) continue;
    const named = new Set<number>();
    let bought = false;
    for (const visit of life.visits) {
      const names = visit.signIn !== 'no' && !named.has(visit.device);
      if (!wasSent(visit, until) || (visit.order < 0 && !names)) continue;
      const events = eventsOf(life, visit);
      const purchase = visit.order < 0 ? undefined : events.find(event => event.event_name === 'purchase');
      if (purchase !== undefined) {
        bought = true;
        yield purchase;
      }
      if (!names) continue;
      named.add(visit.device);
      const last = events.findLast(event => event.user_id !== null);
      if (last !== undefined && last !== purchase) yield last;
    }
    if (bought) onCustomer(life);
  }
}
