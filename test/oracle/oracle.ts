/**
 * What the pipeline must give for a log, worked out the slow and plain way: the whole log in memory, sorted, split and
 * summed. Written from the contract; shares no code with the fold. Times are ms UTC, money minor units.
 */
import type { Event } from '../../pipeline/contract/event.ts';
import type { Outcome, Rejection, RejectReason } from '../../pipeline/contract/outcome.ts';
import type { Stream } from '../../pipeline/contract/record.ts';

/** Why a record never became an event. */
export type UnreadableReason = 'empty' | 'oversized' | 'unframed' | 'unknown_schema' | 'undecodable';

interface Placed {
  offset: number;
  arrival: number;
  /** In files: the event has no received_time, and `arrival` is when the file was first seen. */
  untimed?: boolean;
  /** Header of a replayed dead letter. */
  replay_of?: string;
}
/** A record after decoding: an event as it was sent, or why there is none. */
export type LogEntry =
  | (Placed & { event: Event; unreadable?: never })
  | (Placed & { unreadable: UnreadableReason; event?: never });

export interface StreamLog {
  stream: Stream;
  /** In any order; offsets tell. */
  entries: readonly LogEntry[];
}

export interface Erasure {
  kind: 'visitor' | 'user';
  value: string;
  /** By streamKey: the first offset that each stream folded with this erasure known; 0 where left out. */
  from?: Readonly<Record<string, number>>;
}

export interface Log {
  streams: readonly StreamLog[];
  /** Session gap of a site, ms; 30 min where left out. */
  gapsMs?: Readonly<Record<string, number>>;
  /** In the order in which they were numbered. */
  erasures?: readonly Erasure[];
}

/** An event as tables keep it; `channel` is '' where it carries none. */
export type TakenEvent = Event & { channel: string };

/** What a session's bot reasons are found by. */
export interface BotSums {
  events: number;
  activeEvents: number;
  pageViews: number;
  started_at: number;
  ended_at: number;
  /** Of every event, '' too. */
  userAgents: string[];
}

/** Pure leaves with tests of their own: judging one event, filling its fields, and naming bots from a session's sums. */
export interface Leaves {
  rejectionOf(event: Event, arrival: number | null, firstSeen: number): Rejection | null;
  /** May change the event that it is given. */
  normalize(event: Event): TakenEvent;
  botReasons(sums: BotSums): string[];
}

/** What became of one record. */
export interface Judged {
  stream: Stream;
  entry: LogEntry;
  outcome: Outcome;
  reason: '' | RejectReason;
}

/** A row in the columns of event_rows (but version and schema_id), session id resolved. */
export type EventRow = Stream & { offset: number; session_id: string; event_time: number } & Record<
    string,
    unknown
  >;

/** A row in the columns of session_rows (but version, tombstone and state). */
export interface SessionRow extends Stream {
  session_id: string;
  session_offset: number;
  id_time: number;
  site: string;
  visitor_id: string;
  user_id: string;
  started_at: number;
  ended_at: number;
  events: number;
  active_events: number;
  page_views: number;
  view_times: number[];
  view_pages: string[];
  engagement_ms: number;
  landing_page: string;
  exit_page: string;
  referrer: string;
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
  device: string;
  browser: string;
  os: string;
  platform: string;
  product_views: number;
  cart_adds: number;
  checkouts: number;
  purchases: number;
  gross: Record<string, number>;
  searches: number;
  event_names: string[];
  bot_reasons: string[];
}

/** A row in the columns of minute_rows (but version). */
export interface MinuteRow extends Stream {
  block: number;
  site: string;
  minute: number;
  event_name: string;
  country: string;
  device: string;
  platform: string;
  currency: string;
  events: number;
  engagement_ms: number;
  value: number;
  quantity: number;
}

/** A row in the columns of ledger_rows (but version); without `misplaced`. */
export interface LedgerRow extends Stream {
  block: number;
  hour: number;
  site: string;
  platform: string;
  outcome: Outcome | 'consumed';
  reason: '' | RejectReason;
  records: number;
}

/** A row in the columns of dead_letter_rows that do not depend on the record's bytes. */
export interface DeadLetterRow extends Stream {
  offset: number;
  arrival: number;
  reason: RejectReason;
  site: string;
  platform: string;
  replay_of: string;
}

/** One stream's records of one hour of arrival; residual = consumed less all outcomes, always 0. */
export interface ConservationRow extends Stream, Record<Outcome, number> {
  hour: number;
  consumed: number;
  residual: number;
}

/** A stream's position when all of it is folded. */
export interface PositionRow extends Stream {
  /** The last offset + 1; a log's control records may take it further. */
  next_offset: number;
  /** 0 where nothing was accepted. Erasing does not move it back. */
  watermark: number;
  /** Offsets of the events that are there, ascending. */
  offsets: number[];
}

export interface Answer {
  judged: Judged[];
  events: EventRow[];
  sessions: SessionRow[];
  minutes: MinuteRow[];
  ledger: LedgerRow[];
  deadLetters: DeadLetterRow[];
  conservation: ConservationRow[];
  positions: PositionRow[];
}

export const GAP_MS = 30 * 60_000;
const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const BLOCK = 2 ** 18;

export function streamKey(stream: Stream): string {
  return `${stream.topic}-${stream.epoch}-${stream.partition}`;
}

/** The order of event ids: by their bytes in UTF-8, which is not JavaScript's order beyond U+FFFF. */
export function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

export function oracle(log: Log, leaves: Leaves): Answer {
  const { judged, watermarks } = judge(log, leaves);
  const taken = judged.flatMap(record => takenOf(record, leaves));
  const events: EventRow[] = [];
  const sessions: SessionRow[] = [];
  for (const ofVisitor of groups(taken, t => [streamKey(t.stream), t.event.site, t.event.visitor_id])) {
    const site = ofVisitor[0]?.event.site ?? '';
    for (const ofSession of split(ofVisitor, gapOf(log, site))) {
      const session = sessionOf(ofSession, leaves);
      sessions.push(session);
      for (const one of ofSession) events.push(eventRow(one, session.session_id));
    }
  }
  return {
    judged,
    events,
    sessions,
    minutes: minutesOf(taken),
    ledger: ledgerOf(judged),
    deadLetters: judged.flatMap(deadLetterOf),
    conservation: conservationOf(judged),
    positions: log.streams.map(({ stream, entries }) => ({
      ...stream,
      next_offset: Math.max(-1, ...entries.map(e => e.offset)) + 1,
      watermark: watermarks.get(streamKey(stream)) ?? 0,
      offsets: taken
        .filter(t => streamKey(t.stream) === streamKey(stream))
        .map(t => t.offset)
        .sort((a, b) => a - b),
    })),
  };
}

function gapOf(log: Log, site: string): number {
  return log.gapsMs?.[site] ?? GAP_MS;
}

// Outcomes

/** An erasure with the visitors that it means. */
interface Spread {
  erasure: Erasure;
  visitors: Set<string>;
}

/** Each record's outcome, and each stream's watermark, which erasures do not move back. */
function judge(log: Log, leaves: Leaves): { judged: Judged[]; watermarks: Map<string, number> } {
  const spread: Spread[] = [];
  // An account means every visitor with a stored event of it when the erasure comes: ask what is stored until then.
  for (const erasure of log.erasures ?? []) {
    const visitors = new Set<string>();
    if (erasure.kind === 'visitor') visitors.add(erasure.value);
    else {
      for (const { stream, entry, outcome } of judgeWith(log, leaves, spread)) {
        if (outcome !== 'accepted' || entry.event === undefined) continue;
        if (entry.offset < fromOf(erasure, stream) && entry.event.user_id === erasure.value) {
          visitors.add(entry.event.visitor_id);
        }
      }
    }
    spread.push({ erasure, visitors });
  }
  const watermarks = new Map<string, number>();
  const judged = judgeWith(log, leaves, spread, (stream, time) => {
    const key = streamKey(stream);
    watermarks.set(key, Math.max(watermarks.get(key) ?? 0, time));
  });
  return { judged, watermarks };
}

function fromOf(erasure: Erasure, stream: Stream): number {
  return erasure.from?.[streamKey(stream)] ?? 0;
}

function judgeWith(
  log: Log,
  leaves: Leaves,
  spread: readonly Spread[],
  sawAccepted: (stream: Stream, watermark: number) => void = () => {},
): Judged[] {
  const judged: Judged[] = [];
  for (const { stream, entries } of log.streams) {
    const seen = new Set<string>();
    for (const entry of [...entries].sort((a, b) => a.offset - b.offset)) {
      let { outcome, reason } = judgeOne(stream, entry, leaves, spread, seen);
      if (outcome === 'accepted' && entry.event !== undefined) {
        sawAccepted(stream, Math.min(entry.event.event_time, entry.arrival));
        const visitor = entry.event.visitor_id;
        // Stored before the erasure: only what was accepted moves.
        if (spread.some(({ visitors }) => visitors.has(visitor))) outcome = 'erased';
      }
      judged.push({ stream, entry, outcome, reason });
    }
  }
  return judged;
}

/** The contract's order. `seen` holds what the stream accepted so far, and is added to. */
function judgeOne(
  stream: Stream,
  entry: LogEntry,
  leaves: Leaves,
  spread: readonly Spread[],
  seen: Set<string>,
): { outcome: Outcome; reason: '' | RejectReason } {
  // 1
  if (entry.unreadable !== undefined) return { outcome: 'rejected', reason: entry.unreadable };
  const { event } = entry;
  // 2
  for (const { erasure, visitors } of spread) {
    if (entry.offset < fromOf(erasure, stream)) continue;
    const byAccount = erasure.kind === 'user' && event.user_id === erasure.value;
    if (byAccount || visitors.has(event.visitor_id)) return { outcome: 'erased', reason: '' };
  }
  // 3
  if (!event.consent_analytics) return { outcome: 'unconsented', reason: '' };
  // 4
  const rejection = leaves.rejectionOf(event, entry.untimed === true ? null : entry.arrival, entry.arrival);
  if (rejection !== null) return { outcome: 'rejected', reason: rejection.reason };
  // 5
  const identity = JSON.stringify([event.site, event.visitor_id, event.event_id, event.event_time]);
  if (seen.has(identity)) return { outcome: 'duplicate', reason: '' };
  // 6
  seen.add(identity);
  return { outcome: 'accepted', reason: '' };
}

// Sessions

interface Taken {
  stream: Stream;
  offset: number;
  arrival: number;
  replay_of: string;
  event: TakenEvent;
}

function takenOf({ stream, entry, outcome }: Judged, leaves: Leaves): Taken[] {
  if (outcome !== 'accepted' || entry.event === undefined) return [];
  const event = leaves.normalize(structuredClone(entry.event));
  return [{ stream, offset: entry.offset, arrival: entry.arrival, replay_of: entry.replay_of ?? '', event }];
}

/** Items of equal key together. */
function groups<T>(list: readonly T[], key: (item: T) => unknown): T[][] {
  const found = new Map<string, T[]>();
  for (const item of list) {
    const name = JSON.stringify(key(item));
    const group = found.get(name);
    if (group === undefined) found.set(name, [item]);
    else group.push(item);
  }
  return [...found.values()];
}

/** One visitor's events by (event_time, event_id), cut where neighbours are more than `gapMs` apart. */
function split(events: readonly Taken[], gapMs: number): Taken[][] {
  const sorted = [...events].sort(
    (a, b) => a.event.event_time - b.event.event_time || byBytes(a.event.event_id, b.event.event_id),
  );
  const sessions: Taken[][] = [];
  let previous: Taken | undefined;
  for (const one of sorted) {
    const session = sessions.at(-1);
    if (session === undefined || previous === undefined) sessions.push([one]);
    else if (one.event.event_time - previous.event.event_time > gapMs) sessions.push([one]);
    else session.push(one);
    previous = one;
  }
  return sessions;
}

const NOT_THERE = new Set([
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

/** Is the event a sign that a person was there? */
export function isActive(event: { platform: string; event_name: string }): boolean {
  if (event.platform === 'server') return false;
  if (event.event_name.startsWith('message_') || event.event_name.startsWith('coupon_')) return false;
  return !NOT_THERE.has(event.event_name);
}

/** The path of a URL without slashes at its end; '/' of what is none; at most 256 characters. */
function pageOf(url: string): string {
  if (url === '') return '';
  const path = /^[^/]*\/\/[^/]*(\/[^?#]*)/s.exec(url)?.[1] ?? '/';
  return path === '/' ? '/' : [...path.replace(/\/+$/, '')].slice(0, 256).join('');
}

/** `ordered`: the session's events by (event_time, event_id). */
function sessionOf(ordered: readonly Taken[], leaves: Leaves): SessionRow {
  const first = ordered[0];
  const last = ordered.at(-1);
  if (first === undefined || last === undefined) throw new Error('a session has at least one event');
  let firstArrived = first;
  for (const one of ordered) if (one.offset < firstArrived.offset) firstArrived = one;

  const events = ordered.map(one => one.event);
  const count = (name: string) => events.filter(e => e.event_name === name).length;
  const firstFilled = (field: keyof Event) => {
    for (const e of events) if (e[field] !== '') return String(e[field]);
    return '';
  };
  let user_id = '';
  for (const e of events) if (e.user_id !== null && e.user_id !== '') user_id = e.user_id;
  const carrier = events.find(e => e.channel !== '');
  const gross: Record<string, number> = {};
  for (const e of events) {
    if (e.event_name !== 'purchase' || e.currency === null || e.currency === '') continue;
    gross[e.currency] = (gross[e.currency] ?? 0) + e.value;
  }
  const active_events = events.filter(isActive).length;
  const views = events
    .filter(e => e.event_name === 'page_view')
    .map(e => ({ time: e.event_time, page: pageOf(e.page_location) }))
    .sort((a, b) => a.time - b.time || byBytes(a.page, b.page))
    .slice(0, 2_000);
  return {
    ...first.stream,
    session_id: `${streamKey(first.stream)}-${firstArrived.offset}`,
    session_offset: firstArrived.offset,
    id_time: firstArrived.event.event_time,
    site: first.event.site,
    visitor_id: first.event.visitor_id,
    user_id,
    started_at: first.event.event_time,
    ended_at: last.event.event_time,
    events: events.length,
    active_events,
    page_views: count('page_view'),
    view_times: views.map(view => view.time),
    view_pages: views.map(view => view.page),
    engagement_ms: events.reduce((sum, e) => sum + e.engagement_time_ms, 0),
    landing_page: first.event.page_location,
    exit_page: last.event.page_location,
    referrer: firstFilled('page_referrer'),
    channel: carrier?.channel ?? 'Direct',
    source: carrier?.source ?? '',
    medium: carrier?.medium ?? '',
    campaign: carrier?.campaign ?? '',
    term: carrier?.term ?? '',
    content: carrier?.content ?? '',
    country: firstFilled('country'),
    region: firstFilled('region'),
    city: firstFilled('city'),
    language: firstFilled('language'),
    device: firstFilled('device'),
    browser: firstFilled('browser'),
    os: firstFilled('os'),
    platform: firstFilled('platform'),
    product_views: count('view_item'),
    cart_adds: count('add_to_cart'),
    checkouts: count('begin_checkout'),
    purchases: count('purchase'),
    gross,
    searches: count('search'),
    event_names: [...new Set(events.map(e => e.event_name))].sort(byBytes),
    bot_reasons: leaves
      .botReasons({
        events: events.length,
        activeEvents: active_events,
        pageViews: count('page_view'),
        started_at: first.event.event_time,
        ended_at: last.event.event_time,
        userAgents: events.map(e => e.user_agent),
      })
      .sort(byBytes),
  };
}

// Rows

/** Every field of the event but its consent to analytics, items as parallel lists, '' for no account and no currency. */
function eventRow({ stream, offset, arrival, replay_of, event }: Taken, session_id: string): EventRow {
  const row: EventRow = { ...stream, offset, session_id, arrival, replay_of, event_time: event.event_time };
  for (const [field, value] of Object.entries(event)) {
    if (field !== 'consent_analytics' && field !== 'items') row[field] = value;
  }
  row.user_id = event.user_id ?? '';
  row.currency = event.currency ?? '';
  for (const [field, column] of ITEM_COLUMNS) row[column] = event.items.map(item => item[field]);
  return row;
}

const ITEM_FIELDS = [
  ...(['item_id', 'item_name', 'item_brand', 'item_category', 'item_variant', 'coupon'] as const),
  ...(['item_list_id', 'item_list_name', 'promotion_id', 'seller_id'] as const),
  ...(['price', 'discount', 'cost', 'quantity', 'index', 'in_stock'] as const),
];
const ITEM_COLUMNS = ITEM_FIELDS.map(field => [field, `items.${field}`] as const);

function floorTo(step: number, time: number): number {
  return Math.floor(time / step) * step;
}

function minutesOf(taken: readonly Taken[]): MinuteRow[] {
  const ones = taken.map(
    ({ stream, offset, event }): MinuteRow => ({
      ...stream,
      block: Math.floor(offset / BLOCK),
      site: event.site,
      minute: floorTo(MINUTE_MS, event.event_time),
      event_name: event.event_name,
      country: event.country,
      device: event.device,
      platform: event.platform,
      currency: event.currency ?? '',
      events: 1,
      engagement_ms: event.engagement_time_ms,
      value: event.value,
      quantity: event.items.reduce((sum, i) => sum + i.quantity, 0),
    }),
  );
  return summed(ones, ['events', 'engagement_ms', 'value', 'quantity']);
}

/** Rows that agree in everything but `sums`, made one. */
export function summed<T extends object, K extends keyof T & string>(
  rows: readonly T[],
  sums: readonly K[],
): T[] {
  const isSum = new Set<string>(sums);
  const keyOf = (row: T) =>
    Object.entries(row)
      .filter(([name]) => !isSum.has(name))
      .sort(([a], [b]) => (a < b ? -1 : 1));
  return groups(rows, keyOf).flatMap(group => {
    const head = group[0];
    if (head === undefined) return [];
    const total = Object.fromEntries(sums.map(k => [k, group.reduce((sum, row) => sum + Number(row[k]), 0)]));
    return [{ ...head, ...total }];
  });
}

function ledgerOf(judged: readonly Judged[]): LedgerRow[] {
  const ones = judged.flatMap(({ stream, entry, outcome, reason }): LedgerRow[] => {
    const where = {
      ...stream,
      block: Math.floor(entry.offset / BLOCK),
      hour: floorTo(HOUR_MS, entry.arrival),
    };
    const site = entry.event?.site ?? '';
    const platform = entry.event?.platform ?? '';
    return [
      { ...where, site: '', platform: '', outcome: 'consumed', reason: '', records: 1 },
      { ...where, site, platform, outcome, reason, records: 1 },
    ];
  });
  return summed(ones, ['records']);
}

function deadLetterOf({ stream, entry, outcome, reason }: Judged): DeadLetterRow[] {
  if (outcome !== 'rejected' || reason === '') return [];
  const { offset, arrival, replay_of = '' } = entry;
  const site = entry.event?.site ?? '';
  const platform = entry.event?.platform ?? '';
  return [{ ...stream, offset, arrival, reason, site, platform, replay_of }];
}

function conservationOf(judged: readonly Judged[]): ConservationRow[] {
  const hours = groups(judged, j => [streamKey(j.stream), floorTo(HOUR_MS, j.entry.arrival)]);
  return hours.flatMap(records => {
    const head = records[0];
    if (head === undefined) return [];
    const count = (outcome: Outcome) => records.filter(r => r.outcome === outcome).length;
    const counts = {
      accepted: count('accepted'),
      duplicate: count('duplicate'),
      unconsented: count('unconsented'),
      erased: count('erased'),
      rejected: count('rejected'),
    };
    const told = Object.values(counts).reduce((sum, n) => sum + n, 0);
    const hour = floorTo(HOUR_MS, head.entry.arrival);
    return [{ ...head.stream, hour, consumed: records.length, ...counts, residual: records.length - told }];
  });
}
