/**
 * Random logs in which the hard cases are common: few visitors, times on a grid of exact gaps ± 1 ms, ties, late events,
 * copies near and far, bridges. A log is built from small steps by a pure function, so that a failing one shrinks to the few
 * steps that matter, and the same seed gives the same log.
 */
import fc from 'fast-check';
import type { Event } from '../../pipeline/contract/event.ts';
import type { Stream } from '../../pipeline/contract/record.ts';
import { event, item } from '../support/event.ts';
import { seededShares } from '../support/seeded.ts';
import {
  type Erasure,
  GAP_MS,
  type Log,
  type LogEntry,
  type StreamLog,
  streamKey,
  type UnreadableReason,
} from './oracle.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Two topics, a topic's second epoch, and partitions beside each other. */
export const STREAMS: readonly Stream[] = [
  { topic: 'clicks', epoch: 0, partition: 0 },
  { topic: 'clicks', epoch: 0, partition: 1 },
  { topic: 'clicks', epoch: 1, partition: 0 },
  { topic: 'orders', epoch: 0, partition: 0 },
];

/** A chain of five events on `long` is over the cap of hours. A fold's horizon must be at least the longest + 2 h. */
export const GAPS_MS = { shop: GAP_MS, short: 10 * SECOND, long: 13 * HOUR } as const;

/** Logs begin on the eve of a change of clocks in Europe, and near the end of a month. */
const START = Date.UTC(2026, 9, 24, 21, 30);

/** Times where calendars turn: midnight and month in UTC, midnight and changed clocks in Berlin and New York, a leap day. */
const EDGES = [
  Date.UTC(2026, 9, 25, 0),
  Date.UTC(2026, 9, 25, 1),
  Date.UTC(2026, 9, 24, 22),
  Date.UTC(2026, 10, 1, 0),
  Date.UTC(2026, 10, 1, 6),
  Date.UTC(2026, 2, 29, 1),
  Date.UTC(2026, 0, 1, 0),
  Date.UTC(2025, 2, 1, 0),
] as const;

/** Choices with weights; the first is the simplest, and what shrinking ends at. */
type Table<T> = readonly (readonly [weight: number, value: T])[];

function even<T>(...values: T[]): Table<T> {
  return values.map(value => [1, value] as const);
}

export type Kind =
  | 'event'
  | 'copy'
  | 'same_id'
  | 'burst'
  | 'chain'
  | 'unconsented'
  | UnreadableReason
  | 'bad_id'
  | 'bad_name'
  | 'too_old'
  | 'before_1970'
  | 'future'
  | 'bad_money'
  | 'too_large';

/**
 * How an event's time is found. grid: `gaps` × gap + `ms` from an earlier event of the same visitor and site; bridge: a gap
 * after the lower of two of them that are between one and two gaps apart, + `ms`; oldest: as old as is let pass.
 */
export type When = 'now' | 'grid' | 'bridge' | 'tie' | 'late' | 'edge' | 'ahead' | 'oldest';

/** Every field of a step with its choices: fast-check and the plain generator draw from the same. */
const STEP = {
  kind: [
    [60, 'event'],
    [14, 'copy'],
    [2, 'same_id'],
    [0.3, 'burst'],
    [1.5, 'chain'],
    [3, 'unconsented'],
    ...even<Kind>('empty', 'oversized', 'unframed', 'unknown_schema', 'undecodable').map(half),
    ...even<Kind>('bad_id', 'bad_name', 'too_old', 'before_1970', 'future', 'bad_money', 'too_large').map(
      half,
    ),
  ] as Table<Kind>,
  stream: [
    [14, 0],
    [3, 1],
    [1, 2],
    [1, 3],
  ] as Table<number>,
  visitor: [
    [8, 'v1'],
    [3, 'v2'],
    [1, 'v3'],
    [1, 'gäst 4'],
  ] as Table<string>,
  site: [
    [12, 'shop'],
    [1, 'short'],
    [1, 'long'],
  ] as Table<keyof typeof GAPS_MS>,
  when: [
    [4, 'now'],
    [12, 'grid'],
    [5, 'bridge'],
    [2, 'tie'],
    [1, 'late'],
    [1, 'edge'],
    [0.5, 'ahead'],
    [0.2, 'oldest'],
  ] as Table<When>,
  /** How many events of the visitor back the grid starts, or how many entries back a copy's original is; 99: the first. */
  back: [
    [6, 0],
    [3, 1],
    [2, 2],
    [1, 5],
    [2, 99],
  ] as Table<number>,
  gaps: [
    [4, 1],
    [4, -1],
    [3, 2],
    [3, -2],
    [1, 3],
    [1, -3],
    [1, 0.5],
    [1, -0.5],
    [1, 4],
  ] as Table<number>,
  ms: [
    [4, 0],
    [2, 1],
    [2, -1],
    [1, 7001],
    [1, -7001],
  ] as Table<number>,
  late_ms: even(5 * MINUTE, 3 * HOUR, 26 * HOUR, 9 * DAY, 40 * DAY, 400 * DAY),
  edge: even(...EDGES),
  advance_ms: [
    [4, 1 * SECOND],
    [2, 0],
    [3, 4 * MINUTE],
    [1, GAP_MS],
    [0.5, GAP_MS + 1],
    [0.5, 2 * HOUR],
    [0.2, 3 * DAY],
  ] as Table<number>,
  /** Offsets passed over before this record; 2^18 goes to the next block. */
  skip: [
    [20, 0],
    [3, 1],
    [1, 17],
    [0.3, 2 ** 18],
  ] as Table<number>,
  /** Ids whose order differs by UTF-8, by UTF-16 and by number. */
  idPrefix: [
    [4, ''],
    [1, 'z'],
    [1, 'é'],
    [1, '\uff61'],
    [1, '\u{1f600}'],
  ] as Table<string>,
  name: [
    [8, 'page_view'],
    [2, 'view_item'],
    [2, 'add_to_cart'],
    [1, 'begin_checkout'],
    [3, 'purchase'],
    [1, 'refund'],
    [1, 'search'],
    [1, 'page_timing'],
    [1, 'message_opened'],
    [1, 'experiment_viewed'],
    [1, 'our_own_event'],
  ] as Table<string>,
  platform: [
    [6, 'web'],
    [1, 'ios'],
    [1, 'server'],
    [1, ''],
  ] as Table<string>,
  user: [
    [5, null],
    [1, 'u1'],
    [1, 'u2'],
    [1, ''],
  ] as Table<string | null>,
  page: [
    [3, ''],
    [3, 'https://shop.example/'],
    [2, 'https://shop.example/p/1?q=ü'],
    [1, 'https://shop.example/?utm_source=news&utm_medium=email&utm_campaign=c1'],
    [1, 'https://shop.example/?gclid=abc'],
  ] as Table<string>,
  referrer: [
    [6, ''],
    [1, 'https://www.google.com/'],
    [1, 'https://blog.example/post'],
  ] as Table<string>,
  source: [
    [8, ''],
    [1, 'google'],
    [1, 'douyin'],
  ] as Table<string>,
  medium: [
    [8, ''],
    [1, 'organic'],
    [1, 'cpc'],
  ] as Table<string>,
  country: [
    [3, ''],
    [1, 'DE'],
    [1, 'FR'],
  ] as Table<string>,
  language: [
    [4, ''],
    [1, 'de'],
    [1, 'en-US'],
  ] as Table<string>,
  consentAds: [
    [6, true],
    [1, false],
  ] as Table<boolean>,
  userAgent: [
    [8, ''],
    [
      2,
      'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1',
    ],
    [
      2,
      'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36',
    ],
    [0.5, 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)'],
    [
      0.5,
      'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/130.0.0.0 Safari/537.36',
    ],
  ] as Table<string>,
  currency: even('EUR', 'JPY', 'KWD'),
  value: even(0, 1999, 5, 120_000),
  quantity: [
    [3, 0],
    [2, 1],
    [1, 3],
  ] as Table<number>,
  engagement_ms: even(0, 0, 1500, 12_000),
} as const;

function half<T>([weight, value]: readonly [number, T]): readonly [number, T] {
  return [weight / 2, value];
}

type ValueOf<T> = T extends Table<infer V> ? V : never;
/** One record to be, in small independent choices. */
export type Step = { [K in keyof typeof STEP]: ValueOf<(typeof STEP)[K]> };

/** The choice at `share` (0 to 1) of a table's weights. */
function pick<T>(table: Table<T>, share: number): T {
  const total = table.reduce((sum, [weight]) => sum + weight, 0);
  let left = share * total;
  for (const [weight, value] of table) {
    left -= weight;
    if (left < 0) return value;
  }
  const last = table.at(-1);
  if (last === undefined) throw new Error('nothing to choose from');
  return last[1];
}

const SHARES = 2 ** 16;
const FIELDS = Object.keys(STEP).length;

function stepBy(share: () => number): Step {
  const step = Object.fromEntries(
    Object.entries(STEP).map(([field, table]) => [field, pick<unknown>(table, share())]),
  );
  return step as Step;
}

/** A log of `steps` records (bursts make more), the same for the same seed. */
export function seededLog(seed: number, steps: number): Log {
  const share = seededShares(seed);
  return buildLog(Array.from({ length: steps }, () => stepBy(share)));
}

/** Logs of up to `stepsMax` records for fast-check; shrinks to fewer steps and plainer choices. */
export function randomLog(stepsMax = 40): fc.Arbitrary<Log> {
  const shares = { minLength: FIELDS, maxLength: FIELDS };
  const step = fc.array(fc.nat(SHARES - 1), shares).map(drawn => {
    const left = drawn.values();
    return stepBy(() => (left.next().value ?? 0) / SHARES);
  });
  return fc.array(step, { minLength: 1, maxLength: stepsMax, size: 'max' }).map(buildLog);
}

interface Building {
  log: { stream: Stream; entries: LogEntry[] };
  next: number;
}

/** The log of some steps; pure. Arrival never goes back within a log; event times do. */
export function buildLog(list: readonly Step[]): Log {
  const streams = STREAMS.map((stream, i): Building => {
    // Close below a block's end, so that some logs cross it by single steps.
    return { log: { stream, entries: [] }, next: i % 2 === 0 ? 0 : 2 ** 18 - 3 };
  });
  const pasts = new Map<string, number[]>();
  const taken = new Set<string>();
  const sent: Event[] = [];
  let now = START;

  for (const [i, step] of list.entries()) {
    const home = streams[step.stream];
    if (home === undefined) throw new Error(`no stream ${step.stream}`);
    now += step.advance_ms;
    home.next += step.skip;
    const add = (content: { event: Event } | { unreadable: UnreadableReason }) => {
      home.log.entries.push({ offset: home.next++, arrival: now, ...content });
    };

    if (isUnreadable(step.kind)) {
      add({ unreadable: step.kind });
      continue;
    }
    const original = back(sent, step.back);
    if (step.kind === 'copy' && original !== undefined) {
      add({ event: structuredClone(original) });
      continue;
    }
    const name = JSON.stringify([step.stream, step.visitor, step.site]);
    // Times of the visitor's events on the site, as they were sent.
    const past = pasts.get(name) ?? [];
    pasts.set(name, past);
    const time = timeOf(step, past, now);
    // What happened has arrived at the earliest then, but for clocks ahead by up to the hour that is let pass.
    now = Math.max(now, step.when === 'ahead' ? time - HOUR : time);
    const gap = GAPS_MS[step.site];
    const times = [time];
    // More than a person can do; and a way back in steps of exactly the gap, over the cap of hours on the site `long`.
    if (step.kind === 'burst') for (let n = 1; n < 40; n++) times.push(time + n);
    if (step.kind === 'chain') for (let n = 1; n < 5; n++) times.push(time - n * gap);
    for (const [n, eventTime] of times.entries()) {
      const made = eventOf(step, `${step.idPrefix}${i}${n === 0 ? '' : `.${n}`}`, eventTime, now);
      // An id used again at another time, by another visitor or site: no duplicate.
      if (step.kind === 'same_id' && original !== undefined && !taken.has(placeOf(made, original.event_id))) {
        made.event_id = original.event_id;
      }
      taken.add(placeOf(made, made.event_id));
      add({ event: made });
      sent.push(made);
    }
    // Rejected ones are no place to start from: others would be too old or ahead as well.
    if (STARTING.has(step.kind)) past.push(...times);
  }
  return {
    streams: streams.map(({ log }): StreamLog => log).filter(log => log.entries.length > 0),
    gapsMs: GAPS_MS,
  };
}

function placeOf(e: Event, event_id: string): string {
  return JSON.stringify([e.site, e.visitor_id, event_id, e.event_time]);
}

const STARTING = new Set<Kind>(['event', 'burst', 'chain', 'same_id']);

function isUnreadable(kind: Kind): kind is UnreadableReason {
  return (
    kind === 'empty' ||
    kind === 'oversized' ||
    kind === 'unframed' ||
    kind === 'unknown_schema' ||
    kind === 'undecodable'
  );
}

/** The item `n` before the last, or the first. */
function back<T>(list: readonly T[], n: number): T | undefined {
  return list.at(-1 - n) ?? list[0];
}

/** The oldest that is taken: 730 days before arrival. */
const AGE_MAX = 730 * DAY;

function timeOf(step: Step, past: readonly number[], now: number): number {
  const from = back(past, step.back);
  if (step.when === 'late') return now - step.late_ms + step.ms;
  if (step.when === 'edge') return step.edge + step.ms;
  if (step.when === 'ahead') return now + HOUR;
  if (step.when === 'oldest') return now - AGE_MAX;
  if (from === undefined || step.when === 'now') return now;
  if (step.when === 'tie') return from;
  const gap = GAPS_MS[step.site];
  if (step.when === 'bridge') {
    const low = back(bridgeable(past, gap), step.back);
    if (low !== undefined) return low + gap + step.ms;
  }
  return from + step.gaps * gap + step.ms;
}

/** Times after which the next is more than one and at most two gaps away: one event in between makes two sessions one. */
function bridgeable(times: readonly number[], gap: number): number[] {
  const sorted = [...times].sort((a, b) => a - b);
  return sorted.filter((time, i) => {
    const apart = (sorted[i + 1] ?? time) - time;
    return apart > gap && apart <= 2 * gap;
  });
}

function eventOf(step: Step, event_id: string, event_time: number, arrival: number): Event {
  const paid = step.name === 'purchase' || step.name === 'refund';
  const items = step.quantity === 0 ? [] : [item({ quantity: step.quantity, price: paid ? step.value : 0 })];
  const good = event({
    event_id,
    event_time,
    event_name: step.name,
    visitor_id: step.visitor,
    site: step.site,
    user_id: step.user,
    platform: step.platform,
    page_location: step.page,
    page_referrer: step.referrer,
    source: step.source,
    medium: step.medium,
    country: step.country,
    language: step.language,
    consent_ads: step.consentAds,
    user_agent: step.userAgent,
    engagement_time_ms: step.engagement_ms,
    ...(paid ? { currency: step.currency, value: step.name === 'refund' ? -step.value : step.value } : {}),
    ...(paid && step.quantity > 1 ? { params: { reason: 'ß' }, metrics: { tries: 1.5 } } : {}),
    items,
  });
  switch (step.kind) {
    case 'unconsented':
      return { ...good, consent_analytics: false };
    case 'bad_id':
      return { ...good, event_id: '' };
    case 'bad_name':
      return { ...good, event_name: 'Page View' };
    case 'too_old':
      return { ...good, event_time: arrival - AGE_MAX - 1 };
    case 'before_1970':
      return { ...good, event_time: 0 };
    case 'future':
      return { ...good, event_time: arrival + HOUR + 1 };
    case 'bad_money':
      return { ...good, value: 100, currency: null };
    case 'too_large':
      return { ...good, page_title: 'x'.repeat(1025) };
    default:
      return good;
  }
}

/** The log with one to three erasures, each known to every stream from some record on, later ones not before earlier ones. */
export function withErasures(log: Log, seed: number): Log {
  const share = seededShares(seed);
  const erasures: Erasure[] = [];
  const from: Record<string, number> = {};
  const targets: Table<Pick<Erasure, 'kind' | 'value'>> = [
    [3, { kind: 'visitor', value: 'v1' }],
    [2, { kind: 'user', value: 'u1' }],
    [1, { kind: 'user', value: 'u2' }],
    [1, { kind: 'visitor', value: 'v2' }],
    [1, { kind: 'visitor', value: 'never seen' }],
  ];
  const count = 1 + Math.floor(share() * 3);
  for (let n = 0; n < count; n++) {
    for (const { stream, entries } of log.streams) {
      const key = streamKey(stream);
      // One past the end: the erasure comes when all is folded.
      const next =
        entries[Math.floor(share() * (entries.length + 1))]?.offset ?? (entries.at(-1)?.offset ?? 0) + 1;
      from[key] = Math.max(from[key] ?? 0, next);
    }
    erasures.push({ ...pick(targets, share()), from: { ...from } });
  }
  return { ...log, erasures };
}

// For people

/** A log in a line a record: place, arrival, event time, site/visitor, name, id, and what of the event is not the default. */
export function describeLog(log: Log): string {
  const lines: string[] = [];
  for (const [site, gap] of Object.entries(log.gapsMs ?? {})) lines.push(`gap of ${site}: ${gap} ms`);
  for (const erasure of log.erasures ?? []) {
    lines.push(`erase ${erasure.kind} ${erasure.value} ${JSON.stringify(erasure.from ?? {})}`);
  }
  for (const { stream, entries } of log.streams) {
    lines.push(`${streamKey(stream)}:`);
    const seen = new Map<string, number>();
    for (const entry of entries) lines.push(`  ${describeEntry(entry, seen)}`);
  }
  return lines.join('\n');
}

const DEFAULTS: Record<string, unknown> = { ...event() };
const SHOWN_BEFORE = new Set(['event_id', 'event_time', 'event_name', 'site', 'visitor_id']);

function describeEntry(entry: LogEntry, seen: Map<string, number>): string {
  const head = `@${entry.offset} arrived ${shortTime(entry.arrival)}`;
  if (entry.unreadable !== undefined) return `${head} ${entry.unreadable}`;
  const { event: e } = entry;
  const whole = JSON.stringify(e);
  const original = seen.get(whole);
  if (original !== undefined) return `${head} = copy of @${original}`;
  seen.set(whole, entry.offset);
  const others = Object.entries(e)
    .filter(([k, v]) => !SHOWN_BEFORE.has(k) && JSON.stringify(v) !== JSON.stringify(DEFAULTS[k]))
    .map(([k, v]) => `${k}=${shortText(typeof v === 'string' ? v : JSON.stringify(v))}`);
  const what = `${e.site}/${e.visitor_id} ${e.event_name} id ${JSON.stringify(e.event_id)}`;
  return [head, shortTime(e.event_time), what, ...others].join(' ');
}

/** UTC, without the year where it is that of most logs. */
function shortTime(time: number): string {
  return new Date(time)
    .toISOString()
    .replace(/^2026-/, '')
    .replace(/Z$/, '');
}

function shortText(text: string): string {
  return text.length > 48 ? `${text.slice(0, 24)}…${text.slice(-16)}` : text;
}
