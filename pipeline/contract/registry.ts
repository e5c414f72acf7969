import { setTimeout as delay } from 'node:timers/promises';
import PQueue from 'p-queue';
import type { Rejection } from './outcome.ts';
import { messageOf, readerOf, type SchemaReader } from './reader.ts';
import { SCHEMA_BYTES_MAX } from './schema.ts';

/** What is known of a schema id: how to read it, or why every record with it is rejected. */
export type KnownSchema = { reader: SchemaReader } | { rejection: Rejection };

export interface Registry {
  /** What is known now, without waiting. */
  get(id: number): KnownSchema | undefined;
  /**
   * Asks the registry until it answers: a registry that is down makes the caller wait and rejects nothing. An id that it
   * does not know is `unknown_schema` only after `unknownTries` answers over at least `unknownOverMs` ms; that verdict
   * holds until `forget`, so that a record's outcome does not depend on when it was looked at.
   * Rejects with RegistryRefused (settings are wrong: waiting mends nothing), or with the signal's reason.
   */
  resolve(id: number, signal?: AbortSignal): Promise<KnownSchema>;
  /** Takes over a verdict of an earlier run, before anything is decoded: it holds until `forget`. */
  pin(id: number, rejection: Rejection): void;
  /** Drops what is known of an id, a pinned verdict too, to ask again. */
  forget(id: number): void;
}

/** The registry answered, but not as one that knows us: a wrong URL, user or password. */
export class RegistryRefused extends Error {
  override readonly name = 'RegistryRefused';
}

export interface RegistryOptions {
  /** Base of the Confluent REST API, with its path if it has one (Apicurio: …/apis/ccompat/v7). */
  url: string;
  user?: string;
  password?: string;
  unknownTries?: number;
  unknownOverMs?: number;
  /** Entries kept; the least recently asked for goes first. */
  cacheMax?: number;
  requestsAtOnceMax?: number;
  requestTimeoutMs?: number;
  /** The wait between tries doubles from the first to the second, each shortened at random by up to half. */
  backoffMinMs?: number;
  backoffMaxMs?: number;
  /** Told of each try that did not settle an id, for logs and metrics. */
  onRetry?: (id: number, why: string, wait_ms: number) => void;
  fetch?: typeof fetch;
  /** Ms, only ever subtracted. */
  now?: () => number;
  sleep?: (ms: number, signal: AbortSignal | undefined) => Promise<void>;
  random?: () => number;
}

/** A schema inside its JSON answer, every byte of it escaped. */
const ANSWER_BYTES_MAX = 6 * SCHEMA_BYTES_MAX;

type Answer =
  | { kind: 'schema'; known: KnownSchema }
  | { kind: 'unknown'; why: string }
  | { kind: 'unreachable'; why: string };

function failureOf(error: unknown): string {
  // fetch says 'fetch failed' and keeps the reason as cause.
  const cause = error instanceof Error ? error.cause : undefined;
  return cause === undefined ? messageOf(error) : `${messageOf(error)}: ${messageOf(cause)}`;
}

/** The text of an answer, or undefined if it is longer than any that we would read. */
async function textOf(response: Response): Promise<string | undefined> {
  if (response.body === null) return '';
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body) {
    length += chunk.length;
    // Leaving the loop cancels the rest of the answer.
    if (length > ANSWER_BYTES_MAX) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function objectOf(text: string): Record<string, unknown> | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined; // Not JSON: the caller says so.
  }
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
}

function undecodable(detail: string): KnownSchema {
  return { rejection: { reason: 'undecodable', detail } };
}

function knownSchema(id: number, answer: Record<string, unknown>, text: string): KnownSchema {
  const kind = answer.schemaType ?? 'AVRO';
  if (kind !== 'AVRO') return undecodable(`schema ${id} is ${String(kind)}, not Avro`);
  if (Array.isArray(answer.references) && answer.references.length > 0) {
    return undecodable(`schema ${id} refers to other schemas, which is not supported: register it whole`);
  }
  try {
    return { reader: readerOf(text) };
  } catch (error) {
    return undecodable(`schema ${id} cannot be read as footfall.Event: ${messageOf(error)}`);
  }
}

export function createRegistry(options: RegistryOptions): Registry {
  const {
    url,
    user,
    password,
    unknownTries = 5,
    unknownOverMs = 300_000,
    cacheMax = 1000,
    requestsAtOnceMax = 8,
    requestTimeoutMs = 10_000,
    backoffMinMs = 200,
    backoffMaxMs = 30_000,
    onRetry = () => {},
    fetch: request = fetch,
    now = () => performance.now(),
    sleep = async (ms, signal) => {
      await delay(ms, undefined, signal ? { signal } : {});
    },
    random = Math.random,
  } = options;

  const base = url.replace(/\/+$/, '');
  const headers: Record<string, string> = {
    accept: 'application/vnd.schemaregistry.v1+json, application/json',
  };
  if (user !== undefined) {
    headers.authorization = `Basic ${Buffer.from(`${user}:${password ?? ''}`).toString('base64')}`;
  }

  const requests = new PQueue({ concurrency: requestsAtOnceMax });
  /** In the order in which they were last asked for. */
  const cache = new Map<number, KnownSchema>();
  /** Apart from the cache, which may push them out. */
  const pinned = new Map<number, KnownSchema>();
  const underway = new Map<
    number,
    { promise: Promise<KnownSchema>; abort: AbortController; waiting: number }
  >();

  function remember(id: number, known: KnownSchema): void {
    cache.delete(id);
    cache.set(id, known);
    if (cache.size > cacheMax) {
      for (const oldest of cache.keys()) {
        cache.delete(oldest);
        break;
      }
    }
  }

  async function ask(id: number, signal: AbortSignal): Promise<Answer> {
    let response: Response;
    let text: string | undefined;
    try {
      const limited = AbortSignal.any([signal, AbortSignal.timeout(requestTimeoutMs)]);
      response = await request(`${base}/schemas/ids/${id}`, { headers, signal: limited });
      text = await textOf(response);
    } catch (error) {
      signal.throwIfAborted();
      return { kind: 'unreachable', why: failureOf(error) };
    }
    const { status } = response;
    if (text === undefined) {
      return status === 200
        ? { kind: 'schema', known: undecodable(`schema ${id} is longer than ${SCHEMA_BYTES_MAX} bytes`) }
        : { kind: 'unreachable', why: `status ${status} with an endless answer` };
    }
    const answer = objectOf(text);
    if (status === 200) {
      // A proxy's or login page's 200 says nothing about the schema.
      if (typeof answer?.schema !== 'string')
        return { kind: 'unreachable', why: 'status 200 without a schema' };
      return { kind: 'schema', known: knownSchema(id, answer, answer.schema) };
    }
    if (status === 404 && answer?.error_code === 40403) return { kind: 'unknown', why: `no schema ${id}` };
    if (status >= 500 || status === 408 || status === 429)
      return { kind: 'unreachable', why: `status ${status}` };
    // A 404 of anything else than a registry must not make every record `unknown_schema`.
    const hint = status === 404 ? 'is its path right?' : 'are user and password right?';
    throw new RegistryRefused(`schema registry ${base} answered ${status} for schema ${id}: ${hint}`);
  }

  async function settle(id: number, signal: AbortSignal): Promise<KnownSchema> {
    let unknowns = 0;
    let firstUnknown = 0;
    for (let tries = 0; ; tries++) {
      const answer = await requests.add(() => ask(id, signal));
      if (answer.kind === 'schema') return answer.known;
      if (answer.kind === 'unknown') {
        if (unknowns++ === 0) firstUnknown = now();
        const over = now() - firstUnknown;
        if (unknowns >= unknownTries && over >= unknownOverMs) {
          const detail = `schema registry has no schema ${id}: asked ${unknowns} times over ${Math.round(over / 1000)} s`;
          return { rejection: { reason: 'unknown_schema', detail } };
        }
      }
      const full = Math.min(backoffMaxMs, backoffMinMs * 2 ** Math.min(tries, 30));
      const wait_ms = Math.round(full * (1 - random() / 2));
      onRetry(id, answer.why, wait_ms);
      await sleep(wait_ms, signal);
      signal.throwIfAborted();
    }
  }

  /** One asking for all that wait for an id; it stops when the last of them has given up. */
  function share(id: number): { promise: Promise<KnownSchema>; abort: AbortController; waiting: number } {
    const running = underway.get(id);
    if (running !== undefined) return running;
    const abort = new AbortController();
    const promise = settle(id, abort.signal)
      .then(known => {
        remember(id, known);
        return known;
      })
      .finally(() => {
        if (underway.get(id) === started) underway.delete(id);
      });
    const started = { promise, abort, waiting: 0 };
    underway.set(id, started);
    return started;
  }

  function get(id: number): KnownSchema | undefined {
    const verdict = pinned.get(id);
    if (verdict !== undefined) return verdict;
    const known = cache.get(id);
    if (known !== undefined) remember(id, known);
    return known;
  }

  return {
    get,

    async resolve(id, signal) {
      signal?.throwIfAborted();
      const known = get(id);
      if (known !== undefined) return known;
      const shared = share(id);
      shared.waiting++;
      const leave = () => {
        if (--shared.waiting === 0) {
          underway.delete(id);
          shared.abort.abort();
        }
      };
      if (signal === undefined) return shared.promise;
      return new Promise((resolve, reject) => {
        const aborted = () => {
          reject(signal.reason);
          leave();
        };
        signal.addEventListener('abort', aborted, { once: true });
        shared.promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', aborted));
      });
    },

    pin: (id, rejection) => void pinned.set(id, { rejection }),

    forget(id) {
      cache.delete(id);
      pinned.delete(id);
    },
  };
}
