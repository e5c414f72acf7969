import { describe, expect, it } from 'vitest';
import { replacing } from '../../pipeline/commands/accept.ts';
import { type LogState, planLost, planNewLog } from '../../pipeline/commands/acceptLog.ts';
import { planLogic } from '../../pipeline/commands/acceptLogic.ts';
import { planPartitions } from '../../pipeline/commands/acceptPartitions.ts';
import { LOGIC_VERSION } from '../../pipeline/restore.ts';
import { type PositionRow, versionOf } from '../../pipeline/sink/rows.ts';
import { firstPosition } from '../../pipeline/topicPositions.ts';

/** Partition `partition` of 2, epoch 3, read up to `next`; rows from `rangeStart` on, all of them accepted. */
function position(partition: number, next: number, given: Partial<PositionRow> = {}): PositionRow {
  return {
    ...firstPosition({ topic: 'shop', epoch: 3, partition }, next, 2, LOGIC_VERSION),
    last_offset: next - 1,
    last_hash: 7n,
    range_start: 0n,
    range_accepted: BigInt(next),
    ...given,
  };
}
const bounds = (...all: Array<[start: number, end: number]>) =>
  all.map(([start, end], partition) => ({ partition, start, end }));
const states = (...all: LogState[]) => new Map(all.map((state, partition) => [partition, state]));
const store = (accepted: number, erasures = 0) => ({
  countAccepted: async () => accepted,
  erasures: async () => ({ number: erasures, visitors: new Set<bigint>(), users: new Set<bigint>() }),
});

describe('accept-log', () => {
  it('opens the next epoch at the start of every partition of the new log, however many there are', () => {
    const { rows, explanation } = planNewLog(
      [position(0, 100), position(1, 90)],
      bounds([5, 20], [0, 0], [0, 7]),
      states('shorter', 'other'),
      2,
    );
    expect(rows.map(r => [r.partition, r.epoch, r.next_offset, r.partitions, r.last_offset])).toEqual([
      [0, 4, 5n, 3, -1],
      [1, 4, 0n, 3, -1],
      [2, 4, 0n, 3, -1],
    ]);
    expect(rows.map(r => [r.version, r.erasures])).toEqual([
      [versionOf(2, 5), 2],
      [versionOf(2, 0), 2],
      [versionOf(2, 0), 2],
    ]);
    expect(explanation.join('\n')).toContain('partition 0: ends before what was read');
  });

  it('reads a partition on whose log goes on: its records are there, in the old epoch', () => {
    const { rows } = planNewLog(
      [position(0, 100), position(1, 90)],
      bounds([0, 40], [0, 95]),
      states('shorter', 'same'),
      0,
    );
    expect(rows.map(r => r.next_offset)).toEqual([0n, 90n]);
  });

  it('refuses where every log is the one that was read, and goes on where that cannot be told', () => {
    const positions = [position(0, 100), position(1, 90)];
    const log = bounds([0, 100], [0, 90]);
    expect(() => planNewLog(positions, log, states('same', 'unknown'), 0)).toThrow('was not re-created');
    expect(planNewLog(positions, log, states('unknown', 'unknown'), 0).rows).toHaveLength(2);
    expect(planNewLog(positions, bounds([0, 100]), states('same', 'gone'), 0).rows).toHaveLength(1);
  });
});

describe('accept-log --lost', () => {
  it('goes on where the log begins, in the same epoch, with a version that wins', async () => {
    const lost = position(0, 100, { version: versionOf(1, 100), erasures: 1 });
    const { rows, explanation } = await planLost(
      store(90, 1),
      [lost, position(1, 90)],
      bounds([130, 200], [90, 95]),
    );
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatchObject({
      partition: 0,
      epoch: 3,
      next_offset: 130n,
      last_offset: -1,
      range_start: 130n,
      range_accepted: 0n,
      version: versionOf(1, 130),
    });
    expect((rows[0]?.version ?? 0n) > lost.version).toBe(true);
    expect(explanation.join('\n')).toContain('partition 0: 30 records, offsets 100 to 129');
  });

  it('has rows that were lost read again as far as Kafka has their records', async () => {
    const { rows } = await planLost(store(60), [position(0, 100)], bounds([40, 200]));
    expect(rows[0]).toMatchObject({ next_offset: 100n, range_start: 40n, last_offset: 99 });
    // More than there can be between 40 and 100, so the worker finds the range short and folds it again.
    expect(rows[0]?.range_accepted).toBe(61n);
  });

  it('refuses where nothing was lost, and where the topic is another', async () => {
    await expect(planLost(store(100), [position(0, 100)], bounds([40, 200]))).rejects.toThrow(
      'nothing of shop was lost',
    );
    await expect(planLost(store(100), [position(0, 100)], bounds([0, 100]))).rejects.toThrow(
      'nothing of shop was lost',
    );
    await expect(planLost(store(100), [position(0, 100)], bounds([0, 99]))).rejects.toThrow(
      're-created (accept-log shop)',
    );
  });
});

describe('accept-partitions', () => {
  it('writes the new number everywhere, and the start of the new ones', () => {
    const { rows } = planPartitions(
      [position(0, 100), position(1, 90)],
      bounds([0, 100], [0, 90], [0, 4], [2, 9]),
      1,
    );
    expect(rows.map(r => [r.partition, r.next_offset, r.partitions, r.epoch, r.version])).toEqual([
      [2, 0n, 4, 3, versionOf(1, 0)],
      [3, 2n, 4, 3, versionOf(1, 2)],
      [0, 100n, 4, 3, versionOf(0, 100)],
      [1, 90n, 4, 3, versionOf(0, 90)],
    ]);
  });

  it('finds nothing to do where the number is the same, and refuses a smaller one', () => {
    const positions = [position(0, 100), position(1, 90)];
    expect(planPartitions(positions, bounds([0, 100], [0, 90]), 0).rows).toEqual([]);
    expect(() => planPartitions(positions, bounds([0, 100]), 0)).toThrow('re-created (accept-log shop)');
  });

  it('finishes what was begun: new positions written, the old ones not yet', () => {
    const begun = [position(0, 100), position(1, 90), position(2, 0, { partitions: 3 })];
    const { rows } = planPartitions(begun, bounds([0, 100], [0, 90], [0, 0]), 0);
    expect(rows.map(r => [r.partition, r.partitions])).toEqual([
      [0, 3],
      [1, 3],
    ]);
  });
});

describe('accept-logic', () => {
  it('changes the logic version and nothing else', () => {
    const old = position(0, 100, { logic_version: LOGIC_VERSION + 1 });
    const [row] = planLogic([old, position(1, 90)]);
    expect(row).toEqual({ ...old, logic_version: LOGIC_VERSION, written_at: row?.written_at });
    expect(planLogic([position(1, 90)])).toEqual([]);
  });
});

it('a row that replaces one of the same version is newer, whatever the clock says', () => {
  const ahead = position(0, 1, { written_at: Date.now() + 3_600_000 });
  expect(replacing(ahead, {}).written_at).toBe(ahead.written_at + 1);
});
