import { setTimeout as delay } from 'node:timers/promises';
import { type Kafka, type Message, Partitioners } from 'kafkajs';
import { newest } from '../contract/schema.ts';
import { createRecordValues } from './bytes.ts';
import type { TruthCounts } from './counts.ts';
import type { Shop } from './simulate.ts';
import { createTruth } from './truth.ts';

/** A registry that does not take the schema. */
export class RegisterError extends Error {
  override readonly name = 'RegisterError';
}

/** Registers the newest event schema for a topic and gives its id. */
export async function registerSchema(
  topic: string,
  registry: { url: string; user?: string; password?: string },
): Promise<number> {
  const headers: Record<string, string> = { 'content-type': 'application/vnd.schemaregistry.v1+json' };
  if (registry.user !== undefined) {
    const credentials = Buffer.from(`${registry.user}:${registry.password ?? ''}`).toString('base64');
    headers.authorization = `Basic ${credentials}`;
  }
  const url = `${registry.url.replace(/\/+$/, '')}/subjects/${encodeURIComponent(`${topic}-value`)}/versions`;
  const body = JSON.stringify({ schema: JSON.stringify(JSON.parse(newest.text)) });
  const response = await fetch(url, { method: 'POST', headers, body, signal: AbortSignal.timeout(30_000) });
  const text = await response.text();
  if (!response.ok) throw new RegisterError(`${url} answered ${response.status}: ${text.slice(0, 300)}`);
  const id: unknown = (JSON.parse(text) as { id?: unknown }).id;
  if (typeof id !== 'number') throw new RegisterError(`${url} answered without an id: ${text.slice(0, 300)}`);
  return id;
}

/** Records sent at once; with the rate it says how often. */
const BATCH_RECORDS_MAX = 2_000;
const BATCHES_A_SECOND = 10;

/**
 * Sends a shop's history to a topic, misframed records too, keyed by visitor as Kafka's own partitioner has it.
 * `rate` in records a second, 0 for as fast as it goes; `schemaId` null for single-object encoding. A signal ends it
 * between two batches. Returns what was sent, counted, by site.
 */
export async function produceHistory(options: {
  shop: Shop;
  kafka: Kafka;
  topic: string;
  rate: number;
  schemaId: number | null;
  signal: AbortSignal;
  onProgress?: (records: number) => void;
}): Promise<Record<string, TruthCounts>> {
  const { shop, kafka, topic, rate, schemaId, signal, onProgress = () => {} } = options;
  const truth = createTruth(shop);
  const producer = kafka.producer({
    createPartitioner: Partitioners.DefaultPartitioner,
    idempotent: true,
    maxInFlightRequests: 1,
  });
  await producer.connect();
  try {
    const size =
      rate === 0
        ? BATCH_RECORDS_MAX
        : Math.min(BATCH_RECORDS_MAX, Math.max(1, Math.ceil(rate / BATCHES_A_SECOND)));
    const encodedValue = createRecordValues(schemaId);
    const started = performance.now();
    let sent = 0;
    let messages: Message[] = [];
    const flush = async (): Promise<void> => {
      if (messages.length === 0) return;
      await producer.send({ topic, acks: -1, messages });
      sent += messages.length;
      messages = [];
      onProgress(sent);
      const ahead = rate === 0 ? 0 : (sent / rate) * 1000 - (performance.now() - started);
      // Keeps to the rate; a signal ends the wait, and the loop below sees it.
      if (ahead > 0) await delay(ahead, undefined, { signal }).catch(() => undefined);
    };
    for (const hour of shop.history({ misframed: true, observer: truth.observer })) {
      for (const record of hour) {
        if (signal.aborted) return truth.sites();
        truth.record(record);
        messages.push({ key: record.key, value: encodedValue(record) });
        if (messages.length >= size) await flush();
      }
    }
    await flush();
    return truth.sites();
  } finally {
    await producer.disconnect();
  }
}
