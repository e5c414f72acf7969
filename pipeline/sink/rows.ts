import type { Stream } from '../contract/record.ts';
import { botReasonsOfSession } from '../fold/bots.ts';
import type { LedgerCell, MinuteCell } from '../fold/cells.ts';
import type { Mark } from '../fold/order.ts';
import { type Alias, type Progress, sessionIdText } from '../fold/partition.ts';
import {
  DIMENSIONS,
  IDS_UNKNOWN,
  idTimeOf,
  isTombstone,
  NO_NAMES,
  type Session,
  TOMBSTONE,
  UA_REASONS,
  uaReasonBits,
  withName,
} from '../fold/session.ts';

/** How many erasures and how far: rows of a later prefix win. */
export function versionOf(erasures: number, offset: number): bigint {
  return (BigInt(erasures) << 44n) | BigInt(offset);
}

/** The offset part of a version, by which rows are ahead or not. */
export function offsetOfVersion(version: bigint): number {
  return Number(version & ((1n << 44n) - 1n));
}

export interface SessionRow {
  topic: string;
  epoch: number;
  partition: number;
  session_id: string;
  session_offset: bigint;
  version: bigint;
  tombstone: boolean;
  id_time: number;
  site: string;
  visitor_id: string;
  user_id: string;
  started_at: number;
  ended_at: number;
  events: number;
  active_events: number;
  page_views: number;
  view_times: readonly number[];
  view_pages: readonly string[];
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
  event_names: readonly string[];
  bot_reasons: string[];
  state: string;
}

/** Times and ids of the events that gave what the row holds; 0 where that is the first event. */
type State = [
  firstId: string,
  lastId: string,
  touch: Mark | 0 | null,
  account: Mark | null,
  dimensions: readonly Mark[] | 0,
];

/** The channel of a session none of whose events carries one. */
const NO_TOUCH = { channel: 'Direct', source: '', medium: '', campaign: '', term: '', content: '' };

/** In one order, whichever currency came first: ClickHouse takes maps of other orders for unequal. */
function byCurrency(gross: ReadonlyMap<string, number>): Record<string, number> {
  if (gross.size < 2) return Object.fromEntries(gross);
  return Object.fromEntries([...gross].sort(([a], [b]) => (a < b ? -1 : 1)));
}

export function sessionRow(stream: Stream, s: Session, version: bigint): SessionRow {
  const touch = s.touch ?? NO_TOUCH;
  const [
    referrer = '',
    country = '',
    region = '',
    city = '',
    language = '',
    device = '',
    browser = '',
    os = '',
    platform = '',
  ] = s.dims;
  const state: State = [
    s.firstId,
    s.lastId,
    s.touch === null ? null : (s.touchMark ?? 0),
    s.account === null ? null : { time: s.account.time, id: s.account.id },
    s.marks ?? 0,
  ];
  return {
    topic: stream.topic,
    epoch: stream.epoch,
    partition: stream.partition,
    session_id: sessionIdText(stream, s.id),
    session_offset: BigInt(s.id),
    version,
    tombstone: isTombstone(s),
    id_time: idTimeOf(s),
    site: s.site,
    visitor_id: s.visitor,
    user_id: s.account?.user ?? '',
    started_at: s.firstTime,
    ended_at: s.lastTime,
    events: s.events,
    active_events: s.activeEvents,
    page_views: s.pageViews,
    view_times: s.views?.times ?? [],
    view_pages: s.views?.pages ?? [],
    engagement_ms: s.engagementMs,
    landing_page: s.landingPage,
    exit_page: s.exitPage,
    referrer,
    channel: touch.channel,
    source: touch.source,
    medium: touch.medium,
    campaign: touch.campaign,
    term: touch.term,
    content: touch.content,
    country,
    region,
    city,
    language,
    device,
    browser,
    os,
    platform,
    product_views: s.productViews,
    cart_adds: s.shopping?.cartAdds ?? 0,
    checkouts: s.shopping?.checkouts ?? 0,
    purchases: s.shopping?.purchases ?? 0,
    gross: s.shopping === null ? {} : byCurrency(s.shopping.gross),
    searches: s.shopping?.searches ?? 0,
    event_names: s.names.names,
    bot_reasons: botReasonsOfSession({
      events: s.events,
      activeEvents: s.activeEvents,
      pageViews: s.pageViews,
      startedAtMs: s.firstTime,
      endedAtMs: s.lastTime,
      userAgentReasons: UA_REASONS.filter(reason => (s.flags & uaReasonBits(reason)) !== 0),
    }),
    state: JSON.stringify(state),
  };
}

/** The session that a row holds, to go on with: equal to the one that the row was made from. */
export function sessionFromRow(row: SessionRow): Session {
  const [firstId, lastId, touch, account, marks] = JSON.parse(row.state) as State;
  const dims = [
    row.referrer,
    row.country,
    row.region,
    row.city,
    row.language,
    row.device,
    row.browser,
    row.os,
    row.platform,
  ];
  if (dims.length !== DIMENSIONS.length) throw new Error('a session row has other dimensions than the fold');
  const hasShopping = row.cart_adds + row.checkouts + row.purchases + row.searches > 0;
  return {
    id: Number(row.session_offset),
    idAfterFirstMs: row.id_time - row.started_at,
    site: row.site,
    visitor: row.visitor_id,
    firstTime: row.started_at,
    firstId,
    lastTime: row.ended_at,
    lastId,
    landingPage: row.landing_page,
    exitPage: row.exit_page,
    touch:
      touch === null
        ? null
        : {
            channel: row.channel,
            source: row.source,
            medium: row.medium,
            campaign: row.campaign,
            term: row.term,
            content: row.content,
          },
    touchMark: touch === 0 ? null : touch,
    account: account === null ? null : { user: row.user_id, ...account },
    dims,
    marks: marks === 0 ? null : marks,
    events: row.events,
    activeEvents: row.active_events,
    pageViews: row.page_views,
    views: row.view_times.length === 0 ? null : { times: [...row.view_times], pages: [...row.view_pages] },
    productViews: row.product_views,
    engagementMs: row.engagement_ms,
    shopping: hasShopping
      ? {
          cartAdds: row.cart_adds,
          checkouts: row.checkouts,
          purchases: row.purchases,
          searches: row.searches,
          gross: new Map(Object.entries(row.gross)),
        }
      : null,
    names: row.event_names.reduce(withName, NO_NAMES),
    flags: UA_REASONS.reduce(
      (bits, reason) => (row.bot_reasons.includes(reason) ? bits | uaReasonBits(reason) : bits),
      row.tombstone ? TOMBSTONE | IDS_UNKNOWN : IDS_UNKNOWN,
    ),
    flush: 0,
    next: null,
  };
}

export interface AliasRow {
  topic: string;
  epoch: number;
  partition: number;
  session_id: string;
  root: string;
  site: string;
  visitor_id: string;
  version: bigint;
}

export function aliasRow(stream: Stream, alias: Alias, version: bigint): AliasRow {
  return {
    ...stream,
    session_id: sessionIdText(stream, alias.id),
    root: sessionIdText(stream, alias.root),
    site: alias.site,
    visitor_id: alias.visitor,
    version,
  };
}

export type MinuteRow = Omit<MinuteCell, 'fence' | 'dirty' | 'events' | 'quantity'> &
  Stream & { block: number; version: bigint; events: number | bigint; quantity: number };

export type LedgerRow = Omit<LedgerCell, 'fence' | 'dirty' | 'records' | 'outcome'> &
  Stream & { block: number; version: bigint; outcome: string; records: number | bigint };

export function minuteCell(row: MinuteRow): MinuteCell {
  return {
    site: row.site,
    minute: row.minute,
    event_name: row.event_name,
    country: row.country,
    device: row.device,
    platform: row.platform,
    currency: row.currency,
    events: Number(row.events),
    engagement_ms: row.engagement_ms,
    value: row.value,
    quantity: row.quantity,
    fence: offsetOfVersion(row.version),
    dirty: false,
  };
}

export function ledgerCell(row: LedgerRow): LedgerCell {
  return {
    hour: row.hour,
    site: row.site,
    platform: row.platform,
    outcome: row.outcome as LedgerCell['outcome'],
    reason: row.reason,
    records: Number(row.records),
    fence: offsetOfVersion(row.version),
    dirty: false,
  };
}

export interface PositionRow {
  topic: string;
  epoch: number;
  partition: number;
  version: bigint;
  written_at: number;
  next_offset: bigint;
  last_offset: number;
  last_hash: bigint;
  range_start: bigint;
  range_accepted: bigint;
  watermark: number;
  caught_up_at: number;
  log_end: bigint;
  partitions: number;
  logic_version: number;
  erasures: number;
}

export function progressOf(row: PositionRow): Progress {
  return {
    next: Number(row.next_offset),
    lastOffset: row.last_offset,
    lastHash: row.last_hash,
    rangeStart: Number(row.range_start),
    rangeAccepted: Number(row.range_accepted),
    watermark: row.watermark,
  };
}
