import type { Event } from '../contract/event.ts';
import { eventLike } from './blank.ts';
import { billOf, refundOf } from './goods.ts';
import { type Errand, type Life, messageId } from './life.ts';
import type { Person } from './people.ts';
import { SHOP } from './shop.ts';
import { eventOn } from './visit.ts';

/** The events of one errand, in the order of their times; at least one. */
export function errandEvents(life: Life, number: number): Event[] {
  const errand = life.errands[number];
  if (errand === undefined) throw new Error(`person ${life.person.index} has no errand ${number}`);
  const key = `${life.person.id}e${number.toString(36)}`;
  const base = eventOn(life, errand.device);
  base.platform = 'server';
  base.user_agent = '';
  base.device = '';
  base.browser = '';
  base.os = '';
  base.user_id = errand.signedIn ? life.account : null;
  const events: Event[] = [];
  const emit = (name: string, afterMs: number): Event => {
    const event = eventLike(base);
    event.event_id = `${key}.${events.length}`;
    event.event_name = name;
    event.event_time = errand.at + afterMs;
    events.push(event);
    return event;
  };
  if (errand.order >= 0) aboutOrder(life, errand, emit);
  else aboutPerson(errand, life.person, emit);
  return events;
}

type Emit = (name: string, afterMs: number) => Event;

function aboutOrder(life: Life, errand: Errand, emit: Emit): void {
  const order = life.orders[errand.order];
  if (order === undefined) throw new Error(`person ${life.person.index} has no order ${errand.order}`);
  const bill = billOf(life, order);
  const event = emit(errand.what, 0);
  event.transaction_id = bill.transaction;
  const carrier = SHOP.carriers[life.person.country.carrier];
  if (errand.what === 'ship' || errand.what === 'deliver') {
    event.params = { carrier: carrier?.id ?? '' };
    event.metrics = { promised_hours: carrier?.promisedHours ?? 0 };
  } else if (errand.what === 'refund') {
    const { value, items } = refundOf(bill, order.refund === 'part');
    event.currency = bill.currency;
    event.value = value;
    event.items = items;
    event.params = { reason: order.complaint ? 'damaged' : order.late ? 'too_late' : 'does_not_fit' };
  } else if (errand.what === 'support_reply') {
    event.params = {
      case_id: `C-${bill.transaction}`,
      handled_by: order.number % SHOP.after.botAnswers === 0 ? 'bot' : 'human',
    };
  } else {
    event.params = { case_id: `C-${bill.transaction}` };
  }
}

function aboutPerson(errand: Errand, person: Person, emit: Emit): void {
  const { campaign, what } = errand;
  if (what === 'expire_points') {
    const event = emit(what, 0);
    event.points = errand.points;
    event.params = { reason: 'age' };
    return;
  }
  const coupon =
    campaign === 'welcome_series'
      ? SHOP.messages.welcome.coupon
      : campaign === 'winback_autumn'
        ? SHOP.messages.winback.coupon
        : '';
  if (what === 'coupon_expired') {
    const event = emit(what, 0);
    event.coupon = coupon;
    event.campaign = campaign;
    return;
  }
  const say = (name: string, afterMs: number) => {
    const event = emit(name, afterMs);
    event.source = 'newsletter';
    event.medium = 'email';
    event.campaign = campaign;
    event.params = { message_id: messageId(campaign, person, errand.at), channel: 'email' };
  };
  say(what, 0);
  if (what !== 'message_sent') return;
  if (coupon !== '') {
    const event = emit('coupon_issued', 200);
    event.coupon = coupon;
    event.campaign = campaign;
  }
  // A few addresses do not exist: the last digits of the time are as good as a die.
  if (Math.floor(errand.at / 1000) % 1000 < SHOP.messages.newsletter.delivered * 1000)
    say('message_delivered', 2_000);
}
