import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Event } from '../../pipeline/contract/event.ts';
import type { Stream } from '../../pipeline/contract/record.ts';
import { event, item, NOON } from '../support/event.ts';
import { seededShares } from '../support/seeded.ts';
import { leavesOf } from './leaves.ts';
import {
  type Answer,
  byBytes,
  GAP_MS,
  isActive,
  type Leaves,
  type Log,
  type LogEntry,
  oracle,
  type SessionRow,
  type StreamLog,
  streamKey,
  summed,
} from './oracle.ts';
import { describeLog, randomLog, withErasures } from './randomLog.ts';

const S: Stream = { topic: 'clicks', epoch: 0, partition: 3 };
const HOUR = 3_600_000;

/** Leaves plain enough to work with by hand: no id is bad_id, before 1970 bad_time; a source is the channel. */
const plain: Leaves = {
  rejectionOf: (e, arrival, firstSeen) => {
    if (e.event_id === '') return { reason: 'bad_id', detail: '' };
    if (arrival !== null && arrival - e.event_time > 730 * 24 * HOUR)
      return { reason: 'bad_time', detail: '' };
    if (e.event_time > (arrival ?? firstSeen) + HOUR) return { reason: 'future', detail: '' };
    return null;
  },
  normalize: e => Object.assign(e, { channel: e.source === '' ? '' : `from ${e.source}` }),
  botReasons: sums => [...new Set(sums.userAgents.filter(ua => ua.endsWith('bot')))],
};

let nextId = 0;
/** An event `after` ms after noon with an id of its own. */
function at(after: number, given: Partial<Event> = {}): Event {
  return event({ event_id: `id${nextId++}`, event_time: NOON + after, ...given });
}

/** One partition's log: offsets 0, 1, 2 …, each arriving when the latest so far happened. */
function logOf(...events: Event[]): Log {
  let arrival = NOON;
  const entries = events.map((e, offset): LogEntry => {
    arrival = Math.max(arrival, e.event_time);
    return { offset, arrival, event: e };
  });
  return { streams: [{ stream: S, entries }] };
}

function answer(...events: Event[]): Answer {
  return oracle(logOf(...events), plain);
}

/** Sessions as `id: start..end (events)`, in order of start; times in ms from noon. */
function shown(sessions: readonly SessionRow[]): string[] {
  return [...sessions]
    .sort((a, b) => a.started_at - b.started_at || byBytes(a.visitor_id, b.visitor_id))
    .map(s => `${s.session_offset}: ${s.started_at - NOON}..${s.ended_at - NOON} (${s.events})`);
}

function only(result: Answer): SessionRow {
  const [session, ...others] = result.sessions;
  if (session === undefined || others.length > 0)
    throw new Error(`${result.sessions.length} sessions, not one`);
  return session;
}

function outcomes(result: Answer): string[] {
  return result.judged.map(j => (j.reason === '' ? j.outcome : j.reason));
}

describe('a session', () => {
  test('of one event starts and ends with it', () => {
    expect(shown(answer(at(0)).sessions)).toEqual(['0: 0..0 (1)']);
  });

  test('goes on over exactly the gap', () => {
    expect(shown(answer(at(0), at(GAP_MS)).sessions)).toEqual([`0: 0..${GAP_MS} (2)`]);
  });

  test('ends one ms over the gap', () => {
    expect(shown(answer(at(0), at(GAP_MS + 1)).sessions)).toEqual([
      '0: 0..0 (1)',
      `1: ${GAP_MS + 1}..${GAP_MS + 1} (1)`,
    ]);
  });

  test('is extended backwards over exactly the gap, and keeps the id of what arrived first', () => {
    expect(shown(answer(at(GAP_MS), at(0)).sessions)).toEqual([`0: 0..${GAP_MS} (2)`]);
  });

  test('is not extended backwards one ms over the gap', () => {
    expect(shown(answer(at(GAP_MS + 1), at(0)).sessions)).toEqual([
      '1: 0..0 (1)',
      `0: ${GAP_MS + 1}..${GAP_MS + 1} (1)`,
    ]);
  });

  test('takes in two others by a late event between them, exactly a gap from both; the smaller id stays', () => {
    expect(shown(answer(at(2 * GAP_MS), at(0), at(GAP_MS)).sessions)).toEqual([`0: 0..${2 * GAP_MS} (3)`]);
  });

  test('is not bridged by an event that reaches one side only', () => {
    expect(shown(answer(at(2 * GAP_MS + 1), at(0), at(GAP_MS)).sessions)).toEqual([
      `1: 0..${GAP_MS} (2)`,
      `0: ${2 * GAP_MS + 1}..${2 * GAP_MS + 1} (1)`,
    ]);
  });

  test('joins bridges of bridges under the smallest id of all', () => {
    // Four apart; 1–2 bridged, 3–4 bridged, then the two results.
    const result = answer(
      at(6 * GAP_MS),
      at(4 * GAP_MS),
      at(2 * GAP_MS),
      at(0),
      at(5 * GAP_MS),
      at(GAP_MS),
      at(3 * GAP_MS),
    );
    expect(shown(result.sessions)).toEqual([`0: 0..${6 * GAP_MS} (7)`]);
    expect(new Set(result.events.map(e => e.session_id))).toEqual(new Set(['clicks-0-3-0']));
  });

  test('takes a late event of months ago as a session of its own', () => {
    const late = -200 * 24 * HOUR;
    expect(shown(answer(at(0), at(late)).sessions)).toEqual([`1: ${late}..${late} (1)`, '0: 0..0 (1)']);
  });

  test('is not cut at midnight', () => {
    const midnight = 12 * HOUR;
    expect(shown(answer(at(midnight - 1), at(midnight)).sessions)).toEqual([
      `0: ${midnight - 1}..${midnight} (2)`,
    ]);
  });

  test('is one of a visitor, a site, a topic, an epoch and a partition', () => {
    const e = at(0);
    const streams = [S, { ...S, topic: 'orders' }, { ...S, epoch: 1 }, { ...S, partition: 4 }];
    const one = { offset: 7, arrival: NOON, event: e };
    const apart = oracle({ streams: streams.map(stream => ({ stream, entries: [one] })) }, plain);
    expect(apart.sessions.map(s => s.session_id)).toEqual([
      'clicks-0-3-7',
      'orders-0-3-7',
      'clicks-1-3-7',
      'clicks-0-4-7',
    ]);
    expect(answer(at(0), at(0, { visitor_id: 'v2' }), at(0, { site: 'b' })).sessions).toHaveLength(3);
  });

  test('goes by the gap of its site', () => {
    const log = logOf(at(0), at(1000), at(0, { site: 'b' }), at(1000, { site: 'b' }));
    expect(shown(oracle({ ...log, gapsMs: { b: 999 } }, plain).sessions)).toEqual([
      '0: 0..1000 (2)',
      '2: 0..0 (1)',
      '3: 1000..1000 (1)',
    ]);
  });

  test('has the time of what arrived first as id_time, whatever comes before it later', () => {
    const session = only(answer(at(1000), at(0)));
    expect([session.id_time, session.started_at]).toEqual([NOON + 1000, NOON]);
  });
});

describe("a session's dimensions", () => {
  test('landing and exit page are those of the first and last event, empty or not', () => {
    const session = only(answer(at(1, { page_location: 'b' }), at(2), at(0)));
    expect([session.landing_page, session.exit_page]).toEqual(['', '']);
  });

  test('ties go to the smaller id for the first and the greater for the last', () => {
    const session = only(
      answer(
        at(0, { event_id: 'm', page_location: 'm' }),
        at(0, { event_id: 'z', page_location: 'z' }),
        at(0, { event_id: 'a', page_location: 'a' }),
      ),
    );
    expect([session.landing_page, session.exit_page]).toEqual(['a', 'z']);
    expect(session.session_offset).toBe(0);
  });

  test('ids are compared by their bytes in UTF-8, not by UTF-16 units', () => {
    const wide = '\u{1f600}'; // F0 9F 98 80, in UTF-16 D83D DE00
    const high = '\uff61'; // EF BD A1, in UTF-16 FF61
    const session = only(
      answer(
        at(0, { event_id: wide, page_location: 'wide' }),
        at(0, { event_id: high, page_location: 'high' }),
      ),
    );
    expect(wide < high).toBe(true);
    expect([session.landing_page, session.exit_page]).toEqual(['high', 'wide']);
    expect(byBytes('10', '9')).toBeLessThan(0);
  });

  test('channel and its fields come together from the first event that carries one', () => {
    const session = only(
      answer(
        at(0, { campaign: '' }),
        at(2, { source: 'late', medium: 'x', campaign: 'c', term: 't', content: 'k' }),
        at(1, { source: 'early' }),
      ),
    );
    const { channel, source, medium, campaign, term, content } = session;
    expect([channel, source, medium, campaign, term, content]).toEqual([
      'from early',
      'early',
      '',
      '',
      '',
      '',
    ]);
  });

  test('channel is Direct with nothing beside it where no event carries one', () => {
    const { channel, source, term } = only(answer(at(0, { term: 'shoes' })));
    expect([channel, source, term]).toEqual(['Direct', '', '']);
  });

  test('others are the first non-empty, each for itself', () => {
    const { country, city, referrer, device, language } = only(
      answer(
        at(3, { country: 'FR', city: 'Paris', page_referrer: 'https://c.example/' }),
        at(1, { country: 'DE', device: 'mobile' }),
        at(2, { page_referrer: 'https://b.example/', device: 'desktop' }),
      ),
    );
    expect([country, city, referrer, device, language]).toEqual([
      'DE',
      'Paris',
      'https://b.example/',
      'mobile',
      '',
    ]);
  });

  test('the account is that of the last event with one; null and empty are none', () => {
    const { user_id } = only(
      answer(at(1, { user_id: 'u1' }), at(2, { user_id: 'u2' }), at(3, { user_id: '' }), at(4)),
    );
    expect(user_id).toBe('u2');
    expect(only(answer(at(0))).user_id).toBe('');
  });
});

describe("a session's sums", () => {
  test('count by name', () => {
    const names = [
      ...['page_view', 'page_view', 'view_item', 'add_to_cart', 'begin_checkout', 'purchase'],
      ...['search', 'view_item_list'],
    ];
    const s = only(answer(...names.map((event_name, i) => at(i, { event_name, engagement_time_ms: i }))));
    expect({ ...s, event_names: s.event_names.join() }).toMatchObject({
      events: 8,
      active_events: 8,
      page_views: 2,
      engagement_ms: 28,
      product_views: 1,
      cart_adds: 1,
      checkouts: 1,
      purchases: 1,
      searches: 1,
      event_names: 'add_to_cart,begin_checkout,page_view,purchase,search,view_item,view_item_list',
    });
  });

  test('gross is of purchases alone, by currency', () => {
    const buy = (currency: string | null, value: number) => ({ event_name: 'purchase', currency, value });
    const { gross, purchases } = only(
      answer(
        at(0, buy('EUR', 100)),
        at(1, buy('JPY', 7)),
        at(2, buy('EUR', 23)),
        at(3, { ...buy('EUR', -50), event_name: 'refund' }),
        at(4, { ...buy('KWD', 5), event_name: 'add_to_cart' }),
        at(5, buy(null, 0)),
      ),
    );
    expect(gross).toEqual({ EUR: 123, JPY: 7 });
    expect(purchases).toBe(4);
  });

  test.each([
    'refund',
    'ship',
    'deliver',
    'message_sent',
    'message_opened',
    'coupon_claimed',
    'earn_points',
    'redeem_points',
    'expire_points',
    'support_reply',
    'support_resolved',
    'survey_sent',
    'page_timing',
    'experiment_viewed',
  ])('%s is no sign of a person', event_name => {
    expect(isActive({ platform: 'web', event_name })).toBe(false);
  });

  test.each(['page_view', 'purchase', 'support_contact', 'survey_response', 'messages', 'ships', 'review'])(
    '%s is, but not from a server',
    event_name => {
      expect(isActive({ platform: 'pos', event_name })).toBe(true);
      expect(isActive({ platform: 'server', event_name })).toBe(false);
    },
  );

  test('active events are counted beside all', () => {
    const s = only(answer(at(0, { event_name: 'page_timing' }), at(1, { platform: 'server' }), at(2)));
    expect([s.events, s.active_events]).toEqual([3, 1]);
  });

  test('bot reasons are those of any event', () => {
    expect(
      only(answer(at(0), at(1, { user_agent: 'xbot' }), at(2, { user_agent: 'abot' }))).bot_reasons,
    ).toEqual(['abot', 'xbot']);
  });
});

describe('an outcome', () => {
  test('is asked in order: unreadable, unconsented, rejected, duplicate, accepted', () => {
    const good = at(0);
    const entries: LogEntry[] = [
      { offset: 2, arrival: NOON, unreadable: 'empty' },
      { offset: 5, arrival: NOON, event: { ...good, consent_analytics: false, event_id: '' } },
      { offset: 9, arrival: NOON, event: { ...good, event_id: '' } },
      { offset: 10, arrival: NOON, event: good },
      { offset: 11, arrival: NOON, event: { ...good, consent_analytics: false } },
      { offset: 12, arrival: NOON, event: structuredClone(good) },
    ];
    const result = oracle({ streams: [{ stream: S, entries: entries.toReversed() }] }, plain);
    expect(outcomes(result)).toEqual([
      'empty',
      'unconsented',
      'bad_id',
      'accepted',
      'unconsented',
      'duplicate',
    ]);
    expect(result.deadLetters.map(d => [d.offset, d.reason, d.site])).toEqual([
      [2, 'empty', ''],
      [9, 'bad_id', 'shop'],
    ]);
  });

  test.each<[string, Partial<Event>]>([
    ['time', { event_time: NOON - 1 }],
    ['visitor', { visitor_id: 'v2' }],
    ['site', { site: 'b' }],
    ['id', { event_id: 'other' }],
  ])('a copy with another %s is no duplicate', (_, other) => {
    const e = at(0);
    expect(outcomes(answer(e, { ...e, ...other }))).toEqual(['accepted', 'accepted']);
  });

  test('a copy far later, after other sessions, is a duplicate still, and changes no session', () => {
    const e = at(0);
    const result = answer(e, at(10 * HOUR), at(20 * HOUR), e);
    expect(outcomes(result)).toEqual(['accepted', 'accepted', 'accepted', 'duplicate']);
    expect(result.sessions.map(s => s.events)).toEqual([1, 1, 1]);
  });

  test('a copy in another partition is accepted', () => {
    const entries = [{ offset: 0, arrival: NOON, event: at(0) }];
    const streams = [S, { ...S, partition: 0 }].map(stream => ({ stream, entries }));
    expect(outcomes(oracle({ streams }, plain))).toEqual(['accepted', 'accepted']);
  });

  test('what was rejected makes no duplicate: a copy that arrives in time is accepted', () => {
    const e = at(2 * HOUR);
    const entries = [NOON, NOON + HOUR].map((arrival, offset) => ({ offset, arrival, event: e }));
    expect(outcomes(oracle({ streams: [{ stream: S, entries }] }, plain))).toEqual(['future', 'accepted']);
  });

  test('a file record without received_time is only too new, never too old', () => {
    const old = at(-3000 * 24 * HOUR);
    const entries: LogEntry[] = [
      { offset: 0, arrival: NOON, event: old },
      { offset: 1, arrival: NOON, event: old, untimed: true },
      { offset: 2, arrival: NOON, event: at(HOUR + 1), untimed: true },
    ];
    expect(outcomes(oracle({ streams: [{ stream: S, entries }] }, plain))).toEqual([
      'bad_time',
      'accepted',
      'future',
    ]);
  });
});

describe('cells and ledger', () => {
  test('a cell is a minute of event time by the own fields of events, within a block', () => {
    const cell = { event_name: 'purchase', currency: 'EUR', country: 'DE', engagement_time_ms: 5 };
    const entries: LogEntry[] = [
      {
        offset: 0,
        arrival: NOON,
        event: at(0, { ...cell, value: 10, items: [item(), item({ quantity: 3 })] }),
      },
      { offset: 1, arrival: NOON, event: at(59_999, { ...cell, value: -4 }) },
      { offset: 2, arrival: NOON, event: at(60_000, cell) },
      { offset: 2 ** 18, arrival: NOON, event: at(1, cell) },
    ];
    const { minutes } = oracle({ streams: [{ stream: S, entries }] }, plain);
    expect(
      minutes.map(m => [m.block, m.minute - NOON, m.events, m.engagement_ms, m.value, m.quantity]),
    ).toEqual([
      [0, 0, 2, 10, 6, 4],
      [0, 60_000, 1, 5, 0, 0],
      [1, 0, 1, 5, 0, 0],
    ]);
    expect(minutes[0]).toMatchObject({
      ...S,
      site: 'shop',
      event_name: 'purchase',
      country: 'DE',
      currency: 'EUR',
    });
  });

  test('the ledger is by hour of arrival, and adds up', () => {
    const e = at(0);
    const entries: LogEntry[] = [
      { offset: 0, arrival: NOON - 1, event: e },
      { offset: 1, arrival: NOON, event: e },
      { offset: 2, arrival: NOON + HOUR - 1, unreadable: 'unframed' },
    ];
    const { ledger, conservation } = oracle({ streams: [{ stream: S, entries }] }, plain);
    expect(
      ledger.map(l => `${(l.hour - NOON) / HOUR} ${l.site} ${l.outcome} ${l.reason} ${l.records}`),
    ).toEqual([
      '-1  consumed  1',
      '-1 shop accepted  1',
      '0  consumed  2',
      '0 shop duplicate  1',
      '0  rejected unframed 1',
    ]);
    expect(conservation.map(c => [c.consumed, c.accepted, c.duplicate, c.rejected, c.residual])).toEqual([
      [1, 1, 0, 0, 0],
      [2, 0, 1, 1, 0],
    ]);
  });

  test('the watermark is the greatest of the lesser of event time and arrival, of accepted events', () => {
    const entries: LogEntry[] = [
      { offset: 0, arrival: NOON, event: at(HOUR) },
      { offset: 4, arrival: NOON + 5, event: at(3) },
      { offset: 8, arrival: NOON + HOUR, event: at(HOUR, { consent_analytics: false }) },
    ];
    const { positions } = oracle(
      {
        streams: [
          { stream: S, entries },
          { stream: { ...S, partition: 0 }, entries: [] },
        ],
      },
      plain,
    );
    expect(positions).toEqual([
      { ...S, next_offset: 9, watermark: NOON + 3, offsets: [0, 4] },
      { ...S, partition: 0, next_offset: 0, watermark: 0, offsets: [] },
    ]);
  });
});

describe('an erasure', () => {
  const from = { 'clicks-0-3': 3 };

  test('moves what was accepted, counts what comes later, and leaves other outcomes and the watermark', () => {
    const e = at(0);
    const log = logOf(e, e, at(1, { visitor_id: 'v2' }), e, at(HOUR), at(2, { visitor_id: 'v2' }));
    const result = oracle({ ...log, erasures: [{ kind: 'visitor', value: 'v1', from }] }, plain);
    expect(outcomes(result)).toEqual(['erased', 'duplicate', 'accepted', 'erased', 'erased', 'accepted']);
    expect(result.sessions.map(s => s.session_id)).toEqual(['clicks-0-3-2']);
    expect(result.positions).toMatchObject([{ watermark: NOON + 2, offsets: [2, 5] }]);
  });

  test('of an account takes every visitor that carried it so far, and later events with it', () => {
    const u = { user_id: 'u1' };
    const log = logOf(
      at(0, { ...u, visitor_id: 'a' }),
      at(1, { visitor_id: 'a', site: 'b' }),
      at(2, { visitor_id: 'c' }),
      at(3, { visitor_id: 'a' }),
      at(4, { ...u, visitor_id: 'c' }),
      at(5, { visitor_id: 'c' }),
    );
    const result = oracle({ ...log, erasures: [{ kind: 'user', value: 'u1', from }] }, plain);
    expect(outcomes(result)).toEqual(['erased', 'erased', 'accepted', 'erased', 'erased', 'accepted']);
  });

  test('comes before consent and validity', () => {
    const log = logOf(at(0, { consent_analytics: false }), at(0, { event_id: '' }));
    const result = oracle({ ...log, erasures: [{ kind: 'visitor', value: 'v1' }] }, plain);
    expect(outcomes(result)).toEqual(['erased', 'erased']);
  });
});

// Laws: what must hold between the answers of two logs, whatever they are.

const real = leavesOf();
const RUNS = { numRuns: 80 };

/** Sorted as text, so that order does not matter. */
function set(rows: readonly unknown[]): string[] {
  return rows.map(row => JSON.stringify(row)).sort();
}

/** A session without what depends on the order of arrival. */
function unplaced(session: SessionRow): unknown {
  return { ...session, session_id: '', session_offset: 0, id_time: 0 };
}

/** Which event is in which session, without ids of sessions: per session the identities of its events, sorted. */
function membership(result: Answer): string[] {
  const members = new Map<string, string[]>();
  for (const e of result.events) {
    const identity = JSON.stringify([streamKey(e), e.site, e.visitor_id, e.event_id, e.event_time]);
    members.set(e.session_id, [...(members.get(e.session_id) ?? []), identity]);
  }
  return [...members.values()].map(list => list.sort().join()).sort();
}

function cells(result: Answer): string[] {
  const anyBlock = result.minutes.map(row => ({ ...row, block: 0 }));
  return set(summed(anyBlock, ['events', 'engagement_ms', 'value', 'quantity']));
}

/** Records by stream, outcome and reason, whenever they arrived. */
function tally(result: Answer): string[] {
  const anyTime = result.ledger.map(row => ({ ...row, block: 0, hour: 0 }));
  return set(summed(anyTime, ['records']));
}

function mapStreams(log: Log, change: (entries: readonly LogEntry[]) => readonly LogEntry[]): Log {
  const streams = log.streams.map(({ stream, entries }): StreamLog => ({ stream, entries: change(entries) }));
  return { ...log, streams };
}

/** The same records at other offsets of the same partition; each keeps its arrival. */
function permuted(log: Log, seed: number): Log {
  const share = seededShares(seed);
  return mapStreams(log, entries => {
    const order = entries.map(entry => ({ entry, at: share() })).sort((a, b) => a.at - b.at);
    return order.map(({ entry }, i) => ({ ...entry, offset: entries[i]?.offset ?? 0 }));
  });
}

describe('laws', () => {
  test('another order of the same records changes ids and places only', () => {
    fc.assert(
      fc.property(randomLog(), fc.nat(), (log, seed) => {
        const [a, b] = [oracle(log, real), oracle(permuted(log, seed), real)];
        const both = `${describeLog(log)}\n\n${describeLog(permuted(log, seed))}`;
        expect(set(b.sessions.map(unplaced)), both).toEqual(set(a.sessions.map(unplaced)));
        expect(membership(b), both).toEqual(membership(a));
        expect(cells(b), both).toEqual(cells(a));
        expect(tally(b), both).toEqual(tally(a));
      }),
      RUNS,
    );
  });

  test('records delivered again change duplicates only', () => {
    fc.assert(
      fc.property(randomLog(), fc.nat(7), (log, every) => {
        const again = (entries: readonly LogEntry[]) => {
          const end = Math.max(...entries.map(e => e.offset)) + 1;
          return entries.filter((_, i) => i % (every + 1) === 0).map((e, i) => ({ ...e, offset: end + i }));
        };
        const [a, b] = [
          oracle(log, real),
          oracle(
            mapStreams(log, entries => [...entries, ...again(entries)]),
            real,
          ),
        ];
        expect(b.sessions).toEqual(a.sessions);
        expect(b.events).toEqual(a.events);
        expect(b.minutes).toEqual(a.minutes);
        expect(b.positions.map(p => p.watermark)).toEqual(a.positions.map(p => p.watermark));
        const more = b.judged.length - a.judged.length;
        const count = (result: Answer, outcome: string) =>
          result.judged.filter(j => j.outcome === outcome).length;
        const settled = ['duplicate', 'unconsented', 'rejected'];
        expect(count(b, 'accepted')).toBe(count(a, 'accepted'));
        expect(settled.reduce((sum, o) => sum + count(b, o) - count(a, o), 0)).toBe(more);
      }),
      RUNS,
    );
  });

  test('the answer is the union of the answers for each visitor', () => {
    fc.assert(
      fc.property(randomLog(), log => {
        const visitors = new Set(
          log.streams.flatMap(({ entries }) => entries.map(e => e.event?.visitor_id ?? '')),
        );
        const parts = [...visitors].map(visitor =>
          oracle(
            mapStreams(log, entries => entries.filter(e => (e.event?.visitor_id ?? '') === visitor)),
            real,
          ),
        );
        const whole = oracle(log, real);
        expect(set(parts.flatMap(p => p.sessions))).toEqual(set(whole.sessions));
        expect(set(parts.flatMap(p => p.events))).toEqual(set(whole.events));
        const ledger = summed(
          parts.flatMap(p => p.ledger),
          ['records'],
        );
        expect(set(ledger)).toEqual(set(whole.ledger));
        const minutes = summed(
          parts.flatMap(p => p.minutes),
          ['events', 'engagement_ms', 'value', 'quantity'],
        );
        expect(set(minutes)).toEqual(set(whole.minutes));
      }),
      RUNS,
    );
  });

  test('more records never split a session, and never change an outcome', () => {
    fc.assert(
      fc.property(randomLog(), fc.nat(40), (log, kept) => {
        const before = oracle(
          mapStreams(log, entries => entries.slice(0, kept)),
          real,
        );
        const after = oracle(log, real);
        const outcomeAt = new Map(
          after.judged.map(j => [`${streamKey(j.stream)}-${j.entry.offset}`, j.outcome]),
        );
        for (const j of before.judged) {
          expect(outcomeAt.get(`${streamKey(j.stream)}-${j.entry.offset}`)).toBe(j.outcome);
        }
        const sessionAt = new Map(after.events.map(e => [`${streamKey(e)}-${e.offset}`, e.session_id]));
        const root = new Map<string, string | undefined>();
        for (const e of before.events) {
          const now = sessionAt.get(`${streamKey(e)}-${e.offset}`);
          if (!root.has(e.session_id)) root.set(e.session_id, now);
          expect(now).toBe(root.get(e.session_id));
        }
      }),
      RUNS,
    );
  });

  test('an erasure takes its visitors whole, and leaves everyone else as they were', () => {
    fc.assert(
      fc.property(randomLog(), fc.nat(), (log, seed) => {
        const erasing = withErasures(log, seed);
        const [before, after] = [oracle(log, real), oracle(erasing, real)];
        const what = describeLog(erasing);
        for (const { kind, value } of erasing.erasures ?? []) {
          const field = kind === 'visitor' ? 'visitor_id' : 'user_id';
          expect(
            after.events.filter(e => e[field] === value),
            what,
          ).toEqual([]);
        }
        const known = new Set(before.events.map(e => `${streamKey(e)}-${e.offset}`));
        for (const e of after.events) expect(known.has(`${streamKey(e)}-${e.offset}`), what).toBe(true);
        const gone = new Set(
          after.judged.flatMap(j => (j.outcome === 'erased' ? [j.entry.event?.visitor_id ?? ''] : [])),
        );
        const others = (result: Answer) => set(result.sessions.filter(s => !gone.has(s.visitor_id)));
        expect(others(after), what).toEqual(others(before));
        expect(after.conservation.map(c => [c.consumed, c.residual])).toEqual(
          before.conservation.map(c => [c.consumed, 0]),
        );
      }),
      RUNS,
    );
  });

  test('every record has one outcome, every accepted event one session and one cell, and nothing is left over', () => {
    fc.assert(
      fc.property(randomLog(), log => {
        const result = oracle(log, real);
        const records = log.streams.reduce((sum, s) => sum + s.entries.length, 0);
        const accepted = result.judged.filter(j => j.outcome === 'accepted').length;
        expect(result.judged).toHaveLength(records);
        expect(result.events).toHaveLength(accepted);
        expect(result.sessions.reduce((sum, s) => sum + s.events, 0)).toBe(accepted);
        expect(result.minutes.reduce((sum, m) => sum + m.events, 0)).toBe(accepted);
        expect(result.conservation.every(c => c.residual === 0)).toBe(true);
        expect(new Set(result.sessions.map(s => s.session_id)).size).toBe(result.sessions.length);
      }),
      RUNS,
    );
  });
});
