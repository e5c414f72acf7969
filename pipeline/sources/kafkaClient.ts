import { Kafka, type KafkaConfig, type LogEntry, logLevel, type SASLOptions } from 'kafkajs';
import type { Logger } from 'pino';

/** How a Kafka is reached. Certificates and keys are PEM texts. */
export interface KafkaConnection {
  brokers: string[];
  tls?: {
    /** Authorities to trust in place of the system's. */
    ca?: string;
    /** Our own certificate and key, where the broker asks for one. */
    cert?: string;
    key?: string;
    /** The name to expect in the broker's certificate, where it differs from its address. */
    servername?: string;
  };
  sasl?: { mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512'; username: string; password: string };
}

export interface KafkaClientOptions extends KafkaConnection {
  log: Logger;
  /** A broker said that it does not have a topic or partition, which kafkajs retries without telling anybody. */
  unknownTopic?(): void;
}

/** A kafkajs client with our time limits, whose messages go to our log. */
export function createKafkaClient({ brokers, tls, sasl, log, unknownTopic }: KafkaClientOptions): Kafka {
  const config: KafkaConfig = {
    clientId: 'footfall',
    brokers,
    connectionTimeout: 10_000,
    authenticationTimeout: 10_000,
    requestTimeout: 30_000,
    retry: { initialRetryTime: 300, maxRetryTime: 10_000, retries: 5 },
    logLevel: log.isLevelEnabled('trace') ? logLevel.DEBUG : logLevel.INFO,
    logCreator: () => entry => {
      passOn(log, entry);
      if (entry.log.error === UNKNOWN_TOPIC) unknownTopic?.();
    },
  };
  if (tls) config.ssl = tls;
  if (sasl) config.sasl = saslOptions(sasl);
  return new Kafka(config);
}

/** kafkajs's text for UNKNOWN_TOPIC_OR_PARTITION; its log is the only place where a failed fetch shows. */
const UNKNOWN_TOPIC = 'This server does not host this topic-partition';

/** kafkajs tells the mechanisms apart by type. */
function saslOptions({ mechanism, username, password }: NonNullable<KafkaConnection['sasl']>): SASLOptions {
  switch (mechanism) {
    case 'plain':
      return { mechanism, username, password };
    case 'scram-sha-256':
      return { mechanism, username, password };
    case 'scram-sha-512':
      return { mechanism, username, password };
  }
}

/**
 * kafkajs calls each request that it will repeat an error: only its consumer's words are for everybody. What stays
 * wrong is logged or thrown by the source.
 */
function passOn(log: Logger, { level, namespace, log: { message, ...fields } }: LogEntry): void {
  const { timestamp, logger, stack, ...rest } = fields;
  const entry = { kafkajs: namespace, ...rest };
  const isGrave = level === logLevel.ERROR || level === logLevel.WARN;
  if (level === logLevel.DEBUG) log.trace(entry, message);
  else if (isGrave && namespace.startsWith('Consumer')) log.warn(entry, message);
  else log.debug(entry, message);
}
