import { Command } from 'commander';
import { LOGIC_VERSION } from '../restore.ts';
import { required, settingsOf } from '../settings.ts';
import { type PositionRow, versionOf } from '../sink/rows.ts';
import { firstPosition } from '../topicPositions.ts';
import { UsageError } from '../usageError.ts';
import {
  acceptOptions,
  acceptStore,
  count,
  isConfirmed,
  livePositions,
  replacing,
  requireNoWorkers,
  writePositions,
} from './accept.ts';
import { serverClient } from './clickhouse.ts';
import { kafkaConnection, topicFacts, withAdmin } from './kafka.ts';
import { createLog } from './log.ts';

/** `footfall accept-partitions [TOPIC]`: the way on after the halt partitions_added. */
export function acceptPartitionsCommand(): Command {
  const command = new Command('accept-partitions')
    .description(
      'After a halt: reads a topic that has more partitions than before. Visitors move to other partitions, so sessions that are open now are split.',
    )
    .argument('[topic]', 'left out: all of KAFKA_TOPICS')
    .action(async (topic: string | undefined, options: { yes?: boolean }) => {
      const settings = required(settingsOf(command), 'KAFKA_BROKERS');
      const topics = topic === undefined ? required(settings, 'KAFKA_TOPICS').KAFKA_TOPICS : [topic];
      const log = createLog(settings);
      const client = serverClient(settings);
      try {
        const store = acceptStore(client, settings, log);
        const { number } = await store.erasures();
        const plans = await withAdmin(kafkaConnection(settings), log, async admin => {
          await requireNoWorkers(admin, settings);
          const found: Array<ReturnType<typeof planPartitions>> = [];
          for (const name of topics) {
            const positions = await livePositions(store, name);
            const { partitions } = await topicFacts(admin, name);
            if (partitions === null) throw new UsageError(`Kafka has no topic ${name}`);
            found.push(planPartitions(positions, partitions, number));
          }
          return found.filter(plan => plan.rows.length > 0);
        });
        if (plans.length === 0)
          throw new Error(`no partitions were added to ${topics.join(', ')}: there is nothing to accept`);
        const explanation = [
          ...plans.map(plan => plan.told),
          'Visitors move to other partitions: a session that is open now goes on as a second one there. Sessions later than',
          'that, and all counts of events, orders and people, are as they would have been.',
        ];
        if (await isConfirmed(explanation, options.yes))
          await writePositions(
            store,
            plans.flatMap(plan => plan.rows),
          );
      } finally {
        await client.close();
      }
    });
  return acceptOptions(command);
}

/** Positions of the new partitions, and the new number in those that are there. Errors: the topic has fewer. */
export function planPartitions(
  positions: readonly PositionRow[],
  partitions: ReadonlyArray<{ partition: number; start: number }>,
  erasures: number,
): { rows: PositionRow[]; told: string } {
  const [first] = positions;
  if (first === undefined) throw new Error('no positions');
  const { topic, epoch } = first;
  const now = partitions.length;
  if (now < positions.length)
    throw new Error(
      `${topic} has ${now} partitions, and had ${positions.length}: it was re-created (accept-log ${topic})`,
    );
  const added = partitions.filter(b => !positions.some(p => p.partition === b.partition));
  const rows = [
    ...added.map(({ partition, start }) => ({
      ...firstPosition({ topic, epoch, partition }, start, now, LOGIC_VERSION),
      version: versionOf(erasures, start),
      erasures,
    })),
    ...positions.filter(p => p.partitions !== now).map(p => replacing(p, { partitions: now })),
  ];
  return { rows, told: `${topic}: ${count(positions.length, 'partition')}, now ${now}.` };
}
