import { readFileSync } from 'node:fs';
import kafkajs, { type Admin } from 'kafkajs';
import type { Logger } from 'pino';
import type { Settings } from '../settings.ts';
import { createKafkaClient, type KafkaConnection } from '../sources/kafkaClient.ts';
import { UsageError } from '../usageError.ts';

/** How Kafka is reached, with what the PEM files hold. Errors: UsageError for a file that cannot be read. */
export function kafkaConnection(settings: Settings & { KAFKA_BROKERS: string[] }): KafkaConnection {
  const pem = (
    name: 'KAFKA_TLS_CA_FILE' | 'KAFKA_TLS_CERT_FILE' | 'KAFKA_TLS_KEY_FILE',
  ): string | undefined => {
    const file = settings[name];
    if (file === undefined) return undefined;
    try {
      return readFileSync(file, 'utf8');
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new UsageError(`${name}: got ${JSON.stringify(file)}, which cannot be read (${why})`);
    }
  };
  const {
    KAFKA_SASL_MECHANISM: mechanism,
    KAFKA_SASL_USERNAME: username,
    KAFKA_SASL_PASSWORD: password,
  } = settings;
  const ca = pem('KAFKA_TLS_CA_FILE');
  const cert = pem('KAFKA_TLS_CERT_FILE');
  const key = pem('KAFKA_TLS_KEY_FILE');
  const servername = settings.KAFKA_TLS_SERVERNAME;
  const tls = {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(servername === undefined ? {} : { servername }),
  };
  return {
    brokers: settings.KAFKA_BROKERS,
    ...(settings.KAFKA_TLS_ENABLED ? { tls } : {}),
    ...(mechanism === undefined || username === undefined || password === undefined
      ? {}
      : { sasl: { mechanism, username, password } }),
  };
}

/** Lends a connection for questions to the cluster. */
export async function withAdmin<Answer>(
  connection: KafkaConnection,
  log: Logger,
  ask: (admin: Admin) => Promise<Answer>,
): Promise<Answer> {
  const admin = createKafkaClient({ ...connection, log }).admin();
  await admin.connect();
  try {
    return await ask(admin);
  } finally {
    await admin.disconnect();
  }
}

export interface TopicFacts {
  topic: string;
  /** Null: there is no such topic. */
  partitions: Array<{ partition: number; start: number; end: number }> | null;
  config: Record<string, string>;
}

/** A topic's partitions with the bounds of their logs, and its configuration. Never makes the topic. */
export async function topicFacts(admin: Admin, topic: string): Promise<TopicFacts> {
  if (!(await admin.listTopics()).includes(topic)) return { topic, partitions: null, config: {} };
  const offsets = await admin.fetchTopicOffsets(topic);
  const described = await admin.describeConfigs({
    includeSynonyms: false,
    resources: [
      {
        type: kafkajs.ConfigResourceTypes.TOPIC,
        name: topic,
        configNames: ['message.timestamp.type', 'cleanup.policy', 'retention.ms', 'retention.bytes'],
      },
    ],
  });
  const entries = described.resources[0]?.configEntries ?? [];
  return {
    topic,
    partitions: offsets
      .map(({ partition, low, high }) => ({ partition, start: Number(low), end: Number(high) }))
      .sort((a, b) => a.partition - b.partition),
    config: Object.fromEntries(entries.map(({ configName, configValue }) => [configName, configValue])),
  };
}

/** What a topic's configuration would spoil. */
export function topicProblems({ topic, config }: TopicFacts): string[] {
  const problems: string[] = [];
  const set = (name: string, value: string): string =>
    `kafka-configs.sh --alter --entity-type topics --entity-name ${topic} --add-config ${name}=${value}`;
  if (config['message.timestamp.type'] !== 'LogAppendTime') {
    problems.push(
      `message.timestamp.type is ${config['message.timestamp.type'] ?? 'not known'}, so producers' clocks decide what is late and what is from the future: ${set('message.timestamp.type', 'LogAppendTime')}`,
    );
  }
  if (/compact/.test(config['cleanup.policy'] ?? '')) {
    problems.push(
      `cleanup.policy is ${config['cleanup.policy']}, so Kafka deletes all but the last event of a visitor: ${set('cleanup.policy', 'delete')}`,
    );
  }
  return problems;
}
