import type { ClickHouseClient } from '@clickhouse/client';
import { LOGIC_VERSION } from '../restore.ts';
import { counted, duration, footfall, some, type Tell } from './finding.ts';
import type { TopicState } from './kafka.ts';

/** Behind by more, somebody should look. */
const BEHIND_SECONDS_WARN = 900;

interface Position {
  topic: string;
  epoch: number;
  partition: number;
  next: string;
  log_end: string;
  partitions: number;
  logic_version: number;
  /** Null: nothing read yet. */
  behind: number | null;
}

/** The positions against the logs: partitions, lag, freshness. `topics`: null where there is no Kafka to ask. */
export async function checkPositions(options: {
  client: ClickHouseClient;
  database: string;
  topics: readonly TopicState[] | null;
  tell: Tell;
}): Promise<void> {
  const { client, database, topics, tell } = options;
  const answer = await client.query({
    query: `SELECT f.topic AS topic, f.epoch AS epoch, f.partition AS partition, toString(f.position) AS next, toString(f.log_end) AS log_end,
              p.partitions AS partitions, p.logic_version AS logic_version, f.seconds_behind AS behind
            FROM ${database}.freshness AS f
            INNER JOIN (SELECT topic, epoch, partition, partitions, logic_version FROM ${database}.positions FINAL) AS p
              ON p.topic = f.topic AND p.epoch = f.epoch AND p.partition = f.partition
            WHERE f.live ORDER BY topic, partition`,
    format: 'JSONEachRow',
  });
  const positions = await answer.json<Position>();
  const names = topics === null ? positions.map(p => p.topic) : topics.map(t => t.topic);
  if (positions.length === 0)
    tell({
      check: 'positions',
      status: 'warn',
      found: 'nothing was read yet',
      todo: 'start a worker, a demo or a replay',
    });
  for (const name of new Set(names)) {
    const ours = positions.filter(p => p.topic === name);
    const topic = topics?.find(t => t.topic === name);
    if (ours.length > 0) checkTopicPositions(name, ours, topic, tell);
    else if (positions.length > 0)
      tell({
        check: `positions of ${name}`,
        status: 'warn',
        found: 'it was not read yet',
        todo: 'start a worker',
      });
  }
}

function checkTopicPositions(
  name: string,
  ours: readonly Position[],
  topic: TopicState | undefined,
  tell: Tell,
): void {
  const check = `positions of ${name}`;
  const fail = (found: string, todo: string): void => tell({ check, status: 'fail', found, todo });
  const logic = ours.filter(p => p.logic_version !== LOGIC_VERSION);
  if (logic.length > 0)
    fail(
      `${counted(logic.length, 'partition')} folded by logic version ${logic[0]?.logic_version}, this is ${LOGIC_VERSION}`,
      `${footfall('accept-logic')}, or rebuild`,
    );
  let lag = 0;
  if (topic === undefined) {
    for (const p of ours) lag += Math.max(0, Number(p.log_end) - Number(p.next));
  } else {
    const count = topic.partitions.length;
    if (ours.some(p => p.partitions !== count) || ours.length !== count) {
      fail(
        `the topic has ${count} partitions, and had ${ours[0]?.partitions}`,
        footfall(count < ours.length ? `accept-log ${name}` : `accept-partitions ${name}`),
      );
    }
    for (const p of ours) {
      const log = topic.partitions.find(b => b.partition === p.partition);
      if (log === undefined) continue;
      const next = Number(p.next);
      if (next > log.end)
        fail(
          `partition ${p.partition}: read up to ${next}, and the log ends at ${log.end}: the topic was re-created`,
          footfall(`accept-log ${name}`),
        );
      else if (next < log.start)
        fail(
          `partition ${p.partition}: ${counted(log.start - next, 'record')} were deleted before they were read`,
          footfall(`accept-log ${name} --lost`),
        );
      else lag += log.end - next;
    }
  }
  const unread = ours.filter(p => p.behind === null).map(p => String(p.partition));
  const behind = Math.max(0, ...ours.map(p => p.behind ?? 0));
  const found = `${counted(ours.length, 'partition')}, lag ${counted(lag, 'record')}, ${duration(behind)} behind`;
  // Of a log that nobody writes to, nothing is behind, however old its last event is.
  if (lag > 0 && behind > BEHIND_SECONDS_WARN)
    tell({
      check,
      status: 'warn',
      found,
      todo: 'is a worker running, and are there enough? (one a partition at most)',
    });
  else tell({ check, status: 'ok', found, todo: '' });
  if (unread.length > 0 && unread.length < ours.length)
    tell({
      check,
      status: 'warn',
      found: `no event yet on partition ${some(unread)}`,
      todo: 'as_of waits for the slowest partition: is a worker reading it?',
    });
}
