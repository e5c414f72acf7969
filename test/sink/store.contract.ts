import { beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_LIMITS } from '../../pipeline/contract/limits.ts';
import type { Stream } from '../../pipeline/contract/record.ts';
import type { Judged } from '../../pipeline/fold/judged.ts';
import { createPartition, type Progress } from '../../pipeline/fold/partition.ts';
import { createRowSink, encodeAliases, encodePositions } from '../../pipeline/sink/flush.ts';
import { type LookupTable, rowEncoder } from '../../pipeline/sink/layout.ts';
import { createRowWriter } from '../../pipeline/sink/rowBinary.ts';
import { type PositionRow, sessionFromRow, sessionRow, versionOf } from '../../pipeline/sink/rows.ts';
import type { Store } from '../../pipeline/sink/store.ts';
import { firstPosition } from '../../pipeline/topicPositions.ts';
import { event, item, NOON } from '../support/event.ts';

const GAP = 1_800_000;
const START: Progress = {
  next: 0,
  lastOffset: -1,
  lastHash: 0n,
  rangeStart: 0,
  rangeAccepted: 0,
  watermark: 0,
};
/** Everything that quoting can get wrong. */
const ODD = `o'b"\\n\n\t\0${'\u{1f6d2}'}%{}`;

function accepted(offset: number, fields: Parameters<typeof event>[0]): Judged {
  return {
    kind: 'event',
    offset,
    arrival: NOON + offset,
    event: { ...event({ event_id: `e${offset}`, ...fields }), channel: '' },
    record: { offset, arrival: NOON, key: null, value: null, headers: [] },
    uaReasons: 0,
    schemaId: 7,
    replayOf: '',
    misplaced: false,
  };
}

function rejected(offset: number, reason: 'unknown_schema' | 'empty'): Judged {
  const record = {
    offset,
    arrival: NOON,
    key: Buffer.from([0, 255]),
    value: Buffer.from([0xc3, 0, 254]),
    headers: [['h', Buffer.from([1, 2, 255])]] as const,
  };
  return {
    kind: 'rejected',
    offset,
    arrival: NOON,
    rejection: { reason, detail: ODD },
    record,
    site: '',
    platform: '',
    replayOf: '',
  };
}

async function write(
  store: Store,
  stream: Stream,
  batch: Judged[],
  from = 0,
  version?: bigint,
): Promise<void> {
  const partition = createPartition({
    stream,
    limits: DEFAULT_LIMITS,
    gapOf: () => GAP,
    start: { ...START, next: from },
  });
  const sink = createRowSink(stream, () => 0);
  partition.fold(batch, (batch.at(-1)?.offset ?? -1) + 1, 1n, sink);
  const content = partition.takeFlush();
  if (version !== undefined) content.progress.next = Number(version);
  for (const rows of sink.take(content)) await store.insert(rows);
  if (content.aliases.length > 0) {
    await store.insert(encodeAliases(stream, content.aliases, versionOf(0, content.progress.next)));
  }
}

async function writeRow(store: Store, table: LookupTable, row: object): Promise<void> {
  const w = createRowWriter();
  rowEncoder<object, object>(table, [])(w, {}, row);
  await store.insert({ table, rows: 1, body: w.take() });
}

/** What every store must do alike; `make` gives an empty one. */
export function storeContract(name: string, make: () => Promise<Store>): void {
  describe(`the store contract: ${name}`, () => {
    let store: Store;
    const stream = (topic: string, epoch = 0, partition = 0): Stream => ({ topic, epoch, partition });
    beforeAll(async () => {
      store = await make();
    });

    it('gives the newest position of each partition and epoch, the later written among equal versions', async () => {
      const position = (s: Stream, next: number, written: number): PositionRow => ({
        ...firstPosition(s, next, 2, 1),
        written_at: written,
        last_hash: 2n ** 64n - 1n,
      });
      const s = stream('positions');
      await store.insert(encodePositions([position(s, 5, NOON), position({ ...s, partition: 1 }, 9, NOON)]));
      await store.insert(encodePositions([position(s, 3, NOON + 1)]));
      await store.insert(encodePositions([{ ...position(s, 5, NOON + 2), caught_up_at: NOON }]));
      await store.insert(encodePositions([position({ ...s, epoch: 1 }, 1, NOON)]));
      const found = (await store.positions('positions')).sort(
        (a, b) => a.epoch - b.epoch || a.partition - b.partition,
      );
      expect(found.map(p => [p.epoch, p.partition, p.next_offset, p.caught_up_at])).toEqual([
        [0, 0, 5n, NOON],
        [0, 1, 9n, 0],
        [1, 0, 1n, 0],
      ]);
      expect(found[0]?.last_hash).toBe(2n ** 64n - 1n);
      expect(await store.positions('other')).toEqual([]);
    });

    it('counts an offset once, however often it was written', async () => {
      const s = stream('count');
      const batch = [
        accepted(0, {}),
        accepted(1, { event_time: NOON + 1 }),
        accepted(5, { event_time: NOON + 5 }),
      ];
      await write(store, s, batch);
      await write(store, s, batch);
      expect(await store.countAccepted(s, 0, 6)).toBe(3);
      expect(await store.countAccepted(s, 1, 5)).toBe(1);
      expect(await store.countAccepted(s, 6, 6)).toBe(0);
      expect(await store.countAccepted({ ...s, epoch: 1 }, 0, 6)).toBe(0);
    });

    it('gives sessions back as they were written, newest version each, tombstones included', async () => {
      const s = stream('sessions');
      const full = event({
        visitor_id: ODD,
        user_id: ODD,
        page_location: `https://x/${ODD}`,
        page_referrer: ODD,
        campaign: ODD,
        country: 'DE',
        currency: 'JPY',
        value: -3,
        event_name: 'purchase',
        items: [item({ item_id: ODD, cost: null, price: 5 })],
        params: { [ODD]: ODD },
        metrics: { lcp_ms: 1.5 },
      });
      await write(store, s, [
        accepted(0, full),
        accepted(1, { event_time: NOON + GAP * 3, visitor_id: ODD }),
      ]);
      const before = await store.sessionsEndingFrom(s, NOON);
      expect(before.map(r => [r.session_offset, r.visitor_id, r.gross, r.events])).toEqual(
        expect.arrayContaining([
          [0n, ODD, { JPY: -3 }, 1],
          [1n, ODD, {}, 1],
        ]),
      );
      for (const row of before) expect(sessionRow(s, sessionFromRow(row), row.version)).toEqual(row);
      // A newer version bridges the two.
      await write(store, s, [
        accepted(0, full),
        accepted(1, { event_time: NOON + GAP * 2, visitor_id: ODD }),
        accepted(2, { event_time: NOON + GAP, visitor_id: ODD }),
      ]);
      const after = await store.sessionsNear(s, [
        { site: 'shop', visitor: ODD, from: NOON - GAP, to: NOON + GAP * 4 },
      ]);
      expect(after.map(r => [r.session_offset, r.tombstone, r.events]).sort()).toEqual([
        [0n, false, 3],
        [1n, true, 1],
      ]);
      expect(
        (await store.aliasesInto(s, ['sessions-0-0-0', 'x'])).map(a => [a.session_id, a.root, a.visitor_id]),
      ).toEqual([['sessions-0-0-1', 'sessions-0-0-0', ODD]]);
      expect(await store.aliasesInto(s, ['sessions-0-0-1'])).toEqual([]);
    });

    it('finds sessions by their end and by spans, both ends in', async () => {
      const s = stream('spans');
      await write(store, s, [
        accepted(0, { visitor_id: 'a' }),
        accepted(1, { visitor_id: 'b', event_time: NOON + 10 }),
      ]);
      expect(await store.sessionsEndingFrom(s, NOON + 11)).toEqual([]);
      expect((await store.sessionsEndingFrom(s, NOON + 10)).map(r => r.visitor_id)).toEqual(['b']);
      const near = async (visitor: string, from: number, to: number): Promise<number> =>
        (await store.sessionsNear(s, [{ site: 'shop', visitor, from, to }])).length;
      expect(await near('a', NOON - 9, NOON)).toBe(1);
      expect(await near('a', NOON, NOON + 9)).toBe(1);
      expect(await near('a', NOON + 1, NOON + 9)).toBe(0);
      expect(await near('a', NOON - 9, NOON - 1)).toBe(0);
      const many = Array.from({ length: 5_000 }, (_, i) => ({
        site: 'shop',
        visitor: `n${i}`,
        from: NOON,
        to: NOON,
      }));
      expect(
        await store.sessionsNear(s, [...many, { site: 'shop', visitor: 'b', from: NOON, to: NOON + 10 }]),
      ).toHaveLength(1);
    });

    it('gives accepted events below an offset in order, once, and the ids at exact times', async () => {
      const s = stream('events');
      const batch = [
        accepted(0, { visitor_id: 'a' }),
        accepted(1, { visitor_id: 'b' }),
        accepted(2, {
          visitor_id: 'a',
          event_time: NOON - 5,
          event_id: ODD,
          user_id: 'u',
          currency: 'EUR',
          value: 2 ** 40,
        }),
        accepted(3, { visitor_id: 'a', event_time: NOON + 7 }),
      ];
      await write(store, s, batch);
      await write(store, s, batch);
      const found = await store.eventsOf(s, [{ site: 'shop', visitor: 'a' }], 3);
      expect(
        found.map(f => [f.offset, f.event.event_id, f.event.user_id, f.event.currency, f.event.value]),
      ).toEqual([
        [0, 'e0', '', '', 0],
        [2, ODD, 'u', 'EUR', 2 ** 40],
      ]);
      const ids = await store.eventIdsAt(
        s,
        [
          { site: 'shop', visitor: 'a', time: NOON - 5 },
          { site: 'shop', visitor: 'a', time: NOON + 7 },
          { site: 'shop', visitor: 'b', time: NOON - 5 },
        ],
        3,
      );
      expect([...new Set(ids.map(i => JSON.stringify(i)))]).toEqual([
        JSON.stringify({ site: 'shop', visitor: 'a', time: NOON - 5, eventId: ODD }),
      ]);
    });

    it('gives the newest cells from a block on', async () => {
      const s = stream('cells');
      await write(store, s, [accepted(0, { engagement_time_ms: 5 }), accepted(1, { event_id: 'x' })]);
      await write(store, s, [accepted(2 ** 18, {})], 2 ** 18);
      const all = await store.cellsFrom(s, 0);
      expect(all.minutes.map(c => [c.block, Number(c.events), c.engagement_ms, c.minute]).sort()).toEqual([
        [0, 2, 5, NOON],
        [1, 1, 0, NOON],
      ]);
      expect(all.ledger.map(c => [c.block, c.outcome, Number(c.records), c.hour]).sort()).toEqual([
        [0, 'accepted', 2, NOON],
        [0, 'consumed', 2, NOON],
        [1, 'accepted', 1, NOON],
        [1, 'consumed', 1, NOON],
      ]);
      await write(store, s, [
        accepted(0, {}),
        accepted(1, { event_id: 'x' }),
        accepted(2, { event_id: 'y' }),
      ]);
      expect((await store.cellsFrom(s, 0)).minutes.find(c => c.block === 0)?.events).toEqual(
        expect.anything(),
      );
      expect((await store.cellsFrom(s, 0)).minutes.map(c => Number(c.events)).sort()).toEqual([1, 3]);
      expect((await store.cellsFrom(s, 1)).minutes).toHaveLength(1);
    });

    it('keeps the verdicts unknown_schema by offset', async () => {
      const s = stream('verdicts');
      await write(store, s, [
        rejected(0, 'unknown_schema'),
        rejected(1, 'empty'),
        rejected(2, 'unknown_schema'),
      ]);
      expect((await store.unknownSchemaFrom(s, 0)).sort()).toEqual([0, 2]);
      expect(await store.unknownSchemaFrom(s, 1)).toEqual([2]);
    });

    it('takes the oldest pin of a site, the smaller gap among equal times, and the default where people set none', async () => {
      await writeRow(store, 'site_gaps', { site: ODD, gap_ms: 9, pinned_at: NOON });
      await writeRow(store, 'site_gaps', { site: ODD, gap_ms: 5, pinned_at: NOON });
      await writeRow(store, 'site_gaps', { site: ODD, gap_ms: 1, pinned_at: NOON + 1 });
      expect(await store.gaps([ODD, 'never'])).toEqual([{ site: ODD, gapMs: 5 }]);
      expect(await store.countSites()).toBe(1);
      expect(await store.configuredGaps(['never'])).toEqual([{ site: 'never', gapMs: GAP }]);
    });

    it('keeps files and erasures', async () => {
      expect(await store.erasures()).toEqual({ number: 0, visitors: new Set(), users: new Set() });
      await writeRow(store, 'erasures', { number: 2, kind: 'visitor', hash: 2n ** 63n + 1n, asked_at: NOON });
      await writeRow(store, 'erasures', { number: 3, kind: 'user', hash: 4n, asked_at: NOON });
      expect(await store.erasures()).toEqual({
        number: 3,
        visitors: new Set([2n ** 63n + 1n]),
        users: new Set([4n]),
      });
      const row = { content_hash: 'h', name: ODD, base_offset: 4n, records: 2n, first_seen: NOON };
      await writeRow(store, 'files', row);
      await writeRow(store, 'files', { ...row, content_hash: 'i', base_offset: 0n });
      expect((await store.files()).map(f => f.content_hash)).toEqual(['i', 'h']);
      expect((await store.files())[1]).toEqual(row);
    });
  });
}
