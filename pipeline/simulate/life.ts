import { type Births, type Calendar, DAY_MS, HOUR_MS, type Span, WEEK_MS, weekdayOf } from './calendar.ts';
import type { SourceFacts } from './parameters/sources.ts';
import {
  FIRST_OF_SHARES,
  type Invitation,
  invitationOf,
  invitedIndex,
  inviterOf,
  isInvited,
  type Person,
  personOf,
  SHARES_MAX,
  timeOfDay,
} from './people.ts';
import {
  beta,
  exponential,
  gamma,
  logNormal,
  normal,
  type Picker,
  PURPOSE,
  picker,
  type Seed,
  share,
  stream,
  whole,
} from './random.ts';
import { SHOP, type SiteFacts } from './shop.ts';

/** How far a visit goes; each includes what is before it. */
export const DEPTH = {
  bounce: 0,
  browse: 1,
  product: 2,
  cart: 3,
  checkout: 4,
  payment: 5,
  order: 6,
} as const;

/** How a visit is signed in: not, from its first event, or by an event of its own. */
export type SignIn = 'no' | 'in' | 'signs_in' | 'signs_up';

export interface Order {
  number: number;
  at: number;
  /** Where it was placed. */
  device: number;
  /** Net value wished for, EUR: the basket comes as near as the prices let it. */
  euros: number;
  coupon: string;
  /** Share taken off the list prices. */
  discount: number;
  points: number;
  redeems: number;
  late: boolean;
  shipAt: number;
  deliverAt: number;
  complaint: boolean;
  refund: 'no' | 'whole' | 'part';
  refundAt: number;
  /** Placed because of a message, outside BG/NBD. */
  prompted: boolean;
  /** Invites friends, or opens a group buy. */
  invites: boolean;
  opensGroup: boolean;
  /** The shop at whose till it was bought; '' online. */
  store: string;
}

export interface Voice {
  what: 'review' | 'survey' | 'complaint';
  order: number;
  score: number;
  survey: 'nps' | 'csat' | 'ces';
}

export interface Visit {
  index: number;
  /** Its first event's time, ms UTC. */
  at: number;
  device: number;
  source: number;
  campaign: number;
  depth: number;
  /** Largest contentful paint of its first page, ms. */
  lcpMs: number;
  /** Number of the order it ends with, or −1. */
  order: number;
  /** A first order that the broken payment page refused. */
  refused: boolean;
  signIn: SignIn;
  /** No order before this visit: experiments run on these. */
  prospect: boolean;
  /** Follows a message. */
  message: '' | 'newsletter' | 'welcome_series' | 'winback_autumn';
  coupon: string;
  voice: Voice | null;
  /** When the app sent it all together, having been offline; 0: at once. */
  syncedAt: number;
  /** The link of its product is shared. */
  shares: boolean;
  /** Never sent: the tracking was broken. */
  lost: boolean;
  /** Ms from its first event to the second sending of its last one; 0: none. */
  echoAfter: number;
}

/** Something that the shop's back end says, outside visits. */
export interface Errand {
  at: number;
  what:
    | 'ship'
    | 'deliver'
    | 'refund'
    | 'survey_sent'
    | 'support_reply'
    | 'support_resolved'
    | 'message_sent'
    | 'message_opened'
    | 'message_unsubscribed'
    | 'coupon_expired'
    | 'expire_points';
  order: number;
  device: number;
  signedIn: boolean;
  campaign: string;
  points: number;
}

/** Someone's part in a campaign with held-out people. */
export interface Arm {
  campaign: 'welcome_series' | 'winback_autumn';
  arm: 'treated' | 'held_out';
  at: number;
}

/** Somebody who comes because of another: the number, the first visit, and the shared link that it came by, or ''. */
export interface Newcomer {
  index: number;
  at: number;
  link: string;
}

export interface Life {
  world: World;
  person: Person;
  visits: readonly Visit[];
  orders: readonly Order[];
  errands: readonly Errand[];
  arms: readonly Arm[];
  /** Those who come because of this person. */
  invited: readonly Newcomer[];
  /** The shared link by which the first visit came, or ''. */
  link: string;
  /** Of customers: rate of orders a week, and the chance to stop after each. */
  rate: number;
  stopping: number;
  /** Number of the order after which a customer stopped, by BG/NBD; −1: never did. */
  stoppedAfter: number;
  account: string;
}

/** One site of a simulation: with its number a person's whole life is known. */
export interface World {
  site: SiteFacts;
  seed: Seed;
  calendar: Calendar;
  births: Births;
}

const SOURCES: readonly SourceFacts[] = SHOP.sources;
export const sourceIndex = (id: string): number => SOURCES.findIndex(source => source.id === id);
export const NEWSLETTER = sourceIndex('newsletter');
export const PUSH = sourceIndex('push');
export const INVITATION = sourceIndex('invitation');
export const SHARED_LINK = sourceIndex('shared_link');
export const DIRECT = sourceIndex('direct');
const campaignPickers: readonly (Picker | null)[] = SOURCES.map(({ campaigns }) =>
  campaigns.length < 2 ? null : picker(campaigns.map(campaign => campaign.share)),
);

const mixes = {
  west: { first: mixOf('west', 'first'), again: mixOf('west', 'again') },
  china: { first: mixOf('china', 'first'), again: mixOf('china', 'again') },
};

/** Draws a source of one region. */
function mixOf(region: 'west' | 'china', when: 'first' | 'again'): Picker {
  return picker(SOURCES.map(facts => (facts.region === region || facts.region === 'both' ? facts[when] : 0)));
}

/** The share of a region's first visits that a source brings. */
export function firstShare(region: 'west' | 'china', source: number): number {
  return mixes[region].first.shares[source] ?? 0;
}

const depths = (which: 0 | 1): Picker => picker(Object.values(SHOP.depth).map(weights => weights[which]));
const firstDepth = depths(0);
const laterDepth = depths(1);

/** The shortest time between the starts of two visits of one person, and the longest visit: sessions can never touch. */
export const VISIT_APART_MS = 4 * HOUR_MS;
export const VISIT_MAX_MS = 75 * 60_000;
/** The back end keeps further than a session's gap from every visit. */
const AWAY_MS = SHOP.sessionGapSeconds * 1000 + 5 * 60_000;

/** People are chosen for a mailing the evening before, so that the choice cannot follow what they do on its first day. */
const CHOSEN_BEFORE_MS = 12 * HOUR_MS;

function inside(span: Span, time: number): boolean {
  return time >= span.from && time < span.until;
}

/** Tuesday 2024-01-02, 09:00 UTC: newsletters go out then and every fortnight from there. */
const FIRST_ISSUE = Date.UTC(2024, 0, 2, 9);
const ISSUE_EVERY_MS = SHOP.messages.newsletter.everyDays * DAY_MS;

/** The id of a message to a person: of newsletters one for each issue, told by when it is sent or answered. */
export function messageId(campaign: string, person: Person, at: number): string {
  const issue = campaign === 'newsletter' ? Math.floor((at - FIRST_ISSUE) / ISSUE_EVERY_MS) : 0;
  return `${campaign}-${issue}-${person.id}`;
}

/** The variation that a person is in: 0 for the control. */
export function variationOf(world: World, experiment: number, person: number): number {
  const weights = SHOP.experiments[experiment]?.weights ?? [1];
  let left = share(world.seed, PURPOSE.assignment, person, experiment);
  for (let i = 0; i < weights.length; i++) {
    left -= weights[i] ?? 0;
    if (left < 0) return i;
  }
  return weights.length - 1;
}

/** Everything that a person ever does, but for what is inside the visits: a pure function of the seed and the number. */
export function lifeOf(world: World, index: number): Life {
  return isInvited(index) ? invitedLife(world, index) : createLife(world, index, 0, '', null);
}

function invitedLife(world: World, index: number): Life {
  const inviter = createLife(world, inviterOf(index), 0, '', null);
  const invited = inviter.invited.find(one => one.index === index);
  if (invited === undefined) throw new Error(`nobody invited person ${index}`);
  return createLife(world, index, invited.at, invited.link, invitationOf(index));
}

/** The id of a visit within the site: who, and which. */
export function visitKey(person: Person, visit: Visit): string {
  return `${person.id}v${visit.index.toString(36)}`;
}

/** What the link has that is shared in a visit: share_id. */
export function shareId(person: Person, visit: Visit): string {
  return `s-${visitKey(person, visit)}`;
}

function createLife(
  world: World,
  index: number,
  invitedAt: number,
  link: string,
  how: Invitation | null,
): Life {
  const { seed, calendar } = world;
  const person = personOf(world, index, invitedAt);
  const random = stream(seed, PURPOSE.life, index, 0);
  const end = person.birth + SHOP.lifeDays * DAY_MS;
  const visits: Visit[] = [];
  const orders: Order[] = [];
  const arms: Arm[] = [];
  const errands: Errand[] = [];
  const rates = { rate: 0, stopping: 0, stoppedAfter: -1 };
  const browsers = person.card < 0 ? person.devices.length : person.card;
  const life = { account: '', signedUpAt: 0, signedUpOn: 0 };

  let knownValueRate = 0;
  // Methods, not functions with names of their own: the loader would set each name anew for every life.
  const {
    prospect,
    firstSource,
    firstOrderChance,
    depthOf,
    customer,
    browse,
    onSomeHour,
    winback,
    settle,
    talk,
    answer,
    newsletters,
    daysAfter,
    graded,
    grade,
    backEnd,
    afterOrder,
    newcomers,
    visit,
    againSource,
    order,
    valueRate,
    signUp,
  } = {
    visit(at: number, source: number): Visit {
      const device = browsers > 1 && visits.length > 0 && random() < SHOP.devices.secondUse ? 1 : 0;
      const name = person.devices[device]?.name || 'mobile';
      const median = SHOP.devices.lcpSeconds[name] * person.country.slowness;
      const made: Visit = {
        index: 0,
        at,
        device,
        source,
        campaign: campaignPickers[source]?.(random) ?? 0,
        depth: 0,
        lcpMs: Math.round(1000 * Math.min(15, logNormal(random, median, SHOP.devices.lcpSigma))),
        order: -1,
        refused: false,
        signIn: 'no',
        prospect: orders.length === 0,
        message: '',
        coupon: '',
        voice: null,
        shares: false,
        syncedAt: 0,
        lost: false,
        echoAfter: 0,
      };
      visits.push(made);
      return made;
    },
    againSource(): number {
      const picked = mixes[person.country.sources].again(random);
      const app = person.devices[0]?.platform;
      // An app is opened, or it calls.
      return app === 'ios' || app === 'android' ? (random() < SHOP.devices.pushed ? PUSH : DIRECT) : picked;
    },

    order(made: Visit, prompted: boolean): Order {
      const { after, loyalty, shipping, transitFixed: fixed } = SHOP;
      const carrier = SHOP.carriers[person.country.carrier] as (typeof SHOP.carriers)[number];
      const late = random() < carrier.lateRate;
      const complaint = random() < (late ? after.complaintLate : after.complaintOnTime);
      const euros = Math.max(SHOP.orderLeast, gamma(random, SHOP.gammaGamma.p) / valueRate());
      const transit =
        shipping.transitHours * HOUR_MS +
        carrier.transitHours * HOUR_MS * (fixed + (1 - fixed) * exponential(random));
      const promised = made.at + carrier.promisedHours * HOUR_MS;
      const packed =
        made.at + shipping.packHours * HOUR_MS + exponential(random) * carrier.shipHours * HOUR_MS;
      const shipAt = Math.min(packed, promised - DAY_MS);
      const usual = Math.min(shipAt + transit, promised);
      const deliverAt = late
        ? Math.max(
            shipAt + transit,
            promised + DAY_MS * (shipping.lateDays[0] + shipping.lateDays[1] * random()),
          )
        : usual;
      const refund = random() < after.refund * (complaint ? after.refundComplaint : 1);
      // Drawn all the same, so that complaints come at the rate by which stopping is shared out.
      const store = made.device === person.card ? (SHOP.stores.cities[person.city] ?? '') : '';
      const sale = calendar.saleAt(made.at);
      const coupon = made.coupon;
      const couponOff =
        coupon === SHOP.messages.welcome.coupon
          ? SHOP.messages.welcome.discount
          : coupon === SHOP.messages.winback.coupon
            ? SHOP.messages.winback.discount
            : 0;
      const placed: Order = {
        number: orders.length,
        at: made.at,
        device: made.device,
        euros,
        coupon: coupon === '' && sale > 0 ? 'SALE' : coupon,
        discount: Math.max(couponOff, sale),
        points: Math.floor(euros * loyalty.pointsAnEuro),
        redeems: 0,
        late: late && store === '',
        shipAt: Math.round(store === '' ? shipAt : made.at),
        deliverAt: Math.round(store === '' ? deliverAt : made.at + 60_000),
        complaint,
        refund: refund ? (random() < after.refundPartial ? 'part' : 'whole') : 'no',
        refundAt: Math.round((store === '' ? deliverAt : made.at) + DAY_MS * daysAfter(after.refundDays)),
        prompted,
        invites: false,
        opensGroup: false,
        store,
      };
      made.order = placed.number;
      made.depth = DEPTH.order;
      orders.push(placed);
      if (orders.length === 1 && how === null) {
        placed.invites = random() < SHOP.invitations.invites;
        placed.opensGroup =
          !placed.invites && person.country.code === 'CN' && random() < SHOP.invitations.groupBuys;
      }
      if (orders.length === 1 && life.account === '' && random() < SHOP.accounts.signUpAtOrder) signUp(made);
      return placed;
    },
    valueRate(): number {
      if (knownValueRate === 0) knownValueRate = gamma(random, SHOP.gammaGamma.q) / SHOP.gammaGamma.gamma;
      return knownValueRate;
    },
    signUp(made: Visit): void {
      made.signIn = 'signs_up';
      life.account = `u${person.id}`;
      life.signedUpAt = made.at;
      life.signedUpOn = made.device;
    },

    /** Until the first order, or for ever. */
    prospect(): void {
      const { comingAgain, messages, accounts } = SHOP;
      let at = person.birth;
      let welcomeAt = 0;
      const chosenAt = calendar.welcome - CHOSEN_BEFORE_MS;
      const mail = (device: number, sentAt: number): void => {
        const message = { order: -1, device, signedIn: true, campaign: 'welcome_series', points: 0 };
        errands.push({ at: sentAt, what: 'message_sent', ...message });
        if (random() < messages.welcome.visits) {
          welcomeAt = sentAt + 2 * HOUR_MS + Math.floor(exponential(random) * DAY_MS);
        } else {
          errands.push({
            at: sentAt + messages.welcome.couponDays * DAY_MS,
            what: 'coupon_expired',
            ...message,
          });
        }
      };
      for (let n = 0; at < end; n++) {
        const welcomed = welcomeAt > 0 && at === welcomeAt;
        const made = visit(at, welcomed ? NEWSLETTER : n === 0 ? firstSource() : againSource());
        if (welcomed) {
          made.message = 'welcome_series';
          made.campaign = 1;
          made.coupon = messages.welcome.coupon;
          welcomeAt = 0;
        }
        if (random() < (how === 'group' && n === 0 ? 1 : firstOrderChance(made, n))) {
          if (inside(calendar.paymentBroken, at) && random() < SHOP.payment.brokenLoses) {
            made.depth = DEPTH.payment;
            made.refused = true;
          } else {
            order(made, false);
            return;
          }
        } else {
          made.depth = depthOf(made, n);
        }
        const friend = how === 'friend' && n === 0;
        if (friend) made.depth = Math.max(made.depth, DEPTH.product);
        if (
          life.account === '' &&
          (friend
            ? random() < SHOP.invitations.signsUp
            : made.depth >= DEPTH.product && random() < accounts.signUp)
        ) {
          signUp(made);
          if (at >= chosenAt) mail(made.device, at + DAY_MS);
        }
        let next = Number.POSITIVE_INFINITY;
        if (random() < comingAgain.chance * comingAgain.factorAVisit ** n) {
          const days = logNormal(random, comingAgain.medianDays, comingAgain.sigma);
          next = onSomeHour(at + VISIT_APART_MS, at + days * DAY_MS);
        }
        // The last visit before the choice, and no order in it.
        if (life.account !== '' && at < chosenAt && next >= chosenAt) {
          const arm =
            share(seed, PURPOSE.assignment, index, 1000) < messages.welcome.heldOut ? 'held_out' : 'treated';
          arms.push({ campaign: 'welcome_series', arm, at: chosenAt });
          if (arm === 'treated') mail(life.signedUpOn, calendar.welcome);
        }
        if (welcomeAt > 0 && welcomeAt < next + VISIT_APART_MS) {
          welcomeAt = Math.max(welcomeAt, at + VISIT_APART_MS);
          next = welcomeAt;
        }
        if (next === Number.POSITIVE_INFINITY) return;
        at = next;
      }
    },

    firstSource(): number {
      if (how === null) return mixes[person.country.sources].first(random);
      return how === 'share' ? SHARED_LINK : INVITATION;
    },

    firstOrderChance(made: Visit, n: number): number {
      const { conversion } = SHOP;
      const facts = SOURCES[made.source] as SourceFacts;
      const device = person.devices[made.device];
      let chance = conversion.base * (conversion.visits[Math.min(n, conversion.visits.length - 1)] ?? 1);
      chance *= facts.conversion * (facts.campaigns[made.campaign]?.conversion ?? 1);
      chance *= conversion.device[device?.name || 'mobile'];
      if (device?.platform === 'ios' || device?.platform === 'android') chance *= conversion.app;
      chance *= SHOP.personas[person.persona]?.conversion ?? 1;
      chance *= conversion.lcpSecond ** (made.lcpMs / 1000 - 2);
      if (calendar.saleAt(made.at) > 0) chance *= conversion.sale;
      chance *= calendar.seasonAt(made.at);
      if (made.message === 'welcome_series') chance *= SHOP.messages.welcome.conversion;
      for (const experiment of calendar.experiments) {
        if (made.at < experiment.since || made.at >= experiment.ends) continue;
        chance *= experiment.effects[variationOf(world, experiment.index, index)] ?? 1;
      }
      return Math.min(conversion.max, chance);
    },

    /** How deep a visit without an order goes; slow pages send more away at once. */
    depthOf(made: Visit, n: number): number {
      const depth = (n === 0 ? firstDepth : laterDepth)(random);
      const seconds = made.lcpMs / 1000;
      return depth > DEPTH.bounce && random() < SHOP.timing.bounceASecond * (seconds - 2)
        ? DEPTH.bounce
        : depth;
    },

    /** Orders by BG/NBD from the first on, and the visits around them. */
    customer(): void {
      const { bgNbd, after, customers } = SHOP;
      const rate = gamma(random, bgNbd.r) / bgNbd.alpha;
      const stopping = beta(random, bgNbd.a, bgNbd.b);
      rates.rate = rate;
      rates.stopping = stopping;
      const carrier = SHOP.carriers[person.country.carrier] as (typeof SHOP.carriers)[number];
      const complaints =
        carrier.lateRate * after.complaintLate + (1 - carrier.lateRate) * after.complaintOnTime;
      const afterComplaint = Math.min(1, stopping * after.complaintChurn);
      const otherwise = (stopping - complaints * afterComplaint) / (1 - complaints);
      const visitRate = customers.visitsAWeek + customers.visitsAnOrder * rate;
      let at = orders[0]?.at ?? end;
      let last = orders[0] as Order;
      for (;;) {
        // Nobody stops after the first: BG/NBD has everybody alive at time 0.
        const stops = last !== orders[0] && random() < (last.complaint ? afterComplaint : otherwise);
        const next = stops ? end : at + Math.max(VISIT_APART_MS, (exponential(random) / rate) * WEEK_MS);
        browse(at, Math.min(next, end), stops ? customers.visitsAWeekAfter : visitRate);
        if (stops) rates.stoppedAfter = last.number;
        if (stops || next >= end) return;
        at = Math.round(next);
        // Who carries a card is known by it at the till, so from the account on.
        if (person.card >= 0 && life.account !== '' && random() < SHOP.stores.orders) {
          const made = visit(at, DIRECT);
          made.device = person.card;
          last = order(made, false);
          continue;
        }
        // Repeat orders find the payment page broken and come back a day later.
        if (inside(calendar.paymentBroken, at)) {
          visit(at, DIRECT).depth = DEPTH.payment;
          at += SHOP.payment.backAfterHours * HOUR_MS;
        }
        const mailed =
          life.account !== '' && person.subscribes && random() < SHOP.messages.newsletter.repeatOrders;
        const made = visit(at, mailed ? NEWSLETTER : againSource());
        if (mailed) made.message = 'newsletter';
        last = order(made, false);
      }
    },

    browse(from: number, until: number, aWeek: number): void {
      let at = from;
      for (;;) {
        at += (exponential(random) / aWeek) * WEEK_MS;
        if (at >= until) return;
        const made = visit(onSomeHour(from + VISIT_APART_MS, at), againSource());
        made.depth = depthOf(made, 1);
      }
    },

    /** Moves a time to an hour at which people shop, on its own day or the next if that were too early. */
    onSomeHour(earliest: number, at: number): number {
      const day = Math.floor(at / DAY_MS) * DAY_MS;
      const found = timeOfDay(random, person.zone, day);
      const { weekdays, busiest, putOffDays } = SHOP.rhythm;
      const weekend = weekdays[weekdayOf(day)] ?? 1;
      const later = random() > weekend / busiest ? DAY_MS * (1 + Math.floor(random() * putOffDays)) : 0;
      return Math.max(earliest, (found < earliest ? found + DAY_MS : found) + later);
    },

    winback(): void {
      const { messages } = SHOP;
      const chosenAt = calendar.winback - CHOSEN_BEFORE_MS;
      const before = orders.filter(placed => placed.at < chosenAt);
      const quietSince = before.at(-1)?.at;
      if (quietSince === undefined || life.account === '' || life.signedUpAt >= chosenAt) return;
      // A day more than the view must see, whatever the clocks do meanwhile.
      const quietDays = messages.winback.dormantTimes * calendar.dormantDays + 2;
      if (chosenAt - quietSince < quietDays * DAY_MS) return;
      const arm =
        share(seed, PURPOSE.assignment, index, 1001) < messages.winback.heldOut ? 'held_out' : 'treated';
      arms.push({ campaign: 'winback_autumn', arm, at: chosenAt });
      if (arm === 'held_out') return;
      const device = life.signedUpOn;
      errands.push({
        at: calendar.winback,
        what: 'message_sent',
        order: -1,
        device,
        signedIn: true,
        campaign: 'winback_autumn',
        points: 0,
      });
      if (random() >= messages.winback.visits) return;
      const made = visit(
        calendar.winback + 2 * HOUR_MS + Math.floor(random() * (messages.winback.withinDays - 1) * DAY_MS),
        NEWSLETTER,
      );
      made.message = 'winback_autumn';
      made.campaign = 2;
      made.coupon = messages.winback.coupon;
      made.prospect = false;
      if (random() < messages.winback.orders) order(made, true);
      else made.depth = depthOf(made, 1);
    },

    /** Visits in order and apart; says of each what depends on those before it. */
    settle(): Visit[] {
      if (visits.length > 1) visits.sort((a, b) => a.at - b.at);
      let free = 0;
      for (let i = 0; i < visits.length; i++) {
        const made = visits[i] as Visit;
        made.index = i;
        made.at = Math.round(Math.max(made.at, free));
        free = made.at + VISIT_APART_MS;
        const placed = orders[made.order];
        if (placed !== undefined) placed.at = made.at;
      }
      return visits;
    },

    /** What people say after an order: a visit each. */
    talk(): void {
      const { after } = SHOP;
      for (const placed of orders) {
        const bad = (placed.late ? after.lateStars : 0) + (placed.complaint ? after.complaintStars : 0);
        const say = (what: Voice['what'], days: number, score: number, survey: Voice['survey']) => {
          const made = visit(
            Math.round(placed.deliverAt + days * DAY_MS),
            what === 'survey' ? NEWSLETTER : DIRECT,
          );
          made.depth = DEPTH.browse;
          made.device = placed.store === '' ? placed.device : 0;
          made.prospect = false;
          made.voice = { what, order: placed.number, score, survey };
        };
        if (placed.complaint)
          say('complaint', after.complaintDays[0] + after.complaintDays[1] * random(), 0, 'nps');
        if (random() < after.review) {
          const days = daysAfter(after.reviewDays);
          say('review', days, graded(after.stars, bad, 1, 5), 'nps');
        }
        if (random() < after.surveyed) {
          errands.push({
            at: Math.round(placed.deliverAt + 2 * DAY_MS),
            what: 'survey_sent',
            order: placed.number,
            device: placed.device,
            signedIn: false,
            campaign: '',
            points: 0,
          });
          if (random() < after.surveyAnswered) {
            const [survey, score] = answer(bad);
            // Of a complaint they are asked when it has been answered.
            if (placed.complaint)
              say('survey', daysAfter(after.caseSurveyDays), grade(after.csat[0] - bad, 1, 5), 'csat');
            else say('survey', daysAfter(after.surveyDays), score, survey);
          }
        }
      }
      if (life.account !== '' && person.subscribes) newsletters();
    },

    answer(bad: number): [Voice['survey'], number] {
      const { surveys, nps, csat, ces, npsAStar } = SHOP.after;
      const which = random();
      if (which < surveys.nps) return ['nps', graded(nps, npsAStar * bad, 0, 10)];
      if (which < surveys.nps + surveys.csat) return ['csat', graded(csat, bad, 1, 5)];
      return ['ces', graded(ces, bad, 1, 7)];
    },

    /** Every fortnight for half a year, on Tuesdays; whoever opens may come. */
    newsletters(): void {
      const { newsletter } = SHOP.messages;
      const every = ISSUE_EVERY_MS;
      const first = FIRST_ISSUE + Math.ceil((life.signedUpAt + DAY_MS - FIRST_ISSUE) / every) * every;
      const device = life.signedUpOn;
      for (let i = 0; i < newsletter.issues; i++) {
        const at = first + i * every;
        const message = { order: -1, device, signedIn: true, campaign: 'newsletter', points: 0 };
        errands.push({ at, what: 'message_sent', ...message });
        const then = random();
        if (then < newsletter.visits) {
          const when = at + 10 * 60_000 + Math.floor(exponential(random) * newsletter.visitHours * HOUR_MS);
          const made = visit(when, NEWSLETTER);
          made.message = 'newsletter';
          made.prospect = orders.length === 0 || (orders[0] as Order).at > when;
          made.depth = depthOf(made, 1);
        } else if (then < newsletter.opens) {
          errands.push({
            at: at + Math.floor(exponential(random) * newsletter.openHours * HOUR_MS) + 60_000,
            what: 'message_opened',
            ...message,
          });
        }
        if (random() < newsletter.unsubscribes) {
          errands.push({ at: at + 3 * HOUR_MS, what: 'message_unsubscribed', ...message });
          return;
        }
      }
    },

    daysAfter([from, mean]: readonly [number, number]): number {
      return from + mean * exponential(random);
    },

    /** Around a mean with a spread, less what was bad. */
    graded([mean, spread]: readonly [number, number], bad: number, low: number, high: number): number {
      return grade(mean - bad + spread * normal(random), low, high);
    },

    grade(value: number, low: number, high: number): number {
      return Math.min(high, Math.max(low, Math.round(value)));
    },

    /** Sign-ins, points, and what the back end sends, now that the order of visits stands. */
    backEnd(): void {
      const { accounts, damage } = SHOP;
      const signedIn = [false, false];
      let balance = 0;
      const earned: { at: number; points: number }[] = [];
      for (const made of visits) {
        const had = life.account !== '' && made.at > life.signedUpAt && made.signIn !== 'signs_up';
        if (made.device === person.card) made.signIn = 'in';
        else if (had) {
          const stays = signedIn[made.device] === true && random() < accounts.stays;
          const signs =
            random() < (made.order >= 0 || made.voice !== null ? accounts.signsInToOrder : accounts.signsIn);
          made.signIn = stays ? 'in' : signs ? 'signs_in' : 'no';
        }
        if (made.signIn !== 'no') signedIn[made.device] = true;
        const device = person.devices[made.device];
        const app = device?.platform === 'ios' || device?.platform === 'android';
        if (app && made.order < 0 && random() < damage.offlineVisits) {
          const hours = Math.min(
            logNormal(random, damage.offlineHoursMedian, damage.offlineSigma),
            damage.offlineDaysMax * 24,
          );
          made.syncedAt = made.at + VISIT_MAX_MS + Math.floor(hours * HOUR_MS);
        }
        if (!app && device?.platform === 'web' && inside(calendar.trackingLost, made.at)) made.lost = true;
        if (!made.lost && random() < damage.echoVisits) {
          made.echoAfter = DAY_MS + Math.floor(random() * (damage.echoDaysMax - 1) * DAY_MS);
        }
        const placed = orders[made.order];
        if (placed === undefined) continue;
        afterOrder(placed, made);
        if (made.signIn === 'no') {
          placed.points = 0;
          continue;
        }
        const { loyalty } = SHOP;
        for (const lot of earned) {
          if (lot.points === 0 || lot.at + loyalty.expireDays * DAY_MS > made.at) continue;
          errands.push({
            at: lot.at + loyalty.expireDays * DAY_MS,
            what: 'expire_points',
            order: -1,
            device: made.device,
            signedIn: true,
            campaign: '',
            points: lot.points,
          });
          balance -= lot.points;
          lot.points = 0;
        }
        if (balance >= loyalty.pointsToRedeem && random() < loyalty.redeems) {
          placed.redeems = loyalty.pointsToRedeem;
          balance -= loyalty.pointsToRedeem;
          let left: number = loyalty.pointsToRedeem;
          for (const lot of earned) {
            const taken = Math.min(left, lot.points);
            lot.points -= taken;
            left -= taken;
          }
        }
        balance += placed.points;
        earned.push({ at: made.at, points: placed.points });
      }
      for (const errand of errands) {
        if (errand.what === 'survey_sent')
          errand.signedIn = visits.some(v => v.order === errand.order && v.signIn !== 'no');
      }
    },

    afterOrder(placed: Order, made: Visit): void {
      const errand = {
        order: placed.number,
        device: made.device,
        signedIn: made.signIn !== 'no',
        campaign: '',
        points: 0,
      };
      if (placed.store === '') {
        errands.push({ at: placed.shipAt, what: 'ship', ...errand });
        errands.push({ at: placed.deliverAt, what: 'deliver', ...errand });
      }
      if (placed.refund !== 'no') errands.push({ at: placed.refundAt, what: 'refund', ...errand });
      if (!placed.complaint) return;
      const said = visits.find(v => v.voice?.what === 'complaint' && v.voice.order === placed.number);
      if (said === undefined) return;
      const reply =
        said.at + VISIT_MAX_MS + AWAY_MS + Math.floor(exponential(random) * SHOP.after.replyHours * HOUR_MS);
      errands.push({ at: reply, what: 'support_reply', ...errand });
      if (random() < SHOP.after.resolved) {
        errands.push({
          at: reply + Math.floor(daysAfter(SHOP.after.resolvedDays) * DAY_MS),
          what: 'support_resolved',
          ...errand,
        });
      }
    },

    /** Who comes because of this person; people who came so themselves bring nobody more. */
    newcomers(): Newcomer[] {
      const { sharing, invitations } = SHOP;
      const found: Newcomer[] = [];
      let links = 0;
      for (const made of visits) {
        const product = made.depth >= DEPTH.product && made.voice === null && made.device !== person.card;
        made.shares = product && random() < sharing.shares;
        if (!made.shares || how !== null || links === SHARES_MAX || random() >= sharing.brings) continue;
        const at = made.at + VISIT_MAX_MS + Math.floor(exponential(random) * DAY_MS);
        found.push({ index: invitedIndex(index, FIRST_OF_SHARES + links), at, link: shareId(person, made) });
        links++;
      }
      const first = orders[0];
      if (first === undefined) return found;
      if (first.invites && random() < invitations.comes) {
        const at = first.at + Math.floor(daysAfter(invitations.comesDays) * DAY_MS);
        found.push({ index: invitedIndex(index, 0), at, link: '' });
      }
      for (let n = 1; first.opensGroup && n < FIRST_OF_SHARES; n++) {
        if (random() >= invitations.joins) continue;
        found.push({
          index: invitedIndex(index, n),
          at: first.at + whole(random, ...invitations.joinsHours) * HOUR_MS,
          link: '',
        });
      }
      return found;
    },
  };

  prospect();
  if (orders.length > 0) customer();
  winback();
  settle();
  talk();
  const settled = settle();
  backEnd();
  keepAway(errands, settled);
  const invited = newcomers();

  return {
    world,
    person,
    visits: settled,
    orders,
    errands,
    arms,
    invited,
    link,
    rate: rates.rate,
    stopping: rates.stopping,
    stoppedAfter: rates.stoppedAfter,
    account: life.account,
  };
}

/** Moves what the back end does out of the reach of visits, so that it never lengthens or joins sessions. */
function keepAway(errands: Errand[], visits: readonly Visit[]): void {
  for (const errand of errands) {
    for (const made of visits) {
      if (errand.at < made.at - AWAY_MS) break;
      if (errand.at < made.at + VISIT_MAX_MS + AWAY_MS) errand.at = made.at + VISIT_MAX_MS + AWAY_MS;
    }
  }
}
