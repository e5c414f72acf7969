import { compareUtf8, isAfter, isBefore, type Mark } from './order.ts';

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
  readonly idTime: number;
  readonly site: string;
  readonly visitor: string;
  first: Mark;
  lastTime: number;
  lastId: string;
  landingPage: string;
  exitPage: string;
  touch: Touch | null;
  /** null: the first event's. */
  touchMark: Mark | null;
  user: string;
  userTime: number;
  userMarkId: string;
  /** First non-empty value of each of DIMENSIONS. */
  dims: readonly string[];
  /** Which event gave each dimension; null: the first event gave all that are not empty. */
  marks: readonly Mark[] | null;
  events: number;
  activeEvents: number;
  pageViews: number;
  productViews: number;
  cartAdds: number;
  checkouts: number;
  purchases: number;
  searches: number;
  engagementMs: number;
  gross: Map<string, number> | null;
  names: NameSet;
  /** Bit set of reasons by user agent: see `UA_REASONS`. */
  uaReasons: number;
  /** Absorbed by another; keeps its content. */
  tombstone: boolean;
  /** Event ids that arrived before this worker loaded the session are not in the table of ids. */
  idsUnknown: boolean;
  /** Changed since the last flush took it. */
  dirty: boolean;
  /** The number of the flush that last took it, which must be acknowledged before it may leave memory. */
  flush: number;
  /** The next session of the same visitor and site. */
  next: Session | null;
}

/** Reasons that one event's user agent can give, by bit. */
export const UA_REASONS = ['user_agent', 'headless'] as const;

export function uaReasonBits(reason: '' | (typeof UA_REASONS)[number]): number {
  return reason === '' ? 0 : 1 << UA_REASONS.indexOf(reason);
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
  const first = { time: e.event_time, id: e.event_id };
  const s: Session = {
    id,
    idTime: e.event_time,
    site: e.site,
    visitor: e.visitor_id,
    first,
    lastTime: e.event_time,
    lastId: e.event_id,
    landingPage: e.page_location,
    exitPage: e.page_location,
    touch: e.channel === '' ? null : touchOf(e),
    touchMark: null,
    user: e.user_id ?? '',
    userTime: e.event_time,
    userMarkId: e.event_id,
    dims: sharedDimensions(dimensionsOf(e)),
    marks: null,
    events: 0,
    activeEvents: 0,
    pageViews: 0,
    productViews: 0,
    cartAdds: 0,
    checkouts: 0,
    purchases: 0,
    searches: 0,
    engagementMs: 0,
    gross: null,
    names: NO_NAMES,
    uaReasons: 0,
    tombstone: false,
    idsUnknown: false,
    dirty: false,
    flush: 0,
    next: null,
  };
  count(s, e, uaReasons);
  return s;
}

/** The additive part of an event. */
function count(s: Session, e: FoldEvent, uaReasons: number): void {
  s.events++;
  if (isActive(e.event_name, e.platform)) s.activeEvents++;
  s.engagementMs += e.engagement_time_ms;
  s.uaReasons |= uaReasons;
  s.names = withName(s.names, e.event_name);
  switch (e.event_name) {
    case 'page_view':
      s.pageViews++;
      break;
    case 'view_item':
      s.productViews++;
      break;
    case 'add_to_cart':
      s.cartAdds++;
      break;
    case 'begin_checkout':
      s.checkouts++;
      break;
    case 'search':
      s.searches++;
      break;
    case 'purchase':
      s.purchases++;
      if (e.currency !== null && e.currency !== '') addGross(s, e.currency, e.value);
      break;
  }
}

function addGross(s: Session, currency: string, value: number): void {
  s.gross ??= new Map();
  s.gross.set(currency, (s.gross.get(currency) ?? 0) + value);
}

/** Takes an event of the session's visitor, near enough, that it does not hold yet. */
export function addEvent(s: Session, e: FoldEvent, uaReasons: number): void {
  const time = e.event_time;
  const id = e.event_id;
  count(s, e, uaReasons);
  if (e.user_id !== null && e.user_id !== '') {
    if (s.user === '' || isAfter(time, id, { time: s.userTime, id: s.userMarkId })) {
      s.user = e.user_id;
      s.userTime = time;
      s.userMarkId = id;
    }
  }
  if (time > s.lastTime || (time === s.lastTime && compareUtf8(id, s.lastId) > 0)) {
    s.lastTime = time;
    s.lastId = id;
    s.exitPage = e.page_location === s.exitPage ? s.exitPage : e.page_location;
  }
  const old = s.first;
  const moved = isBefore(time, id, old);
  if (moved) {
    // What the first event gave was marked by it being first: name it before it no longer is.
    if (s.touch !== null) s.touchMark ??= old;
    s.first = { time, id };
    s.landingPage = e.page_location;
  }
  if (e.channel !== '' && (moved || s.touch === null || isBefore(time, id, s.touchMark ?? s.first))) {
    s.touch = touchOf(e);
    s.touchMark = moved ? null : { time, id };
  }
  takeDimensions(s, e, old, moved);
}

function takeDimensions(s: Session, e: FoldEvent, old: Mark, moved: boolean): void {
  if (s.marks === null && !moved) {
    // The common way: the first event gave what there is; a later one can only fill what is empty.
    const d = s.dims;
    if (
      (d[0] !== '' || e.page_referrer === '') &&
      (d[1] !== '' || e.country === '') &&
      (d[2] !== '' || e.region === '') &&
      (d[3] !== '' || e.city === '') &&
      (d[4] !== '' || e.language === '') &&
      (d[5] !== '' || e.device === '') &&
      (d[6] !== '' || e.browser === '') &&
      (d[7] !== '' || e.os === '') &&
      (d[8] !== '' || e.platform === '')
    ) {
      return;
    }
  }
  const mark = moved ? s.first : { time: e.event_time, id: e.event_id };
  joinDimensions(s, s.dims, s.marks, old, dimensionsOf(e), null, mark);
}

/** Of each dimension the value of the earlier mark, where both have one. A mark list of null: all by its `first`. */
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
  let allFirst = true;
  for (let i = 0; i < DIMENSIONS.length; i++) {
    const x = a[i] ?? '';
    const y = b[i] ?? '';
    const xMark = aMarks?.[i] ?? aFirst;
    const yMark = bMarks?.[i] ?? bFirst;
    const takeY = x === '' || (y !== '' && isBefore(yMark.time, yMark.id, xMark));
    const value = takeY ? y : x;
    const mark = value === '' ? s.first : takeY ? yMark : xMark;
    values.push(value);
    marks.push(mark);
    if (mark.time !== s.first.time || mark.id !== s.first.id) allFirst = false;
  }
  s.dims = sharedDimensions(values);
  s.marks = allFirst ? null : marks;
}

/** `root` takes all of `other`, which becomes a tombstone and keeps its content. The smaller id must be the root. */
export function absorb(root: Session, other: Session): void {
  const rootFirst = root.first;
  const rootTouchMark = root.touchMark ?? rootFirst;
  const otherTouchMark = other.touchMark ?? other.first;
  if (isBefore(other.first.time, other.first.id, rootFirst)) {
    root.first = other.first;
    root.landingPage = other.landingPage;
  }
  if (
    other.lastTime > root.lastTime ||
    (other.lastTime === root.lastTime && compareUtf8(other.lastId, root.lastId) > 0)
  ) {
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
  if (
    other.user !== '' &&
    (root.user === '' ||
      isAfter(other.userTime, other.userMarkId, { time: root.userTime, id: root.userMarkId }))
  ) {
    root.user = other.user;
    root.userTime = other.userTime;
    root.userMarkId = other.userMarkId;
  }
  joinDimensions(root, root.dims, root.marks, rootFirst, other.dims, other.marks, other.first);
  root.events += other.events;
  root.activeEvents += other.activeEvents;
  root.pageViews += other.pageViews;
  root.productViews += other.productViews;
  root.cartAdds += other.cartAdds;
  root.checkouts += other.checkouts;
  root.purchases += other.purchases;
  root.searches += other.searches;
  root.engagementMs += other.engagementMs;
  root.uaReasons |= other.uaReasons;
  if (other.gross !== null) for (const [currency, value] of other.gross) addGross(root, currency, value);
  for (const name of other.names.names) root.names = withName(root.names, name);
  root.idsUnknown ||= other.idsUnknown;
  other.tombstone = true;
}
