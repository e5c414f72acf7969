import type { Logger } from 'pino';
import { kafkaConnection, type TopicFacts, topicFacts, topicProblems, withAdmin } from '../commands/kafka.ts';
import { required, type Settings } from '../settings.ts';
import { UsageError } from '../usageError.ts';
import { counted, duration, reasonOf, type Tell } from './finding.ts';

/** Records kept less long leave no time to mend a worker that halted. */
const RETENTION_MS_MIN = 3 * 86_400_000;

/** A topic that is there. */
export type TopicState = TopicFacts & { partitions: NonNullable<TopicFacts['partitions']> };

/** Brokers, topics and their configuration, and the workers of the group. Returns the topics; null: not reached. */
export async function checkKafka(settings: Settings, log: Logger, tell: Tell): Promise<TopicState[] | null> {
  const check = 'Kafka';
  try {
    const { KAFKA_BROKERS, KAFKA_TOPICS } = required(settings, 'KAFKA_BROKERS', 'KAFKA_TOPICS');
    const connection = kafkaConnection({ ...settings, KAFKA_BROKERS });
    return await withAdmin(connection, log, async admin => {
      const { brokers } = await admin.describeCluster();
      tell({
        check,
        status: 'ok',
        found: `${counted(brokers.length, 'broker')} by ${KAFKA_BROKERS.join(', ')}`,
        todo: '',
      });
      const topics: TopicState[] = [];
      for (const name of KAFKA_TOPICS) {
        const { partitions, config } = await topicFacts(admin, name);
        if (partitions === null) {
          tell({
            check: `topic ${name}`,
            status: 'fail',
            found: 'there is none',
            todo: `create it: kafka-topics.sh --create --topic ${name} --partitions 12 --config message.timestamp.type=LogAppendTime`,
          });
          continue;
        }
        const state = { topic: name, partitions, config };
        topics.push(state);
        checkTopic(state, tell);
      }
      const { groups } = await admin.describeGroups([settings.KAFKA_GROUP]);
      const workers = groups[0]?.members.length ?? 0;
      tell(
        workers > 0
          ? { check: 'workers', status: 'ok', found: `${workers} in group ${settings.KAFKA_GROUP}`, todo: '' }
          : {
              check: 'workers',
              status: 'warn',
              found: `none runs in group ${settings.KAFKA_GROUP}`,
              todo: 'start one; if it ended with exit code 3, its last lines say what it needs',
            },
      );
      return topics;
    });
  } catch (error) {
    if (error instanceof UsageError) {
      for (const found of error.message.split('\n'))
        tell({ check, status: 'fail', found, todo: 'set it, or check a data directory with --data' });
    } else {
      tell({
        check,
        status: 'fail',
        found: `${settings.KAFKA_BROKERS?.join(', ')}: ${reasonOf(error)}`,
        todo: 'is it running, and are the KAFKA_SASL_ and KAFKA_TLS_ settings right?',
      });
    }
    return null;
  }
}

function checkTopic(topic: TopicState, tell: Tell): void {
  const check = `topic ${topic.topic}`;
  const problems = topicProblems(topic);
  for (const problem of problems) {
    const [found = problem, ...todo] = problem.split(': ');
    tell({ check, status: 'fail', found, todo: todo.join(': ') });
  }
  const retention = Number(topic.config['retention.ms'] ?? -1);
  if (retention >= 0 && retention < RETENTION_MS_MIN) {
    tell({
      check,
      status: 'warn',
      found: `Kafka keeps records for ${duration(retention / 1000)} only`,
      todo: `give a halted worker time: retention.ms of ${RETENTION_MS_MIN} or more`,
    });
  } else if (problems.length === 0) {
    const kept = retention < 0 ? 'for ever' : `for ${duration(retention / 1000)}`;
    tell({
      check,
      status: 'ok',
      found: `${counted(topic.partitions.length, 'partition')}, LogAppendTime, kept ${kept}`,
      todo: '',
    });
  }
}
