import { DAY_MS, localDay } from './calendar.ts';
import { billOf, refundOf } from './goods.ts';
import type { Life, Order, Visit } from './life.ts';
import { minorUnits } from './shop.ts';
import { rateOn } from './tables.ts';

/** A person as views see one: an account with its browsers, or a browser that never signed in. */
export interface Identity {
  /** It is the account; else one browser. */
  account: boolean;
  devices: readonly number[];
  /** Its visits that were sent, in order. */
  visits: readonly Visit[];
}

/** Did a visit begin to arrive within the period, and with the tracking working? */
export function wasSent(visit: Visit, end: number): boolean {
  return !visit.lost && (visit.syncedAt > 0 ? visit.syncedAt : visit.at) < end;
}

/** The persons that views make of one life, by what was sent of it. None if nothing may be kept. */
export function identitiesOf(life: Life, end: number): Identity[] {
  if (!life.person.consentAnalytics) return [];
  const sent = life.visits.filter(visit => wasSent(visit, end));
  const known = new Set<number>();
  for (const visit of sent) if (visit.signIn !== 'no') known.add(visit.device);
  for (const errand of life.errands) if (errand.signedIn && errand.at < end) known.add(errand.device);
  const account = sent.filter(visit => known.has(visit.device));
  const found: Identity[] =
    account.length === 0 ? [] : [{ account: true, devices: [...known], visits: account }];
  for (let device = 0; device < life.person.devices.length; device++) {
    if (known.has(device)) continue;
    const visits = sent.filter(visit => visit.device === device);
    if (visits.length > 0) found.push({ account: false, devices: [device], visits });
  }
  return found;
}

/** An order's net value in minor units of its site's currency at the rate of its day, refunds within the period off. */
export function netOf(life: Life, order: Order, at: number): number {
  const { world } = life;
  const { end, start } = world.calendar;
  const { timezone, currency } = world.site;
  const bill = billOf(life, order);
  const refund = life.errands.find(errand => errand.what === 'refund' && errand.order === order.number);
  const back = refund === undefined || refund.at >= end ? 0 : refundOf(bill, order.refund === 'part').value;
  const net = bill.value + back;
  if (bill.currency === currency) return net;
  const day = localDay(timezone, at) - Math.floor(start / DAY_MS);
  return halfToEven(
    (net * rateOn(world, day, bill.currency) * minorUnits(currency)) / minorUnits(bill.currency),
  );
}

/** As ClickHouse rounds: a half to the even neighbour. */
export function halfToEven(value: number): number {
  const down = Math.floor(value);
  if (value - down !== 0.5) return Math.round(value);
  return down % 2 === 0 ? down : down + 1;
}
