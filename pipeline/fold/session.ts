import { compareUtf8, isAfter, isBefore, type Mark } from './order.ts';
import { pagePath } from './page.ts';

/** What a session reads of an event: columns of `event_rows`, so that sessions can be folded again from there. */
export interface FoldEvent {
  event_id: string;
  event_name: string;
  event_time: number;
  visitor_id: string;
  site: string;
  user_id: string | null;
  platform: string;
  page_location: string;
  page_referrer: string;
  channel: string;
  source: string;
  medium: string;
  campaign: string;
  term: string;
  content: string;
  country: string;
  region: string;
  city: string;
  language: string;
  user_agent: string;
  device: string;
  browser: string;
  os: string;
  engagement_time_ms: number;
  currency: string | null;
  value: number;
}

/** Where a visit came from: the fields of the first event that carries a channel. */
export interface Touch {
  channel: string;
  source: string;
  medium: string;
  campaign: string;
  term: string;
  content: string;
}

/** Which account a visitor was signed in to: of the last event that says so. */
interface Account {
  readonly user: string;
  readonly time: number;
  readonly id: string;
}

/** What most sessions never come to. */
interface Shopping {
  cartAdds: number;
  checkouts: number;
  purchases: number;
  searches: number;
  /** Sum of purchase values by currency, minor units. */
  readonly gross: Map<string, number>;
}

/** Page views in order of (time, page): the first SESSION_VIEWS_MAX, so that any order of arrival gives the same. */
export interface PageViews {
  readonly times: number[];
  readonly pages: string[];
}

/** Page views kept a session. One with more is marked as a bot's, so that a person's list is always whole. */
export const SESSION_VIEWS_MAX = 2_000;

export const DIMENSIONS = [
  'page_referrer',
  'country',
  'region',
  'city',
  'language',
  'device',
  'browser',
  'os',
  'platform',
] as const;

/** Event names kept a session, the first in order: a bound, and still the same for any order of arrival. */
export const SESSION_NAMES_MAX = 256;

/**
 * A visitor's events on a site, neighbours in event time no more than the gap apart: sums, and firsts and lasts by
 * (event time, event id). Adding events and merging sessions commute, so any order of arrival gives the same.
 * Two million of these stand in memory: times and ids of dimensions are kept only where they are not the first event's.
 */
export interface Session {
  /** Offset of the event that arrived first: the session's identity within its partition. */
  readonly id: number;
  /** From the first event to the one that arrived first, which `id` names, ms: small numbers take no heap of their own. */
  idAfterFirstMs: number;
  readonly site: string;
  readonly visitor: string;
  firstTime: number;
  firstId: string;
  lastTime: number;
  lastId: string;
  landingPage: string;
  exitPage: string;
  touch: Touch | null;
  /** null: the first event's. */
  touchMark: Mark | null;
  account: Account | null;
  /** First non-empty value of each of DIMENSIONS. */
  dims: readonly string[];
  /** Which event gave each dimension; null: the first event gave all that are not empty. */
  marks: readonly Mark[] | null;
  events: number;
  activeEvents: number;
  pageViews: number;
  /** Of the page views that are kept, when and which page (pagePath). */
  views: PageViews | null;
  productViews: number;
  engagementMs: number;
  shopping: Shopping | null;
  names: NameSet;
  /** Bits: TOMBSTONE, IDS_UNKNOWN, and the reasons by user agent. */
  flags: number;
  /** The number of the flush that last took it, which must be acknowledged before it may leave memory; or CHANGED. */
  flush: number;
  /** The next session of the same visitor and site. */
  next: Session | null;
}

/** Absorbed by another; keeps its content. */
export const TOMBSTONE = 1;
/** Ids of events that arrived before this worker loaded the session are not in the table of ids. */
export const IDS_UNKNOWN = 2;
const UA_SHIFT = 2;
/** Changed since the last flush: no flush has this number. */
export const CHANGED = 2 ** 30;

export function isTombstone(s: Session): boolean {
  return (s.flags & TOMBSTONE) !== 0;
}

/** Event time of the event that arrived first, ms. */
export function idTimeOf(s: Session): number {
  return s.firstTime + s.idAfterFirstMs;
}

/** Reasons that an event's user agent can give, each a bit of a session's flags. */
export const UA_REASONS = ['user_agent', 'headless'] as const;

export function uaReasonBits(reason: '' | (typeof UA_REASONS)[number]): number {
  return reason === '' ? 0 : 1 << (UA_REASONS.indexOf(reason) + UA_SHIFT);
}

/** A sorted set of names, shared between the sessions that have the same. */
export interface NameSet {
  readonly names: readonly string[];
  readonly with: Map<string, NameSet>;
}

/** Sharing equal values between sessions; bounded: when full, new values are simply not shared. */
const SHARED_MAX = 50_000;
let sharedNames = 0;
const sharedTouches = new Map<string, Touch>();
const sharedDims = new Map<string, readonly string[]>();
const sharedPages = new Map<string, string>();
export const NO_NAMES: NameSet = { names: [], with: new Map() };

export function withName(set: NameSet, name: string): NameSet {
  const known = set.with.get(name);
  if (known !== undefined) return known;
  let made = set;
  if (!set.names.includes(name)) {
    const names = [...set.names, name].sort(compareUtf8).slice(0, SESSION_NAMES_MAX);
    made = { names, with: new Map() };
  }
  if (sharedNames < SHARED_MAX) {
    sharedNames++;
    set.with.set(name, made);
  }
  return made;
}

function share<T>(pool: Map<string, T>, key: string, make: () => T): T {
  const known = pool.get(key);
  if (known !== undefined) return known;
  const made = make();
  if (pool.size >= SHARED_MAX) pool.clear();
  pool.set(key, made);
  return made;
}

function touchOf(e: Touch): Touch {
  const key = JSON.stringify([e.channel, e.source, e.medium, e.campaign, e.term, e.content]);
  return share(sharedTouches, key, () => ({
    channel: e.channel,
    source: e.source,
    medium: e.medium,
    campaign: e.campaign,
    term: e.term,
    content: e.content,
  }));
}

function sharedDimensions(values: readonly string[]): readonly string[] {
  // Referrers are long and seldom shared with all the rest: such rows would only fill the pool.
  if (values[0] !== '') return values;
  return share(sharedDims, JSON.stringify(values), () => values);
}

function dimensionsOf(e: FoldEvent): string[] {
  return [e.page_referrer, e.country, e.region, e.city, e.language, e.device, e.browser, e.os, e.platform];
}

const PASSIVE = new Set([
  'refund',
  'ship',
  'deliver',
  'earn_points',
  'redeem_points',
  'expire_points',
  'support_reply',
  'support_resolved',
  'survey_sent',
  'page_timing',
  'experiment_viewed',
]);

/** Was a person there? Only such events make a session active. */
export function isActive(name: string, platform: string): boolean {
  return (
    platform !== 'server' && !PASSIVE.has(name) && !name.startsWith('message_') && !name.startsWith('coupon_')
  );
}

/** The session of one event. `uaReasons`: bits of UA_REASONS. */
export function sessionOf(e: FoldEvent, id: number, uaReasons: number): Session {
  const s: Session = {
    id,
    idAfterFirstMs: 0,
    site: e.site,
    visitor: e.visitor_id,
    firstTime: e.event_time,
    firstId: e.event_id,
    lastTime: e.event_time,
    lastId: e.event_id,
    landingPage: e.page_location,
    exitPage: e.page_location,
    touch: e.channel === '' ? null : touchOf(e),
    touchMark: null,
    account: null,
    dims: sharedDimensions(dimensionsOf(e)),
    marks: null,
    events: 0,
    activeEvents: 0,
    pageViews: 0,
    views: null,
    productViews: 0,
    engagementMs: 0,
    shopping: null,
    names: NO_NAMES,
    flags: 0,
    flush: 0,
    next: null,
  };
  count(s, e, uaReasons);
  return s;
}

/** The part of an event that does not depend on its place among the others, and the account, which is the last's. */
function count(s: Session, e: FoldEvent, uaReasons: number): void {
  s.events++;
  if (isActive(e.event_name, e.platform)) s.activeEvents++;
  s.engagementMs += e.engagement_time_ms;
  s.flags |= uaReasons;
  s.names = withName(s.names, e.event_name);
  switch (e.event_name) {
    case 'page_view':
      s.pageViews++;
      s.views ??= { times: [], pages: [] };
      takeView(s.views, e.event_time, e.page_location);
      break;
    case 'view_item':
      s.productViews++;
      break;
    case 'add_to_cart':
      shoppingOf(s).cartAdds++;
      break;
    case 'begin_checkout':
      shoppingOf(s).checkouts++;
      break;
    case 'search':
      shoppingOf(s).searches++;
      break;
    case 'purchase': {
      const shopping = shoppingOf(s);
      shopping.purchases++;
      if (e.currency !== null && e.currency !== '') addTo(shopping.gross, e.currency, e.value);
      break;
    }
  }
  if (e.user_id !== null && e.user_id !== '') {
    takeAccount(s, { user: e.user_id, time: e.event_time, id: e.event_id });
  }
}

function takeView(views: PageViews, time: number, url: string): void {
  const page = pagePath(url);
  insertView(
    views,
    time,
    share(sharedPages, page, () => page),
  );
}

/** Most come last; those that do not are put where they belong. */
function insertView({ times, pages }: PageViews, time: number, page: string): void {
  let at = times.length;
  while (at > 0 && isViewAfter(times[at - 1], pages[at - 1], time, page)) at--;
  if (at === times.length) {
    if (at === SESSION_VIEWS_MAX) return;
    times.push(time);
    pages.push(page);
    return;
  }
  times.splice(at, 0, time);
  pages.splice(at, 0, page);
  if (times.length > SESSION_VIEWS_MAX) {
    times.pop();
    pages.pop();
  }
}

function isViewAfter(time: number | undefined, page: string | undefined, t: number, p: string): boolean {
  if (time === undefined || page === undefined) return false;
  return time > t || (time === t && compareUtf8(page, p) > 0);
}

/** Page views that are held of a session. */
export function viewsHeld(s: Session): number {
  return s.views === null ? 0 : s.views.times.length;
}

function shoppingOf(s: Session): Shopping {
  s.shopping ??= { cartAdds: 0, checkouts: 0, purchases: 0, searches: 0, gross: new Map() };
  return s.shopping;
}

function addTo(gross: Map<string, number>, currency: string, value: number): void {
  gross.set(currency, (gross.get(currency) ?? 0) + value);
}

function takeAccount(s: Session, account: Account): void {
  if (s.account === null || isAfter(account.time, account.id, s.account)) s.account = account;
}

function firstMark(s: Session): Mark {
  return { time: s.firstTime, id: s.firstId };
}

/** Takes an event of the session's visitor, near enough, that it does not hold yet. */
export function addEvent(s: Session, e: FoldEvent, uaReasons: number): void {
  const time = e.event_time;
  const id = e.event_id;
  count(s, e, uaReasons);
  if (time > s.lastTime || (time === s.lastTime && compareUtf8(id, s.lastId) > 0)) {
    s.lastTime = time;
    s.lastId = id;
    // The string that is here already, if it is the same page.
    if (e.page_location !== s.exitPage) s.exitPage = e.page_location;
  }
  const moved = time < s.firstTime || (time === s.firstTime && compareUtf8(id, s.firstId) < 0);
  const before = s.marks === null || moved ? firstMark(s) : null;
  if (moved) {
    // What the first event gave was marked by it being first: name it before it no longer is.
    if (s.touch !== null) s.touchMark ??= before;
    s.idAfterFirstMs += s.firstTime - time;
    s.firstTime = time;
    s.firstId = id;
    s.landingPage = e.page_location;
  }
  if (
    e.channel !== '' &&
    (moved || s.touch === null || (s.touchMark !== null && isBefore(time, id, s.touchMark)))
  ) {
    s.touch = touchOf(e);
    s.touchMark = moved ? null : { time, id };
  }
  if (!moved && s.marks === null && fillsNothing(s.dims, e)) return;
  const mark = { time, id };
  joinDimensions(s, s.dims, s.marks, before ?? mark, dimensionsOf(e), null, mark);
}

/** The common way: the first event gave what there is, and a later one can only fill what is empty. */
function fillsNothing(d: readonly string[], e: FoldEvent): boolean {
  return (
    (d[0] !== '' || e.page_referrer === '') &&
    (d[1] !== '' || e.country === '') &&
    (d[2] !== '' || e.region === '') &&
    (d[3] !== '' || e.city === '') &&
    (d[4] !== '' || e.language === '') &&
    (d[5] !== '' || e.device === '') &&
    (d[6] !== '' || e.browser === '') &&
    (d[7] !== '' || e.os === '') &&
    (d[8] !== '' || e.platform === '')
  );
}

/**
 * Of each dimension the value of the earlier mark, where both have one. A mark list of null: all by its `first`.
 * The session's first event must be known by now.
 */
function joinDimensions(
  s: Session,
  a: readonly string[],
  aMarks: readonly Mark[] | null,
  aFirst: Mark,
  b: readonly string[],
  bMarks: readonly Mark[] | null,
  bFirst: Mark,
): void {
  const values: string[] = [];
  const marks: Mark[] = [];
  const first = firstMark(s);
  let allFirst = true;
  for (let i = 0; i < DIMENSIONS.length; i++) {
    const x = a[i] ?? '';
    const y = b[i] ?? '';
    const xMark = aMarks?.[i] ?? aFirst;
    const yMark = bMarks?.[i] ?? bFirst;
    const takeY = x === '' || (y !== '' && isBefore(yMark.time, yMark.id, xMark));
    const value = takeY ? y : x;
    const mark = value === '' ? first : takeY ? yMark : xMark;
    values.push(value);
    marks.push(mark);
    if (mark.time !== first.time || mark.id !== first.id) allFirst = false;
  }
  s.dims = sharedDimensions(values);
  s.marks = allFirst ? null : marks;
}

/** `root` takes all of `other`, which becomes a tombstone and keeps its content. The smaller id must be the root. */
export function absorb(root: Session, other: Session): void {
  const rootFirst = firstMark(root);
  const otherFirst = firstMark(other);
  const rootTouchMark = root.touchMark ?? rootFirst;
  const otherTouchMark = other.touchMark ?? otherFirst;
  if (isBefore(otherFirst.time, otherFirst.id, rootFirst)) {
    root.idAfterFirstMs += root.firstTime - other.firstTime;
    root.firstTime = other.firstTime;
    root.firstId = other.firstId;
    root.landingPage = other.landingPage;
  }
  if (isAfter(other.lastTime, other.lastId, { time: root.lastTime, id: root.lastId })) {
    root.lastTime = other.lastTime;
    root.lastId = other.lastId;
    root.exitPage = other.exitPage;
  }
  if (
    other.touch !== null &&
    (root.touch === null || isBefore(otherTouchMark.time, otherTouchMark.id, rootTouchMark))
  ) {
    root.touch = other.touch;
    root.touchMark = otherTouchMark;
  } else if (root.touch !== null) {
    root.touchMark = rootTouchMark;
  }
  if (other.account !== null) takeAccount(root, other.account);
  joinDimensions(root, root.dims, root.marks, rootFirst, other.dims, other.marks, otherFirst);
  root.events += other.events;
  root.activeEvents += other.activeEvents;
  root.pageViews += other.pageViews;
  if (other.views !== null) {
    root.views ??= { times: [], pages: [] };
    for (const [i, time] of other.views.times.entries())
      insertView(root.views, time, other.views.pages[i] ?? '');
  }
  root.productViews += other.productViews;
  root.engagementMs += other.engagementMs;
  root.flags |= other.flags;
  if (other.shopping !== null) {
    const shopping = shoppingOf(root);
    shopping.cartAdds += other.shopping.cartAdds;
    shopping.checkouts += other.shopping.checkouts;
    shopping.purchases += other.shopping.purchases;
    shopping.searches += other.shopping.searches;
    for (const [currency, value] of other.shopping.gross) addTo(shopping.gross, currency, value);
  }
  for (const name of other.names.names) root.names = withName(root.names, name);
  other.flags |= TOMBSTONE;
}
