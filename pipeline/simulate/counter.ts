import type { Event } from '../contract/event.ts';
import type { BotReason } from './bots.ts';
import { DAY_MS, isoDay, localDay, type ScheduledExperiment } from './calendar.ts';
import {
  acquiredIn,
  type CouponCounts,
  type CustomerCounts,
  entry,
  type MessageCounts,
  type MoneyCounts,
  noArm,
  noCounts,
  noFunnel,
  type ReferralCounts,
  type TruthCounts,
} from './counts.ts';
import type { SimulatedRecord } from './damage.ts';
import { createExposures } from './exposures.ts';
import { billOf, refundOf } from './goods.ts';
import { identitiesOf, netOf, wasSent } from './identities.ts';
import { type Errand, type Life, lifeOf, messageId, type Visit, variationOf, type World } from './life.ts';
import type { Observer } from './log.ts';
import { mailingDays } from './tables.ts';
import { channelOfVisit } from './visit.ts';

export interface Counter extends Required<Observer> {
  record(record: SimulatedRecord): void;
  counts(): TruthCounts;
}

const STEPS = ['view_item', 'add_to_cart', 'begin_checkout', 'add_payment_info', 'purchase'] as const;
const INVITATIONS = ['invite', 'open_group_buy', 'sign_up', 'join_group_buy'];
const INVITE_DAYS = 14;
const AGAIN_DAYS = 14;

/** Of one site. */
export function createCounter(world: World): Counter {
  const { calendar } = world;
  const { timezone } = world.site;
  const { end } = calendar;
  const dayOf = (time: number): number => localDay(timezone, time);
  /** Names of days, which are few, and asked for at every visit. */
  const names = new Map<number, string>();
  const nameOf = (day: number): string => {
    let name = names.get(day);
    if (name === undefined) {
      name = isoDay(day * DAY_MS);
      names.set(day, name);
    }
    return name;
  };
  const months = new Map<number, string>();
  const monthOf = (time: number): string => {
    const day = dayOf(time);
    let month = months.get(day);
    if (month === undefined) {
      month = nameOf(day).slice(0, 7);
      months.set(day, month);
    }
    return month;
  };
  const counts = noCounts();
  /** Numbers of people who are in an arm of a campaign. */
  const chosen: number[] = [];
  const exposures = createExposures(world.births.first(calendar.days));
  /** When people bought, by person and number of the visit. */
  const bought = new Map<number, Map<number, number>>();
  const invitations = new Map<string, { at: number; kind: 'invite' | 'group_buy' }>();
  const joined: { code: string; at: number }[] = [];
  const referralsOf = (time: number): ReferralCounts =>
    entry(counts.referrals, monthOf(time), () => ({
      accounts: 0,
      invite: { sent: 0, accepted: 0 },
      group_buy: { sent: 0, accepted: 0 },
      share: { sent: 0, accepted: 0, orders: 0 },
    }));
  function life(life: Life): void {
    for (const visit of life.visits) {
      if (visit.at >= end) break;
      if (visit.lost) {
        counts.lost.visits++;
        if (visit.order >= 0) counts.lost.orders++;
      }
      if (visit.refused) counts.refusedOrders++;
    }
    for (const { account, visits } of identitiesOf(life, end)) {
      counts.people++;
      counts.visitors += new Set(visits.map(visit => visit.device)).size;
      const came = visits[0];
      if (came !== undefined) acquiredIn(counts, monthOf(came.at), channelOfVisit(life, came)).people++;
      let counted = '';
      for (const visit of account ? visits : []) {
        // In order, so a month comes once.
        const month = monthOf(visit.at);
        if (month !== counted) referralsOf(visit.at).accounts++;
        counted = month;
      }
      const days = new Set(visits.map(visit => dayOf(visit.at)));
      const first = Math.min(...days);
      const cohort = entry(counts.retention, nameOf(first), () => ({
        people: 0,
        d1: 0,
        d7: 0,
        d30: 0,
      }));
      cohort.people++;
      if (days.has(first + 1)) cohort.d1++;
      if (days.has(first + 7)) cohort.d7++;
      if (days.has(first + 30)) cohort.d30++;
    }
    if (!life.person.consentAnalytics) return;
    countOpened(life);
    if (life.arms.some(({ at }) => at < end)) chosen.push(life.person.index);
  }

  function visit(life: Life, made: Visit, events: readonly Event[]): void {
    const { person } = life;
    if (!person.consentAnalytics) return;
    const names = new Set<string>();
    for (const event of events) {
      names.add(event.event_name);
      tallies.get(event.event_name)?.(event);
      if (event.experiment_id !== '') exposures.add(person.index, made.device, event.experiment_id);
      if (event.group_id !== '') invitation(event);
    }
    const steps = STEPS.filter(step => names.has(step));
    if (made.index === 0 && life.link !== '') {
      const { share } = referralsOf(made.at);
      share.accepted++;
      if (made.order >= 0) share.orders++;
    }
    const rows = [
      counts.total,
      entry(counts.channels, channelOfVisit(life, made), noFunnel),
      entry(counts.devices, person.devices[made.device]?.name ?? '', noFunnel),
      entry(counts.countries, person.country.code, noFunnel),
      entry(counts.days, nameOf(dayOf(made.at)), noFunnel),
    ];
    for (const row of rows) {
      row.sessions++;
      for (const step of steps) row[step]++;
    }
    const order = life.orders[made.order];
    if (order === undefined) return;
    if (order.store !== '') counts.stores[order.store] = (counts.stores[order.store] ?? 0) + 1;
    const at = events.find(event => event.event_name === 'purchase')?.event_time ?? made.at;
    const own = bought.get(person.index);
    if (own === undefined) bought.set(person.index, new Map([[made.index, at]]));
    else own.set(made.index, at);
    const bill = billOf(life, order);
    const money = moneyOf(bill.currency);
    money.orders++;
    money.gross += bill.value;
    money.tax += bill.tax;
    money.shipping += bill.shipping;
    money.discount += bill.discount;
  }

  const messagesOf = (campaign: string, consentsToAds: boolean): MessageCounts =>
    entry(counts.messages, keptCampaign(campaign, consentsToAds), () => ({
      sent: 0,
      delivered: 0,
      opened: 0,
      clicked: 0,
      unsubscribed: 0,
    }));
  const couponOf = (coupon: string): CouponCounts =>
    entry(counts.coupons, coupon, () => ({ issued: 0, claimed: 0, expired: 0, orders: 0 }));

  /** What is counted by the event alone, by its name. */
  const tallies = new Map<string, (event: Event) => void>(
    Object.entries({
      message_sent({ campaign, consent_ads }: Event) {
        messagesOf(campaign, consent_ads).sent++;
      },
      message_delivered({ campaign, consent_ads }: Event) {
        messagesOf(campaign, consent_ads).delivered++;
      },
      message_unsubscribed({ campaign, consent_ads }: Event) {
        messagesOf(campaign, consent_ads).unsubscribed++;
      },
      coupon_issued({ coupon }: Event) {
        couponOf(coupon).issued++;
      },
      coupon_claimed({ coupon }: Event) {
        couponOf(coupon).claimed++;
      },
      coupon_expired({ coupon }: Event) {
        couponOf(coupon).expired++;
      },
      purchase({ coupon }: Event) {
        if (coupon !== '') couponOf(coupon).orders++;
      },
      earn_points({ points }: Event) {
        counts.points.earned += points;
      },
      redeem_points({ points }: Event) {
        counts.points.redeemed += points;
      },
      expire_points({ points }: Event) {
        counts.points.expired += points;
      },
      review({ score }: Event) {
        counts.voice.reviews++;
        counts.voice.stars += score ?? 0;
      },
      complaint() {
        counts.voice.complaints++;
      },
      support_contact({ params: { channel = '' } }: Event) {
        counts.support[channel] = (counts.support[channel] ?? 0) + 1;
      },
      share({ event_time }: Event) {
        referralsOf(event_time).share.sent++;
      },
    }),
  );

  /** One message may be opened twice: by itself, and by the visit that follows it. */
  function countOpened(life: Life): void {
    const opened = new Map<string, string>();
    const clicked = new Map<string, string>();
    for (const visit of life.visits) {
      if (visit.message === '' || !wasSent(visit, end)) continue;
      const id = messageId(visit.message, life.person, visit.at);
      opened.set(id, visit.message);
      clicked.set(id, visit.message);
    }
    for (const { what, campaign, at } of life.errands)
      if (what === 'message_opened' && at < end) opened.set(messageId(campaign, life.person, at), campaign);
    const { consentAds } = life.person;
    for (const campaign of opened.values()) messagesOf(campaign, consentAds).opened++;
    for (const campaign of clicked.values()) messagesOf(campaign, consentAds).clicked++;
  }

  function moneyOf(currency: string): MoneyCounts {
    return entry(counts.currencies, currency, () => ({
      orders: 0,
      gross: 0,
      tax: 0,
      shipping: 0,
      discount: 0,
      refunded: 0,
      refunds: 0,
      unmatchedRefunds: 0,
    }));
  }

  function errand(life: Life, made: Errand, events: readonly Event[]): void {
    if (life.person.consentAnalytics) for (const event of events) tallies.get(event.event_name)?.(event);
    const order = life.orders[made.order];
    if (made.what !== 'refund' || order === undefined || !life.person.consentAnalytics) return;
    const bill = billOf(life, order);
    const money = moneyOf(bill.currency);
    const bought = life.visits.find(visit => visit.order === order.number);
    if (bought === undefined || !wasSent(bought, end)) {
      money.unmatchedRefunds++;
    } else {
      money.refunds++;
      money.refunded += refundOf(bill, order.refund === 'part').value;
    }
  }

  function bot(reason: BotReason, events: readonly Event[]): void {
    const row = entry(counts.bots, reason, () => ({ sessions: 0, events: 0 }));
    row.sessions++;
    row.events += events.length;
  }

  function invitation({ event_name, event_time, group_id }: Event): void {
    if (!INVITATIONS.includes(event_name)) return;
    if (event_name === 'sign_up' || event_name === 'join_group_buy') {
      joined.push({ code: group_id, at: event_time });
      return;
    }
    const kind = event_name === 'invite' ? 'invite' : 'group_buy';
    invitations.set(group_id, { at: event_time, kind });
    referralsOf(event_time)[kind].sent++;
  }

  function countReferrals(): void {
    for (const month of Object.values(counts.referrals)) {
      month.invite.accepted = 0;
      month.group_buy.accepted = 0;
    }
    for (const { code, at } of joined) {
      const invite = invitations.get(code);
      if (invite === undefined) continue;
      const late = invite.kind === 'invite' && at > invite.at + INVITE_DAYS * DAY_MS;
      if (!late) referralsOf(invite.at)[invite.kind].accepted++;
    }
  }

  function countCustomers(): void {
    counts.customers = {};
    counts.repeaters = { people: 0, alive: 0 };
    for (const channels of Object.values(counts.acquired))
      for (const acquired of Object.values(channels)) acquired.customers = 0;
    for (const index of bought.keys()) {
      const known = lifeOf(world, index);
      for (const { visits } of identitiesOf(known, end)) {
        const orders = visits
          .flatMap(visit => {
            const order = known.orders[visit.order];
            return order === undefined ? [] : [{ visit, order, at: timeOfOrder(index, visit) }];
          })
          .sort((a, b) => a.at - b.at);
        const [first, second] = orders;
        const came = visits[0];
        if (first === undefined || came === undefined) continue;
        const month = monthOf(first.at);
        acquiredIn(counts, month, channelOfVisit(known, came)).customers++;
        const row = entry(
          entry(counts.customers, month, () => ({})),
          channelOfVisit(known, first.visit),
          (): CustomerCounts => ({ customers: 0, again14: 0, orders: [], revenue: [] }),
        );
        row.customers++;
        if (second !== undefined && second.at <= first.at + AGAIN_DAYS * DAY_MS) row.again14++;
        for (const { order, at } of orders) {
          const age = monthNumber(monthOf(at)) - monthNumber(month);
          while (row.orders.length <= age) {
            row.orders.push(0);
            row.revenue.push(0);
          }
          row.orders[age] = (row.orders[age] ?? 0) + 1;
          row.revenue[age] = (row.revenue[age] ?? 0) + netOf(known, order, at);
        }
        if (new Set(orders.map(({ at }) => dayOf(at))).size < 2) continue;
        counts.repeaters.people++;
        const last = known.orders[known.stoppedAfter];
        if (last === undefined || last.at >= end) counts.repeaters.alive++;
      }
    }
  }

  /** Of the accounts that were chosen: their sessions and orders on the days of the plan. */
  function countCampaigns(): void {
    counts.campaigns = {};
    for (const index of chosen) {
      const known = lifeOf(world, index);
      const account = identitiesOf(known, end).find(identity => identity.account);
      for (const { campaign, arm, at } of known.arms) {
        if (at >= end) continue;
        const of = entry(counts.campaigns, campaign, () => ({ treated: noArm(), held_out: noArm() }))[arm];
        of.people++;
        const days = mailingDays(calendar, campaign);
        const from = Math.floor(days.from / DAY_MS);
        const until = Math.floor(Math.min(days.until, end) / DAY_MS);
        const during = (time: number): boolean => dayOf(time) >= from && dayOf(time) < until;
        const visits = account?.visits ?? [];
        const orders = visits.flatMap(visit => {
          const order = known.orders[visit.order];
          return order === undefined ? [] : [{ order, at: timeOfOrder(index, visit) }];
        });
        const returned = visits.some(visit => during(visit.at));
        const customer = orders.some(order => order.at <= at);
        const bought = orders.filter(order => during(order.at));
        const revenue = bought.reduce((sum, one) => sum + netOf(known, one.order, one.at), 0);
        if (returned) of.returned++;
        if (bought.length > 0) of.ordered++;
        of.revenue += revenue;
        of.revenueSquares += revenue ** 2;
        if (customer) of.customers++;
        if (customer && returned) of.customersReturned++;
      }
    }
  }

  function timeOfOrder(index: number, visit: Visit): number {
    return bought.get(index)?.get(visit.index) ?? visit.at;
  }

  function countExperiments(): void {
    for (const experiment of calendar.experiments) {
      const arms = Object.fromEntries(experiment.variations.map(name => [name, { people: 0, converted: 0 }]));
      counts.experiments[experiment.id] = arms;
    }
    const count = (experiment: ScheduledExperiment, index: number, converted: boolean): void => {
      const variation = variationOf(world, experiment.index, index);
      const arm = counts.experiments[experiment.id]?.[experiment.variations[variation] ?? ''];
      if (arm === undefined) return;
      arm.people++;
      if (converted) arm.converted++;
    };
    const each = (index: number): void => {
      // Of most one browser saw it, and they never bought: their lives need not be planned again.
      if (!bought.has(index) && exposures.onOneDevice(index)) {
        for (const experiment of calendar.experiments)
          if (exposures.has(index, 0, experiment.id) || exposures.has(index, 1, experiment.id))
            count(experiment, index, false);
        return;
      }
      const known = lifeOf(world, index);
      for (const { devices, visits } of identitiesOf(known, end)) {
        for (const experiment of calendar.experiments) {
          if (!devices.some(device => exposures.has(index, device, experiment.id))) continue;
          count(
            experiment,
            index,
            visits.some(visit => visit.order >= 0 && visit.at < experiment.ends),
          );
        }
      }
    };
    exposures.everyone(each);
  }

  return {
    life,
    visit,
    errand,
    bot,
    record({ fate, event }) {
      counts.records++;
      if (fate === 'accepted') {
        counts.accepted++;
        if (event !== null) counts.events[event.event_name] = (counts.events[event.event_name] ?? 0) + 1;
      } else if (fate === 'duplicate') counts.duplicate++;
      else if (fate === 'unconsented') counts.unconsented++;
      else counts.rejected[fate] = (counts.rejected[fate] ?? 0) + 1;
    },
    counts() {
      countExperiments();
      countReferrals();
      countCustomers();
      countCampaigns();
      return counts;
    },
  };
}

/** Where ads are refused no campaign is kept. */
function keptCampaign(campaign: string, consentsToAds: boolean): string {
  return consentsToAds ? campaign : '';
}

/** Months since the year 0, of YYYY-MM. */
function monthNumber(month: string): number {
  return Number(month.slice(0, 4)) * 12 + Number(month.slice(5, 7));
}
