import { describe, expect, test } from 'vitest';
import { REJECT_REASONS } from '../../pipeline/contract/outcome.ts';
import { leavesOf } from './leaves.ts';
import { type Answer, type Log, oracle } from './oracle.ts';
import { describeLog, GAPS_MS, seededLog, withErasures } from './randomLog.ts';

const leaves = leavesOf();
const logs = Array.from({ length: 120 }, (_, seed) => seededLog(seed, 40));
const answers = logs.map(log => oracle(log, leaves));

/** How many of the logs have it. */
function share(has: (answer: Answer, log: Log) => boolean): number {
  return answers.filter((answer, i) => has(answer, logs[i] ?? { streams: [] })).length / answers.length;
}

/** How often a record makes two or more sessions one, in the log's first stream. */
function bridges(log: Log): number {
  const [first] = log.streams;
  if (first === undefined) return 0;
  let bridged = 0;
  let before = 0;
  for (let n = 1; n <= first.entries.length; n++) {
    const prefix = { ...log, streams: [{ stream: first.stream, entries: first.entries.slice(0, n) }] };
    const now = oracle(prefix, leaves).sessions.length;
    if (now < before) bridged++;
    before = now;
  }
  return bridged;
}

describe('random logs', () => {
  test('are the same for the same seed, and others for another', () => {
    expect(seededLog(5, 30)).toEqual(seededLog(5, 30));
    expect(seededLog(5, 30)).not.toEqual(seededLog(6, 30));
  });

  test('have every outcome and every reason', () => {
    const seen = new Set(answers.flatMap(a => a.judged.map(j => (j.reason === '' ? j.outcome : j.reason))));
    expect([...seen].sort()).toEqual([...REJECT_REASONS, 'accepted', 'duplicate', 'unconsented'].sort());
  });

  test('often have what is hard', () => {
    const neighbours = (answer: Answer) =>
      answer.sessions.flatMap(s => {
        const times = answer.events.filter(e => e.session_id === s.session_id).map(e => e.event_time);
        return times.slice(1).map((time, i) => ({ site: s.site, apart: time - (times[i] ?? 0) }));
      });
    const gapOf = (site: string) => Object.entries(GAPS_MS).find(([name]) => name === site)?.[1];
    const shares = {
      duplicate: share(a => a.judged.some(j => j.outcome === 'duplicate')),
      exactGap: share(a => neighbours(a).some(({ site, apart }) => apart === gapOf(site))),
      tie: share(a => neighbours(a).some(({ apart }) => apart === 0)),
      backwards: share(a => a.sessions.some(s => s.started_at < s.id_time)),
      gross: share(a => a.sessions.some(s => Object.keys(s.gross).length > 0)),
      bot: share(a => a.sessions.some(s => s.bot_reasons.length > 0)),
      blocks: share(a => new Set(a.minutes.map(m => m.block)).size > 1),
      late: share(a => a.events.some(e => Number(e.arrival) - e.event_time > 24 * 3_600_000)),
      ahead: share(a => a.events.some(e => e.event_time > Number(e.arrival))),
    };
    for (const [what, found] of Object.entries(shares)) expect(found, what).toBeGreaterThan(0.15);
  });

  test('often bridge sessions, also more than once', () => {
    const counts = logs.slice(0, 16).map(bridges);
    expect(counts.filter(n => n > 0).length).toBeGreaterThan(8);
    expect(counts.filter(n => n > 1).length).toBeGreaterThan(3);
  });

  test('have neighbours one ms over the gap that stay apart', () => {
    const overTheGap = share(a => {
      const ends = new Set(
        a.sessions.map(s =>
          JSON.stringify([s.topic, s.epoch, s.partition, s.site, s.visitor_id, s.ended_at]),
        ),
      );
      return a.sessions.some(s => {
        const gap = Object.entries(GAPS_MS).find(([name]) => name === s.site)?.[1] ?? 0;
        const { topic, epoch, partition, site, visitor_id } = s;
        return ends.has(JSON.stringify([topic, epoch, partition, site, visitor_id, s.started_at - gap - 1]));
      });
    });
    expect(overTheGap).toBeGreaterThan(0.05);
  });

  test('mark bots for each reason there is a cheap way to', () => {
    const reasons = new Set(answers.flatMap(a => a.sessions.flatMap(s => s.bot_reasons)));
    for (const reason of ['headless', 'user_agent', 'impossible_rate', 'too_long'])
      expect(reasons).toContain(reason);
  });

  test('with erasures move some events and count others on sight', () => {
    const erased = logs.map((log, seed) => oracle(withErasures(log, seed), leaves));
    const moved = erased.filter((a, i) => a.events.length < (answers[i]?.events.length ?? 0)).length;
    expect(moved / logs.length).toBeGreaterThan(0.5);
  });

  test('are told in a line a record', () => {
    for (const log of logs.slice(0, 10)) {
      const records = log.streams.reduce((sum, s) => sum + s.entries.length, 0);
      const lines = describeLog(log).split('\n');
      expect(lines.filter(line => line.includes('@'))).toHaveLength(records);
    }
  });
});
