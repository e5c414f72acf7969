import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { KafkaConnection } from '../../pipeline/sources/kafkaClient.ts';
import { type TestKafka, testKafka } from '../support/kafka.ts';
import { produce, readTo, recordsOf, sourceOf, started, streamOf, text } from './kafkaSupport.ts';

let kafka: TestKafka;
let topic: string;
beforeAll(async () => {
  kafka = await testKafka();
  topic = await kafka.createTopic('secure');
  await produce(kafka, topic, 3);
});
afterAll(() => kafka.close());

async function read(connection: KafkaConnection): Promise<string[]> {
  const source = sourceOf(kafka, [topic], { connection });
  try {
    await started(source);
    return recordsOf(await readTo(source, source.open(streamOf(topic), 0), 3)).map(text);
  } finally {
    await source.stop();
  }
}

describe('a broker with TLS', () => {
  it.each(['plain', 'scram-sha-256', 'scram-sha-512'] as const)('and a password by %s', async mechanism => {
    const { brokers, username, password } = kafka.secure;
    const { ca } = kafka.certificates;
    const connection: KafkaConnection = { brokers, tls: { ca }, sasl: { mechanism, username, password } };
    expect(await read(connection)).toEqual(['m-0', 'm-1', 'm-2']);
    const wrong = { ...connection, sasl: { mechanism, username, password: 'not-the-password' } };
    const error = await read(wrong).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ name: 'KafkaJSSASLAuthenticationError' });
    expect(String(error)).not.toContain('not-the-password');
  });

  it('and a certificate of our own', async () => {
    const { ca, cert, key } = kafka.certificates;
    expect(await read({ brokers: kafka.mutual.brokers, tls: { ca, cert, key } })).toEqual([
      'm-0',
      'm-1',
      'm-2',
    ]);
  });

  it('under another name than its address', async () => {
    const { ca, cert, key } = kafka.certificates;
    const tls = { ca, cert, key, servername: 'localhost' };
    expect(await read({ brokers: kafka.mutual.brokers, tls })).toHaveLength(3);
  });
});

it('does not speak to a broker whose certificate it cannot trust, and says why it waits', async () => {
  const waits: string[] = [];
  let waited = () => {};
  const waiting = new Promise<void>(resolve => {
    waited = resolve;
  });
  const source = sourceOf(kafka, [topic], {
    connection: { brokers: kafka.mutual.brokers, tls: {} },
    hooks: {
      waiting(_, reason) {
        waits.push(reason);
        waited();
      },
    },
  });
  const starting = source.start(() => {}).catch((caught: unknown) => caught);
  await waiting;
  await source.stop();
  await starting;
  expect(waits[0]).toMatch(/certificate/);
});
